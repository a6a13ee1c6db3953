"""Dense integer keys for the viewers and titles that a load brings, in the order in which they first stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.names import identifier
from warehouse.sources.naming import match_key, name_of, year_of

if TYPE_CHECKING:
    import duckdb

# Ids of whole numbers are joined as numbers, which costs a fraction of joining them as text.
WHOLE = ("INTEGER", "BIGINT", "SMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
# A film called 300 beside a title of the id 300.
BESIDE_AN_ID = " (title)"


@dataclass(frozen=True)
class Assigned:
    """What came of the ids of one kind: new ones, and ones that were there already."""

    new: int = 0
    met: int = 0


def assign(
    con: duckdb.DuckDBPyConnection, kind: str, stages: Sequence[tuple[str, dict[str, str]]], known: str = ""
) -> Assigned:
    """Make stage_<kind>_keys (id, number, key, new) of all ids that are in the stages.

    Args:
        con: connection inside the load's transaction.
        kind: viewer or title.
        stages: relations with their columns, by name with type; those without ids of this kind are passed over.
        known: relation (id, key) of ids that have a key; without it those in the warehouse.
    """
    column = f"{kind}_id"
    appearances = [
        f"SELECT CAST({column} AS VARCHAR) AS id, min(ordinal) + ({place}::HUGEINT << 62) AS place FROM {relation} "
        f"WHERE {column} IS NOT NULL GROUP BY {column}"
        for place, (relation, columns) in enumerate(stages)
        if column in columns
    ]
    keys = identifier(f"stage_{kind}_keys")
    if not appearances:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {keys} (id VARCHAR, number BIGINT, key INTEGER, new BOOLEAN)"
        )  # fmt: skip
        return Assigned()
    number = "CASE WHEN CAST(TRY_CAST(id AS BIGINT) AS VARCHAR) = id THEN TRY_CAST(id AS BIGINT) END"
    # One statement: rows that a transaction inserts into a temporary table that it has just made can get lost.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {keys} AS
        SELECT id, {number} AS number, key IS NULL AS new,
            coalesce(key, CAST(start + row_number() OVER (PARTITION BY key IS NULL ORDER BY place) AS INTEGER)) AS key
        FROM (SELECT id, min(place) AS place FROM ({" UNION ALL ".join(appearances)}) GROUP BY id) found
        LEFT JOIN {known or f"(SELECT {column} AS id, {kind}_key AS key FROM raw.{kind}s)"} known USING (id)
        CROSS JOIN (SELECT coalesce(max({kind}_key), 0) AS start FROM raw.{kind}s) latest
        """
    )
    counted = con.execute(f"SELECT count(*) FILTER (new), count(DISTINCT key) FILTER (NOT new) FROM {keys}").fetchall()
    return Assigned(*counted[0])


def match_names(con: duckdb.DuckDBPyConnection, stages: Sequence[tuple[str, dict[str, str]]]) -> str:
    """Make stage_known_names (id, key): names that serve as ids in the stages, and the titles that they mean.

    A name means the title of that id, else the one title that has the name (as `naming.match_key` compares) and the
    year; without a year the one title of the name, or the one of several that somebody rated, watched or paid for.
    A whole number among names is the name of a film, not the id of another. Where all of them are whole numbers
    they are ids, and nothing is matched.

    Returns:
        The relation, or "" where ids are ids.
    """
    named = [relation for relation, columns in stages if "title_id" in columns]
    if not named or not con.execute("SELECT count(*) FROM (FROM raw.titles LIMIT 1)").fetchall()[0][0]:
        return ""
    ids = " UNION ".join(f"SELECT title_id::VARCHAR AS id FROM {r} WHERE title_id IS NOT NULL" for r in named)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE stage_names AS SELECT id, regexp_full_match(id, '\\d+') AS whole, "
        f"{match_key(name_of('id'))} AS match_key, {year_of('id')} AS year FROM ({ids})"
    )
    if con.execute("SELECT bool_and(whole) FROM stage_names").fetchall()[0][0]:
        return ""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE stage_known_names AS
        WITH titles AS MATERIALIZED (
            SELECT title_key AS key, title_id, name, year, {match_key("name")} AS match_key FROM raw.titles
        ), by_id AS (
            SELECT id, key FROM stage_names n JOIN titles t ON t.title_id = n.id
            WHERE NOT n.whole OR t.name = t.title_id OR t.match_key = n.match_key
            UNION ALL
            SELECT id, key FROM stage_names n JOIN titles t ON t.title_id = n.id || '{BESIDE_AN_ID}' WHERE n.whole
        ), fitting AS (
            SELECT id, key, n.year, (key IN (SELECT title_key FROM raw.ratings)
                OR key IN (SELECT title_key FROM raw.watches) OR key IN (SELECT title_key FROM raw.purchases)) AS used
            FROM stage_names n JOIN titles t ON t.match_key = n.match_key AND (n.year IS NULL OR t.year = n.year)
            WHERE id NOT IN (SELECT id FROM by_id)
        )
        SELECT id, min(key) AS key FROM by_id GROUP BY id
        UNION ALL
        SELECT id, CASE WHEN count(*) = 1 THEN min(key) ELSE min(key) FILTER (used) END FROM fitting
        GROUP BY id HAVING count(*) = 1 OR (min(year) IS NULL AND count(*) FILTER (used) = 1)
        """
    )
    return "stage_known_names"


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
    own = f"CASE WHEN id IN (SELECT title_id FROM raw.titles) THEN id || '{BESIDE_AN_ID}' ELSE id END"
    con.execute(
        "INSERT INTO raw.titles (title_key, title_id, name, year, load) "
        f"SELECT key, {own if named_by_id else 'id'}, {name}, {year}, ? "
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
