"""ARIMA and exponential smoothing, their orders found series by series, by the package statsforecast."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.predict.adjusting import FEWEST, adjust, naive_of_short
from plugins.predict.blocks import blocks
from toolkit.errors import ModelError
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from types import ModuleType

    from toolkit.metrics import Float64
    from toolkit.panel import Panel

# Exponential smoothing by statsforecast has room for 24 seasonal states; a seasonal ARIMA of more takes minutes.
_LONGEST_SEASON = 24


class Statistical(Forecaster):
    """A model of statsforecast, which takes one series at a time. An author says which.

    Raises ModelError where statsforecast is not installed.
    """

    season: int | None = setting(None, "Length of the season in steps; that of the frequency unless given", ge=1)
    latest: int | None = setting(520, "Learn from so many of the latest values, and from four seasons at least", ge=4)

    @abstractmethod
    def chooser(self, models: ModuleType, season: int) -> Any:
        """What chooses a model of one series, out of statsforecast.models."""

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """One series after another; the last value where a series is too short, or where statsforecast fails on it.

        A season that does not fit twice into a series is left out. One of more than 24 steps is taken out by classical
        decomposition where the M4 competition's test finds it, and put back.
        """
        models = _models(self.name)
        season = self.season or panel.frequency.season
        mean = np.full((len(panel.ids), horizon), np.nan)
        methods = naive_of_short(panel, mean)
        values = panel.values[:, -max(self.latest, 4 * season) :] if self.latest else panel.values
        for block in blocks(values, 1, np.flatnonzero(panel.lengths >= FEWEST)):
            adjusted = adjust(block, season if season > _LONGEST_SEASON else 1)
            taken_out = (np.ptp(adjusted.factors, axis=1) > 0) | (np.ptp(adjusted.terms, axis=1) > 0)
            made = np.full((block.rows.size, horizon), np.nan)
            for place, (row, length) in enumerate(zip(block.rows.tolist(), block.lengths.tolist(), strict=True)):
                own = season if 2 * season <= length and season <= _LONGEST_SEASON else 1
                failure = _forecast(self.chooser(models, own), adjusted.values[place, -length:], made[place])
                if failure:
                    methods[row] = f"naive, as statsforecast failed: {failure}"
                elif own < season:
                    methods[row] = _without(season, length, bool(taken_out[place]))
            failed = np.isnan(made[:, 0])
            mean[block.rows] = block.restored(adjusted.restored(made))
            mean[block.rows[failed]] = panel.values[block.rows[failed], -1:]
        return Forecast(mean, methods)


class Arima(Statistical):
    """ARIMA by statsforecast: accurate on single series, and slow.

    Orders are those of the smallest AICc, found step by step.

    Source: R. J. Hyndman and Y. Khandakar, "Automatic time series forecasting: the forecast package for R", Journal of
    Statistical Software 27, 2008.
    """

    name: ClassVar[str] = "arima"

    def chooser(self, models: ModuleType, season: int) -> Any:
        """AutoARIMA."""
        return models.AutoARIMA(season_length=season)


class Ets(Statistical):
    """Exponential smoothing by statsforecast: error, trend and season by what the data say, and slow.

    Whether error, trend and season are added or multiplied, or there at all, is what gives the smallest AICc.

    Source: R. J. Hyndman et al., "Forecasting with Exponential Smoothing: The State Space Approach", Springer, 2008.
    """

    name: ClassVar[str] = "ets"

    def chooser(self, models: ModuleType, season: int) -> Any:
        """AutoETS."""
        return models.AutoETS(season_length=season)


def _models(name: str) -> ModuleType:
    """The module statsforecast.models, which takes seconds to import."""
    try:
        from statsforecast import models
    except ImportError as missing:
        raise ModelError(
            f"{name} needs the package statsforecast: pip install 'cinekit[statsforecast]' ({missing})"
        ) from missing
    module: ModuleType = models
    return module


def _forecast(chooser: Any, values: Float64, made: Float64) -> str | None:
    """Fill `made` (horizon,) with the forecast of (length,) values; where that fails, why, in one line."""
    with warnings.catch_warnings():
        # They are about orders that were tried and given up.
        warnings.simplefilter("ignore")
        try:
            forecasts = np.asarray(chooser.forecast(y=np.ascontiguousarray(values), h=made.size)["mean"])
        except Exception as failure:
            return " ".join(f"{type(failure).__name__}: {failure}".split())[:200]
    if not np.isfinite(forecasts).all():
        return "its forecast is not a number"
    made[:] = forecasts
    return None


def _without(season: int, length: int, taken_out: bool) -> str:
    """What was done about a season that was not left to statsforecast."""
    if length < 2 * season:
        return f"without the season of {season} steps, as fewer than two are known"
    if taken_out:
        return f"season of {season} steps by classical decomposition, as it is longer than {_LONGEST_SEASON}"
    return f"without the season of {season} steps, longer than {_LONGEST_SEASON}, as no test finds it"
