"""Intervals of forecasts, from how far off the same model was at earlier ends: pooled conformal residuals.

What came less what was expected is divided by a scale of the series and a profile over horizons, so that all series
and neighbouring horizons tell about the same distribution of scores. Its quantiles, multiplied by both again, stand
around the new forecast. Series that are often 0, sometimes, or hardly ever are pooled apart. Signs are kept where there
are many residuals, so that intervals may be lopsided.

Sources: split conformal prediction (Vovk, Gammerman & Shafer 2005; Lei et al. 2018) with signed, normalised scores
(Papadopoulos et al. 2008); levels that follow past misses by adaptive conformal inference (ACI, Gibbs & Candès 2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from toolkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

# Earlier ends that a model is asked for.
MOST = 4
# Errors grow with a power of the horizon: this one, as far as it is worth this many residuals of each step.
POWER, POWER_WORTH = 0.4, 4.0
# A series' own scale weighs as many windows as it has, the pooled one as many as this.
PRIOR = 1.0
# Scores that a quantile is taken of come from as many neighbouring horizons as it takes to have these …
ENOUGH = 1000
# … and from as many evenly spaced series as give no more than these.
PLENTY = 40_000
# With fewer windows than these the two sides of an interval are taken to be alike.
FEW = 40
# ACI: how far a level moves for one outcome, and for all outcomes of one origin at most.
STEP, LONGEST_STEP = 0.005, 0.3
# No error counts for more than as many times the usual one.
LARGEST = 1000.0
# A residual that is larger against its series' scale than this is no reason to widen the intervals of others.
LARGEST_RATIO = 1e12
# Series are told apart by the share of zeros in what came: below the first, between, and from the second on …
ZEROS = (0.25, 0.75)
# … where a kind has as many windows as this; else it goes with the kind nearest to it.
LEAST_WINDOWS = 8
# Mean absolute value of the normal distribution.
NORMAL = float(np.sqrt(2 / np.pi))


def calibration_backs(lengths: IntArray, horizon: int, season: int, most: int = MOST) -> tuple[int, ...]:
    """How many steps back the earlier ends lie, the latest first; () where the series are too short for any.

    They are a horizon apart, so that windows do not overlap, or nearer where the median series is too short for
    `most` of them; half of it, two seasons or one horizon of it stays before the first. The median is of the series of
    two horizons or more, where there are any: others have no windows, whatever is chosen. Where not even one horizon
    fits, ends lie less than that back, and only their first steps can be compared with what came.
    """
    known = lengths[lengths >= 2 * horizon]
    known = known if known.size else lengths[lengths > 0]
    length = int(np.median(known)) if known.size else 0
    room = length - min(max(2 * season, horizon), (length + 1) // 2)
    if room < horizon:
        return tuple(sorted({back for back in (room // 2, room) if back > 0}))
    nearest = max(horizon // 4, 1)
    count = min(most, 1 + (room - horizon) // nearest)
    step = min((room - horizon) // max(count - 1, 1), horizon)
    return tuple(horizon + step * place for place in range(count))


def quantiles(
    past: Float64,
    actual: Float64,
    mean: Float64,
    scale: Float64,
    probabilities: Sequence[float],
    floors: Float64,
    season: int = 1,
) -> Float64:
    """(n, horizon, n_probabilities) quantiles of forecasts, never falling along the last axis, never NaN.

    Args:
        past: (n, n_origins, horizon) forecasts made at earlier ends, the latest first; NaN where there is none.
        actual: (n, n_origins, horizon) what came then; NaN where that is not known.
        mean: (n, horizon) the forecasts that quantiles are wanted of.
        scale: (n,) mean absolute difference of values a season apart; NaN where it is not known.
        probabilities: of the quantiles, between 0 and 1, in any order.
        floors: (n,) what a value cannot fall below.
        season: in steps; only used where there is no residual at all. Errors are then taken to be normal, as large as
            the scale, and to grow with the root of the seasons ahead, as those of the seasonal naive forecast do.

    Raises:
        UsageError: a probability of 0, 1 or beyond.
    """
    levels = np.asarray(probabilities, dtype=np.float64)
    if not ((levels > 0) & (levels < 1)).all():
        raise UsageError(f"a quantile's probability lies between 0 and 1: {list(probabilities)}; give .9, not 90")
    residuals = actual - past
    residuals[~np.isfinite(residuals)] = np.nan
    kinds = _kinds(actual, residuals, mean)
    made = np.empty((*mean.shape, levels.size))
    for kind in np.unique(kinds):
        rows = kinds == kind
        made[rows] = _of_one_kind(residuals[rows], mean[rows], scale[rows], levels, season)
    return np.maximum(made, floors[:, None, None])


def _kinds(actual: Float64, residuals: Float64, mean: Float64) -> IntArray:
    """(n,) which series are pooled: errors of a series that is mostly 0 say nothing of one that never is.

    A series without residuals goes with those that are never 0, unless 0 is what is expected of it.
    """
    known = ~np.isnan(residuals)
    count = known.sum(axis=(1, 2))
    zeros = (known & (actual == 0)).sum(axis=(1, 2)) / np.maximum(count, 1)
    zeros = np.where(count > 0, zeros, (mean == 0).all(axis=1))
    kinds: IntArray = np.searchsorted(ZEROS, zeros, side="right")
    windows = np.bincount(kinds, known.any(axis=2).sum(axis=1), minlength=len(ZEROS) + 1)
    enough = np.flatnonzero(windows >= LEAST_WINDOWS)
    if not enough.size:
        return np.zeros_like(kinds)
    nearest = enough[np.abs(enough - np.arange(windows.size)[:, None]).argmin(axis=1)]
    pooled: IntArray = nearest[kinds]
    return pooled


def _of_one_kind(residuals: Float64, mean: Float64, scale: Float64, levels: Float64, season: int) -> Float64:
    """(n, horizon, n_probabilities) quantiles of series that are pooled."""
    scale = _known_scale(scale, mean)
    if np.isnan(residuals).all():
        growth = np.sqrt(np.arange(mean.shape[1]) // season + 1)
        size, at = scale[:, None] * growth, np.tile(stats.norm.ppf(levels) / NORMAL, (mean.shape[1], 1))
    else:
        profile = _profile(residuals)
        own, others = _series_scales(residuals / profile, scale)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # of series that never changed before
            scores = np.clip(residuals / (others[:, :, None] * profile), -LARGEST, LARGEST)
        size, at = own[:, None] * profile, _score_quantiles(scores, levels)
    order = np.argsort(np.argsort(levels, kind="stable"), kind="stable")
    made: Float64 = np.sort(mean[:, :, None] + size[:, :, None] * at, axis=2)[:, :, order]
    return made


def _known_scale(scale: Float64, mean: Float64) -> Float64:
    """(n,) scales; where one is not known, as large against the level of the forecast as the median of the others."""
    level = np.abs(mean).mean(axis=1)
    known = np.isfinite(scale)
    compared = known & (level * LARGEST_RATIO > scale)
    ratio = float(np.median(scale[compared] / level[compared])) if compared.any() else 1.0
    return np.where(known, scale, ratio * level)


def _profile(residuals: Float64) -> Float64:
    """(horizon,) how errors grow with it, 1 on average: a power, corrected by what neighbouring horizons say of it."""
    horizon = residuals.shape[2]
    size = np.abs(residuals)
    known = ~np.isnan(size)
    own = np.where(known, size, 0).sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    used = own > 0
    if not used.any():
        return np.ones(horizon)
    # Each series counts alike, whatever its unit.
    errors = np.where(known[used], size[used] / own[used, None, None], 0).sum(axis=(0, 1))
    counts = known[used].sum(axis=(0, 1))
    curve = np.arange(1, horizon + 1) ** _power(errors, counts)
    half = _half_window(counts)
    found, expected = _near(errors, half), _near(counts * curve, half)
    overall = errors.sum() / (counts * curve).sum()
    correction = np.where((found > 0) & (expected > 0), found / np.where(expected > 0, expected, 1), overall)
    profile: Float64 = curve * correction
    profile /= profile.mean()
    return profile


def _power(errors: Float64, counts: IntArray) -> float:
    """Slope of the logarithm of mean errors on that of the horizon, by ridge regression towards POWER."""
    found = errors > 0
    steps = np.arange(1, errors.size + 1)[found]
    logs, heights = np.log(steps), np.log(errors[found] / counts[found])
    # Later steps are many and alike: by 1 / step, those from 1 to 2 weigh as much as those from 10 to 20.
    weights = counts[found] / steps
    centred = logs - np.average(logs, weights=weights)
    worth = POWER_WORTH * (centred**2 / steps).sum() + 1e-9
    slope = ((weights * centred * heights).sum() + POWER * worth) / ((weights * centred**2).sum() + worth)
    return float(np.clip(slope, 0, 1))


def _near(values: Float64, half: int) -> Float64:
    """Sums over each horizon and `half` neighbours on either side, as far as there are any."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    steps = np.arange(values.size)
    near: Float64 = sums[np.minimum(steps + half + 1, values.size)] - sums[np.maximum(steps - half, 0)]
    return near


def _half_window(counts: IntArray) -> int:
    """How many neighbours on either side it takes for ENOUGH residuals, `counts` of each horizon."""
    return int(min(np.ceil(max(ENOUGH / max(counts.mean(), 1e-9) - 1, 0) / 2), counts.size - 1))


def _series_scales(residuals: Float64, scale: Float64) -> tuple[Float64, Float64]:
    """(n,) mean absolute residual of each series, shrunk to what its scale lets expect, and (n, n_origins) without one.

    A score divided by a scale that it is part of would look smaller than a new one will.
    """
    size = np.abs(residuals)
    known = ~np.isnan(size)
    counts = known.sum(axis=2)
    windows = (counts > 0).astype(np.float64)
    sums = np.where(known, size, 0).sum(axis=2) / np.maximum(counts, 1)
    count, total = windows.sum(axis=1), sums.sum(axis=1)
    # A scale that is nothing beside the errors says nothing of them.
    compared = (count > 0) & (scale * LARGEST_RATIO * np.maximum(count, 1) > total)
    ratio = float(np.median(total[compared] / count[compared] / scale[compared])) if compared.any() else 1.0
    prior = PRIOR * ratio * scale
    own = (total + prior) / (count + PRIOR)
    others = ((total[:, None] - sums) + prior[:, None]) / (count[:, None] - windows + PRIOR)
    return own, np.maximum(others, 0)


def _score_quantiles(scores: Float64, levels: Float64) -> Float64:
    """(horizon, n_probabilities) quantiles of the scores of each horizon and its neighbours."""
    horizon = scores.shape[2]
    known = ~np.isnan(scores)
    windows = int(known.any(axis=2).sum())
    if not windows:
        return np.tile(stats.norm.ppf(levels) / NORMAL, (horizon, 1))
    half, alike = _half_window(known.sum(axis=(0, 1))), windows < FEW
    every = max(1, scores.shape[0] * scores.shape[1] * (2 * half + 1) // PLENTY)
    kept = scores[::every, ::-1]
    # Wide neighbourhoods differ little from one step to the next.
    steps = np.unique(np.append(np.arange(0, horizon, half // 4 + 1), horizon - 1))
    found = np.stack(
        [_adapted_quantiles(kept[:, :, max(step - half, 0) : step + half + 1], levels, alike) for step in steps]
    )
    at = np.stack([np.interp(np.arange(horizon), steps, column) for column in found.T], axis=1)
    # Residuals of one window are much alike, so that few windows say little of the tails.
    middle = levels == 0.5
    normal = np.where(middle, 1, stats.norm.ppf(levels))
    at *= np.where(middle, 1, stats.t.ppf(levels, 2 * windows)) / normal
    return at


def _adapted_quantiles(scores: Float64, levels: Float64, alike: bool) -> Float64:
    """Quantiles of scores, origins from the oldest to the latest, at levels that follow the misses."""
    if np.isnan(scores).all():
        normal: Float64 = stats.norm.ppf(levels) / NORMAL
        return normal
    return _at(scores, _adapted(scores, levels, alike), alike)


def _adapted(scores: Float64, levels: Float64, alike: bool) -> Float64:
    """Levels after ACI: further out where too much lay outside, origin by origin, each judged by the older ones."""
    moved = levels
    tails = np.minimum(levels, 1 - levels)
    for origin in range(1, scores.shape[1]):
        known = ~np.isnan(scores[:, origin])
        before = scores[:, :origin]
        if not known.any() or np.isnan(before).all():
            continue
        below = (scores[:, origin][known][:, None] <= _at(before, moved, alike)).mean(axis=0)
        step = min(STEP * int(known.any(axis=1).sum()), LONGEST_STEP)
        # No level gets further than half of its way to 0 or 1, nor as far to the middle.
        moved = np.clip(moved + step * (levels - below), levels - tails / 2, levels + tails / 2)
    return moved


def _at(scores: Float64, levels: Float64, alike: bool) -> Float64:
    """Quantiles of N exchangeable scores: the k-th smallest at k / (N + 1), so that a new one is below it that often.

    Beyond the least and the largest, where no finite score would do, they go on as those of a normal distribution do.
    """
    pool = scores[~np.isnan(scores)]
    if alike:
        pool = np.concatenate([pool, -pool])
    pool.sort()
    edge = 1 / (pool.size + 1)
    inside = np.clip(levels, edge, 1 - edge)
    at: Float64 = np.interp(inside * (pool.size + 1), np.arange(1, pool.size + 1), pool)
    beyond = inside != levels
    if pool.size > 1:
        at[beyond] *= stats.norm.ppf(levels[beyond]) / stats.norm.ppf(inside[beyond])
    return at
