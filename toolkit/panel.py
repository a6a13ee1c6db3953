"""Many series of one frequency, side by side: what a Forecaster learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.frequency import Frequency, Times
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


@dataclass(frozen=True)
class Panel:
    """n series of one frequency, without gaps, all of them ending in the last column.

    Attributes:
        ids: (n,) their names.
        values: (n, length) float64; NaN before a series begins and nowhere else.
        ends: (n,) datetime64[us], when the last value of each was.
        frequency: the step between two columns.
        floors: (n,) what a value cannot fall below: 0 of counts and sales, -inf where anything may be.
        released: (n,) datetime64[us], when the title of a series came out; NaT where that is not known.
    """

    ids: Sequence[str]
    values: Float64
    ends: Times
    frequency: Frequency
    floors: Float64
    released: Times

    @property
    def lengths(self) -> IntArray:
        """(n,) how many values each series has."""
        count: IntArray = np.count_nonzero(~np.isnan(self.values), axis=1)
        return count

    def select(self, rows: IntArray) -> Panel:
        """The series at `rows`, (n,) places in any order, with all their values."""
        return Panel(
            ids=[self.ids[row] for row in rows],
            values=self.values[rows],
            ends=self.ends[rows],
            frequency=self.frequency,
            floors=self.floors[rows],
            released=self.released[rows],
        )

    def until(self, back: int) -> Panel:
        """What was known `back` steps, 0 or more, before the end: (n, length - back) values.

        A series that had not begun by then has no values at all; `lengths` is 0 there.
        """
        if not back:
            return self
        known = self.values[:, : max(self.values.shape[1] - back, 0)]
        return replace(self, values=known, ends=self.frequency.shifted(self.ends, -back))

    def times(self) -> Times:
        """(n, length) datetime64[us], when each value was."""
        length = self.values.shape[1]
        return self.frequency.shifted(self.ends[:, None], np.arange(1 - length, 1))

    def ahead(self, horizon: int) -> Times:
        """(n, horizon) datetime64[us], the times after the last values."""
        return self.frequency.shifted(self.ends[:, None], np.arange(1, horizon + 1))
