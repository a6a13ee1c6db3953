"""bpr: gradients and steps by hand and by differences, what is compared, tastes told apart, somebody new, failures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array
from scipy.special import log_expit

from plugins.recommend import bpr
from plugins.recommend.bpr import Bpr
from toolkit.errors import ModelError
from toolkit.interactions import Interactions


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, seed=0, **settings):
    model = Bpr(**{"factors": 4, "epochs": 30, "batch": 16} | settings)
    model.fit(interactions(dense), {}, seed)
    return model


@pytest.fixture
def two_tastes():
    """40 viewers: the even ones like most titles of 0 to 7, the odd ones of 8 to 15; nobody likes title 16."""
    liked = np.random.default_rng(2).random((40, 17)) < 0.6
    liked[::2, 8:], liked[1::2, :8], liked[:, 16] = False, False, False
    return liked * 5


def test_gradients_by_hand():
    # One viewer, p = 2; two titles, q = (3, 1), b = (0.5, 0): the scores differ by 2 · 2 + 0.5, σ(-4.5) = 0.0110.
    viewers, titles = np.array([[2.0, 1.0]]), np.array([[3.0, 0.5], [1.0, 0.0]])
    ones = np.array([0]), np.array([0]), np.array([1])
    rows, of_viewers, shown, of_titles = bpr._gradients(viewers, titles, *ones, 0.1)
    slope = 1 / (1 + np.exp(4.5))
    assert (rows.tolist(), shown.tolist()) == ([0], [0, 1])
    np.testing.assert_allclose(of_viewers, [[slope * 2 - 0.1 * 2, 0]], rtol=1e-6)
    expected = [[slope * 2 - 0.1 * 3, slope - 0.1 * 0.5], [-slope * 2 - 0.1 * 1, -slope]]
    np.testing.assert_allclose(of_titles, expected, rtol=1e-6)


def test_gradients_are_those_of_the_docstrings_objective():
    random = np.random.default_rng(7)
    viewers, titles = random.normal(size=(5, 4)), random.normal(size=(6, 4))
    viewers[:, -1] = 1
    # Viewer 4 and title 5 are in no pair; viewer 0 and title 1 are in several, title 1 on both sides.
    viewer, better, worse = np.array([0, 0, 3, 2, 1]), np.array([1, 2, 1, 4, 0]), np.array([3, 1, 2, 1, 4])

    def objective(viewers, titles):
        apart = titles[better] - titles[worse]
        size = (viewers[viewer, :-1] ** 2).sum() + (titles[better] ** 2).sum() + (titles[worse] ** 2).sum()
        return log_expit((viewers[viewer] * apart).sum(axis=1)).sum() - 0.3 / 2 * size

    rows, of_viewers, shown, of_titles = bpr._gradients(viewers, titles, viewer, better, worse, 0.3)
    assert (rows.tolist(), shown.tolist()) == ([0, 1, 2, 3], [0, 1, 2, 3, 4])
    for found, where, numbers in ((of_viewers, rows, viewers), (of_titles, shown, titles)):
        for row, column in np.ndindex(found.shape):
            if numbers is viewers and column == 3:
                assert found[row, column] == 0
                continue
            change = np.zeros_like(numbers)
            change[where[row], column] = 1e-5
            up = (viewers + change, titles) if numbers is viewers else (viewers, titles + change)
            down = (viewers - change, titles) if numbers is viewers else (viewers, titles - change)
            assert found[row, column] == pytest.approx((objective(*up) - objective(*down)) / 2e-5, abs=1e-6)


def test_steps_of_adagrad_by_hand():
    numbers, sums = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [9.0, 0.0]])
    bpr._climb(numbers, sums, np.array([1]), np.array([[4.0, 0.0]]), 0.5)
    # Gradient 4 after one of 3: 0.5 · 4 / 5; a gradient of 0 moves nothing.
    np.testing.assert_allclose(numbers, [[1, 2], [3.4, 4]], rtol=1e-6)
    assert sums.tolist() == [[0, 0], [25, 0]]


@given(
    arrays(np.int8, (5, 6), elements=st.integers(0, 1)).filter(lambda liked: liked.any()),
    st.integers(0, 100),
    st.integers(1, 7),
)
def test_liked_titles_are_compared_with_known_ones_that_were_not(liked, seed, size):
    offered = np.flatnonzero(liked.any(axis=0))
    batches = list(bpr._batches(csr_array(liked), offered, size, np.random.default_rng(seed)))
    assert all(len(viewer) == size for viewer, _, _ in batches[:-1])
    pairs = []
    for viewer, better, worse in batches:
        assert liked[viewer, better].all()
        assert not liked[viewer, worse].any()
        assert np.isin(worse, offered).all()
        pairs += zip(viewer.tolist(), better.tolist(), strict=True)
    assert len(pairs) == len(set(pairs)) <= liked.sum()


def test_titles_to_compare_with_are_drawn_evenly_and_pairs_shuffled():
    liked = csr_array(np.array([[1, 0, 0, 0, 0]] * 2000 + [[0, 1, 1, 1, 0]]))
    ((viewer, _, worse),) = bpr._batches(liked, np.arange(4), 10**6, np.random.default_rng(0))
    counts = np.bincount(worse[viewer < 2000], minlength=5)
    # Of 2000 viewers, a quarter each draws titles 1 to 3, and a quarter its own, which is left out.
    assert counts[[0, 4]].tolist() == [0, 0]
    assert (abs(counts[1:4] - 500) < 4 * np.sqrt(2000 * 3 / 16)).all()
    assert (np.diff(viewer) < 0).any()


def test_tastes_are_told_apart(two_tastes):
    model = fitted(two_tastes)
    scores = model.score(interactions(two_tastes))
    assert scores.dtype == np.float32
    # Of titles that a viewer has not liked, those that others of the taste like come before the others.
    liked, one = two_tastes > 0, np.arange(40) % 2 == 0
    same_taste = np.where(one[:, None], np.arange(16) < 8, np.arange(16) >= 8)
    unliked = ~liked[:, :16]
    assert scores[:, :16][same_taste & unliked].mean() > scores[:, :16][~same_taste & unliked].mean() + 1


def test_learning_raises_the_objective(two_tastes):
    liked = two_tastes[:, :16] > 0

    def ordered(model):
        scores = model.score(interactions(two_tastes))[:, :16]
        return np.mean([(row[mine][:, None] > row[~mine]).mean() for row, mine in zip(scores, liked, strict=True)])

    assert ordered(fitted(two_tastes, epochs=1, rate=1e-6)) < 0.7
    # Who knew of the tastes alone would put 86 % of the pairs in order: all but half of those within a taste.
    assert ordered(fitted(two_tastes, epochs=30)) > 0.9


def test_somebody_new_is_described_by_the_mean_of_what_he_likes(two_tastes):
    model, data = fitted(two_tastes), interactions(two_tastes)
    described = np.column_stack([model._titles[:, :-1], np.ones(17)])
    shares = data.liked.toarray() / np.maximum(data.liked.sum(axis=1), 1)[:, None]
    means = (shares @ described).astype(np.float64)
    fold_in = np.linalg.solve(means.T @ means + 0.1 * np.eye(5), means.T @ model._viewers)
    new = interactions(two_tastes[:6], rows=np.full(6, -1))
    expected = means[:6] @ fold_in @ model._titles.T
    np.testing.assert_allclose(model.score(new), expected, rtol=1e-3, atol=1e-4)
    # It is near to what viewers of the fit with this history get, and tells the tastes apart as well.
    own = model.score(data)[:6]
    assert np.corrcoef(model.score(new).ravel(), own.ravel())[0, 1] > 0.9


def test_viewers_are_scored_alike_alone_and_among_others(two_tastes):
    model, data = fitted(two_tastes), interactions(two_tastes)
    mixed = interactions(two_tastes[[3, 8, 5]], rows=np.array([3, -1, 5]))
    scores = model.score(mixed)
    np.testing.assert_allclose(scores[[0, 2]], model.score(data)[[3, 5]], rtol=1e-5, atol=1e-6)
    alone = model.score(interactions(two_tastes[[8]], rows=np.array([-1])))
    np.testing.assert_allclose(scores[[1]], alone, rtol=1e-5, atol=1e-6)


def test_what_nobody_liked_and_who_liked_nothing_score_0(two_tastes):
    two_tastes[5] = 3
    model = fitted(two_tastes)
    scores = model.score(interactions(two_tastes))
    assert not scores[5].any()
    assert not scores[:, 16].any()
    assert not model.score(interactions(np.full((1, 17), 3), rows=np.array([-1]))).any()


def test_somebody_who_likes_only_what_nobody_knows_gets_what_all_like(two_tastes):
    scores = fitted(two_tastes).score(interactions([[0] * 16 + [5]], rows=np.array([-1])))
    assert np.isfinite(scores).all()


@settings(max_examples=10)
@given(arrays(np.int8, (6, 5), elements=st.integers(0, 1)), st.integers(0, 9))
def test_the_same_seed_learns_the_same(liked, seed):
    known = liked.any(axis=0).sum()
    if not any(0 < row.sum() < known for row in liked):
        with pytest.raises(ModelError, match="nothing to"):
            fitted(liked * 5, seed)
        return
    data = interactions(liked * 5)
    scores = fitted(liked * 5, seed, epochs=3).score(data)
    np.testing.assert_array_equal(fitted(liked * 5, seed, epochs=3).score(data), scores)
    assert (fitted(liked * 5, seed + 1, epochs=3).score(data) != scores).any()
    assert np.isfinite(scores).all()


def test_a_stronger_regularisation_makes_smaller_factors(two_tastes):
    free, held = (fitted(two_tastes, regularisation=value) for value in (0.0, 0.5))
    assert np.linalg.norm(held._titles) < 0.5 * np.linalg.norm(free._titles)


def test_contributions_are_refused(two_tastes):
    with pytest.raises(ModelError, match="bpr cannot say which watched titles"):
        fitted(two_tastes).contributions(interactions(two_tastes), np.array([0]), np.array([1]))


def test_nothing_liked():
    with pytest.raises(ModelError, match="bpr has nothing to learn from: none of 4 interactions reaches"):
        fitted(np.full((2, 2), 3))


def test_nothing_to_compare():
    with pytest.raises(ModelError, match="bpr has nothing to compare"):
        fitted([[5, 5, 3], [5, 5, 0], [3, 2, 1]])
