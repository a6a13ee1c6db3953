"""Seasons too long for statsforecast: taken out of a series before, put back after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit import deseasonalise, is_seasonal, reseasonalise, seasonal_indices

Float64 = NDArray[np.float64]


class Deseasonalised:
    """One series without its season, where the M4 competition's test finds that it has one.

    By multiplicative decomposition where all values are above 0, by additive decomposition elsewhere.

    Attributes:
        values: (length,) what is left.
        seasonal: whether a season was taken out.
    """

    def __init__(self, values: Float64, season: int) -> None:
        self.seasonal = bool(is_seasonal(values[None], season)[0])
        self.values = values
        if self.seasonal:
            self._multiplied = bool((values > 0).all())
            self._indices = seasonal_indices(values[None], season, self._multiplied)
            self.values = deseasonalise(values[None], self._indices, self._multiplied)[0]

    def restored(self, forecasts: Float64) -> Float64:
        """(horizon,) forecasts with the season of each step."""
        if not self.seasonal:
            return forecasts
        restored: Float64 = reseasonalise(forecasts[None], self._indices, self._multiplied)[0]
        return restored
