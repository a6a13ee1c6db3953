"""Genres of what is liked and of what is shown, and the divergence between them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from toolkit.genre_distributions import as_lists, distributions, divergence, genre_shares

GENRES = pl.DataFrame(
    {
        "title_key": [10, 10, 30, 40, 40, 40, 40, 99],
        "genre": ["Drama", "Comedy", "Comedy", "Horror", "Drama", "Comedy", "Horror", "Western"],
    }
)
TITLES = np.array([10, 20, 30, 40])


def test_the_genres_of_a_title_share_the_weight_one() -> None:
    # Comedy, Drama, Horror; a pair that comes twice counts once; nobody asked for title 99, and so for westerns
    third = 1 / 3
    expected = [[0.5, 0.5, 0], [0, 0, 0], [1, 0, 0], [third, third, third]]
    np.testing.assert_allclose(genre_shares(GENRES, TITLES), expected)


def test_no_genres_at_all() -> None:
    assert genre_shares(GENRES.clear(), TITLES).shape == (4, 0)


def test_titles_weigh_the_same_and_those_without_a_genre_are_left_out() -> None:
    shares = genre_shares(GENRES, TITLES)
    lists = csr_array(np.array([[5, 1, 2, 0], [0, 3, 0, 0], [0, 0, 0, 1]]))
    expected = [[0.75, 0.25, 0], [0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(distributions(lists, shares), expected)


def test_ranked_columns_as_lists() -> None:
    lists = as_lists(np.array([[2, 0, -1], [-1, -1, -1], [3, 1, 2]]), 4)
    np.testing.assert_array_equal(lists.toarray(), [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1]])


def test_divergence_by_hand() -> None:
    p = np.array([[0.7, 0.3], [0.5, 0.5], [0, 0]])
    q = np.array([[0.7, 0.3], [1, 0], [1, 0]])
    expected = [0, 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005), 0]
    np.testing.assert_allclose(divergence(p, q), expected, atol=1e-15)
    assert divergence(p[1], q[1], smoothing=0.5) == pytest.approx(0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25))


def test_an_empty_list_is_as_far_as_smoothing_lets_it_be() -> None:
    assert divergence(np.array([0.4, 0.6]), np.zeros(2)) == pytest.approx(np.log(100))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_divergence_is_never_negative_and_zero_only_for_the_same(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    p, q = random.dirichlet(np.ones(n), size=2)
    assert divergence(p, q) >= -1e-12
    assert divergence(p, p) == pytest.approx(0, abs=1e-12)
    if n > 1:
        assert divergence(p, q) > 0
