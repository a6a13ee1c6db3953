"""Where examples come from: the history of viewers, customers of a plain table, or plain minutes watched by day."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit import plain_examples, watch_time_examples
from toolkit.encoding import fit_encoding
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.history import EVENT_TABLES, TABLES, History, read_history
from toolkit.tasks import CUSTOMER_CHURN, WATCH_TIME, horizon_of
from toolkit.viewer_examples import ExampleMaker, cut_for_test, fitting_examples, held_out_examples
from toolkit.viewer_fitting import blocks

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from toolkit.examples import Examples
    from toolkit.plain_examples import Customers
    from toolkit.viewer_examples import Fitting
    from toolkit.watch_time_examples import WatchTimes

    Days = NDArray[np.datetime64]


class Source(ABC):
    """What some tasks are learnt from, and asked of.

    Class attributes:
        tables: that it reads.
        split: how test data are held out, as in results.metrics.
        dated: whether answers are found within days after a day.
    """

    tables: ClassVar[tuple[str, ...]]
    split: ClassVar[str] = "cutoff"
    dated: ClassVar[bool] = False

    @property
    def left_out(self) -> dict[str, str]:
        """Columns that nothing is learnt from, with the reason."""
        return {}

    @abstractmethod
    def learnt(self, task: str) -> Fitting:
        """What a task is learnt from, to answer it. Raises ModelError where there is too little."""

    @abstractmethod
    def asked(self, task: str, fitting: Fitting) -> Iterator[tuple[Examples, Days]]:
        """Blocks of examples without labels, and the day of each; NaT where that is not known."""

    def parts(self, task: str) -> Iterator[tuple[Fitting, Iterator[tuple[Examples, Days]]]]:
        """What a task is learnt from, and of whom it is then asked: once, or in parts with a fit for each."""
        fitting = self.learnt(task)
        yield fitting, self.asked(task, fitting)

    @abstractmethod
    def held_out(self, task: str) -> Iterator[tuple[Fitting, Examples]]:
        """What a task is learnt from, to judge models, and examples with labels to judge them by; once, or by fold."""


class Histories(Source):
    """Viewers, by what they did up to the end of a day."""

    tables: ClassVar[tuple[str, ...]] = TABLES
    events: ClassVar[tuple[str, ...]] = EVENT_TABLES
    dated: ClassVar[bool] = True

    def __init__(self, history: History, as_of: str | None, within: int | None, seed: int) -> None:
        self.day = day_of(history, as_of)
        self._history, self._within, self._seed = history.until(self.day), within, seed

    @cached_property
    def _maker(self) -> ExampleMaker:
        return ExampleMaker(self._history)

    def learnt(self, task: str) -> Fitting:
        """Examples at earlier origins, whose days are all known."""
        return fitting_examples(self._maker, task, horizon_of(task, self._within), self._seed)

    def asked(self, task: str, fitting: Fitting) -> Iterator[tuple[Examples, Days]]:
        """All viewers whom the task is asked of at the end of the day."""
        rows, origins = self._maker.pairs(task, np.array([self.day]), self._seed, most=self._history.viewers.size)
        if not rows.size:
            raise ModelError(f"{task}: there is no viewer to ask it of on {self.day}; take an earlier day")
        for block in blocks(rows.size, len(fitting.classes.task.classes)):
            yield self._maker.make(fitting.classes, rows[block], origins[block]), origins[block]

    def held_out(self, task: str) -> Iterator[tuple[Fitting, Examples]]:
        """What was known at a cut, and origins from then on."""
        yield examples_of(self._history, self._maker, task, horizon_of(task, self._within), self._seed)


class PlainCustomers(Source):
    """Customers of a plain table, which has no times."""

    tables: ClassVar[tuple[str, ...]] = plain_examples.CUSTOMERS
    split: ClassVar[str] = "folds"

    def __init__(self, customers: Customers, seed: int) -> None:
        self._customers, self._seed = customers, seed

    def learnt(self, task: str) -> Fitting:
        """All customers of whom it is known whether they left."""
        del task
        return self._parts[0]

    def asked(self, task: str, fitting: Fitting) -> Iterator[tuple[Examples, Days]]:
        """The others."""
        del task
        examples = self._parts[1]
        for block in blocks(examples.viewers.size, len(fitting.classes.task.classes)):
            yield examples.select(block), examples.origins[block]

    def parts(self, task: str) -> Iterator[tuple[Fitting, Iterator[tuple[Examples, Days]]]]:
        """The others, once; where there are none, all customers by fold, each after a fit on the other folds."""
        if self._customers.unlabelled.size:
            yield from super().parts(task)
            return
        for fitting, examples in self.held_out(task):
            yield fitting, iter([(replace(examples, labels=None), examples.origins)])

    def held_out(self, task: str) -> Iterator[tuple[Fitting, Examples]]:
        """Folds drawn at random, since there are no times."""
        del task
        yield from plain_examples.customers_held_out(self._customers, self._seed)

    @property
    def left_out(self) -> dict[str, str]:
        """Columns that name customers, or say nothing about them."""
        return fit_encoding(self._customers.columns, self._customers.labelled).dropped

    @cached_property
    def _parts(self) -> tuple[Fitting, Examples]:
        return plain_examples.customers_to_predict(self._customers, self._seed)


class PlainWatchTimes(Source):
    """Minutes watched by day of a plain table."""

    tables: ClassVar[tuple[str, ...]] = watch_time_examples.WATCH_TIMES

    def __init__(self, table: WatchTimes, seed: int) -> None:
        self._table, self._seed = table, seed

    def learnt(self, task: str) -> Fitting:
        """All days whose next day is known."""
        del task
        return watch_time_examples.watch_time_fitting(self._table, self._table.labelled, self._seed)

    def asked(self, task: str, fitting: Fitting) -> Iterator[tuple[Examples, Days]]:
        """The last day of each viewer."""
        del task
        rows = self._table.latest
        for block in blocks(rows.size, len(fitting.classes.task.classes)):
            yield self._table.examples(fitting.classes, rows[block]), self._table.days[rows[block]]

    def held_out(self, task: str) -> Iterator[tuple[Fitting, Examples]]:
        """The latest fifth in time."""
        del task
        train, test = watch_time_examples.watch_time_test(self._table)
        fitting = watch_time_examples.watch_time_fitting(self._table, train, self._seed)
        yield fitting, self._table.examples(fitting.classes, test)


def sources_of(
    con: duckdb.DuckDBPyConnection,
    tasks: Sequence[str],
    as_of: str | None,
    within: int | None,
    seed: int,
    skipped: dict[str, CinekitError],
) -> dict[str, Source]:
    """What each task is learnt from, each source read once; `skipped` takes why a task has none.

    Raises:
        UsageError: a day is asked for that is not covered, or of a plain table.
    """
    made: dict[str, Source | ModelError] = {}
    for task in tasks:
        kind = task if task in (CUSTOMER_CHURN, WATCH_TIME) else ""
        if kind not in made:
            made[kind] = _source(con, kind, as_of, within, seed)
    found = {task: made[task if task in made else ""] for task in tasks}
    skipped |= {task: source for task, source in found.items() if isinstance(source, ModelError)}
    return {task: source for task, source in found.items() if isinstance(source, Source)}


def _source(
    con: duckdb.DuckDBPyConnection, kind: str, as_of: str | None, within: int | None, seed: int
) -> Source | ModelError:  # fmt: skip
    """The source of a plain table, or the history; or why there is none."""
    if kind and as_of is not None:
        raise UsageError(f"--as-of is of no use to {kind}, which is made of a plain table; leave it out")
    try:
        if kind == CUSTOMER_CHURN:
            return PlainCustomers(plain_examples.read_customers(con), seed)
        if kind == WATCH_TIME:
            return PlainWatchTimes(watch_time_examples.read_watch_times(con), seed)
        return Histories(read_history(con), as_of, within, seed)
    except ModelError as error:
        return error


def has_rows(con: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> bool:
    """Whether any of the tables has a row; their names are ours."""
    return any(con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall() for table in tables)


def day_of(history: History, as_of: str | None) -> np.datetime64:
    """The day of a prediction: the last complete one unless another is asked for.

    Raises:
        UsageError: the history does not cover it.
    """
    if as_of is None:
        return history.last_day
    day = np.datetime64(date.fromisoformat(as_of), "D")
    if not history.first_day <= day <= history.last_day:
        raise UsageError(
            f"--as-of {as_of} is not within the days that are known, {history.first_day} to {history.last_day}, of "
            "which the last is the last complete one; give one of these, or load more"
        )
    return day


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
