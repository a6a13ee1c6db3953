"""blend: sums worked out by hand, weights that are found, saving with its models, reasons, wrong wishes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend.blend import Blend
from plugins.recommend.blend_weights import best_weights, candidates
from plugins.recommend.ease import Ease
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.popular import Popular
from toolkit.errors import ModelError, SettingsError, UsageError
from toolkit.interactions import Interactions
from toolkit.recommender import Recommender
from toolkit.saving import restore, save
from toolkit.settings import build


class Says(Recommender):
    """Gives every viewer the scores that it was made with."""

    name: ClassVar[str] = "says"
    _says: list[float]

    def fit(self, interactions, tables, seed):
        """Nothing to learn."""

    def score(self, history):
        """The same for all."""
        return np.tile(np.array(self._says, dtype=np.float32), (history.shape[0], 1))


def says(*scores):
    model = Says()
    model._says = list(scores)
    return model


def ratings(dense, threshold=1.0):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(1, values.shape[1] + 1), threshold)


def blend(wish, **parts):
    model = Blend(blend=wish)
    model._parts = parts
    return model


@pytest.fixture
def audience():
    """80 viewers of two tastes: six titles each, of which a viewer liked four and one of the other taste."""
    random = np.random.default_rng(3)
    dense = np.zeros((80, 12))
    for viewer in range(80):
        own = 6 * (viewer % 2)
        dense[viewer, own + random.permutation(6)[:4]] = 1
        dense[viewer, 6 - own + random.integers(6)] = 1
    return ratings(dense)


def test_scores_are_summed_in_units_of_their_spread():
    """1, 2, 3 spread by √(2/3); 0, 0, 30 by √200."""
    model = blend("one=0.5,other=2", one=says(1, 2, 3), other=says(0, 0, 30))
    data = ratings([[1, 0, 0]])
    model.fit(data, {}, 0)
    wanted = 0.5 * np.array([1, 2, 3]) / np.sqrt(2 / 3) + 2 * np.array([0, 0, 30]) / np.sqrt(200)
    np.testing.assert_allclose(model.score(data)[0], wanted, rtol=1e-6)


def test_no_weights_are_found_for_a_model_that_learns_privately(audience):
    parts = {"ease": Ease(epsilon=1e6), "popular": Popular()}
    with pytest.raises(UsageError, match=r"fits ease twice.*give the weights, such as ease=1,popular=1"):
        blend("ease,popular", **parts).fit(audience, {}, 0)
    given = blend("ease=1,popular=1", **parts)
    given.fit(audience, {}, 0)
    assert given.score(audience).any()


def test_weights_that_are_found_are_said_as_they_could_be_given(audience):
    found = blend("item-knn,popular", **{"item-knn": ItemKnn(shrinkage=0), "popular": Popular()})
    found.fit(audience, {}, 0)
    said = found.findings()["blend"]
    given = blend(said, **{"item-knn": ItemKnn(shrinkage=0), "popular": Popular()})
    given.fit(audience, {}, 0)
    np.testing.assert_allclose(given.score(audience), found.score(audience), rtol=1e-4)
    assert given.findings() == {}
    spends = blend("ease=1,popular=1", ease=Ease(epsilon=1e6), popular=Popular())
    spends.fit(audience, {}, 0)
    assert spends.findings()["parts"]["ease"]["privacy"]["epsilon"] == 1e6


def test_a_model_that_tells_nothing_apart_or_knows_nothing_adds_nothing():
    model = blend("flat=1,unknown=1,one=1", flat=says(7, 7, 7), unknown=says(0, np.nan, 0), one=says(0, 1, 0))
    data = ratings([[1, 0, 0]])
    model.fit(data, {}, 0)
    assert model.score(data)[0].tolist() == pytest.approx([0, 1 / np.std([0, 1, 0]), 0])


def test_weight_goes_to_the_model_that_ranks_what_was_held_out():
    """The right model has the held-out title first for each viewer, the wrong one last."""
    right = np.tile(np.arange(9.0), (40, 1)).astype(np.float32)
    held_out = csr_array(np.tile(np.eye(9)[8], (40, 1)))
    seen = csr_array((40, 9), dtype=np.float32)
    found = candidates([-right, right], seen, held_out, 5)
    weights = best_weights(found, 10)
    assert weights.sum() == pytest.approx(1)
    assert found.ndcg(weights, 10) == pytest.approx(1)
    assert weights[1] > weights[0]


def test_two_models_that_each_know_half_are_mixed():
    """One knows of title 0 alone that it is good, the other of title 1: only together are both before the rest."""
    one = np.tile([5.0, 0, 1, 1, 0], (30, 1)).astype(np.float32)
    other = np.tile([0, 5.0, 0, 1, 1], (30, 1)).astype(np.float32)
    held_out = csr_array(np.tile([1.0, 1, 0, 0, 0], (30, 1)))
    found = candidates([one, other], csr_array((30, 5), dtype=np.float32), held_out, 5)
    weights = best_weights(found, 2)
    assert found.ndcg(weights, 2) == pytest.approx(1)
    assert found.ndcg(np.array([1.0, 0.0]), 2) < 1
    assert found.ndcg(np.array([0.0, 1.0]), 2) < 1


def test_candidates_leave_out_what_was_seen_and_name_a_title_once():
    scores = np.array([[3, 2, 1, 0.5]], dtype=np.float32)
    seen = csr_array(np.array([[1.0, 0, 0, 0]]))
    found = candidates([scores, scores], seen, csr_array(np.array([[0, 1.0, 0, 0]])), 2)
    kept = found.scores[0][np.isfinite(found.scores[0, :, 0])]
    assert kept[:, 0].tolist() == [2, 1]
    assert found.hits.sum() == 1


def test_found_weights_are_no_worse_than_the_better_model(audience, monkeypatch):
    judged = []

    def kept(found, k):
        judged.append(found)
        return best_weights(found, k)

    monkeypatch.setattr("plugins.recommend.blend.best_weights", kept)
    model = blend("ease,popular", ease=Ease(), popular=Popular())
    model.fit(audience, {}, 0)
    assert dict(model._weighted())["ease"] > 0.5
    (found,) = judged
    alone = [found.ndcg(weights, 10) for weights in np.eye(2)]
    assert found.ndcg(model._weights, 10) >= max(alone) > min(alone)


def test_saved_and_brought_back_it_says_the_same(audience, tmp_path):
    parts = {"ease": Ease(), "item-knn": ItemKnn()}
    model = blend("ease=0.7,item-knn=0.3", **parts)
    model.fit(audience, {}, 0)
    save(model, tmp_path)
    again = blend("ease=0.7,item-knn=0.3", **{"ease": Ease(), "item-knn": ItemKnn()})
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(again.score(audience), model.score(audience))


def test_reasons_of_all_models_sum_to_the_score(audience):
    model = blend("ease=0.7,item-knn=0.3", **{"ease": Ease(), "item-knn": ItemKnn()})
    model.fit(audience, {}, 0)
    rows, columns = np.array([0, 3, 3]), np.array([5, 1, 2])
    parts = model.contributions(audience, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(audience)[rows, columns], rtol=1e-4)


def test_a_blend_with_a_model_that_gives_no_reasons_gives_none(audience):
    model = blend("ease=0.7,popular=0.3", ease=Ease(), popular=Popular())
    model.fit(audience, {}, 0)
    with pytest.raises(ModelError, match="popular cannot say"):
        model.contributions(audience, np.array([0]), np.array([1]))


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ("ease", "is one model"),
        ("ease=0.7,slist", "to some models only"),
        ("ease=a,slist=1", "is no number"),
        ("ease=0,slist=0", "at least 0, and one of them more"),
        ("ease=-1,slist=2", "at least 0"),
        ("ease=1,ease=2", "twice"),
        ("ease,,slist", "names no model"),
        ("ease=nan,slist=1", "at least 0"),
    ],
)
def test_a_wrong_wish_is_told(wish, message):
    with pytest.raises(SettingsError, match=message):
        build(Blend, {"blend": wish})
