"""What `recommend.py` measures, each in a process of its own: ours, `implicit`'s, and bare NumPy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from matrices import SEED, kept, liked_where_seen
from measure import Spent, now, phase, since

from plugins.recommend import cinekit_models
from toolkit.composite import recommender, tables_of
from toolkit.errors import ModelError
from toolkit.host import Host
from toolkit.recommender import Recommender
from toolkit.splits import Split, without_held_out
from toolkit.topn import rank_all

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from toolkit.interactions import FloatArray, Interactions

N, FACTORS, ITERATIONS, NEIGHBOURS = 10, 64, 15, 100
MODELS = tuple(entry.name for entry in cinekit_models())


def built_in(name: str, settings: Mapping[str, Any] | None = None) -> Recommender:
    """A built-in recommender with its own settings, but for those given."""
    return recommender(Host(), name, settings or {}, {})


class Factors(Recommender):
    """Scores as products of factors that somebody else has fitted."""

    name: ClassVar[str] = "factors"
    _viewers: FloatArray
    _titles: FloatArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Nothing to learn: `_viewers` and `_titles` are set from outside."""

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles)."""
        return self._viewers[history.rows] @ self._titles.T


class Neighbours(Recommender):
    """Scores out of nearest titles that somebody else has found."""

    name: ClassVar[str] = "neighbours"
    _weights: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Nothing to learn: `_weights` is set from outside."""

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles)."""
        return np.asarray((history.liked @ self._weights).toarray())


def fit_and_rank(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit one of ours and rank for everybody; with `judge`, on the training part, and judged on the rest."""
    model = built_in(arguments["model"], arguments.get("settings"))
    history = _history(arguments)
    train = kept(arguments["matrices"], "train") if arguments.get("judge") else history
    tables = _tables(arguments, tables_of(model))
    with phase("fit"):
        model.fit(train, tables, SEED)
    with phase("top 10"):
        ranking = rank_all(model, history, N)
    return _finish(arguments, ranking.columns(history.shape[0], N))


def fit_privately_and_rank(arguments: dict[str, Any]) -> dict[str, Any]:
    """As `fit_and_rank`; where noise hides all, so that there are no lists, the nDCG is 0 and the error is kept."""
    try:
        return fit_and_rank(arguments)
    except ModelError as error:
        for name in ("fit", "top 10"):
            with phase(name):
                pass
        return {"ndcg": [0.0, 0.0, 0.0], "error": str(error)}


def fit_and_rank_implicit(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit a model of `implicit` on what was liked and let it recommend for everybody."""
    from scipy.sparse import csr_matrix

    history = _history(arguments)
    # A copy, as it does not take arrays that cannot be written to.
    liked = csr_matrix((kept(arguments["matrices"], "train") if arguments.get("judge") else history).liked, copy=True)
    seen = liked_where_seen(history.values, history.threshold)
    model = _implicit(arguments["model"], arguments.get("settings", {}))
    known = csr_matrix(history.liked, copy=True)
    new = bool((np.asarray(history.rows) < 0).any())
    users = np.arange(history.shape[0]) if new else np.asarray(history.rows)
    with _one_blas_thread():
        with phase("fit"):
            model.fit(liked, show_progress=False)
        with phase("top 10"):
            if new and arguments["model"] == "als":
                # From what was liked alone, since ALS would take the zeros of `seen` for weights.
                model.user_factors = model.recalculate_user(users, known)
            columns, _ = model.recommend(users, seen, N=N, filter_already_liked_items=True)
    if "factors" in arguments:
        np.savez(arguments["factors"], viewers=model.user_factors, titles=model.item_factors)
    if "neighbours" in arguments:
        near = model.similarity
        np.savez(arguments["neighbours"], data=near.data, indices=near.indices, indptr=near.indptr)
    return _finish(arguments, columns)


def _implicit(name: str, settings: Mapping[str, Any]) -> Any:
    """A model of `implicit` as it comes, but for as many factors, iterations or neighbours as ours, and what is set."""
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import CosineRecommender

    threads = _threads()
    if name == "cosine":
        return CosineRecommender(**({"K": NEIGHBOURS} | dict(settings)), num_threads=threads)
    if name == "bpr":
        return BayesianPersonalizedRanking(**settings, random_state=SEED, num_threads=threads)
    asked = {"factors": FACTORS, "iterations": ITERATIONS} | dict(settings)
    return AlternatingLeastSquares(**asked, random_state=SEED, num_threads=threads)


def rank_factors(arguments: dict[str, Any]) -> dict[str, Any]:
    """The toolkit's top 10 out of factors."""
    history = _history(arguments)
    model = Factors()
    with np.load(arguments["factors"], allow_pickle=False) as file:
        model._viewers, model._titles = file["viewers"], file["titles"]
    with phase("top 10"):
        ranking = rank_all(model, history, N)
    return _finish(arguments, ranking.columns(history.shape[0], N))


def rank_neighbours(arguments: dict[str, Any]) -> dict[str, Any]:
    """The toolkit's top 10 out of nearest titles."""
    from scipy.sparse import csr_array

    history = _history(arguments)
    model = Neighbours()
    titles = history.shape[1]
    with np.load(arguments["neighbours"], allow_pickle=False) as file:
        parts = (file["data"].astype(np.float32), file["indices"], file["indptr"])
    model._weights = csr_array(parts, shape=(titles, titles))
    with phase("top 10"):
        ranking = rank_all(model, history, N)
    return _finish(arguments, ranking.columns(history.shape[0], N))


def rank_factors_implicit(arguments: dict[str, Any]) -> dict[str, Any]:
    """The top 10 of `implicit` out of the same factors."""
    from implicit.cpu.als import AlternatingLeastSquares

    history = _history(arguments)
    seen = liked_where_seen(history.values, history.threshold)
    model = AlternatingLeastSquares(factors=FACTORS, num_threads=_threads())
    with np.load(arguments["factors"], allow_pickle=False) as file:
        model.user_factors, model.item_factors = file["viewers"], file["titles"]
    users = np.asarray(history.rows)
    with _one_blas_thread(), phase("top 10"):
        columns, _ = model.recommend(users, seen, N=N, filter_already_liked_items=True)
    return _finish(arguments, columns)


def bare_ease(arguments: dict[str, Any]) -> dict[str, Any]:
    """EASE as one would write it down in NumPy: the same formula as ours, float32, and the best 10 of each viewer."""
    history = _history(arguments)
    liked = history.liked
    settings = built_in("ease").settings()
    with phase("fit"):
        weights = _bare_fit(liked, settings)
    with phase("top 10"):
        columns = _bare_top(liked, history.values, weights)
    return _finish(arguments, columns)


def _bare_fit(liked: csr_array, settings: Mapping[str, Any]) -> NDArray[np.float32]:
    activity = np.diff(liked.indptr)
    weights = np.where(activity > 0, np.maximum(activity, 1.0) ** -settings["activity"], 0).astype(np.float32)
    weighted = liked.multiply(weights[:, None]).tocsr()
    gram = (liked.T @ weighted).toarray()
    diagonal = np.diag_indices(gram.shape[0])
    gram[diagonal] += settings["regularisation"] + settings["diagonal_share"] * gram[diagonal]
    inverse = np.linalg.inv(gram)
    result: NDArray[np.float32] = inverse / -np.diag(inverse)
    result[diagonal] = 0
    return result


def _bare_top(liked: csr_array, seen: csr_array, weights: NDArray[np.float32]) -> NDArray[np.integer]:
    scores = liked @ weights
    scores[np.repeat(np.arange(seen.shape[0]), np.diff(seen.indptr)), seen.indices] = -np.inf
    best = np.argpartition(scores, -N, axis=1)[:, -N:]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
    return np.take_along_axis(best, order, axis=1)


def recommend_whole(arguments: dict[str, Any]) -> dict[str, Any]:
    """All of `cinekit recommend ease` for everybody, warehouse to warehouse; when ranking ends, writing begins."""
    from toolkit import recommending
    from warehouse import Warehouse

    ranked: list[Spent] = []
    inner = recommending.rank_all

    def noted(*given: Any, **named: Any) -> Any:
        ranking = inner(*given, **named)
        ranked.append(now())
        return ranking

    recommending.rank_all = noted
    warehouse, host = Warehouse.open(arguments["warehouse"]), Host()
    request = recommending.RecommendRequest(signal=arguments["table"], top=N, refit=True)
    with phase("whole"):
        done = recommending.recommend(warehouse, host, "ease", {}, request)
        since(ranked[-1], "written")
    return {"rows": done.rows}


def _history(arguments: dict[str, Any]) -> Interactions:
    return kept(arguments["matrices"], "history" if arguments.get("judge") else "all")


def _tables(arguments: dict[str, Any], names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """What a model reads beside the matrix; to be judged, without what tells of what was held out."""
    everything = kept(arguments["matrices"], "all")
    parts = Split("all", everything, everything, everything.values)
    if arguments.get("judge"):
        train, history, test = (kept(arguments["matrices"], part) for part in ("train", "history", "test"))
        parts = Split("random", train, history, test.values)
    return tables_without(arguments["warehouse"], names, everything, parts)


def tables_without(warehouse: str, names: tuple[str, ...], data: Interactions, parts: Split) -> dict[str, pl.DataFrame]:
    """Tables of a warehouse without what would tell a model of the held-out entries."""
    from toolkit.fitting import read_tables
    from warehouse import Warehouse

    if not names:
        return {}
    with Warehouse.open(warehouse).reading() as con:
        return {name: without_held_out(frame, data, parts) for name, frame in read_tables(con, names).items()}


def _threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


def _one_blas_thread() -> Any:
    """`implicit` runs threads of its own and asks for BLAS to keep to one in each."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, "blas")


def _finish(arguments: dict[str, Any], columns: NDArray[np.integer]) -> dict[str, Any]:
    """Keep the lists where asked to; judge them where something was held out."""
    if "lists" in arguments:
        np.save(Path(arguments["lists"]), columns.astype(np.int32), allow_pickle=False)
    if not arguments.get("judge"):
        return {}
    return {"ndcg": judged(columns.astype(np.int32), kept(arguments["matrices"], "test").values)}


def judged(columns: NDArray[np.int32], test: csr_array) -> tuple[float, float, float]:
    """nDCG@10 of lists, with its interval."""
    from toolkit.intervals import bootstrap_interval
    from toolkit.metrics import judge, ndcg

    return bootstrap_interval(ndcg(judge(columns, test), N), 0)
