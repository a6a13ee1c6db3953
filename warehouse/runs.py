"""Runs and their lineage: who computed what, from which tables and loads, and how it ended."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Mapping
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from warehouse.clock import utc_now
from warehouse.connection import first_line
from warehouse.errors import CinekitError, WarehouseError
from warehouse.names import quoted
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb

    from warehouse.store import Warehouse

CLOCK_SLACK = 5.0  # seconds
# Another machine cannot be asked whether a process lives; a container that was killed never comes back.
FOREIGN_LIMIT = timedelta(days=1)


def cinekit_version() -> str:
    """The installed version of cinekit."""
    try:
        return version("cinekit")
    except PackageNotFoundError:
        return "not installed"


def reads_of(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Rows and latest load of each table, as they are on this connection."""
    found = {}
    for table in tables:
        counted = first(con, f"SELECT count(*) FROM {quoted(table)}")
        latest = first(con, "SELECT max(load) FROM meta.load_tables WHERE table_name = ?", [table])
        found[table] = (counted[0] if counted else 0, latest[0] if latest else None)
    return found


class Run:
    """A run that has been recorded as running.

    Attributes:
        id: UUID version 7.
        ended: True once it is recorded as done or failed.
    """

    def __init__(self, warehouse: Warehouse, run_id: str) -> None:
        self.warehouse = warehouse
        self.id = run_id
        self.ended = False
        self._read: dict[str, tuple[int, int | None]] = {}

    def read(self, con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
        """Note what the run reads: each table's rows and latest load as they are on this connection."""
        self.has_read(reads_of(con, tables))

    def has_read(self, reads: Mapping[str, tuple[int, int | None]]) -> None:
        """Note what was read before, by what `reads_of` gave on that connection."""
        self._read |= reads

    def note(self, con: duckdb.DuckDBPyConnection, name: str, value: Any) -> None:
        """Put something beside the settings of the run that is known only now; `value` as JSON has it."""
        row = first(con, "SELECT settings FROM meta.runs WHERE run = ?", [self.id])
        settings = json.dumps({**json.loads(row[0] if row else "{}"), name: value})
        con.execute("UPDATE meta.runs SET settings = ?::JSON WHERE run = ?", [settings, self.id])

    def keep(self, con: duckdb.DuckDBPyConnection, writes: Mapping[str, int]) -> None:
        """Record what was read, and all that was written so far, in the transaction that wrote the latest rows.

        These rows, and the record of them, stay even if the run fails later: for rows that are whole by themselves.
        """
        for table in ("meta.run_reads", "meta.run_writes"):
            con.execute(f"DELETE FROM {quoted(table)} WHERE run = ?", [self.id])
        for table, (rows, load) in self._read.items():
            con.execute("INSERT INTO meta.run_reads VALUES (?, ?, ?, ?)", [self.id, table, rows, load])
        for table, rows in writes.items():
            con.execute("INSERT INTO meta.run_writes VALUES (?, ?, ?)", [self.id, table, rows])

    def finish(self, con: duckdb.DuckDBPyConnection, writes: Mapping[str, int]) -> None:
        """Record the run as done, in the transaction that wrote its rows."""
        self.keep(con, writes)
        con.execute("UPDATE meta.runs SET status = 'done', ended_at = ? WHERE run = ?", [utc_now(), self.id])
        self.ended = True

    def fail(self, error: BaseException) -> None:
        """Record the run as failed and drop its artifacts. What had been written was rolled back before."""
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else first_line(error)  # type: ignore[arg-type]
        self.ended = True
        try:
            with self.warehouse.writing() as con:
                # Who is interrupted just after the commit has a run that is done, with rows and files that stay.
                changed = con.execute(
                    "UPDATE meta.runs SET status = 'failed', error = ?, ended_at = ? "
                    "WHERE run = ? AND status = 'running' RETURNING run",
                    [reason, utc_now(), self.id],
                ).fetchall()
        except WarehouseError as second:
            # The first error is the one to show; the next opening finds the run without a process and fails it.
            error.add_note(f"and the run could not be marked as failed: {second}")
            return
        if changed:
            self.warehouse.artifacts.remove(self.id)


def open_run(
    warehouse: Warehouse,
    verb: str,
    model: str,
    settings: Mapping[str, Any],
    seed: int | None,
    plugin: str,
    plugin_version: str | None,
) -> Run:
    """Record a run as running."""
    with warehouse.writing() as con:
        row = first(
            con,
            """
            INSERT INTO meta.runs
            SELECT uuidv7()::VARCHAR, ?, ?, ?, ?, ?, ?::JSON, ?, 'running', NULL, ?, NULL, ?, ?, ?
            RETURNING run
            """,
            [
                *(verb, model, plugin, plugin_version or cinekit_version(), cinekit_version(), json.dumps(settings)),
                *(seed, utc_now(), socket.gethostname(), os.getpid(), _process_started(os.getpid())),
            ],
        )
    if row is None:
        raise CinekitError("the run was not recorded")
    return Run(warehouse, row[0])


def abandoned(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Runs recorded as running although their process has gone, or that another machine began over a day ago."""
    rows = con.execute(
        "SELECT run, process_id, process_started, host = ?, started_at < ? FROM meta.runs WHERE status = 'running'",
        [socket.gethostname(), utc_now() - FOREIGN_LIMIT],
    ).fetchall()
    return [
        run
        for run, pid, started, here, long_ago in rows
        if (not _same_process(_process_started(pid), started) if here else long_ago)
    ]


def _same_process(now: float | None, then: float) -> bool:
    # A process's start is reckoned from the machine's, which moves a little when its clock is set.
    return now is not None and abs(now - then) < CLOCK_SLACK


def _process_started(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return None
