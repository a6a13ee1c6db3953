"""The kind of model that tells positive texts from negative ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from toolkit.model import Model

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray

BoolArray = NDArray[np.bool_]
"""Yes or no, one byte each. Each docstring says the shape."""


class SentimentModel(Model):
    """Scores texts. An author writes `fit` and `score`.

    Class attributes:
        languages: ISO 639-1 codes of the languages that it reads; texts in others are never given to `score`.
        trained: whether it can say nothing before it was fitted on labelled texts.
    """

    verb: ClassVar[str] = "analyze"
    languages: ClassVar[frozenset[str]] = frozenset({"en"})
    trained: ClassVar[bool] = True

    @abstractmethod
    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Learn from (n,) texts and whether each is positive; a model that needs no training calibrates itself.

        What is learnt goes into private attributes, as for a recommender. Raises ModelError where it cannot be done.
        """

    @abstractmethod
    def score(self, texts: Sequence[str], kind: str) -> FloatArray:
        """(n,) probability from 0 to 1 that each text is positive; NaN where nothing in it is known.

        `kind` is "review", "script" or "subtitles": what is neutral differs between them. For dialogue the
        probability is one of a review with such words, which makes it an index there.
        """
