"""A good classifier keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import Classifier, ModelError, setting
from toolkit.tasks import ALL_TASKS
from toolkit.testing import ClassifierContract, small_examples


class Shares(Classifier):
    """How often each answer came true, the same for everybody."""

    name = "shares"
    tasks = ("active-week", "customer-churn")
    added: float = setting(1.0, "Counts that are added to each answer", gt=0)
    _shares: np.ndarray

    def fit(self, examples, seed):
        if not examples.labels.size:
            raise ModelError("shares has nothing to learn from; load a longer history")
        counts = np.bincount(examples.labels, minlength=len(examples.task.classes)) + self.added
        counts = counts + np.random.default_rng(seed).random(counts.size)
        self._shares = counts / counts.sum()

    def probabilities(self, examples):
        return np.tile(self._shares, (examples.viewers.size, 1))


class Fewer(Shares):
    """A class too few."""

    name = "fewer"

    def probabilities(self, examples):
        return super().probabilities(examples)[:, :1]


class Whole(Shares):
    """Answers instead of probabilities."""

    name = "whole"

    def probabilities(self, examples):
        return np.round(super().probabilities(examples)).astype(np.int64)


class Odds(Shares):
    """Rows that do not sum to 1."""

    name = "odds"

    def probabilities(self, examples):
        return 2 * super().probabilities(examples)


class Random(Shares):
    """Does not heed the seed."""

    name = "random"

    def fit(self, examples, seed):
        super().fit(examples, np.random.default_rng().integers(2**31))


class Wavering(Shares):
    """Changes when it is asked."""

    name = "wavering"

    def probabilities(self, examples):
        self._shares = self._shares[::-1]
        return super().probabilities(examples)


class Averse(Shares):
    """Needs both answers."""

    name = "averse"

    def fit(self, examples, seed):
        super().fit(examples, seed)
        1 // int(np.bincount(examples.labels, minlength=2).min())


class Filling(Shares):
    """Fills what is not known in the features that it is given."""

    name = "filling"

    def fit(self, examples, seed):
        np.nan_to_num(examples.features, copy=False, nan=-1)
        super().fit(examples, seed)


class Talking(Shares):
    """Prints."""

    name = "talking"

    def probabilities(self, examples):
        print(len(examples.viewers))
        return super().probabilities(examples)


BROKEN = [
    (Fewer, "test_it_returns_what_it_promises", r"has the shape \(\d+, 1\) for \d+ examples and 2 classes"),
    (Whole, "test_it_returns_what_it_promises", "is of int64; return floats"),
    (Odds, "test_it_returns_what_it_promises", "rows sum to 1"),
    (Random, "test_the_same_seed_gives_the_same", "differ in the values"),
    (Wavering, "test_asking_does_not_change_it", "answers differently"),
    (Averse, "test_it_survives_empty_and_tiny_input", "fitted on one example: it raised ZeroDivisionError"),
    (Filling, "test_it_does_not_change_its_input", "changes features"),
    (Talking, "test_it_prints_nothing", "prints"),
]


@pytest.mark.parametrize("task", ["", "customer-churn", "minutes-tomorrow"])
def test_a_good_classifier_keeps_its_contract(task: str, tmp_path: Path) -> None:
    assert failing(contract_of(ClassifierContract, Shares, settings={"added": 0.5}, task=task), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "check", "says"), BROKEN, ids=[model.__name__ for model, _, _ in BROKEN])
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type, check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(ClassifierContract, model), check, says, tmp_path)


def test_an_unknown_task_is_said_in_one_line() -> None:
    with pytest.raises(pytest.fail.Exception, match="shares: there is no task sleep"):
        contract_of(ClassifierContract, Shares, task="sleep")().examples()


@pytest.mark.parametrize("task", ALL_TASKS)
def test_there_are_examples_of_every_task_with_more_than_one_answer(task: str) -> None:
    examples = small_examples(task)
    assert examples.task.name == task
    assert np.unique(examples.labels).size > 1
    assert examples.features.shape == (examples.viewers.size, len(examples.feature_names))
