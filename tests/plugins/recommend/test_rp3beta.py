"""rp3beta: walks worked out by hand and step by step, what alpha and beta do, fold-in, explanations, failures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from plugins.recommend import similarity
from plugins.recommend.rp3beta import Rp3Beta
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

# Titles are liked by 2, 3 and 1 viewers; viewers liked 2, 3 and 1 titles.
LIKED = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 0]])
AUDIENCES = arrays(np.int8, (6, 5), elements=st.integers(0, 1)).filter(lambda liked: liked.any())


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, **settings):
    model = Rp3Beta(**settings)
    model.fit(interactions(dense), {}, 0)
    return model


def walked(liked, alpha, beta):
    """All weights, one walk from title i over viewer v to title j after another."""
    liked = np.asarray(liked)
    titles = liked.shape[1]
    weights = np.zeros((titles, titles))
    for i, j in np.ndindex(titles, titles):
        for watched in liked:
            if i != j and watched[i] and watched[j]:
                chances = 1 / liked[:, i].sum() * 1 / watched.sum()
                weights[i, j] += chances**alpha / liked[:, j].sum() ** beta
    return weights


def test_the_walk_itself_by_hand():
    # From title 0 to viewer 0 or 1 with 1/2 each; from viewer 0 to title 1 with 1/2, from viewer 1 with 1/3.
    weights = [
        [0, 1 / 2 * 1 / 2 + 1 / 2 * 1 / 3, 1 / 2 * 1 / 3],
        [1 / 3 * 1 / 2 + 1 / 3 * 1 / 3, 0, 1 / 3 * 1 / 3],
        [1 / 3, 1 / 3, 0],
    ]
    model = fitted(LIKED * 5, alpha=1, beta=0)
    np.testing.assert_allclose(model.score(interactions(np.eye(3) * 5)), weights, rtol=1e-6)
    np.testing.assert_allclose(model.score(interactions(LIKED * 5)), LIKED @ weights, rtol=1e-6)


def test_alpha_draws_chances_together_and_beta_holds_the_popular_back_by_hand():
    model = fitted(LIKED * 5, alpha=0.5, beta=2)
    weights = [
        [0, (1 / np.sqrt(4) + 1 / np.sqrt(6)) / 9, 1 / np.sqrt(6)],
        [(1 / np.sqrt(6) + 1 / np.sqrt(9)) / 4, 0, 1 / np.sqrt(9)],
        [1 / np.sqrt(3) / 4, 1 / np.sqrt(3) / 9, 0],
    ]
    np.testing.assert_allclose(model.score(interactions(np.eye(3) * 5)), weights, rtol=1e-6)


def test_only_the_nearest_titles_of_the_scored_one_count():
    model = fitted(LIKED * 5, alpha=1, beta=0, neighbours=1)
    # Into title 0 leads 5/18 from title 1 and 1/3 from 2; into 1, 5/12 from 0 and 1/3; into 2, 1/6 from 0 and 1/9.
    expected = [[0, 5 / 12, 1 / 6], [0, 0, 0], [1 / 3, 0, 0]]
    np.testing.assert_allclose(model.score(interactions(np.eye(3) * 5)), expected, rtol=1e-6)


@given(AUDIENCES, st.floats(0, 2), st.floats(0, 2))
def test_equals_every_walk_taken_one_by_one(liked, alpha, beta):
    scores = fitted(liked * 5, alpha=alpha, beta=beta).score(interactions(liked * 5))
    np.testing.assert_allclose(scores, liked @ walked(liked, alpha, beta), rtol=1e-4, atol=1e-6)
    assert scores.dtype == np.float32


@given(AUDIENCES)
def test_chances_of_a_walk_never_exceed_one(liked):
    chances = fitted(liked * 5, alpha=1, beta=0).score(interactions(np.eye(5) * 5))
    assert (chances >= 0).all()
    assert (chances.sum(axis=1) < 1 + 1e-6).all()


@given(AUDIENCES, st.permutations(range(6)), st.permutations(range(5)))
def test_order_of_viewers_and_titles_does_not_matter(liked, viewers, titles):
    turned = liked[viewers][:, titles]
    scores = fitted(liked * 5).score(interactions(liked * 5))[viewers][:, titles]
    np.testing.assert_allclose(fitted(turned * 5).score(interactions(turned * 5)), scores, rtol=1e-5)


@given(AUDIENCES, st.integers(2, 4))
def test_the_same_audience_again_only_changes_the_scale(liked, times):
    once, more = fitted(liked * 5), fitted(np.tile(liked, (times, 1)) * 5)
    scale = times ** (1 - once.alpha - once.beta)
    new = interactions(liked * 5, rows=np.full(6, -1))
    np.testing.assert_allclose(more.score(new), scale * once.score(new), rtol=1e-5)


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


def test_what_was_seen_but_not_liked_has_no_say():
    assert not fitted(LIKED * 5).score(interactions([[3, 3, 3]])).any()


def test_a_title_that_nobody_liked_is_not_known():
    model = fitted([[5, 5, 3], [5, 5, 0]])
    assert not model.score(interactions([[5, 5, 5]], rows=np.array([-1])))[0, 2]
    assert not model.score(interactions([[3, 3, 5]], rows=np.array([-1]))).any()


def test_one_title():
    assert fitted([[5.0]]).score(interactions([[5.0]])).tolist() == [[0.0]]


def test_nothing_liked():
    with pytest.raises(ModelError, match="rp3beta has nothing to learn from: none of 4 interactions reaches"):
        fitted(np.full((2, 2), 3))
