"""The theta method, with a fixed trend and with one that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.adjusting import AdjustedForecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

_LEVELS = np.array([0.03, 0.07, 0.12, 0.18, 0.25, 0.33, 0.42, 0.52, 0.63, 0.75, 0.87, 0.99])


class Theta(AdjustedForecaster):
    """Half the trend line, half exponential smoothing of the values with their distance from it doubled.

    The forecast is the mean of two theta lines, θ=0 (the regression on time) and θ=2 (by simple exponential
    smoothing), which is exponential smoothing with half the regression's slope b as drift:

        μ_1 = y_1,  μ_{t+1} = μ_t + α·(y_t - μ_t) + b/2,  ŷ_{n+h} = μ_{n+1} + (h-1)·b/2

    α is that of a grid with the smallest squared errors one step ahead.

    Source: V. Assimakopoulos and K. Nikolopoulos, "The theta model", International Journal of Forecasting 16, 2000;
    R. J. Hyndman and B. Billah, "Unmasking the Theta method", International Journal of Forecasting 19, 2003.
    """

    name: ClassVar[str] = "theta"
    parameters: ClassVar[int] = _LEVELS.size

    def extrapolate(self, values: Float64, lengths: IntArray, horizon: int) -> Float64:
        """(k, horizon) forecasts of (length, k) values by age, of (k,) lengths that fall."""
        drift = _slopes(values, lengths) / 2
        shape = (_LEVELS.size, lengths.size)
        levels = np.repeat(_LEVELS[:, None], lengths.size, axis=1)
        expected = np.repeat(values[:1] + drift, _LEVELS.size, axis=0)
        squares, error, square = np.zeros(shape), np.empty(shape), np.empty(shape)
        for now, active in _steps(values, lengths):
            e, s, mu = error[:, :active], square[:, :active], expected[:, :active]
            np.subtract(now, mu, out=e)
            np.multiply(e, e, out=s)
            squares[:, :active] += s
            e *= levels[:, :active]
            mu += e
            mu += drift[:active]
        best = expected[squares.argmin(axis=0), np.arange(lengths.size)]
        made: Float64 = best[:, None] + drift[:, None] * np.arange(horizon)
        return made


class DynamicTheta(AdjustedForecaster):
    """The theta method with a trend line that is fitted anew at every step, and with the θ that suits the series.

    With w = 1 - 1/θ, and A_t, B_t intercept and slope of the regression on time of the first t values:

        μ_{t+1} = ℓ_t + w·((1-α)^t·A_t + (1 - (1-α)^(t+1))/α·B_t),  ℓ_t = α·y_t + (1-α)·ℓ_{t-1},  ℓ_0 = y_1/θ

    and the same over the horizon, with μ in place of the values that are not known. α is from a grid; the squared
    errors one step ahead are quadratic in w, so that the best θ ≥ 1 of each α follows in closed form.

    Source: J. A. Fiorucci et al., "Models for optimising the theta method and their relationship to state space
    models", International Journal of Forecasting 32, 2016 (DOTM).
    """

    name: ClassVar[str] = "dynamic-theta"
    parameters: ClassVar[int] = _LEVELS.size

    theta: float | None = setting(None, "θ, by which values are bent off their trend; the best unless given", ge=1)
    largest_theta: float = setting(5.0, "Largest θ to choose", ge=1)

    def extrapolate(self, values: Float64, lengths: IntArray, horizon: int) -> Float64:
        """(k, horizon) forecasts of (length, k) values by age, of (k,) lengths that fall."""
        shape = (_LEVELS.size, lengths.size)
        level = np.repeat(values[:1], _LEVELS.size, axis=0)
        plain, crossed, bent = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        error, trend, product = np.empty(shape), np.empty(shape), np.empty(shape)
        line = _Line(values[0])
        alphas = np.repeat(_LEVELS[:, None], lengths.size, axis=1)
        reach = np.ones((_LEVELS.size, 1))
        for now, active in _steps(values, lengths):
            e, g, p = error[:, :active], trend[:, :active], product[:, :active]
            np.subtract(now, level[:, :active], out=e)
            intercept, slope = line.terms(active)
            np.multiply(intercept, 1 - _LEVELS[:, None] * reach, out=g)
            np.multiply(slope, reach, out=p)
            g += p
            for left, right, total in ((e, e, plain), (e, g, crossed), (g, g, bent)):
                np.multiply(left, right, out=p)
                total[:, :active] += p
            e *= alphas[:, :active]
            level[:, :active] += e
            line.add(now, active)
            reach = (1 - _LEVELS[:, None]) * reach + 1
        weights = self._weights(crossed, bent)
        best = (plain - 2 * weights * crossed + weights**2 * bent).argmin(axis=0)
        place = best, np.arange(lengths.size)
        alpha = _LEVELS[best]
        # Those that ended early are as far as their own length.
        reached = (1 - (1 - alpha) ** lengths) / alpha
        return _follow(level[place], line, alpha, weights[place], reached, horizon)

    def _weights(self, crossed: Float64, bent: Float64) -> Float64:
        """1 - 1/θ of each level and series."""
        if self.theta is not None:
            return np.full(crossed.shape, 1 - 1 / self.theta)
        best = np.divide(crossed, bent, out=np.zeros_like(bent), where=bent > 0)
        return np.clip(best, 0, 1 - 1 / self.largest_theta)


class _Line:
    """Regressions of k series on time, updated value by value (Fiorucci et al. 2016, equations of DSTM)."""

    def __init__(self, first: Float64) -> None:
        self.first = first
        self.seen = np.ones(first.size)
        self.mean = first.copy()
        self.slope = np.zeros(first.size)

    def terms(self, active: int) -> tuple[Float64, Float64]:
        """What the line adds to the level is w·(q·first + reach·second), with q = (1-α)^t and reach = (1-q)/α.

        The level here begins at y_1 and not at y_1/θ, which is w·y_1 less: so the first is A + B - y_1.
        """
        slope, seen = self.slope[:active], self.seen[:active]
        intercept = self.mean[:active] - slope * (seen + 1) / 2
        return intercept + slope - self.first[:active], slope

    def add(self, now: Float64, active: int) -> None:
        """One value more of the first series."""
        mean, slope, seen = self.mean[:active], self.slope[:active], self.seen[:active]
        seen += 1
        slope *= seen - 2
        slope += 6 * (now - mean) / seen
        slope /= seen + 1
        mean += (now - mean) / seen


def _follow(level: Float64, line: _Line, alpha: Float64, weight: Float64, reach: Float64, horizon: int) -> Float64:
    """(k, horizon): step by step, each forecast taken for the value."""
    made = np.empty((level.size, horizon))
    for step in range(horizon):
        intercept, slope = line.terms(level.size)
        made[:, step] = level + weight * (intercept * (1 - alpha * reach) + slope * reach)
        level = level + alpha * (made[:, step] - level)
        line.add(made[:, step], level.size)
        reach = (1 - alpha) * reach + 1
    return made


def _steps(values: Float64, lengths: IntArray) -> Iterator[tuple[Float64, int]]:
    """The values after the first, with how many series have one, time by time."""
    counts = np.searchsorted(-lengths, -np.arange(1, values.shape[0] + 1)).tolist()
    for age in range(1, values.shape[0]):
        active = counts[age - 1]
        if not active:
            return
        yield values[age, :active], active


def _slopes(values: Float64, lengths: IntArray) -> Float64:
    """(k,) slope of the least-squares line through the values of each series."""
    ages = np.arange(values.shape[0])[:, None] - (lengths - 1) / 2
    ages[np.arange(values.shape[0])[:, None] >= lengths] = 0
    slopes: Float64 = (ages * values).sum(axis=0) / np.maximum((ages**2).sum(axis=0), 1)
    return slopes
