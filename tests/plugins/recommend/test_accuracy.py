"""On real ratings, the personal models rank better than what is popular, and ease better than the neighbourhoods."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import numpy as np
import polars as pl
import psutil
import pytest
from scipy.sparse import csr_array

from plugins.recommend.als import Als
from plugins.recommend.content import Content
from plugins.recommend.ease import Ease
from plugins.recommend.hybrid import Hybrid
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.popular import Popular
from plugins.recommend.rp3beta import Rp3Beta
from plugins.recommend.user_knn import UserKnn
from toolkit.evaluation import evaluate
from toolkit.interactions import Interactions
from toolkit.metrics import judge, ndcg
from toolkit.splits import split
from toolkit.topn import top_n


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


@pytest.fixture(scope="module")
def genres(request, ratings):
    """What is known of the rated titles without the viewers: their genres."""
    path = request.config.rootpath.parent / "shared" / "data" / "movielens" / "ml-latest-small" / "movies.csv"
    with duckdb.connect() as connection:
        query = "SELECT movieId::INTEGER AS title_key, unnest(split(genres, '|')) AS genre FROM read_csv(?)"
        found = connection.sql(query, params=[str(path)]).pl()
    nothing = {"title_key": pl.Int32, "plot": pl.String, "person": pl.String, "tag": pl.String}
    empty = pl.DataFrame(schema=nothing)
    return {"raw.titles": empty, "raw.credits": empty, "raw.tags": empty, "raw.genres": found}


@pytest.mark.slow
def test_what_describes_titles_helps_ease_a_little(ratings, genres):
    models = {"ease": Ease(), "hybrid": Hybrid()}
    found = evaluate(models, split("random", ratings, seed=0), genres, seed=0).filter(metric="ndcg", k=10)
    mean = dict(found.select("model", "value").iter_rows())
    assert mean["hybrid"] > 1.01 * mean["ease"]


@pytest.mark.slow
def test_hybrid_ranks_titles_without_a_history_better_than_content_and_chance(ratings, genres):
    new = np.random.default_rng(0).random(ratings.shape[1]) < 0.2
    held_out = new[ratings.values.indices]
    train, test = ratings.narrow(~held_out), ratings.narrow(held_out).liked
    rows = np.flatnonzero(np.diff(test.indptr))
    history = train.select(rows)
    mean = {"chance": _ndcg(np.random.default_rng(1).random(history.shape, dtype=np.float32), new, test[rows])}
    for model in (Content(), Hybrid()):
        model.fit(train, genres, 0)
        mean[model.name] = _ndcg(model.score(history), new, test[rows])
    assert mean["hybrid"] > 1.2 * mean["content"]
    assert mean["content"] > 1.5 * mean["chance"]


def _ndcg(scores, new, test):
    """Mean nDCG@10 of the new titles' ranking."""
    columns, _ = top_n(np.where(new, scores, -np.inf), 10)
    return ndcg(judge(columns, test), 10).mean()


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
def test_ease_by_nearest_titles_keeps_nearly_all_of_its_accuracy(ratings, monkeypatch):
    parts, mean = split("random", ratings, seed=0), {}
    for free in (2**40, 10):
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: SimpleNamespace(available=free))
        model = Ease()
        found = evaluate({"ease": model}, parts, {}, seed=0).filter(metric="ndcg", k=10)
        mean[model._route] = found["value"].item()
    assert mean["nearest"] > 0.97 * mean["rows"]


@pytest.mark.slow
def test_factors_beat_neighbourhoods_and_walks_beat_popular(ratings):
    models = {model.name: model for model in (Als(), ItemKnn(), Rp3Beta(), Popular())}
    found = evaluate(models, split("random", ratings, seed=0), {}, seed=0).filter(metric="ndcg", k=10)
    mean = dict(found.select("model", "value").iter_rows())
    assert mean["als"] > 1.05 * mean["item-knn"]
    assert mean["rp3beta"] > 1.2 * mean["popular"]
