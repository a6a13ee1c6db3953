"""Measuring models of sentiment on labelled texts, out of sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import CinekitError, ModelError, PluginError, UsageError
from toolkit.intervals import bootstrap_intervals
from toolkit.isolation import blamed
from toolkit.text_metrics import BY_ALL, BY_TEXT

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray, SentimentModel

METRICS = (*BY_TEXT, *BY_ALL)


def evaluate_texts(
    models: Mapping[str, SentimentModel],
    texts: Sequence[str],
    positive: BoolArray,
    folds: int = 10,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    failed: dict[str, CinekitError] | None = None,
) -> pl.DataFrame:
    """Cross-validate models: each text is scored, as a review, by a model that was fitted on the other folds.

    The folds are drawn at random, with the same share of positive texts in each, and are the same for every model; so
    are the bootstrap draws. A model that needs no training is fitted as well: what it calibrates is out of sample too.

    Args:
        models: models by the name to report them under; their fitted state is replaced.
        texts: (n,) texts.
        positive: (n,) whether each is positive.
        folds: how many, from 2 up.
        seed: of the folds, the fits and the bootstrap.
        progress: called with 1 after each fold of each model.
        failed: takes the errors of models that fail, by name, so that the others are still judged; unless given,
            the first error is raised.

    Returns:
        One row a model and metric: model, split ("folds"), metric, k (number of folds), value, low, high, viewers
        (null), texts (how many were judged). `value` is the mean over texts with its 95 % bootstrap interval, or the
        one value of balanced_accuracy, f1, auc and ece, where low and high are null. A text that a model cannot
        answer counts as wrong; `answered` is the share of the others.

    Raises:
        ModelError: fewer positive or negative texts than folds, or a model could not be fitted on these.
        PluginError: a model failed otherwise, or gave what are no probabilities.
        UsageError: fewer than two folds.
    """
    import polars as pl

    positive = np.asarray(positive, dtype=np.bool_)
    parts = list(_folds(positive, folds, seed))
    rows: list[dict[str, Any]] = []
    for name, model in models.items():
        done = 0
        try:
            probability = np.empty(positive.size)
            for train, test in parts:
                probability[test] = _scored(model, texts, positive, train, test, seed)
                done += 1
                if progress is not None:
                    progress(1)
        except CinekitError as error:
            if failed is None:
                raise
            failed[name] = error
            if progress is not None:
                progress(len(parts) - done)
            continue
        rows += [{"model": name, "k": folds} | row for row in _measure(positive, probability, seed)]
    schema = {
        "model": pl.String,
        "split": pl.String,
        "metric": pl.String,
        "k": pl.Int32,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "viewers": pl.Int32,
        "texts": pl.Int32,
    }
    return pl.DataFrame([{"split": "folds", "texts": positive.size} | row for row in rows], schema=schema)


def _folds(positive: BoolArray, folds: int, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Training and test rows of each fold.

    Raises:
        UsageError: fewer than two folds.
        ModelError: fewer texts of a class than folds.
    """
    from sklearn.model_selection import StratifiedKFold

    if folds < 2:
        raise UsageError(f"--folds {folds}: texts are held out in at least 2 folds")
    yes, no = int(positive.sum()), int((~positive).sum())
    if min(yes, no) < folds:
        raise ModelError(
            f"{yes:,} positive and {no:,} negative reviews do not fill {folds} folds; load more, or take fewer folds"
        )
    yield from StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(positive.size), positive)


def _scored(
    model: SentimentModel, texts: Sequence[str], positive: BoolArray, train: IntArray, test: IntArray, seed: int
) -> Float64:  # fmt: skip
    """Probabilities of the test rows by a model that was fitted on the training rows."""
    with blamed(model):
        model.fit([texts[row] for row in train], positive[train], seed)
        scores = np.asarray(model.score([texts[row] for row in test], "review"), dtype=np.float64)
    if scores.shape != test.shape or ((scores < 0) | (scores > 1)).any():
        raise PluginError(f"model {model.name} must give each text one probability from 0 to 1, or NaN")
    return scores


def _measure(positive: BoolArray, probability: Float64, seed: int) -> list[dict[str, Any]]:
    """All metrics of one model."""
    by_text = np.column_stack([metric(positive, probability) for metric in BY_TEXT.values()])
    intervals = bootstrap_intervals(by_text, seed).T.tolist()
    rows: list[dict[str, Any]] = [
        {"metric": name, "value": mean, "low": low, "high": high}
        for name, (mean, low, high) in zip(BY_TEXT, intervals, strict=True)
    ]
    return rows + [{"metric": name, "value": metric(positive, probability)} for name, metric in BY_ALL.items()]
