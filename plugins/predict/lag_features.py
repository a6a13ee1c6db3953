"""Features of series at some of their columns: lags, rolling statistics, and what the same seasons brought before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from plugins.predict.blocks import powers_of_two

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

_PAST_SEASONS = 3
_SMOOTHED_SEASON = 12
_FAR = 1e30
_LARGEST_LOGARITHM = 709.0


@dataclass(frozen=True)
class Layout:
    """Which lags, windows and seasons, all in steps, features are made of.

    Attributes:
        lags: how far back single values are looked at.
        windows: lengths of rolling windows.
        seasons: lengths of seasons; none where there is no season.
    """

    lags: tuple[int, ...]
    windows: tuple[int, ...]
    seasons: tuple[int, ...]

    @classmethod
    def of(cls, seasons: Sequence[int], longest: int) -> Layout:
        """What fits into series of at most `longest` values: the last lags one by one, and parts of each season."""
        fitting = tuple(season for season in seasons if 1 < season < longest)
        near = min(max(12, *fitting, 0), 24)
        parts = {season * part // 4 for season in fitting for part in (2, 3, 4)} | {season // 3 for season in fitting}
        lags = {*range(1, near + 1), *parts}
        windows = {4, 12, *fitting, *(season // 2 for season in fitting)}
        return cls(
            lags=tuple(sorted(lag for lag in lags if 0 < lag < longest)),
            windows=tuple(sorted(window for window in windows if 2 < window < longest)),
            seasons=fitting,
        )


@dataclass(frozen=True)
class Levelled:
    """Series of any size as numbers that can be told from each other's: logarithms where no value is 0 or less.

    Attributes:
        values: (n, length) logarithms, or values over `sizes`; NaN before a series begins.
        logarithmic: (n,) which series are logarithms.
        sizes: (n,) powers of 2 that values were divided by, which is exact; 1 of logarithms.
    """

    values: Float64
    logarithmic: BoolArray
    sizes: Float64

    @classmethod
    def of(cls, values: Float64) -> Levelled:
        """From (n, length) values."""
        known = ~np.isnan(values)
        lowest = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
        logarithmic = (lowest > 0) & (lowest < np.inf)
        sizes = np.where(logarithmic, 1.0, powers_of_two(values))
        levelled = values / sizes[:, None]
        levelled[logarithmic] = np.log(levelled[logarithmic])
        return cls(levelled, logarithmic, sizes)

    def select(self, rows: IntArray) -> Levelled:
        """Some of the series, by place."""
        return Levelled(self.values[rows], self.logarithmic[rows], self.sizes[rows])

    def restored(self, forecasts: Float64) -> Float64:
        """(n, horizon) forecasts in the units of the data; none is further out than the range of values is wide.

        Trees do not run away, but what they have learnt from one series may be out of all proportion in another.
        """
        lowest, highest = np.nanmin(self.values, axis=1)[:, None], np.nanmax(self.values, axis=1)[:, None]
        made = np.clip(forecasts, 2 * lowest - highest, 2 * highest - lowest)
        made[self.logarithmic] = np.exp(np.minimum(made[self.logarithmic], _LARGEST_LOGARITHM))
        with np.errstate(over="ignore"):
            made *= self.sizes[:, None]
        largest = np.finfo(np.float64).max
        return np.clip(made, -largest, largest, out=made)


class Windows:
    """Some series and, of each, columns whose features are wanted; nothing after a column is looked at.

    Attributes:
        rows: (p,) rows of the pairs.
        age: (p,) how many values there are up to the column.
        last: (p,) value at the column.
        scale: (p,) mean absolute step of the series up to the column; NaN where that is 0.
    """

    def __init__(self, known: Levelled, rows: IntArray, columns: IntArray) -> None:
        """Of n series, p pairs of a row and a column that has a value."""
        values = known.values
        began = ~np.isnan(values)
        first = np.argmax(began, axis=1)
        self._values, self._logarithmic = values, known.logarithmic
        self.rows, self._columns = rows, columns
        # Centred, as the square of a large level would swallow the deviations from it.
        self._centre = values[np.arange(values.shape[0]), first]
        centred = np.where(began, values - self._centre[:, None], 0.0)
        steps = np.abs(np.diff(values, axis=1, prepend=np.nan))
        self._sums = _running(centred)
        self._squares = _running(centred**2)
        self._moves = _running(np.where(np.isnan(steps), 0.0, steps))
        self.age = columns - first[rows] + 1
        self.last = values[rows, columns]
        scale = self._moves[rows, columns + 1] / np.maximum(self.age - 1, 1)
        self.scale = np.where(scale > 0, scale, np.nan)

    def of_columns(self, layout: Layout) -> FloatArray:
        """(p, n_features) float32 of the columns alone, in units of the scale."""
        features = [self.last - self._back(lag) for lag in layout.lags]
        for window in layout.windows:
            features += self._rolling(window)
        # How large a series is for its steps; those of logarithms are relative to it already.
        level = np.where(self._logarithmic[self.rows], 1.0, np.abs(self.last)) / self.scale
        features = [feature / self.scale for feature in features]
        features += [np.log(self.age), np.log1p(level)]
        return _float32(features)

    def of_steps(self, layout: Layout, places: IntArray, steps: IntArray) -> FloatArray:
        """(r, n_features) float32 of what is `steps` after the columns at `places`, by the same steps of past seasons.

        Args:
            layout: which seasons.
            places: (r,) places among the p pairs.
            steps: (r,) steps ahead, from 1.
        """
        last, scale = self.last[places], self.scale[places]
        features = [last - self._back(steps, places)]
        for season in layout.seasons:
            changes = []
            for past in range(_PAST_SEASONS):
                before = season * (-(-steps // season) + past)
                then, there = self._back(before, places), self._back(before - steps, places)
                changes.append(there - then)
                features += [there - last, there - then]
                if season > _SMOOTHED_SEASON:
                    features.append(self._around(before - steps, places) - self._around(before, places))
            features.append(_mean(np.stack(changes, axis=1)))
        return _float32([steps, *(feature / scale for feature in features)])

    def season_before(self, season: int, places: IntArray, steps: IntArray) -> Float64:
        """(r,) value at the same step of the last season that is known; NaN where the series is too short.

        A season of 0 stands for the last value itself.
        """
        if not season:
            return self.last[places]
        return self._back(season * -(-steps // season) - steps, places)

    def _back(self, lags: IntArray | int, places: IntArray | slice = slice(None)) -> Float64:
        """Values so many steps before the columns; NaN before a series begins, and after the column."""
        columns = self._columns[places] - lags
        values: Float64 = self._values[self.rows[places], np.clip(columns, 0, self._columns[places])]
        values[(columns < 0) | (columns > self._columns[places])] = np.nan
        return values

    def _around(self, lags: IntArray, places: IntArray) -> Float64:
        """Means of a value and the two beside it, as far as known, since one week a year ago says little by itself."""
        return _mean(np.stack([self._back(lags + aside, places) for aside in (-1, 0, 1)], axis=1))

    def _rolling(self, window: int) -> list[Float64]:
        """Distance to the mean, standard deviation and mean absolute step of the last values; NaN where too few."""
        rows, stop = self.rows, self._columns + 1
        start = np.maximum(stop - window, 0)
        few = np.where(self.age >= window, 0.0, np.nan)
        mean = (self._sums[rows, stop] - self._sums[rows, start]) / window
        squares = (self._squares[rows, stop] - self._squares[rows, start]) / window
        deviation = np.sqrt(np.maximum(squares - mean**2, 0.0))
        moves = (self._moves[rows, stop] - self._moves[rows, start]) / window
        return [self.last - self._centre[rows] - mean + few, deviation + few, moves + few]


def _float32(features: Sequence[Float64 | IntArray]) -> FloatArray:
    """(r, n_features) columns side by side, what float32 has no room for at its edge; NaN stays."""
    columns: Float64 = np.stack(features, axis=1)
    return np.clip(columns, -_FAR, _FAR, out=columns).astype(np.float32)


def _running(values: Float64) -> Float64:
    """(n, length + 1) sums of all values before each column."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _mean(values: Float64) -> Float64:
    """Mean of what is known of each row; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
