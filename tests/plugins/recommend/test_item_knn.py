"""item-knn: scores worked out by hand, neighbourhoods, fold-in, explanations, failures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import similarity
from plugins.recommend.item_knn import ItemKnn
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

LIKED = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]])


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, **settings):
    model = ItemKnn(**settings)
    model.fit(interactions(dense), {}, 0)
    return model


def test_cosine_by_hand():
    # Likes 2, 3, 2, 0; both 0 and 1: 2, both 1 and 2: 2, both 0 and 2: 1.
    near, far = 2 / np.sqrt(6), 1 / 2
    expected = [
        [near, near, near + far, 0],
        [near + far, 2 * near, near + far, 0],
        [near + far, near, near, 0],
        [0] * 4,
    ]
    model = fitted(LIKED * 5, shrinkage=0)
    np.testing.assert_allclose(model.score(interactions(LIKED * 5)), expected, rtol=1e-6)


def test_jaccard_with_shrinkage_by_hand():
    near, far = 2 / 3 * 2 / 3, 1 / 3 * 1 / 2
    model = fitted(LIKED * 5, similarity="jaccard", shrinkage=1)
    np.testing.assert_allclose(model.score(interactions([[5, 0, 0, 0]])), [[0, near, far, 0]], rtol=1e-6)


def test_only_the_nearest_titles_of_the_scored_one_count():
    model = fitted(LIKED * 5, shrinkage=0, neighbours=1)
    # Title 1 is nearest to 0 and to 2; to title 1 both are as near, and the smaller column goes first.
    np.testing.assert_allclose(model.score(interactions([[5, 0, 0, 0]])), [[0, 2 / np.sqrt(6), 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(model.score(interactions([[0, 0, 5, 0]])), [[0, 0, 0, 0]])


def test_what_was_seen_but_not_liked_has_no_say():
    assert not fitted(LIKED * 5).score(interactions([[3, 3, 3, 3]])).any()


def test_blocks_change_nothing(monkeypatch):
    dense = (np.random.default_rng(3).random((20, 15)) < 0.4) * 5
    whole = fitted(dense).score(interactions(dense))
    monkeypatch.setattr(similarity, "_BLOCK_ENTRIES", 30)
    np.testing.assert_array_equal(fitted(dense).score(interactions(dense)), whole)


def test_contributions_sum_to_the_score():
    dense = (np.random.default_rng(3).random((20, 15)) < 0.4) * 5
    model, data = fitted(dense, neighbours=4), interactions(dense)
    rows, columns = np.repeat(np.arange(20), 15), np.tile(np.arange(15), 20)
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-5)
    assert not (parts.toarray() * (dense[rows] == 0)).any()


def test_one_title():
    assert fitted([[5.0]]).score(interactions([[5.0]])).tolist() == [[0.0]]


def test_nothing_liked():
    with pytest.raises(ModelError, match="none of 4 interactions reaches the threshold 4"):
        fitted(np.full((2, 2), 3))
