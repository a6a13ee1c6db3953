"""Scores and probabilities into probabilities that come true as often as they say: Platt scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.sentiment import BoolArray

# What a calibrated probability keeps away from 0 and 1, so that an error never costs an infinite loss.
EDGE = 1e-6
# Examples of a class, and as many of the others, that it takes to fit its two numbers.
FEWEST = 10


def platt(scores: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Slope and intercept of p = 1 / (1 + exp(-(slope · score + intercept))), fitted to (n,) scores of both classes.

    The n₊ positive examples count as (n₊ + 1) / (n₊ + 2) positive, the n₋ negative ones as 1 / (n₋ + 2), so that
    scores that tell the two apart without an error do not get probabilities of 0 and 1.

    Source: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999.

    .. versionadded:: 0.1
    """
    from sklearn.linear_model import LogisticRegression

    yes, no = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (yes + 1) / (yes + 2), 1 / (no + 2))
    # A target between 0 and 1 is an example of either class, each with its weight.
    twice = np.concatenate([scores, scores])[:, None]
    label = np.repeat([1, 0], scores.size)
    model = LogisticRegression(C=1e9).fit(twice, label, sample_weight=np.concatenate([target, 1 - target]))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def probability(scores: FloatArray, slope: float | FloatArray, intercept: float | FloatArray) -> FloatArray:
    """Probabilities of scores, of the same shape; NaN stays NaN.

    .. versionadded:: 0.1
    """
    from scipy.special import expit

    values: FloatArray = expit(slope * scores + intercept)
    return values


def log_odds(probabilities: FloatArray) -> FloatArray:
    """ln(p / (1 - p)), of the same shape; p is kept within [1e-6, 1 - 1e-6]."""
    from scipy.special import logit

    odds: FloatArray = logit(np.clip(np.asarray(probabilities, dtype=np.float64), EDGE, 1 - EDGE))
    return odds


@dataclass(frozen=True)
class Calibrator:
    """What turns probabilities of classes into calibrated ones; plain lists, to be saved as they are.

    Attributes:
        slopes: one a class, never below 0: what was likelier never becomes less likely.
        intercepts: one a class.
    """

    slopes: list[float]
    intercepts: list[float]

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """(n, n_classes) calibrated probabilities, above 0 and below 1; rows sum to 1.

        Each class gets 1 / (1 + exp(-(slope · log-odds + intercept))), and a row is then divided by its sum.
        """
        calibrated = probability(log_odds(probabilities), np.array(self.slopes), np.array(self.intercepts))
        calibrated = np.clip(calibrated, EDGE, 1 - EDGE)
        normalised: FloatArray = calibrated / calibrated.sum(axis=1, keepdims=True)
        return normalised


def fit_calibration(probabilities: FloatArray, labels: IntArray) -> Calibrator:
    """Platt scaling of the log-odds of each class against all others, on examples that the model was not fitted on.

    Of two classes the second is fitted, and the first is what remains: the plain Platt. Three rules keep it sound:

    - A class with fewer than ten examples, or with fewer than ten of all other classes, keeps slope 1 and intercept 0:
      its probabilities stay as they come, but for the division by the sum.
    - A class whose probability falls where it comes true more often, or which has one probability everywhere, gets
      slope 0, the best of those that do not fall, and its own share, (n + 1) / (N + 2).
    - Nothing gets closer to 0 or 1 than a millionth before the division.

    Args:
        probabilities: (n, n_classes), n_classes at least 2.
        labels: (n,) places of the classes that came true.

    Raises:
        UsageError: fewer than two classes, or the two do not fit each other.

    Source: J. Platt 1999; one class against the rest, and normalised: B. Zadrozny & C. Elkan, "Transforming
    Classifier Scores into Accurate Multiclass Probability Estimates", KDD 2002.
    """
    shape = np.shape(probabilities)
    if len(shape) != 2 or shape[1] < 2 or np.shape(labels) != shape[:1]:
        raise UsageError(
            f"cannot calibrate probabilities of shape {shape} with {np.size(labels)} labels; give (n, n_classes), n"
        )
    odds = log_odds(probabilities)
    if shape[1] == 2:
        slope, intercept = _fit(odds[:, 1], labels == 1)
        return Calibrator([slope, slope], [-intercept, intercept])
    fitted = [_fit(odds[:, place], labels == place) for place in range(shape[1])]
    return Calibrator([slope for slope, _ in fitted], [intercept for _, intercept in fitted])


def _fit(odds: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Slope and intercept of one class, by the rules of `fit_calibration`."""
    yes, no = int(positive.sum()), int((~positive).sum())
    if min(yes, no) < FEWEST:
        return 1.0, 0.0
    if np.ptp(odds) > 0:
        slope, intercept = platt(odds, positive)
        if slope > 0:
            return slope, intercept
    return 0.0, float(np.log((yes + 1) / (no + 1)))
