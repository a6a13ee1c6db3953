"""multvae: tastes told apart, scores by hand, what is held out, somebody new, seeds, saving, failures."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import multvae
from plugins.recommend.multvae import DenseRows, MultVae
from toolkit.errors import ModelError
from toolkit.interactions import Interactions
from toolkit.learning import Training
from toolkit.saving import restore, save

SMALL = {"hidden": 16, "latent": 4, "epochs": 30, "batch": 16, "learning_rate": 0.02}


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, seed=0, **settings):
    model = MultVae(**SMALL | settings)
    model.fit(interactions(dense), {}, seed)
    return model


def tastes():
    """40 viewers: the even ones like most titles of 0 to 7, the odd ones of 8 to 15; nobody likes title 16."""
    liked = np.random.default_rng(2).random((40, 17)) < 0.6
    liked[::2, 8:], liked[1::2, :8], liked[:, 16] = False, False, False
    return liked * 5


@pytest.fixture(scope="module")
def model():
    return fitted(tastes())


@pytest.mark.slow
def test_tastes_are_told_apart_for_strangers_too(model):
    for rows in (None, np.full(40, -1)):
        scores = model.score(interactions(tastes(), rows))
        assert scores.dtype == np.float32
        assert (scores[::2, :8].min(axis=1) > scores[::2, 8:16].max(axis=1)).all()
        assert (scores[1::2, 8:16].min(axis=1) > scores[1::2, :8].max(axis=1)).all()


@pytest.mark.slow
def test_scores_are_the_networks_by_the_mean_of_the_code():
    """The same numbers come out of Keras, in which the network learnt, and of NumPy."""
    likes = tastes()
    kept = []
    original = multvae.built

    def built(*given):
        kept.append(original(*given))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multvae, "built", built)
        model = fitted(likes, epochs=2)
    logits = np.asarray(kept[0]([(likes[:, :16] > 0).astype(np.float32), np.zeros((40, 4), np.float32)])[0])
    np.testing.assert_allclose(model.score(interactions(likes))[:, :16], logits, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_what_nobody_liked_and_who_liked_nothing_score_0(model):
    likes = tastes()
    likes[5] = 3
    scores = model.score(interactions(likes))
    assert not scores[5].any()
    assert not scores[:, 16].any()
    assert scores[4, :16].all()


@pytest.mark.slow
def test_the_same_seed_learns_the_same():
    data = interactions(tastes())
    scores = fitted(tastes(), 3, epochs=2).score(data)
    np.testing.assert_array_equal(fitted(tastes(), 3, epochs=2).score(data), scores)
    assert (fitted(tastes(), 4, epochs=2).score(data) != scores).any()


@pytest.mark.slow
def test_a_saved_model_scores_the_same_without_keras(model, tmp_path, monkeypatch):
    save(model, tmp_path)
    monkeypatch.setitem(sys.modules, "keras", None)
    back = MultVae(**SMALL)
    restore(back, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(back.score(interactions(tastes())), model.score(interactions(tastes())))


@pytest.mark.slow
def test_training_is_judged_by_what_is_held_out_and_not_where_likes_are_few():
    training, few = Training(0), Training(0)
    MultVae(**SMALL | {"epochs": 2}).train(interactions(tastes()), {}, training)
    assert len(training.histories["network"].judged) == 2
    MultVae(**SMALL | {"epochs": 2}).train(interactions([[5, 5, 0], [0, 5, 5]]), {}, few)
    assert few.histories["network"].judged == []


def test_a_fifth_of_one_viewer_in_five_is_held_out():
    liked = csr_array((np.random.default_rng(0).random((60, 40)) < 0.5).astype(np.float32))
    liked = csr_array(np.vstack([liked.toarray(), np.eye(4, 40)]))
    held_out = multvae._held_out(liked, 1)
    by_viewer = np.add.reduceat(held_out, liked.indptr[:-1])
    counts = np.diff(liked.indptr)
    chosen = by_viewer > 0
    assert chosen.sum() == 60 // 5
    assert not chosen[60:].any()
    np.testing.assert_array_equal(by_viewer[chosen], counts[chosen] // 5)
    np.testing.assert_array_equal(held_out, multvae._held_out(liked, 1))
    assert (held_out != multvae._held_out(liked, 2)).any()


def test_rows_become_dense_as_they_are_asked_for():
    matrix = csr_array(np.arange(12).reshape(4, 3))
    rows = DenseRows(matrix)
    assert len(rows) == 4
    np.testing.assert_array_equal(rows[np.array([2, 0, 2])], matrix.toarray()[[2, 0, 2]])
    np.testing.assert_array_equal(rows[1:3], matrix.toarray()[1:3])


def test_nothing_liked():
    with pytest.raises(ModelError, match="multvae has nothing to learn from: none of 4 interactions reaches"):
        fitted(np.full((2, 2), 3))


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ModelError, match=r"pip install 'cinekit\[recommend-networks\]'"):
        fitted(tastes())
