"""Measures of synthetic rows, against hand-worked values and properties."""

from __future__ import annotations

import doctest
from functools import cache
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit.materials.metadata_constraints
import toolkit.materials.metadata_measures
from toolkit.materials.metadata_constraints import attainable
from toolkit.materials.metadata_distance import Scale, alone_in, gower, nearest
from toolkit.materials.metadata_measures import association_error, cramers_v, judged, total_variations, two_sample_auc
from toolkit.testing.made_rows import NAMES, made_rows, rows_of


@pytest.mark.parametrize("module", [toolkit.materials.metadata_measures, toolkit.materials.metadata_constraints])
def test_examples_in_docstrings(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted >= 1
    assert not result.failed


def test_cramers_v_is_1_where_one_says_all_of_the_other_and_0_where_nothing() -> None:
    first = np.array([0, 0, 1, 1, 2, 2])
    assert cramers_v(first, first) == pytest.approx(1)
    assert cramers_v(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == 0
    assert cramers_v(first, np.zeros(6, dtype=np.int64)) == 0


def test_gowers_distance_by_hand() -> None:
    corpus = rows_of([[10.0], [20], [30], [40]], [[1, 0], [1, 1], [0, 0], [0, 1]], ("year",))
    other = rows_of([[10.0], [np.nan]], [[1, 0], [0, 0]], ("year",))
    found = gower(other, corpus, Scale.of(corpus))
    # ranks lie 1/4 apart; Jaccard's distances of {a} to {a}, {a, b}, {} and {b} are 0, 1/2, 1 and 1
    np.testing.assert_allclose(found[0], [0, (1 / 4 + 1 / 2) / 2, (2 / 4 + 1) / 2, (3 / 4 + 1) / 2], rtol=1e-6)
    np.testing.assert_allclose(found[1], [1, 1, 1 / 2, 1], rtol=1e-6)


def test_a_row_that_two_titles_have_is_nobodys_alone() -> None:
    rows = rows_of([[1.0], [1], [np.nan], [2], [np.nan]], [[1], [1], [0], [1], [1]], ("year",))
    assert alone_in(rows).tolist() == [False, False, True, True, True]


@given(st.integers(0, 2**31), st.integers(1, 40))
def test_each_row_is_nearest_to_one_like_itself(seed: int, n: int) -> None:
    rows = made_rows(n, seed)
    places, distances = nearest(rows, rows, Scale.of(rows))
    assert (distances == 0).all()
    np.testing.assert_array_equal(rows.numbers[places], rows.numbers)


def test_total_variation_of_labels_is_the_difference_of_their_shares() -> None:
    first, second = rows_of([[1.0]] * 4, [[1], [1], [1], [0]], ("year",)), rows_of([[1.0]] * 2, [[1], [0]], ("year",))
    assert total_variations(first, second) == pytest.approx(0.25)


def test_the_classifier_tells_what_differs_and_not_what_is_alike() -> None:
    first, second = made_rows(400, 1), made_rows(400, 2)
    assert 0.5 <= two_sample_auc(first, second, 0) < 0.6
    shuffled, moved = second.numbers.copy(), second.numbers.copy()
    moved[:, 0] += 200
    assert two_sample_auc(first, rows_of(moved, second.labels, NAMES), 0) > 0.99
    # half of the shuffled years fall among rows of their own time, so that 3/4 is all that there is to tell
    shuffled[:, 0] = np.random.default_rng(0).permutation(shuffled[:, 0])
    assert 0.65 < two_sample_auc(first, rows_of(shuffled, second.labels, NAMES), 0) < 0.8
    assert association_error(first, rows_of(shuffled, second.labels, NAMES)) > association_error(first, second)


def test_a_classifier_that_is_wrong_on_purpose_is_no_sign_of_likeness() -> None:
    # each row stands in both samples, so that trees which have seen the one take the other for its like
    rows = made_rows(200, 3)
    assert two_sample_auc(rows, rows, 0) > 0.6


@pytest.mark.parametrize("n", [4, 40])
def test_of_few_rows_no_classifier_says_that_they_are_alike(n: int) -> None:
    measures = judged(made_rows(500, 1), made_rows(300, 2), made_rows(n, 3), 0)
    found = {one.metric: one.value for one in measures}
    assert not {"c2st_auc", "c2st_auc_floor"} & set(found)
    assert {"ks", "tv", "dcr_ratio"} <= set(found)
    assert np.isfinite(list(found.values())).all()


def test_columns_that_are_not_there_have_no_measures() -> None:
    years, genres = ([part(made_rows(120, seed)) for seed in range(3)] for part in (
        lambda rows: rows_of(rows.numbers[:, :1], None, NAMES[:1]),
        lambda rows: rows_of(np.empty((len(rows), 0)), rows.labels, ()),
    ))  # fmt: skip
    for rows, there, not_there in ((years, "ks", {"tv", "associations"}), (genres, "tv", {"ks"})):
        found = {one.metric: one.value for one in judged(*rows, 0)}
        assert {there, "c2st_auc"} <= set(found)
        assert not not_there & set(found)
        assert np.isfinite(list(found.values())).all()


def test_rows_learnt_by_heart_show() -> None:
    train, test = made_rows(400, 1), made_rows(200, 2)
    found = {one.metric: one.value for one in judged(train, train, test, 0)}
    assert found["dcr_ratio"] < 0.9
    assert found["verbatim_floor"] < 0.2
    assert all(np.isfinite(value) for value in found.values())


@given(st.lists(st.integers(1, 10), min_size=2, max_size=12))
def test_a_mean_and_a_spread_that_ratings_have_stay(halves: list[int]) -> None:
    stars = np.array(halves) / 2
    row = np.array([[len(stars), round(stars.mean(), 6), round(stars.std(ddof=1), 6)]])
    np.testing.assert_allclose(attainable(row, NAMES[2:], 0.5, 0.5, 5.0), row, atol=2e-6)


@cache
def ratings_of(count: int, total: int) -> np.ndarray:
    """(n, count) ratings in half stars, of all that have some sum."""
    return np.array([some for some in combinations_with_replacement(range(1, 11), count) if sum(some) == total])


@given(st.integers(2, 5), st.floats(0.5, 5), st.floats(0, 4))
def test_a_spread_becomes_the_nearest_that_any_ratings_of_the_mean_have(count: int, mean: float, spread: float) -> None:
    moved = attainable(np.array([[count, mean, spread]]), NAMES[2:], 0.5, 0.5, 5.0)[0]
    total = round(2 * moved[1] * count)
    assert abs(total - 2 * mean * count) <= 0.5 + 1e-6
    there = ratings_of(count, total).std(axis=1, ddof=1) / 2
    assert np.abs(there - moved[2]).min() < 2e-6
    assert abs(moved[2] - spread) < np.abs(there - spread).min() + 2e-6


def test_two_and_three_ratings_have_few_spreads() -> None:
    # two of mean 3 are 3 and 3, 2 and 4, or 1 and 5; three are 1, 1, 1 to 5, 3, 1: of squares 27, 29, 33 and 35
    asked = np.array([[2, 3, 2.0], [2, 3, 2.5], [3, 3, np.sqrt((31.2 - 27) / 2)], [3, 3, 9]])
    found = attainable(asked, NAMES[2:], 1.0, 1.0, 5.0)
    np.testing.assert_allclose(found[:, 2] ** 2, [2, 8, 3, 4], atol=1e-5)


@given(st.integers(0, 30), st.floats(0.5, 5), st.floats(0, 5))
def test_what_is_moved_is_known_where_there_are_ratings_and_stays_there(count: int, mean: float, spread: float) -> None:
    once = attainable(np.array([[count, mean, spread]]), NAMES[2:], 0.5, 0.5, 5.0)
    assert np.isnan(once[0, 1]) == (count == 0)
    assert np.isnan(once[0, 2]) == (count < 2)
    np.testing.assert_allclose(attainable(once, NAMES[2:], 0.5, 0.5, 5.0), once, atol=2e-6)
