"""Coverage, Gini, novelty and diversity, against hand-worked values."""

from __future__ import annotations

import doctest
from itertools import combinations
from math import log2, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import toolkit.catalogue_metrics
from toolkit.catalogue_metrics import coverage, diversity, exposure, gini, novelty


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.catalogue_metrics)
    assert result.attempted >= 4
    assert not result.failed


LISTS = np.array([[0, 1, 2], [0, 3, -1], [-1, -1, -1]])


def test_exposure_and_coverage() -> None:
    assert exposure(LISTS, 3, 6).tolist() == [2, 1, 1, 1, 0, 0]
    assert coverage(LISTS, 3, 6) == pytest.approx(4 / 6)
    assert coverage(LISTS, 1, 6) == pytest.approx(1 / 6)


def test_gini_hand_worked() -> None:
    # exposures 0 0 1 1 1 2 with weights -5 -3 -1 1 3 5: (-1 + 1 + 3 + 10) / (6 · 5)
    assert gini(LISTS, 3, 6) == pytest.approx(13 / 30)
    assert gini(LISTS, 1, 6) == pytest.approx(5 / 6)
    assert gini(np.array([[0, 1], [2, 3]]), 2, 4) == 0
    assert gini(np.array([[-1]]), 1, 4) == 0


def test_novelty_hand_worked() -> None:
    popularity = np.array([16, 4, 1, 0, 5, 5])
    expected = [(0 + 2 + 4) / 3, (0 + 4) / 2, 0]
    np.testing.assert_allclose(novelty(LISTS, 3, popularity, 16), expected)
    np.testing.assert_allclose(novelty(LISTS, 1, popularity[[1, 0, 2, 3, 4, 5]], 12), [log2(3), log2(3), 0])


def test_diversity_hand_worked() -> None:
    vectors = np.array([[2, 0, 0], [1, 1, 0], [0, 0, 3], [0, 0, 0]])
    # 0-1: 1 - 1/√2; 0-2 and 1-2: 1. A title without features has cosine 0.
    expected = [(3 - 1 / sqrt(2)) / 3, 1, 0]
    np.testing.assert_allclose(diversity(LISTS, 3, vectors), expected)
    np.testing.assert_allclose(diversity(LISTS, 3, csr_array(vectors)), expected)
    assert diversity(LISTS, 1, vectors).tolist() == [0, 0, 0]


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([1, 200, 1 << 20]))
def test_diversity_is_the_mean_over_pairs_in_blocks_of_any_size(seed: int, sparse: bool, block: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.integers(0, 3, size=(12, 4)).astype(np.float64)
    columns = np.argsort(random.random((7, 12)), axis=1)[:, :5]
    columns[random.random(columns.shape) < 0.3] = -1
    lengths = np.linalg.norm(vectors, axis=1)
    units = vectors / np.where(lengths > 0, lengths, 1)[:, None]
    expected = []
    for row in columns:
        pairs = [1 - units[i] @ units[j] for i, j in combinations(row[row >= 0], 2)]
        expected.append(np.mean(pairs) if pairs else 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toolkit.catalogue_metrics, "_BLOCK_BYTES", block)
        found = diversity(columns, 5, csr_array(vectors) if sparse else vectors)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_bounds(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    columns = random.integers(-1, 9, size=(5, 6))
    assert 0 <= coverage(columns, k, 9) <= 1
    assert 0 <= gini(columns, k, 9) <= 1 - 1 / 9 + 1e-12
    information = novelty(columns, k, random.integers(0, 21, size=9), 20)
    assert ((information >= 0) & (information <= log2(20))).all()
