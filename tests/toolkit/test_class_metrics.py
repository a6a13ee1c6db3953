"""Metrics of probabilities of classes: hand-worked, against scikit-learn, and one with those of two classes."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from toolkit import class_metrics, text_metrics
from toolkit.class_metrics import (
    BY_RANK,
    accuracy,
    auc,
    brier,
    by_all,
    by_example,
    calibration_error,
    hit,
    kappa,
    lift,
    log_loss,
    ranks,
    reciprocal_rank,
    rps,
)
from toolkit.examples import Task
from toolkit.interactions import FloatArray, IntArray

THREE = Task("minutes", ("none", "some", "much"), 1, ordered=True)
YES = Task("churn", ("no", "yes"), 28)
PARTS = Task("daypart", ("morning", "noon", "evening"), 1)


def drawn(seed: int, n: int, classes: int) -> tuple[FloatArray, IntArray]:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes), n)
    return probabilities, (random.random(n)[:, None] > np.cumsum(probabilities, axis=1)[:, :-1]).sum(axis=1)


def test_the_examples_hold() -> None:
    result = doctest.testmod(class_metrics)
    assert result.attempted >= 18
    assert not result.failed


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_two_classes_are_measured_as_the_probability_of_yes(seed: int, n: int) -> None:
    probabilities, labels = drawn(seed, n, 2)
    positive, yes = labels == 1, probabilities[:, 1]
    np.testing.assert_allclose(brier(probabilities, labels), text_metrics.brier(positive, yes))
    np.testing.assert_allclose(rps(probabilities, labels), text_metrics.brier(positive, yes))
    np.testing.assert_allclose(log_loss(probabilities, labels), text_metrics.log_loss(positive, yes))
    np.testing.assert_array_equal(accuracy(probabilities, labels), text_metrics.accuracy(positive, yes))
    assert calibration_error(probabilities, labels) == pytest.approx(text_metrics.calibration_error(positive, yes))
    if positive.any() and not positive.all():
        assert auc(probabilities, labels) == pytest.approx(text_metrics.auc(positive, yes))


def test_one_half_is_called_yes() -> None:
    assert accuracy(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([1, 0])).tolist() == [1, 0]


def test_several_classes_agree_with_scikit_learn() -> None:
    probabilities, labels = drawn(0, 400, 4)
    assert log_loss(probabilities, labels).mean() == pytest.approx(sk.log_loss(labels, probabilities))
    assert 2 * brier(probabilities, labels).mean() == pytest.approx(
        4 * sk.mean_squared_error(np.eye(4)[labels], probabilities)
    )
    assert auc(probabilities, labels) == pytest.approx(sk.roc_auc_score(labels, probabilities, multi_class="ovr"))


def test_a_certain_error_costs_the_most_and_a_near_miss_less() -> None:
    certain = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    labels = np.array([0, 1, 2])
    assert brier(certain, labels).tolist() == [0, 1, 1]
    assert rps(certain, labels).tolist() == [0, 0.5, 1]
    assert log_loss(certain, labels)[1:] == pytest.approx(-np.log(1e-15))


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(2, 6))
def test_scores_lie_between_0_and_1(seed: int, n: int, classes: int) -> None:
    probabilities, labels = drawn(seed, n, classes)
    for metric in (accuracy, brier, rps):
        values = metric(probabilities, labels)
        assert values.shape == (n,)
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    assert 0 <= calibration_error(probabilities, labels) <= 1


def test_probabilities_that_come_true_are_calibrated_and_shares_beat_others() -> None:
    probabilities, labels = drawn(1, 200_000, 3)
    assert calibration_error(probabilities, labels) < 0.01
    sharper = probabilities**2 / (probabilities**2).sum(axis=1, keepdims=True)
    assert calibration_error(sharper, labels) > 0.05
    for metric in (brier, log_loss, rps):
        assert metric(probabilities, labels).mean() < metric(sharper, labels).mean()


def test_area_under_the_curve_leaves_out_classes_that_never_came_true() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.4, 0.5, 0.1], [0.5, 0.4, 0.1]])
    # of class 0 and of class 1: .5 comes before .6 or .4, and after the other
    assert auc(probabilities, np.array([0, 1, 0])) == 1
    assert auc(probabilities, np.array([1, 0, 1])) == 0
    assert auc(probabilities, np.array([1, 1, 1])) is None


def test_kappa_weighs_misses_by_their_square() -> None:
    sure = np.eye(3)
    labels = np.array([0, 1, 2, 0])
    assert kappa(sure[labels], labels) == 1
    # called 0, 1, 2, 2: observed 4; by chance of labels (2, 1, 1) and calls (1, 1, 2), (2·(1+8) + (1+2) + (4+1)) / 4
    assert kappa(sure[[0, 1, 2, 2]], labels) == pytest.approx(1 - 4 / (26 / 4))
    # called 0, 1, 2, 1 misses by one only
    assert kappa(sure[[0, 1, 2, 1]], labels) == pytest.approx(1 - 1 / ((2 * (2 + 4) + (1 + 1) + (4 + 2)) / 4))


def test_kappa_calls_what_is_nearest_the_expected_place() -> None:
    # the likeliest is 0, the expected place 1
    split = np.array([[0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
    assert kappa(split, np.array([1, 0])) == 1


def test_kappa_of_a_single_answer_is_unknown() -> None:
    assert kappa(np.array([[0.9, 0.1, 0.0]] * 3), np.array([0, 0, 0])) is None


def test_lift_of_a_perfect_of_a_blind_and_of_an_upside_down_order() -> None:
    labels = np.repeat([1, 0], [10, 90])
    yes = np.linspace(1, 0, 100)
    assert lift(np.column_stack([1 - yes, yes]), labels) == pytest.approx(10)
    assert lift(np.full((100, 2), 0.5), labels) == pytest.approx(1)
    assert lift(np.column_stack([yes, 1 - yes]), labels) == 0
    assert lift(np.full((100, 2), 0.5), np.zeros(100, dtype=int)) is None


def test_lift_takes_a_tenth_and_shares_what_is_tied_at_its_end() -> None:
    yes = np.repeat([0.9, 0.5, 0.1], [2, 4, 24])
    labels = np.zeros(30, dtype=int)
    labels[[0, 2, 3, 29]] = 1
    # three of thirty: both of .9, one of them yes, and one of four at .5, two of them yes
    assert lift(np.column_stack([1 - yes, yes]), labels) == pytest.approx((1 + 0.5) / 3 / (4 / 30))


def test_ranks_count_what_is_before_the_title() -> None:
    probabilities = np.array([[0.1, 0.6, 0.3]] * 4)
    found = ranks(probabilities, np.array([0, 1, 2, -1]))
    assert found.tolist() == [3, 1, 2, 0]
    assert hit(found, 2).tolist() == [0, 1, 1, 0]
    assert reciprocal_rank(found).tolist() == [1 / 3, 1, 1 / 2, 0]
    assert {name: metric(found).mean() for name, metric in BY_RANK.items()} == {
        "hit@10": 0.75, "mrr": pytest.approx((1 / 3 + 1 + 1 / 2) / 4),
    }  # fmt: skip


def test_titles_that_are_equally_likely_keep_their_order() -> None:
    assert ranks(np.full((3, 3), 1 / 3), np.array([0, 1, 2])).tolist() == [1, 2, 3]


def test_each_task_has_the_metrics_that_it_can_have() -> None:
    names = {task.name: [*by_example(task), *by_all(task)] for task in (YES, THREE, PARTS)}
    assert names == {
        "churn": ["accuracy", "log_loss", "brier", "auc", "ece", "lift"],
        "minutes": ["accuracy", "log_loss", "brier", "rps", "auc", "ece", "kappa"],
        "daypart": ["accuracy", "log_loss", "brier", "auc", "ece"],
    }


def test_single_precision_is_measured_as_double() -> None:
    probabilities, labels = drawn(3, 50, 3)
    single = probabilities.astype(np.float32)
    for metric in (*by_example(THREE).values(), *by_all(THREE).values()):
        assert np.mean(metric(single, labels)) == pytest.approx(np.mean(metric(probabilities, labels)), rel=1e-5)


def test_the_page_of_metrics_names_them_all() -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    names = {name for task in (YES, THREE, PARTS) for name in (*by_example(task), *by_all(task))} | set(BY_RANK)
    assert [name for name in sorted(names) if f"| `{name}` |" not in page] == []
