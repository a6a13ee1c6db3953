"""Gradient boosting of trees: one model for all series, on their lags, seasons and calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.adjusting import naive_of_short
from plugins.predict.lag_features import Layout, Levelled, Windows
from toolkit.calendar import calendar_features
from toolkit.errors import ModelError
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklearn.ensemble import HistGradientBoostingRegressor

    from toolkit.frequency import Times
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel

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
    _fitted: list[tuple[HistGradientBoostingRegressor, IntArray]]

    def fit(self, panel: Panel, horizon: int, seed: int) -> None:
        """Fit the models on sampled origins of all series.

        Raises ModelError where no series is longer than the horizon by the few values that a forecast needs, and where
        none has two different values.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        known, origins = Levelled.of(panel.values), _origins(panel, horizon)
        if not origins.any():
            raise ModelError(
                f"gradient-boosting has nothing to learn from: no series has {horizon + _SHORTEST:,} values, which a "
                f"horizon of {horizon:,} takes; set a shorter horizon, or take another model"
            )
        length = panel.values.shape[1]
        self._layout = Layout.of(panel.frequency.seasons, length - horizon)
        self._anchor, self._fitted = 0, []
        with threadpool_limits(limits=1):
            for stream in np.random.SeedSequence(seed).spawn(self.models):
                draws = np.random.default_rng(stream)
                sample = _sampled(draws, origins, length - 1 - horizon, horizon, self.rows)
                if not self._fitted:
                    self._anchor = self._nearest_anchor(known, sample)
                features, targets = self._learnt_from(panel, known, sample)
                if not targets.size:
                    raise ModelError(
                        "gradient-boosting has nothing to learn from: up to where it may look, all values of every "
                        "series are equal; take another model"
                    )
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
                # What is nowhere known, such as the year before last of a series of one, the trees cannot take.
                used = np.flatnonzero(~np.isnan(features).all(axis=0))
                self._fitted.append((trees.fit(features[:, used], targets), used))

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Forecast every series, in blocks; the last value of those that are too short or show no movement."""
        from threadpoolctl import threadpool_limits

        known, lengths = Levelled.of(panel.values), panel.lengths
        mean = np.full((len(panel.ids), horizon), np.nan)
        methods = naive_of_short(panel, mean, fewest=_SHORTEST)
        long = np.flatnonzero(lengths >= _SHORTEST)
        moves = np.nanmax(known.values[long], 1, initial=-np.inf) > np.nanmin(known.values[long], 1, initial=np.inf)
        equal, wanted = long[~moves], long[moves]
        mean[equal] = panel.values[equal, -1:]
        methods |= dict.fromkeys(equal.tolist(), "naive, as all values are equal")
        size = max(1, min(_BLOCK_CELLS // max(panel.values.shape[1], 1), _BLOCK_ROWS // horizon))
        with threadpool_limits(limits=1):
            for start in range(0, wanted.size, size):
                block = wanted[start : start + size]
                mean[block] = self._of_block(panel.select(block), known.select(block), horizon)
        return Forecast(mean, methods)

    def _of_block(self, panel: Panel, known: Levelled, horizon: int) -> Float64:
        """(n, horizon) forecasts of series that all move."""
        count, length = known.values.shape
        windows = Windows(known, np.arange(count), np.full(count, length - 1))
        places, steps = np.repeat(np.arange(count), horizon), np.tile(np.arange(1, horizon + 1), count)
        features = self._features(panel, windows, places, steps, panel.ahead(horizon).reshape(-1, 1))
        moves = np.mean([trees.predict(features[:, used]) for trees, used in self._fitted], axis=0)
        made = _anchored(windows, places, steps, self._anchor) + moves * windows.scale[places]
        floored: Float64 = np.maximum(known.restored(made.reshape(count, horizon)), panel.floors[:, None])
        return floored

    def _learnt_from(self, panel: Panel, known: Levelled, sample: _Sample) -> tuple[FloatArray, Float64]:
        """Features and targets of a sample; those of origins before any movement are left out."""
        features, targets = [], []
        for block, part, windows in _blocks(known, sample):
            places, own = np.arange(part.steps.size), panel.select(block)
            target = (part.actual(known) - _anchored(windows, places, part.steps, self._anchor)) / windows.scale
            moving = ~np.isnan(target)
            since = part.columns + part.steps - (known.values.shape[1] - 1)
            times = panel.frequency.shifted(own.ends[windows.rows], since)[:, None]
            features.append(self._features(own, windows, places, part.steps, times)[moving])
            targets.append(target[moving])
        return np.concatenate(features), np.concatenate(targets)

    def _nearest_anchor(self, known: Levelled, sample: _Sample) -> int:
        """The season, or 0 for the last value, whose anchor misses what came after the origins by the least."""
        seasons = (0, *self._layout.seasons)
        missed = np.zeros(len(seasons))
        for _, part, windows in _blocks(known, sample):
            actual, places = part.actual(known), np.arange(part.steps.size)
            for place, season in enumerate(seasons):
                distance = np.abs(actual - _anchored(windows, places, part.steps, season)) / windows.scale
                missed[place] += distance[~np.isnan(distance)].sum()
        return seasons[int(missed.argmin())]

    def _features(self, panel: Panel, windows: Windows, places: IntArray, steps: IntArray, times: Times) -> FloatArray:
        """(r, n_features) float32 of steps ahead of the columns at `places`, `times` (r, 1) being when they are."""
        own, ahead = windows.of_columns(self._layout)[places], windows.of_steps(self._layout, places, steps)
        if not self.calendar:
            return np.concatenate([own, ahead], axis=1)
        released = panel.released[windows.rows[places]]
        dates, _ = calendar_features(times, released, panel.frequency, self.country)
        return np.concatenate([own, ahead, dates[:, 0]], axis=1)


@dataclass(frozen=True)
class _Sample:
    """(r,) origins to learn from: rows, sorted, and columns, and how many steps ahead is looked."""

    rows: IntArray
    columns: IntArray
    steps: IntArray

    def actual(self, known: Levelled) -> Float64:
        """(r,) what came."""
        values: Float64 = known.values[self.rows, self.columns + self.steps]
        return values


def _origins(panel: Panel, horizon: int) -> IntArray:
    """(n,) how many columns of each series, the last ones before the horizon, are origins to learn from.

    Early origins know little of a series; in short series they are all there is.
    """
    lengths = panel.lengths
    least = np.maximum(np.minimum(2 * panel.frequency.season, lengths // 2), _SHORTEST)
    return np.maximum(lengths - horizon - least + 1, 0)


def _sampled(draws: np.random.Generator, origins: IntArray, newest: int, horizon: int, most: int) -> _Sample:
    """Origins at random, of long series oftener than of short ones, by the root of how many they have."""
    odds = np.sqrt(origins)
    count = min(most, int(origins.sum()) * horizon)
    rows = np.sort(draws.choice(origins.size, count, p=odds / odds.sum()))
    return _Sample(rows, newest - draws.integers(origins[rows]), draws.integers(1, horizon + 1, count))


def _blocks(known: Levelled, sample: _Sample) -> Iterator[tuple[IntArray, _Sample, Windows]]:
    """A sample in parts: the rows that each part is of, so few that their values fit into a block, and its windows."""
    present = np.unique(sample.rows)
    size = max(1, _BLOCK_CELLS // known.values.shape[1])
    for start in range(0, present.size, size):
        block = present[start : start + size]
        part = slice(*np.searchsorted(sample.rows, [block[0], block[-1] + 1]))
        some = _Sample(sample.rows[part], sample.columns[part], sample.steps[part])
        yield block, some, Windows(known.select(block), np.searchsorted(block, some.rows), some.columns)


def _anchored(windows: Windows, places: IntArray, steps: IntArray, season: int) -> Float64:
    """(r,) what forecasts are told from: the value a season before, where it is known, or else the last one."""
    before = windows.season_before(season, places, steps)
    return np.where(np.isnan(before), windows.last[places], before)
