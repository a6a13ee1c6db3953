"""cinekit for people who keep a diary on Letterboxd. Only hooks here: this is imported with every command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from toolkit import SourceEntry, hookimpl

if TYPE_CHECKING:
    from toolkit import RunInfo, Shown


@hookimpl
def cinekit_sources() -> Iterable[SourceEntry]:
    """The export, as a source."""
    line = "The export of a Letterboxd account: a .zip, or the folder that it unpacks to"
    return [SourceEntry("letterboxd", "cinekit_letterboxd.export:Export", line)]


@hookimpl
def cinekit_schema() -> str:
    """Where diary and watchlist are defined."""
    return "cinekit_letterboxd.schema"


@hookimpl
def cinekit_run_started(run: RunInfo) -> Iterable[str]:
    """How old the diary is, where it is old."""
    from cinekit_letterboxd.runs import age_of_diary

    return age_of_diary(run)


@hookimpl
def cinekit_run_finished(run: RunInfo) -> Iterable[Shown]:
    """What was recommended and is on the watchlist."""
    from cinekit_letterboxd.runs import on_watchlist

    return on_watchlist(run)
