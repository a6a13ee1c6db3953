"""`cinekit evaluate predict` of viewers: classifiers, fitted up to a day and judged on what came after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.class_metrics import BY_RANK, by_all, by_example, ranks
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.frames import checked, write
from toolkit.intervals import bootstrap_intervals
from toolkit.isolation import usable
from toolkit.metric_rows import metric_frame
from toolkit.progress import bar
from toolkit.tasks import CUSTOMER_CHURN, HORIZONS, NEXT_TITLE, WATCH_TIME
from toolkit.viewer_examples import check_split
from toolkit.viewer_fitting import blocks, can_do, classifier, classifier_named, fitted
from toolkit.viewer_sources import Histories, PlainCustomers, PlainWatchTimes, has_rows, sources_of

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.classifier import Classifier
    from toolkit.examples import Examples
    from toolkit.host import Host
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.viewer_examples import Fitting
    from toolkit.viewer_requests import EvaluateViewersRequest
    from toolkit.viewer_sources import Source
    from warehouse import Warehouse

    Ask = Callable[[Examples], FloatArray]

BASE_RATE = "base-rate"
SHOWN = ("brier", "log_loss", "auc", "ece", "lift", "rps", "kappa", "hit@10", "mrr")
ABOUT = {"viewers": tuple(HORIZONS), "customers": (CUSTOMER_CHURN,), "watch-times": (WATCH_TIME,)}


@dataclass
class EvaluatedViewers:
    """What a run of `evaluate predict` over viewers found.

    Attributes:
        run: its id.
        metrics: one row a model, task and metric, as in results.metrics.
        failed: errors of models that could not be judged, by model and task.
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
    judged. Customers of a plain table, which has no times, are judged in five folds drawn at random.

    Raises:
        UsageError: no model, one named twice, one that is none of viewers, or a split that is not by time.
        ModelError: there is nothing to learn from, or nothing can be judged.
    """
    check_split(request.split)
    if not names or len(set(names)) != len(names):
        raise UsageError("name each model once, such as: cinekit evaluate predict logistic viewer-gradient-boosting")
    called = {classifier_named(host, name): settings.get(name, {}) for name in names}
    models, unusable = usable(called, lambda name: classifier(host, name, called[name]))
    tasks = _tasks_of(warehouse, request)
    recorded = {
        **request.model_dump(mode="json"),
        "task": list(tasks),
        "models": {name: model.settings() for name, model in models.items()},
    }
    with warehouse.run("evaluate", "predict", settings=recorded, seed=request.seed) as run:
        failed = {(name, task): error for name, error in unusable.items() for task in tasks}
        done = EvaluatedViewers(run.id, metric_frame([]), failed)
        with warehouse.reading() as con:
            sources = sources_of(con, tasks, None, request.days, request.seed, done.skipped)
            run.read(con, sorted({table for source in sources.values() for table in source.tables}))
        rows: list[dict[str, Any]] = []
        with bar("evaluating", len(sources)) as advance:
            for task, source in sources.items():
                try:
                    parts = list(source.held_out(task))
                except ModelError as error:
                    done.skipped[task] = error
                else:
                    done.examples[task] = sum(held_out.viewers.size for _, held_out in parts)
                    rows += _judged(models, parts, source, request.seed, done.failed)
                advance(1)
        if not any(row["model"] != BASE_RATE for row in rows):
            raise next(iter([*done.failed.values(), *done.skipped.values(), _nothing(names, tasks)]))
        done.metrics = metric_frame(rows)
        frame = checked(warehouse, "results.metrics", done.metrics, "evaluate")
        with warehouse.writing() as con:
            run.finish(con, {"results.metrics": write(con, "results.metrics", frame, run.id)})
    return done


def _tasks_of(warehouse: Warehouse, request: EvaluateViewersRequest) -> tuple[str, ...]:
    """The tasks that are named, or those about what is named, or about all that there is."""
    if request.task:
        return request.task
    if request.of != "auto":
        return ABOUT[request.of]
    plain = {CUSTOMER_CHURN: PlainCustomers.tables, WATCH_TIME: PlainWatchTimes.tables}
    with warehouse.reading() as con:
        found = tuple(task for task, tables in plain.items() if has_rows(con, tables[:1]))
        return found if found and not has_rows(con, Histories.events) else (*HORIZONS, *found)


def _nothing(names: Sequence[str], tasks: Sequence[str]) -> ModelError:
    return ModelError(
        f"{', '.join(names)} can do none of {', '.join(tasks)}; take another classifier, such as logistic"
    )


def _judged(
    models: Mapping[str, Classifier],
    parts: Sequence[tuple[Fitting, Examples]],
    source: Source,
    seed: int,
    failed: dict[tuple[str, str], CinekitError],
) -> list[dict[str, Any]]:
    """Rows of the base rate and of each model that does the task."""
    task = parts[0][0].classes.task
    held_out = [examples for _, examples in parts]
    fixed = {"split": source.split, "k": len(parts) if source.split == "folds" else None, "task": task.name}
    asks = [_base_rate(fitting.all) for fitting, _ in parts]
    rows = [{"model": BASE_RATE, **row} for row in measured(held_out, asks, seed)]
    for name, model in models.items():
        if not can_do(model, task.name):
            continue
        try:
            asks = [fitted(model, fitting, seed).probabilities for fitting, _ in parts]
            rows += [{"model": name, **row} for row in measured(held_out, asks, seed)]
        except CinekitError as error:
            failed[name, task.name] = error
    return [fixed | row for row in rows]


def _base_rate(train: Examples) -> Ask:
    """The shares of the classes in training data, for everybody; each class counts once more than it came true."""
    counts = np.ones(len(train.task.classes))
    if train.labels is not None:
        counts += np.bincount(train.labels, minlength=counts.size)
    return lambda examples: np.tile(counts / counts.sum(), (examples.viewers.size, 1))


def measured(held_out: Sequence[Examples], asks: Sequence[Ask], seed: int) -> list[dict[str, Any]]:
    """Metrics of what each of `asks` says of each part of the held-out examples, all parts together.

    Metrics with a value for each example are means over examples, with 95 % bootstrap intervals over viewers, all
    examples of a viewer being drawn together; the others have no interval.
    """
    task = held_out[0].task
    labels = np.concatenate([examples.labels for examples in held_out if examples.labels is not None])
    found: list[NDArray[np.generic]] = []
    for examples, ask in zip(held_out, asks, strict=True):
        for rows in blocks(examples.viewers.size, len(task.classes)):
            block = examples.select(rows)
            answer, truth = ask(block), block.labels
            found.append(ranks(answer, truth) if task.name == NEXT_TITLE and truth is not None else answer)
    alone: dict[str, float | None] = {}
    if task.name == NEXT_TITLE:
        ranked = np.concatenate(found).astype(np.int64)
        each = {name: metric(ranked) for name, metric in BY_RANK.items()}
    else:
        told = np.concatenate(found).astype(np.float64)
        each = {name: metric(told, labels) for name, metric in by_example(task).items()}
        alone = {name: metric(told, labels) for name, metric in by_all(task).items()}
    viewers, place = np.unique(np.concatenate([examples.viewers for examples in held_out]), return_inverse=True)
    counts = {"viewers": viewers.size, "examples": labels.size}
    table = np.column_stack(list(each.values()))
    # One viewer tells nothing of others.
    alone_there = [(mean, None, None) for mean in table.mean(axis=0).tolist()]
    intervals = over_viewers(table, place, seed).T.tolist() if viewers.size > 1 else alone_there
    return [
        counts | {"metric": name, "value": mean, "low": low, "high": high}
        for name, (mean, low, high) in zip(each, intervals, strict=True)
    ] + [counts | {"metric": name, "value": value} for name, value in alone.items() if value is not None]


def over_viewers(values: Float64, place: IntArray, seed: int) -> Float64:
    """(3, n_measures) means over examples, (n, n_measures), with intervals over viewers, (n,) by number.

    A mean over examples is a ratio of two sums over viewers; the draws take it to the first order (Efron & Tibshirani
    1993, ch. 21): a viewer with c of the examples, whose values sum to s, counts as mean + (s - c · mean) / mean(c).
    """
    mean = values.mean(axis=0)
    counts = np.bincount(place)
    sums = np.column_stack([np.bincount(place, column) for column in values.T])
    # No measure is below 0; the first order may be.
    return np.maximum(bootstrap_intervals(mean + (sums - counts[:, None] * mean) / counts.mean(), seed), 0)


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
