"""user-knn: scores worked out by hand, the viewer himself left out, fold-in, explanations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import similarity
from plugins.recommend.user_knn import UserKnn
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

RATINGS = np.array([[5, 3, 1, 0, 0], [4, 2, 0, 3, 0], [2, 0, 0, 2, 4], [0, 0, 0, 0, 0]])
AB, AC, BC = 26 / np.sqrt(35 * 29), 10 / np.sqrt(35 * 24), 14 / np.sqrt(29 * 24)
KINDS = ("cosine", "pearson", "jaccard", "euclidean")


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, **settings):
    model = UserKnn(**settings)
    model.fit(interactions(dense), {}, 0)
    return model


@pytest.fixture
def many():
    random = np.random.default_rng(8)
    return np.where(random.random((25, 18)) < 0.5, random.integers(1, 6, (25, 18)), 0)


def test_sum_of_neighbours_by_hand():
    scores = fitted(RATINGS).score(interactions(RATINGS))
    np.testing.assert_allclose(scores[0], AB * RATINGS[1] + AC * RATINGS[2], rtol=1e-6)
    np.testing.assert_allclose(scores[2], AC * RATINGS[0] + BC * RATINGS[1], rtol=1e-6)
    assert not scores[3].any()


def test_weighted_mean_by_hand():
    scores = fitted(RATINGS, prediction="mean").score(interactions(RATINGS))
    both = (AB * 3 + AC * 2) / (AB + AC)
    np.testing.assert_allclose(scores[0], [(AB * 4 + AC * 2) / (AB + AC), 2, 0, both, 4], rtol=1e-6)


def test_only_the_nearest_neighbours_count():
    scores = fitted(RATINGS, neighbours=1).score(interactions(RATINGS))
    np.testing.assert_allclose(scores[0], AB * RATINGS[1], rtol=1e-6)


def test_jaccard_compares_liked_titles():
    # Liked: {0}, {0}, {4}, {}: only the first two are alike.
    scores = fitted(RATINGS, similarity="jaccard").score(interactions(RATINGS))
    np.testing.assert_allclose(scores, [RATINGS[1], RATINGS[0], [0] * 5, [0] * 5])


def test_pearson_and_euclidean_by_hand():
    data = interactions(RATINGS[:1], rows=np.array([0]))
    pearson = fitted(RATINGS, similarity="pearson", shrinkage=0).score(data)
    # Deviations (2, 0, -2) and (1, -1, ., 0): 2 / √(4 · 2); the third viewer's one shared title deviates downwards.
    np.testing.assert_allclose(pearson[0], RATINGS[1] / np.sqrt(2), rtol=1e-6)
    euclidean = fitted(RATINGS, similarity="euclidean", shrinkage=100).score(data)
    expected = RATINGS[1] * 2 / 102 / (1 + np.sqrt(2)) + RATINGS[2] / 101 / 4
    np.testing.assert_allclose(euclidean[0], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_viewer_is_not_his_own_neighbour_but_his_double_is(many, kind):
    alone, doubled = fitted(many, similarity=kind), fitted(np.vstack([many, many[4:5]]), similarity=kind)
    known = doubled.score(interactions(many[4:5], rows=np.array([4])))
    new = alone.score(interactions(many[4:5], rows=np.array([-1])))
    np.testing.assert_allclose(known, new, rtol=1e-5)
    assert (alone.score(interactions(many[4:5], rows=np.array([4]))) != new).any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_equals_its_parts(many, kind, monkeypatch):
    model = fitted(many, similarity=kind, neighbours=5)
    whole = model.score(interactions(many))
    monkeypatch.setattr(similarity, "_BLOCK_ENTRIES", 60)
    part = model.score(interactions(many[7:20], rows=np.arange(7, 20)))
    np.testing.assert_allclose(part, whole[7:20], rtol=1e-6)


@pytest.mark.parametrize("prediction", ["sum", "mean"])
@pytest.mark.parametrize("kind", KINDS[:3])
def test_contributions_sum_to_the_score_over_seen_titles(many, kind, prediction):
    many[3] = 0
    model, data = fitted(many, similarity=kind, neighbours=6, prediction=prediction), interactions(many)
    rows, columns = np.repeat(np.arange(25), 18), np.tile(np.arange(18), 25)
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-5)
    assert not (parts.toarray() * (many[rows] == 0)).any()


def test_a_contribution_by_hand():
    # One neighbour, b: title 0 holds 5·4 and title 1 holds 3·2 of the 26 in the cosine; b gave title 3 three stars.
    model = fitted(RATINGS, neighbours=1)
    parts = model.contributions(interactions(RATINGS), np.array([0]), np.array([3]))
    np.testing.assert_allclose(parts.toarray(), [[3 * AB * 20 / 26, 3 * AB * 6 / 26, 0, 0, 0]], rtol=1e-6)


def test_no_pairs_no_contributions(many):
    nothing = np.array([], dtype=np.int64)
    assert fitted(many).contributions(interactions(many), nothing, nothing).shape == (0, 18)


def test_euclidean_does_not_split():
    model = fitted(RATINGS, similarity="euclidean")
    with pytest.raises(ModelError, match="leave out --explain"):
        model.contributions(interactions(RATINGS), np.array([0]), np.array([3]))


def test_one_viewer_and_one_title():
    assert fitted([[5.0]]).score(interactions([[5.0]])).tolist() == [[0.0]]
