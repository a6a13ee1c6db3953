"""One row of an answer. A `fetchone` leaves the answer open, and DuckDB 2 then refuses the connection's next query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def first(
    con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None
) -> tuple[Any, ...] | None:
    """The first row of an answer, None where there is none; the answer is read to its end."""
    rows = con.execute(sql, params).fetchall()
    return rows[0] if rows else None
