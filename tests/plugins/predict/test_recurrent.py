"""Recurrent networks on series: what they must do with any, and that they learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plugins.predict.recurrent import Gru, Lstm, Recurrent
from toolkit.errors import ModelError
from toolkit.frequency import DAY, WEEK, Frequency
from toolkit.panel import Panel
from toolkit.saving import restore, save

pytestmark = pytest.mark.slow

HORIZON = 14
NAN = np.nan


def panel_of(values: np.ndarray, frequency: Frequency = DAY, end: str = "2026-06-30") -> Panel:
    n = len(values)
    return Panel(
        ids=[f"s{row}" for row in range(n)],
        values=np.asarray(values, dtype=np.float64),
        ends=np.full(n, np.datetime64(end, "us")),
        frequency=frequency,
        floors=np.zeros(n),
        released=np.full(n, np.datetime64("NaT", "us")),
    )


def simulated(n: int, length: int, seed: int = 0) -> Panel:
    """Daily series of a level, a trend, a week and noise of their own."""
    rng = np.random.default_rng(seed)
    days = np.arange(length)
    level, trend = rng.lognormal(4, 1, (n, 1)), rng.normal(0, 0.003, (n, 1))
    week = np.clip(1 + rng.normal(0, 0.25, (n, 7)), 0.2, None)
    expected = level * np.clip(1 + trend * days, 0.1, None) * week[:, days % 7]
    return panel_of(expected * np.exp(rng.normal(0, 0.15, (n, length))))


def scaled_error(panel: Panel, forecasts: np.ndarray) -> float:
    """Mean absolute error of forecasts of the last values, over that of values a season apart before them."""
    horizon = forecasts.shape[1]
    before, after = panel.values[:, :-horizon], panel.values[:, -horizon:]
    scale = np.abs(before[:, 7:] - before[:, :-7]).mean(axis=1)
    return float((np.abs(forecasts - after).mean(axis=1) / scale).mean())


def seasonal_naive(panel: Panel, horizon: int) -> np.ndarray:
    return panel.values[:, -7:][:, np.arange(horizon) % 7]


@pytest.fixture(scope="session")
def fitted() -> Lstm:
    model = Lstm(units=16, epochs=10, learning_rate=0.005, calendar=False)
    model.fit(simulated(20, 120), HORIZON, seed=1)
    return model


def test_the_network_beats_the_seasonal_naive(fitted: Lstm) -> None:
    panel = simulated(40, 140, seed=8)
    known = panel.until(HORIZON)
    error = scaled_error(panel, fitted.forecast(known, HORIZON).mean)
    assert error < 0.9 * scaled_error(panel, seasonal_naive(known, HORIZON))


def test_every_series_with_a_value_has_a_forecast(fitted: Lstm) -> None:
    length = 60
    begun_late = np.full(length, NAN)
    begun_late[-9:] = np.arange(9)
    panel = panel_of(
        np.stack(
            [
                np.r_[np.full(length - 1, NAN), 5],
                np.r_[np.full(length - 7, NAN), np.arange(7)],
                np.full(length, 42),
                np.zeros(length),
                np.r_[np.zeros(length - 1), 1e9],
                np.where(np.arange(length) % 9 == 0, 3, 0),
                begun_late,
                np.linspace(1e-9, 1e12, length),
                np.where(np.arange(length) % 2, 1e-300, 1e300),
            ]
        )
    )
    made = fitted.forecast(panel, HORIZON)
    assert made.mean.shape == (9, HORIZON)
    assert np.isfinite(made.mean).all()
    assert made.methods == dict.fromkeys((0, 1), "the last value, as the series is too short")
    np.testing.assert_array_equal(made.mean[:4], np.repeat([[5], [6], [42], [0]], HORIZON, axis=1))


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(fitted: Lstm) -> None:
    panel = simulated(3, 60, seed=2)
    np.testing.assert_array_equal(fitted.forecast(panel, 5).mean, fitted.forecast(panel, HORIZON).mean[:, :5])


def test_a_longer_horizon_than_that_of_the_fit_is_refused(fitted: Lstm) -> None:
    with pytest.raises(ModelError, match="fitted for 14 steps ahead, not for 15; fit it again with --refit"):
        fitted.forecast(simulated(2, 60), HORIZON + 1)


def test_the_unit_of_a_series_makes_no_difference(fitted: Lstm) -> None:
    panel = simulated(5, 80, seed=3)
    expected = 1000 * fitted.forecast(panel, HORIZON).mean
    np.testing.assert_allclose(
        fitted.forecast(replace(panel, values=1000 * panel.values), HORIZON).mean, expected, rtol=1e-3
    )


def test_nor_does_the_origin_of_one_that_falls_below_0(fitted: Lstm) -> None:
    values = simulated(5, 80, seed=3).values
    values -= values.mean(axis=1, keepdims=True)
    made = fitted.forecast(panel_of(values), HORIZON).mean
    below = fitted.forecast(panel_of(values - values.max() - 9), HORIZON).mean
    np.testing.assert_allclose(below + values.max() + 9, made, atol=1e-3 * np.abs(values).max())


def test_a_forecast_does_not_depend_on_the_series_beside_it(fitted: Lstm) -> None:
    panel = simulated(6, 80, seed=4)
    rows = np.array([4, 1])
    alone = fitted.forecast(panel.select(rows), HORIZON).mean
    np.testing.assert_allclose(alone, fitted.forecast(panel, HORIZON).mean[rows], rtol=1e-5)


def test_earlier_ends_are_forecast_from_what_was_known_then(fitted: Lstm) -> None:
    panel = simulated(4, 90, seed=5)
    changed = panel.values.copy()
    changed[:, -20:] = 0
    made = fitted.backtest(panel, HORIZON, [20, 30])
    np.testing.assert_array_equal(made, fitted.backtest(replace(panel, values=changed), HORIZON, [20, 30]))


def test_a_saved_network_says_the_same(fitted: Lstm, tmp_path: Path) -> None:
    panel = simulated(3, 60, seed=6)
    save(fitted, tmp_path)
    back = Lstm(units=16, epochs=10, learning_rate=0.005, calendar=False)
    restore(back, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(back.forecast(panel, HORIZON).mean, fitted.forecast(panel, HORIZON).mean)


def test_the_seed_decides_the_forecasts() -> None:
    panel = simulated(8, 70, seed=7)
    first, same, other = (Lstm(units=16, epochs=2, calendar=False) for _ in range(3))
    for model, seed in ((first, 1), (same, 1), (other, 2)):
        model.fit(panel, HORIZON, seed)
    made = first.forecast(panel, HORIZON).mean
    np.testing.assert_array_equal(made, same.forecast(panel, HORIZON).mean)
    assert not np.array_equal(made, other.forecast(panel, HORIZON).mean)


def test_too_short_series_are_told_what_they_lack() -> None:
    with pytest.raises(ModelError, match="lstm has nothing to learn from: it wants one series of 22 values"):
        Lstm().fit(simulated(3, 21), HORIZON, seed=1)


def test_constant_series_teach_nothing() -> None:
    with pytest.raises(ModelError, match="not all equal"):
        Gru().fit(panel_of(np.full((3, 100), 7)), HORIZON, seed=1)


@pytest.mark.parametrize(("kind", "calendar"), [(Lstm, True), (Gru, False)])
def test_defaults_beat_the_seasonal_naive(kind: type[Recurrent], calendar: bool) -> None:
    panel = simulated(30, 194)
    known = panel.until(HORIZON)
    model = kind(calendar=calendar)
    model.fit(known, HORIZON, seed=1)
    error = scaled_error(panel, model.forecast(known, HORIZON).mean)
    assert error < 0.85 * scaled_error(panel, seasonal_naive(known, HORIZON))


def test_without_room_for_held_out_windows_all_are_learnt_from() -> None:
    # 39 weeks: a horizon of 13 leaves no window whose values ahead end before the latest ones begin
    rng = np.random.default_rng(1)
    panel = panel_of(rng.normal(100, 1, (25, 39)).cumsum(axis=1), WEEK)
    model = Lstm(units=8, epochs=5)
    model.fit(panel, 13, seed=1)
    made = model.forecast(panel, 13).mean
    assert np.isfinite(made).all()
    # each week adds some hundred
    assert (made[:, -1] > panel.values[:, -1]).mean() > 0.9


def test_public_holidays_of_a_country_are_learnt() -> None:
    import holidays

    rng = np.random.default_rng(2)
    panel = panel_of(np.zeros((10, 800)), end="2026-04-30")
    # 1 May is a holiday in Germany, as are some ten days of each year before
    german = np.array(list(holidays.country_holidays("DE", years=range(2023, 2027))), dtype="datetime64[D]")
    off = np.isin(panel.times().astype("datetime64[D]"), german)
    panel = replace(panel, values=100 * np.where(off, 3, 1) * np.exp(rng.normal(0, 0.1, off.shape)))
    model = Lstm(units=16, window=2, epochs=20, learning_rate=0.01, country="DE")
    model.fit(panel, 7, seed=1)
    made = model.forecast(panel, 7).mean.mean(axis=0)
    assert made[0] > 200
    assert (made[1:] < 150).all()
