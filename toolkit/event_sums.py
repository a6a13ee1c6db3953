"""Sums over a viewer's events up to a time: counts, gaps, and rates of which the latest events count most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.history import DAY, Events

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


class Gaps:
    """Mean and standard deviation of the days between sessions, up to any of them."""

    def __init__(self, sessions: Events) -> None:
        # Whole minutes: their sums are exact, whatever else is summed.
        minutes = np.diff(sessions.times, prepend=sessions.times[:1]) // 60
        minutes[sessions.offsets[:-1][np.diff(sessions.offsets) > 0]] = 0
        self._offsets = sessions.offsets
        self._sum = np.concatenate([[0], np.cumsum(minutes)])
        self._square = np.concatenate([[0], np.cumsum(minutes**2)])

    def at(self, rows: IntArray, place: IntArray) -> tuple[Float64, Float64]:
        """(n,) each, NaN where there are less than two sessions, or three."""
        since = self._offsets[rows]
        gaps = place - since - 1
        n = np.maximum(gaps, 1)
        mean = (self._sum[place] - self._sum[since]) / n
        square = (self._square[place] - self._square[since]) / n
        spread = np.sqrt(np.maximum(square - mean**2, 0) * n / np.maximum(n - 1, 1))
        return np.where(gaps > 0, mean / 1440, np.nan), np.where(gaps > 1, spread / 1440, np.nan)


def between(events: Events, rows: IntArray, begins: IntArray, ends: IntArray) -> IntArray:
    """(n,) events of viewers, by row, from a time on and before another."""
    return events.before(rows, ends) - events.before(rows, begins)


def days_since(events: Events, rows: IntArray, place: IntArray, ends: IntArray) -> Float64:
    """(n,) days since the last event before each end; NaN where there is none."""
    found = place > events.offsets[rows]
    if not found.any():
        return np.full(rows.size, np.nan)
    return np.where(found, (ends - events.times[np.maximum(place - 1, 0)]) / DAY, np.nan)


def first_of_kind(viewers: IntArray, kinds: IntArray) -> NDArray[np.bool_]:
    """(n,) whether an event is its viewer's first of its kind."""
    order = np.lexsort((np.arange(viewers.size), kinds, viewers))
    same = (np.diff(viewers[order]) == 0) & (np.diff(kinds[order]) == 0)
    first = np.ones(viewers.size, dtype=np.bool_)
    first[order[1:][same]] = False
    return first


def decayed(events: Events, half_life: float) -> Float64:
    """(n,) at each event the number of the viewer's events so far, those of `half_life` days ago counting half.

    Sums over the last 1, 2, 4, … events are doubled until they cover the longest history.
    """
    total = np.ones(events.times.size)
    rank = np.arange(events.times.size) - events.offsets[events.viewers]
    behind, shift = np.flatnonzero(rank >= 1), 1
    while behind.size:
        ago = (events.times[behind] - events.times[behind - shift]) / DAY
        total[behind] += total[behind - shift] * np.exp2(-ago / half_life)
        shift *= 2
        behind = behind[rank[behind] >= shift]
    return total


def decayed_at(
    events: Events, total: Float64, half_life: float, rows: IntArray, place: IntArray, ends: IntArray
) -> Float64:
    """(n,) what `decayed` has come down to at each end."""
    found = place > events.offsets[rows]
    if not found.any():
        return np.zeros(rows.size)
    last = np.maximum(place - 1, 0)
    return np.where(found, total[last] * np.exp2(-(ends - events.times[last]) / DAY / half_life), 0.0)
