"""Reading the interaction matrix out of the warehouse: codes, sums and order by SQL, columns straight into CSR."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from toolkit.errors import ModelError, UsageError
from toolkit.interactions import (
    LIKED_SHARE,
    UNKNOWN_TIME,
    IntArray,
    Interactions,
    Signal,
    canonical_csr,
    scale_top,
)
from warehouse.rows import first

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from scipy.sparse import csr_array

Catalogue = Literal["interacted", "all"]

SMALLEST_WEIGHT = 1e-6

# What each signal reads: (table, column of time, entries that count, value of one row before any decay).
_SOURCES: dict[Signal, tuple[str, str, str, str]] = {
    "ratings": ("raw.ratings", "rated_at", "rating IS NOT NULL AND NOT isnan(rating)", "rating"),
    "watches": ("raw.watches", "watched_at", "true", "ln(1 + coalesce(minutes, $minutes))"),
    "purchases": ("raw.purchases", "purchased_at", "coalesce(tickets, 1) > 0", "coalesce(tickets, 1)"),
}


class Reads(Protocol):
    """Whatever lends a read-only connection: the warehouse."""

    def reading(self) -> AbstractContextManager[DuckDBPyConnection]:
        """Open a connection, and close it in the end."""
        ...


def read_interactions(
    warehouse: Reads,
    signal: Signal | Literal["auto"] = "auto",
    min_rating: float | None = None,
    half_life: float | None = None,
    catalogue: Catalogue = "interacted",
) -> Interactions:
    """The interactions of all viewers who have any, ordered by viewer_key and title_key.

    - ratings: the rating itself; liked from `min_rating`, or from four fifths of the top of their scale.
    - watches: the sum over viewings of ln(1 + minutes) · 0.5^(age in days / half_life), the age counted back from
      the latest watch. Missing minutes are the median of the table, or 1 where all are missing; a watch of unknown
      time is as old as the oldest. Without `half_life` nothing decays.
    - purchases: the sum of tickets (1 where missing), decaying likewise.

    All watches and purchases are liked (threshold 0). `times` is the latest time of each pair.

    Args:
        warehouse: anything with `reading()`, a context manager that yields a DuckDB connection.
        signal: which table to learn from; "auto" takes the one with the most rows.
        min_rating: threshold of ratings.
        half_life: days.
        catalogue: "interacted" for titles that somebody has an interaction with, "all" for every title there is.

    Raises:
        ModelError: there is nothing to learn from, or a viewer has two ratings of one title.
        UsageError: `min_rating` goes with ratings only, and `half_life` (> 0) with watches and purchases only.
    """
    with warehouse.reading() as connection:
        return interactions_on(connection, signal, min_rating, half_life, catalogue)


def interactions_on(
    connection: DuckDBPyConnection,
    signal: Signal | Literal["auto"] = "auto",
    min_rating: float | None = None,
    half_life: float | None = None,
    catalogue: Catalogue = "interacted",
) -> Interactions:
    """As `read_interactions`, on a connection that is open: what else is read on it is of the same moment."""
    chosen = _choose(connection, signal)
    if min_rating is not None and chosen != "ratings":
        raise UsageError(f"a lowest rating has no meaning for {chosen}; leave it out or choose the signal ratings")
    if half_life is not None and (chosen == "ratings" or half_life <= 0):
        reason = "ratings do not decay" if chosen == "ratings" else "it must be more than 0 days"
        raise UsageError(f"half-life {half_life:g} cannot be used: {reason}; leave it out or choose another")
    return _read(connection, chosen, min_rating, half_life, catalogue)


def seen_on(connection: DuckDBPyConnection, interactions: Interactions) -> csr_array:
    """(n_viewers, n_titles) CSR of ones: what the viewers rated, watched or bought, whichever signal is learnt from.

    Rows and columns are those of `interactions`; other viewers and titles are left out.
    """
    viewers, titles = interactions.viewers, interactions.titles
    signals = (f"SELECT viewer_key, title_key FROM {table} WHERE {counts}" for table, _, counts, _ in _SOURCES.values())
    pairs = connection.execute(f"{' UNION '.join(signals)} ORDER BY viewer_key, title_key").fetchnumpy()
    known = np.isin(pairs["viewer_key"], viewers) & np.isin(pairs["title_key"], titles)
    rows = np.searchsorted(viewers, pairs["viewer_key"][known])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=viewers.size))])
    columns = np.searchsorted(titles, pairs["title_key"][known])
    return canonical_csr(np.ones(columns.size, dtype=np.float32), columns, indptr, interactions.shape)


def _choose(connection: DuckDBPyConnection, signal: Signal | Literal["auto"]) -> Signal:
    """The signal asked for, or the one whose table has the most rows that count."""
    if signal != "auto" and signal not in _SOURCES:
        raise UsageError(f"no signal {signal!r}; choose one of auto, {', '.join(_SOURCES)}")
    wanted: list[Signal] = list(_SOURCES) if signal == "auto" else [signal]
    sizes = {
        name: _one(connection, f"SELECT count(*) FROM {_SOURCES[name][0]} WHERE {_SOURCES[name][2]}")[0]
        for name in wanted
    }
    largest = max(wanted, key=lambda name: sizes[name])
    if not sizes[largest]:
        tables = [_SOURCES[name][0] for name in wanted]
        empty = f"{tables[0]} is empty" if len(tables) == 1 else f"{', '.join(tables[:-1])} and {tables[-1]} are empty"
        load = "ratings or watches" if signal == "auto" else signal
        raise ModelError(f"nothing to learn from: {empty}; load {load} first")
    return largest


def _read(
    connection: DuckDBPyConnection,
    signal: Signal,
    min_rating: float | None,
    half_life: float | None,
    catalogue: Catalogue,
) -> Interactions:
    """Read one signal, whose table is not empty."""
    table, time, counts, value = _SOURCES[signal]
    viewers = _keys(connection, f"SELECT DISTINCT viewer_key AS k FROM {table} WHERE {counts}")
    catalogue_sql = f"SELECT DISTINCT title_key AS k FROM {table} WHERE {counts}"
    if catalogue == "all":
        catalogue_sql += " UNION SELECT title_key FROM raw.titles"
    titles = _keys(connection, catalogue_sql)
    known: dict[str, Any] = {"unknown": UNKNOWN_TIME}
    seconds = f"coalesce(epoch_us({time}) // 1000000, $unknown)"
    group = ""
    if signal != "ratings":
        if signal == "watches":
            known["minutes"] = _one(connection, f"SELECT coalesce(median(minutes), 1)::DOUBLE FROM {table}")[0]
        if half_life is not None:
            first, last = _one(connection, f"SELECT min(epoch({time})), max(epoch({time})) FROM {table}")
            if last is not None:
                known |= {"first": first, "last": last, "days": half_life}
                value += f" * 0.5 ** (($last - coalesce(epoch({time}), $first)) / 86400 / $days)"
        value = f"greatest(sum({value}), {SMALLEST_WEIGHT})"
        seconds = f"coalesce(max(epoch_us({time})) // 1000000, $unknown)"
        group = "GROUP BY viewer_key, title_key"
    pairs = connection.execute(
        f"""
        WITH viewer_codes AS (
                 SELECT k, (row_number() OVER (ORDER BY k) - 1)::INTEGER AS code
                 FROM (SELECT DISTINCT viewer_key AS k FROM {table} WHERE {counts})),
             title_codes AS (
                 SELECT k, (row_number() OVER (ORDER BY k) - 1)::INTEGER AS code FROM ({catalogue_sql})),
             pairs AS (
                 SELECT viewer_key, title_key, ({value})::FLOAT AS weight, ({seconds})::BIGINT AS seconds
                 FROM {table} WHERE {counts} {group})
        SELECT v.code AS "row", t.code AS "column", weight, seconds
        FROM pairs JOIN viewer_codes v ON v.k = viewer_key JOIN title_codes t ON t.k = title_key
        ORDER BY v.code, t.code
        """,
        known,
    ).fetchnumpy()
    rows, columns, weights, times = (pairs.pop(name) for name in ("row", "column", "weight", "seconds"))
    _check_unique(table, rows, columns, viewers, titles)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=viewers.size))])
    if signal == "ratings":
        threshold = LIKED_SHARE * scale_top(weights) if min_rating is None else float(min_rating)
    else:
        threshold = 0.0
    return Interactions(
        canonical_csr(weights, columns, indptr, (viewers.size, titles.size)),
        viewers,
        titles,
        threshold,
        signal,
        times if times.max() != UNKNOWN_TIME else None,
    )


def _check_unique(table: str, rows: IntArray, columns: IntArray, viewers: IntArray, titles: IntArray) -> None:
    """Rows of a table that ought to hold each pair once are taken as they are, so a second one must not go unseen."""
    twice = np.flatnonzero((rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1]))
    if twice.size:
        viewer, title = viewers[rows[twice[0]]], titles[columns[twice[0]]]
        raise ModelError(
            f"{table} has viewer_key {viewer} and title_key {title} more than once; load the ratings anew, one for each"
        )


def _keys(connection: DuckDBPyConnection, query: str) -> IntArray:
    """(n,) keys in ascending order, out of a query with one column `k`."""
    keys: IntArray = connection.execute(f"SELECT k FROM ({query}) ORDER BY k").fetchnumpy()["k"]
    return keys


def _one(connection: DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of a query."""
    row = first(connection, query)
    if row is None:
        raise ModelError(f"no row came out of {query!r}; this is an error of cinekit, please report it")
    return row
