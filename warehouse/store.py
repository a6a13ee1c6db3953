"""The warehouse as Python users and the toolkit meet it: open, read, write in one transaction, query, scan."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from warehouse import migrations
from warehouse.artifacts import Artifacts
from warehouse.clock import utc_now
from warehouse.connection import connect, first_line
from warehouse.errors import UnknownNameError, VersionError, WarehouseError
from warehouse.runs import Run, abandoned, open_run
from warehouse.transactions import transaction

if TYPE_CHECKING:
    import duckdb
    import polars as pl


class RunObserver(Protocol):
    """Who wants to be told of runs; no connection is held meanwhile."""

    def started(self, warehouse: Warehouse, run: str) -> None:
        """A run has been recorded as running."""

    def ended(self, warehouse: Warehouse, run: str) -> None:
        """A run has been recorded as done or failed."""


class Warehouse:
    """One DuckDB file and the folder of artifacts beside it.

    No connection is kept between calls: DuckDB lets one process write, and refuses even readers meanwhile, so
    each call opens the file, waits for others for up to `wait` seconds, and closes it again.

        warehouse = Warehouse.open("cinekit.duckdb")
        warehouse.query("SELECT * FROM titles WHERE year = $year", {"year": 1995})
    """

    def __init__(self, path: Path, wait: float) -> None:
        self.path = path
        self.wait = wait
        self.observer: RunObserver | None = None
        real = path.resolve()
        self.artifacts = Artifacts(real.with_name(real.name + ".files"))

    @classmethod
    def open(cls, path: str | Path = "cinekit.duckdb", *, wait: float = 10.0, create: bool = True) -> Warehouse:
        """Open a warehouse; make it where it is missing, migrate it where it is older, settle runs that were killed.

        Raises:
            WarehouseError: missing and `create` is false, or no DuckDB file.
            LockedError: another process held it for longer than `wait` seconds.
            VersionError: it was written by a newer cinekit, or is not cinekit's.
        """
        warehouse = cls(Path(path).expanduser().absolute(), wait)
        if not warehouse.path.exists():
            if not create:
                raise WarehouseError(
                    f"there is no warehouse at {warehouse.path}; make one with 'cinekit load' or 'cinekit demo', "
                    "or name another with --warehouse"
                )
            warehouse._create()
        elif warehouse.path.is_dir():
            raise WarehouseError(f"{warehouse.path} is a folder; name a file with --warehouse")
        with warehouse._connection(read_only=True) as con:
            outdated = bool(migrations.pending(con, warehouse.path))
            killed = [] if outdated else abandoned(con)
        # A file that is not ours to write to can be read all the same; only the status of killed runs stays behind.
        if outdated or (killed and os.access(warehouse.path, os.W_OK)):
            warehouse._settle()
        return warehouse

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection for our own SQL."""
        with self._connection(read_only=True) as con:
            yield con

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed when the block ends, rolled back when it raises."""
        with self._connection(read_only=False) as con:
            # Folds what a killed process left in the write-ahead log into the file before anything new is written.
            con.execute("CHECKPOINT")
            with transaction(con):
                yield con

    @contextmanager
    def run(
        self,
        verb: str,
        model: str,
        *,
        settings: Mapping[str, Any] | None = None,
        seed: int | None = None,
        plugin: str = "cinekit",
        plugin_version: str | None = None,
    ) -> Iterator[Run]:
        """Record a run as running, and as failed, with its error, when the block raises.

        The block ends it itself with `Run.finish`, in the transaction that writes its rows: rows and "done" land
        together or not at all.
        """
        run = open_run(self, verb, model, settings or {}, seed, plugin, plugin_version)
        try:
            if self.observer is not None:
                self.observer.started(self, run.id)
            yield run
            if not run.ended:
                run.fail(RuntimeError("ended without writing anything"))
        except BaseException as error:
            run.fail(error)
            raise
        finally:
            if self.observer is not None:
                self.observer.ended(self, run.id)

    def query(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Rows of one SELECT, on a read-only connection without access to files, network or settings.

        Raises:
            QueryError: not exactly one reading statement, refused, or wrong.
        """
        from warehouse.queries import select

        return select(self, sql, params)

    def scan(self, table: str) -> pl.LazyFrame:
        """A LazyFrame over a table or view: columns and row limits are pushed into DuckDB, batches are streamed.

        Raises:
            UnknownNameError: no such table; the nearest names are offered.
        """
        from warehouse.queries import scan

        return scan(self, table)

    def tables(self) -> pl.DataFrame:
        """Tables and views: name, kind, rows (NULL for a view), columns, comment."""
        from warehouse.queries import tables

        return tables(self)

    def columns(self, table: str) -> pl.DataFrame:
        """Columns of a table or view: name, type, comment.

        Raises:
            UnknownNameError: no such table; the nearest names are offered.
        """
        from warehouse.queries import columns

        return columns(self, table)

    def table_columns(self, table: str) -> dict[str, str]:
        """Column names of a table or view, each with DuckDB's name of its type."""
        schema, _, name = table.rpartition(".")
        with self.reading() as con:
            rows = con.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
                "ORDER BY column_index",
                [schema or "main", name],
            ).fetchall()
            if not rows:
                known = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
                raise UnknownNameError("table", table, [k[0].removeprefix("main.") for k in known])
        return dict(rows)

    def repeated_keys(self) -> list[str]:
        """Tables in which something that should be there once is there twice: none, unless cinekit has a fault."""
        from warehouse.integrity import repeated_keys

        return repeated_keys(self)

    @contextmanager
    def _connection(self, *, read_only: bool, locked: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        con = connect(self.path, read_only=read_only, wait=self.wait, locked=locked)
        try:
            yield con
        except duckdb.Error as error:
            hint = "; make room on the disk and try again" if "No space left" in str(error) else ""
            raise WarehouseError(f"{self.path}: {first_line(error)}{hint}") from error
        finally:
            con.close()

    def _create(self) -> None:
        """Build the file under another name and link it into place, so that nobody meets it half made."""
        if not self.path.parent.is_dir():
            raise WarehouseError(f"there is no folder {self.path.parent} to make a warehouse in")
        if not os.access(self.path.parent, os.W_OK):
            raise WarehouseError(
                f"{self.path} cannot be made, as its folder may not be written to; name another file with --warehouse"
            )
        draft = self.path.with_name(f".{self.path.name}.{uuid4().hex[:12]}.new")
        for stale in self.path.parent.glob(f".{self.path.name}.*.new*"):
            with suppress(FileNotFoundError):  # another process may have ended meanwhile
                if time.time() - stale.stat().st_mtime > 3600:
                    stale.unlink()
        try:
            with connect(draft, read_only=False, wait=0) as con:
                migrations.apply(con, draft)
                con.execute("CHECKPOINT")
            try:
                os.link(draft, self.path)
            except FileExistsError:
                return  # another process made it meanwhile
            except OSError:
                draft.rename(self.path)  # a file system without hard links
        except OSError as error:
            raise WarehouseError(f"cannot make a warehouse at {self.path}: {error.strerror or error}") from error
        finally:
            draft.unlink(missing_ok=True)
            draft.with_name(draft.name + ".wal").unlink(missing_ok=True)

    def _settle(self) -> None:
        """Migrate, and mark runs whose process has gone as failed."""
        if not os.access(self.path, os.W_OK):
            raise VersionError(f"{self.path} needs to be updated, but is not writable; change its permissions")
        with self._connection(read_only=False) as con:
            con.execute("CHECKPOINT")
            migrations.apply(con, self.path)
            killed = abandoned(con)
            for run in killed:
                con.execute(
                    "UPDATE meta.runs SET status = 'failed', error = 'its process was killed', "
                    "ended_at = ? WHERE run = ?",
                    [utc_now(), run],
                )
        for run in killed:
            self.artifacts.remove(run)
