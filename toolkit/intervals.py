"""How sure a mean over viewers is: the percentile bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.errors import ModelError

Float64 = NDArray[np.float64]

_BLOCK_CELLS = 1 << 21


def bootstrap_means(values: ArrayLike, seed: int, draws: int = 1000) -> Float64:
    """Means of several measures over viewers drawn with replacement, as many as there are (Efron 1979).

    Args:
        values: (n_viewers, n_measures); all measures get the same draws.
        seed: the same seed and the same number of viewers draw the same viewers.
        draws: how often.

    Returns:
        (draws, n_measures).

    Raises:
        ModelError: there are no viewers.
    """
    table = np.asarray(values, dtype=np.float64)
    n_viewers = table.shape[0]
    if not n_viewers:
        raise ModelError("there is no mean over no viewers; evaluate at least one")
    random = np.random.default_rng(seed)
    means = np.empty((draws, table.shape[1]))
    size = max(1, _BLOCK_CELLS // n_viewers)
    for start in range(0, draws, size):
        taken = min(size, draws - start)
        drawn = random.integers(n_viewers, size=(taken, n_viewers), dtype=np.int32)
        drawn += (np.arange(taken, dtype=np.int32) * n_viewers)[:, None]
        counts = np.bincount(drawn.reshape(-1), minlength=taken * n_viewers).reshape(taken, n_viewers)
        means[start : start + taken] = counts.astype(np.float64) @ table
    means /= n_viewers
    return means


def percentile_interval(means: Float64, level: float = 0.95) -> Float64:
    """(2, …) low and high: the (1 - level) / 2 and (1 + level) / 2 quantiles of drawn means, (draws, …).

    Efron & Tibshirani 1993, ch. 13.
    """
    tail = (1 - level) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0)


def bootstrap_intervals(values: ArrayLike, seed: int, draws: int = 1000, level: float = 0.95) -> Float64:
    """(3, n_measures) mean, low and high of several measures of the same viewers, (n_viewers, n_measures).

    The interval is that of `percentile_interval` of `bootstrap_means`, which also say what the others are.
    """
    table = np.asarray(values, dtype=np.float64)
    ends = percentile_interval(bootstrap_means(table, seed, draws), level)
    return np.vstack([table.mean(axis=0), ends])


def bootstrap_interval(
    values: ArrayLike, seed: int, draws: int = 1000, level: float = 0.95
) -> tuple[float, float, float]:
    """Mean, low and high of one measure, (n_viewers,); see `bootstrap_intervals`.

    >>> bootstrap_interval([0.5, 0.5, 0.5], seed=0)
    (0.5, 0.5, 0.5)
    """
    mean, low, high = bootstrap_intervals(np.asarray(values, dtype=np.float64)[:, None], seed, draws, level)[:, 0]
    return float(mean), float(low), float(high)


def paired_difference(
    a: ArrayLike, b: ArrayLike, seed: int, draws: int = 1000, level: float = 0.95
) -> tuple[float, float, float]:
    """Mean, low and high of a - b, both (n_viewers,) and of the same viewers: an interval without 0 tells them apart.

    >>> paired_difference([0.5, 1.0], [0.25, 0.75], seed=0)
    (0.25, 0.25, 0.25)
    """
    difference = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return bootstrap_interval(difference, seed, draws, level)
