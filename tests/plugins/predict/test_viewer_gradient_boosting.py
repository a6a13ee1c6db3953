"""Gradient boosting: near a truth with an interaction, without a leak in its stopping, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.viewer_gradient_boosting import ViewerGradientBoosting
from tests.plugins.predict.made_examples import MINUTES, YES, are_probabilities, made, rates
from toolkit.class_metrics import brier, calibration_error
from toolkit.errors import ModelError
from toolkit.examples import Examples, Task
from toolkit.interactions import FloatArray


def crossed(n: int, seed: int) -> tuple[Examples, FloatArray]:
    """Two features of which neither tells anything without the other; some are missing."""
    random = np.random.default_rng(seed)
    one, two = random.normal(size=(2, n))
    truth = np.where(one * two > 0, 0.85, 0.15)
    labels = (random.random(n) < truth).astype(int)
    noise = np.where(random.random(n) < 0.5, np.nan, random.normal(size=n))
    features = {"one": one, "two": two, "noise": noise, "unknown": np.full(n, np.nan)}
    examples = made(YES, features, labels, origins=np.sort(random.integers(0, 90, n)))
    return examples, np.column_stack([1 - truth, truth])


def test_it_comes_near_a_truth_that_is_no_sum() -> None:
    model = ViewerGradientBoosting()
    model.fit(crossed(6000, 0)[0], 0)
    late, truth = crossed(4000, 1)
    assert late.labels is not None
    found = model.probabilities(late)
    assert brier(found, late.labels).mean() < 1.1 * brier(truth, late.labels).mean()
    assert calibration_error(found, late.labels) < 0.03


@pytest.mark.parametrize("task", [YES, MINUTES])
def test_it_gives_probabilities(task: Task) -> None:
    examples, _ = rates(600, task=task)
    model = ViewerGradientBoosting(most_rounds=40)
    model.fit(examples, 0)
    assert are_probabilities(model, examples)


def test_it_stops_where_more_rounds_do_not_help() -> None:
    random = np.random.default_rng(0)
    labels = (random.random(1500) < 0.3).astype(int)
    examples = made(YES, {"noise": random.normal(size=1500)}, labels, origins=np.arange(1500) // 20)
    model = ViewerGradientBoosting(least_in_leaf=5, learning_rate=0.3)
    model.fit(examples, 0)
    # after 300 rounds noise would be learnt by heart
    assert np.ptp(model.probabilities(examples)[:, 1]) < 0.9
    assert brier(model.probabilities(examples), labels).mean() > 0.1


def test_the_same_seed_gives_the_same_trees_and_any_seed_on_few_examples() -> None:
    examples, _ = rates(2000)
    found = []
    for seed in (0, 0, 1):
        model = ViewerGradientBoosting(most_examples=500, most_rounds=20)
        model.fit(examples, seed)
        found.append(model.probabilities(examples))
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_class_that_never_came_true_is_unlikely_but_possible() -> None:
    random = np.random.default_rng(0)
    model = ViewerGradientBoosting(most_rounds=5)
    model.fit(made(MINUTES, {"x": random.normal(size=200)}, random.integers(2, size=200)), 0)
    found = model.probabilities(made(MINUTES, {"x": np.zeros(2)}))
    np.testing.assert_allclose(found[:, 2], 1 / 203)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_one_answer_alone_is_refused() -> None:
    with pytest.raises(ModelError, match="two answers"):
        ViewerGradientBoosting().fit(made(YES, {"x": np.arange(9.0)}, np.ones(9, int)), 0)
