"""The questions about viewers: how their answers are found in a history, and what their classes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError, UsageError
from toolkit.examples import Task
from toolkit.history import DAY, Events, History, midnight_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray

    BoolArray = NDArray[np.bool_]
    Outcome = Callable[[History, IntArray, IntArray, IntArray], FloatArray]

HABITS = ("active-tomorrow", "active-week", "minutes-tomorrow", "next-daypart", "next-title")
HORIZONS = {
    "active-tomorrow": 1,
    "active-week": 7,
    "minutes-tomorrow": 1,
    "next-daypart": 28,
    "next-title": 28,
    "churn": 28,
    "purchase": 28,
}
WITHIN = ("churn", "purchase")
NEXT_TITLE = "next-title"
CUSTOMER_CHURN, WATCH_TIME = "customer-churn", "watch-time"  # of plain tables
ALL_TASKS = (*HORIZONS, CUSTOMER_CHURN, WATCH_TIME)
DAYPARTS = ("night", "morning", "afternoon", "evening")
HOURS = (0.0, 6.0, 12.0, 18.0, 24.0)
ACTIVE_DAYS = 28
MINUTE_CLASSES = 5
COMMON_ZEROS = 0.1
MOST_TITLES = 10_000


@dataclass(frozen=True)
class Classes:
    """A task with the bounds of its classes, which were learnt from training data alone.

    Attributes:
        task: the question and its answers.
        edges: of ranges, (n_classes - 1,) minutes at which the next class begins.
        low, high: (n_classes,) bounds of the classes for results.task_classes; None where a class has none.
        places: of "next-title", (n_titles,) class of each title of the history; -1 of those that are no class.
    """

    task: Task
    edges: tuple[float, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    places: IntArray | None = None

    def labels(self, outcomes: FloatArray) -> IntArray:
        """(n,) class of each outcome; -1 where there is none, or it is a title that is no class."""
        known = ~np.isnan(outcomes)
        values = np.where(known, outcomes, 0)
        found: IntArray
        if self.edges:
            found = np.searchsorted(np.array(self.edges), values, side="right")
        elif self.places is not None:
            found = self.places[values.astype(np.int64)]
        else:
            found = values.astype(np.int64)
        labels: IntArray = np.where(known, found, -1).astype(np.int64)
        return labels


def horizon_of(name: str, within: int | None = None) -> int:
    """Days within which a task's answer is found; `within` is for churn and purchase.

    Raises:
        UsageError: there is no such task, or `within` is less than a day.
    """
    if name not in HORIZONS:
        raise UsageError(f"there is no task {name}; there are {', '.join(HORIZONS)}")
    if within is None or name not in WITHIN:
        return HORIZONS[name]
    if within < 1:
        raise UsageError(f"--within must be at least a day, not {within}; say 28d")
    return within


def check_task(name: str, history: History) -> None:
    """Raise ModelError where a history does not hold what a task asks for."""
    if name == "purchase" and not history.purchases.times.size:
        raise ModelError("purchase: there are no purchases with times; load some, such as with cinekit load purchases")
    if name == "minutes-tomorrow" and not history.minutes:
        raise ModelError("minutes-tomorrow: no minutes are known; load watches with minutes, or leave out this task")
    if name == "next-daypart" and not history.timed:
        raise ModelError("next-daypart: times have no time of day; load such as have, or leave out this task")


def eligible(name: str, history: History, rows: IntArray, origins: NDArray[np.datetime64]) -> BoolArray:
    """(n,) whether a task is asked of a viewer at an origin: seen by then; for churn active in the last 28 days."""
    ends = midnight_after(origins)
    active = history.activity.before(rows, ends)
    if name == "churn":
        return active > history.activity.before(rows, ends - ACTIVE_DAYS * DAY)
    seen: BoolArray = active > history.activity.offsets[rows]
    for events in (history.ratings, history.purchases):
        seen |= events.before(rows, ends) > events.offsets[rows]
    return seen


def outcomes(
    name: str, history: History, rows: IntArray, origins: NDArray[np.datetime64], horizon: int
) -> FloatArray:  # fmt: skip
    """(n,) float64, what came true on the `horizon` days after each origin; NaN where there is no answer.

    1 and 0 for yes and no, minutes, the number of a part of the day, or the place of a title. Nobody has an answer
    whose days are not all known yet.
    """
    begins = midnight_after(origins)
    found = _OUTCOMES[name](history, rows, begins, begins + horizon * DAY).astype(np.float64)
    censored = origins + np.timedelta64(horizon, "D") > history.last_day
    return np.where(censored, np.nan, found)


def classes_of(name: str, horizon: int, history: History, answers: FloatArray) -> Classes:
    """The classes of a task.

    Of minutes there are five, with edges from the training answers: where at least a tenth of these are 0, the first
    class is 0 minutes and the other four are cut at the quartiles of the positive ones, otherwise all are cut at
    fifths. Equal edges are merged, so that there may be fewer. Of the next title the classes are the titles that
    anybody has watched in `history`, the MOST_TITLES most watched.

    Args:
        name: the task.
        horizon: days within which its answer is found.
        history: what was known when the model was trained.
        answers: outcomes of the training examples.

    Raises:
        ModelError: the answers are too few to make classes of.
    """
    known = answers[~np.isnan(answers)]
    if not known.size:
        raise ModelError(f"{name}: no viewer has an answer to learn from; load a longer history")
    if name == "minutes-tomorrow":
        return minute_ranges(name, horizon, known)
    if name == "next-daypart":
        return Classes(Task(name, DAYPARTS, horizon), low=HOURS[:-1], high=HOURS[1:])
    if name == NEXT_TITLE:
        return _titles(name, horizon, history)
    return Classes(Task(name, ("no", "yes"), horizon), low=(None, None), high=(None, None))


def minute_ranges(name: str, horizon: int, minutes: FloatArray) -> Classes:
    """The classes of minutes that `classes_of` tells of. Raises ModelError where all are 0."""
    positive = minutes[minutes > 0]
    zeros = 1 - positive.size / minutes.size
    if not positive.size:
        raise ModelError(f"{name}: nobody watched anything to learn from; load a longer history")
    if zeros >= COMMON_ZEROS:
        # A second is the least that is known, so the class of 0 minutes ends there.
        cuts = [1 / 60, *np.quantile(positive, np.arange(1, MINUTE_CLASSES - 1) / (MINUTE_CLASSES - 1))]
    else:
        cuts = list(np.quantile(minutes, np.arange(1, MINUTE_CLASSES) / MINUTE_CLASSES))
    edges = np.unique(np.round(cuts, 1) if zeros < COMMON_ZEROS else [cuts[0], *np.round(cuts[1:], 1)])
    names = _range_names(edges, zero=zeros >= COMMON_ZEROS)
    low, high = (0.0, *edges.tolist()), (*edges.tolist(), None)
    return Classes(Task(name, names, horizon, ordered=True), tuple(edges.tolist()), low, high)


def _range_names(edges: FloatArray, *, zero: bool) -> tuple[str, ...]:
    """Such as "0", "under 42", "42 to 97", "97 to 150", "150 or more"."""
    cuts = [f"{edge:g}" for edge in (edges[1:] if zero else edges)]
    if not cuts:
        return ("0", "more")
    between = [f"{a} to {b}" for a, b in pairwise(cuts)]
    return (*(["0"] if zero else []), f"under {cuts[0]}", *between, f"{cuts[-1]} or more")


def _titles(name: str, horizon: int, history: History) -> Classes:
    counts = np.bincount(history.activity.titles, minlength=history.titles.size)
    chosen = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_TITLES, np.count_nonzero(counts))])
    places = np.full(history.titles.size, -1, dtype=np.int32)
    places[chosen] = np.arange(chosen.size)
    nothing: Sequence[None] = (None,) * chosen.size
    task = Task(
        name,
        tuple(history.title_ids[place] for place in chosen),
        horizon,
        names=tuple(history.title_names[place] for place in chosen),
    )
    return Classes(task, low=tuple(nothing), high=tuple(nothing), places=places)


def _any_activity(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    events = history.activity
    return (events.before(rows, ends) > events.before(rows, begins)).astype(np.float64)


def _no_activity(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    return 1 - _any_activity(history, rows, begins, ends)


def _any_purchase(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    events = history.purchases
    return (events.before(rows, ends) > events.before(rows, begins)).astype(np.float64)


def _minutes(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    events = history.activity
    total = np.concatenate([[0], np.cumsum(events.amounts)])
    minutes: FloatArray = (total[events.before(rows, ends)] - total[events.before(rows, begins)]) / 60
    return minutes


def _first_after(events: Events, rows: IntArray, begins: IntArray, ends: IntArray) -> tuple[IntArray, BoolArray]:
    """Place of the first event of each window, and whether there is one."""
    place = events.before(rows, begins)
    found = place < events.before(rows, ends)
    return np.where(found, place, 0), found


def _daypart(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    place, found = _first_after(history.sessions, rows, begins, ends)
    part = np.searchsorted(np.array(HOURS[1:-1]) * 3600, history.sessions.times[place] % DAY, side="right")
    return np.where(found, part, np.nan)


def _title(history: History, rows: IntArray, begins: IntArray, ends: IntArray) -> FloatArray:
    place, found = _first_after(history.activity, rows, begins, ends)
    return np.where(found, history.activity.titles[place], np.nan)


_OUTCOMES: dict[str, Outcome] = {
    "active-tomorrow": _any_activity,
    "active-week": _any_activity,
    "minutes-tomorrow": _minutes,
    "next-daypart": _daypart,
    "next-title": _title,
    "churn": _no_activity,
    "purchase": _any_purchase,
}
