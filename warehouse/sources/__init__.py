"""The sources that can be loaded. Each only stages rows in temporary tables; warehouse.merging does the rest."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from warehouse.errors import UnknownNameError

if TYPE_CHECKING:
    from warehouse.sources.staging import Staging

# Name of a source: the module that stages it, and its one-line help.
SOURCES: dict[str, tuple[str, str]] = {
    "customers": ("customers", "Customers, and whether they left: CSV, TSV, Parquet or JSON lines"),
    "films": ("films", "Films of an encyclopaedia (Parquet or JSON), joined to the titles by name and year"),
    "images": ("images", "Images to learn effects from: PNG, GIF, WebP, JPEG or BMP, in folders or a .zip"),
    "movielens": ("movielens", "MovieLens in any of its layouts: a folder or a .zip"),
    "music": ("music", "Pieces to learn music from: MIDI, or chords as JSON, in folders or a .zip"),
    "purchases": ("plain", "Tickets bought: CSV, TSV, Parquet or JSON lines"),
    "ratings": ("plain", "Ratings: CSV, TSV, Parquet or JSON lines"),
    "reviews": ("plain", "Reviews, perhaps with a score: CSV, TSV, Parquet or JSON lines"),
    "scripts": ("scripts", "Scripts to learn pages from: Fountain, Final Draft or text, in folders or a .zip"),
    "series": ("series", "Time series, one row a value: CSV, TSV, Parquet or JSON lines"),
    "simulation": ("simulation", "A folder of Parquet files that 'cinekit simulate' wrote"),
    "tags": ("plain", "Tags: CSV, TSV, Parquet or JSON lines"),
    "titles": ("plain", "Titles: CSV, TSV, Parquet or JSON lines"),
    "viewers": ("plain", "Viewers: CSV, TSV, Parquet or JSON lines"),
    "watch-times": ("watch_times", "Minutes watched, and those of the next day: CSV, TSV, Parquet or JSON lines"),
    "watches": ("plain", "Watch history: CSV, TSV, Parquet or JSON lines"),
}
# Modules whose sources are one plain table, of which a user may say which column is what.
TABLES = frozenset({"plain", "series", "customers", "watch_times"})
# Sources of many files: what is given together is one load. Their modules name the ENDINGS of the files.
FILES = frozenset({"images", "music", "scripts"})

# What a source module offers beside gather(path, folder, encoding), which finds, reads and hashes the files.
StageFunction = Callable[["Staging"], None]


def stage_function(source: str) -> StageFunction:
    """The function that stages a source; its module is imported here, not before.

    Raises:
        UnknownNameError: there is no such source; the nearest names are offered.
    """
    if source not in SOURCES:
        raise UnknownNameError("source", source, SOURCES, hint=f"there are {', '.join(sorted(SOURCES))}")
    function: StageFunction = import_module(f"warehouse.sources.{SOURCES[source][0]}").stage
    return function
