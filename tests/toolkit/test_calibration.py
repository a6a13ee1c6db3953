"""Calibration: Platt's numbers, its rules where classes are small, and what it may never do."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit

from toolkit.calibration import EDGE, Calibrator, fit_calibration, log_odds, platt, probability
from toolkit.class_metrics import calibration_error, log_loss
from toolkit.errors import UsageError
from toolkit.interactions import FloatArray, IntArray


def drawn(n: int, classes: int, seed: int = 0) -> tuple[FloatArray, IntArray]:
    """Probabilities, and labels that come true as often as they say."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.full(classes, 1.5), n)
    return probabilities, (random.random(n)[:, None] > np.cumsum(probabilities, axis=1)[:, :-1]).sum(axis=1)


def sharpened(probabilities: FloatArray, power: float) -> FloatArray:
    raised = probabilities**power
    made: FloatArray = raised / raised.sum(axis=1, keepdims=True)
    return made


def test_platt_minimises_the_loss_of_smoothed_targets() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=300)
    positive = random.random(300) < expit(2 * scores - 1)
    yes, no = positive.sum(), (~positive).sum()
    target = np.where(positive, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(parameters: FloatArray) -> float:
        p = expit(parameters[0] * scores + parameters[1])
        return float(-(target * np.log(p) + (1 - target) * np.log1p(-p)).sum())

    np.testing.assert_allclose(platt(scores, positive), minimize(loss, [1, 0]).x, atol=1e-3)


def test_scores_without_an_error_do_not_become_certain() -> None:
    # the best that two separated values can get are the targets themselves
    scores, positive = np.repeat([-1.0, 1.0], [8, 3]), np.repeat([False, True], [8, 3])
    slope, intercept = platt(scores, positive)
    np.testing.assert_allclose(probability(np.array([-1.0, 1.0]), slope, intercept), [1 / 10, 4 / 5], atol=1e-4)


def test_an_unknown_score_stays_unknown() -> None:
    assert np.isnan(probability(np.array([np.nan, 0.0]), 1, 0)).tolist() == [True, False]


def test_two_classes_give_the_plain_platt() -> None:
    probabilities, labels = drawn(400, 2)
    probabilities = sharpened(probabilities, 2.5)
    slope, intercept = platt(logit(probabilities[:, 1]), labels == 1)
    calibrated = fit_calibration(probabilities, labels).apply(probabilities)
    expected = expit(slope * logit(probabilities[:, 1]) + intercept)
    np.testing.assert_allclose(calibrated, np.column_stack([1 - expected, expected]), rtol=1e-9)


def test_which_class_comes_first_does_not_matter() -> None:
    probabilities, labels = drawn(300, 2)
    one = fit_calibration(probabilities, labels).apply(probabilities)
    other = fit_calibration(probabilities[:, ::-1], 1 - labels).apply(probabilities[:, ::-1])
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-4)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("power", [0.4, 2.5])
def test_probabilities_that_were_too_sure_or_too_shy_are_put_right(classes: int, power: float) -> None:
    probabilities, labels = drawn(20_000, classes)
    wrong = sharpened(probabilities, power)
    fitted = fit_calibration(wrong[:10_000], labels[:10_000])
    right, late = fitted.apply(wrong[10_000:]), labels[10_000:]
    assert calibration_error(wrong[10_000:], late) > 0.04
    assert calibration_error(right, late) < 0.02
    assert log_loss(right, late).mean() < log_loss(wrong[10_000:], late).mean()


def test_probabilities_that_are_right_are_hardly_touched() -> None:
    probabilities, labels = drawn(20_000, 2)
    assert np.abs(fit_calibration(probabilities, labels).apply(probabilities) - probabilities).max() < 0.02


def test_a_class_that_is_missing_or_tiny_stays_as_it_comes() -> None:
    probabilities, labels = drawn(400, 3)
    labels = np.where(labels == 2, 0, labels)
    labels[:9] = 2
    fitted = fit_calibration(probabilities, labels)
    assert (fitted.slopes[2], fitted.intercepts[2]) == (1, 0)
    assert fitted.slopes[0] != 1
    labels[9] = 2
    assert fit_calibration(probabilities, labels).slopes[2] != 1
    only = fit_calibration(probabilities, np.zeros(400, dtype=int)).apply(probabilities)
    np.testing.assert_allclose(only, probabilities, atol=1e-5)


def test_a_class_that_is_upside_down_gets_its_share() -> None:
    probabilities, labels = drawn(500, 2)
    fitted = fit_calibration(probabilities[:, ::-1], labels)
    assert fitted.slopes == [0, 0]
    share = ((labels == 1).sum() + 1) / 502
    np.testing.assert_allclose(fitted.apply(probabilities), [[1 - share, share]] * 500)


def test_one_probability_everywhere_becomes_the_share() -> None:
    labels = np.repeat([0, 1], [30, 10])
    calibrated = fit_calibration(np.full((40, 2), 0.5), labels).apply(np.full((1, 2), 0.5))
    np.testing.assert_allclose(calibrated, [[31 / 42, 11 / 42]])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([0.0, 0.3, 4.0, 40.0]))
def test_what_comes_out_is_finite_sums_to_1_and_is_never_certain(seed: int, classes: int, power: float) -> None:
    probabilities, _ = drawn(60, classes, seed)
    labels = np.random.default_rng(seed).integers(classes, size=60)
    extreme = sharpened(probabilities, power)
    extreme[0] = np.eye(classes)[0]
    calibrated = fit_calibration(extreme, labels).apply(extreme)
    assert ((calibrated > 0) & (calibrated < 1)).all()
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_what_was_likelier_is_never_less_likely_afterwards(seed: int) -> None:
    probabilities, labels = drawn(80, 2, seed)
    fitted = fit_calibration(probabilities, np.random.default_rng(seed).permutation(labels))
    yes = np.linspace(0, 1, 101)
    assert (np.diff(fitted.apply(np.column_stack([1 - yes, yes]))[:, 1]) >= 0).all()


def test_log_odds_stop_short_of_certainty() -> None:
    np.testing.assert_allclose(log_odds(np.array([0, 0.5, 1])), [logit(EDGE), 0, -logit(EDGE)])


def test_it_is_plain_lists() -> None:
    probabilities, labels = drawn(200, 3)
    fitted = fit_calibration(probabilities, labels)
    again = Calibrator(**json.loads(json.dumps(asdict(fitted))))
    np.testing.assert_array_equal(again.apply(probabilities), fitted.apply(probabilities))


@pytest.mark.parametrize(("shape", "labels"), [((4, 1), 4), ((4, 2), 3), ((4,), 4)])
def test_what_does_not_fit_is_refused(shape: tuple[int, ...], labels: int) -> None:
    with pytest.raises(UsageError, match="cannot calibrate"):
        fit_calibration(np.full(shape, 0.5), np.zeros(labels, dtype=int))
