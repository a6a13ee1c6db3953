"""Metrics of forecasts of series, against hand-worked values and against each other."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit.series_metrics
from toolkit.errors import UsageError
from toolkit.series_metrics import (
    coverage,
    mase,
    msis,
    owa,
    pinball,
    rmsse,
    seasonal_scale,
    smape,
    squared_scale,
    wape,
    width,
)

NAN = float("nan")


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.series_metrics)
    assert result.attempted >= 11
    assert not result.failed


def test_smape_of_nothing_expected_and_nothing_come_is_0() -> None:
    assert smape(np.zeros((1, 3)), np.zeros((1, 3))).tolist() == [0]


def test_smape_of_opposite_signs_or_of_0_against_anything_is_200() -> None:
    np.testing.assert_allclose(smape(np.array([[1.0], [0.0], [5.0]]), np.array([[-3.0], [2.0], [0.0]])), 200)


def test_steps_that_are_not_known_are_left_out() -> None:
    actual, forecast = np.array([[10.0, NAN, 20], [NAN, 1, NAN]]), np.array([[8.0, 4, 25], [3, 1, NAN]])
    scale = np.array([2.0, 1])
    np.testing.assert_allclose(smape(actual, forecast), [200 / 9, 0])
    np.testing.assert_allclose(mase(actual, forecast, scale), [1.75, 0])
    np.testing.assert_allclose(rmsse(actual, forecast, scale), [np.sqrt(29 / 2) / 2, 0])
    np.testing.assert_allclose(wape(actual, forecast), [7 / 30, 0])
    np.testing.assert_allclose(coverage(actual, forecast - 2, forecast + 2), [1 / 2, 1])
    np.testing.assert_allclose(width(actual, forecast - 2, forecast + 2, scale), [2, 4])


def test_a_series_of_which_nothing_is_known_gets_nan_everywhere() -> None:
    nothing, something, scale = np.full((1, 2), NAN), np.ones((1, 2)), np.ones(1)
    for actual, forecast in ((nothing, something), (something, nothing)):
        for value in (
            smape(actual, forecast), wape(actual, forecast), mase(actual, forecast, scale),
            rmsse(actual, forecast, scale), coverage(actual, forecast, forecast),
            msis(actual, forecast, forecast, 0.8, scale), width(actual, forecast, forecast, scale),
            pinball(actual, forecast[..., None], [0.5], scale),
        ):  # fmt: skip
            assert np.isnan(value).tolist() == [True]


def test_wape_of_a_series_of_zeros_is_left_out() -> None:
    assert np.isnan(wape(np.zeros((1, 2)), np.ones((1, 2)))).all()


def test_the_scale_is_of_values_a_season_apart() -> None:
    # a season of 2: |5 - 1|, |2 - 3|, |1 - 5|, and of the second |3 - 1| alone
    insample = np.array([[1.0, 3, 5, 2, 1], [NAN, NAN, 1, 7, 3]])
    np.testing.assert_allclose(seasonal_scale(insample, 2), [3, 2])
    np.testing.assert_allclose(squared_scale(insample, 2), [np.sqrt(11), 2])


@pytest.mark.parametrize("season", [3, 4, 7])
def test_a_series_shorter_than_a_season_has_no_scale(season: int) -> None:
    assert np.isnan(seasonal_scale(np.array([[1.0, 2, 3]]), season)).all()


def test_a_season_of_no_steps_is_refused() -> None:
    with pytest.raises(UsageError, match="give 1 where there is none"):
        seasonal_scale(np.ones((1, 3)), 0)


def test_each_window_is_divided_by_what_was_known_at_its_origin() -> None:
    actual, forecast = np.array([[[4.0, 4], [6, 6]]]), np.array([[[2.0, 2], [5, 5]]])
    np.testing.assert_allclose(mase(actual, forecast, np.array([[1.0, 2]])), [(2 + 2 + 0.5 + 0.5) / 4])
    np.testing.assert_allclose(mase(actual, forecast, np.array([[0.0, 2]])), [0.5])
    np.testing.assert_allclose(rmsse(actual, forecast, np.array([[1.0, 2]])), [np.sqrt((4 + 4 + 0.25 + 0.25) / 4)])
    np.testing.assert_allclose(mase(actual, forecast, np.array([2.0])), [(1 + 1 + 0.5 + 0.5) / 4])


def test_mase_of_the_seasonal_naive_forecast_on_its_own_insample_is_1() -> None:
    values = np.random.default_rng(1).gamma(2, 3, size=(5, 40))
    np.testing.assert_allclose(mase(values[:, 7:], values[:, :-7], seasonal_scale(values, 7)), 1)
    np.testing.assert_allclose(rmsse(values[:, 1:], values[:, :-1], squared_scale(values)), 1)


def test_owa_of_naive2_itself_is_1_and_its_mean_is_the_published_formula() -> None:
    random = np.random.default_rng(2)
    naive, model = random.gamma(2, size=(2, 30)), random.gamma(2, size=(2, 30))
    assert owa(*naive, *naive).mean() == pytest.approx(1)
    whole = (model[0].mean() / naive[0].mean() + model[1].mean() / naive[1].mean()) / 2
    assert owa(*model, *naive).mean() == pytest.approx(whole)


def test_owa_leaves_a_series_without_mase_out_of_all_means() -> None:
    parts = owa(np.array([10.0, 99]), np.array([1.0, NAN]), np.array([20.0, 1]), np.array([2.0, NAN]))
    assert parts[0] == 0.5
    assert np.isnan(parts[1])


def test_owa_says_nothing_where_naive2_makes_no_error() -> None:
    assert np.isnan(owa(np.ones(2), np.ones(2), np.zeros(2), np.zeros(2))).all()
    assert np.isnan(owa(np.ones(1), np.full(1, NAN), np.ones(1), np.ones(1))).all()


def test_pinball_of_the_median_is_half_the_absolute_error() -> None:
    random = np.random.default_rng(3)
    actual, forecast, scale = random.normal(size=(4, 2, 6)), random.normal(size=(4, 2, 6)), random.gamma(2, size=4)
    loss = pinball(actual, forecast[..., None], [0.5], scale)
    np.testing.assert_allclose(loss, mase(actual, forecast, scale) / 2)


def test_pinball_is_least_at_the_true_quantile() -> None:
    actual = np.random.default_rng(4).exponential(size=(1, 40_000))
    steps = np.linspace(0.5, 4, 71)
    losses = [pinball(actual, np.full((*actual.shape, 1), step), [0.9], np.ones(1))[0] for step in steps]
    assert steps[int(np.argmin(losses))] == pytest.approx(np.log(10), abs=0.1)


def test_msis_is_the_sum_of_two_pinball_losses() -> None:
    # Gneiting & Raftery 2007: the interval score is 2 / (1 - level) times the losses of its two ends
    random = np.random.default_rng(5)
    actual, low, scale = random.normal(size=(3, 8)), random.normal(size=(3, 8)), random.gamma(2, size=3)
    high = low + random.gamma(1, size=(3, 8))
    losses = pinball(actual, np.stack([low, high], axis=-1), [0.1, 0.9], scale)
    np.testing.assert_allclose(msis(actual, low, high, 0.8, scale), 2 * losses * 2 / 0.2, rtol=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match=r"give .95 for 95 %"):
        msis(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), level, np.ones(1))


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1000))
def test_scaled_metrics_do_not_depend_on_the_unit(seed: int, unit: float) -> None:
    random = np.random.default_rng(seed)
    insample, actual, forecast = random.normal(size=(3, 12)), random.normal(size=(3, 4)), random.normal(size=(3, 4))
    scale, times = seasonal_scale(insample, 2), seasonal_scale(unit * insample, 2)
    low, high = forecast - 1, forecast + 1
    for one, other in (
        (smape(actual, forecast), smape(unit * actual, unit * forecast)),
        (wape(actual, forecast), wape(unit * actual, unit * forecast)),
        (mase(actual, forecast, scale), mase(unit * actual, unit * forecast, times)),
        (coverage(actual, low, high), coverage(unit * actual, unit * low, unit * high)),
        (msis(actual, low, high, 0.8, scale), msis(unit * actual, unit * low, unit * high, 0.8, times)),
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_padding_in_front_changes_no_scale(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(2, 9))
    padded = np.concatenate([np.full((2, 5), NAN), values], axis=1)
    for season in (1, 4):
        np.testing.assert_allclose(seasonal_scale(padded, season), seasonal_scale(values, season))
        np.testing.assert_allclose(squared_scale(padded, season), squared_scale(values, season))
