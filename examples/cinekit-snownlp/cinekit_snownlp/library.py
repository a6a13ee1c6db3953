"""The library snownlp, of which three things are used: its words, its stop words, and its counts of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from toolkit import FloatArray

# Parting a run of characters into words takes quadratic time; nobody writes longer ones without a mark.
_LONG_RUN = re.compile(r"([\u4E00-\u9FA5]{100})(?=[\u4E00-\u9FA5])")


def log_odds(texts: Sequence[str]) -> FloatArray:
    """(n,) ln(p / (1 - p)) of snownlp's probability that each text is positive; NaN where it knows none of its words.

    Texts that repeat are read once. Odds do not saturate, as the probabilities of long texts do.
    """
    known = {text: _log_odds(text) for text in dict.fromkeys(texts)}
    return np.array([known[text] for text in texts], dtype=np.float64)


def _log_odds(text: str) -> float:
    snownlp, positive, negative = _counts()
    simplified = snownlp.normal.zh2hans(text)
    words = snownlp.sentiment.classifier.handle(_LONG_RUN.sub(r"\1 ", simplified))
    # Marks alone say nothing.
    if not any(word.isalpha() and (positive.exists(word) or negative.exists(word)) for word in words):
        return float("nan")
    total = np.log(positive.getsum()) - np.log(negative.getsum())
    return float(total + sum(np.log(positive.freq(word)) - np.log(negative.freq(word)) for word in words))


@cache
def _counts() -> tuple[Any, Any, Any]:
    """snownlp, and its counts of words in positive and negative reviews; importing it takes seconds.

    It reads the models that lie in its own package, by marshal, and nothing else: no other file is ever given to it.
    """
    import snownlp

    counts = snownlp.sentiment.classifier.classifier.d
    return snownlp, counts["pos"], counts["neg"]
