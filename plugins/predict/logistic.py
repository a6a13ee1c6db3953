"""Logistic regression on features of viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.predict.frequencies import spread
from plugins.predict.holding_out import drawn
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

# Values beyond these quantiles count as these.
_CLIPPED = (0.001, 0.999)
# Share of examples in which something has to be missing for that to be a feature.
_OFTEN_MISSING = 0.01
# The gradient of the mean loss at which it stops; a tenth of it takes thrice as long, and is no better.
_TOLERANCE = 1e-3


class Logistic(Classifier):
    """Logistic regression on features of viewers, of several classes by their softmax.

        p(class k) = exp(w_k·x + b_k) / Σ_j exp(w_j·x + b_j)

    minimises -Σ ln p(class that came true) + λ/2 · Σ w². Each feature is clipped at its .1 % and 99.9 % quantiles, and
    beside it go max(x - c, 0) of its terciles c (its quantiles, of more or fewer bends), so that its effect is a line
    with bends. What is missing in one example of a hundred or more becomes the median, with a column of its own for
    that it was missing; what hardly ever is says nothing where it is. All are scaled to variance 1. No class weighs
    more than it is frequent.

    Source: D. R. Cox, "The Regression Analysis of Binary Sequences", JRSS B 1958, as fitted by scikit-learn (L-BFGS);
    lines with bends: T. Hastie, R. Tibshirani & J. Friedman, "The Elements of Statistical Learning", 2009, ch. 5.
    """

    name: ClassVar[str] = "logistic"

    regularisation: float = setting(1.0, "Regularisation λ of the weights: the larger, the smaller", gt=0)
    bends: int = setting(2, "Points where the effect of a feature may bend; 0 for straight lines", ge=0, le=20)
    most_examples: int = setting(50_000, "Examples to fit on; of more, as many are drawn", ge=100)

    _columns: IntArray
    _missing: IntArray
    _low: FloatArray
    _high: FloatArray
    _median: FloatArray
    _bent: IntArray
    _points: FloatArray
    _mean: FloatArray
    _scale: FloatArray
    _n: int
    _model: Any

    def fit(self, examples: Examples, seed: int) -> None:
        """Fit the weights. Raises ModelError where fewer than two classes came true, or no feature tells any apart."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        examples, labels = drawn(examples, self.most_examples, seed, self.name)
        features, self._n = examples.features.astype(np.float64), labels.size
        self._learn_scales(features)
        if not self._columns.size + self._missing.size:
            raise ModelError(
                f"logistic has no feature in which viewers differ, for {examples.task.name}; load more data"
            )
        model = LogisticRegression(C=1 / self.regularisation, max_iter=2000, tol=_TOLERANCE)
        with threadpool_limits(1):
            self._model = model.fit(self._scaled(features), labels)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes)."""
        found = self._model.predict_proba(self._scaled(examples.features.astype(np.float64)))
        return spread(found, self._model.classes_, len(examples.task.classes), self._n)

    def _learn_scales(self, features: FloatArray) -> None:
        """Which columns differ, and how each is clipped, filled and scaled."""
        known = ~np.isnan(features)
        some = known.any(axis=0)
        # Of a gap that hardly ever was there, too little is known to tell by.
        self._missing = np.flatnonzero(some & ((~known).mean(axis=0) >= _OFTEN_MISSING))
        self._columns = np.flatnonzero(some)
        self._low, self._median, self._high = np.nanquantile(
            features[:, self._columns], [_CLIPPED[0], 0.5, _CLIPPED[1]], axis=0
        )
        varies = self._low < self._high
        self._columns, self._median = self._columns[varies], self._median[varies]
        self._low, self._high = self._low[varies], self._high[varies]
        filled = self._filled(features)
        points = np.quantile(filled, np.arange(1, self.bends + 1) / (self.bends + 1), axis=0)
        new = (points > filled.min(axis=0)) & (points < filled.max(axis=0))
        new[1:] &= points[1:] > points[:-1]
        self._bent, number = np.nonzero(new.T)
        self._points = points[number, self._bent]
        self._mean, self._scale = np.zeros(1), np.ones(1)
        raw = self._scaled(features)
        self._mean, self._scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)

    def _filled(self, features: FloatArray) -> FloatArray:
        """(n, n_columns) without gaps and extremes."""
        kept = features[:, self._columns]
        return np.where(np.isnan(kept), self._median, np.clip(kept, self._low, self._high))

    def _scaled(self, features: FloatArray) -> FloatArray:
        """(n, n_columns) ready for the model: features, beyond their bends, and where they are missing."""
        filled, gaps = self._filled(features), np.isnan(features[:, self._missing])
        beyond = np.maximum(filled[:, self._bent] - self._points, 0)
        scaled: FloatArray = (np.column_stack([filled, beyond, gaps]) - self._mean) / self._scale
        # What was hardly ever missing in training says neither yes nor no where it is.
        unseen = np.isnan(features[:, self._columns]) & ~np.isin(self._columns, self._missing)
        scaled[np.column_stack([unseen, unseen[:, self._bent], np.zeros(gaps.shape, dtype=np.bool_)])] = 0
        return scaled
