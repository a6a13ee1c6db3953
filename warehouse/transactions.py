"""Transactions: all that a block does on a connection lands, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block does on the connection when it ends; roll it back when it, or the commit, raises."""
    import duckdb

    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        # A COMMIT that failed has rolled back already; the error of a second attempt would hide its own.
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
