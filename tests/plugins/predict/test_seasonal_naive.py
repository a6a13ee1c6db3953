"""Seasonal naive forecasts, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.seasonal_naive import SeasonalNaive
from toolkit.frequency import HOUR
from toolkit.testing.made_series import panel_of


def test_the_last_season_comes_again_and_again() -> None:
    panel = panel_of([[9, 9, 1, 2, 3, 4, 5, 6, 7]])
    made = SeasonalNaive().forecast(panel, 9)
    assert made.mean.tolist() == [[1, 2, 3, 4, 5, 6, 7, 1, 2]]
    assert made.methods == {}


def test_the_season_is_that_of_the_frequency_unless_given() -> None:
    values = np.arange(200.0)[None]
    assert SeasonalNaive().forecast(panel_of(values, frequency=HOUR), 1).mean.tolist() == [[176]]
    assert SeasonalNaive(season=168).forecast(panel_of(values, frequency=HOUR), 1).mean.tolist() == [[32]]


def test_a_series_shorter_than_a_season_gets_its_last_value_and_says_so() -> None:
    nan = np.nan
    panel = panel_of([[nan, nan, 1, 2, 3], [5, 6, 7, 8, 9], [nan] * 5])
    made = SeasonalNaive(season=5).forecast(panel, 3)
    np.testing.assert_array_equal(made.mean, [[3, 3, 3], [5, 6, 7], [nan] * 3])
    assert made.methods == {0: "naive, as there are fewer than 5 values"}


@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_panel_shorter_than_a_season(length: int) -> None:
    made = SeasonalNaive(season=7).forecast(panel_of(np.arange(1.0, length + 1)[None]), 2)
    np.testing.assert_array_equal(made.mean, [[length or np.nan] * 2])


def test_a_backtest_is_what_would_have_been_forecast() -> None:
    panel = panel_of([[1, 2, 3, 4, 5, 6], [np.nan, np.nan, np.nan, 1, 2, 3]])
    made = SeasonalNaive(season=2).backtest(panel, 3, (0, 2, 3))
    expected = [[[5, 6, 5], [3, 4, 3], [2, 3, 2]], [[2, 3, 2], [1, 1, 1], [np.nan] * 3]]
    np.testing.assert_array_equal(made, expected)
