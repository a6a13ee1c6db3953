"""Examples for predictions about viewers: which origins, which viewers, and which are for training and which for tests.

The contract: features of an origin are made of what was known at its end; the label is what came true on the
`horizon` days after it; origins whose days are not all known yet have none. All that is learnt, class edges included,
is learnt from a history that ends at a cut, so the last training origin lies a horizon before the first test origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError, UsageError
from toolkit.examples import Examples
from toolkit.tasks import NEXT_TITLE, Classes, check_task, classes_of, eligible, outcomes
from toolkit.viewer_features import ViewerFeatures
from toolkit.viewer_sequences import CHANNELS, ViewerSequences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.history import History
    from toolkit.interactions import FloatArray, IntArray

    Days = NDArray[np.datetime64]

MOST_ORIGINS = 28
LOOK_BACK = 365
WARM_UP = 14
MOST_EXAMPLES = 150_000
CALIBRATION_SHARE, CALIBRATION_DAYS, CALIBRATION_FOLDS = 0.25, 28, 3
TEST_DAYS = 28


@dataclass(frozen=True)
class Fitting:
    """What one task is learnt from.

    Attributes:
        classes: the task with its class edges.
        all: examples with labels, up to the latest.
        latest: places of those that probabilities are calibrated on.
        folds: (n,) part of each example, all of a viewer in one: what is calibrated comes of models that were fitted on
            the other parts. None where there is no calibration.
    """

    classes: Classes
    all: Examples
    latest: IntArray
    folds: IntArray | None


class ExampleMaker:
    """Makes examples of one history."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._features = ViewerFeatures(history)
        self._sequences = ViewerSequences(history)

    def make(self, classes: Classes, rows: IntArray, origins: Days, answers: FloatArray | None = None) -> Examples:
        """Examples of pairs of a viewer's row and an origin, with labels where answers are given."""
        sequences, steps = self._sequences.at(rows, origins)
        if classes.task.name == NEXT_TITLE and classes.places is not None:
            recent = self._sequences.recent(rows, origins, classes.places)
        else:
            recent = np.zeros((rows.size, 0), dtype=np.int32)
        return Examples(
            task=classes.task,
            viewers=self.history.viewers[rows],
            origins=origins,
            features=self._features.at(rows, origins),
            feature_names=self._features.names,
            sequences=sequences,
            channels=CHANNELS,
            steps=steps,
            recent=recent,
            labels=None if answers is None else classes.labels(answers),
        )

    def pairs(self, name: str, origins: Days, seed: int, most: int = MOST_EXAMPLES) -> tuple[IntArray, Days]:
        """Viewers' rows and origins of whom the task is asked, at most about `most`, drawn by the seed; by origin."""
        n_viewers = self.history.viewers.size
        share = min(1.0, most / max(1, n_viewers * origins.size))
        random = np.random.default_rng(seed)
        rows, days = [], []
        for origin in origins:
            drawn = np.flatnonzero(random.random(n_viewers) < share) if share < 1 else np.arange(n_viewers)
            asked = np.full(drawn.size, origin)
            asked_of = eligible(name, self.history, drawn, asked)
            rows.append(drawn[asked_of])
            days.append(asked[asked_of])
        return np.concatenate(rows), np.concatenate(days)


def fitting_examples(maker: ExampleMaker, name: str, horizon: int, seed: int) -> Fitting:
    """All that a task is learnt from, out of a history that ends where what is known ends.

    Origins are at most LOOK_BACK days old and at most MOST_ORIGINS, evenly apart, on all weekdays in turn. The latest
    quarter of them, of at most CALIBRATION_DAYS, is for calibration. The thousands of classes of "next-title" are too
    rare to be calibrated.

    Raises:
        ModelError: the history lacks what the task asks for, or is too short for its horizon.
    """
    history = maker.history
    check_task(name, history)
    last = history.last_day - np.timedelta64(horizon, "D")
    first = max(history.first_day + np.timedelta64(WARM_UP, "D"), last - np.timedelta64(LOOK_BACK, "D"))
    if first > last:
        raise ModelError(
            f"{name}: a horizon of {horizon} days needs at least {WARM_UP + horizon + 1} days of history, and there "
            f"are {_days(history.first_day, history.last_day)}; load more, or look less far ahead"
        )
    rows, at = maker.pairs(name, spaced(first, last, MOST_ORIGINS), seed)
    answers = outcomes(name, history, rows, at, horizon)
    classes = classes_of(name, horizon, history, answers)
    examples = _labelled(maker.make(classes, rows, at, answers), name)
    if name == NEXT_TITLE:
        return Fitting(classes, examples, np.zeros(0, dtype=np.int64), None)
    length = int(np.clip(CALIBRATION_SHARE * _days(first, last), 1, CALIBRATION_DAYS))
    latest = np.flatnonzero(examples.origins > last - np.timedelta64(length, "D"))
    viewers, place = np.unique(examples.viewers, return_inverse=True)
    folds = np.random.default_rng(seed).permutation(viewers.size) % CALIBRATION_FOLDS
    return Fitting(classes, examples, latest, folds[place])


def held_out_examples(maker: ExampleMaker, classes: Classes, first: np.datetime64, seed: int) -> Examples:
    """Examples with labels at origins from `first`, the day that was trained up to, to the last whose days are known.

    A next title that is no class has the label -1: it counts as missed.
    """
    task = classes.task
    last = maker.history.last_day - np.timedelta64(task.horizon, "D")
    rows, at = maker.pairs(task.name, spaced(first, last, MOST_ORIGINS // 2), seed)
    answers = outcomes(task.name, maker.history, rows, at, task.horizon)
    answered = ~np.isnan(answers)
    return maker.make(classes, rows[answered], at[answered], answers[answered])


def cut_for_test(history: History, horizon: int, split: str = "cutoff") -> np.datetime64:
    """The day up to which models are trained where they are tested on what came after it.

    At most TEST_DAYS before the last origin that has labels, and a quarter of the days where these are few.

    Raises:
        UsageError: a random split is asked for.
    """
    check_split(split)
    days = _days(history.first_day, history.last_day)
    length = int(np.clip((days - horizon) // 4, 1, TEST_DAYS))
    return history.last_day - np.timedelta64(horizon + length - 1, "D")


def check_split(split: str) -> None:
    """Raise UsageError for any split but by time."""
    if split != "cutoff":
        raise UsageError(
            f"viewers' tasks cannot be split {split}: a viewer's later days would tell of the earlier ones that are "
            "tested; leave out the split, and they are cut by time"
        )


def spaced(first: np.datetime64, last: np.datetime64, most: int) -> Days:
    """At most `most` days from `first` to `last`, ascending, evenly back from `last`, on all weekdays in turn."""
    days = _days(first, last)
    step = -(-days // most)
    step += step % 7 == 0
    back = np.arange(0, days, step)[::-1]
    found: Days = last.astype("datetime64[D]") - back
    return found


def _days(first: np.datetime64, last: np.datetime64) -> int:
    """How many days there are from the first to the last, both counted."""
    return int((last - first) / np.timedelta64(1, "D")) + 1


def _labelled(examples: Examples, name: str) -> Examples:
    """The examples that have a label."""
    rows = np.flatnonzero(examples.labels >= 0) if examples.labels is not None else np.zeros(0, dtype=np.int64)
    if not rows.size:
        raise ModelError(f"{name}: too few viewers have an answer to learn from; load a longer history")
    return examples.select(rows)
