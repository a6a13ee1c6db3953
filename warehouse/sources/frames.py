"""Sources of plugins: files in, frames out, and these staged as plain tables are, or for tables of the plugin's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import PluginError, SourceError
from warehouse.names import differing, identifier
from warehouse.sources import SOURCES
from warehouse.sources.archives import lay_out
from warehouse.sources.columns import FIELDS, REQUIRED
from warehouse.sources.folders import check_files, gather_files
from warehouse.sources.plain import stage_table
from warehouse.sources.staging import Stage, Staging, literal
from warehouse.sources.tables import frame_table

if TYPE_CHECKING:
    import polars as pl

    from warehouse.plugin_schemas import PluginSchema
    from warehouse.sources.table import Table
    from warehouse.sources.text import Content

PLAIN = frozenset(name for name, (module, _) in SOURCES.items() if module == "plain")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
# What a load fills in, with the column of the frame that it comes from.
_FILLED = {"viewer_key": "viewer", "viewer_id": "viewer", "title_key": "title", "title_id": "title"}


@dataclass
class FrameSource:
    """A source that a plugin offers.

    Attributes:
        name: what users type after `cinekit load`.
        suffixes: endings of the files that it reads, with their dots, in lower case.
        writes: the tables that it may fill: kinds of plain tables, and such as "plugin_NAME.notes".
        load: reads a file or folder; frames by table.
        plugin, version: the distribution.
        schema: where its own tables are defined; None where it has none.
    """

    name: str
    suffixes: tuple[str, ...]
    writes: tuple[str, ...]
    load: Callable[[Path], Mapping[str, pl.DataFrame]]
    plugin: str
    version: str
    schema: PluginSchema | None = None
    _place: Path | None = None
    _frames: dict[str, pl.DataFrame] = field(default_factory=dict)

    def check(self, path: Path) -> None:
        """Find out whether a path holds what the source reads.

        Raises:
            SourceError: nothing there, a folder without such files, or a file of another kind.
        """
        check_files(path, self.suffixes, self.name)

    def gather(self, path: Path, folder: Path) -> Content:
        """Find and hash the files at a path, and unpack an archive.

        Raises:
            SourceError: nothing there, no such file, or an archive that is torn or unpacks to far more than its size.
        """
        content = gather_files([path], folder, self.suffixes, self.name)
        for name, reason in content.unread.items():
            raise SourceError(f"{name} {reason}")
        packed = path.suffix.lower() == ".zip"
        self._place = lay_out({n: f.path for n, f in content.files.items()}, folder / path.stem) if packed else path
        return content

    def read(self) -> None:
        """Let the plugin read what was gathered; no connection is held meanwhile.

        Raises:
            SourceError: what the plugin says of the files.
            PluginError: it returned something else than frames of the tables that it declares.
        """
        if self._place is None:
            raise RuntimeError("nothing was gathered")
        frames = self.load(self._place)
        if not isinstance(frames, Mapping):
            raise PluginError(f"{self} returned {type(frames).__name__}, not frames by table")
        for table, frame in frames.items():
            if table not in self.writes:
                raise PluginError(f"{self} returned {table}, which it does not declare in 'writes'")
            self._check(table, frame)
        self._frames = dict(frames)

    def stage(self, staging: Staging) -> None:
        """Stage the frames: those of plain tables by the fields that they have, others by the columns of their table.

        Raises:
            PluginError: a frame has other columns than its table.
        """
        by_name = {"title" not in f.columns for table, f in self._frames.items()
                   if table in PLAIN and {"title", "name"} & set(f.columns)}  # fmt: skip
        if len(by_name) > 1:
            raise PluginError(f"{self} gives some tables the ids of titles, and others their names; give all the same")
        for number, (table, frame) in enumerate(self._frames.items()):
            if frame.is_empty():
                continue
            rows = frame_table(staging, f"frame_{number}", f"{staging.content.path.name}: {table}", frame)
            if table in PLAIN:
                stage_table(staging, table, rows, {column: column for column in frame.columns})
            else:
                self._stage_own(staging, number, table, rows)
        staging.named_by_id = by_name == {True}

    def __str__(self) -> str:
        return f"source {self.name} of {self.plugin}"

    def _check(self, table: str, frame: object) -> None:
        """Raise PluginError where it is no frame, holds what no table can, or has not the fields of a plain table."""
        import polars as pl

        if not isinstance(frame, pl.DataFrame):
            raise PluginError(f"{self} returned {type(frame).__name__} for {table}, not a Polars DataFrame")
        odd = [name for name, kind in frame.schema.items() if kind == pl.Object or isinstance(kind, pl.Struct)]
        if odd:
            raise PluginError(f"{self} returned {table} with the column {odd[0]} of type {frame.schema[odd[0]]}")
        if table not in PLAIN:
            return
        nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
        if nested:
            raise PluginError(f"{self} returned {table} with lists in the column {nested[0]}; give one value a row")
        known = FIELDS[table]
        unknown = [column for column in frame.columns if column not in known]
        if unknown:
            raise PluginError(f"{self} returned {table} with the column {unknown[0]!r}; they have {', '.join(known)}")
        for needed in REQUIRED[table]:
            if not set(needed.split("|")) & set(frame.columns):
                raise PluginError(f"{self} returned {table} without the column {needed.replace('|', ' or ')}")

    def _stage_own(self, staging: Staging, number: int, table: str, rows: Table) -> None:
        schema, _, name = table.partition(".")
        columns = staging.con.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE schema_name = ? AND table_name = ? ORDER BY column_index",
            [schema, name],
        ).fetchall()
        if "load" not in [column for column, *_ in columns]:
            raise PluginError(f"{self}: {table} is not there, or has no column load, which says where rows stem from")
        wanted = {_FILLED.get(column, column) for column, *_ in columns if column != "load"}
        differ = differing(wanted, rows.types)
        if differ:
            raise PluginError(f"{self} returned other columns than {table} has: {differ}")
        select = {f"{kind}_id": rows.id(staging, kind) for kind in ("viewer", "title") if kind in wanted}
        problems = ["NULL"]
        for column, kind, nullable in columns:
            if column != "load" and column not in _FILLED:
                select[column], why = _cast(rows, column, kind)
                problems.append(why)
            if column != "load" and not nullable:
                problems.append(_missing(rows, _FILLED.get(column, column)))
        columns_sql = ", ".join(f"{sql} AS {identifier(column)}" for column, sql in select.items())
        problem = f"CAST(coalesce({', '.join(problems)}) AS VARCHAR)"
        view = staging.view(
            f"own_{number}",
            f"SELECT {rows.ordinal} AS ordinal, {columns_sql}, {problem} AS problem FROM {rows.relation}",
        )
        staging.add(Stage(table, view, rows.file))


def _cast(rows: Table, column: str, kind: str) -> tuple[str, str]:
    """SQL of a column's value as the type that its table has, and of why a row has none."""
    given = rows.raw(column)
    value = f"TRY_CAST({given} AS {kind})"
    lost = f"{value} IS NULL"
    if kind in _WHOLE and rows.types[column] in _FLOATS:
        lost = f"({lost} OR {given} <> trunc({given}))"
    if kind in _FLOATS:
        lost = f"({lost} OR NOT isfinite({value}))"
    reason = literal(f"{column} is not a finite number" if kind in _FLOATS else f"{column} is not {kind}")
    return value, f"CASE WHEN {given} IS NOT NULL AND {lost} THEN {reason} END"


def _missing(rows: Table, column: str) -> str:
    return f"CASE WHEN {rows.raw(column)} IS NULL THEN {literal(f'no {column}')} END"
