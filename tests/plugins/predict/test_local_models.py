"""What holds for every model that forecasts series one by one: units, origins, and series that are hard to forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.predict.ensemble import Ensemble
from plugins.predict.holt import Holt
from plugins.predict.holt_winters import HoltWinters
from plugins.predict.seasonal_naive import SeasonalNaive
from plugins.predict.theta import DynamicTheta, Theta
from toolkit.forecaster import Forecaster
from toolkit.testing.made_series import panel_of

MODELS = [
    SeasonalNaive(),
    Theta(),
    Theta(latest=30),
    DynamicTheta(),
    DynamicTheta(theta=1.5),
    Holt(),
    Holt(season=1, latest=None),
    HoltWinters(),
    HoltWinters(seasonality="additive"),
    HoltWinters(seasonality="multiplicative"),
    HoltWinters(season=1),
    Ensemble(),
    Ensemble(origins=2, season=4),
]
# Weeks with a season that is multiplied, with a trend and with noise; of lengths from 1 to 90.
TIMES = np.arange(90)
WEEKS = 1 + 0.3 * np.sin(2 * np.pi * TIMES / 7)
NOISE = np.random.default_rng(5).normal(size=(8, 90))
SERIES = [
    (50 + TIMES) * WEEKS + NOISE[0],
    100 * WEEKS * np.exp(0.1 * NOISE[1]),
    20 * WEEKS - 20 + NOISE[2],
    np.cumsum(NOISE[3]),
    np.full(90, 0.1),
    np.zeros(90),
    np.round(np.abs(NOISE[4])),
    np.where(TIMES < 45, 0, 100 + NOISE[5]),
    *[50 + np.cumsum(NOISE[6, :length]) for length in (1, 2, 3, 4, 5, 8, 13, 14, 15, 20, 31, 40, 64)],
]


def named(model: Forecaster) -> str:
    changed = {key: value for key, value in model.settings().items() if value != type(model)().settings()[key]}
    return f"{model.name} {changed}"


every_model = pytest.mark.parametrize("model", MODELS, ids=named)


@every_model
def test_every_series_with_a_value_gets_numbers(model: Forecaster) -> None:
    huge, tiny = [1.7e308, -1.7e308, 1e308] * 12, [5e-324, 1e-310, 3e-308] * 12
    jumps = [1e-300, 1e300] * 18
    panel = panel_of([*SERIES, huge, tiny, jumps, [1e308, 1.0, 1e-308, 2.0] * 9, [-5.0] * 40, []])
    for horizon in (1, 10, 100):
        mean = model.forecast(panel, horizon).mean
        assert mean.shape == (len(panel.ids), horizon)
        assert np.isfinite(mean[:-1]).all()
        assert np.isnan(mean[-1]).all()


@every_model
def test_a_constant_series_stays_as_it_is(model: Forecaster) -> None:
    values = [[7.3] * length for length in (1, 2, 5, 10, 20, 50)] + [[0.0] * 30, [-2.0] * 30]
    mean = model.forecast(panel_of(values), 9).mean
    np.testing.assert_allclose(mean, np.repeat([[row[-1]] for row in values], 9, axis=1), rtol=1e-12)


@pytest.mark.slow
@every_model
@pytest.mark.parametrize("horizon", [1, 5, 12])
def test_a_backtest_is_what_would_have_been_forecast(model: Forecaster, horizon: int) -> None:
    panel = panel_of(SERIES)
    backs = (0, 1, 5, 12, 7, 33, 89, 95)
    made = model.backtest(panel, horizon, backs)
    for place, back in enumerate(backs):
        known = panel.until(back)
        rows = np.flatnonzero(known.lengths)
        assert np.isnan(made[known.lengths == 0, place]).all()
        if rows.size:
            expected = model.forecast(known.select(rows), horizon).mean
            np.testing.assert_allclose(made[rows, place], expected, rtol=1e-9, atol=1e-9)


@every_model
def test_what_comes_later_does_not_change_a_backtest(model: Forecaster) -> None:
    panel = panel_of(SERIES)
    changed = panel.values.copy()
    changed[:, -6:] = np.where(np.isnan(changed[:, -6:]), np.nan, -1e3)
    before, after = (model.backtest(replace(panel, values=values), 4, (6, 20)) for values in (panel.values, changed))
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)


@every_model
def test_a_series_is_forecast_the_same_alone_and_among_others(model: Forecaster) -> None:
    panel = panel_of(SERIES)
    together = model.forecast(panel, 10)
    for row in range(0, len(SERIES), 3):
        alone = model.forecast(panel_of([SERIES[row]]), 10)
        np.testing.assert_allclose(alone.mean[0], together.mean[row], rtol=1e-9, atol=1e-12)
        assert alone.methods.get(0) == together.methods.get(row)


@every_model
@pytest.mark.parametrize("unit", [2.0**-500, 0.37, 1e4, 2.0**500])
def test_forecasts_have_the_units_of_the_values(model: Forecaster, unit: float) -> None:
    # Tolerances, as a unit that is no power of 2 rounds every value.
    series = [np.asarray(values) for values in SERIES]
    plain, scaled = (model.forecast(panel_of([values * by for values in series]), 10).mean for by in (1.0, unit))
    np.testing.assert_allclose(scaled / unit, plain, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "model",
    [Theta(season=1), DynamicTheta(season=1), Holt(season=1), HoltWinters(seasonality="additive"), SeasonalNaive()],
    ids=named,
)
@settings(max_examples=10, deadline=None)
@given(shift=st.floats(-1e3, 1e3))
def test_models_without_products_move_with_the_values(model: Forecaster, shift: float) -> None:
    moving = [values for values in SERIES if np.ptp(values) > 0]
    plain, moved = (model.forecast(panel_of([values + by for values in moving]), 10).mean for by in (0.0, shift))
    np.testing.assert_allclose(moved - shift, plain, rtol=1e-6, atol=1e-6)


@every_model
def test_a_panel_without_values_has_no_forecasts(model: Forecaster) -> None:
    panel = panel_of([[], []])
    assert np.isnan(model.forecast(panel, 3).mean).all()
    assert np.isnan(model.backtest(panel, 3, (0, 2))).all()
