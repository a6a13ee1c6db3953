"""`cinekit evaluate analyze`: models of sentiment, judged out of sample on the labelled reviews of the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import CinekitError, UsageError
from toolkit.frames import checked, write
from toolkit.isolation import usable
from toolkit.model import setting
from toolkit.progress import bar
from toolkit.sentiment_fitting import REVIEWS, LabelledRequest, labelled_reviews, sentiment_model
from toolkit.text_evaluation import evaluate_texts

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from warehouse import Warehouse

SHOWN = ("accuracy", "f1", "auc", "brier", "ece", "answered")


class EvaluateTextsRequest(LabelledRequest):
    """How models of sentiment are compared."""

    folds: int = setting(10, "Parts of the reviews; each is judged by a model fitted on the others", ge=2, le=100)


@dataclass(frozen=True)
class EvaluatedTexts:
    """What a run of `evaluate analyze` found.

    Attributes:
        run: its id.
        metrics: one row a model and metric, as in results.metrics.
        failed: the errors of models that could not be judged, by name.
        texts, positive: reviews that were judged, and how many of them are positive.
        neutral: how many were left out because their score is about the middle of the scale.
        foreign: how many because they are in a language that not all of the models read.
    """

    run: str
    metrics: pl.DataFrame
    failed: dict[str, CinekitError]
    texts: int
    positive: int
    neutral: int
    foreign: int


def evaluate_sentiment(
    warehouse: Warehouse,
    host: Host,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateTextsRequest,
) -> EvaluatedTexts:
    """Judge each model on the same folds of the labelled reviews.

    Raises:
        UsageError: no model, one named twice, or one that is no model of sentiment.
        ModelError: there are no labelled reviews, or not one of the models can be fitted.
    """
    if not names or len(set(names)) != len(names):
        raise UsageError("name each model once, such as: cinekit evaluate analyze textblob nb-svm")
    models, failed = usable(names, lambda name: sentiment_model(host, name, settings.get(name, {})))
    languages = frozenset.intersection(*(model.languages for model in models.values()))
    recorded = {**request.model_dump(mode="json"), "models": {name: model.settings() for name, model in models.items()}}
    with warehouse.run("evaluate", "analyze", settings=recorded, seed=request.seed) as run:
        with warehouse.reading() as con:
            labelled = labelled_reviews(con, request.neutral, languages)
            run.read(con, (REVIEWS,))
        with bar("evaluating", len(models) * request.folds) as advance:
            metrics = evaluate_texts(
                models, labelled.texts, labelled.positive, request.folds, request.seed, advance, failed
            )
        if metrics.is_empty():
            raise next(iter(failed.values()))
        rows = checked(warehouse, "results.metrics", metrics, "evaluate")
        with warehouse.writing() as con:
            run.finish(con, {"results.metrics": write(con, "results.metrics", rows, run.id)})
    positive = int(labelled.positive.sum())
    return EvaluatedTexts(
        run.id, metrics, failed, len(labelled.texts), positive, labelled.neutral, labelled.foreign
    )  # fmt: skip


def as_table(metrics: pl.DataFrame) -> pl.DataFrame:
    """One row a model, one column a metric of those that fit on a terminal; the most accurate first."""
    import polars as pl

    interval = metrics.filter(metric="accuracy").select(
        "model", pl.format("{} to {}", pl.col("low").round(4), pl.col("high").round(4)).alias("95 % interval")
    )
    wide = metrics.pivot("metric", index="model", values="value", maintain_order=True)
    wide = wide.join(interval, on="model", maintain_order="left").sort("accuracy", descending=True)
    return wide.select("model", "accuracy", "95 % interval", *(c for c in SHOWN[1:] if c in wide.columns))
