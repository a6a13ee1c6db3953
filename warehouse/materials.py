"""Scripts, pieces of music and images into their tables: each content once, under dense keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class MaterialTable:
    """A table of things to learn from.

    Attributes:
        key: its column of dense keys.
        columns: its columns beside key and load; sha256 among them.
        several: one load may bring the same content several times, as a loop shows one frame twice.
        parts: table of what the things consist of, by their key, with its columns beside key and load.
    """

    key: str
    columns: tuple[str, ...]
    several: bool = False
    parts: tuple[str, tuple[str, ...]] | None = None


MATERIALS = {
    "scripts": MaterialTable("script_key", ("name", "format", "content", "sha256")),
    "pieces": MaterialTable(
        "piece_key", ("piece_id", "part", "beats", "tempo", "sha256"),
        parts=("notes", ("voice", "pitch", "start_beat", "beats", "velocity", "program")),
    ),
    "images": MaterialTable(
        "image_key", ("name", "sequence", "frame", "width", "height", "mode", "content", "sha256"), several=True
    ),
}  # fmt: skip


def add_materials(con: duckdb.DuckDBPyConnection, table: str, relation: str, load: int) -> dict[str, int]:
    """Insert staged things whose content is not there yet, in their order, with what they consist of.

    Args:
        con: connection inside the load's transaction.
        table: one of `MATERIALS`.
        relation: the staged things, with an `ordinal`; their parts are in stage_<parts>, each with the `ordinal` of
            its thing.
        load: number of the load.

    Returns:
        Rows that were inserted, by table; the table's own first.
    """
    kind = MATERIALS[table]
    once = "" if kind.several else "QUALIFY row_number() OVER (PARTITION BY sha256 ORDER BY ordinal) = 1"
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE stage_new AS
        SELECT ordinal, CAST(start + row_number() OVER (ORDER BY ordinal) AS INTEGER) AS key
        FROM (SELECT ordinal, sha256 FROM {relation} ANTI JOIN raw.{table} USING (sha256) {once}) new
        CROSS JOIN (SELECT coalesce(max({kind.key}), 0) AS start FROM raw.{table}) latest
        """
    )
    added = {table: _insert(con, table, kind.key, kind.columns, relation, load, order="key")}
    if kind.parts:
        name, columns = kind.parts
        added[name] = _insert(con, name, kind.key, columns, f"stage_{name}", load, order="ALL")
    return added


def _insert(
    con: duckdb.DuckDBPyConnection,
    table: str,
    key: str,
    columns: tuple[str, ...],
    relation: str,
    load: int,
    *,
    order: str,
) -> int:
    listed = ", ".join(columns)
    row = con.execute(
        f"INSERT INTO raw.{table} ({key}, {listed}, load) SELECT key, {listed}, ? "
        f"FROM {relation} JOIN stage_new USING (ordinal) ORDER BY {order}",
        [load],
    ).fetchall()
    return int(row[0][0])
