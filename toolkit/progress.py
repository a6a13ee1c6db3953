"""Progress of long work: a Rich bar on a terminal's stderr; in a pipe no more than a line when training begins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Advance = Callable[[int], None]

_displayed: list[Progress] = []


def _quiet(steps: int) -> None:
    del steps


def _still(steps: float) -> None:
    del steps


def _silent(what: str) -> None:
    del what


class Bar:
    """A bar: call it with the steps that were done.

    `expect` says how many there will be, `describe` what is being done by now, `at` how many are done in all, which may
    be a part of one.
    """

    def __init__(
        self,
        advance: Advance = _quiet,
        expect: Advance = _quiet,
        describe: Callable[[str], None] = _silent,
        at: Callable[[float], None] = _still,
    ) -> None:
        self._advance = advance
        self.expect = expect
        self.describe = describe
        self.at = at

    def __call__(self, steps: int) -> None:
        """Count steps that were done."""
        self._advance(steps)


def _on_terminal() -> bool:
    """Whether stderr is a terminal: while a display is on, Rich before 15 has a file in its place that says no."""
    return bool(_displayed) or sys.stderr.isatty()


def tell_pipe(line: str) -> None:
    """One line on stderr where it is no terminal, so that no bar shows that long work goes on."""
    if not _on_terminal():
        print(line, file=sys.stderr, flush=True)


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Bar]:
    """Show how far work has come; call what is yielded with the steps that were done.

    A bar within another stands below it.
    """
    if not _on_terminal():
        yield Bar()
        return
    with _display() as progress:
        task = progress.add_task(what, total=total)
        try:
            yield Bar(
                lambda steps: progress.advance(task, steps),
                lambda steps: progress.update(task, total=steps),
                lambda now: progress.update(task, description=now, refresh=True),
                lambda steps: progress.update(task, completed=steps),
            )
        finally:
            progress.remove_task(task)


@contextmanager
def _display() -> Iterator[Progress]:
    """The display that is on, as there can be one alone; or a new one."""
    if _displayed:
        yield _displayed[-1]
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        _displayed.append(progress)
        try:
            yield progress
        finally:
            _displayed.pop()
