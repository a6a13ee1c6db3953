"""Recency: shares in bins of a rate, own shares drawn to the audience's, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.recency import Recency
from tests.plugins.predict.made_examples import MINUTES, YES, are_probabilities, made, rates
from toolkit.class_metrics import brier, calibration_error
from toolkit.errors import ModelError
from toolkit.examples import Task

PARTS = Task("next-daypart", ("morning", "evening"), 28)


def test_a_class_is_as_probable_as_it_was_in_the_bin() -> None:
    rate = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    model = Recency(bins=2, strength=1)
    model.fit(made(YES, {"rate_7": rate}, labels), 0)
    # of all 5 of 8 yes, half an example added for each class: 5.5 / 9; one such is added to each bin
    overall = 5.5 / 9
    found = model.probabilities(made(YES, {"rate_7": np.array([0.0, 1.0, np.nan])}))
    np.testing.assert_allclose(found[:, 1], [(1 + overall) / 5, (4 + overall) / 5, overall])


def test_the_rate_that_tells_most_is_taken() -> None:
    examples, _ = rates(20_000)
    model = Recency()
    model.fit(examples, 0)
    late, expected = rates(20_000, 1)
    found = model.probabilities(late)
    assert late.labels is not None
    assert brier(found, late.labels).mean() < 1.02 * brier(expected, late.labels).mean()
    # by the other rate it would not get near
    blurred = made(YES, {"rate_7": examples.features[:, 0]}, examples.labels, origins=examples.origins.astype(int))
    other = Recency()
    other.fit(blurred, 0)
    assert brier(other.probabilities(made(YES, {"rate_7": late.features[:, 0]})), late.labels).mean() > 0.19
    assert calibration_error(found, late.labels) < 0.02


def test_own_parts_of_the_day_count_the_more_sessions_there_were() -> None:
    random = np.random.default_rng(0)
    evening = random.beta(2, 2, 4000)
    sessions = random.integers(0, 200, 4000)
    share = (random.binomial(sessions, evening) + 0.5) / (sessions + 1)
    features = {"sessions": np.log1p(sessions), "share_morning": 1 - share, "share_evening": share}
    labels = (random.random(4000) < evening).astype(int)
    model = Recency()
    model.fit(made(PARTS, features, labels, origins=np.sort(random.integers(0, 100, 4000))), 0)
    asked = {
        "sessions": np.log1p([0.0, 3, 150, 150]),
        "share_morning": np.array([0.5, 0.1, 0.1, np.nan]),
        "share_evening": np.array([0.5, 0.9, 0.9, np.nan]),
    }
    nobody, few, many, unknown = model.probabilities(made(PARTS, asked))[:, 1]
    assert nobody == pytest.approx(labels.mean(), abs=0.03)
    assert unknown == pytest.approx(labels.mean(), abs=0.01)
    assert nobody < few < many < 0.9
    assert many > 0.85


@pytest.mark.parametrize("task", [YES, MINUTES])
def test_it_gives_probabilities(task: Task) -> None:
    examples, _ = rates(500, task=task)
    model = Recency()
    model.fit(examples, 0)
    assert are_probabilities(model, examples)


def test_purchases_have_rates_of_their_own() -> None:
    random = np.random.default_rng(0)
    features = {"rate_7": random.normal(size=1000), "purchase_rate": random.normal(size=1000)}
    labels = (features["purchase_rate"] > 0).astype(int)
    model = Recency()
    model.fit(made(Task("purchase", ("no", "yes"), 28), features, labels), 0)
    assert brier(model.probabilities(made(YES, features)), labels).mean() < 0.1


def test_a_table_without_times_has_no_rates() -> None:
    model = Recency()
    with pytest.raises(ModelError, match="knows no rates"):
        model.fit(made(Task("customer-churn", ("no", "yes"), 0), {"tenure": np.zeros(4)}, np.array([0, 1, 0, 1])), 0)
    with pytest.raises(ModelError, match="no examples"):
        model.fit(made(YES, {"rate_7": np.zeros(0)}, np.zeros(0, int)), 0)
