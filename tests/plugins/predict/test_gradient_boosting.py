"""Gradient boosting forecasts series of any size from one model, and looks at nothing after an origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plugins.predict.ensemble import Ensemble
from plugins.predict.gradient_boosting import GradientBoosting
from tests.plugins.predict.m4 import Competition
from toolkit.calendar import calendar_features
from toolkit.errors import ModelError
from toolkit.testing.made_series import panel_of

pytest.importorskip("sklearn")
HORIZON = 7
SMALL = {"models": 1, "rows": 4000, "trees": 60, "leaves": 15}


def trending_weeks(count=30, length=150, noise=0.3, seed=5):
    """Series with a weekly season and a trend, each of a size of its own."""
    draws = np.random.default_rng(seed)
    days = np.arange(length)
    season = 3 * np.sin(2 * np.pi * (days + draws.integers(7, size=(count, 1))) / 7)
    trend = draws.uniform(0.02, 0.08, (count, 1)) * days
    noisy = 20 + season + trend + draws.normal(0, noise, (count, length))
    return noisy * 10.0 ** draws.uniform(-3, 6, (count, 1))


def fitted(panel, seed=1, **settings):
    model = GradientBoosting(**{**SMALL, **settings})
    model.fit(panel, HORIZON, seed)
    return model


def test_season_and_trend_are_learnt_better_than_by_either_naive_method():
    values = trending_weeks()
    panel, actual = panel_of(values).until(HORIZON), values[:, -HORIZON:]
    size = values.mean(axis=1, keepdims=True)
    made = fitted(panel).forecast(panel, HORIZON).mean
    error = np.abs((made - actual) / size).mean()
    naive = np.abs((panel.values[:, -1:] - actual) / size).mean()
    seasonal = np.abs((panel.values[:, -7:] - actual) / size).mean()
    assert error < 0.8 * seasonal < naive


@pytest.mark.parametrize("shift", [0.0, -500.0])
def test_ten_times_the_values_get_ten_times_the_forecast(shift):
    values = trending_weeks(count=8) + shift
    panel = panel_of(values)
    model = fitted(panel)
    larger = model.forecast(replace(panel, values=values * 1024), HORIZON).mean
    np.testing.assert_allclose(larger, 1024 * model.forecast(panel, HORIZON).mean, rtol=1e-6)


def test_the_size_of_series_does_not_change_what_is_learnt():
    values = trending_weeks(count=8)
    sizes = 2.0 ** np.arange(8)[:, None]
    panel, larger = panel_of(values), panel_of(values * sizes)
    made = fitted(panel).forecast(panel, HORIZON).mean
    np.testing.assert_allclose(fitted(larger).forecast(larger, HORIZON).mean, made * sizes, rtol=0.02)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    panel = panel_of(trending_weeks(count=8))
    first, second, other = (fitted(panel, seed).forecast(panel, HORIZON).mean for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_what_comes_after_an_origin_changes_no_forecast_from_it():
    values = trending_weeks(count=8)
    changed = values.copy()
    changed[:, -10:] = 1e9
    model = fitted(panel_of(values).until(40))
    before, after = (model.backtest(panel_of(each), HORIZON, [10, 20]) for each in (values, changed))
    np.testing.assert_array_equal(before, after)
    assert (model.backtest(panel_of(changed), HORIZON, [5]) != model.backtest(panel_of(values), HORIZON, [5])).any()


def test_what_is_learnt_stems_from_the_panel_alone():
    values = trending_weeks(count=8)
    changed = values.copy()
    changed[:, -10:] = 1e9
    panel = panel_of(values).until(10)
    made = [fitted(panel_of(each).until(10)).forecast(panel, HORIZON).mean for each in (values, changed)]
    np.testing.assert_array_equal(*made)


def test_series_that_show_no_movement_keep_their_last_value_and_say_why():
    values = trending_weeks(count=6)
    values[1, :-1] = np.nan
    values[2, :-3] = np.nan
    values[3] = 7.0
    values[4] = 0.0
    values[5] = np.nan
    panel = panel_of(values)
    forecast = fitted(panel).forecast(panel, HORIZON)
    assert forecast.methods == {
        1: "naive, as there is 1 value",
        2: "naive, as there are 3 values",
        3: "naive, as all values are equal",
        4: "naive, as all values are equal",
    }
    np.testing.assert_array_equal(forecast.mean[1:5], np.repeat(values[1:5, -1:], HORIZON, axis=1))
    assert np.isfinite(forecast.mean[0]).all()
    assert np.isnan(forecast.mean[5]).all()


def test_forecasts_stay_above_the_floor_and_finite_in_series_unlike_those_learnt_from():
    draws = np.random.default_rng(2)
    counts = draws.poisson(0.4, (20, 120)).astype(float)
    wild = np.cumprod(np.exp(draws.normal(0, 5, (20, 120))), axis=1)
    model = fitted(panel_of(counts, floors=np.zeros(20)))
    for values in (counts, wild, 1e300 * counts, 1e-300 * counts, counts**300 - 1):
        made = model.forecast(panel_of(values, floors=np.zeros(20)), 30).mean
        assert np.isfinite(made).all()
        assert made.min() >= 0


def test_series_of_negative_values_are_forecast():
    values = -trending_weeks(count=8)
    panel = panel_of(values).until(HORIZON)
    made = fitted(panel).forecast(panel, HORIZON).mean
    missed = np.abs(made - values[:, -HORIZON:]) / -values.mean(axis=1, keepdims=True)
    assert missed.mean() < 0.05


def test_a_horizon_longer_than_every_series_is_refused():
    with pytest.raises(ModelError, match="no series has 1,005 values"):
        GradientBoosting(**SMALL).fit(panel_of(trending_weeks(count=2)), 1000, 1)


def test_equal_series_are_refused_as_there_is_nothing_to_learn():
    with pytest.raises(ModelError, match="are equal"):
        GradientBoosting(**SMALL).fit(panel_of(np.full((3, 60), 5.0)), HORIZON, 1)


def test_public_holidays_are_foreseen_where_a_country_is_given():
    """Sales double on British holidays; the forecast is of 22 to 28 December, from the days before."""
    pytest.importorskip("holidays")
    values = np.full((20, 500), 100.0) + np.random.default_rng(8).normal(0, 1, (20, 500))
    panel = replace(panel_of(values), ends=np.full(20, np.datetime64("2025-12-31", "us")))
    features, names = calendar_features(panel.times(), panel.released, panel.frequency, "GB")
    holiday = features[:, :, names.index("holiday")] > 0
    panel = replace(panel, values=np.where(holiday, 2 * values, values))
    actual = panel.values[:, -10 : -10 + HORIZON]
    assert holiday[0, -10 : -10 + HORIZON].tolist() == [False, False, False, True, True, False, False]
    error = {}
    for country in ("GB", None):
        model = fitted(panel.until(10), country=country)
        error[country] = np.abs(model.backtest(panel, HORIZON, [10])[:, 0] - actual).mean()
    assert error["GB"] < 0.5 * error[None]


def test_no_times_are_looked_at_where_the_calendar_does_not_count():
    panel = panel_of(trending_weeks(count=8))
    model = fitted(panel, calendar=False)
    moved = replace(panel, ends=panel.ends + np.timedelta64(45, "D"))
    np.testing.assert_array_equal(model.forecast(panel, 5).mean, model.forecast(moved, 5).mean)


@pytest.mark.slow
def test_with_the_ensemble_it_reaches_the_bar_on_the_weekly_series_of_m4(real_data):
    """OWA at most .80 of the plain mean of both; the times of M4 are made up, so that no calendar counts."""
    weekly = Competition.of(real_data, "Weekly")
    model = GradientBoosting(calendar=False)
    model.fit(weekly.panel, weekly.horizon, 1)
    trees = model.forecast(weekly.panel, weekly.horizon).mean
    local = Ensemble().forecast(weekly.panel, weekly.horizon).mean
    assert weekly.owa((trees + local) / 2) <= 0.80
    assert weekly.owa(trees) <= 0.85
