"""What `recommend.py` measures of RecTools and Cornac, by a Python of their own: they need NumPy 1.

Nothing of cinekit is imported here. Both are given what was liked as ones, and leave out everything that was seen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matrices import liked_where_seen, stored
from measure import phase, serve

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N, SEED = 10, 0


def fit_and_rank_rectools(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit a model of RecTools and let it recommend for everybody, who need not have been in the fit."""
    liked, _, history, _ = _parts(arguments)
    learnt, known = _dataset(liked), _dataset(history)
    model = _rectools(arguments["model"], arguments["settings"])
    with phase("fit"):
        model.fit(learnt)
    with phase("top 10"):
        table = model.recommend(np.arange(history.shape[0]), known, N, filter_viewed=True)
    columns = np.full((history.shape[0], N), -1, dtype=np.int32)
    columns[table["user_id"], table["rank"] - 1] = table["item_id"]
    np.save(Path(arguments["lists"]), columns, allow_pickle=False)
    return {}


def fit_and_rank_cornac(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit a model of Cornac and let it recommend for everybody, who has to have been in the fit."""
    liked, train, _, rows = _parts(arguments)
    learnt, seen = _cornac_set(liked), _cornac_set(train)
    model = _cornac(arguments["model"], arguments["settings"])
    with phase("fit"):
        model.fit(learnt)
    with phase("top 10"):
        lists = [model.recommend(row, k=N, remove_seen=True, train_set=seen) for row in rows.tolist()]
    np.save(Path(arguments["lists"]), np.array(lists, dtype=np.int32), allow_pickle=False)
    return {}


def _rectools(name: str, settings: Mapping[str, Any]) -> Any:
    from implicit.nearest_neighbours import TFIDFRecommender
    from rectools.models import EASEModel, ImplicitItemKNNWrapperModel

    if name == "ease":
        return EASEModel(**settings, recommend_n_threads=_threads())
    return ImplicitItemKNNWrapperModel(TFIDFRecommender(**settings, num_threads=_threads()))


def _cornac(name: str, settings: Mapping[str, Any]) -> Any:
    if name == "ease":
        from cornac.models import EASE

        return EASE(**settings, verbose=False, seed=SEED)
    from cornac.models import BPR

    return BPR(**settings, num_threads=_threads(), verbose=False, seed=SEED)


def _dataset(matrix: csr_matrix) -> Any:
    """Rows and columns as RecTools takes them, by their numbers, those without entries too."""
    import pandas as pd
    from rectools.dataset import Dataset, IdMap, Interactions
    from scipy.sparse import csr_matrix, vstack

    if not matrix[:, [-1]].nnz:
        # RecTools is as wide as the last column that has an entry: a row of nobody's has one, which weighs nothing.
        width = matrix.shape[1]
        matrix = vstack([matrix, csr_matrix(([0.0], ([0], [width - 1])), shape=(1, width))], format="csr")
    entries = matrix.tocoo()
    table = {"user_id": entries.row, "item_id": entries.col, "weight": entries.data.astype(np.float64)}
    frame = pd.DataFrame(table).assign(datetime=pd.Timestamp(0))
    users, titles = (IdMap.from_values(np.arange(size)) for size in matrix.shape)
    return Dataset(users, titles, Interactions(frame))


def _cornac_set(matrix: csr_matrix) -> Any:
    """Rows and columns as Cornac takes them, by their numbers, those without entries too."""
    from collections import OrderedDict

    from cornac.data import Dataset

    entries = matrix.tocoo()
    users, titles = (OrderedDict((number, number) for number in range(size)) for size in matrix.shape)
    return Dataset(*matrix.shape, users, titles, (entries.row, entries.col, entries.data.astype(np.float64)), seed=SEED)


def _parts(arguments: Mapping[str, Any]) -> tuple[csr_matrix, csr_matrix, csr_matrix, np.ndarray]:
    """What was liked to be fitted on, all seen of the same viewers, that of viewers to rank for, and their rows."""
    names = ("train", "history") if arguments.get("judge") else ("all", "all")
    train, threshold, _ = stored(arguments["matrices"], names[0])
    history, _, rows = stored(arguments["matrices"], names[1])
    liked = liked_where_seen(train, threshold).copy()
    liked.eliminate_zeros()
    return liked, train, liked_where_seen(history, threshold), rows


def _threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


if __name__ == "__main__":
    serve({"rectools": fit_and_rank_rectools, "cornac": fit_and_rank_cornac})
    raise SystemExit("recommend.py starts this, with --peers")
