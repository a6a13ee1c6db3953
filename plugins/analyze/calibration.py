"""Scores into probabilities: Platt scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.sentiment import BoolArray


def platt(scores: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Slope and intercept of p = 1 / (1 + exp(-(slope · score + intercept))), fitted to (n,) scores of both classes.

    The n₊ positive texts count as (n₊ + 1) / (n₊ + 2) positive, the n₋ negative ones as 1 / (n₋ + 2), so that scores
    that tell the two apart without an error do not get probabilities of 0 and 1.

    Source: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    from sklearn.linear_model import LogisticRegression

    yes, no = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (yes + 1) / (yes + 2), 1 / (no + 2))
    # A target between 0 and 1 is a text of either class, each with its weight.
    twice = np.concatenate([scores, scores])[:, None]
    label = np.repeat([1, 0], scores.size)
    model = LogisticRegression(C=1e9).fit(twice, label, sample_weight=np.concatenate([target, 1 - target]))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def probability(scores: FloatArray, slope: float, intercept: float) -> FloatArray:
    """(n,) probabilities of (n,) scores; NaN stays NaN."""
    from scipy.special import expit

    values: FloatArray = expit(slope * scores + intercept)
    return values
