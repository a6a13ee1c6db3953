"""Popularity bias and miscalibration, against hand-worked values."""

from __future__ import annotations

import doctest
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import toolkit.fairness_metrics
from toolkit.fairness_metrics import in_long_tail, long_tail, miscalibration, popularity
from toolkit.interactions import Interactions

LISTS = np.array([[0, 1, 2], [0, 3, -1], [-1, -1, -1]])


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.fairness_metrics)
    assert result.attempted >= 3
    assert not result.failed


def test_popularity_hand_worked() -> None:
    counts = np.array([8, 4, 2, 0])
    np.testing.assert_allclose(popularity(LISTS, 3, counts, 8), [(8 + 4 + 2) / 24, 8 / 16, 0])
    np.testing.assert_allclose(popularity(LISTS, 1, counts, 16), [1 / 2, 1 / 2, 0])


@pytest.mark.parametrize(
    ("counts", "tail"),
    [
        ([1, 4, 4, 3, 0], [0, 2, 3, 4]),  # 4 is a third of 12
        ([1, 4, 4, 4, 0], [0, 3, 4]),  # but not of 13; of equals, the smaller columns are the head
        ([10, 10, 50, 30], [0, 1, 3]),
        ([5, 0], [1]),
        ([0, 0, 0], [0, 1, 2]),
    ],
)
def test_the_short_head_holds_a_third_of_interactions(counts: list[int], tail: list[int]) -> None:
    assert np.flatnonzero(in_long_tail(np.array(counts))).tolist() == tail


def test_long_tail_hand_worked() -> None:
    assert long_tail(LISTS, 3, np.array([10, 9, 8, 8])).tolist() == pytest.approx([1 / 3, 1 / 2, 0])


def history(rows: list[list[float]], threshold: float) -> Interactions:
    values = csr_array(np.array(rows, dtype=np.float32))
    return Interactions(values, np.arange(len(rows)), np.arange(len(rows[0])), threshold)


def test_miscalibration_hand_worked() -> None:
    shares = np.array([[1.0, 0], [0, 1], [0.5, 0.5], [0, 0]])
    # likes title 0 and 2: (3/4, 1/4), title 1 was not liked. The list 1, 3: (0, 1), as title 3 has no genre.
    mine = history([[5, 1, 5, 0]], 4)
    expected = 0.75 * log(0.75 / 0.0075) + 0.25 * log(0.25 / (0.99 + 0.0025))
    assert miscalibration(np.array([[1, 3]]), 2, mine, shares).tolist() == pytest.approx([expected])
    # the list 0, 2 is the viewer's own mix; a list of nothing is as far off as can be
    assert miscalibration(np.array([[0, 2]]), 2, mine, shares).tolist() == pytest.approx([0])
    assert miscalibration(np.array([[-1, -1]]), 2, mine, shares).tolist() == pytest.approx([log(100)])


def test_who_likes_nothing_with_a_genre_is_true_to_nothing() -> None:
    shares = np.array([[1.0, 0], [0, 1], [0, 0]])
    mine = history([[1, 0, 5], [5, 0, 5]], 4)
    assert miscalibration(np.array([[1], [1]]), 1, mine, shares).tolist() == pytest.approx([0, log(100)])


@given(st.integers(0, 2**32 - 1))
def test_miscalibration_lies_between_nothing_and_ln_100(seed: int) -> None:
    random = np.random.default_rng(seed)
    viewers, titles, genres = 5, 12, 4
    shares = random.random((titles, genres)) * (random.random((titles, genres)) < 0.5)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    mine = history((random.integers(0, 6, (viewers, titles))).tolist(), 4)
    lists = np.stack([random.permutation(titles)[:5] for _ in range(viewers)])
    lists[random.random(lists.shape) < 0.2] = -1
    found = miscalibration(lists, 5, mine, shares)
    assert (found >= -1e-12).all()
    assert (found <= log(100) + 1e-12).all()
