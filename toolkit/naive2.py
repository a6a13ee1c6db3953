"""Naive2, the forecast that OWA compares with: the last value, seasonally adjusted, with the season put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.seasonality import deseasonalise, is_seasonal, reseasonalise, seasonal_indices

if TYPE_CHECKING:
    from toolkit.metrics import Float64


def naive2(values: Float64, horizon: int, season: int) -> Float64:
    """(n, horizon) forecasts of `values`, (n, length) NaN before a series begins, as the M4 competition has them.

    Where the autocorrelation test at the 90 % level finds a season of `season` steps, values are divided by indices of
    a multiplicative classical decomposition, the last of them is repeated, and the indices are put back; elsewhere,
    and where a value of 0 or less forbids the decomposition, the last value itself is. NaN for a series without values.

    Source: the benchmarks of Makridakis, Spiliotis & Assimakopoulos 2020 (The M4 Competition, IJF 36).

    Four seasons of 1, 2, 3, and two steps of the fifth; and a trend, in which the test finds no season:

    >>> naive2(np.stack([np.tile([1.0, 2, 3], 5)[:14], np.arange(14) ** 2.0]), 3, season=3)
    array([[  3.,   1.,   2.],
           [169., 169., 169.]])
    """
    if not values.shape[1]:
        return np.full((values.shape[0], horizon), np.nan)
    seasonal = is_seasonal(values, season)[:, None]
    indices = np.where(seasonal, seasonal_indices(values, season), 1)
    last = deseasonalise(values[:, -1:], indices)
    return reseasonalise(np.repeat(last, horizon, axis=1), indices)
