"""The model of sentiment: snownlp's naive Bayes classifier over the words that it finds in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cinekit_snownlp.library import log_odds
from toolkit import ModelError, SentimentModel, platt, probability, setting

if TYPE_CHECKING:
    from toolkit import BoolArray, FloatArray


class SnowNlp(SentimentModel):
    """Sentiment of Chinese, simplified or traditional, by snownlp: needs no training.

    snownlp parts a text into words, leaves out stop words, and compares how often each of the others is in positive and
    in negative reviews of a shop, which it was trained on (naive Bayes). Its log-odds become a probability by

        p = 1 / (1 + exp(-(slope · log-odds + intercept)))

    with slope 1 and intercept 0, as snownlp has it, until it is fitted on labelled reviews (Platt scaling). Dialogue is
    always scored as it comes, so that its index can be compared from one warehouse to another.

    Source: https://github.com/isnowfy/snownlp
    """

    name: ClassVar[str] = "snownlp"
    languages: ClassVar[frozenset[str]] = frozenset({"zh"})
    trained: ClassVar[bool] = False

    fewest: int = setting(20, "Positive and negative reviews, of each so many, that a calibration takes", ge=2)

    _slope: float = 1.0
    _intercept: float = 0.0

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Calibrate on (n,) labelled reviews. Raises ModelError where there are too few, or labels contradict it."""
        scores = log_odds(texts)
        known = ~np.isnan(scores)
        yes, no = int((known & positive).sum()), int((known & ~positive).sum())
        if min(yes, no) < self.fewest:
            raise ModelError(
                f"snownlp knows words in {yes:,} positive and {no:,} negative reviews, and needs {self.fewest} of each "
                "to calibrate; load more, or use it as it is"
            )
        slope, intercept = platt(scores[known], positive[known])
        if slope <= 0:
            raise ModelError("snownlp finds the negative reviews more positive; are the labels the wrong way round?")
        self._slope, self._intercept = slope, intercept

    def score(self, texts: Sequence[str], kind: str) -> FloatArray:
        """(n,) probability that each is positive; NaN where snownlp knows no word of a text."""
        slope, intercept = (self._slope, self._intercept) if kind == "review" else (1.0, 0.0)
        return probability(log_odds(texts), slope, intercept)
