"""Regressions on nearest titles: a case by hand, an independent loop, dense ease where all are near, routes, saving."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from plugins.recommend import local_regression as module
from plugins.recommend import similarity
from plugins.recommend.ease import Ease
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.local_regression import NEIGHBOURS, local_weights
from toolkit.errors import ModelError
from toolkit.interactions import Interactions
from toolkit.saving import restore, save


def interactions(dense):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0)


def audience(viewers, titles, share=0.3):
    """Likes of which some viewer likes all but the last title, which nobody does, so that any two titles share one."""
    dense = (np.random.default_rng(3).random((viewers, titles)) < share) * 5.0
    dense[0] = 5
    dense[:, -1] = 0
    return interactions(dense)


def fitted(data, **settings):
    model = Ease(**settings)
    model.fit(data, {}, 0)
    return model


@pytest.fixture
def short(monkeypatch):
    """Hardly any memory is free."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))


def by_loop(rows, weights, penalty, count):
    """The docstring's formula, title by title, in float64."""
    gram = rows.T @ np.diag(weights) @ rows
    lengths = np.sqrt(np.diag(gram))
    found = np.zeros(gram.shape)
    for j in range(gram.shape[0]):
        cosine = np.divide(gram[:, j], lengths * lengths[j], out=np.zeros(len(gram)), where=lengths * lengths[j] > 0)
        cosine[j] = 0
        near = np.argsort(-np.round(cosine, 6), kind="stable")[:count]
        near = near[cosine[near] > 0]
        if near.size:
            found[near, j] = np.linalg.solve((gram + np.diag(penalty))[np.ix_(near, near)], gram[near, j])
    return found


def test_three_titles_by_hand():
    # X = [[1,1,0],[0,1,1],[0,1,0],[0,1,0],[1,1,1]]: G = [[2,2,1],[2,5,2],[1,2,2]], cosines 2/√10 of 0 and 1, and of 1
    # and 2, 1/2 of 0 and 2. With λ = 1 and one neighbour each, 0 and 2 go by 1: 2 / (5 + 1), and 1 by 0: 2 / (2 + 1).
    rows = csr_array(np.array([[1, 1, 0], [0, 1, 1], [0, 1, 0], [0, 1, 0], [1, 1, 1]], dtype=np.float32))
    found = local_weights(rows, np.ones(5), np.ones(3), np.float64, count=1)
    np.testing.assert_allclose(found.toarray(), [[0, 2 / 3, 0], [1 / 3, 0, 1 / 3], [0, 0, 0]], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("held", "entries"), [(1, 1), (90, 50), (10**6, 10**6)])
@pytest.mark.parametrize("count", [1, 4, 40])
def test_equals_the_formula_title_by_title_whatever_the_blocks(monkeypatch, count, held, entries, dtype):
    monkeypatch.setattr(module, "_HELD_ENTRIES", held)
    for one, name in ((module, "_BATCH_ENTRIES"), (similarity, "_BLOCK_ENTRIES")):
        monkeypatch.setattr(one, name, entries)
    generator = np.random.default_rng(7)
    rows = generator.random((30, 25)) * (generator.random((30, 25)) < np.linspace(0.02, 0.4, 25))
    rows[:, [3, 24]] = 0
    weights, penalty = generator.random(30) + 0.1, generator.random(25) + 0.5
    found = local_weights(csr_array(rows.astype(np.float32)), weights, penalty, dtype, count)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), by_loop(rows, weights, penalty, count), rtol=1e-3, atol=1e-5)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 8), st.integers(1, 12))
def test_any_audience_gets_at_most_so_many_weights_a_title_and_none_on_itself(seed, viewers, titles, count):
    rows = (np.random.default_rng(seed).random((viewers, titles)) < 0.4).astype(np.float32)
    found = local_weights(csr_array(rows), np.ones(viewers), np.ones(titles), np.float32, count)
    assert found.shape == (titles, titles)
    assert not found.diagonal().any()
    assert (np.count_nonzero(found.toarray(), axis=0) <= count).all()
    if count >= titles - 1 and (rows.T @ rows).all():
        inverse = np.linalg.inv(rows.T @ rows + np.eye(titles))
        np.testing.assert_allclose(found.toarray(), np.eye(titles) - inverse / np.diag(inverse), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("shape", [(60, 20), (20, 70)], ids=["tall", "wide"])
@pytest.mark.parametrize("activity", [0.0, 0.5])
def test_ease_is_the_same_where_all_titles_are_among_the_nearest(short, shape, activity):
    data = audience(*shape)
    assert shape[1] <= NEIGHBOURS
    local, dense = fitted(data, activity=activity), Ease(activity=activity)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2**40))
        dense.fit(data, {}, 0)
    assert (local._route, dense._route) == ("nearest", "titles" if shape == (60, 20) else "rows")
    np.testing.assert_allclose(local.score(data), dense.score(data), rtol=1e-4, atol=1e-6)
    assert local.score(data).dtype == np.float32
    np.testing.assert_allclose(
        local.title_weights(shape[1]).toarray(), dense.title_weights(shape[1]).toarray(), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(
        np.argsort(-local.score(data)[:, :-1], axis=1, kind="stable")[:, :3],
        np.argsort(-dense.score(data)[:, :-1], axis=1, kind="stable")[:, :3],
    )


@pytest.mark.parametrize("shape", [(60, 20), (20, 70)], ids=["tall", "wide"])
def test_contributions_sum_to_the_score_over_liked_titles(short, shape):
    data = audience(*shape)
    model = fitted(data)
    rows, columns = np.repeat(np.arange(shape[0]), shape[1]), np.tile(np.arange(shape[1]), shape[0])
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-6)
    assert not (parts.toarray() * (data.liked.toarray()[rows] == 0)).any()


# 20 titles squared take 1,760 bytes in float32, 5 viewers squared 440 in float64 twice.
@pytest.mark.parametrize(
    ("shape", "free", "route"),
    [
        ((60, 20), 1761, "titles"),
        ((60, 20), 1759, "nearest"),
        ((5, 70), 441, "rows"),
        ((5, 70), 439, "nearest"),
        # By viewers would be cheaper, and by titles takes less.
        ((13, 21), 2000, "titles"),
        ((13, 21), 1000, "nearest"),
    ],
)
def test_nearest_titles_are_what_is_left_where_memory_is_short(monkeypatch, shape, free, route):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    model = fitted(audience(*shape))
    assert model._route == route
    assert bool(model.findings()) == (route == "nearest")


def test_why_is_said_and_forgotten_by_the_next_fit(monkeypatch):
    data, gib = audience(60, 20), 2**30
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
    model = fitted(data)
    assert model.findings() == {
        "route": {
            "taken": "nearest titles",
            "why": "each title is regressed on its 100 nearest alone: "
            "20 titles squared take 0.0 GiB, and 0.0 GiB were free",
        }
    }
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=gib))
    model.fit(data, {}, 0)
    assert (model._route, model.findings(), ItemKnn().findings()) == ("titles", {}, {})


def test_a_saved_fit_comes_back_with_the_same_answers(short, tmp_path):
    data = audience(40, 15)
    model, again = fitted(data), Ease()
    save(model, tmp_path)
    restore(again, {path.name: path for path in tmp_path.iterdir()})
    np.testing.assert_array_equal(again.score(data), model.score(data))
    assert again.findings() == model.findings()
    rows, columns = np.array([0, 1, 2]), np.array([3, 4, 5])
    np.testing.assert_array_equal(
        again.contributions(data, rows, columns).toarray(), model.contributions(data, rows, columns).toarray()
    )


def test_a_small_regularisation_is_solved_in_float64_and_one_too_small_is_named(short):
    data = audience(60, 20)
    settings = {"diagonal_share": 0, "activity": 0}
    found = fitted(data, regularisation=1e-5, **settings).title_weights(20).toarray()
    liked = data.liked.toarray().astype(np.float64)
    np.testing.assert_allclose(found, by_loop(liked, np.ones(60), np.full(20, 1e-5), 20), rtol=1e-4, atol=1e-5)
    with pytest.raises(ModelError, match="regularisation 1e-30; set a larger one"):
        fitted(data, regularisation=1e-30, **settings)
