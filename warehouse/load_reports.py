"""What a load did: the report of it, its record in the warehouse, and whether the same was loaded before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from warehouse.clock import utc_now
from warehouse.errors import SourceError
from warehouse.sources import FILES

if TYPE_CHECKING:
    import duckdb

    from warehouse.merging import Merged
    from warehouse.runs import Run
    from warehouse.sources.staging import Staging
    from warehouse.sources.text import Content

# Recorded among a load's options, but no other one for it.
VERSION = "plugin_version"


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes:
        load: its number; of the earlier one where `already_loaded`.
        path: what was to be loaded.
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


def earlier_load(
    con: duckdb.DuckDBPyConnection, source: str, content: Content, options: dict[str, Any], name: str
) -> LoadReport | None:  # fmt: skip
    """The report of the load, if there was one, that brought the same content with the same options."""
    rows = con.execute(
        "SELECT load, path, rows_taken, rows_refused, rows_folded, options FROM meta.loads "
        "WHERE source = ? AND sha256 = ? ORDER BY load",
        [source, content.sha256],
    ).fetchall()
    for number, path, taken, refused, folded, recorded in rows:
        known = json.loads(recorded)
        if all(known.get(key) == value for key, value in options.items() if key != VERSION):
            notes = (f"the same content as load {number}, {path}",) if path != name else ()
            return LoadReport(
                number, source, name, taken, refused, folded, {}, known["read_as"], already_loaded=True, notes=notes
            )  # fmt: skip
    return None


def note_met(staging: Staging, merged: Merged, name: str) -> None:
    """Note the ids that another load had brought: of another data set they would be other people."""
    met = {kind: count for kind, count in merged.met.items() if count}
    # Films are matched on purpose; a file that has grown since it was loaded is about the same people.
    if not met or staging.source == "films":
        return
    if staging.count("SELECT count(*) FROM meta.loads WHERE source = ? AND path = ?", [staging.source, name]):
        return
    listed = " and ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in met.items())
    one = sum(met.values()) == 1
    staging.notes.append(
        f"{listed} {'was' if one else 'were'} there already under the same {'id and is' if one else 'ids and are'} "
        "taken to be the same; load other people's data into another warehouse (--warehouse)"
    )


def report_of(staging: Staging, number: int, merged: Merged, name: str) -> LoadReport:
    """The report of a load that has been merged.

    Raises:
        SourceError: there were no rows, or all of them were refused.
    """
    content = staging.content
    refused = staging.count("SELECT count(*) FROM stage_refused WHERE counted")
    reasons = staging.con.execute(
        "SELECT reason, count(*), any_value(file ORDER BY line, file), coalesce(min(line), 0) FROM stage_refused "
        "GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    if not merged.taken and not merged.folded:
        if not reasons:
            raise SourceError(f"{content.path} holds no rows; nothing to load")
        file, line, reason = staging.con.execute(
            "SELECT file, line, reason FROM stage_refused ORDER BY line NULLS LAST, file LIMIT 1"
        ).fetchall()[0]
        if staging.source in FILES:
            first = file if refused == 1 else f"all {refused} were refused, the first, {file},"
            raise SourceError(f"{first} {reason}; nothing was loaded")
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


def record(
    con: duckdb.DuckDBPyConnection, run: Run, report: LoadReport, content: Content, options: dict[str, Any]
) -> None:  # fmt: skip
    """Write down a load, the tables that it filled, and the rows that it refused."""
    con.execute(
        "INSERT INTO meta.loads (load, run, source, path, sha256, bytes, options, rows_taken, rows_refused, "
        "rows_folded, loaded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            utc_now(),
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
