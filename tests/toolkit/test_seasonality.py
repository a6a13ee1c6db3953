"""Seasons of many series at once, against hand-worked values and the series of the M4 competition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.seasonality import (
    deseasonalise,
    index_ahead,
    index_of_values,
    is_seasonal,
    reseasonalise,
    seasonal_indices,
)


def right_aligned(*series: list[float]) -> np.ndarray:
    length = max(map(len, series))
    return np.array([[np.nan] * (length - len(values)) + list(values) for values in series])


def test_the_test_for_a_season_by_hand() -> None:
    # mean 2, deviations -1, 1, …: r_1 = -7/8, r_2 = 6/8; limit 1.645·sqrt((1 + 2·49/64)/8) = 0.9251
    up_and_down = [1.0, 3.0] * 4
    # r_1 = -19/20, r_2 = 18/20; limit 1.645·sqrt((1 + 2·361/400)/20) = 0.6159
    longer = [1.0, 3.0] * 10
    assert is_seasonal(right_aligned(up_and_down, longer), 2).tolist() == [False, True]


def test_no_season_is_found_without_three_of_them_nor_in_constant_values() -> None:
    wave = [1.0, 2.0, 3.0, 4.0] * 20
    values = right_aligned(wave, wave[:11], [0.1] * 80, [])
    assert is_seasonal(values, 4).tolist() == [True, False, False, False]
    assert not is_seasonal(values, 1).any()
    assert not is_seasonal(np.empty((2, 0)), 4).any()


def test_the_test_for_a_season_does_not_depend_on_units() -> None:
    wave = np.array([[1.0, 2.0, 4.0, 3.0] * 10])
    for unit in (1e-300, 1e-9, 1e9, 1e300):
        assert is_seasonal(wave * unit, 4).all()


def test_additive_indices_of_a_line_with_a_season_are_the_season() -> None:
    season = np.array([-3.0, 1.0, 2.0])
    times = np.arange(12)
    values = (10 + 2 * times + season[times % 3])[None]
    # the last value, at time 11, has the season of time 2
    np.testing.assert_allclose(seasonal_indices(values, 3, multiplicative=False), [season], atol=1e-12)


def test_multiplicative_indices_by_hand() -> None:
    # 2×2 moving averages of 1, 3, 2, 6, 3: (1+3)/2 and (3+2)/2 give 9/4; then (3+2·2+6)/4 = 13/4 and (2+2·6+3)/4 = 17/4
    # values over them: 3 / (9/4) = 4/3, 2 / (13/4) = 8/13, 6 / (17/4) = 24/17
    values = np.array([[1.0, 3.0, 2.0, 6.0, 3.0]])
    even, odd = 8 / 13, (4 / 3 + 24 / 17) / 2
    middle = (even + odd) / 2
    # the last value, 3, is at an even place
    np.testing.assert_allclose(seasonal_indices(values, 2), [[odd / middle, even / middle]])


def test_indices_are_aligned_to_the_end_whatever_the_length() -> None:
    times = np.arange(60)
    whole = 10 + np.array([0.0, 5, -5, 2, -2])[times % 5]
    for length in range(20, 25):
        values = whole[-length:][None]
        indices = seasonal_indices(values, 5, multiplicative=False)
        np.testing.assert_allclose(indices, [[0, 5, -5, 2, -2]], atol=1e-12)
        np.testing.assert_allclose(deseasonalise(values, indices, multiplicative=False), np.full((1, length), 10.0))


def test_series_of_other_lengths_do_not_change_the_indices_of_one() -> None:
    rng = np.random.default_rng(3)
    series = [list(rng.uniform(1, 2, length)) for length in (40, 17, 13, 12)]
    together = seasonal_indices(right_aligned(*series), 6)
    for row, values in enumerate(series):
        np.testing.assert_allclose(together[row], seasonal_indices(np.array([values]), 6)[0], rtol=1e-13)


def test_indices_are_neutral_where_there_is_nothing_to_decompose() -> None:
    short, negative = [1.0, 5, 9, 5, 1, 5, 9], [1.0, 5, 9, 5, 1, 5, 9, 0]
    values = right_aligned(short, negative, [])
    assert seasonal_indices(values, 4).tolist() == [[1.0] * 4] * 3
    additive = seasonal_indices(values, 4, multiplicative=False)
    assert additive[[0, 2]].tolist() == [[0.0] * 4] * 2
    assert additive[1].any()
    assert seasonal_indices(values, 1).tolist() == [[1.0]] * 3


def test_indices_of_steps_ahead_follow_those_of_the_values() -> None:
    indices = np.array([[1.0, 2.0, 3.0]])
    assert index_of_values(indices, 4).tolist() == [[3, 1, 2, 3]]
    assert index_ahead(indices, 4).tolist() == [[1, 2, 3, 1]]
    assert reseasonalise(np.full((1, 2), 10.0), indices).tolist() == [[10, 20]]
    assert reseasonalise(np.full((1, 2), 10.0), indices, multiplicative=False).tolist() == [[11, 12]]


@given(
    st.integers(2, 9),
    st.lists(st.floats(1e-3, 1e6), min_size=18, max_size=40),
    st.sampled_from([2.0**-900, 2.0**-3, 2.0**900]),
)
def test_indices_are_normalised_and_have_the_units_of_the_values(season: int, series: list[float], unit: float) -> None:
    values = np.array([series])
    factors, terms = seasonal_indices(values, season), seasonal_indices(values, season, multiplicative=False)
    np.testing.assert_allclose(factors.mean(), 1)
    assert abs(terms.sum()) <= 1e-9 * max(series)
    assert (seasonal_indices(values * unit, season) == factors).all()
    assert (seasonal_indices(values * unit, season, multiplicative=False) == terms * unit).all()


@pytest.mark.parametrize("multiplicative", [True, False])
def test_the_season_comes_back_as_it_was_taken(multiplicative: bool) -> None:
    values = np.random.default_rng(1).uniform(1, 3, (4, 30))
    indices = seasonal_indices(values[:, :24], 6, multiplicative)
    adjusted = deseasonalise(values[:, :24], indices, multiplicative)
    # six more values, whose seasons are those of the six before
    np.testing.assert_allclose(reseasonalise(adjusted[:, -6:], indices, multiplicative), values[:, 18:24])
