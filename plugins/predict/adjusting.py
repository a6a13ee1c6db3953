"""Local models that know no season themselves: they extrapolate seasonally adjusted values."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.blocks import Block, blocks, by_age
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting
from toolkit.seasonality import deseasonalise, index_ahead, is_seasonal, seasonal_indices

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.sentiment import BoolArray

# With fewer values there is no telling a trend from noise.
FEWEST = 4


@dataclass(frozen=True)
class Adjusted:
    """A block's values without their seasons, and how to put these back.

    Attributes:
        values: (k, length) as the block has them.
        factors: (k, season) seasonal indices that are multiplied, 1 where none are.
        terms: (k, season) seasonal indices that are added, 0 where none are.
        additive: (k,) where a season was added, as values of 0 or less cannot be divided by.
    """

    values: Float64
    factors: Float64
    terms: Float64
    additive: BoolArray

    def restored(self, forecasts: Float64) -> Float64:
        """(k, horizon) forecasts with the seasons of their steps."""
        horizon = forecasts.shape[1]
        return forecasts * index_ahead(self.factors, horizon) + index_ahead(self.terms, horizon)


def adjust(block: Block, season: int) -> Adjusted:
    """Take the season out of those series of which the M4 competition's test finds that they have one.

    By multiplicative decomposition where all values are above 0, by additive decomposition elsewhere.
    """
    seasonal = is_seasonal(block.values, season)
    factors, terms = np.ones((block.rows.size, season)), np.zeros((block.rows.size, season))
    values = block.values
    additive = seasonal & (values <= 0).any(axis=1)
    multiplicative = seasonal & ~additive
    if multiplicative.any():
        factors[multiplicative] = seasonal_indices(values[multiplicative], season)
    if additive.any():
        terms[additive] = seasonal_indices(values[additive], season, multiplicative=False)
    if seasonal.any():
        values = deseasonalise(deseasonalise(values, terms, multiplicative=False), factors)
    return Adjusted(values, factors, terms, additive)


class AdjustedForecaster(Forecaster):
    """A model of series without a season, for series with one. An author writes `extrapolate`.

    Class attributes:
        parameters: how many parameters are tried at once, by which the size of a block is set.
    """

    parameters: ClassVar[int]

    season: int | None = setting(None, "Length of the season in steps; that of the frequency unless given", ge=1)
    latest: int | None = setting(520, "Learn from so many of the latest values, and from four seasons at least", ge=4)

    @abstractmethod
    def extrapolate(self, values: Float64, lengths: IntArray, horizon: int) -> Float64:
        """(k, horizon) forecasts of adjusted (length, k) values, by age, of (k,) lengths that fall."""

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Adjust, extrapolate, and put the season back; the last value of series with fewer than 4 values."""
        mean = np.full((len(panel.ids), horizon), np.nan)
        season = self.season or panel.frequency.season
        methods = naive_of_short(panel, mean)
        # Seasons and trends of long ago tell little, and cost as much as those of late.
        values = panel.values[:, -max(self.latest, 4 * season) :] if self.latest else panel.values
        for block in blocks(values, self.parameters, np.flatnonzero(panel.lengths >= FEWEST)):
            adjusted = adjust(block, season)
            made = self.extrapolate(by_age(adjusted.values, block.lengths), block.lengths, horizon)
            mean[block.rows] = block.restored(adjusted.restored(made))
            rows = block.rows[adjusted.additive]
            methods |= dict.fromkeys(rows.tolist(), "additive season, as there are values of 0 or less")
        return Forecast(mean, methods)


def naive_of_short(panel: Panel, mean: Float64, fewest: int = FEWEST) -> dict[int, str]:
    """Write the last value into the (n, horizon) forecasts of series with fewer than so many values, and say so."""
    methods: dict[int, str] = {}
    lengths = panel.lengths
    for length in range(1, fewest):
        rows = np.flatnonzero(lengths == length)
        if rows.size:
            mean[rows] = panel.values[rows, -1:]
            methods |= dict.fromkeys(rows.tolist(), f"naive, as there {_counted(length)}")
    return methods


def _counted(length: int) -> str:
    return "is 1 value" if length == 1 else f"are {length} values"
