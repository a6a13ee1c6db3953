"""Greedy re-ranking: at each rank the candidate whose score and gain weigh most, for all viewers at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

Float64 = NDArray[np.float64]


class Reranker(ABC):
    """What a list gains by each candidate, given what it has so far.

    It is made once of what the data say of titles, and begins anew for each batch of viewers: only one at a time.

    Class attributes:
        name: as users write it.
        reads: the tables that it needs.
        learns: whether it goes by what other viewers have watched, too.
    """

    name: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()
    learns: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, train: Interactions, tables: Mapping[str, pl.DataFrame]) -> None:
        """Work out what does not depend on the viewers.

        Args:
            train: what the model was fitted on.
            tables: those of `reads`, by name.

        Raises:
            ModelError: the tables do not have what is needed.
        """

    @abstractmethod
    def begin(self, columns: IntArray, history: Interactions) -> None:
        """Begin with empty lists.

        Args:
            columns: (n_viewers, m) candidates of each viewer, padded with -1.
            history: (n_viewers, n_titles) what the viewers are known by, with the titles of the training data.
        """

    @abstractmethod
    def gains(self) -> FloatArray:
        """(n_viewers, m), all finite: what each candidate would add to the list, the scores being from 0 to 1."""

    @abstractmethod
    def choose(self, chosen: IntArray) -> None:
        """Add the columns `chosen`, (n_viewers,), to the lists; -1 where a viewer has no candidate left."""


def greedy(reranker: Reranker, columns: IntArray, scores: FloatArray, strength: float, n: int) -> IntArray:
    """The places, among its m candidates, of the up to n titles of each list, (n_viewers, min(n, m)) padded with -1.

    At each rank that candidate is taken for which

        (1 - strength) · score + strength · gain

    is largest, of several the first. Scores are scaled to [0, 1] for each viewer: see `unit_scores`.

    Args:
        reranker: that has begun with the same candidates.
        columns: (n_viewers, m) candidates, best first, padded with -1.
        scores: (n_viewers, m) of the model.
        strength: from 0, the model's own order, to 1, the gain alone.
        n: length of the lists.
    """
    n_viewers, m = columns.shape
    relevance = (1 - strength) * unit_scores(scores, columns >= 0)
    left = columns >= 0
    viewers = np.arange(n_viewers)
    places = np.full((n_viewers, min(n, m)), -1, dtype=np.int64)
    for rank in range(places.shape[1]):
        value = np.where(left, relevance + strength * reranker.gains(), -np.inf)
        best = value.argmax(axis=1)
        found = left[viewers, best]
        places[:, rank] = np.where(found, best, -1)
        left[viewers, best] = False
        reranker.choose(np.where(found, columns[viewers, best], -1))
    return places


def unit_scores(scores: FloatArray, filled: NDArray[np.bool_]) -> Float64:
    """Scores of (n_viewers, m) candidates scaled, for each viewer, from 0, the worst, to 1, the best; all 1 if alike.

        (score - min) / (max - min), over the candidates of the viewer

    Places that are not `filled` get 0. Models' scores have scales of their own, and one viewer's are often many
    times another's; what is left of them is their order and how far they lie apart.
    """
    low = np.where(filled, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    high = np.where(filled, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    spread = np.subtract(high, low, out=np.ones(low.shape), where=high > low)
    behind = np.subtract(high, scores, out=np.zeros(scores.shape), where=filled)
    scaled: Float64 = np.where(filled, 1 - behind / spread, 0)
    return scaled
