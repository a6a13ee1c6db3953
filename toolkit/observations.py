"""What the warehouse holds of series, as it was observed: loaded ones, and tickets and watches added up by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from datetime import date

    import duckdb
    from numpy.typing import NDArray

    from toolkit.frequency import Frequency, Times
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

SERIES = "raw.series"


@dataclass(frozen=True)
class Observed:
    """m observations of n series.

    Attributes:
        ids: (n,) names of the series.
        codes: (m,) int32 which series each is of, ascending.
        at: (m,) datetime64[us] when, ascending within a series, and no time twice.
        values: (m,) float64.
        until: datetime64[us] of the last day of events, up to which a day without any is 0; None of loaded series.
        released: (n,) datetime64[us] when the title of each came out, NaT where not known.
        tables: which tables were read.
        unit: what was added up, such as tickets; None of loaded series.
        notes: what a user should know.
    """

    ids: Sequence[str]
    codes: IntArray
    at: Times
    values: Float64
    until: np.datetime64 | None
    released: Times
    tables: tuple[str, ...]
    unit: str | None = None
    notes: tuple[str, ...] = ()


def loaded_series(
    con: duckdb.DuckDBPyConnection, as_of: date | None = None, only: Sequence[str] | None = None
) -> Observed:  # fmt: skip
    """The series that were loaded, with what was observed up to the end of a day.

    Args:
        con: connection to the warehouse.
        as_of: the last day that is known, None for all that there is.
        only: ids of the series that are wanted, None for all.

    Raises:
        ModelError: there are none.
        UnknownNameError: there is no series of an id that is wanted.
    """
    ids = [row[0] for row in con.execute(f"SELECT DISTINCT series_id FROM {SERIES} ORDER BY series_id").fetchall()]
    if not ids:
        raise ModelError("there are no series yet; load some first, such as: cinekit load series box_office.csv")
    ids = chosen(ids, only, "series")
    known = "" if as_of is None else "AND observed_at < $as_of::TIMESTAMP + INTERVAL 1 DAY"
    rows = con.execute(
        f"""
        WITH wanted AS (SELECT unnest($ids) AS series_id, CAST(unnest(range(len($ids))) AS INTEGER) AS code)
        SELECT code, observed_at, observation FROM {SERIES} JOIN wanted USING (series_id)
        WHERE isfinite(observation) {known}
        """,
        {"ids": ids} | ({} if as_of is None else {"as_of": as_of}),
    ).fetchnumpy()
    codes, at = plain(rows.pop("code"), np.int32), plain(rows.pop("observed_at"), "datetime64[us]")
    codes, at, values = _ordered(codes, at, plain(rows.pop("observation"), float))
    return Observed(ids, codes, at, values, None, np.full(len(ids), np.datetime64("NaT"), "datetime64[us]"), (SERIES,))


def _ordered(codes: IntArray, at: Times, values: Float64) -> tuple[IntArray, Times, Float64]:
    """Observations by series and time. It costs little where they are nearly so, as in files; sorting by SQL does."""
    if not _ascending(codes, at):
        order = np.argsort(codes, kind="stable")
        codes, at, values = codes[order], at[order], values[order]
    if not _ascending(codes, at):
        order = np.lexsort((at, codes))
        codes, at, values = codes[order], at[order], values[order]
    return codes, at, values


def _ascending(codes: IntArray, at: Times) -> bool:
    return bool(np.all((codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (at[1:] > at[:-1]))))


def moved(observed: Observed, frequency: Frequency, series: BoolArray) -> tuple[Observed, BoolArray]:
    """Times of some series moved to where their steps begin, as `Frequency.begin`, where no two share one.

    Args:
        observed: the series.
        frequency: the step.
        series: (n,) which of them to move.

    Returns:
        The series, and (n,) which were moved.
    """
    begun = frequency.begin(observed.at)
    shared = (observed.codes[1:] == observed.codes[:-1]) & (begun[1:] == begun[:-1])
    done = series.copy()
    done[observed.codes[1:][shared]] = False
    return replace(observed, at=np.where(done[observed.codes], begun, observed.at)), done


def chosen(ids: list[str], only: Sequence[str] | None, kind: str) -> list[str]:
    """The ids that are wanted of those that there are, in their order.

    Raises:
        UnknownNameError: one that is wanted is not there.
    """
    if only is None:
        return ids
    there = set(ids)
    for wanted in only:
        if wanted not in there:
            some = f"there are {len(ids):,}, such as {ids[0]!r}" if ids else ""
            raise UnknownNameError(kind, wanted, ids, some)
    wanted_ids = set(only)
    return [name for name in ids if name in wanted_ids]


def plain(column: NDArray[np.generic], kind: str | type) -> NDArray[Any]:
    """A column that DuckDB returned, without a mask of what is missing, as nothing is."""
    return np.asarray(column, dtype=kind)
