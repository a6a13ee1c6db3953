"""Lists less bent on what is popular: titles of the long tail as far as the viewer likes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.fairness_metrics import in_long_tail
from toolkit.rerankers.reranker import Reranker

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class Debiased(Reranker):
    """The gain is how much the viewer likes the candidate's part of the catalogue, where the list lacks it.

        gain = p(c|viewer) · (1 - share of the list that is of c),  c the part of the candidate

    The parts are the short head and the long tail (`toolkit.fairness_metrics.in_long_tail`); p is the share of each
    among the liked titles of the viewer's history. An empty list has a share of 0 of both.

    Source: H. Abdollahpouri, R. Burke and B. Mobasher, "Managing Popularity Bias in Recommender Systems with
    Personalized Re-ranking", FLAIRS 2019: smooth xQuAD.
    """

    name: ClassVar[str] = "debiased"
    learns: ClassVar[bool] = True

    def __init__(self, train: Interactions, tables: Mapping[str, pl.DataFrame]) -> None:
        """Find the long tail."""
        del tables
        self._tail = in_long_tail(np.bincount(train.values.indices, minlength=train.shape[1]))

    def begin(self, columns: IntArray, history: Interactions) -> None:
        """Begin with empty lists."""
        self._candidates = self._tail[columns].astype(np.int8)
        liked = np.diff(history.liked.indptr)
        in_tail = history.liked @ self._tail.astype(np.float64)
        self._likes = np.column_stack([liked - in_tail, in_tail]) / np.maximum(liked, 1)[:, None]
        self._shown = np.zeros((columns.shape[0], 2))

    def gains(self) -> FloatArray:
        """(n_viewers, m): what the viewer likes of the candidate's part, by how far the list lacks it."""
        length = self._shown.sum(axis=1, keepdims=True)
        wanted = self._likes * (1 - self._shown / np.maximum(length, 1))
        gained: FloatArray = np.take_along_axis(wanted, self._candidates.astype(np.intp), axis=1)
        return gained

    def choose(self, chosen: IntArray) -> None:
        """Count the part of the chosen titles."""
        self._shown[np.arange(chosen.size), self._tail[chosen].astype(np.intp)] += 1
