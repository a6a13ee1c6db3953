import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolkit.panels import Cautious, Last, Mean, Wide
from toolkit.errors import PluginError
from toolkit.forecaster import Forecast
from toolkit.panel_forecast import actual_at, forecast_panel
from toolkit.testing.made_series import panel_of

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def test_quantiles_hold_the_mean_between_them_and_never_cross():
    noise = np.random.default_rng(1).normal(100, 5, (20, 120))
    made = forecast_panel(Last(), panel_of(noise), 7, LEVELS, seed=0)
    assert made.mean.shape == (20, 7)
    assert made.quantiles.shape == (20, 7, 5)
    assert (np.diff(made.quantiles, axis=2) >= 0).all()
    assert (made.quantiles[:, :, 0] < made.mean).all()
    assert (made.mean < made.quantiles[:, :, -1]).all()
    assert not made.methods


def test_a_model_is_fitted_on_what_was_known_earlier_before_it_is_fitted_on_everything():
    made = Mean()
    forecast_panel(made, panel_of(np.arange(240.0).reshape(2, 120)), 7, LEVELS, seed=0)
    early, late = made._fits
    assert early < late == 120


def test_a_saved_past_needs_no_fit():
    panel = panel_of(np.arange(240.0).reshape(2, 120))
    first = Mean()
    made = forecast_panel(first, panel, 7, LEVELS, seed=0)
    again = Mean()
    again._mean = first._mean
    brought = forecast_panel(again, panel, 7, LEVELS, seed=0, fitted=made.past)
    assert not again._fits
    np.testing.assert_array_equal(brought.quantiles, made.quantiles)


def test_series_too_short_for_a_model_get_their_last_value_and_it_is_said():
    made = forecast_panel(Mean(), panel_of([np.arange(60.0), [4.0, 5.0]]), 3, LEVELS, seed=0)
    np.testing.assert_array_equal(made.mean[1], [5, 5, 5])
    assert "last value" in made.methods[1]
    assert set(made.methods) == {1}
    assert np.isfinite(made.quantiles).all()


def test_nothing_is_forecast_below_a_floor():
    falling = [np.linspace(50, 0, 80) + np.tile([2.0, -2.0], 40)]
    made = forecast_panel(Last(), panel_of(falling, floors=[0]), 14, LEVELS, seed=0)
    assert (made.quantiles >= 0).all()
    assert (made.mean >= 0).all()


def test_a_models_own_quantiles_are_taken_in_order():
    made = forecast_panel(Cautious(), panel_of([[1.0, 2.0, 3.0]]), 2, LEVELS, seed=0)
    np.testing.assert_array_equal(made.quantiles[0, 0], [1, 2, 3, 4, 5])


def test_a_model_that_returns_another_shape_is_named():
    with pytest.raises(PluginError, match=r"wide .*shape \(1, 3\)"):
        forecast_panel(Wide(), panel_of([[1.0, 2.0, 3.0]]), 2, LEVELS, seed=0)


def test_an_infinite_forecast_is_the_models_fault_and_no_short_series():
    class Endless(Last):
        """Infinity."""

        name = "endless"

        def forecast(self, panel, horizon):
            return Forecast(np.full((len(panel.ids), horizon), np.inf))

    with pytest.raises(PluginError, match="model endless forecast an infinite number for s0"):
        forecast_panel(Endless(), panel_of([[1.0, 2.0, 3.0]]), 2, LEVELS, seed=0)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), horizon=st.integers(1, 40))
def test_any_series_has_a_finite_forecast(values, horizon):
    made = forecast_panel(Last(), panel_of([values]), horizon, LEVELS, seed=0)
    assert np.isfinite(made.mean).all()
    assert np.isfinite(made.quantiles).all()


def test_what_came_is_aligned_with_the_end_it_came_after():
    panel = panel_of([np.arange(10.0)])
    np.testing.assert_array_equal(actual_at(panel, [3, 1], 3)[0], [[7, 8, 9], [9, np.nan, np.nan]])
