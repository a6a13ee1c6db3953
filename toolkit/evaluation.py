"""Fitting models on one split of the data and measuring what they recommend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.catalogue_metrics import coverage, diversity, gini, novelty
from toolkit.errors import CinekitError, UsageError
from toolkit.intervals import bootstrap_intervals
from toolkit.isolation import blamed
from toolkit.metric_rows import metric_frame
from toolkit.metrics import ACCURACY, judge
from toolkit.reranking import RerankRequest, rerank
from toolkit.topn import rank_all

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.recommender import Recommender
    from toolkit.splits import Split

METRICS = (*ACCURACY, "novelty", "diversity", "coverage", "gini")

LONGEST = 10_000


def evaluate(
    make_models: Mapping[str, Recommender],
    split: Split,
    tables: Mapping[str, pl.DataFrame],
    ks: Sequence[int] = (10,),
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    failed: dict[str, CinekitError] | None = None,
    rerankers: Sequence[str] = (),
    rerank_request: RerankRequest | None = None,
) -> pl.DataFrame:
    """Fit each model on `split.train`, rank the titles that `split.history` has not seen, and measure the lists.

    Every model is judged by the same viewers and the same bootstrap draws. For novelty, the popularity of a title is
    the number of training viewers with an interaction. For diversity, the vector of a title is its column of liked
    training interactions, so that two titles are alike where the same viewers liked them.

    Args:
        make_models: models by the name to report them under; their fitted state is replaced.
        split: what to fit on and what to find.
        tables: what the models read, by name.
        ks: lengths of the lists to judge, each at least 1.
        seed: of the fits and of the bootstrap.
        progress: called with 1 after each model.
        failed: takes the errors of models that fail, by name, so that the others are still judged; unless given,
            the first error is raised.
        rerankers: each one's lists are also judged, as "ease+mmr" of the model "ease".
        rerank_request: how they choose; unless given, as by default.

    Returns:
        One row a model, metric and k: model, split, metric, k, value, low, high, viewers, texts (null). `value` is the
        mean over viewers with its 95 % bootstrap interval, or the one value of the catalogue metrics coverage and
        gini, where low and high are null.

    Raises:
        ModelError: a model could not be fitted on, or answer, this.
        PluginError: a model failed otherwise.
        UsageError: `ks` is empty or has a length outside 1 to 10,000.
    """
    lengths = sorted(set(ks))
    if not lengths or lengths[0] < 1 or lengths[-1] > LONGEST:
        raise UsageError(f"--k {', '.join(map(str, ks)) or 'nothing'}: name lengths from 1 to {LONGEST:,}")
    request = rerank_request or RerankRequest()
    most = request.candidates(lengths[-1]) if rerankers else lengths[-1]
    rows: list[dict[str, Any]] = []
    for name, model in make_models.items():
        try:
            with blamed(model):
                model.fit(split.train, tables, seed)
                ranking = rank_all(model, split.history, most)
            lists = {name: ranking} | {
                f"{name}+{reranker}": rerank(
                    reranker, ranking, split.history, split.train, tables, lengths[-1], request.rerank_strength
                )
                for reranker in rerankers
            }
        except CinekitError as error:
            if failed is None:
                raise
            failed[name] = error
            continue
        for judged, ranked in lists.items():
            columns = ranked.columns(split.history.shape[0], lengths[-1])
            for k in lengths:
                measured = _measure(columns, split, k, seed)
                rows += [{"model": judged, "split": split.name, "k": k} | row for row in measured]
        if progress is not None:
            progress(1)
    return metric_frame(rows)


def _measure(columns: IntArray, split: Split, k: int, seed: int) -> list[dict[str, Any]]:
    """All metrics of the lists of one model at one k."""
    n_viewers, n_titles = split.train.shape
    popularity = np.bincount(split.train.values.indices, minlength=n_titles)
    judgement = judge(columns, split.test)
    by_viewer = {name: metric(judgement, k) for name, metric in ACCURACY.items()}
    by_viewer["novelty"] = novelty(columns, k, popularity, n_viewers)
    by_viewer["diversity"] = diversity(columns, k, split.train.liked.T.tocsr())
    intervals = bootstrap_intervals(np.column_stack(list(by_viewer.values())), seed)
    viewers = columns.shape[0]
    rows: list[dict[str, Any]] = [
        {"metric": name, "value": mean, "low": low, "high": high, "viewers": viewers}
        for name, (mean, low, high) in zip(by_viewer, intervals.T.tolist(), strict=True)
    ]
    by_catalogue = {"coverage": coverage(columns, k, n_titles), "gini": gini(columns, k, n_titles)}
    rows += [{"metric": name, "value": value, "viewers": viewers} for name, value in by_catalogue.items()]
    return rows
