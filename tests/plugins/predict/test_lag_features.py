"""Features of lags, windows and seasons, by hand, and series made alike whatever their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plugins.predict.lag_features import Layout, Levelled, Windows

nan = np.nan


def windows_of(values, columns):
    values = np.atleast_2d(values)
    plain = Levelled(values, np.zeros(len(values), dtype=bool), np.ones(len(values)))
    return Windows(plain, np.arange(len(values)), np.asarray(columns))


def test_features_of_a_column_by_hand():
    # steps up to column 4 are 1, 3, 2, 2: in units of their mean, 2
    windows = windows_of([0.0, 1, 4, 2, 4, 99], [4])
    assert windows.scale == [2]
    found = windows.of_columns(Layout(lags=(1, 3, 7), windows=(4,), seasons=()))
    mean, deviation = (1 + 4 + 2 + 4) / 4, np.std([1, 4, 2, 4])
    expected = [[(4 - 2) / 2, (4 - 1) / 2, nan, (4 - mean) / 2, deviation / 2, 8 / 4 / 2, np.log(5), np.log(3)]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_features_of_steps_by_hand():
    # two weeks of a season of 3: two steps after the last value, 7, one season ago 9 stood two steps after 3
    windows = windows_of([nan, 1, 5, 3, 4, 9, 7], [6])
    found = windows.of_steps(Layout(lags=(), windows=(), seasons=(3,)), np.array([0]), np.array([2]))[0]
    unit = (4 + 2 + 1 + 5 + 2) / 5
    change, older = 9 - 3, nan
    assert found[0] == 2
    np.testing.assert_allclose(
        found[1:], [(7 - 4) / unit, (9 - 7) / unit, change / unit, (5 - 7) / unit, older, nan, nan, change / unit]
    )


@pytest.mark.parametrize(("season", "expected"), [(0, [7, 7, 7, 7]), (3, [4, 9, 7, 4]), (6, [1, 5, 3, 4])])
def test_the_same_step_a_season_before_is_the_last_that_is_known(season, expected):
    windows = windows_of([1.0, 5, 3, 4, 9, 7], [5])
    found = windows.season_before(season, np.zeros(4, dtype=int), np.arange(1, 5))
    np.testing.assert_array_equal(found, expected)


def test_nothing_after_the_column_counts():
    values = np.random.default_rng(1).normal(size=(1, 60)).cumsum(axis=1)
    changed = values.copy()
    changed[0, 41:] = 1e6
    layout, steps = Layout.of((7, 28), 60), np.arange(1, 30)
    for make in (
        lambda windows: windows.of_columns(layout),
        lambda windows: windows.of_steps(layout, np.zeros(29, dtype=int), steps),
    ):
        np.testing.assert_array_equal(make(windows_of(values, [40])), make(windows_of(changed, [40])))


def test_a_layout_has_no_lag_window_or_season_longer_than_the_series():
    assert Layout.of((7, 365), 200).seasons == (7,)
    assert Layout.of((1,), 200).seasons == ()
    short = Layout.of((7, 365), 5)
    assert max(short.lags) < 5
    assert max(short.windows) < 5


def test_logarithms_are_taken_where_no_value_forbids_it():
    levelled = Levelled.of(np.array([[nan, 1, np.e], [nan, 0, 3], [-5, 1, 2], [nan, nan, nan]]))
    assert levelled.logarithmic.tolist() == [True, False, False, False]
    np.testing.assert_allclose(levelled.values[0, 1:], [0, 1])
    assert np.abs(levelled.values[1:3, 1:]).max() <= 1


@settings(deadline=None)
@given(arrays(np.float64, (3, 6), elements=st.floats(-1e300, 1e300)))
def test_what_is_within_the_range_of_a_series_comes_back_as_it_was(values):
    levelled = Levelled.of(values)
    largest = np.abs(values).max(axis=1, keepdims=True)
    assert (np.abs(levelled.restored(levelled.values) - values) <= 1e-11 * largest).all()


def test_forecasts_out_of_all_proportion_are_held_back():
    levelled = Levelled.of(np.array([[-1.0, 1, 3], [1, np.e, 1]]))
    made = levelled.restored(np.array([[100.0, -100.0], [100.0, -100.0]]))
    np.testing.assert_allclose(made, [[7, -5], [np.exp(2), np.exp(-1)]])
