"""Scores out of sparse weights: both ways to multiply, and what is kept of each column."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import nearest_titles as module
from plugins.recommend import similarity
from plugins.recommend.nearest_titles import nearest_titles, weighted_contributions, weighted_scores


@pytest.mark.parametrize("cost", [0, 3, 10**9])
def test_hubs_go_through_blas_and_the_rest_does_not_with_the_same_scores(monkeypatch, cost):
    generator = np.random.default_rng(4)
    liked = (generator.random((60, 40)) < np.linspace(0.02, 0.9, 40)).astype(np.float32)
    weights = (generator.random((40, 40)) * (generator.random((40, 40)) < 0.3)).astype(np.float32)
    monkeypatch.setattr(module, "_SPARSE_COST", cost)
    monkeypatch.setattr(module, "_SPARSE_ENOUGH", 0)
    scores = weighted_scores(csr_array(liked), csr_array(weights))
    np.testing.assert_allclose(scores, liked.astype(np.float64) @ weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("entries", [1, 12, 10**6])
def test_the_largest_of_each_column_are_kept_whatever_the_blocks(monkeypatch, entries):
    monkeypatch.setattr(similarity, "_BLOCK_ENTRIES", entries)
    rows = csr_array(np.array([[9, 3, 2, 3], [1, 9, 5, 6], [0, -1, 9, 0], [4, 4, 4, 9]], dtype=np.float32))
    # What `weigh` gives as the rows of titles comes back as their columns, without the title itself.
    expected = np.array([[0, 3, 0, 3], [0, 0, 5, 6], [0, 0, 0, 0], [4, 4, 0, 0]]).T
    np.testing.assert_array_equal(nearest_titles(4, 2, lambda block: rows[block]).toarray(), expected)


def test_contributions_are_the_weights_of_what_the_viewer_liked():
    liked = csr_array(np.array([[1, 1, 0], [0, 1, 0]], dtype=np.float32))
    weights = csr_array(np.array([[0, 2, 3], [4, 0, 5], [6, 7, 0]], dtype=np.float32))
    parts = weighted_contributions(liked, weights, np.array([0, 1, 0]), np.array([2, 0, 1]))
    assert parts.toarray().tolist() == [[3, 5, 0], [0, 4, 0], [2, 0, 0]]
