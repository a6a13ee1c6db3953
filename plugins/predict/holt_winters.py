"""Holt and Winters' exponential smoothing with a damped trend and a season."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from plugins.predict.adjusting import naive_of_short
from plugins.predict.blocks import Block, blocks, by_age
from plugins.predict.holt import Holt
from plugins.predict.smoothing import Grid, smooth
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.sentiment import BoolArray

_GRID = Grid.of(level=(0.05, 0.2, 0.5, 0.9), trend=(0.0, 0.05, 0.2), damping=(0.95,), season=(0.05, 0.2, 0.5, 0.95))


class HoltWinters(Forecaster):
    """Level, damped trend and season by exponential smoothing, the season added or multiplied as suits the series.

    Parameters, and whether the season is added or multiplied, are those of a grid with the smallest squared errors one
    step ahead. A series with fewer than two seasons is forecast without one, by `holt`.

    Source: P. R. Winters, "Forecasting sales by exponentially weighted moving averages", Management Science 6, 1960;
    E. S. Gardner and E. McKenzie, "Seasonal exponential smoothing with damped trends", Management Science 35, 1989.
    """

    name: ClassVar[str] = "holt-winters"

    season: int | None = setting(None, "Length of the season in steps; that of the frequency unless given", ge=1)
    seasonality: Literal["auto", "additive", "multiplicative"] = setting(
        "auto", "Whether the season is added or multiplied; what fits the series better unless given"
    )

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """(n, horizon) forecasts; `methods` names the series that are not forecast as the settings say."""
        season = self.season or panel.frequency.season
        lengths = panel.lengths
        methods: dict[int, str] = {}
        mean = self.backtest(panel, horizon, (0,))[:, 0]
        if season > 1:
            without = np.flatnonzero((lengths < 2 * season) & (lengths > 0))
            methods |= dict.fromkeys(without.tolist(), f"holt, as there are fewer than 2 seasons of {season} steps")
            negative = (panel.values <= 0).any(axis=1)
            rows = np.flatnonzero(negative & (lengths >= 2 * season))
            if self.seasonality != "additive":
                methods |= dict.fromkeys(rows.tolist(), "additive season, as there are values of 0 or less")
        methods |= naive_of_short(panel, mean)
        return Forecast(mean, methods)

    def backtest(self, panel: Panel, horizon: int, backs: Sequence[int]) -> Float64:
        """(n, len(backs), horizon) from one pass over time, which meets all the ends on its way."""
        season = self.season or panel.frequency.season
        made = np.full((len(panel.ids), len(backs), horizon), np.nan)
        lengths = panel.lengths
        seasonal = lengths[:, None] - np.asarray(backs) >= 2 * season if season > 1 else np.zeros(made.shape[:2], bool)
        # The seasonal indices of all combinations want room as well.
        parameters = _GRID.size * max(1, season // 24)
        for block in blocks(panel.values, parameters, np.flatnonzero(seasonal.any(axis=1))):
            smoothed = block.restored(self._smoothed(block, season, horizon, backs))
            made[block.rows] = np.where(seasonal[block.rows, :, None], smoothed, np.nan)
        for place, back in enumerate(backs):
            known = panel.until(back)
            rows = np.flatnonzero(~seasonal[:, place] & (known.lengths > 0))
            if rows.size:
                made[rows, place] = Holt(season=1).forecast(known.select(rows), horizon).mean
        return made

    def _smoothed(self, block: Block, season: int, horizon: int, backs: Sequence[int]) -> Float64:
        """(k, len(backs), horizon) in the block's units."""
        values = by_age(block.values, block.lengths)
        positive = _positive(values, block.lengths, backs)
        if self.seasonality == "additive" or not positive.any():
            return smooth(values, block.lengths, _GRID, backs, season).ahead(_GRID, horizon)
        multiplied = smooth(values, block.lengths, _GRID, backs, season, multiplicative=True)
        chosen = positive & np.isfinite(multiplied.error)
        if self.seasonality == "multiplicative" and chosen.all():
            return multiplied.ahead(_GRID, horizon, multiplicative=True)
        added = smooth(values, block.lengths, _GRID, backs, season)
        if self.seasonality == "auto":
            chosen &= multiplied.error < added.error
        made = added.ahead(_GRID, horizon)
        made[chosen] = multiplied.ahead(_GRID, horizon, multiplicative=True)[chosen]
        return made


def _positive(values: Float64, lengths: IntArray, backs: Sequence[int]) -> BoolArray:
    """(k, len(backs)) whether all of the values before an origin are above 0."""
    negative = values <= 0
    negative[np.arange(values.shape[0])[:, None] >= lengths] = False
    first = np.where(negative.any(axis=0), negative.argmax(axis=0), lengths)
    before: BoolArray = first[:, None] >= lengths[:, None] - np.asarray(backs)
    return before
