"""TextBlob's lexicon of sentiment, its threshold set for each kind of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import PrivateAttr

from toolkit.calibration import platt, probability
from toolkit.errors import ModelError
from toolkit.polarity import polarity
from toolkit.sentiment import SentimentModel

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.sentiment import BoolArray

# Slope and intercept by kind of text, until it is fitted: `python benchmarks/sentiment.py --only constants` prints
# those of reviews, and where dialogue lies.
_REVIEW = (2.89, -0.32)
NEUTRAL_DIALOGUE = 0.15
_DIALOGUE = (_REVIEW[0], -_REVIEW[0] * NEUTRAL_DIALOGUE)
SHIPPED = {"review": _REVIEW, "script": _DIALOGUE, "subtitles": _DIALOGUE}
FEWEST = 20


class TextBlobLexicon(SentimentModel):
    """Sentiment by TextBlob's lexicon of some 2,900 English words: needs no training.

    Polarity is the mean over the words that the lexicon knows, heeding negation ("not good"), intensifiers ("very
    good"), exclamation marks and emoticons. It becomes the probability of a positive text by Platt scaling:

        p = 1 / (1 + exp(-(slope · polarity + intercept)))

    Three of four film reviews have a polarity of 0 or above, though half of them are positive, because words such as
    "new", "first" and "real" count as positive. So the threshold is measured for reviews, on film review snippets that
    people scored: it is a polarity of .11. Fitting it on labelled reviews replaces slope and intercept for reviews.

    Nobody has labelled dialogue. For scripts and subtitles neutral is a polarity of .15, the median of the lines of
    screenplays in which the lexicon knows a word: a line is as positive as it lies above most others. It is the same
    whatever the model was fitted on, so that an index can be compared from one warehouse to another.

    Source: T. De Smedt & W. Daelemans, "Pattern for Python", JMLR 2012, as shipped in TextBlob.
    """

    name: ClassVar[str] = "textblob"
    trained: ClassVar[bool] = False

    _slope: float = PrivateAttr(default=SHIPPED["review"][0])
    _intercept: float = PrivateAttr(default=SHIPPED["review"][1])

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Calibrate on (n,) labelled reviews. Raises ModelError where too few have a word that the lexicon knows."""
        scores = polarity(texts)
        known = ~np.isnan(scores)
        yes, no = int((known & positive).sum()), int((known & ~positive).sum())
        if min(yes, no) < FEWEST:
            raise ModelError(
                f"textblob knows words in {yes:,} positive and {no:,} negative reviews, and needs {FEWEST} of each to "
                "calibrate; load more, or use it as it is"
            )
        slope, intercept = platt(scores[known], positive[known])
        if slope <= 0:
            raise ModelError("textblob finds the negative reviews more positive; are the labels the wrong way round?")
        self._slope, self._intercept = slope, intercept

    def score(self, texts: Sequence[str], kind: str) -> FloatArray:
        """(n,) probability that each is positive; NaN where the lexicon knows no word."""
        slope, intercept = (self._slope, self._intercept) if kind == "review" else SHIPPED[kind]
        return probability(polarity(texts), slope, intercept)
