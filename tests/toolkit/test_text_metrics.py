"""Metrics of probabilities: hand-worked, against scikit-learn, and what an answer that is missing counts."""

from __future__ import annotations

import doctest
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from toolkit import text_metrics
from toolkit.metrics import Float64
from toolkit.sentiment import BoolArray
from toolkit.text_metrics import (
    BY_ALL,
    BY_TEXT,
    accuracy,
    auc,
    balanced_accuracy,
    brier,
    calibration_error,
    f1,
    log_loss,
)

TRUTH = np.array([True, True, True, False, False])
GIVEN = np.array([0.9, 0.6, 0.3, 0.4, 0.7])


def test_the_examples_hold() -> None:
    assert doctest.testmod(text_metrics).failed == 0


def test_hand_worked() -> None:
    assert accuracy(TRUTH, GIVEN).tolist() == [1, 1, 0, 1, 0]
    assert balanced_accuracy(TRUTH, GIVEN) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert f1(TRUTH, GIVEN) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    # pairs: .9 above both, .6 above .4, .3 above none
    assert auc(TRUTH, GIVEN) == pytest.approx(3 / 6)
    assert brier(TRUTH, GIVEN).mean() == pytest.approx((0.01 + 0.16 + 0.49 + 0.16 + 0.49) / 5)
    assert log_loss(TRUTH, GIVEN).sum() == pytest.approx(-np.log(0.9 * 0.6 * 0.3 * 0.6 * 0.3))


def test_calibration_error_compares_means_within_bins() -> None:
    # two in [.8, .9), one of them positive: |.85 - .5|; 1 belongs to the last bin, and is right
    assert calibration_error(np.array([True, False, True]), np.array([0.8, 0.89, 1.0])) == pytest.approx(
        2 / 3 * abs(0.845 - 0.5)
    )
    even = np.repeat([0.25, 0.75], 4)
    assert calibration_error(np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool), even) == 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(accuracy, lambda y, p: sk.accuracy_score(y, p >= 0.5)), (brier, sk.brier_score_loss), (log_loss, sk.log_loss)],
)
def test_means_agree_with_scikit_learn(
    ours: Callable[[BoolArray, Float64], Float64], theirs: Callable[[BoolArray, Float64], float]
) -> None:
    random = np.random.default_rng(0)
    truth, given = random.random(200) < 0.4, random.random(200)
    assert ours(truth, given).mean() == pytest.approx(theirs(truth, given))


def test_one_half_for_all_calls_all_positive_and_is_calibrated() -> None:
    truth, half = np.array([True, False]), np.array([0.5, 0.5])
    assert {name: float(metric(truth, half).mean()) for name, metric in BY_TEXT.items()} == {
        "accuracy": 0.5, "brier": 0.25, "log_loss": pytest.approx(np.log(2)),
    }  # fmt: skip
    assert {name: metric(truth, half) for name, metric in BY_ALL.items()} == {
        "balanced_accuracy": 0.5, "f1": pytest.approx(2 / 3), "auc": 0.5, "ece": 0,
    }  # fmt: skip


def test_a_certain_error_costs_a_finite_loss() -> None:
    assert log_loss(np.array([True]), np.array([0.0]))[0] == pytest.approx(-np.log(1e-15))
