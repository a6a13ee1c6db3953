"""`cinekit predict habits`, `churn` and `purchase`: what viewers do next, as calibrated probabilities."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.frames import checked, write
from toolkit.progress import bar
from toolkit.tasks import ALL_TASKS, CUSTOMER_CHURN, NEXT_TITLE, Classes
from toolkit.viewer_fitting import STANDS_IN, can_do, classifier, classifier_named, fitted
from toolkit.viewer_requests import ChurnRequest
from toolkit.viewer_sources import Histories, PlainCustomers, has_rows, sources_of

if TYPE_CHECKING:
    import polars as pl

    from toolkit.classifier import Classifier
    from toolkit.host import Host
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.viewer_requests import AskedRequest
    from toolkit.viewer_sources import Days
    from warehouse import Warehouse

LIKELIEST = 10
PROBABILITIES, TASK_CLASSES = "results.probabilities", "results.task_classes"


@dataclass(frozen=True)
class PredictedViewers:
    """What a run over viewers did.

    Attributes:
        run: its id.
        model: the classifier that was asked for.
        models: the classifier of each task that was answered.
        skipped: why the other tasks were not, by their names.
        viewers: how many viewers each task was asked of.
        examples: how many pairs of a viewer and an origin each was learnt from.
        parts: in how many parts each task was asked, every one by a model that was fitted on the others; mostly 1.
        left_out: columns of a plain table that nothing was learnt from, with the reason.
        as_of: the last day that was known; None of plain tables.
        seconds: wall seconds.
    """

    run: str
    model: str
    models: dict[str, str]
    skipped: dict[str, CinekitError]
    viewers: dict[str, int]
    examples: dict[str, int]
    parts: dict[str, int]
    left_out: dict[str, str]
    as_of: date | None
    seconds: float


def predict_viewers(
    warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: AskedRequest
) -> PredictedViewers:
    """Say how probable each answer is for every viewer; results land in results.probabilities and task_classes.

    Each task is learnt from origins before the day of the prediction whose days are all known by then. A task that
    the model cannot do is done by another one, "next-title" by markov. Where several tasks are asked and one cannot
    be answered, the others still are.

    Args:
        warehouse: where from and to.
        host: the plugins.
        name: the classifier; that of a forecaster means its sister for viewers.
        settings: its own settings.
        request: which tasks, and as of when.

    Raises:
        UsageError: the model is none of viewers; the day is not covered by the history.
        ModelError: there is no history, or not one of the tasks can be answered.
    """
    began = time.monotonic()
    name = classifier_named(host, name)
    model, plugin = classifier(host, name, settings), host.plugin_of("predict", name)
    tasks = _tasks_of(warehouse, request)
    models = {task: _model_of(host, model, task) for task in tasks}
    asked = {**request.model_dump(mode="json", exclude={"seed", "model", "task"}), "tasks": list(tasks)}
    with warehouse.run(
        "predict",
        name,
        settings={
            **model.settings(),
            **asked,
            "models": {task: one.name for task, one in models.items()},
            "stand_ins": {one.name: one.settings() for one in models.values() if one is not model},
        },
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        skipped: dict[str, CinekitError] = {}
        with warehouse.reading() as con:
            sources = sources_of(con, tasks, request.day, request.days, request.seed, skipped)
            run.read(con, sorted({table for source in sources.values() for table in source.tables}))
        frames: dict[str, list[pl.DataFrame]] = {PROBABILITIES: [], TASK_CLASSES: []}
        viewers: dict[str, int] = {}
        examples: dict[str, int] = {}
        done_in: dict[str, int] = {}
        with bar(f"predicting with {name}", len(sources)) as advance:
            for task, source in sources.items():
                try:
                    given: list[pl.DataFrame] = []
                    for number, (fitting, asked_of) in enumerate(source.parts(task), start=1):
                        ready, classes = fitted(models[task], fitting, request.seed), fitting.classes
                        given += [
                            probability_rows(classes, block.viewers, ready.probabilities(block), days, source.dated)
                            for block, days in asked_of
                        ]
                        done_in[task], examples[task] = number, fitting.all.viewers.size
                    made = together(given)
                except ModelError as error:
                    skipped[task] = error
                else:
                    viewers[task] = made["viewer_key"].n_unique()
                    frames[PROBABILITIES].append(made)
                    frames[TASK_CLASSES].append(class_rows(classes, made))
                advance(1)
        if not viewers:
            raise next(iter(skipped.values()))
        rows = {table: checked(warehouse, table, together(parts), name) for table, parts in frames.items()}
        with warehouse.writing() as con:
            run.finish(con, {table: write(con, table, frame, run.id) for table, frame in rows.items()})
    days = [source.day for source in sources.values() if isinstance(source, Histories)]
    return PredictedViewers(
        run=run.id,
        model=name,
        models={task: models[task].name for task in viewers},
        skipped=skipped,
        viewers=viewers,
        examples=examples,
        parts=done_in,
        left_out={name: why for source in sources.values() for name, why in source.left_out.items()},
        as_of=date.fromisoformat(str(days[0])) if days else None,
        seconds=time.monotonic() - began,
    )


def _tasks_of(warehouse: Warehouse, request: AskedRequest) -> tuple[str, ...]:
    """The tasks that are asked; churn is of customers where that is said, or where there are some."""
    if isinstance(request, ChurnRequest) and request.of != "viewers":
        with warehouse.reading() as con:
            if request.of == "customers" or has_rows(con, PlainCustomers.tables[:1]):
                return (CUSTOMER_CHURN,)
    return request.tasks


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The frames one below the other."""
    import polars as pl

    return pl.concat(list(parts))


def predicted_viewers(warehouse: Warehouse, run: str, *, people: bool) -> pl.DataFrame:
    """A run's probabilities; for people a row a task and class: how many viewers are expected to be in it.

    Of the next title the LIKELIEST titles are shown to people.
    """
    expected = f"""
        SELECT p.task, coalesce(t.name, p.class) AS answer, count(*) AS viewers,
               avg(p.probability) AS "mean probability", sum(p.probability) AS "expected viewers"
        FROM {PROBABILITIES} p LEFT JOIN raw.titles t ON t.title_id = CASE WHEN p.task = '{NEXT_TITLE}' THEN p.class END
        WHERE p.run = $run GROUP BY p.task, p.class, t.name
        QUALIFY p.task <> '{NEXT_TITLE}'
             OR row_number() OVER (PARTITION BY p.task ORDER BY sum(p.probability) DESC, p.class) <= {LIKELIEST}
        ORDER BY list_position($tasks, p.task), CASE WHEN p.task = '{NEXT_TITLE}' THEN -sum(p.probability)
                 ELSE min(p.place) END, p.class
    """
    each = f"""
        SELECT v.viewer_id, p.task, p.as_of, p.horizon, p.class, t.name AS title, p.place, p.probability
        FROM {PROBABILITIES} p JOIN raw.viewers v USING (viewer_key)
        LEFT JOIN raw.titles t ON t.title_id = CASE WHEN p.task = '{NEXT_TITLE}' THEN p.class END
        WHERE p.run = $run ORDER BY p.viewer_key, list_position($tasks, p.task), p.place
    """
    return warehouse.query(expected if people else each, {"run": run, "tasks": list(ALL_TASKS)})


def likeliest_viewers(warehouse: Warehouse, run: str, most: int = LIKELIEST) -> pl.DataFrame:
    """For people, of tasks with yes and no: the viewers of whom "yes" is the likeliest, such as to leave."""
    sql = f"""
        SELECT p.task, v.viewer_id AS viewer, p.probability
        FROM {PROBABILITIES} p JOIN raw.viewers v USING (viewer_key) WHERE p.run = $run AND p.class = 'yes'
        QUALIFY row_number() OVER (PARTITION BY p.task ORDER BY p.probability DESC, p.viewer_key) <= $most
        ORDER BY list_position($tasks, p.task), p.probability DESC, p.viewer_key
    """
    return warehouse.query(sql, {"run": run, "tasks": list(ALL_TASKS), "most": most})


def _model_of(host: Host, model: Classifier, task: str) -> Classifier:
    """The model itself, or the one that stands in for it.

    Raises:
        UsageError: it cannot do the task, and none stands in.
    """
    if can_do(model, task):
        return model
    if task in STANDS_IN:
        return classifier(host, STANDS_IN[task], {})
    raise UsageError(f"{model.name} cannot do {task}; take another classifier, such as logistic")


def probability_rows(
    classes: Classes, viewers: IntArray, found: Float64, days: Days, dated: bool
) -> pl.DataFrame:  # fmt: skip
    """Rows of results.probabilities but `run`, out of (n, n_classes); of the next title the LIKELIEST, by rank."""
    import polars as pl

    n, n_classes = found.shape
    task = classes.task
    if task.name == NEXT_TITLE:
        kept = min(LIKELIEST, n_classes)
        # Of equally likely titles the first class goes first, in the list as at its end.
        order = np.argsort(-found, axis=1, kind="stable")[:, :kept]
        probability = np.take_along_axis(found, order, axis=1)
    else:
        kept, order, probability = n_classes, np.tile(np.arange(n_classes), (n, 1)), found
    return pl.DataFrame(
        {
            "viewer_key": pl.Series(np.repeat(viewers, kept), dtype=pl.Int32),
            "task": pl.repeat(task.name, n * kept, eager=True),
            "as_of": pl.Series(np.repeat(days.astype("datetime64[D]"), kept)),
            "horizon": pl.repeat(task.horizon if dated else None, n * kept, dtype=pl.Int32, eager=True),
            "class": pl.Series(task.classes, dtype=pl.String).gather(order.ravel()),
            "place": pl.Series(np.tile(np.arange(1, kept + 1), n), dtype=pl.Int32),
            "probability": pl.Series(probability.ravel(), dtype=pl.Float64),
        }
    )


def class_rows(classes: Classes, made: pl.DataFrame) -> pl.DataFrame:
    """Rows of results.task_classes but `run`; of titles those that anybody may watch next, as far as rows tell."""
    import polars as pl

    n = len(classes.task.classes)
    rows = pl.DataFrame(
        {
            "task": pl.repeat(classes.task.name, n, eager=True),
            "class": pl.Series(classes.task.classes, dtype=pl.String),
            "place": pl.Series(np.arange(1, n + 1), dtype=pl.Int32),
            "low": pl.Series(classes.low, dtype=pl.Float64),
            "high": pl.Series(classes.high, dtype=pl.Float64),
        }
    )
    return rows.join(made, on="class", how="semi") if classes.task.name == NEXT_TITLE else rows
