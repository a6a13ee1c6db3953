"""Ratings, watches and other events into their tables: duplicates folded, older rows replaced, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from warehouse import keys
from warehouse.errors import WarehouseError
from warehouse.rules import EVENTS, PAIR, Events

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray


def merge_events(
    con: duckdb.DuckDBPyConnection, table: str, relation: str, columns: dict[str, str], load: int
) -> int:  # fmt: skip
    """Write the staged rows of one table; how many were taken. The others were folded.

    Args:
        con: connection inside the load's transaction.
        table: its name, without the schema.
        load: number of the load.
        relation: staged rows, none impossible.
        columns: its columns, by name with type.

    Raises:
        WarehouseError: rows are neither taken nor folded, which cannot be; the load is rolled back.
    """
    events = EVENTS[table]
    keyed = _keyed(con, table, events, relation, columns)
    con.execute("CREATE OR REPLACE TEMP TABLE stage_folded (ordinal HUGEINT)")
    _fold_within(con, events, keyed)
    present = con.execute(f"SELECT count(*) FROM (FROM raw.{table} LIMIT 1)").fetchall()[0][0]
    if present:
        _fold_against(con, table, events, keyed)
    folded = con.execute("SELECT count(*) FROM stage_folded").fetchall()[0][0]
    kept = f"{keyed} ANTI JOIN stage_folded USING (ordinal)" if folded else keyed
    if events.same and present:
        con.execute(f"DELETE FROM raw.{table} t USING (FROM {kept}) s WHERE {_agree(events.same, events)}")
    listed = ", ".join(events.all_columns)
    row = con.execute(f"INSERT INTO raw.{table} ({listed}, load) SELECT {listed}, ? FROM {kept}", [load]).fetchall()
    taken = int(row[0][0])
    staged, written = con.execute(
        f"SELECT (SELECT count(*) FROM {relation}), (SELECT count(*) FROM raw.{table} WHERE load = ?)", [load]
    ).fetchall()[0]
    if staged != taken + folded or written != taken:
        raise WarehouseError(
            f"raw.{table}: of {staged} rows {taken} were taken and {folded} folded, but {written} are there; "
            "nothing was loaded; please report it"
        )
    return taken


def _keyed(
    con: duckdb.DuckDBPyConnection, table: str, events: Events, relation: str, columns: dict[str, str]
) -> str:  # fmt: skip
    """The staged rows with keys in place of ids, in the table's own columns and types."""
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE raw.{table}").fetchall()}
    select, joins = ["s.ordinal"], []
    for kind, wanted in (("viewer", events.viewer), ("title", events.title)):
        if wanted is False:
            continue
        if f"{kind}_id" in columns:
            joins.append(keys.join(con, kind, columns, optional=wanted is None))
            select.append(f"{kind}_keys.key::INTEGER AS {kind}_key")
        else:
            select.append(f"NULL::INTEGER AS {kind}_key")
    select += [
        f"{f's.{c}' if c in columns else 'NULL'}::{types[c]} AS {c}" for c in events.columns
    ]  # fmt: skip
    # Joining ids as text is dear enough to be done once and kept.
    cheap = all(keys.whole(con, kind, columns) for kind in ("viewer", "title") if f"{kind}_id" in columns)
    kind = "VIEW" if cheap else "TABLE"
    keyed = f'"stage_keyed_{table}"'
    con.execute(
        f"CREATE OR REPLACE TEMP {kind} {keyed} AS SELECT {', '.join(select)} FROM {relation} s {' '.join(joins)}"
    )
    return keyed


def _fold_within(con: duckdb.DuckDBPyConnection, events: Events, keyed: str) -> None:
    """Note the rows that another row of the same load stands for."""
    same = events.same or events.all_columns
    # Two integers fit one; of anything else a hash: that other rows have the same is sorted out below.
    packed = "(viewer_key::BIGINT << 32) | title_key" if same == PAIR else f"hash({', '.join(same)})"
    timed = f"{events.time} IS NOT NULL" if not events.same else "true"
    repeated = _repeated(con.execute(f"SELECT {packed} AS packed FROM {keyed} WHERE {timed}").fetchnumpy()["packed"])
    if not len(repeated):
        return
    import pyarrow as pa

    con.register("stage_repeated", pa.table({"packed": repeated}))
    latest = f"{events.time} DESC NULLS LAST, ordinal DESC" if events.time and events.same else "ordinal DESC"
    con.execute(
        f"INSERT INTO stage_folded SELECT ordinal FROM {keyed} WHERE {timed} AND {packed} IN "
        f"(SELECT packed FROM stage_repeated) "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(same)} ORDER BY {latest}) > 1"
    )
    con.unregister("stage_repeated")


def _repeated(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The values that occur more than once; free of charge where they ascend, as in files in order."""
    if len(values) < 2 or bool(np.all(values[1:] > values[:-1])) or _all_differ(values):
        return values[:0]
    values.sort()
    return np.unique(values[1:][values[1:] == values[:-1]])


def _all_differ(values: NDArray[np.integer]) -> bool:
    """Whether packed pairs of keys all differ, by ticking each off; False where the list would be too long."""
    if values.dtype != np.int64:
        return False
    titles = values & 0xFFFFFFFF
    width = int(titles.max()) + 1
    length = (int(values.max() >> 32) + 1) * width
    if length > min(1 << 28, 64 * len(values)):
        return False
    ticked = np.zeros(length, dtype=np.bool_)
    ticked[(values >> 32) * width + titles] = True
    return int(np.count_nonzero(ticked)) == len(values)


def _fold_against(con: duckdb.DuckDBPyConnection, table: str, events: Events, keyed: str) -> None:
    """Note the rows that a row which is in the warehouse stands for."""
    fresh = f"(FROM {keyed} ANTI JOIN stage_folded USING (ordinal))"
    identical = _agree(events.all_columns, events, null_safe=True)
    if events.same:
        later = (
            f"t.{events.time} > s.{events.time} OR (t.{events.time} IS NOT NULL AND s.{events.time} IS NULL) OR "
            if events.time
            else ""
        )
        con.execute(
            f"INSERT INTO stage_folded SELECT s.ordinal FROM {fresh} s JOIN raw.{table} t "
            f"ON {_agree(events.same, events)} WHERE {later}({identical})"
        )
        return
    # As many copies as are there already are not added again: one of a timed row, any number of one without a time.
    listed = ", ".join(events.all_columns)
    staged = ", ".join(f"s.{c}" for c in events.all_columns)
    con.execute(
        f"""
        INSERT INTO stage_folded
        SELECT ordinal FROM (
            SELECT s.ordinal, t.copies, row_number() OVER (PARTITION BY {staged}
                                                           ORDER BY s.ordinal) AS copy
            FROM {fresh} s JOIN (SELECT {listed}, count(*) AS copies FROM raw.{table} GROUP BY ALL) t ON {identical})
        WHERE copy <= copies
        """
    )


def _agree(columns: tuple[str, ...], events: Events, *, null_safe: bool = False) -> str:
    """SQL: t and s have the same values; keys that a row must have are compared plainly, so that they can be hashed."""
    needed = {"viewer_key": events.viewer is True, "title_key": events.title is True, "review_id": True,
              "series_id": True, "observed_at": True, "tag": True, "attribute": True, "place": True}  # fmt: skip
    return " AND ".join(
        f"t.{c} = s.{c}" if needed.get(c, not null_safe) else f"t.{c} IS NOT DISTINCT FROM s.{c}" for c in columns
    )
