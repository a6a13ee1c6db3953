"""Intervals of forecasts: coverage on simulated and on real series, shape, and what they are made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.predict.m4 import Competition
from toolkit.conformal import calibration_backs, quantiles
from toolkit.errors import UsageError
from toolkit.naive2 import naive2
from toolkit.series_metrics import coverage, seasonal_scale

if TYPE_CHECKING:
    from toolkit.metrics import Float64

NAN = float("nan")
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
HORIZON = 14


def _average(values: Float64, horizon: int) -> Float64:
    return np.repeat(values.mean(axis=1, keepdims=True), horizon, axis=1)


def _last(values: Float64, horizon: int) -> Float64:
    return np.repeat(values[:, -1:], horizon, axis=1)


def _gaussian(random: np.random.Generator, n: int, length: int) -> Float64:
    return random.normal(10, 2, size=(n, length))


def _walk(random: np.random.Generator, n: int, length: int) -> Float64:
    return np.cumsum(random.normal(size=(n, length)), axis=1)


def _heteroscedastic(random: np.random.Generator, n: int, length: int) -> Float64:
    return random.normal(size=(n, length)) * random.lognormal(0, 1.5, size=(n, 1))


def _skewed(random: np.random.Generator, n: int, length: int) -> Float64:
    return random.exponential(size=(n, length))


def _drifting(random: np.random.Generator, n: int, length: int) -> Float64:
    return random.normal(size=(n, length)) * np.linspace(1, 3, length)


def _came(values: Float64, backs: tuple[int, ...], horizon: int) -> Float64:
    """(n, n_origins, horizon) what came after each earlier end."""
    n, length = values.shape
    padded = np.concatenate([values, np.full((n, horizon), NAN)], axis=1)
    return np.stack([padded[:, length - back : length - back + horizon] for back in backs], axis=1)


def _made(values: Float64, forecast: Callable[[Float64, int], Float64], horizon: int = HORIZON) -> Float64:
    n, length = values.shape
    backs = calibration_backs(np.full(n, length), horizon, 1)
    past = np.stack([forecast(values[:, :-back], horizon) for back in backs], axis=1)
    actual, mean = _came(values, backs, horizon), forecast(values, horizon)
    return quantiles(past, actual, mean, seasonal_scale(values, 1), LEVELS, np.full(n, -np.inf))


@pytest.mark.parametrize(
    ("simulate", "forecast", "off"),
    [
        (_gaussian, _average, 0.01),
        (_walk, _last, 0.02),
        (_heteroscedastic, _average, 0.01),
        (_skewed, _average, 0.01),
        (_drifting, _average, 0.035),
    ],
)
def test_as_much_comes_below_each_quantile_as_it_says(
    simulate: Callable[[np.random.Generator, int, int], Float64],
    forecast: Callable[[Float64, int], Float64],
    off: float,
) -> None:
    values = simulate(np.random.default_rng(11), 1500, 150 + HORIZON)
    at = _made(values[:, :150], forecast)
    below = (values[:, 150:, None] <= at).mean(axis=(0, 1))
    np.testing.assert_allclose(below, LEVELS, atol=off)
    inside = below[-1] - below[0], below[-2] - below[1]
    np.testing.assert_allclose(inside, (0.95, 0.8), atol=off + 0.005)


def test_each_horizon_is_covered_and_the_interval_of_a_walk_widens() -> None:
    values = _walk(np.random.default_rng(12), 1500, 150 + HORIZON)
    at = _made(values[:, :150], _last)
    inside = ((at[:, :, 1] <= values[:, 150:]) & (values[:, 150:] <= at[:, :, 3])).mean(axis=0)
    np.testing.assert_allclose(inside, 0.8, atol=0.04)
    width = (at[:, :, 3] - at[:, :, 1]).mean(axis=0)
    assert width[-1] / width[0] == pytest.approx(np.sqrt(HORIZON), rel=0.1)


def test_quiet_and_loud_series_are_covered_alike() -> None:
    random = np.random.default_rng(13)
    values = random.normal(size=(1500, 150 + HORIZON)) * np.repeat([0.1, 10], 750)[:, None]
    at = _made(values[:, :150], _average)
    inside = (at[:, :, 1] <= values[:, 150:]) & (values[:, 150:] <= at[:, :, 3])
    np.testing.assert_allclose(inside.reshape(2, -1).mean(axis=1), 0.8, atol=0.015)


def test_intervals_of_skewed_series_are_lopsided() -> None:
    at = _made(_skewed(np.random.default_rng(14), 400, 150), _average)
    assert (at[:, :, 3] - at[:, :, 2] > 1.8 * (at[:, :, 2] - at[:, :, 1])).mean() > 0.95


@pytest.mark.slow
@pytest.mark.parametrize(("simulate", "forecast"), [(_gaussian, _average), (_walk, _last)])
def test_a_series_alone_gets_sensible_intervals(
    simulate: Callable[[np.random.Generator, int, int], Float64], forecast: Callable[[Float64, int], Float64]
) -> None:
    values = simulate(np.random.default_rng(15), 200, 150 + HORIZON)
    at = np.concatenate([_made(values[[row], :150], forecast) for row in range(200)])
    below = (values[:, 150:, None] <= at).mean(axis=(0, 1))
    # wider than needed rather than narrower, as four windows say little
    assert 0.8 <= below[3] - below[1] <= 0.87
    assert 0.95 <= below[4] - below[0] <= 0.99


@pytest.mark.parametrize("length", [2, 3, 6, 15, 25])
def test_a_short_series_alone_gets_sensible_intervals(length: int) -> None:
    values = _walk(np.random.default_rng(16), 200, length + HORIZON)
    at = np.concatenate([_made(values[[row], :length], _last) for row in range(200)])
    below = (values[:, length:, None] <= at).mean(axis=(0, 1))
    assert 0.74 <= below[3] - below[1] <= 0.92
    assert 0.88 <= below[4] - below[0] <= 0.99


def _by_hand(residuals: Float64, mean: Float64, levels: tuple[float, ...], scale: float = 1.0) -> Float64:
    """Quantiles from residuals, (n, n_origins, horizon), of forecasts that were 0."""
    n = residuals.shape[0]
    return quantiles(np.zeros_like(residuals), residuals, mean, np.full(n, scale), levels, np.full(n, -np.inf))


def test_errors_that_grew_lately_widen_the_interval() -> None:
    random = np.random.default_rng(17)
    latest_first = random.normal(size=(200, 6, 1))
    grown = latest_first * np.array([3, 1, 1, 1, 1, 1])[:, None]
    earlier = grown[:, ::-1]
    widths = [np.ptp(_by_hand(one, np.zeros((200, 1)), (0.1, 0.9)), axis=2).mean() for one in (grown, earlier)]
    assert widths[0] > 1.15 * widths[1]


def test_without_any_residual_errors_are_normal_and_grow_by_season() -> None:
    nothing, scale = np.empty((1, 0, 3)), np.array([2.0])
    at = quantiles(nothing, nothing, np.zeros((1, 3)), scale, (0.5, 0.9), np.full(1, -np.inf), season=2)
    normal = 1.2816 * np.sqrt(np.pi / 2) * 2
    np.testing.assert_allclose(at[0, :, 0], 0, atol=1e-12)
    np.testing.assert_allclose(at[0, :, 1], [normal, normal, normal * np.sqrt(2)], rtol=1e-4)


def test_a_series_without_a_past_gets_the_errors_of_the_others() -> None:
    random = np.random.default_rng(18)
    residuals = random.normal(size=(300, 4, 2))
    residuals[0] = NAN
    at = _by_hand(residuals, np.zeros((300, 2)), (0.1, 0.9))
    np.testing.assert_allclose(np.ptp(at[0], axis=1), 2 * 1.2816, rtol=0.12)


def test_an_unknown_scale_is_that_of_others_of_its_level() -> None:
    nothing, scale = np.empty((3, 0, 1)), np.array([1.0, 2, NAN])
    at = quantiles(nothing, nothing, np.array([[10.0], [20], [40]]), scale, (0.1, 0.9), np.full(3, -np.inf))
    np.testing.assert_allclose(np.ptp(at, axis=2)[:, 0] / np.ptp(at[0]), [1, 2, 4])


def test_series_that_never_changed_are_sure() -> None:
    past, mean = np.full((2, 3, 4), 5.0), np.full((2, 4), 5.0)
    at = quantiles(past, past, mean, np.zeros(2), (0.1, 0.9), np.zeros(2))
    assert (at == 5).all()


def test_one_value_and_nothing_else_is_not_nan() -> None:
    nothing = np.empty((1, 0, 3))
    at = quantiles(nothing, nothing, np.full((1, 3), 8.0), np.array([NAN]), (0.1, 0.9), np.zeros(1))
    assert np.isfinite(at).all()
    assert (np.ptp(at, axis=2) > 0).all()


@st.composite
def problems(draw: st.DrawFn) -> tuple[Float64, Float64, Float64, Float64]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, origins, horizon = draw(st.integers(1, 12)), draw(st.integers(0, 5)), draw(st.integers(1, 9))
    past, actual = random.normal(size=(2, n, origins, horizon))
    past[random.random(past.shape) < draw(st.floats(0, 1))] = NAN
    actual *= draw(st.sampled_from([0, 1, 1e-200, 1e200])) * (random.random((n, 1, 1)) < 0.8)
    scale = np.where(random.random(n) < 0.2, NAN, random.gamma(1, size=n) * (random.random(n) < 0.8))
    return past, actual, random.normal(size=(n, horizon)), scale


@given(problems(), st.permutations([0.01, 0.1, 0.3, 0.5, 0.9, 0.99]))
@settings(max_examples=100)
def test_quantiles_never_cross_fall_below_the_floor_or_are_nan(
    problem: tuple[Float64, Float64, Float64, Float64], probabilities: list[float]
) -> None:
    past, actual, mean, scale = problem
    floors = np.where(np.arange(mean.shape[0]) % 2, 0, -np.inf)
    at = quantiles(past, actual, mean, scale, probabilities, floors)
    assert at.shape == (*mean.shape, 6)
    assert np.isfinite(at).all()
    assert (np.diff(at[:, :, np.argsort(probabilities)], axis=2) >= 0).all()
    assert (at >= floors[:, None, None]).all()


@given(problems(), st.floats(0.001, 1000))
@settings(max_examples=50)
def test_quantiles_have_the_unit_of_the_series(problem: tuple[Float64, Float64, Float64, Float64], unit: float) -> None:
    past, actual, mean, scale = problem
    floors = np.full(mean.shape[0], -np.inf)
    one = quantiles(past, actual, mean, scale, LEVELS, floors)
    other = quantiles(unit * past, unit * actual, unit * mean, unit * scale, LEVELS, floors)
    np.testing.assert_allclose(other, unit * one, rtol=1e-6, atol=1e-9 * unit)


def test_only_what_is_known_counts() -> None:
    random = np.random.default_rng(19)
    past, actual = random.normal(size=(2, 50, 3, 4))
    actual[:, 0, 2:] = NAN
    mean, scale, floors = np.zeros((50, 4)), np.ones(50), np.full(50, -np.inf)
    at = quantiles(past, actual, mean, scale, LEVELS, floors)
    past[:, 0, 2:] = 1e6
    np.testing.assert_array_equal(quantiles(past, actual, mean, scale, LEVELS, floors), at)


def test_what_it_is_given_stays_as_it_is() -> None:
    random = np.random.default_rng(20)
    given_arrays = [*random.normal(size=(2, 5, 3, 4)), random.normal(size=(5, 4)), random.gamma(2, size=5)]
    before = [array.copy() for array in given_arrays]
    quantiles(*given_arrays, LEVELS, np.zeros(5))
    for array, copy in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("probability", [0.0, 1.0, 90.0, -0.1])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    nothing = np.empty((1, 0, 1))
    with pytest.raises(UsageError, match=r"give .9, not 90"):
        quantiles(nothing, nothing, np.zeros((1, 1)), np.ones(1), (probability,), np.zeros(1))


@pytest.mark.parametrize(
    ("lengths", "horizon", "season", "most", "expected"),
    [
        ([500, 500], 28, 7, 4, (28, 56, 84, 112)),
        ([500], 28, 7, 2, (28, 56)),
        ([80], 28, 7, 4, (28, 36, 44, 52)),  # nearer, as 28 stay before the first
        ([30], 28, 7, 4, (7, 15)),  # a half stays; only the first steps are known
        ([2], 28, 7, 4, (1,)),
        ([1], 28, 7, 4, ()),
        ([0, 0], 28, 7, 4, ()),
        ([], 28, 7, 4, ()),
        ([60], 1, 12, 4, (1, 2, 3, 4)),
    ],
)
def test_earlier_ends_leave_room_for_what_a_model_learns_from(
    lengths: list[int], horizon: int, season: int, most: int, expected: tuple[int, ...]
) -> None:
    assert calibration_backs(np.array(lengths, dtype=np.int64), horizon, season, most) == expected


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(1, 60), st.integers(1, 60), st.integers(1, 6))
def test_earlier_ends_lie_within_the_median_series(lengths: list[int], horizon: int, season: int, most: int) -> None:
    backs = calibration_backs(np.array(lengths, dtype=np.int64), horizon, season, most)
    long = [length for length in lengths if length >= 2 * horizon]
    known = long or [length for length in lengths if length]
    assert len(backs) <= max(most, 2)
    assert list(backs) == sorted(set(backs))
    assert all(0 < back <= np.median(known) / 2 or back < np.median(known) - min(horizon, 1) for back in backs)


def test_series_that_are_mostly_zero_do_not_narrow_the_intervals_of_others() -> None:
    rng = np.random.default_rng(5)
    busy, quiet = rng.poisson(6.0, (30, 200)), rng.poisson(0.03, (400, 200))
    values = np.concatenate([busy, quiet]).astype(np.float64)
    backs = calibration_backs(np.full(len(values), 186), HORIZON, 7)
    known, came = values[:, :-HORIZON], values[:, -HORIZON:]
    past = np.stack([_average(known[:, :-back], HORIZON) for back in backs], axis=1)
    mean = _average(known, HORIZON)
    at = quantiles(past, _came(known, backs, HORIZON), mean, seasonal_scale(known, 7), LEVELS, np.zeros(len(values)), 7)
    assert coverage(came[:30], at[:30, :, 1], at[:30, :, 3]).mean() == pytest.approx(0.8, abs=0.06)
    assert coverage(came[:30], at[:30, :, 0], at[:30, :, 4]).mean() == pytest.approx(0.95, abs=0.04)


def test_series_of_one_value_do_not_change_the_intervals_of_a_long_one() -> None:
    long = 50 + np.random.default_rng(2).normal(size=120)
    both = np.full((200, 120), NAN)
    both[0], both[1:, -1] = long, 3.0
    made = []
    for values in (both[:1], both):
        backs = calibration_backs(np.count_nonzero(~np.isnan(values), axis=1), HORIZON, 1)
        past = np.stack([np.repeat(values[:, -back - 1 : -back], HORIZON, axis=1) for back in backs], axis=1)
        came, mean = _came(values, backs, HORIZON), np.repeat(values[:, -1:], HORIZON, axis=1)
        made.append(quantiles(past, came, mean, seasonal_scale(values, 1), LEVELS, np.zeros(len(values)))[0])
    np.testing.assert_allclose(made[0], made[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Hourly", "Weekly"])
def test_intervals_of_real_series_cover_what_they_say(real_data: Path, name: str) -> None:
    competition = Competition.of(real_data, name)
    known, actual, season = competition.panel.values, competition.actual, competition.season
    horizon = actual.shape[1]
    backs = calibration_backs(np.count_nonzero(~np.isnan(known), axis=1), horizon, season)
    past = np.stack([naive2(known[:, :-back], horizon, season) for back in backs], axis=1)
    mean, scale = naive2(known, horizon, season), seasonal_scale(known, season)
    at = quantiles(past, _came(known, backs, horizon), mean, scale, LEVELS, np.zeros(len(known)), season)
    assert coverage(actual, at[:, :, 1], at[:, :, 3]).mean() == pytest.approx(0.8, abs=0.05)
    assert coverage(actual, at[:, :, 0], at[:, :, 4]).mean() == pytest.approx(0.95, abs=0.03)
