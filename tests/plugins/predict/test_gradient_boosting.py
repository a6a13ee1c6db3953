"""Gradient boosting forecasts series of any size from one model, and looks at nothing after an origin."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plugins.predict.gradient_boosting import GradientBoosting
from toolkit.errors import ModelError
from toolkit.frequency import DAY, WEEK, Frequency
from toolkit.panel import Panel

pytest.importorskip("sklearn")
HORIZON = 7
SMALL = {"models": 1, "rows": 4000, "trees": 60, "leaves": 15}


def panel_of(values, frequency=DAY, floor=-np.inf):
    count = values.shape[0]
    return Panel(
        ids=[f"series {place}" for place in range(count)],
        values=values,
        ends=np.full(count, np.datetime64("2026-03-01", "us")),
        frequency=frequency,
        floors=np.full(count, floor),
        released=np.full(count, np.datetime64("NaT", "us")),
    )


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
    panel = panel_of(values, floor=0.0)
    forecast = fitted(panel).forecast(panel, HORIZON)
    assert forecast.methods == {
        1: "last value, as there are fewer than 5 values",
        2: "last value, as there are fewer than 5 values",
        3: "last value, as all values are equal",
        4: "last value, as all values are equal",
    }
    np.testing.assert_array_equal(forecast.mean[1:5], np.repeat(values[1:5, -1:], HORIZON, axis=1))
    assert np.isfinite(forecast.mean[0]).all()
    assert np.isnan(forecast.mean[5]).all()


def test_forecasts_stay_above_the_floor_and_finite_in_series_unlike_those_learnt_from():
    draws = np.random.default_rng(2)
    counts = draws.poisson(0.4, (20, 120)).astype(float)
    wild = np.cumprod(np.exp(draws.normal(0, 2, (20, 120))), axis=1)
    model = fitted(panel_of(counts, floor=0.0))
    for values in (counts, wild, 1e200 * counts):
        made = model.forecast(panel_of(values, floor=0.0), 30).mean
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
    with pytest.raises(ModelError, match="all values are equal"):
        fitted(panel_of(np.full((3, 60), 5.0)))


def test_a_pattern_of_the_calendar_is_learnt_only_where_the_calendar_counts():
    """Every first Sunday of a month sells double, which no lag of days or weeks can say."""
    frequency = Frequency("day", seconds=86_400, seasons=(7,))
    draws = np.random.default_rng(8)
    ends = np.datetime64("2026-03-01", "us") + np.arange(40) * np.timedelta64(1, "D")
    panel = replace(panel_of(np.full((40, 400), 100.0), frequency), ends=ends)
    months = panel.times().astype("datetime64[M]")
    first = panel.times().astype("datetime64[D]") - months.astype("datetime64[D]") < np.timedelta64(3, "D")
    values = np.where(first, 200.0, 100.0) + draws.normal(0, 1, first.shape)
    panel = replace(panel, values=values)
    error = {}
    for calendar in (True, False):
        model = fitted(panel.until(30), calendar=calendar, rows=20_000)
        made = model.backtest(panel, HORIZON, [14])[:, 0]
        error[calendar] = np.abs(made - values[:, -14 : -14 + HORIZON]).mean()
    assert error[True] < 0.5 * error[False]


def read_m4(path: Path) -> list[list[float]]:
    with path.open(newline="") as file:
        lines = csv.reader(file)
        next(lines)
        return [[float(cell) for cell in line[1:] if cell] for line in lines]


@pytest.mark.slow
def test_with_the_ensemble_it_reaches_the_bar_on_the_weekly_series_of_m4(real_data):
    """OWA at most .80 of the plain mean of both; Naive2 of weekly series is the last value (season 1)."""
    from plugins.predict.ensemble import Ensemble

    known = read_m4(real_data / "timeseries" / "m4" / "Weekly-train.csv")
    actual = np.array(read_m4(real_data / "timeseries" / "m4" / "Weekly-test.csv"))
    values = np.full((len(known), max(map(len, known))), np.nan)
    for row, series in zip(values, known, strict=True):
        row[-len(series) :] = series
    panel = panel_of(values, WEEK)
    model = GradientBoosting(calendar=False)
    model.fit(panel, 13, 1)
    made = (model.forecast(panel, 13).mean + Ensemble().forecast(panel, 13).mean) / 2
    steps = np.nanmean(np.abs(np.diff(values, axis=1)), axis=1)[:, None]

    def errors(forecasts):
        missed = np.abs(actual - forecasts)
        return 200 * (missed / (np.abs(actual) + np.abs(forecasts))).mean(), (missed / steps).mean()

    naive = errors(np.repeat(values[:, -1:], 13, axis=1))
    assert naive == pytest.approx((9.161, 2.777), abs=0.001)
    assert np.mean(np.divide(errors(made), naive)) <= 0.80
