"""ARIMA, exponential smoothing and theta by statsforecast, and what happens to series that it cannot take."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from statsforecast import models as theirs

from cinekit_statsforecast.models import Arima, AutoTheta, Ets, Statistical
from toolkit import Frequency
from toolkit.testing import ForecasterContract, panel_of

DAY = Frequency("day", 86_400, seasons=(7,))
WEEK = Frequency("week", 7 * 86_400, seasons=(52,))
YEAR = Frequency("year", months=12)
ALL = pytest.mark.parametrize("model", [Arima(), AutoTheta(), Ets()], ids=lambda model: model.name)


def days(count):
    """Days with a weekly season, a trend and some noise."""
    place = np.arange(count)
    return 50 + 0.2 * place + 8 * np.sin(2 * np.pi * place / 7) + np.random.default_rng(3).normal(0, 0.5, count)


class TestArima(ForecasterContract):
    model = "arima"
    settings = {"latest": 60}


class TestAutoTheta(ForecasterContract):
    model = "auto-theta"


class TestEts(ForecasterContract):
    model = "ets"
    settings = {"season": 7}


@ALL
def test_a_season_and_a_trend_are_found(model):
    values = days(98)
    forecast = model.forecast(panel_of([values[:84]]), 14)
    assert forecast.methods == {}
    np.testing.assert_allclose(forecast.mean[0], values[84:], rtol=0.08)


@pytest.mark.parametrize(("model", "chooser"), [(Ets(), theirs.AutoETS), (AutoTheta(), theirs.AutoTheta)])
def test_the_numbers_are_those_of_statsforecast(model, chooser):
    values = days(60)
    made = model.forecast(panel_of([values]), 5).mean[0]
    np.testing.assert_allclose(made, chooser(season_length=7).forecast(y=values, h=5)["mean"], rtol=1e-12)


@ALL
def test_a_long_season_is_taken_out_and_put_back(model):
    steps = np.arange(260)
    values = 100 + 30 * np.sin(2 * np.pi * steps / 52) + np.random.default_rng(1).normal(0, 1, 260)
    forecast = model.forecast(panel_of([values[:208], -values[:208]], frequency=WEEK), 52)
    assert set(forecast.methods.values()) == {"season of 52 steps by classical decomposition, as it is longer than 24"}
    np.testing.assert_allclose(forecast.mean, [values[208:], -values[208:]], rtol=0.1)


@ALL
def test_a_season_that_cannot_be_used_is_named(model):
    level = 20 + np.random.default_rng(4).normal(0, 1, 170)
    assert model.forecast(panel_of([level, level[:60]], frequency=WEEK), 3).methods == {
        0: "without the season of 52 steps, longer than 24, as no test finds it",
        1: "without the season of 52 steps, as fewer than two are known",
    }


@ALL
@pytest.mark.parametrize("frequency", [DAY, YEAR], ids=["seasonal", "not seasonal"])
def test_no_series_with_a_value_is_left_without_a_forecast(model, frequency):
    series = [[3.0], [3.0, 4.0], [5.0] * 40, [0.0] * 40, [1, 2, 3, 5, 8.0], [-1.0, 1.0] * 20, [1e300, 1e299] * 9]
    forecast = model.forecast(panel_of(series, frequency=frequency), 4)
    assert np.isfinite(forecast.mean).all()
    np.testing.assert_allclose(forecast.mean[:4, 0], [3, 4, 5, 0], atol=1e-9)
    assert forecast.methods[0] == "naive, as there is 1 value"
    assert forecast.methods[1] == "naive, as there are 2 values"


def test_a_series_without_values_has_no_forecast():
    made = Ets().forecast(panel_of([[], days(30)]), 3).mean
    assert np.isnan(made[0]).all()
    assert np.isfinite(made[1]).all()


class Failing:
    """Warns, and then fails on a series that rises at its end; forecasts infinity for one that ends in 0."""

    def forecast(self, y, h):
        warnings.warn("possible convergence problem", stacklevel=1)
        if y[-1] > y[-2]:
            raise ValueError("no model\nwas found")
        return {"mean": np.full(h, np.inf if y[-1] == 0 else y[-1])}


class Fragile(Statistical):
    """Fails now and then."""

    name = "fragile"

    def chooser(self, models, season):
        return Failing()


def test_a_series_that_fails_stops_no_other_and_says_why():
    forecast = Fragile(season=1).forecast(panel_of([[4, 3, 2, 1], [1, 2, 3, 4], [3, 2, 1, 0]]), 2)
    assert forecast.methods == {
        1: "naive, as statsforecast failed: ValueError: no model was found",
        2: "naive, as statsforecast failed: its forecast is not a number",
    }
    np.testing.assert_array_equal(forecast.mean, [[1, 1], [4, 4], [0, 0]])


def test_only_the_latest_values_are_learnt_from():
    values = days(60)
    model, changed = Ets(latest=60), np.concatenate([np.full(40, 1e6), values])
    np.testing.assert_array_equal(
        model.forecast(panel_of([changed]), 3).mean, model.forecast(panel_of([values]), 3).mean
    )
