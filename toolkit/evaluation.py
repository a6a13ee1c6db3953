"""Fitting models on one split of the data and measuring what they recommend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from toolkit.catalogue_metrics import coverage, diversity, gini, novelty
from toolkit.errors import CinekitError, UsageError
from toolkit.fairness_metrics import long_tail, miscalibration, popularity
from toolkit.intervals import bootstrap_intervals
from toolkit.isolation import blamed
from toolkit.metric_rows import metric_frame
from toolkit.metrics import ACCURACY, judge
from toolkit.reranking import RERANKERS, RerankRequest, rerank
from toolkit.topn import rank_all
from toolkit.viewer_groups import Grouping, group_rows

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.recommender import Recommender
    from toolkit.splits import Split
    from toolkit.topn import Ranking

Float64 = NDArray[np.float64]

METRICS = (*ACCURACY, "novelty", "diversity", "popularity", "long_tail", "coverage", "gini")

LONGEST = 10_000


def evaluate(
    make_models: Mapping[str, Recommender],
    split: Split,
    tables: Mapping[str, pl.DataFrame],
    ks: Sequence[int] = (10,),
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    failed: dict[str, CinekitError] | None = None,
    *,
    rerankers: Sequence[str] = (),
    rerank_request: RerankRequest | None = None,
    genres: Float64 | None = None,
    groupings: Sequence[Grouping] = (),
    judged: dict[str, dict[tuple[str, int], Float64]] | None = None,
) -> pl.DataFrame:
    """Fit each model on `split.train`, rank the titles that `split.history` has not seen, and measure the lists.

    Every model is judged by the same viewers and the same bootstrap draws. For novelty, popularity and the long tail,
    the popularity of a title is the number of training viewers with an interaction. For diversity, the vector of a
    title is its column of liked training interactions, so that two titles are alike where the same viewers liked them.

    Args:
        make_models: models by the name to report them under; their fitted state is replaced.
        split: what to fit on and what to find.
        tables: what the models read, by name.
        ks: lengths of the lists to judge, each at least 1.
        seed: of the fits and of the bootstrap.
        progress: called with 1 after each model.
        failed: takes the errors of models that fail, by name, and of their re-rankers, as "ease+mmr", so that the
            others are still judged; unless given, the first error is raised.
        rerankers: each one's lists are also judged, as "ease+mmr" of the model "ease".
        rerank_request: how they choose; unless given, as by default.
        genres: (n_titles, n_genres) what each title is made of; without it, miscalibration is not measured.
        groupings: of the viewers of `split.history`, each group of which is also judged by itself.
        judged: takes, by model, a number a viewer of each metric that is a mean over viewers, and k.

    Returns:
        One row a model, metric and k, with the columns of results.metrics: `value` is the mean over viewers with its
        95 % bootstrap interval, or the one value of the catalogue metrics coverage and gini, where low and high are
        null. Rows of groups have a grouping (see `toolkit.viewer_groups`), others have null there.

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
        lists: dict[str, Ranking] = {}
        with _kept(failed, name), blamed(model):
            model.fit(split.train, tables, seed)
            lists[name] = rank_all(model, split.history, most)
        for reranker in rerankers if lists else ():
            with _kept(failed, f"{name}+{reranker}"):
                lists[f"{name}+{reranker}"] = rerank(
                    RERANKERS[reranker](split.train, tables),
                    lists[name],
                    split.history,
                    n=lengths[-1],
                    strength=request.rerank_strength,
                )
        for shown, ranked in lists.items():
            columns = ranked.columns(split.history.shape[0], lengths[-1])
            for k in lengths:
                by_viewer = _by_viewer(columns, split, k, genres)
                found = _measured(by_viewer, columns, split, k, seed)
                for grouping in groupings:
                    found += group_rows(by_viewer, grouping, seed)
                    found += _catalogue_rows_of_groups(columns, k, split.train.shape[1], grouping)
                rows += [{"model": shown, "split": split.name, "k": k} | row for row in found]
                if judged is not None:
                    judged.setdefault(shown, {}).update({(metric, k): values for metric, values in by_viewer.items()})
        if progress is not None:
            progress(1)
    return metric_frame(rows)


@contextmanager
def _kept(failed: dict[str, CinekitError] | None, name: str) -> Iterator[None]:
    """Keep an error by the name of what failed; raise it where there is nothing to keep it in."""
    try:
        yield
    except CinekitError as error:
        if failed is None:
            raise
        failed[name] = error


def _by_viewer(columns: IntArray, split: Split, k: int, genres: Float64 | None) -> dict[str, Float64]:
    """Metrics that are a number a viewer, (n_evaluated,) each, of the lists of one model at one k."""
    n_viewers, n_titles = split.train.shape
    counts = np.bincount(split.train.values.indices, minlength=n_titles)
    judgement = judge(columns, split.test)
    by_viewer = {name: metric(judgement, k) for name, metric in ACCURACY.items()}
    by_viewer["novelty"] = novelty(columns, k, counts, n_viewers)
    by_viewer["diversity"] = diversity(columns, k, split.train.liked.T.tocsr())
    by_viewer["popularity"] = popularity(columns, k, counts, n_viewers)
    by_viewer["long_tail"] = long_tail(columns, k, counts)
    if genres is not None:
        by_viewer["miscalibration"] = miscalibration(columns, k, split.history, genres)
    return by_viewer


def _measured(
    by_viewer: Mapping[str, Float64], columns: IntArray, split: Split, k: int, seed: int
) -> list[dict[str, Any]]:
    """Rows of all metrics of the lists of one model at one k."""
    intervals = bootstrap_intervals(np.column_stack(list(by_viewer.values())), seed)
    rows: list[dict[str, Any]] = [
        {"metric": name, "value": mean, "low": low, "high": high, "viewers": columns.shape[0]}
        for name, (mean, low, high) in zip(by_viewer, intervals.T.tolist(), strict=True)
    ]
    return rows + _catalogue_rows(columns, k, split.train.shape[1])


def _catalogue_rows(columns: IntArray, k: int, n_titles: int) -> list[dict[str, Any]]:
    """Rows of the metrics that are one value for all lists together."""
    found = {"coverage": coverage(columns, k, n_titles), "gini": gini(columns, k, n_titles)}
    return [{"metric": name, "value": value, "viewers": columns.shape[0]} for name, value in found.items()]


def _catalogue_rows_of_groups(columns: IntArray, k: int, n_titles: int, grouping: Grouping) -> list[dict[str, Any]]:
    """The same of the lists of each group of viewers."""
    return [
        {**row, "grouping": grouping.name, "viewer_group": label}
        for place, label in enumerate(grouping.labels)
        for row in _catalogue_rows(columns[grouping.group == place], k, n_titles)
    ]
