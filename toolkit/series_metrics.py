"""How good forecasts of series are: one number a series, from what came and what was expected.

All of them take `actual`, (n, horizon) or (n, windows, horizon) for several origins, and forecasts of the same shape.
A step where either is NaN is left out; a series of which no step is left gets NaN, and is to be left out of the mean.
`scale` is (n,) or (n, windows), of what was known at the origin; a scale of 0, of a series that was the same a season
apart all along, can divide nothing, so that the series or window is left out too.

The examples share two series and two steps: 10 and 20 came where 8 and 25 were expected, and 0 and 4 where 0 and 2
were. Before, a season of one step, the first was 1, 3, 2, 5 and the second 2, 2, 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.metrics import Float64


def smape(actual: Float64, forecast: Float64) -> Float64:
    """Mean of 200 |y - f| / (|y| + |f|), in %, (n,): Makridakis et al. 2020, as the M4 competition has it. 0 / 0 is 0.

    First series: 200 · (2/18 + 5/45) / 2; second: 200 · (0 + 2/6) / 2.

    >>> smape(np.array([[10.0, 20], [0, 4]]), np.array([[8.0, 25], [0, 2]])).round(4)
    array([22.2222, 33.3333])
    """
    size = np.abs(actual) + np.abs(forecast)
    return _mean(200 * np.abs(actual - forecast) / np.where(size == 0, 1, size))


def seasonal_scale(insample: Float64, season: int) -> Float64:
    """Mean |y_t - y_t-season| of what was known, (n, …, length) NaN where a series had not begun: (n, …).

    The error of the seasonal naive forecast one step ahead, by which MASE and MSIS are divided (Hyndman & Koehler
    2006; Makridakis et al. 2020). NaN where no two values are a season apart. Here (2 + 1 + 3) / 3 and 0.

    >>> seasonal_scale(np.array([[1.0, 3, 2, 5], [np.nan, 2, 2, 2]]), 1)
    array([2., 0.])
    """
    return _mean(np.abs(_differences(insample, season)), axes=1)


def squared_scale(insample: Float64, season: int = 1) -> Float64:
    """Root of the mean (y_t - y_t-season)², (n, …) of (n, …, length): by which RMSSE is divided.

    Makridakis, Spiliotis & Assimakopoulos 2022, of steps of one. There a series begins with its first sale; here
    with its first value. First series: √((4 + 1 + 9) / 3).

    >>> squared_scale(np.array([[1.0, 3, 2, 5], [np.nan, 2, 2, 2]])).round(4)
    array([2.1602, 0.    ])
    """
    root: Float64 = np.sqrt(_mean(_differences(insample, season) ** 2, axes=1))
    return root


def mase(actual: Float64, forecast: Float64, scale: Float64) -> Float64:
    """Mean absolute error / `seasonal_scale`, (n,): Hyndman & Koehler 2006. First series ((2 + 5) / 2) / 2.

    >>> mase(np.array([[10.0, 20], [0, 4]]), np.array([[8.0, 25], [0, 2]]), np.array([2.0, 0]))
    array([1.75,  nan])
    """
    return _mean(np.abs(actual - forecast) / _spread(scale, actual))


def rmsse(actual: Float64, forecast: Float64, scale: Float64) -> Float64:
    """Root mean squared error / `squared_scale`, (n,): Makridakis, Spiliotis & Assimakopoulos 2022 (M5).

    Over several windows the root is taken of the mean over all of them. First series √((4 + 25) / 2 / (14 / 3)).

    >>> rmsse(np.array([[10.0, 20], [0, 4]]), np.array([[8.0, 25], [0, 2]]), np.array([np.sqrt(14 / 3), 0])).round(4)
    array([1.7627,    nan])
    """
    root: Float64 = np.sqrt(_mean(((actual - forecast) / _spread(scale, actual)) ** 2))
    return root


def wape(actual: Float64, forecast: Float64) -> Float64:
    """Σ|y - f| / Σ|y|, (n,): Kolassa & Schütz 2007, there as MAD / mean. NaN where all that came is 0.

    >>> wape(np.array([[10.0, 20], [0, 4]]), np.array([[8.0, 25], [0, 2]])).round(4)
    array([0.2333, 0.5   ])
    """
    error = np.abs(actual - forecast)
    size = _mean(np.where(np.isnan(error), np.nan, np.abs(actual)))
    share: Float64 = _mean(error) / np.where(size == 0, np.nan, size)
    return share


def owa(smape: Float64, mase: Float64, smape_naive2: Float64, mase_naive2: Float64) -> Float64:
    """Overall weighted average, as a number a series, (n,), whose mean it is: Makridakis et al. 2020.

    OWA = (mean sMAPE / mean sMAPE of Naive2 + mean MASE / mean MASE of Naive2) / 2; below 1 is better than Naive2
    (`toolkit.naive2`). A series of which any of the four is NaN is left out of all the means, and gets NaN. All of
    them do where Naive2 makes no error. Here the means of Naive2 are 20 and 2.

    >>> owa(np.array([10.0, 20]), np.array([1.0, 3]), np.array([20.0, 20]), np.array([1.0, 3]))
    array([0.5 , 1.25])
    """
    known = ~np.isnan(smape + mase + smape_naive2 + mase_naive2)
    parts = np.full(known.shape, np.nan)
    if known.any():
        means = smape_naive2[known].mean(), mase_naive2[known].mean()
        if all(means):
            parts[known] = (smape[known] / means[0] + mase[known] / means[1]) / 2
    return parts


def pinball(actual: Float64, quantiles: Float64, probabilities: Sequence[float], scale: Float64) -> Float64:
    """Mean loss of `quantiles`, (…, n_probabilities) after the shape of `actual`, / scale, (n,).

    p (y - q) where y is above the quantile q of probability p, else (1 - p) (q - y): Koenker & Bassett 1978; divided
    by `seasonal_scale` as in Makridakis et al. 2022 (M5), so that a mean over series makes sense; by ones it is in
    the unit of the series. First series: (.9 · 2 + .1 · 5) / 2 / 2.

    >>> pinball(np.array([[10.0, 20]]), np.array([[[8.0], [25]]]), [0.9], np.array([2.0])).round(4)
    array([0.575])
    """
    above = actual[..., None] - quantiles
    loss = np.maximum(np.asarray(probabilities) * above, (np.asarray(probabilities) - 1) * above)
    return _mean(loss / _spread(scale, above))


def coverage(actual: Float64, low: Float64, high: Float64) -> Float64:
    """Share of steps with low ≤ y ≤ high, (n,); to compare with the level of the interval.

    >>> coverage(np.array([[10.0, 20]]), np.array([[8.0, 21]]), np.array([[10.0, 30]]))
    array([0.5])
    """
    inside = ((low <= actual) & (actual <= high)).astype(np.float64)
    return _mean(np.where(np.isnan(actual + low + high), np.nan, inside))


def msis(actual: Float64, low: Float64, high: Float64, level: float, scale: Float64) -> Float64:
    """Mean scaled interval score, (n,): width, and 2 / (1 - level) times what y lies outside, / `seasonal_scale`.

    Gneiting & Raftery 2007; scaled as in Makridakis et al. 2020. At the level ½ of [8, 10] and [21, 30], with 10 and
    20: ((2 + 0) + (9 + 4 · 1)) / 2 / 2.

    >>> msis(np.array([[10.0, 20]]), np.array([[8.0, 21]]), np.array([[10.0, 30]]), 0.5, np.array([2.0]))
    array([3.75])
    """
    if not 0 < level < 1:
        raise UsageError(f"the level of an interval lies between 0 and 1, not at {level}; give .95 for 95 %")
    outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    return _mean((high - low + 2 / (1 - level) * outside) / _spread(scale, actual))


def width(actual: Float64, low: Float64, high: Float64, scale: Float64) -> Float64:
    """Mean width of the intervals / `seasonal_scale`, (n,), over the steps that `actual` knows: their sharpness.

    Gneiting, Balabdaoui & Raftery 2007. Here (2 + 9) / 2 / 2.

    >>> width(np.array([[10.0, 20]]), np.array([[8.0, 21]]), np.array([[10.0, 30]]), np.array([2.0]))
    array([2.75])
    """
    return _mean(np.where(np.isnan(actual), np.nan, high - low) / _spread(scale, actual))


def _differences(insample: Float64, season: int) -> Float64:
    if season < 1:
        raise UsageError(f"a season has 1 step or more, not {season}; give 1 where there is none")
    return insample[..., season:] - insample[..., :-season]


def _spread(scale: Float64, actual: Float64) -> Float64:
    """A scale beside what it divides; NaN instead of 0."""
    kept = np.where(scale == 0, np.nan, scale)
    return kept.reshape(kept.shape + (1,) * (actual.ndim - kept.ndim))


def _mean(values: Float64, axes: int | None = None) -> Float64:
    """Mean over the last axes, all but the first unless told, without NaN; NaN where nothing else is there."""
    over = tuple(range(-(axes or values.ndim - 1), 0))
    known = ~np.isnan(values)
    count = known.sum(axis=over)
    total = np.where(known, values, 0).sum(axis=over)
    mean: Float64 = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
