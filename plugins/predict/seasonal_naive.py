"""Seasonal naive: what was a season ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.panel import Panel


class SeasonalNaive(Forecaster):
    """The value of the same step of the last season; what every other model has to beat.

    A series shorter than a season gets its last value.

    Source: R. J. Hyndman and G. Athanasopoulos, "Forecasting: Principles and Practice", third edition, 5.2.
    """

    name: ClassVar[str] = "seasonal-naive"

    season: int | None = setting(None, "Length of the season in steps; that of the frequency unless given", ge=1)

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """(n, horizon) the last season again and again."""
        season = self.season or panel.frequency.season
        lengths = panel.lengths
        if not panel.values.shape[1]:
            return Forecast(np.full((len(panel.ids), horizon), np.nan))
        first = panel.values.shape[1] - season
        places = np.maximum(first, 0) + np.arange(horizon) % min(season, panel.values.shape[1])
        mean = panel.values[:, places]
        short = np.flatnonzero((lengths < season) & (lengths > 0))
        mean[short] = panel.values[short, -1:]
        text = f"naive, as there are fewer than {season} values"
        return Forecast(mean, dict.fromkeys(short.tolist(), text))
