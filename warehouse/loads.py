"""Numbered loads: a file, folder or archive into the warehouse, once, whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import first_line
from warehouse.errors import SourceError, UsageError
from warehouse.sources import SOURCES, stage_function

if TYPE_CHECKING:
    import duckdb

    from warehouse.merging import Merged
    from warehouse.runs import Run
    from warehouse.sources.staging import Staging
    from warehouse.sources.text import Content
    from warehouse.store import Warehouse


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes:
        load: its number; of the earlier one where `already_loaded`.
        already_loaded: the same content had been loaded with the same options; nothing was added.
        taken, refused, folded: rows of the source: in the warehouse now, kept in meta.refused_rows, or said by others.
        tables: rows added or replaced, by table.
        encoding: how text was read.
        notes: what else a user should know, such as which columns were taken for what.
        reasons: why rows were refused, the most frequent first: (reason, rows, file, first line).
    """

    load: int
    source: str
    path: str
    taken: int
    refused: int
    folded: int
    tables: dict[str, int] = field(default_factory=dict)
    encoding: str = "utf-8"
    already_loaded: bool = False
    notes: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int, str, int], ...] = ()


def load(
    warehouse: Warehouse,
    source: str,
    path: str | Path,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
) -> LoadReport:
    """Load a file, folder or archive. Loading the same content again with the same options adds nothing.

    Args:
        warehouse: where to.
        path: file, folder or archive.
        source: one of `warehouse.sources.SOURCES`.
        mapping: columns of plain tables that go by unusual names: what they hold to their name.
        encoding: encoding of text, where it is not to be found out.
        name: what to record instead of the path, for what was made in passing.

    Raises:
        UnknownNameError: no such source.
        SourceError: it cannot be read, or not one row of it can be taken; nothing is loaded then.
        UsageError: a mapping for a source that has no use for one.
        LockedError: another process holds the warehouse.
    """
    stage_function(source)
    path = Path(path).expanduser()
    if mapping and SOURCES[source][0] != "plain":
        raise UsageError(f"{source} take no column mapping; leave --map away")
    options = {"encoding": encoding, "mapping": dict(sorted((mapping or {}).items()))}
    try:
        with tempfile.TemporaryDirectory(prefix="cinekit-") as folder:
            gather = import_module(f"warehouse.sources.{SOURCES[source][0]}").gather
            content: Content = gather(path, Path(folder), encoding)
            with warehouse.run(verb="load", model=source, settings={"path": name or str(path), **options}) as run:
                return _load(warehouse, run, source, content, options, name or str(path.absolute()))
    except OSError as error:
        raise SourceError(f"{error.filename or path}: {error.strerror or error}; nothing was loaded") from error


def _load(
    warehouse: Warehouse, run: Run, source: str, content: Content, options: dict[str, Any], name: str
) -> LoadReport:
    import duckdb

    from warehouse.merging import merge
    from warehouse.sources.staging import Staging

    with warehouse.writing() as con:
        earlier = _earlier(con, source, content, options)
        if earlier is not None:
            run.finish(con, writes={})
            return earlier
        staging = Staging(con, source, content, options["mapping"])
        try:
            stage_function(source)(staging)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.DataError) as error:
            raise SourceError(f"{content.path} cannot be read: {first_line(error)}") from error
        number = staging.count("SELECT coalesce(max(load), 0) + 1 FROM meta.loads")
        merged = merge(staging, number)
        report = _report(staging, number, merged, name)
        _record(con, run, report, content, options)
        run.finish(con, writes=report.tables)
    return report


def _earlier(
    con: duckdb.DuckDBPyConnection, source: str, content: Content, options: dict[str, Any]
) -> LoadReport | None:  # fmt: skip
    rows = con.execute(
        "SELECT load, path, rows_taken, rows_refused, rows_folded, options FROM meta.loads "
        "WHERE source = ? AND sha256 = ? ORDER BY load",
        [source, content.sha256],
    ).fetchall()
    for number, path, taken, refused, folded, recorded in rows:
        known = json.loads(recorded)
        if all(known.get(key) == value for key, value in options.items()):
            return LoadReport(
                number, source, path, taken, refused, folded, encoding=known["read_as"], already_loaded=True
            )  # fmt: skip
    return None


def _report(staging: Staging, number: int, merged: Merged, name: str) -> LoadReport:
    """The report of a load that has been merged.

    Raises:
        SourceError: there were no rows, or all of them were refused.
    """
    content = staging.content
    refused = staging.count("SELECT count(*) FROM stage_refused WHERE counted")
    reasons = staging.con.execute(
        "SELECT reason, count(*), any_value(file ORDER BY line), coalesce(min(line), 0) FROM stage_refused "
        "GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    if not merged.taken and not merged.folded:
        if not reasons:
            raise SourceError(f"{content.path} holds no rows; nothing to load")
        file, line, reason = staging.con.execute(
            "SELECT file, line, reason FROM stage_refused ORDER BY line NULLS LAST LIMIT 1"
        ).fetchall()[0]
        raise SourceError(
            f"{file}: all {refused} rows were refused, the first in line {line}: {reason}; nothing was loaded"
        )
    return LoadReport(
        load=number,
        source=staging.source,
        path=name,
        taken=merged.taken,
        refused=refused,
        folded=merged.folded,
        tables=merged.tables,
        encoding=content.encoding,
        notes=tuple(staging.notes),
        reasons=tuple(reasons),
    )


def _record(
    con: duckdb.DuckDBPyConnection, run: Run, report: LoadReport, content: Content, options: dict[str, Any]
) -> None:  # fmt: skip
    con.execute(
        "INSERT INTO meta.loads (load, run, source, path, sha256, bytes, options, rows_taken, rows_refused, "
        "rows_folded, loaded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, now() AT TIME ZONE 'UTC')",
        [
            report.load,
            run.id,
            report.source,
            report.path,
            content.sha256,
            content.size,
            json.dumps({**options, "read_as": report.encoding}),
            report.taken,
            report.refused,
            report.folded,
        ],
    )
    con.execute(
        "INSERT INTO meta.load_tables SELECT ?, unnest(?::VARCHAR[]), unnest(?::BIGINT[])",
        [report.load, list(report.tables), list(report.tables.values())],
    )
    con.execute(
        "INSERT INTO meta.refused_rows (load, file, line, reason, content) "
        "SELECT ?, file, line, reason, content FROM stage_refused ORDER BY file, line",
        [report.load],
    )
