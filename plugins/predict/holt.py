"""Holt's exponential smoothing with a damped trend."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.adjusting import AdjustedForecaster, naive_of_short
from plugins.predict.blocks import blocks, by_age
from plugins.predict.smoothing import Grid, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel

_GRID = Grid.of(level=(0.05, 0.12, 0.22, 0.35, 0.5, 0.7, 0.9, 0.99), trend=(0.0, 0.1, 0.3), damping=(0.9, 0.98))


class Holt(AdjustedForecaster):
    """Level and damped trend by exponential smoothing, of seasonally adjusted values.

    The smoothing of level and trend, and the damping, are those of a grid with the smallest squared errors one step
    ahead.

    Source: E. S. Gardner and E. McKenzie, "Forecasting trends in time series", Management Science 31, 1985.
    """

    name: ClassVar[str] = "holt"
    parameters: ClassVar[int] = _GRID.size

    def backtest(self, panel: Panel, horizon: int, backs: Sequence[int]) -> Float64:
        """(n, len(backs), horizon), from one pass over time where values are neither adjusted nor left out."""
        if self.season != 1 or self.latest is not None:
            return super().backtest(panel, horizon, backs)
        made = np.full((len(panel.ids), len(backs), horizon), np.nan)
        for block in blocks(panel.values, self.parameters):
            smoothed = smooth(by_age(block.values, block.lengths), block.lengths, _GRID, backs)
            made[block.rows] = block.restored(smoothed.ahead(_GRID, horizon))
        for place, back in enumerate(backs):
            naive_of_short(panel.until(back), made[:, place])
        return made

    def extrapolate(self, values: Float64, lengths: IntArray, horizon: int) -> Float64:
        """(k, horizon) forecasts of (length, k) values by age, of (k,) lengths that fall."""
        return smooth(values, lengths, _GRID).ahead(_GRID, horizon)[:, 0]
