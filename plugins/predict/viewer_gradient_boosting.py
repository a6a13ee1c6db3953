"""Gradient boosting on features of viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.predict.frequencies import spread
from plugins.predict.holding_out import drawn, earlier_and_later
from toolkit.class_metrics import log_loss
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

# A quarter of the usual number: as good here, and a quarter faster.
_BINS = 63
_STEP = 20
_PATIENCE = 2


class ViewerGradientBoosting(Classifier):
    """Gradient-boosted trees on features of viewers.

    Trees on histograms of the features (LightGBM's way, by scikit-learn), where what is missing goes to the side where
    it does least harm, one tree a round and class. How many rounds there are is chosen by the log loss of the latest
    fifth of the examples, by trees of the earlier ones: twenty at a time, until forty more did not help. Then as many
    are grown on all examples. No class weighs more than it is frequent. One thread, so that the same seed gives the
    same trees.

    Source: J. Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of Statistics 2001;
    G. Ke et al., "LightGBM", NeurIPS 2017.
    """

    name: ClassVar[str] = "viewer-gradient-boosting"

    learning_rate: float = setting(0.06, "Share of each tree that is added", gt=0, le=1)
    leaves: int = setting(12, "Leaves of a tree", ge=2, le=1000)
    least_in_leaf: int = setting(40, "Examples that a leaf holds at least", ge=1)
    regularisation: float = setting(5.0, "Regularisation of the values of leaves (L2)", ge=0)
    most_rounds: int = setting(300, "Rounds at most", ge=1, le=10_000)
    most_examples: int = setting(50_000, "Examples to fit on; of more, as many are drawn", ge=100)

    _columns: IntArray
    _model: Any
    _n: int

    def fit(self, examples: Examples, seed: int) -> None:
        """Choose the number of rounds, and grow. Raises ModelError where fewer than two classes came true."""
        from threadpoolctl import threadpool_limits

        examples, labels = drawn(examples, self.most_examples, seed, self.name)
        early, late = earlier_and_later(examples, seed)
        held_out = late.size > 0 and np.unique(labels[early]).size > 1
        if not held_out:
            early = np.arange(labels.size)
        # Columns without two values are of no use, and trees cannot be grown on such that are wholly missing.
        self._columns, self._n = _told(examples.features[early]), labels.size
        if not self._columns.size:
            raise ModelError(
                f"{self.name} has no feature in which viewers differ, for {examples.task.name}; load more data"
            )
        features = examples.features[:, self._columns]
        with threadpool_limits(1):
            rounds = min(self.most_rounds, _STEP)
            if held_out:
                rounds = self._rounds(features, labels, early, late, len(examples.task.classes), seed)
            self._model = self._trees(rounds, seed).fit(features, labels)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes)."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            found = self._model.predict_proba(examples.features[:, self._columns])
        return spread(found, self._model.classes_, len(examples.task.classes), self._n)

    def _trees(self, rounds: int, seed: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=self.learning_rate,
            max_iter=rounds,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least_in_leaf,
            l2_regularization=self.regularisation,
            max_bins=_BINS,
            early_stopping=False,
            warm_start=True,
            random_state=seed,
        )

    def _rounds(
        self, features: FloatArray, labels: IntArray, early: IntArray, late: IntArray, n_classes: int, seed: int
    ) -> int:
        """How many rounds do best on the later rows, after growing on the earlier ones."""
        best, least, model = 0, np.inf, self._trees(0, seed)
        for rounds in [*range(_STEP, self.most_rounds, _STEP), self.most_rounds]:
            model.set_params(max_iter=rounds).fit(features[early], labels[early])
            found = spread(model.predict_proba(features[late]), model.classes_, n_classes, early.size)
            loss = float(log_loss(found, labels[late]).mean())
            if loss < least:
                best, least = rounds, loss
            elif rounds >= best + _PATIENCE * _STEP:
                break
        return best


def _told(features: FloatArray) -> IntArray:
    """Places of the columns with two different values, missing being one where something stands beside it."""
    known = ~np.isnan(features)
    low, high = (f(features, axis=0, where=known, initial=i) for f, i in ((np.min, np.inf), (np.max, -np.inf)))
    told: IntArray = np.flatnonzero(known.any(axis=0) & ((low < high) | ~known.all(axis=0)))
    return told
