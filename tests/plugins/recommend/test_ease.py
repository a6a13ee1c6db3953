"""ease: scores worked out by hand and by an independent formula, both routes, fold-in, explanations, failures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from scipy.sparse import csr_array

from plugins.recommend.ease import Ease
from toolkit.errors import ModelError
from toolkit.interactions import Interactions


def interactions(dense, rows=None, threshold=4.0):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    keys = np.arange(1, values.shape[1] + 1)
    return Interactions(values, np.arange(values.shape[0]), keys, threshold=threshold, rows=rows)


def reference(liked, regularisation, share, activity):
    """The docstring's formula, word for word, in float64."""
    liked = np.asarray(liked, dtype=np.float64)
    counts = np.maximum(liked.sum(axis=1), 1)
    gram = liked.T @ np.diag(counts**-activity) @ liked
    inverse = np.linalg.inv(gram + np.diag(regularisation + share * np.diag(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def fitted(data, **settings):
    model = Ease(**settings)
    model.fit(data, {}, 0)
    return model


@pytest.fixture
def wide():
    """30 viewers, 80 titles, ratings of which half are liked; viewer 3 has seen nothing and viewer 4 liked nothing."""
    random = np.random.default_rng(5)
    dense = np.where(random.random((30, 80)) < 0.2, random.integers(1, 6, (30, 80)), 0)
    dense[3] = 0
    dense[4] = np.minimum(dense[4], 3)
    return dense


def test_three_titles_by_hand():
    # X = [[1,1,0],[0,1,1],[0,1,0]], λ = 1: G + λ = [[2,1,0],[1,4,1],[0,1,2]], determinant 12,
    # P = [[7,-2,1],[-2,4,-2],[1,-2,7]] / 12, so B = [[0, 1/2, -1/7], [2/7, 0, 2/7], [-1/7, 1/2, 0]].
    data = interactions([[5, 4, 0], [0, 4, 5], [1, 4, 0]])
    model = fitted(data, regularisation=1, diagonal_share=0, activity=0)
    expected = [[2 / 7, 1 / 2, 1 / 7], [1 / 7, 1 / 2, 2 / 7], [2 / 7, 0, 2 / 7]]
    np.testing.assert_allclose(model.score(data), expected, rtol=1e-6, atol=1e-7)


def test_scores_are_history_times_b_not_its_transpose():
    model = fitted(interactions([[5, 4, 0], [0, 4, 5], [1, 4, 0]]), regularisation=1, diagonal_share=0, activity=0)
    # Who liked title 2 alone: row 2 of B is (2/7, 0, 2/7), column 2 is (1/2, 0, 1/2).
    scores = model.score(interactions([[0, 5, 0]], rows=np.array([-1])))
    np.testing.assert_allclose(scores, [[2 / 7, 0, 2 / 7]], rtol=1e-6)


@pytest.mark.parametrize("settings", [(10.0, 0.5, 0.5), (1.0, 0.0, 0.0), (100.0, 0.0, 0.0), (3.0, 2.0, 1.0)])
@pytest.mark.parametrize("turned", [False, True], ids=["wide", "tall"])
def test_equals_the_formula_in_float64(wide, settings, turned):
    dense = wide.T if turned else wide
    data = interactions(dense)
    regularisation, diagonal_share, activity = settings
    model = fitted(data, regularisation=regularisation, diagonal_share=diagonal_share, activity=activity)
    assert model._route == ("titles" if turned else "rows")
    expected = (dense >= 4) @ reference(dense >= 4, *settings)
    np.testing.assert_allclose(model.score(data), expected, rtol=1e-4, atol=1e-6)
    assert model.score(data).dtype == np.float32


def test_both_routes_agree(wide):
    data = interactions(wide)
    by_viewers, by_titles = Ease(), Ease()
    by_viewers._solve_by_rows(by_viewers._likes(data))
    by_titles._solve_by_titles(by_titles._likes(data))
    np.testing.assert_allclose(by_viewers.score(data), by_titles.score(data), rtol=1e-4, atol=1e-6)
    rows, columns = np.repeat(np.arange(30), 80), np.tile(np.arange(80), 30)
    left, right = (model.contributions(data, rows, columns).toarray() for model in (by_viewers, by_titles))
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("filled", [0.02, 0.9], ids=["sparse", "dense"])
def test_either_way_to_multiply_gives_the_same(filled):
    dense = (np.random.default_rng(2).random((60, 40)) < filled) * 5.0
    dense[0, 0] = 5
    data = interactions(dense)
    expected = (dense > 0) @ reference(dense > 0, 10.0, 0.5, 0.5)
    np.testing.assert_allclose(fitted(data).score(data), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("turned", [False, True], ids=["viewers", "titles"])
def test_contributions_sum_to_the_score_over_liked_titles(wide, turned):
    data = interactions(wide.T if turned else wide)
    model = fitted(data)
    rows, columns = np.array([0, 7, 7, 2, 3, 4]), np.array([3, 3, 29, 0, 1, 2])
    parts = model.contributions(data, rows, columns)
    assert parts.shape == (6, data.shape[1])
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-6)
    assert not (parts.toarray() * (data.liked.toarray()[rows] == 0)).any()


def test_somebody_new_scores_as_a_viewer_with_the_same_history(wide):
    data = interactions(wide)
    model = fitted(data)
    new = interactions(wide[6:8], rows=np.array([-1, -1]))
    np.testing.assert_allclose(model.score(new), model.score(data)[6:8], rtol=1e-5, atol=1e-7)


def test_viewers_without_a_liked_title_score_nothing(wide):
    data = interactions(wide)
    assert not fitted(data).score(data)[3:5].any()


def test_one_title_and_a_viewer_who_saw_everything():
    data = interactions([[5.0]])
    model = fitted(data)
    assert model.score(data).tolist() == [[0.0]]
    assert model.contributions(data, np.array([0]), np.array([0])).toarray().tolist() == [[0.0]]


def test_a_small_regularisation_is_solved_in_float64():
    dense = (np.random.default_rng(1).random((50, 20)) < 0.5) * 5.0
    data = interactions(dense)
    model = fitted(data, regularisation=1e-5, diagonal_share=0, activity=0)
    expected = (dense > 0) @ reference(dense > 0, 1e-5, 0.0, 0.0)
    np.testing.assert_allclose(model.score(data), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(50, 20), (5, 90)])
def test_a_regularisation_that_is_too_small_is_named(shape):
    with pytest.raises(ModelError, match="regularisation 1e-30; set a larger one"):
        fitted(interactions(np.full(shape, 5)), regularisation=1e-30, diagonal_share=0)


def test_nothing_liked():
    with pytest.raises(ModelError, match="none of 4 interactions reaches the threshold 4"):
        fitted(interactions(np.full((2, 2), 3)))


def test_with_noise_too_little_memory_is_said_before_it_is_used(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
    with pytest.raises(ModelError, match=r"titles squared and .* are free; take a smaller epsilon"):
        fitted(interactions(np.full((50, 20), 5)), epsilon=1e6)
