"""The last sessions of viewers as of a day, one step a session, and the titles that they watched last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.history import DAY, History, midnight_after
from toolkit.viewer_features import THURSDAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray

STEPS = 32
CHANNELS = (
    "gap_before", "gap_after", "minutes", "watches", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos"
)  # fmt: skip


class ViewerSequences:
    """The last STEPS sessions of viewers of one history, for any pairs of a viewer and an origin.

    Channels, each of a scale near 1: days since the session before and until the next, or until the origin where
    there is none by then, as ln(1 + days), 0 before the first; hours watched; number of watches; hour of the day and
    weekday on their circles.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        sessions = history.sessions
        self._begins = np.flatnonzero(history.starts)
        self._watched = np.concatenate([[0], np.cumsum(history.activity.amounts)])
        gaps = np.diff(sessions.times, prepend=sessions.times[:1]) / DAY
        gaps[sessions.offsets[:-1][np.diff(sessions.offsets) > 0]] = 0
        self._gaps = np.log1p(gaps)
        hour = 2 * np.pi * (sessions.times % DAY) / DAY
        weekday = 2 * np.pi * ((sessions.times // DAY + THURSDAY) % 7) / 7
        self._angles = np.column_stack([np.sin(hour), np.cos(hour), np.sin(weekday), np.cos(weekday)])

    def at(self, rows: IntArray, origins: NDArray[np.datetime64]) -> tuple[FloatArray, IntArray]:
        """(n, STEPS, n_channels) float32 and (n,) how many of the steps are real."""
        history, sessions = self._history, self._history.sessions
        found = np.zeros((rows.size, STEPS, len(CHANNELS)), dtype=np.float32)
        if not sessions.times.size:
            return found, np.zeros(rows.size, dtype=np.int64)
        ends = midnight_after(origins)
        known, place = history.activity.before(rows, ends), sessions.before(rows, ends)
        steps = np.minimum(place - sessions.offsets[rows], STEPS)
        for back in range(1, STEPS + 1):
            row = np.flatnonzero(steps >= back)
            here = place[row] - back
            last = self._begins[here + 1] if back > 1 else known[row]
            until = sessions.times[here + 1] if back > 1 else ends[row]
            # Of the watch that runs on at the origin only the minutes until then are known.
            over = np.zeros(row.size, dtype=np.int64)
            if back == 1 and history.signal == "watches":
                end = history.activity.times[last - 1] + history.activity.amounts[last - 1]
                over = np.maximum(end - ends[row], 0)
            watched = self._watched[last] - self._watched[self._begins[here]] - over
            step = found[row, -back]
            step[:, 0] = self._gaps[here]
            step[:, 1] = np.log1p((until - sessions.times[here]) / DAY)
            step[:, 2] = watched / 3600 if history.minutes else 0
            step[:, 3] = last - self._begins[here]
            step[:, 4:] = self._angles[here]
            found[row, -back] = step
        return found, steps

    def recent(self, rows: IntArray, origins: NDArray[np.datetime64], places: IntArray) -> IntArray:
        """(n, STEPS) int32 classes, by `places`, of the titles watched last; -1 before the first, and of others."""
        activity = self._history.activity
        place = activity.before(rows, midnight_after(origins))
        found = np.full((rows.size, STEPS), -1, dtype=np.int32)
        count = np.minimum(place - activity.offsets[rows], STEPS)
        for back in range(1, STEPS + 1):
            row = np.flatnonzero(count >= back)
            found[row, -back] = places[activity.titles[place[row] - back]]
        return found
