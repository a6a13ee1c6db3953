"""`cinekit evaluate predict` of viewers: classifiers, fitted up to a day and judged on what came after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.class_metrics import BY_RANK, by_all, by_example, ranks
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.frames import checked, write
from toolkit.history import TABLES, read_history
from toolkit.intervals import bootstrap_intervals
from toolkit.metric_rows import metric_frame
from toolkit.progress import bar
from toolkit.tasks import HORIZONS, NEXT_TITLE, horizon_of
from toolkit.viewer_examples import ExampleMaker, check_split, cut_for_test, fitting_examples, held_out_examples
from toolkit.viewer_fitting import blocks, can_do, classifier, classifier_named, fitted

if TYPE_CHECKING:
    import polars as pl

    from toolkit.classifier import Classifier
    from toolkit.examples import Examples
    from toolkit.history import History
    from toolkit.host import Host
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.viewer_examples import Fitting
    from toolkit.viewer_requests import EvaluateViewersRequest
    from warehouse import Warehouse

    Ask = Callable[[Examples], Float64]

BASE_RATE = "base-rate"
SPLIT = "cutoff"
SHOWN = ("brier", "log_loss", "auc", "ece", "lift", "rps", "kappa", "hit@10", "mrr")


@dataclass
class EvaluatedViewers:
    """What a run of `evaluate predict` over viewers found.

    Attributes:
        run: its id.
        metrics: one row a model, task and metric, as in results.metrics.
        failed: errors of models that could not be judged, by model and task; of all models where the task is "".
        skipped: why tasks could not be asked, by their names.
        examples: pairs of a viewer and an origin that each task was judged on.
    """

    run: str
    metrics: pl.DataFrame
    failed: dict[tuple[str, str], CinekitError] = field(default_factory=dict)
    skipped: dict[str, CinekitError] = field(default_factory=dict)
    examples: dict[str, int] = field(default_factory=dict)


def evaluate_viewers(
    warehouse: Warehouse,
    host: Host,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateViewersRequest,
) -> EvaluatedViewers:
    """Judge each model at the same origins of each task, beside the shares of the classes in the training data.

    For each task the history is cut a horizon and at most four weeks before its end: everything is learnt from what
    was known at the cut, and judged at the origins from then on. Every viewer of whom the task is asked there is
    judged.

    Raises:
        UsageError: no model, one named twice, one that is none of viewers, or a split that is not by time.
        ModelError: there is no history, or nothing can be judged.
    """
    check_split(request.split)
    if not names or len(set(names)) != len(names):
        raise UsageError("name each model once, such as: cinekit evaluate predict logistic viewer-gradient-boosting")
    called = {classifier_named(host, name): settings.get(name, {}) for name in names}
    models = {name: classifier(host, name, given) for name, given in called.items()}
    tasks = request.task or tuple(HORIZONS)
    for task in tasks:
        horizon_of(task)
    recorded = {**request.model_dump(mode="json"), "models": {name: model.settings() for name, model in models.items()}}
    with warehouse.run("evaluate", "predict", settings=recorded, seed=request.seed) as run:
        with warehouse.reading() as con:
            history = read_history(con)
            run.read(con, TABLES)
        done = EvaluatedViewers(run.id, metric_frame([]))
        maker = ExampleMaker(history)
        rows: list[dict[str, Any]] = []
        with bar("evaluating", len(tasks)) as advance:
            for task in tasks:
                try:
                    fitting, held_out = examples_of(history, maker, task, horizon_of(task, request.days), request.seed)
                except ModelError as error:
                    done.skipped[task] = error
                else:
                    done.examples[task] = held_out.viewers.size
                    rows += _judged(models, fitting, held_out, request.seed, done.failed)
                advance(1)
        if not any(row["model"] != BASE_RATE for row in rows):
            raise next(iter([*done.failed.values(), *done.skipped.values()]))
        done.metrics = metric_frame({"split": SPLIT} | row for row in rows)
        frame = checked(warehouse, "results.metrics", done.metrics, "evaluate")
        with warehouse.writing() as con:
            run.finish(con, {"results.metrics": write(con, "results.metrics", frame, run.id)})
    return done


def examples_of(
    history: History, maker: ExampleMaker, task: str, horizon: int, seed: int
) -> tuple[Fitting, Examples]:  # fmt: skip
    """What a task is learnt from, out of the history up to the cut, and what it is judged on; `maker` of all of it.

    Raises ModelError where there is too little of either.
    """
    cut = cut_for_test(history, horizon)
    if cut < history.first_day:
        raise ModelError(f"{task}: the history is shorter than its horizon of {horizon} days; load a longer one")
    fitting = fitting_examples(ExampleMaker(history.until(cut)), task, horizon, seed)
    held_out = held_out_examples(maker, fitting.classes, cut, seed)
    if not held_out.viewers.size:
        raise ModelError(f"{task}: no viewer has an answer after {cut} to judge by; load a longer history")
    return fitting, held_out


def _judged(
    models: Mapping[str, Classifier],
    fitting: Fitting,
    held_out: Examples,
    seed: int,
    failed: dict[tuple[str, str], CinekitError],
) -> list[dict[str, Any]]:
    """Rows of the base rate and of each model that does the task."""
    task = fitting.classes.task
    rows = measured(BASE_RATE, held_out, _base_rate(fitting.all), seed)
    for name, model in models.items():
        if not can_do(model, task.name):
            continue
        try:
            rows += measured(name, held_out, fitted(model, fitting, seed).probabilities, seed)
        except CinekitError as error:
            failed[name, task.name] = error
    return rows


def _base_rate(train: Examples) -> Ask:
    """The shares of the classes in training data, for everybody; each class counts once more than it came true."""
    counts = np.ones(len(train.task.classes))
    if train.labels is not None:
        counts += np.bincount(train.labels, minlength=counts.size)
    return lambda examples: np.tile(counts / counts.sum(), (examples.viewers.size, 1))


def measured(model: str, held_out: Examples, ask: Ask, seed: int) -> list[dict[str, Any]]:
    """Rows of results.metrics, but split, of probabilities that `ask` gives.

    Metrics with a value for each example are means over examples, with 95 % bootstrap intervals over viewers, all
    examples of a viewer being drawn together; the others have no interval.
    """
    task, labels = held_out.task, held_out.labels
    if labels is None:
        raise UsageError("examples without labels cannot be judged")
    parts = [
        (rows, ask(held_out.select(rows))) for rows in blocks(held_out.viewers.size, len(task.classes))
    ]  # fmt: skip
    alone: dict[str, float | None] = {}
    if task.name == NEXT_TITLE:
        ranked = np.concatenate([ranks(found, labels[rows]) for rows, found in parts])
        each = {name: metric(ranked) for name, metric in BY_RANK.items()}
    else:
        found = np.concatenate([found for _, found in parts])
        each = {name: metric(found, labels) for name, metric in by_example(task).items()}
        alone = {name: metric(found, labels) for name, metric in by_all(task).items()}
    viewers, place = np.unique(held_out.viewers, return_inverse=True)
    counts = {"model": model, "task": task.name, "viewers": viewers.size, "examples": labels.size}
    intervals = _over_viewers(np.column_stack(list(each.values())), place, seed).T.tolist()
    return [
        counts | {"metric": name, "value": mean, "low": low, "high": high}
        for name, (mean, low, high) in zip(each, intervals, strict=True)
    ] + [counts | {"metric": name, "value": value} for name, value in alone.items() if value is not None]


def _over_viewers(values: Float64, place: IntArray, seed: int) -> Float64:
    """(3, n_measures) means over examples, with intervals over viewers.

    A mean over examples is a ratio of two sums over viewers; the draws take it to the first order (Efron & Tibshirani
    1993, ch. 21): a viewer with c of the examples, whose values sum to s, counts as mean + (s - c · mean) / mean(c).
    """
    mean = values.mean(axis=0)
    counts = np.bincount(place)
    sums = np.column_stack([np.bincount(place, column) for column in values.T])
    return bootstrap_intervals(mean + (sums - counts[:, None] * mean) / counts.mean(), seed)


def as_table(metrics: pl.DataFrame) -> pl.DataFrame:
    """One row a task and model, one column a metric of those that fit on a terminal; the best of each task first."""
    import polars as pl

    order = {task: place for place, task in enumerate(dict.fromkeys(metrics["task"]))}
    interval = metrics.filter(pl.col("metric").is_in(["brier", "hit@10"])).select(
        "task", "model", pl.format("{} to {}", pl.col("low").round(4), pl.col("high").round(4)).alias("95 % interval")
    )
    wide = metrics.pivot("metric", index=["task", "model"], values="value", maintain_order=True)
    wide = wide.join(interval, on=["task", "model"], maintain_order="left")
    best = pl.coalesce([pl.col(c) * sign for c, sign in (("brier", 1), ("hit@10", -1)) if c in wide.columns])
    wide = wide.sort(pl.col("task").replace_strict(order, return_dtype=pl.Int32), best)
    shown = [c for c in SHOWN if c in wide.columns]
    return wide.select("task", "model", *shown[:1], "95 % interval", *shown[1:])
