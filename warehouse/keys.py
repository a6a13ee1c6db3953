"""Dense integer keys for the viewers and titles that a load brings, in the order in which they first stand there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from warehouse.names import identifier
from warehouse.sources.naming import name_of, year_of

if TYPE_CHECKING:
    import duckdb

# Ids of whole numbers are joined as numbers, which costs a fraction of joining them as text.
WHOLE = ("INTEGER", "BIGINT", "SMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")


def assign(con: duckdb.DuckDBPyConnection, kind: str, stages: Sequence[tuple[str, dict[str, str]]]) -> int:
    """Make stage_<kind>_keys (id, number, key, new) of all ids that are in the warehouse or in the stages.

    Args:
        con: connection inside the load's transaction.
        kind: viewer or title.
        stages: relations with their columns, by name with type; those without ids of this kind are passed over.

    Returns:
        How many are new.
    """
    column = f"{kind}_id"
    appearances = [
        f"SELECT CAST({column} AS VARCHAR) AS id, min(ordinal) + ({place}::HUGEINT << 62) AS place FROM {relation} "
        f"WHERE {column} IS NOT NULL GROUP BY {column}"
        for place, (relation, columns) in enumerate(stages)
        if column in columns
    ]
    keys = identifier(f"stage_{kind}_keys")
    number = "CASE WHEN CAST(TRY_CAST({0} AS BIGINT) AS VARCHAR) = {0} THEN TRY_CAST({0} AS BIGINT) END"
    known = (
        f"SELECT {column} AS id, {number.format(column)} AS number, {kind}_key AS key, false AS new FROM raw.{kind}s"
    )
    if not appearances:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {keys} AS {known}")
        return 0
    # One statement: rows that a transaction inserts into a temporary table that it has just made can get lost.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {keys} AS
        {known}
        UNION ALL
        SELECT id, {number.format("id")}, CAST(start + row_number() OVER (ORDER BY place) AS INTEGER), true
        FROM (SELECT id, min(place) AS place FROM ({" UNION ALL ".join(appearances)}) GROUP BY id) found
        CROSS JOIN (SELECT coalesce(max({kind}_key), 0) AS start FROM raw.{kind}s) latest
        WHERE NOT EXISTS (FROM raw.{kind}s k WHERE k.{column} = found.id)
        """
    )
    return int(con.execute(f"SELECT count(*) FILTER (new) FROM {keys}").fetchall()[0][0])


def insert_new(con: duckdb.DuckDBPyConnection, load: int, *, named_by_id: bool) -> None:
    """Insert the new viewers and titles; what else is known of them is filled in later.

    Args:
        con: connection inside the load's transaction.
        load: number of the load.
        named_by_id: the ids of titles are names, perhaps with a year.
    """
    con.execute(
        "INSERT INTO raw.viewers (viewer_key, viewer_id, load) SELECT key, id, ? "
        "FROM stage_viewer_keys WHERE new ORDER BY key",
        [load],
    )
    name, year = (f"coalesce({name_of('id')}, id)", year_of("id")) if named_by_id else ("id", "NULL")
    con.execute(
        f"INSERT INTO raw.titles (title_key, title_id, name, year, load) SELECT key, id, {name}, {year}, ? "
        "FROM stage_title_keys WHERE new ORDER BY key",
        [load],
    )


def whole(con: duckdb.DuckDBPyConnection, kind: str, columns: dict[str, str]) -> bool:
    """Whether the ids of a stage are whole numbers, in the form that numbers are written in."""
    if columns[f"{kind}_id"] in WHOLE:
        return True
    return not con.execute(f"SELECT count(*) FROM stage_{kind}_keys WHERE number IS NULL").fetchall()[0][0]


def join(con: duckdb.DuckDBPyConnection, kind: str, columns: dict[str, str], *, optional: bool = False) -> str:
    """SQL: join a stage s to its keys, as table <kind>_keys."""
    keys = f"{kind}_keys"
    on = f"{keys}.number = s.{kind}_id::BIGINT" if whole(con, kind, columns) else f"{keys}.id = s.{kind}_id"
    return f"{'LEFT ' if optional else ''}JOIN stage_{keys} {keys} ON {on}"
