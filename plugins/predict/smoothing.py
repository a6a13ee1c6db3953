"""Exponential smoothing of a block of series with a grid of parameters at once, in one pass over time.

A recursion looks back only, and its squared errors are sums: one pass tells the best parameters, and the state they
have led to, at every origin of a backtest. Arrays are (parameters, k); series begin together and stop at their length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from plugins.predict.blocks import stops

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


@dataclass(frozen=True)
class Grid:
    """(parameters,) smoothing of level and trend (its share of the level's), damping of the trend, of the season."""

    level: Float64
    trend: Float64
    damping: Float64
    season: Float64

    @classmethod
    def of(
        cls,
        level: Sequence[float],
        trend: Sequence[float],
        damping: Sequence[float],
        season: Sequence[float] = (0.0,),
    ) -> Grid:
        """All combinations."""
        return cls(*np.array(list(product(level, trend, damping, season))).T)

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return self.level.size


@dataclass(frozen=True)
class Smoothed:
    """What smoothing knows at each of the origins; NaN where a series had not begun by then.

    Attributes:
        error: (k, origins) smallest mean squared error one step ahead.
        best: (k, origins) place of its parameters in the grid.
        level, slope: (k, origins) the state at the origin.
        season: (k, origins, season) the seasonal indices ahead, the first that of the step after the origin.
    """

    error: Float64
    best: IntArray
    level: Float64
    slope: Float64
    season: Float64

    def ahead(self, grid: Grid, horizon: int, multiplicative: bool = False) -> Float64:
        """(k, origins, horizon) forecasts: the damped trend, with the season added or multiplied."""
        damping = grid.damping[self.best][:, :, None]
        reach = np.cumsum(damping ** np.arange(1, horizon + 1), axis=2)
        trend = self.level[:, :, None] + self.slope[:, :, None] * reach
        season = self.season[:, :, np.arange(horizon) % self.season.shape[2]]
        return trend * season if multiplicative else trend + season


@dataclass
class _State:
    level: Float64
    slope: Float64
    season: Float64
    squares: Float64


def smooth(
    values: Float64,
    lengths: IntArray,
    grid: Grid,
    backs: Sequence[int] = (0,),
    season: int = 1,
    multiplicative: bool = False,
) -> Smoothed:
    """Smooth (length, k) values by age, of (k,) lengths that fall, with a damped trend and perhaps a season.

        ŷ_t = (ℓ + φb) + s or (ℓ + φb)·s,  e = y_t - ŷ_t
        ℓ ← ℓ + φb + α·e,  b ← φb + α·β·e,  s ← s + γ·(1-α)·e            added
        ℓ ← ℓ + φb + α·e/s,  b ← φb + α·β·e/s,  s ← s + γ·(1-α)·e/(ℓ+φb)  multiplied

    Seasons begin with what the first two show; without a season, the level begins at the first value and the trend
    at 0. Series with fewer than two seasons before an origin must not be asked for.

    Source: R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder, "Forecasting with Exponential Smoothing", 2008,
    chapter 2 (models A,Ad,N; A,Ad,A; and the recursions of A,Ad,M).
    """
    found = Smoothed(
        np.full((lengths.size, len(backs)), np.nan),
        np.zeros((lengths.size, len(backs)), dtype=np.intp),
        np.full((lengths.size, len(backs)), np.nan),
        np.full((lengths.size, len(backs)), np.nan),
        np.full((lengths.size, len(backs), season), np.nan),
    )
    wanted = stops(lengths, backs)
    step = _Step(grid, lengths.size, seasonal=season > 1, multiplicative=multiplicative)
    counts = np.searchsorted(-(lengths - min(backs)), -np.arange(values.shape[0]), side="left").tolist()
    # Combinations that run away, and series that no season can be multiplied with, end with an infinite error.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        state = _begin(values, grid, season, multiplicative)
        for age in range(max(wanted, default=0)):
            step.take(state, values[age], age % season, counts[age])
            for place, columns in wanted.get(age + 1, ()):
                _look(state, found, place, columns, age + 1)
    return found


def _begin(values: Float64, grid: Grid, season: int, multiplicative: bool) -> _State:
    shape = (grid.size, values.shape[1])
    if season == 1:
        level, slope = values[0], np.zeros(values.shape[1])
        seasons = np.full((1, values.shape[1]), 1.0 if multiplicative else 0.0)
    else:
        cycles = values[: 2 * season].reshape(2, season, -1)
        first, second = cycles.mean(axis=1)
        slope = (second - first) / season
        level = first - slope * (season + 1) / 2
        if multiplicative:
            seasons = (cycles / np.stack([first, second])[:, None]).mean(axis=0)
        else:
            drift = slope * (np.arange(season) - (season - 1) / 2)[:, None]
            seasons = cycles.mean(axis=0) - (first + second) / 2 - drift
    return _State(
        np.broadcast_to(level, shape).copy(),
        np.broadcast_to(slope, shape).copy(),
        np.repeat(seasons[:, None], grid.size, axis=1),
        np.zeros(shape),
    )


class _Step:
    """One step in time of all combinations, in memory that is used again at every step."""

    def __init__(self, grid: Grid, columns: int, seasonal: bool, multiplicative: bool) -> None:
        def filled(parameter: Float64) -> Float64:
            return np.repeat(parameter[:, None], columns, axis=1)

        self.alpha, self.alpha_beta = filled(grid.level), filled(grid.level * grid.trend)
        self.damping, self.gamma = filled(grid.damping), filled(grid.season * (1 - grid.level))
        self.error, self.expected, self.room = (np.empty(self.alpha.shape) for _ in range(3))
        self.seasonal, self.multiplicative = seasonal, multiplicative

    def take(self, state: _State, now: Float64, phase: int, active: int) -> None:
        """Move the state of the first `active` series on by the value that is known now."""
        on = slice(0, active)
        level, slope, season = state.level[:, on], state.slope[:, on], state.season[phase][:, on]
        error, expected, room = self.error[:, on], self.expected[:, on], self.room[:, on]
        np.multiply(slope, self.damping[:, on], out=slope)
        level += slope
        if not self.seasonal:
            np.subtract(now[on], level, out=error)
        elif self.multiplicative:
            np.multiply(level, season, out=expected)
            np.subtract(now[on], expected, out=error)
        else:
            np.add(level, season, out=expected)
            np.subtract(now[on], expected, out=error)
        np.multiply(error, error, out=room)
        state.squares[:, on] += room
        if self.seasonal:
            np.multiply(error, self.gamma[:, on], out=room)
            if self.multiplicative:
                room /= level
                error /= season
            season += room
        np.multiply(error, self.alpha_beta[:, on], out=room)
        slope += room
        error *= self.alpha[:, on]
        level += error


def _look(state: _State, found: Smoothed, place: int, columns: slice, seen: int) -> None:
    """Note the best combination of some series, and its state."""
    squares = state.squares[:, columns]
    squares = np.where(np.isnan(squares), np.inf, squares)
    best = squares.argmin(axis=0)
    at = best, np.arange(columns.start, columns.stop)
    found.error[columns, place] = squares[best, np.arange(best.size)] / seen
    found.best[columns, place] = best
    found.level[columns, place] = state.level[at]
    found.slope[columns, place] = state.slope[at]
    ahead = (np.arange(state.season.shape[0]) + seen) % state.season.shape[0]
    found.season[columns, place] = state.season[:, best, at[1]].T[:, ahead]
