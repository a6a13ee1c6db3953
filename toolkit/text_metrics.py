"""How good probabilities of texts being positive are: right and wrong calls, ranking, and calibration.

All of them take `positive`, (n,) bool, and `probability`, (n,) from 0 to 1. A text is called positive from ½ on.

The examples share four texts: two positive ones at .9 and .4, and two negative ones at .2 and ½.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

BINS = 10
# Keeps the logarithm of a certain error finite.
LEAST = 1e-15


def accuracy(positive: BoolArray, probability: Float64) -> Float64:
    """1 where a text is called rightly, else 0, (n,); its mean is the accuracy.

    >>> accuracy(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5]))
    array([1., 0., 1., 0.])
    """
    right: Float64 = ((probability >= 0.5) == positive).astype(np.float64)
    return right


def brier(positive: BoolArray, probability: Float64) -> Float64:
    """Squared distance of the probability from what is true, (n,): Brier 1950, of one of two classes.

    >>> brier(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5])).round(2)
    array([0.01, 0.36, 0.04, 0.25])
    """
    squared: Float64 = (probability - positive) ** 2
    return squared


def log_loss(positive: BoolArray, probability: Float64) -> Float64:
    """-ln of the probability that was given to what is true, (n,): Good 1952.

    >>> log_loss(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5])).round(4)
    array([0.1054, 0.9163, 0.2231, 0.6931])
    """
    loss: Float64 = -np.log(np.clip(np.where(positive, probability, 1 - probability), LEAST, 1))
    return loss


def balanced_accuracy(positive: BoolArray, probability: Float64) -> float:
    """Mean of the shares of positive and of negative texts that are called rightly: Brodersen et al. 2010.

    >>> balanced_accuracy(np.array([True, True, True, False]), np.array([0.9, 0.8, 0.4, 0.2])).__round__(4)
    0.8333
    """
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(positive, probability >= 0.5))


def f1(positive: BoolArray, probability: Float64) -> float:
    """Harmonic mean of precision and recall of the positive class: van Rijsbergen 1979. 0 where none is called rightly.

    >>> f1(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5]))
    0.5
    """
    from sklearn.metrics import f1_score

    return float(f1_score(positive, probability >= 0.5, zero_division=0.0))


def auc(positive: BoolArray, probability: Float64) -> float:
    """Chance that a positive text gets more than a negative one, ties counting half: Hanley & McNeil 1982.

    .9 is above .2 and ½, .4 above .2 alone: 3 of 4 pairs.

    >>> auc(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5]))
    0.75
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, probability))


def calibration_error(positive: BoolArray, probability: Float64, bins: int = BINS) -> float:
    """Expected calibration error: |mean probability - share of positive texts| in each bin, weighted by its texts.

    Naeini et al. 2015; here over bins of equal width of the probability of being positive: [0, .1), … [.9, 1].
    With .9, .4, .2 and ½ alone in their bins: (.1 + .6 + .2 + .5) / 4.

    >>> calibration_error(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.2, 0.5])).__round__(4)
    0.35
    """
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, probability - positive, minlength=bins)
    return float(np.abs(gaps).sum() / probability.size)


# Of each text, with a mean over texts …
BY_TEXT: dict[str, Callable[[BoolArray, Float64], Float64]] = {
    "accuracy": accuracy,
    "log_loss": log_loss,
    "brier": brier,
}
# … and of all of them together.
BY_ALL: dict[str, Callable[[BoolArray, Float64], float]] = {
    "balanced_accuracy": balanced_accuracy,
    "f1": f1,
    "auc": auc,
    "ece": calibration_error,
}
