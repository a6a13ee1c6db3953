"""Documents that were taken apart: their rows checked together, and written in one transaction."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError, PluginError
from toolkit.frames import checked, write
from toolkit.lookup import title_named
from warehouse.documents import Kept, add_title, keep
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.documents import Found
    from warehouse import Run, Warehouse

ScoredBy = tuple[str | None, str | None, str | None]  # model of sentiment, its settings as JSON, the run that fitted it
NOBODY: ScoredBy = (None, None, None)
COUNTED = ("raw.documents", "raw.titles")
COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED)


@dataclass(frozen=True)
class Taken:
    """A document that was taken apart.

    Attributes:
        kept: what it is stored as.
        found: the file, and its title.
        folder: where its files were saved.
        frames: its rows by table, as the model returned them, and those of its sentiment.
        language: of what is spoken in it.
        scored_by: what scored that.
    """

    kept: Kept
    found: Found
    folder: Path
    frames: dict[str, pl.DataFrame]
    language: str | None = None
    scored_by: ScoredBy = NOBODY


@dataclass(frozen=True)
class Rows:
    """Documents with their rows by table, checked; `whose` has the place in `taken` that each row comes from."""

    taken: Sequence[Taken]
    frames: dict[str, pl.DataFrame]
    whose: dict[str, pl.Series]


@dataclass(frozen=True)
class Written:
    """Keys of the documents' titles, and how many files were saved with the run."""

    titles: list[int]
    files: int


def sound_rows(warehouse: Warehouse, model: str, taken: Sequence[Taken], failed: dict[Path, CinekitError]) -> Rows:
    """The rows of the documents whose rows fit their tables; the other documents go into `failed`, without their files.

    All are checked together, and one by one only where some do not fit.
    """
    try:
        return _checked(warehouse, model, taken)
    except PluginError:
        sound = []
        for part in taken:
            try:
                _checked(warehouse, model, [part])
                sound.append(part)
            except PluginError as error:
                failed[part.found.path] = error
                shutil.rmtree(part.folder, ignore_errors=True)
        return _checked(warehouse, model, sound)


def write_rows(warehouse: Warehouse, run: Run, rows: Rows, *, move: bool) -> Written:
    """Titles, documents, rows, files and "done" in one transaction.

    `move` says whether documents that are there already go over to the title that was asked for.
    """
    import polars as pl

    keys, titles, analyses = [], [], []
    by_name: dict[str, int] = {}
    with warehouse.writing() as con:
        before = first(con, COUNTS) or ()
        for part in rows.taken:
            titles.append(part.found.title or _title(con, part.found.named, by_name))
            keys.append(keep(con, part.kept, titles[-1], run.id, move=move))
            analyses.append((keys[-1], part.language, *part.scored_by))
        key_of = pl.Series(keys, dtype=pl.Int32)
        keyed = {
            table: frame.with_columns(key_of.gather(rows.whose[table]).alias("document_key"))
            for table, frame in rows.frames.items()
        }
        texts = ("language", "sentiment_model", "sentiment_settings", "sentiment_fit")
        schema = {"document_key": pl.Int32, **dict.fromkeys(texts, pl.String)}
        keyed["results.analyses"] = pl.DataFrame(analyses, schema=schema, orient="row")
        writes = {table: write(con, table, frame, run.id) for table, frame in keyed.items()}
        after = first(con, COUNTS) or ()
        writes |= {t: now - was for t, was, now in zip(COUNTED, before, after, strict=True) if now > was}
        saved = warehouse.artifacts.record(con, run.id)
        run.finish(con, writes | ({"meta.artifacts": saved} if saved else {}))
    return Written(titles, saved)


def _title(con: duckdb.DuckDBPyConnection, name: str, by_name: dict[str, int]) -> int:
    """The title of a name, added unless another process has done so since it was looked for."""
    if name not in by_name:
        by_name[name] = title_named(con, name) or add_title(con, name)
    return by_name[name]


def _checked(warehouse: Warehouse, model: str, taken: Sequence[Taken]) -> Rows:
    import polars as pl

    rows: dict[str, pl.DataFrame] = {}
    whose: dict[str, pl.Series] = {}
    for table in {table: None for part in taken for table in part.frames}:
        parts = [(place, part.frames[table]) for place, part in enumerate(taken) if table in part.frames]
        whose[table] = pl.Series([place for place, frame in parts for _ in range(frame.height)], dtype=pl.UInt32)
        try:
            together = pl.concat([frame for _, frame in parts], how="vertical_relaxed")
        except pl.exceptions.PolarsError as error:
            reason = " ".join(str(error).split())[:200]
            raise PluginError(f"model {model} returned unlike rows for {table}: {reason}") from error
        rows[table] = checked(warehouse, table, together, model)
    return Rows(taken, rows, whose)
