"""Holt and Winters' smoothing, against hand-worked values and statsforecast's recursion."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict import holt_winters as module
from plugins.predict.holt import Holt
from plugins.predict.holt_winters import HoltWinters
from plugins.predict.smoothing import Grid, smooth
from toolkit.testing.made_series import panel_of

SHAPE = np.array([1.3, 0.7, 1.0, 1.4, 0.6, 0.9, 1.1])
TIMES = np.arange(63)


def seasonal(length: int, multiplicative: bool) -> np.ndarray:
    """A trend, a season of 7 and noise."""
    times = np.arange(length)
    noise = np.random.default_rng(length).normal(0, 0.5, length)
    trend = 30 + times
    return (trend * SHAPE[times % 7] if multiplicative else trend + 20 * SHAPE[times % 7]) + noise


def test_added_smoothing_by_hand() -> None:
    # two seasons 8 12 | 9 15: means 10 and 12, so that the trend begins at 1 and the level at 10 - 1.5 = 8.5.
    # Season: means of place 8.5 and 13.5, less 11, less the trend's -0.5 and 0.5: -2 and 2.
    # 1st: expected 8.5 + 0.9 - 2 = 7.4, error 0.6: level 9.7, trend 0.9 + 0.03 = 0.93, season -2 + 0.2·0.5·0.6 = -1.94
    grid = Grid.of(level=[0.5], trend=[0.1], damping=[0.9], season=[0.2])
    values = np.array([[8.0], [12.0], [9.0], [15.0]])
    found = smooth(values, np.array([4]), grid, backs=(3,), season=2)
    np.testing.assert_allclose((found.level[0, 0], found.slope[0, 0]), (9.7, 0.93))
    np.testing.assert_allclose(found.season[0, 0], [2, -1.94])
    np.testing.assert_allclose(found.ahead(grid, 2)[0, 0], [9.7 + 0.837 + 2, 9.7 + 0.837 + 0.7533 - 1.94])


def test_multiplied_smoothing_by_hand() -> None:
    # level 8.5 and trend 1 as above; season: means of 8/10 and 9/12, and of 12/10 and 15/12: 0.775 and 1.225.
    # 1st: expected 9.4·0.775 = 7.285, error 0.715
    grid = Grid.of(level=[0.5], trend=[0.1], damping=[0.9], season=[0.2])
    values = np.array([[8.0], [12.0], [9.0], [15.0]])
    found = smooth(values, np.array([4]), grid, backs=(3,), season=2, multiplicative=True)
    step = 0.5 * 0.715 / 0.775
    np.testing.assert_allclose((found.level[0, 0], found.slope[0, 0]), (9.4 + step, 0.9 + 0.1 * step))
    np.testing.assert_allclose(found.season[0, 0], [1.225, 0.775 + 0.1 * 0.715 / 9.4])


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_holt_winters_is_statsforecasts_with_the_same_parameters(kind: str) -> None:
    theirs = pytest.importorskip("statsforecast.ets")
    values = seasonal(45, kind == "multiplicative")
    first, second = values[:7].mean(), values[7:14].mean()
    slope = (second - first) / 7
    if kind == "additive":
        season = (values[:7] + values[7:14]) / 2 - (first + second) / 2 - slope * np.arange(-3, 4)
    else:
        season = (values[:7] / first + values[7:14] / second) / 2
    start = np.array([first - 4 * slope, slope, *season[::-1]])
    grid = module._GRID
    fits = []
    for alpha, share, phi, gamma in zip(grid.level, grid.trend, grid.damping, grid.season, strict=True):
        _, errors, states, _ = theirs.pegelsresid_C(
            values, 7, start, "A", "A", kind[0].upper(), True, alpha, alpha * share, gamma * (1 - alpha), phi, 3
        )
        level, slope = states[-1, :2]
        trend = level + slope * np.cumsum(phi ** np.arange(1, 11))
        # its states hold the latest index first
        ahead = states[-1, 2:][::-1][np.arange(10) % 7]
        fits.append((float((errors**2).sum()), trend + ahead if kind == "additive" else trend * ahead))
    expected = min(fits, key=lambda fit: fit[0])[1]
    made = HoltWinters(season=7, seasonality=kind).forecast(panel_of([values]), 10).mean[0]
    np.testing.assert_allclose(made, expected, rtol=1e-8)


def test_the_kind_of_season_that_fits_better_is_chosen() -> None:
    added, multiplied = seasonal(90, multiplicative=False), seasonal(90, multiplicative=True)
    panel = panel_of([added, multiplied])
    chosen = HoltWinters().forecast(panel, 14).mean
    assert (chosen[0] == HoltWinters(seasonality="additive").forecast(panel, 14).mean[0]).all()
    assert (chosen[1] == HoltWinters(seasonality="multiplicative").forecast(panel, 14).mean[1]).all()


def test_values_of_0_are_not_divided_by_and_the_forecast_says_so() -> None:
    values = seasonal(60, multiplicative=True)
    with_zero = np.where(np.arange(60) == 40, 0, values)
    panel = panel_of([values, with_zero, -values])
    made = HoltWinters(seasonality="multiplicative").forecast(panel, 5)
    added = HoltWinters(seasonality="additive").forecast(panel, 5)
    assert (made.mean[1:] == added.mean[1:]).all()
    assert (made.mean[0] != added.mean[0]).all()
    assert made.methods == dict.fromkeys((1, 2), "additive season, as there are values of 0 or less")
    assert added.methods == {}


def test_a_series_without_two_seasons_is_forecast_by_holt() -> None:
    short = seasonal(13, multiplicative=False)
    made = HoltWinters().forecast(panel_of([short, seasonal(14, multiplicative=False), [1, 2]]), 5)
    assert (made.mean[0] == Holt(season=1).forecast(panel_of([short]), 5).mean[0]).all()
    assert made.methods == {
        0: "holt, as there are fewer than 2 seasons of 7 steps",
        2: "naive, as there are 2 values",
    }


def test_without_a_season_it_is_holt() -> None:
    values = seasonal(40, multiplicative=False)
    made = HoltWinters(season=1).forecast(panel_of([values]), 5)
    assert (made.mean == Holt(season=1).forecast(panel_of([values]), 5).mean).all()
    assert made.methods == {}
