"""On real ratings, the personal models rank better than what is popular, and ease better than the neighbourhoods."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend.als import Als
from plugins.recommend.ease import Ease
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.popular import Popular
from plugins.recommend.rp3beta import Rp3Beta
from plugins.recommend.user_knn import UserKnn
from toolkit.evaluation import evaluate
from toolkit.interactions import Interactions
from toolkit.splits import split


@pytest.fixture(scope="module")
def ratings(request):
    path = request.config.rootpath.parent / "shared" / "data" / "movielens" / "ml-latest-small" / "ratings.csv"
    if not path.is_file():
        pytest.skip(f"real data are not at {path}")
    with duckdb.connect() as connection:
        query = "SELECT userId, movieId, rating FROM read_csv(?)"
        columns = connection.execute(query, [str(path)]).fetchnumpy()
    viewers, rows = np.unique(columns["userId"], return_inverse=True)
    titles, places = np.unique(columns["movieId"], return_inverse=True)
    values = csr_array((columns["rating"].astype(np.float32), (rows, places)), shape=(viewers.size, titles.size))
    return Interactions(values, viewers, titles, threshold=4.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random", "viewers"])
def test_ease_beats_neighbourhoods_and_those_beat_popular(ratings, name):
    models = {model.name: model for model in (Ease(), ItemKnn(), UserKnn(), Popular())}
    means = dict.fromkeys(models, 0.0)
    for seed in range(3):
        found = evaluate(models, split(name, ratings, seed=seed), {}, seed=seed)
        for model, value in found.filter(metric="ndcg", k=10).select("model", "value").iter_rows():
            means[model] += value / 3
    best, *others, popular = means["ease"], means["item-knn"], means["user-knn"], means["popular"]
    assert best > 1.05 * max(others)
    assert min(others) > 1.2 * popular


@pytest.mark.slow
def test_factors_beat_neighbourhoods_and_walks_beat_popular(ratings):
    models = {model.name: model for model in (Als(), ItemKnn(), Rp3Beta(), Popular())}
    found = evaluate(models, split("random", ratings, seed=0), {}, seed=0).filter(metric="ndcg", k=10)
    mean = dict(found.select("model", "value").iter_rows())
    assert mean["als"] > 1.05 * mean["item-knn"]
    assert mean["rp3beta"] > 1.2 * mean["popular"]
