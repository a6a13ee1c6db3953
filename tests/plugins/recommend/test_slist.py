"""slist: equations worked out by hand and step by step, the order of time, ease as its special case, failures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.sparse import csr_array

from plugins.recommend import normal_equations, slist
from plugins.recommend.ease import Ease
from plugins.recommend.slist import Slist
from toolkit.errors import ModelError
from toolkit.interactions import UNKNOWN_TIME, Interactions

# Plain settings: nothing is weighed, so that the numbers can be worked out.
PLAIN = {"regularisation": 1, "diagonal_share": 0, "activity": 0, "memory": None}


def interactions(dense, times=None, rows=None, threshold=4.0):
    """Ratings where `dense` is not 0, at the `times` of a matrix of the same shape."""
    dense = np.asarray(dense, dtype=np.float32)
    values = csr_array(dense)
    at = None if times is None else np.asarray(times, dtype=np.int64)[dense != 0]
    keys = np.arange(1, values.shape[1] + 1)
    return Interactions(values, np.arange(values.shape[0]), keys, threshold, times=at, rows=rows)


def fitted(data, **settings):
    model = Slist(**settings)
    model.fit(data, {}, 0)
    return model


def weights_of(model, titles):
    """B, as scores of viewers who like one title each."""
    return model.score(interactions(np.eye(titles) * 5, rows=np.full(titles, -1)))


def rows_of_steps(liked, times, reach):
    """S, T and the viewer of each of their rows, as the docstring has them, one viewer and step after another."""
    before, after, viewers = [], [], []
    for viewer, (row, at) in enumerate(zip(liked, times, strict=True)):
        step = np.searchsorted(np.unique(at[row]), at) + 1
        for t in range(1, np.unique(at[row]).size):
            before.append(np.where(row & (step <= t), np.exp(-(t - step) / reach), 0))
            after.append(np.where(row & (step > t), np.exp(-(step - t - 1) / reach), 0))
            viewers.append(viewer)
    shape = (len(viewers), liked.shape[1])
    return np.reshape(before, shape), np.reshape(after, shape), np.array(viewers, dtype=int)


def reference(liked, times, alpha, reach, regularisation, share, activity):
    """The docstring's formula, word for word, in float64."""
    liked, times = np.asarray(liked, dtype=bool), np.asarray(times)
    before, after, viewers = rows_of_steps(liked, times, reach)
    weights = np.maximum(liked.sum(axis=1), 1.0) ** -activity
    together = alpha * liked.T @ (liked * weights[:, None])
    scaled = (1 - alpha) * before * weights[viewers, None]
    left, right = together + scaled.T @ before, together + scaled.T @ after
    inverse = np.linalg.inv(left + np.diag(regularisation + share * np.diag(left)))
    solved = inverse @ right
    return solved - inverse * (np.diag(solved) / np.diag(inverse))


@pytest.fixture
def audience():
    """40 viewers, 12 titles, half of what was seen liked, at few enough times that many are the same."""
    random = np.random.default_rng(5)
    dense = np.where(random.random((40, 12)) < 0.6, random.integers(1, 6, (40, 12)), 0)
    dense[3] = 0
    dense[4] = np.minimum(dense[4], 3)
    return dense, random.integers(1, 9, (40, 12))


def test_what_comes_next_by_hand():
    # Three viewers watch 0, 1, and one of them 2 after that. Steps: S = (1,0,0) three times, then (r,1,0), with
    # r = e^-1; T = (0,1,0) twice, (0,1,r) once, then (0,0,1). λ = 1.
    r = np.exp(-1)
    data = interactions([[5, 5, 0], [5, 5, 0], [5, 5, 5]], [[1, 2, 0], [3, 5, 0], [1, 2, 3]])
    left = np.array([[3 + r**2 + 1, r, 0], [r, 1 + 1, 0], [0, 0, 1]])
    right = np.array([[0, 3, 2 * r], [0, 0, 1], [0, 0, 0]])
    determinant = (4 + r**2) * 2 - r**2
    inverse = np.array([[2, -r, 0], [-r, 4 + r**2, 0], [0, 0, determinant]]) / determinant
    np.testing.assert_allclose(inverse @ left, np.eye(3), atol=1e-12)
    solved = inverse @ right
    # Only title 1 would have explained itself: (P·C)_11 = -3r / determinant, P_11 = (4 + r²) / determinant.
    mu = -3 * r / (4 + r**2)
    expected = solved - np.outer(inverse[:, 1], [0, 1, 0]) * mu
    found = weights_of(fitted(data, alpha=0, reach=1, **PLAIN), 3)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    assert found[0, 1] == pytest.approx(3 / (4 + r**2))
    assert np.argmax(found, axis=1).tolist()[:2] == [1, 2]


def test_it_is_what_minimises_the_docstrings_sum_of_squares(audience):
    dense, times = audience[0][:15, :4], audience[1][:15, :4]
    liked = dense >= 4
    before, after, viewers = rows_of_steps(liked, times, 2.0)
    weigh = np.maximum(liked.sum(axis=1), 1.0) ** -0.5
    off = ~np.eye(4, dtype=bool)

    def loss(free):
        weights = np.zeros((4, 4))
        weights[off] = free
        together = (weigh[:, None] * (liked - liked @ weights) ** 2).sum()
        following = (weigh[viewers, None] * (after - before @ weights) ** 2).sum()
        return 0.3 * together + 0.7 * following + 1.5 * (weights**2).sum()

    best = minimize(loss, np.zeros(12), tol=1e-12).x
    model = fitted(interactions(dense, times), alpha=0.3, reach=2.0, regularisation=1.5, diagonal_share=0)
    np.testing.assert_allclose(weights_of(model, 4)[off], best, atol=1e-5)


@pytest.mark.parametrize("chosen", [(0.5, 1.0, 10.0, 0.5, 0.5), (0.0, 2.0, 1.0, 0.0, 0.0), (0.8, 0.3, 3.0, 1.0, 1.0)])
def test_equals_the_formula_in_float64(audience, chosen):
    dense, times = audience
    names = ("alpha", "reach", "regularisation", "diagonal_share", "activity")
    model = fitted(interactions(dense, times), **dict(zip(names, chosen, strict=True)), memory=3.0)
    weights = reference(dense >= 4, times, *chosen)
    np.testing.assert_allclose(weights_of(model, 12), weights, rtol=1e-4, atol=1e-6)
    steps = [np.unique(at[row]) for row, at in zip(dense >= 4, times, strict=True)]
    back = np.array([found.size - 1 - np.searchsorted(found, at) for found, at in zip(steps, times, strict=True)])
    scores = model.score(interactions(dense, times))
    np.testing.assert_allclose(scores, ((dense >= 4) * np.exp(-back / 3)) @ weights, rtol=1e-4, atol=1e-6)
    assert scores.dtype == np.float32


def test_what_was_liked_last_counts_most_by_hand():
    # Title 1 one step after title 0; what is not liked makes no step, and what has no time comes first.
    new = interactions(
        [[5, 5, 3, 0], [5, 5, 0, 5]], [[10, 30, 20, 0], [7, 9, 0, UNKNOWN_TIME]], rows=np.array([-1, -1])
    )
    model = fitted(interactions([[5, 5, 0, 5], [5, 0, 5, 5], [0, 5, 5, 0]]), **PLAIN | {"memory": 2.0})
    weights = weights_of(model, 4)
    decay = np.exp(-1 / 2)
    expected = [decay * weights[0] + weights[1], decay * weights[0] + weights[1] + decay**2 * weights[3]]
    np.testing.assert_allclose(model.score(new), expected, rtol=1e-5, atol=1e-7)


def test_without_a_history_of_times_all_weighs_alike(audience):
    dense, times = audience
    model = fitted(interactions(dense, times), memory=3.0)
    np.testing.assert_allclose(
        model.score(interactions(dense)), (dense >= 4) @ weights_of(model, 12), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("alpha", [1.0, 0.5, 0.0])
def test_without_times_it_is_ease(audience, alpha):
    data = interactions(audience[0])
    ease = Ease()
    ease.fit(data, {}, 0)
    scores = fitted(data, alpha=alpha).score(data)
    np.testing.assert_allclose(scores, ease.score(data), rtol=1e-4, atol=1e-6)
    same_moment = interactions(audience[0], np.full(audience[0].shape, 7))
    np.testing.assert_array_equal(fitted(same_moment, alpha=alpha).score(same_moment), scores)


def test_with_alpha_1_and_no_memory_it_is_ease(audience):
    data = interactions(*audience)
    ease = Ease()
    ease.fit(data, {}, 0)
    scores = fitted(data, alpha=1, memory=None).score(data)
    np.testing.assert_allclose(scores, ease.score(data), rtol=1e-4, atol=1e-6)


@settings(max_examples=25)
@given(
    arrays(np.int8, (6, 5), elements=st.integers(0, 1)).filter(lambda liked: liked.any()),
    arrays(np.int64, (6, 5), elements=st.integers(0, 4)),
    st.permutations(range(6)),
    st.permutations(range(5)),
)
def test_only_the_order_of_time_matters(liked, times, viewers, titles):
    scores = fitted(interactions(liked * 5, times)).score(interactions(liked * 5, times))
    # Another calendar, of the same order, each viewer with one of his own.
    later = times**3 * 1000 + np.arange(6)[:, None]
    np.testing.assert_array_equal(fitted(interactions(liked * 5, later)).score(interactions(liked * 5, later)), scores)
    turned = interactions((liked * 5)[viewers][:, titles], times[viewers][:, titles])
    np.testing.assert_allclose(fitted(turned).score(turned), scores[viewers][:, titles], rtol=1e-4, atol=1e-6)


@settings(max_examples=25)
@given(
    arrays(np.int8, (7, 4), elements=st.integers(0, 1)).filter(lambda liked: liked.any()),
    arrays(np.int64, (7, 4), elements=st.integers(0, 3)),
    st.floats(0, 1),
    st.floats(0.5, 20),
)
def test_equals_the_formula_on_any_small_audience(liked, times, alpha, reach):
    model = fitted(interactions(liked * 5, times), alpha=alpha, reach=reach, memory=None)
    steps = rows_of_steps(liked == 1, times, reach)[2]
    weights = reference(liked, times, alpha if steps.size else 1.0, reach, 10.0, 0.5, 0.5)
    np.testing.assert_allclose(model.score(interactions(liked * 5, times)), liked @ weights, rtol=1e-4, atol=1e-6)


def test_blocks_change_nothing(audience, monkeypatch):
    data = interactions(*audience)
    whole = weights_of(fitted(data), 12)
    monkeypatch.setattr(slist, "_BLOCK_PAIRS", 7)
    np.testing.assert_allclose(weights_of(fitted(data), 12), whole, rtol=1e-4, atol=1e-6)
    monkeypatch.setattr(normal_equations, "BLOCK", 5)
    np.testing.assert_allclose(weights_of(fitted(data), 12), whole, rtol=1e-4, atol=1e-6)


def test_transitions_over_too_many_steps_are_left_out():
    # Title 0 first, title 1 nine steps later, with titles 2 to 9 between: with reach 1, eight steps are the farthest.
    dense, times = np.full((1, 10), 5), np.array([[0, 9, *range(1, 9)]])
    whole = reference(dense > 0, times, 0.0, 1.0, 1.0, 0.0, 0.0)
    found = weights_of(fitted(interactions(dense, times), alpha=0, reach=1, **PLAIN), 10)
    np.testing.assert_allclose(found, whole, atol=0.01)
    far, near = abs(found - whole)[0, 1], abs(found - whole)[0, 9]
    assert far > 1e-4 > near


def test_contributions_sum_to_the_score_over_liked_titles(audience):
    data = interactions(*audience)
    model = fitted(data)
    rows, columns = np.repeat(np.arange(40), 12), np.tile(np.arange(12), 40)
    parts = model.contributions(data, rows, columns)
    assert parts.shape == (480, 12)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-6)
    assert not (parts.toarray() * (data.liked.toarray()[rows] == 0)).any()


@pytest.mark.parametrize("unknown", [0, 2, 4])
def test_a_title_that_nobody_liked_has_no_weights(unknown):
    dense = np.insert(np.array([[5, 5, 0, 5], [5, 0, 5, 5], [0, 5, 5, 5]]), unknown, 3, axis=1)
    times = np.insert(np.array([[1, 2, 3, 4], [4, 3, 2, 1], [1, 3, 2, 5]]), unknown, 2, axis=1)
    model = fitted(interactions(dense, times))
    assert model._weights.shape == (4, 4)
    new = interactions(np.full((1, 5), 5), np.arange(5)[None], rows=np.array([-1]))
    scores = model.score(new)
    assert scores[0, unknown] == 0
    assert np.count_nonzero(scores) == 4
    parts = model.contributions(new, np.zeros(5, dtype=int), np.arange(5))
    assert not parts.toarray()[:, unknown].any()
    np.testing.assert_allclose(parts.sum(axis=1), scores[0], rtol=1e-5)


def test_viewers_without_a_liked_title_score_nothing(audience):
    data = interactions(*audience)
    assert not fitted(data).score(data)[3:5].any()


def test_one_title():
    data = interactions([[5.0]], [[1]])
    assert fitted(data).score(data).tolist() == [[0.0]]


def test_a_small_regularisation_is_solved_in_float64(audience):
    dense, times = audience
    model = fitted(interactions(dense, times), regularisation=1e-5, diagonal_share=0)
    expected = reference(dense >= 4, times, 0.5, 1.0, 1e-5, 0.0, 0.5)
    np.testing.assert_allclose(weights_of(model, 12), expected, rtol=1e-4, atol=1e-5)


def test_a_regularisation_that_is_too_small_is_named():
    data = interactions(np.full((50, 20), 5), np.tile(np.arange(20) // 2, (50, 1)))
    with pytest.raises(
        ModelError, match="slist cannot solve for its weights with regularisation 1e-30; set a larger one"
    ):
        fitted(data, regularisation=1e-30, diagonal_share=0)


def test_nothing_liked():
    with pytest.raises(ModelError, match="slist has nothing to learn from: none of 4 interactions reaches"):
        fitted(interactions(np.full((2, 2), 3)))


def test_too_little_memory_is_said_before_it_is_used(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
    with pytest.raises(ModelError, match=r"20 titles squared and .* take ease, als or item-knn, which need less"):
        fitted(interactions(np.full((50, 20), 5)))
