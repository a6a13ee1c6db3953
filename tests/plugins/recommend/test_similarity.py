"""Similarities against values worked out by hand, and the nearest rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from plugins.recommend.similarity import nearest, similarities

# a and b share titles 1 and 2; c shares title 1 with both; d shares nothing with anybody.
A, B, C, D = [5, 3, 1, 0, 0], [4, 2, 0, 3, 0], [2, 0, 0, 2, 0], [0, 0, 0, 0, 5]
# Means 3, 3, 2, 5. Deviations of a (2, 0, -2), of b (1, -1, ., 0), of c (0, ., ., 0).
EXPECTED = {
    "cosine": [26 / np.sqrt(35 * 29), 10 / np.sqrt(35 * 8), 0],
    "pearson": [2 / np.sqrt(4 * 2), 0, 0],
    "jaccard": [2 / 4, 1 / 4, 0],
    "euclidean": [1 / (1 + np.sqrt(2)), 1 / (1 + 3), 0],
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_by_hand(kind):
    left, right = csr_array(np.array([A], "f")), csr_array(np.array([B, C, D], "f"))
    np.testing.assert_allclose(similarities(kind, left, right).toarray(), [EXPECTED[kind]], rtol=1e-6)


@pytest.mark.parametrize("kind", EXPECTED)
def test_shrinkage_weighs_by_shared_columns(kind):
    left, right = csr_array(np.array([A], "f")), csr_array(np.array([B, C, D], "f"))
    expected = np.array([EXPECTED[kind]]) * [[2 / 7, 1 / 6, 0]]
    np.testing.assert_allclose(similarities(kind, left, right, 5).toarray(), expected, rtol=1e-6)


def test_cosine_of_sets_is_shared_over_the_root_of_both_sizes():
    left, right = csr_array(np.array([[1, 1, 1, 0]], "f")), csr_array(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], "f"))
    np.testing.assert_allclose(similarities("cosine", left, right).toarray(), [[2 / np.sqrt(6), 0]], rtol=1e-6)
    expected = [[2 / np.sqrt(6) * 2 / 12, 0]]
    np.testing.assert_allclose(similarities("cosine", left, right, 10).toarray(), expected, rtol=1e-6)


def test_nearest_leaves_out_oneself_and_what_is_not_positive_and_breaks_ties_by_column():
    rows = csr_array(np.array([[0.9, 0.5, 0.5, 0.5, 0.7], [-1, 0, 0.2, -0.3, 0], [0.1, 0.2, 0.3, 0.4, 0.5]]))
    found = nearest(rows, 3, np.array([0, 3, -1])).toarray()
    expected = [[0, 0.5, 0.5, 0, 0.7], [0, 0, 0.2, 0, 0], [0, 0, 0.3, 0.4, 0.5]]
    np.testing.assert_array_equal(found, expected)


@given(arrays(np.float32, (4, 9), elements=st.integers(-2, 4)), st.integers(1, 10))
def test_nearest_equals_a_stable_sort(dense, count):
    best = np.argsort(-dense, axis=1, kind="stable")[:, :count]
    expected = np.zeros_like(dense)
    np.put_along_axis(expected, best, np.maximum(np.take_along_axis(dense, best, axis=1), 0), axis=1)
    np.testing.assert_array_equal(nearest(csr_array(dense), count, np.full(4, -1)).toarray(), expected)


@given(arrays(np.float32, (5, 6), elements=st.integers(0, 5)))
def test_symmetric_and_within_one(dense):
    rows = csr_array(dense)
    for kind in EXPECTED:
        found = similarities(kind, rows, rows).toarray()
        np.testing.assert_allclose(found, found.T, atol=1e-6)
        assert np.abs(found).max() <= 1 + 1e-5
