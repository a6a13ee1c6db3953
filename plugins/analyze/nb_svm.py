"""NB-SVM: a linear model of n-grams, each weighed by how much likelier it is in positive texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array

from toolkit.calibration import platt, probability
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.sentiment import SentimentModel
from toolkit.text_folds import text_folds

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.sentiment import BoolArray

# Runs of letters and digits, and the two marks that carry a tone.
WORDS = r"\w+|[!?]"
FEWEST = 20
_FOLDS = 5


class NbSvm(SentimentModel):
    """Sentiment learnt from labelled reviews: log-count ratios of words and pairs of words, and a linear model.

    With f the (n_texts, n_grams) matrix of ones where an n-gram occurs in a text, and p and q its sums over positive
    and over negative texts, each plus `smoothing`:

        r = ln((p / Σp) / (q / Σq))
        w, b = logistic regression of the labels on f·diag(r)
        w' = (1 - interpolation) · mean|w| + interpolation · w
        score = f·(r ∘ w') + b

    Scores become probabilities by Platt scaling, fitted to scores of texts that were held out in five folds.
    An `interpolation` of 0 is naive Bayes but for the intercept, of 1 the linear model alone; ¼ is the paper's.

    Source: S. Wang & C. Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", ACL 2012,
    with logistic regression in place of the SVM.
    """

    name: ClassVar[str] = "nb-svm"

    longest: int = setting(2, "Words in the longest n-gram", ge=1, le=5)
    least_texts: int = setting(1, "Texts that an n-gram must occur in", ge=1)
    smoothing: float = setting(1.0, "Added to the counts of each n-gram, α", gt=0)
    regularisation: float = setting(0.5, "Regularisation λ of the linear model (1 / C): the larger, the smaller", gt=0)
    interpolation: float = setting(0.25, "Share of the linear model's own weights against their mean, β", ge=0, le=1)

    _grams: list[str]
    _weights: FloatArray
    _intercept: float

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Learn from (n,) labelled texts. Raises ModelError where there are too few of either class, or no words."""
        positive = np.asarray(positive, dtype=np.bool_)
        yes, no = int(positive.sum()), int((~positive).sum())
        if min(yes, no) < FEWEST:
            raise ModelError(
                f"nb-svm needs {FEWEST} positive and {FEWEST} negative reviews to learn from, and has {yes:,} and "
                f"{no:,}; load more with --label COLUMN, or take textblob, which needs none"
            )
        from threadpoolctl import threadpool_limits

        counter = self._counter(min_df=self.least_texts)
        try:
            present = csr_array(counter.fit_transform(texts))
        except ValueError as error:
            raise ModelError(f"nb-svm finds no n-gram in {self.least_texts} of {len(texts):,} reviews") from error
        # The solver's vectors are too short to be worth threads, which wait for each other more than they work.
        with threadpool_limits(1):
            slope, shift = platt(self._held_out(present, texts, positive, seed), positive)
            weights, intercept = self._solve(present, positive, np.arange(positive.size))
        self._grams = counter.get_feature_names_out().tolist()
        # The scaling goes into the weights, so that what is saved is the whole model.
        self._weights = slope * weights
        self._intercept = slope * intercept + shift

    def score(self, texts: Sequence[str], kind: str) -> FloatArray:
        """(n,) probability that each is positive; NaN where none of its n-grams was seen in the fit."""
        present = csr_array(self._counter(vocabulary=self._grams).transform(texts))
        scores = present @ self._weights + self._intercept
        return np.where(np.diff(present.indptr) > 0, probability(scores, 1, 0), np.nan)

    def _counter(self, **given: Any) -> Any:
        from sklearn.feature_extraction.text import CountVectorizer

        return CountVectorizer(
            binary=True, dtype=np.float64, ngram_range=(1, self.longest), token_pattern=WORDS, **given
        )  # fmt: skip

    def _held_out(self, present: csr_array, texts: Sequence[str], positive: BoolArray, seed: int) -> FloatArray:
        """(n,) scores of texts by models that were fitted without them, and without others that are alike."""
        scores = np.empty(positive.size)
        for train, test in text_folds(texts, positive, _FOLDS, seed):
            weights, intercept = self._solve(present, positive, train)
            scores[test] = present[test] @ weights + intercept
        return scores

    def _solve(self, present: csr_array, positive: BoolArray, rows: IntArray) -> tuple[FloatArray, float]:
        """Weights r ∘ w' of all n-grams, (n_grams,), and the intercept, learnt from some of the texts."""
        from sklearn.linear_model import LogisticRegression

        texts, labels = present[rows], positive[rows]
        counts = np.vstack([texts[labels].sum(axis=0), texts[~labels].sum(axis=0)])
        seen = counts.any(axis=0)
        shares = np.log(counts + self.smoothing) - np.log((counts + self.smoothing)[:, seen].sum(axis=1))[:, None]
        ratios = np.where(seen, shares[0] - shares[1], 0)
        scaled = (texts @ diags_array(ratios)).tocsr()
        linear = LogisticRegression(C=1 / self.regularisation, solver="liblinear").fit(scaled, labels)
        weights = linear.coef_[0]
        level = np.abs(weights[seen]).mean()
        return ratios * ((1 - self.interpolation) * level + self.interpolation * weights), float(linear.intercept_[0])
