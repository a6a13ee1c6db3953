"""Gradient boosting of trees: one model for all series, on their lags, seasons and calendar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.lag_features import Layout, Windows
from toolkit.calendar import calendar_features
from toolkit.errors import ModelError
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel, Times
    from toolkit.sentiment import BoolArray

# Fewer values say nothing about how a series moves.
_SHORTEST = 5
_BLOCK_CELLS = 2_000_000
_BLOCK_ROWS = 100_000


class GradientBoosting(Forecaster):
    """Trees on lags and calendar, one model for all.

    What a value will be h steps after an origin, as its distance to an anchor in units of the series' mean absolute
    step up to the origin, is learnt by histogram gradient boosting with absolute loss from many origins of all series.
    The anchor is the last value, or the one a season before, whichever lies nearer on what is learnt from. Features are
    h, lags, rolling statistics, what the same steps of past seasons brought, all relative to the last value and in the
    same units, and the calendar of the time that is forecast. Series without values of 0 or less are taken as
    logarithms: absolute loss asks for the median, which logarithms keep. So a series of any size is forecast by the
    same trees, and ten times the values get ten times the forecast.

    The mean of several models is taken, each with its own sample of origins. Fitted on values up to the panel's end.

    Sources: one model of many series: P. Montero-Manso and R. J. Hyndman, "Principles and algorithms for forecasting
    groups of time series: locality and globality", International Journal of Forecasting 37, 2021; trees on lags: the
    winners of S. Makridakis et al., "The M5 accuracy competition", International Journal of Forecasting 38, 2022.
    """

    name: ClassVar[str] = "gradient-boosting"
    trained: ClassVar[bool] = True

    models: int = setting(2, "Models to take the mean of, each from a sample of its own", ge=1, le=50)
    rows: int = setting(200_000, "Rows that each model learns from, at most", ge=100)
    trees: int = setting(300, "Trees of each model", ge=1, le=10_000)
    leaves: int = setting(63, "Leaves of a tree, at most", ge=2, le=1000)
    rate: float = setting(0.05, "Learning rate: what each tree adds of what it has found", gt=0, le=1)
    smallest_leaf: int = setting(20, "Rows in a leaf, at least", ge=1)
    calendar: bool = setting(True, "Whether the calendar counts; not so where the times of series are made up")
    country: str | None = setting(None, "Country whose public holidays count, such as GB, or US-CA with its region")

    _layout: Layout
    _anchor: int
    _fitted: list[HistGradientBoostingRegressor]

    def fit(self, panel: Panel, horizon: int, seed: int) -> None:
        """Fit the models on sampled origins of all series.

        Raises ModelError where no series is longer than the horizon by the few values that a forecast needs.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        values = _transformed(panel)
        origins = _origins(panel, horizon)
        if not origins.any():
            raise ModelError(
                f"gradient-boosting has nothing to learn from: no series has {horizon + _SHORTEST:,} values, which a "
                f"horizon of {horizon:,} takes; set a shorter horizon, or take another model"
            )
        self._layout = Layout.of(panel.frequency.seasons, values.shape[1] - horizon)
        self._anchor, self._fitted = 0, []
        with threadpool_limits(limits=1):
            for stream in np.random.SeedSequence(seed).spawn(self.models):
                draws = np.random.default_rng(stream)
                rows, columns, steps = _sampled(draws, origins, values.shape[1] - 1 - horizon, horizon, self.rows)
                if not self._fitted:
                    self._anchor = self._nearest_anchor(values, rows, columns, steps)
                features, targets = self._learnt_from(panel, values, rows, columns, steps)
                trees = HistGradientBoostingRegressor(
                    loss="absolute_error",
                    learning_rate=self.rate,
                    max_iter=self.trees,
                    max_leaf_nodes=self.leaves,
                    min_samples_leaf=self.smallest_leaf,
                    max_features=0.5,
                    early_stopping=False,
                    random_state=int(draws.integers(2**31)),
                )
                self._fitted.append(trees.fit(features, targets))

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Forecast every series, in blocks; those that show no movement keep their last value."""
        from threadpoolctl import threadpool_limits

        values, lengths = _transformed(panel), panel.lengths
        mean = np.full((len(panel.ids), horizon), np.nan)
        begun = lengths > 0
        mean[begun] = panel.values[begun, -1:]
        moving = begun & (np.nanmax(values, axis=1, initial=-np.inf) > np.nanmin(values, axis=1, initial=np.inf))
        methods = dict.fromkeys(np.flatnonzero(begun & ~moving).tolist(), "last value, as all values are equal")
        short = begun & (lengths < _SHORTEST)
        methods |= dict.fromkeys(
            np.flatnonzero(short).tolist(), f"last value, as there are fewer than {_SHORTEST} values"
        )
        size = max(1, min(_BLOCK_CELLS // values.shape[1], _BLOCK_ROWS // horizon)) if values.size else 1
        wanted = np.flatnonzero(moving & ~short)
        with threadpool_limits(limits=1):
            for start in range(0, wanted.size, size):
                block = wanted[start : start + size]
                mean[block] = self._of_block(panel.select(block), values[block], horizon)
        return Forecast(mean=mean, methods=methods)

    def _of_block(self, panel: Panel, values: Float64, horizon: int) -> Float64:
        """(n, horizon) forecasts of series that all move."""
        count, length = values.shape
        windows = Windows(values, _logarithmic(panel), np.arange(count), np.full(count, length - 1))
        places, steps = np.repeat(np.arange(count), horizon), np.tile(np.arange(1, horizon + 1), count)
        features = self._features(panel, windows, places, steps, panel.ahead(horizon).reshape(-1, 1))
        moves = np.mean([trees.predict(features) for trees in self._fitted], axis=0)
        made = self._anchored(windows, places, steps) + moves * windows.scale[places]
        made = made.reshape(count, horizon)
        # Trees do not run away, but what they have learnt from one series may be out of all proportion in another.
        lowest, highest = np.nanmin(values, axis=1)[:, None], np.nanmax(values, axis=1)[:, None]
        made = np.clip(made, 2 * lowest - highest, 2 * highest - lowest)
        logarithmic = _logarithmic(panel)
        made[logarithmic] = np.exp(made[logarithmic])
        floored: Float64 = np.maximum(made, panel.floors[:, None])
        return floored

    def _learnt_from(
        self, panel: Panel, values: Float64, rows: IntArray, columns: IntArray, steps: IntArray
    ) -> tuple[FloatArray, Float64]:
        """Features and targets of origins sorted by series, in blocks of series; those without movement left out."""
        features, targets = [], []
        for part, block in _blocks(rows, values.shape[1]):
            some = panel.select(block)
            inside = np.searchsorted(block, rows[part])
            windows = Windows(values[block], _logarithmic(panel.select(block)), inside, columns[part])
            places = np.arange(inside.size)
            ends = columns[part] + steps[part]
            back = ends - (values.shape[1] - 1)
            times = panel.frequency.shifted(some.ends[inside], back)[:, None]
            target = (values[rows[part], ends] - self._anchored(windows, places, steps[part])) / windows.scale
            moving = ~np.isnan(target)
            features.append(self._features(some, windows, places, steps[part], times)[moving])
            targets.append(target[moving])
        return np.concatenate(features), np.concatenate(targets)

    def _features(self, panel: Panel, windows: Windows, places: IntArray, steps: IntArray, times: Times) -> FloatArray:
        """(r, n_features) float32 of steps ahead of the columns at `places`, `times` (r, 1) being when they are."""
        own = windows.of_columns(self._layout)[places]
        ahead = windows.of_steps(self._layout, places, steps)
        if not self.calendar:
            return np.concatenate([own, ahead], axis=1)
        released = panel.released[windows.rows[places]]
        dates, _ = calendar_features(times, released, panel.frequency, self.country)
        return np.concatenate([own, ahead, dates[:, 0]], axis=1)

    def _anchored(self, windows: Windows, places: IntArray, steps: IntArray, season: int | None = None) -> Float64:
        """(r,) what forecasts are told from: the value a season before, where it is known, or else the last one."""
        before = windows.season_before(self._anchor if season is None else season, places, steps)
        return np.where(np.isnan(before), windows.last[places], before)

    def _nearest_anchor(self, values: Float64, rows: IntArray, columns: IntArray, steps: IntArray) -> int:
        """The season, or 0 for the last value, whose anchor misses what came after the origins by the least."""
        seasons = (0, *self._layout.seasons)
        missed = np.zeros(len(seasons))
        for part, block in _blocks(rows, values.shape[1]):
            inside = np.searchsorted(block, rows[part])
            windows, places = Windows(values[block], _logarithmic(panel.select(block)), inside, columns[part]), np.arange(inside.size)
            came = values[rows[part], columns[part] + steps[part]]
            for place, season in enumerate(seasons):
                distance = np.abs(came - self._anchored(windows, places, steps[part], season)) / windows.scale
                missed[place] += distance[~np.isnan(distance)].sum()
        return seasons[int(missed.argmin())]


def _logarithmic(panel: Panel) -> BoolArray:
    """(n,) which series have values, and none of 0 or less."""
    lowest: Float64 = np.nanmin(panel.values, axis=1, initial=np.inf)
    return (lowest > 0) & np.isfinite(lowest)


def _transformed(panel: Panel) -> Float64:
    """(n, length) values, as logarithms where they allow it."""
    values = panel.values.copy()
    logarithmic = _logarithmic(panel)
    values[logarithmic] = np.log(values[logarithmic])
    return values


def _origins(panel: Panel, horizon: int) -> IntArray:
    """(n,) how many columns of each series, the last ones before the horizon, are origins to learn from.

    Early origins know little of a series; in short series they are all there is.
    """
    lengths = panel.lengths
    least = np.maximum(np.minimum(2 * panel.frequency.season, lengths // 2), _SHORTEST)
    return np.maximum(lengths - horizon - least + 1, 0)


def _sampled(
    draws: np.random.Generator, origins: IntArray, newest: int, horizon: int, most: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Rows, sorted, columns and steps ahead: long series oftener than short ones, by the root of their origins."""
    odds = np.sqrt(origins)
    count = min(most, int(origins.sum()) * horizon)
    rows = np.sort(draws.choice(origins.size, count, p=odds / odds.sum()))
    columns = newest - draws.integers(origins[rows])
    return rows, columns, draws.integers(1, horizon + 1, count)


def _blocks(rows: IntArray, length: int) -> Iterator[tuple[slice, IntArray]]:
    """Parts of sorted rows, and the rows that each part is of, so few that their values fit into a block."""
    present = np.unique(rows)
    size = max(1, _BLOCK_CELLS // length)
    for start in range(0, present.size, size):
        block = present[start : start + size]
        yield slice(*np.searchsorted(rows, [block[0], block[-1] + 1])), block
