"""What `recommend.py` measures of models as tables of weights, and of titles without a history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from matrices import SEED, SHARE, kept
from measure import phase
from recommend_tasks import N, Neighbours, built_in, judged, tables_without

from toolkit.recommender import Recommender
from toolkit.splits import Split
from toolkit.topn import rank_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from toolkit.interactions import FloatArray, Interactions

LENGTHS = (10, 20, 50, 100, 200)


def rank_tables(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit a model on the training part, and judge its lists beside those of its tables of several lengths."""
    train, history = kept(arguments["matrices"], "train"), kept(arguments["matrices"], "history")
    test = kept(arguments["matrices"], "test").values
    model, table = built_in(arguments["model"]), Neighbours()
    model.fit(train, {}, SEED)
    with phase("whole"):
        found = {"whole": judged(rank_all(model, history, N).columns(history.shape[0], N), test)}
    for length in LENGTHS:
        with phase(str(length)):
            table._weights = model.title_weights(length)
        found[str(length)] = judged(rank_all(table, history, N).columns(history.shape[0], N), test)
    return {"ndcg": found}


class Random(Recommender):
    """Titles in random order."""

    name: ClassVar[str] = "random"

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Nothing to learn."""

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles)."""
        return 1 + np.random.default_rng(SEED).random(history.shape, dtype=np.float32)


class OnlyNew(Recommender):
    """The scores of another model, of some titles only."""

    name: ClassVar[str] = "only-new"
    _model: Recommender
    _new: np.ndarray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Fit the other model."""
        self._model.fit(interactions, tables, seed)

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles), 0 for all other titles."""
        return np.where(self._new, self._model.score(history), np.float32(0))


def rank_new_titles(arguments: dict[str, Any]) -> dict[str, Any]:
    """Hold out all that is known of who liked a random share of the titles, and rank these alone."""
    data = kept(arguments["matrices"], "all")
    new = np.zeros(data.shape[1], dtype=np.bool_)
    new[np.random.default_rng(SEED).permutation(new.size)[: round(SHARE * new.size)]] = True
    held_out = new[data.values.indices]
    train, found = data.narrow(~held_out), data.narrow(held_out).liked
    rows = np.flatnonzero((np.diff(found.indptr) > 0) & (np.diff(train.values.indptr) > 0))
    parts = Split("titles", train, train.select(rows), replace(data, values=found).select(rows).values)
    model = OnlyNew()
    model._model = Random() if arguments["model"] == "random" else built_in(arguments["model"])
    model._new = new
    tables = tables_without(arguments["warehouse"], model._model.reads, data, parts)
    with phase("fit"):
        model.fit(parts.train, tables, SEED)
    with phase("top 10"):
        ranking = rank_all(model, parts.history, N)
    return {"ndcg": judged(ranking.columns(rows.size, N), parts.test), "titles": int(new.sum()), "viewers": rows.size}
