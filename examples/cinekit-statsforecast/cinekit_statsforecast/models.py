"""ARIMA, exponential smoothing and theta, their forms found series by series, by the package statsforecast."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cinekit_statsforecast.long_seasons import Deseasonalised, Float64
from toolkit import Forecast, Forecaster, setting

if TYPE_CHECKING:
    from types import ModuleType

    from toolkit import Panel

# Exponential smoothing by statsforecast has room for 24 seasonal states; a seasonal ARIMA of more takes minutes.
LONGEST_SEASON = 24
# With fewer values there is no telling a trend from noise.
FEWEST = 4
_LARGEST_EXPONENT = 200  # of 2


class Statistical(Forecaster):
    """A model of statsforecast, which takes one series at a time. A subclass says which."""

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
        from statsforecast import models

        season = self.season or panel.frequency.season
        mean = np.full((len(panel.ids), horizon), np.nan)
        methods: dict[int, str] = {}
        for row, length in enumerate(panel.lengths.tolist()):
            if length:
                # Seasons and trends of long ago tell little, and cost as much as those of late.
                learnt = min(length, max(self.latest, 4 * season)) if self.latest else length
                mean[row], method = self._one(models, panel.values[row, -learnt:], season, horizon)
                if method:
                    methods[row] = method
        return Forecast(mean, methods)

    def _one(self, models: ModuleType, values: Float64, season: int, horizon: int) -> tuple[Float64, str]:
        """The (horizon,) forecast of (length,) values, and what was done where it is not what the model does."""
        naive = np.full(horizon, values[-1])
        if values.size < FEWEST:
            return naive, f"naive, as there {'is 1 value' if values.size == 1 else f'are {values.size} values'}"
        scale = _scale(values)
        adjusted = Deseasonalised(values / scale, season if season > LONGEST_SEASON else 1)
        own = season if 2 * season <= values.size and season <= LONGEST_SEASON else 1
        made = _forecast(self.chooser(models, own), adjusted.values, horizon)
        if isinstance(made, str):
            return naive, f"naive, as statsforecast failed: {made}"
        largest = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            restored = np.clip(adjusted.restored(made) * scale, -largest, largest)
        return restored, "" if own == season else _without(season, values.size, adjusted.seasonal)


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


class AutoTheta(Statistical):
    """The best of four theta methods by statsforecast: standard or optimised, fixed or dynamic, as the data say.

    The one with the smallest mean squared error within the series is taken.

    Source: J. A. Fiorucci et al., "Models for optimising the theta method and their relationship to state space
    models", International Journal of Forecasting 32, 2016.
    """

    name: ClassVar[str] = "auto-theta"

    def chooser(self, models: ModuleType, season: int) -> Any:
        """AutoTheta."""
        return models.AutoTheta(season_length=season)


class Ets(Statistical):
    """Exponential smoothing by statsforecast: error, trend and season by what the data say, and slow.

    Whether error, trend and season are added or multiplied, or there at all, is what gives the smallest AICc.

    Source: R. J. Hyndman et al., "Forecasting with Exponential Smoothing: The State Space Approach", Springer, 2008.
    """

    name: ClassVar[str] = "ets"

    def chooser(self, models: ModuleType, season: int) -> Any:
        """AutoETS."""
        return models.AutoETS(season_length=season)


def _forecast(chooser: Any, values: Float64, horizon: int) -> Float64 | str:
    """The (horizon,) forecast of (length,) values; where that fails, why, in one line."""
    with warnings.catch_warnings():
        # They are about orders that were tried and given up.
        warnings.simplefilter("ignore")
        try:
            forecasts = np.asarray(chooser.forecast(y=np.ascontiguousarray(values), h=horizon)["mean"], np.float64)
        except Exception as failure:
            return " ".join(f"{type(failure).__name__}: {failure}".split())[:200]
    return forecasts if np.isfinite(forecasts).all() else "its forecast is not a number"


def _scale(values: Float64) -> float:
    """A power of 2, by which division is exact, for values whose squares would overflow or vanish; 1 for others."""
    _, exponent = np.frexp(np.abs(values).max())
    return 1.0 if abs(exponent) < _LARGEST_EXPONENT else float(np.ldexp(1.0, int(np.clip(exponent, -1021, 1023))))


def _without(season: int, length: int, taken_out: bool) -> str:
    """What was done about a season that was not left to statsforecast."""
    if length < 2 * season:
        return f"without the season of {season} steps, as fewer than two are known"
    if taken_out:
        return f"season of {season} steps by classical decomposition, as it is longer than {LONGEST_SEASON}"
    return f"without the season of {season} steps, longer than {LONGEST_SEASON}, as no test finds it"
