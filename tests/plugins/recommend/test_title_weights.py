"""Models as tables of weights: scores are sums of them, and what is left out is the smallest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import title_regression
from plugins.recommend.als import Als
from plugins.recommend.ease import Ease
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.popular import Popular
from plugins.recommend.rp3beta import Rp3Beta
from plugins.recommend.slist import Slist
from toolkit.errors import ModelError
from toolkit.interactions import Interactions


def audience(viewers, titles):
    dense = (np.random.default_rng(3).random((viewers, titles)) < 0.3) * 5.0
    dense[:, -1] = 0
    values = csr_array(dense.astype(np.float32))
    return Interactions(values, np.arange(viewers), np.arange(1, titles + 1), threshold=4.0)


def fitted(model, data):
    model.fit(data, {}, 0)
    return model


@pytest.mark.parametrize("shape", [(60, 20), (20, 70)], ids=["tall", "wide"])
@pytest.mark.parametrize("kind", [Ease, ItemKnn, Rp3Beta])
def test_scores_of_anybody_are_sums_of_the_weights(kind, shape, monkeypatch):
    monkeypatch.setattr(title_regression, "BLOCK", 7)
    data = audience(*shape)
    model = fitted(kind(), data)
    weights = model.title_weights(shape[1] + 5)
    assert weights.shape == (shape[1], shape[1])
    np.testing.assert_allclose((data.liked @ weights).toarray(), model.score(data), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(60, 20), (20, 70)], ids=["titles", "rows"])
def test_the_weights_of_ease_that_are_kept_are_the_farthest_from_0(shape):
    model = fitted(Ease(), audience(*shape))
    assert model._route == ("titles" if shape == (60, 20) else "rows")
    whole, few = model.title_weights(shape[1]).toarray(), model.title_weights(3).toarray()
    assert (np.count_nonzero(few, axis=0)[:-1] == 3).all()
    assert not few[:, -1].any()
    np.testing.assert_array_equal(few[few != 0], whole[few != 0])
    np.testing.assert_allclose(np.sort(np.abs(few), axis=0)[-3:], np.sort(np.abs(whole), axis=0)[-3:])


@pytest.mark.parametrize("model", [Slist(), Als(factors=2), Popular()], ids=lambda model: model.name)
def test_scores_that_are_no_sums_of_weights_are_not_written_as_such(model):
    # Those of slist weigh a liked title by when it was liked, too.
    data = audience(12, 6)
    with pytest.raises(ModelError, match=f"{model.name} is no sum of weights between titles"):
        fitted(model, data).title_weights(2)
