"""Holt's smoothing, against hand-worked values and statsforecast's recursion."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict import holt as module
from plugins.predict.holt import Holt
from plugins.predict.smoothing import Grid, smooth
from toolkit.testing.made_series import panel_of


def test_smoothing_by_hand() -> None:
    # begins at level 10, trend 0. Expected 10, error 0; expected 10, error 2: level 11, trend 0.5·0.2·2 = 0.2;
    # expected 11 + 0.9·0.2 = 11.18, error -1.18: level 10.59, trend 0.18 - 0.118 = 0.062
    grid = Grid.of(level=[0.5], trend=[0.2], damping=[0.9])
    found = smooth(np.array([[10.0], [12.0], [10.0]]), np.array([3]), grid)
    np.testing.assert_allclose((found.level[0, 0], found.slope[0, 0]), (10.59, 0.062))
    np.testing.assert_allclose(found.error, [[(2**2 + 1.18**2) / 3]])
    # trend 0.062·0.9, then 0.062·(0.9 + 0.81)
    np.testing.assert_allclose(found.ahead(grid, 2), [[[10.6458, 10.69602]]])


def test_one_pass_knows_every_origin() -> None:
    values = np.cumsum(np.random.default_rng(2).normal(size=(30, 3)), axis=0)
    grid = Grid.of(level=[0.2, 0.8], trend=[0.1, 0.3], damping=[0.9])
    lengths = np.array([30, 25, 18])
    found = smooth(values, lengths, grid, backs=(4, 0, 20))
    for column, length in enumerate(lengths):
        for place, back in enumerate((4, 0, 20)):
            known = length - back
            if known < 1:
                assert np.isnan(found.level[column, place])
                continue
            alone = smooth(values[:known, column : column + 1], np.array([known]), grid)
            assert found.best[column, place] == alone.best[0, 0]
            np.testing.assert_allclose(found.level[column, place], alone.level[0, 0])
            np.testing.assert_allclose(found.slope[column, place], alone.slope[0, 0])
            np.testing.assert_allclose(found.error[column, place], alone.error[0, 0])


@pytest.mark.parametrize("length", [4, 12, 80])
def test_holt_is_statsforecasts_with_the_same_parameters(length: int) -> None:
    theirs = pytest.importorskip("statsforecast.ets")
    values = 20 + np.cumsum(np.random.default_rng(length).normal(0.3, 1, length))
    grid = module._GRID
    fits = []
    for alpha, share, phi in zip(grid.level, grid.trend, grid.damping, strict=True):
        start = np.array([values[0], 0.0])
        _, errors, states, _ = theirs.pegelsresid_C(
            values, 1, start, "A", "A", "N", True, alpha, alpha * share, 0.0, phi, 3
        )
        level, slope = states[-1]
        fits.append((float((errors**2).sum()), level + slope * np.cumsum(phi ** np.arange(1, 7))))
    expected = min(fits, key=lambda fit: fit[0])[1]
    np.testing.assert_allclose(Holt(season=1).forecast(panel_of([values]), 6).mean[0], expected, rtol=1e-9)


def test_a_line_goes_on_and_levels_off() -> None:
    made = Holt().forecast(panel_of([np.arange(100.0)]), 20).mean[0]
    steps = np.diff(made)
    assert 0.9 < made[0] - 99 <= 1.001
    assert (np.diff(steps) < 0).all()
    assert (steps > 0).all()


def test_a_season_is_taken_out_and_put_back_unless_told() -> None:
    wave = 100 + 10 * np.sin(2 * np.pi * np.arange(70) / 7)
    ahead = 100 + 10 * np.sin(2 * np.pi * np.arange(70, 77) / 7)
    np.testing.assert_allclose(Holt().forecast(panel_of([wave]), 7).mean[0], ahead, atol=0.5)
    assert np.abs(Holt(season=1).forecast(panel_of([wave]), 7).mean[0] - ahead).max() > 5
