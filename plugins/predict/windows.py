"""Windows of series: the last values before an origin, in units of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel

    BoolArray = NDArray[np.bool_]

# Deviations below this share of the level are rounding.
_FLAT = 1e-9


@dataclass(frozen=True)
class Origins:
    """m pairs of a series and an origin.

    Attributes:
        rows: (m,) the series, by place.
        ends: (m,) how many columns of the panel are known at the origin.
    """

    rows: IntArray
    ends: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, chosen: IntArray | BoolArray) -> Origins:
        """Some of the pairs."""
        return Origins(self.rows[chosen], self.ends[chosen])


@dataclass(frozen=True)
class Windows:
    """The last values of m series.

    Attributes:
        values: (m, length) float32, less their level and over their scale; 0 where the series had not begun.
        known: (m, length) whether it had.
        level: (m,) mean of the last season.
        scale: (m,) mean absolute deviation from the level; 1 of flat ones.
        flat: (m,) whether all values are equal.
    """

    values: FloatArray
    known: BoolArray
    level: Float64
    scale: Float64
    flat: BoolArray

    def scaled(self, values: Float64) -> FloatArray:
        """(m, horizon) values in the units of the windows."""
        return ((values - self.level[:, None]) / self.scale[:, None]).astype(np.float32)

    def unscaled(self, values: FloatArray) -> Float64:
        """(m, horizon) values in the units of the series."""
        unscaled: Float64 = values * self.scale[:, None] + self.level[:, None]
        return unscaled

    def naive(self, lag: int, horizon: int) -> FloatArray:
        """(m, horizon) scaled: the value `lag` steps before, or as many times as it takes to be known by the origin.

        The last value where the series had not begun then.
        """
        ahead = np.arange(1, horizon + 1)
        places = self.values.shape[1] - 1 + ahead - lag * -(-ahead // lag)
        return np.where(self.known[:, places], self.values[:, places], self.values[:, -1:])

    def segments(self, size: int) -> FloatArray:
        """(m, n_segments, size + 1) the values cut into segments, and which share of each segment is known."""
        cut = self.values.reshape(len(self.values), -1, size)
        share = self.known.reshape(cut.shape).mean(axis=2, keepdims=True, dtype=np.float32)
        return np.concatenate([cut, share], axis=2)


def in_logarithms(panel: Panel) -> tuple[Panel, BoolArray]:
    """The panel with the logarithms of those series that have no values of 0 or less; and (n,) which these are."""
    least = np.where(np.isnan(panel.values), np.inf, panel.values).min(axis=1, initial=np.inf)
    positive = least > 0
    values = np.log(panel.values, out=panel.values.copy(), where=positive[:, None])
    return replace(panel, values=values), positive


def windows_at(panel: Panel, origins: Origins, length: int) -> Windows:
    """The last `length` values before each origin; every series has one at least."""
    places = origins.ends[:, None] + np.arange(-length, 0)
    raw = np.where(places >= 0, panel.values[origins.rows[:, None], np.maximum(places, 0)], np.nan)
    known = ~np.isnan(raw)
    recent = known & (np.cumsum(known[:, ::-1], axis=1)[:, ::-1] <= panel.frequency.season)
    level = np.where(recent, raw, 0).sum(axis=1) / recent.sum(axis=1)
    deviations = np.where(known, raw - level[:, None], 0)
    scale = np.abs(deviations).sum(axis=1) / known.sum(axis=1)
    flat = scale <= _FLAT * np.abs(level)
    scale = np.where(flat, 1, scale)
    return Windows((deviations / scale[:, None]).astype(np.float32), known, level, scale, flat)


def values_ahead(panel: Panel, origins: Origins, horizon: int) -> Float64:
    """(m, horizon) the values after each origin."""
    ahead: Float64 = panel.values[origins.rows[:, None], origins.ends[:, None] + np.arange(horizon)]
    return ahead


def sample_origins(
    panel: Panel, between: tuple[int, int], least: int, most: int, rng: np.random.Generator
) -> Origins:  # fmt: skip
    """Origins that know a number of columns `between` these two, both included, and `least` values of their series.

    If there are more than `most` of them, a random sample in the order of series.
    """
    earliest, latest = between
    length = panel.values.shape[1]
    first = np.maximum(length - panel.lengths + least, earliest)
    counts = np.maximum(latest - first + 1, 0)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    chosen = np.arange(total) if total <= most else np.sort(rng.choice(total, most, replace=False, shuffle=False))
    rows = np.searchsorted(ends, chosen, side="right")
    return Origins(rows, chosen - (ends - counts)[rows] + first[rows])
