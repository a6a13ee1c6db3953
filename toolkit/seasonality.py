"""Seasons of many series at once: the M4 competition's test, classical decomposition, and adjustment.

Values are (n, length) float64 as a Panel has them: all series end in the last column, NaN before one begins. Seasonal
indices are (n, season) and aligned to the END: column season-1 is the season of the last value, column 0 that of the
first value to forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.metrics import Float64

    BoolArray = NDArray[np.bool_]

# The 90 % point of the normal distribution, two-sided, as the competition's code has it.
_CRITICAL = 1.645


def is_seasonal(values: Float64, season: int) -> BoolArray:
    """(n,) whether the autocorrelation at lag `season` is beyond what a series without a season would show.

        |r_m| > 1.645 · sqrt((1 + 2·Σ_{k<m} r_k²) / length)

    False of series with fewer than three seasons, of constant ones, and wherever the season is 1.

    Source: the M4 competition's R code for its benchmarks (S. Makridakis, E. Spiliotis and V. Assimakopoulos, "The M4
    Competition", International Journal of Forecasting 36, 2020).

    .. versionadded:: 0.1
    """
    if season < 2 or not values.shape[1]:
        return np.zeros(values.shape[0], dtype=np.bool_)
    known = ~np.isnan(values)
    lengths = np.count_nonzero(known, axis=1)
    # In units of the largest value, so that squares neither overflow nor vanish.
    scaled = np.where(known, values, 0) / _largest(values)[:, None]
    means = scaled.sum(axis=1) / np.maximum(lengths, 1)
    constant = np.where(known, values, -np.inf).max(axis=1) == np.where(known, values, np.inf).min(axis=1)
    tested = (lengths >= 3 * season) & ~constant
    centred = np.where(known, scaled - means[:, None], 0)
    variances = np.where(tested, np.einsum("ij,ij->i", centred, centred), 1)
    squares, last = np.ones(values.shape[0]), np.zeros(values.shape[0])
    for lag in range(1, min(season, values.shape[1] - 1) + 1):
        squares += 2 * last**2
        last = np.einsum("ij,ij->i", centred[:, lag:], centred[:, :-lag]) / variances
    limit = _CRITICAL * np.sqrt(squares / np.maximum(lengths, 1))
    seasonal: BoolArray = tested & (np.abs(last) > limit)
    return seasonal


def seasonal_indices(values: Float64, season: int, multiplicative: bool = True) -> Float64:
    """(n, season) seasonal indices by classical decomposition, aligned to the end: column season-1 is the last value's.

    The trend is a centred moving average (2×m where the season is even); the values over the trend, or less it, are
    averaged by season and normalised: to a mean of 1 if multiplicative, to a sum of 0 if additive. As R's `decompose`.

    Neutral indices (1, or 0 if additive) of series with fewer than two seasons and, if multiplicative, of those with
    values of 0 or less.

    .. versionadded:: 0.1
    """
    known = ~np.isnan(values)
    fit = np.count_nonzero(known, axis=1) >= 2 * season
    if multiplicative:
        fit &= ~(values <= 0).any(axis=1)
    neutral = np.full((values.shape[0], season), 1.0 if multiplicative else 0.0)
    if season < 2 or not fit.any():
        return neutral
    scales = _largest(values)
    scaled = values / scales[:, None]
    trend = _moving_average(scaled, season)
    start = season // 2
    inner = scaled[:, start : start + trend.shape[1]]
    with np.errstate(divide="ignore", invalid="ignore"):  # of series that are not decomposed
        detrended = inner / trend if multiplicative else inner - trend
    indices = _means_by_season(detrended, season, first=start - values.shape[1])
    middle = indices.mean(axis=1, keepdims=True)
    if multiplicative:
        # An index that underflows to 0 could not be divided by.
        fit &= (indices > 0).all(axis=1)
        middle[~fit] = 1
        indices /= middle
    else:
        indices = (indices - middle) * scales[:, None]
    return np.where(fit[:, None], indices, neutral)


def index_of_values(indices: Float64, length: int) -> Float64:
    """(n, length) the seasonal index of each of the last `length` values."""
    season = indices.shape[1]
    return indices[:, np.arange(-length, 0) % season]


def index_ahead(indices: Float64, horizon: int) -> Float64:
    """(n, horizon) the seasonal index of each of the steps after the end."""
    return indices[:, np.arange(horizon) % indices.shape[1]]


def deseasonalise(values: Float64, indices: Float64, multiplicative: bool = True) -> Float64:
    """(n, length) values without their season: over its indices if multiplicative, less them if additive.

    .. versionadded:: 0.1
    """
    index = index_of_values(indices, values.shape[1])
    return values / index if multiplicative else values - index


def reseasonalise(forecasts: Float64, indices: Float64, multiplicative: bool = True) -> Float64:
    """(n, horizon) forecasts of deseasonalised series with the season of each step put back.

    .. versionadded:: 0.1
    """
    index = index_ahead(indices, forecasts.shape[1])
    return forecasts * index if multiplicative else forecasts + index


def _largest(values: Float64) -> Float64:
    """(n,) the largest magnitude of each series as a power of 2, by which division is exact; 1 where there is none."""
    largest = np.where(np.isnan(values), 0, np.abs(values)).max(axis=1, initial=0)
    _, exponents = np.frexp(largest)
    # 2 ** 1024 is not a number any more, and reciprocals of less than 2 ** -1022 are not either.
    powers: Float64 = np.ldexp(1.0, np.clip(exponents, -1021, 1023))
    return np.where(largest > 0, powers, 1.0)


def _moving_average(values: Float64, season: int) -> Float64:
    """(n, length - 2·(season // 2)) centred moving average, the ends of an even one with half weight."""
    sums = _moving_sum(values, season)
    return sums / season if season % 2 else (sums[:, 1:] + sums[:, :-1]) / (2 * season)


def _moving_sum(values: Float64, window: int) -> Float64:
    """(n, length - window + 1) sums of neighbours, by doubling: log₂ window additions, none of which cancel."""
    length = values.shape[1] - window + 1
    total = np.zeros((values.shape[0], length))
    power, size, start = values, 1, 0
    while True:
        if window & size:
            total += power[:, start : start + length]
            start += size
        if start == window:
            return total
        power, size = power[:, :-size] + power[:, size:], 2 * size


def _means_by_season(values: Float64, season: int, first: int) -> Float64:
    """(n, season) means over cycles, NaN left out; the first column is `first` (below 0) steps from the end."""
    rows, length = values.shape
    before = first % season
    cycles = -(-(before + length) // season)
    padded = np.full((rows, cycles * season), np.nan)
    padded[:, before : before + length] = values
    by_season = padded.reshape(rows, cycles, season)
    counted = np.isfinite(by_season)
    counts = np.count_nonzero(counted, axis=1)
    means: Float64 = np.where(counted, by_season, 0).sum(axis=1) / np.maximum(counts, 1)
    return means
