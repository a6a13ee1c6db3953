"""Measuring models of sentiment on labelled texts, out of sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import CinekitError, UsageError
from toolkit.intervals import bootstrap_intervals
from toolkit.isolation import blamed
from toolkit.metric_rows import metric_frame
from toolkit.scoring import probabilities
from toolkit.text_folds import text_folds
from toolkit.text_metrics import BY_ALL, BY_TEXT

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray, SentimentModel

METRICS = (*BY_TEXT, "answered", "accuracy_answered", *BY_ALL)


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

    The folds are drawn at random, with about the same share of positive texts in each, and are the same for every
    model; so are the bootstrap draws. Texts that are alike, but for case and white space, are in one fold: else a model
    would be judged by what it has learnt by heart. A model that needs no training is fitted as well: what it calibrates
    is out of sample too. A text that a model cannot answer gets the share of positive texts in its training folds.

    Args:
        models: models by the name to report them under; new ones of the same settings are fitted.
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
        one value of balanced_accuracy, f1, auc and ece, where low and high are null. `answered` is the share of texts
        that the model could answer, `accuracy_answered` its accuracy on those.

    Raises:
        ModelError: fewer positive or negative texts than folds, or a model could not be fitted on these.
        PluginError: a model failed otherwise, or gave what are no probabilities.
        UsageError: fewer than two folds.
    """
    positive = np.asarray(positive, dtype=np.bool_)
    if folds < 2:
        raise UsageError(f"--folds {folds}: texts are held out in at least 2 folds")
    parts = list(text_folds(texts, positive, folds, seed))
    rows: list[dict[str, Any]] = []
    for name, model in models.items():
        done = 0
        try:
            probability, known = np.empty(positive.size), np.empty(positive.size, dtype=np.bool_)
            for train, test in parts:
                scores = _scored(model, texts, positive, train, test, seed)
                known[test] = ~np.isnan(scores)
                probability[test] = np.where(known[test], scores, positive[train].mean())
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
        rows += [{"model": name, "k": folds} | row for row in _measure(positive, probability, known, seed)]
    return metric_frame({"split": "folds", "texts": positive.size} | row for row in rows)


def _scored(
    model: SentimentModel, texts: Sequence[str], positive: BoolArray, train: IntArray, test: IntArray, seed: int
) -> Float64:  # fmt: skip
    """Probabilities of the test rows by a model that was fitted on the training rows."""
    fresh = type(model)(**model.model_dump())
    with blamed(fresh):
        fresh.fit([texts[row] for row in train], positive[train], seed)
    return probabilities(fresh, [texts[row] for row in test], "review")


def _measure(positive: BoolArray, probability: Float64, known: BoolArray, seed: int) -> list[dict[str, Any]]:
    """All metrics of one model."""
    by_text = {name: metric(positive, probability) for name, metric in BY_TEXT.items()} | {"answered": known * 1.0}
    intervals = bootstrap_intervals(np.column_stack(list(by_text.values())), seed).T.tolist()
    rows: list[dict[str, Any]] = [
        {"metric": name, "value": mean, "low": low, "high": high}
        for name, (mean, low, high) in zip(by_text, intervals, strict=True)
    ]
    if known.any():
        mean, low, high = bootstrap_intervals(by_text["accuracy"][known][:, None], seed)[:, 0].tolist()
        rows.append({"metric": "accuracy_answered", "value": mean, "low": low, "high": high})
    return rows + [{"metric": name, "value": metric(positive, probability)} for name, metric in BY_ALL.items()]
