"""Logistic regression: the weights of a known truth, what is missing, bends, and classes that never came true."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.logistic import Logistic
from tests.plugins.predict.made_examples import MINUTES, YES, are_probabilities, made, rates
from toolkit.class_metrics import brier, calibration_error
from toolkit.errors import ModelError
from toolkit.examples import Task


@pytest.mark.parametrize("task", [YES, MINUTES])
def test_it_comes_near_the_truth(task: Task) -> None:
    examples, _ = rates(8000, task=task)
    model = Logistic()
    model.fit(examples, 0)
    late, truth = rates(8000, 1, task)
    assert late.labels is not None
    found = model.probabilities(late)
    assert brier(found, late.labels).mean() < 1.02 * brier(truth, late.labels).mean()
    assert calibration_error(found, late.labels) < 0.02
    assert are_probabilities(model, late)


def test_no_class_weighs_more_than_it_is_frequent() -> None:
    random = np.random.default_rng(0)
    labels = (random.random(5000) < 0.03).astype(int)
    examples = made(YES, {"rate_7": random.normal(size=5000)}, labels)
    model = Logistic()
    model.fit(examples, 0)
    assert model.probabilities(examples)[:, 1].mean() == pytest.approx(labels.mean(), rel=0.02)


def test_that_something_is_missing_can_tell() -> None:
    random = np.random.default_rng(0)
    missing = random.random(2000) < 0.4
    value = np.where(missing, np.nan, random.normal(size=2000))
    model = Logistic()
    model.fit(made(YES, {"rating_mean": value}, missing.astype(int)), 0)
    found = model.probabilities(made(YES, {"rating_mean": np.array([np.nan, 0.0])}))[:, 1]
    assert found[0] > 0.9
    assert found[1] < 0.1
    # also where nothing else differs
    model.fit(made(YES, {"flag": np.where(missing, np.nan, 1.0)}, missing.astype(int)), 0)
    assert model.probabilities(made(YES, {"flag": np.array([np.nan, 1.0])}))[0, 1] > 0.9


def test_what_was_never_missing_before_says_nothing_where_it_is() -> None:
    random = np.random.default_rng(0)
    strong, weak = random.normal(5, 1, 4000), random.normal(size=4000)
    labels = (random.random(4000) < 1 / (1 + np.exp(-(3 * (strong - 5) + 0.1 * weak - 1)))).astype(int)
    model = Logistic()
    model.fit(made(YES, {"strong": strong, "weak": weak}, labels), 0)
    unknown = made(YES, {"strong": np.full(2, np.nan), "weak": np.array([0.0, np.nan])})
    assert model.probabilities(unknown)[:, 1] == pytest.approx(labels.mean(), abs=0.15)


def test_an_effect_that_turns_round_needs_bends() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-3, 3, 4000)
    labels = (random.random(4000) < 1 / (1 + np.exp(-2 * (1.5 - np.abs(x))))).astype(int)
    losses = {}
    for bends in (0, 2):
        model = Logistic(bends=bends)
        model.fit(made(YES, {"x": x}, labels), 0)
        losses[bends] = brier(model.probabilities(made(YES, {"x": x})), labels).mean()
    assert losses[2] < 0.8 * losses[0]


def test_one_extreme_value_does_not_decide() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=3000)
    labels = (x + random.normal(size=3000) > 0).astype(int)
    x[0] = 1e9
    model = Logistic()
    model.fit(made(YES, {"x": x}, labels), 0)
    assert model.probabilities(made(YES, {"x": np.array([-2.0, 2.0])}))[:, 1].round().tolist() == [0, 1]


def test_a_class_that_never_came_true_is_unlikely_but_possible() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(2, size=300) * 2
    model = Logistic()
    model.fit(made(MINUTES, {"x": random.normal(size=300)}, labels), 0)
    found = model.probabilities(made(MINUTES, {"x": np.zeros(1)}))[0]
    assert found[1] == pytest.approx(1 / 303)
    assert found.sum() == pytest.approx(1)


def test_more_examples_than_it_takes_are_drawn() -> None:
    examples, _ = rates(3000)
    one, same, other = Logistic(most_examples=500), Logistic(most_examples=500), Logistic(most_examples=500)
    for model, seed in ((one, 1), (same, 1), (other, 2)):
        model.fit(examples, seed)
    assert np.array_equal(one.probabilities(examples), same.probabilities(examples))
    assert not np.array_equal(one.probabilities(examples), other.probabilities(examples))


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ModelError, match="two answers"):
        Logistic().fit(made(YES, {"x": np.arange(4.0)}, np.zeros(4, int)), 0)
    with pytest.raises(ModelError, match="no feature in which viewers differ"):
        Logistic().fit(made(YES, {"x": np.ones(4), "y": np.full(4, np.nan)}, np.array([0, 1, 0, 1])), 0)
