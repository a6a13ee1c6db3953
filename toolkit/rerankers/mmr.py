"""Varied lists: each title unlike those before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.catalogue_metrics import unit_vectors
from toolkit.rerankers.reranker import Reranker

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

_BLOCK_BYTES = 32 << 20


class MaximalMarginalRelevance(Reranker):
    """The gain is minus the similarity of the candidate to the nearest title of the list.

        gain = -max over titles i of the list of cos(candidate, i)

    A title's vector is its training viewers who liked it, as for the metric `diversity`: it takes no genres, and two
    titles are alike where the same viewers liked them. The gain of the first title is 0.

    Source: J. Carbonell and J. Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and
    Producing Summaries", SIGIR 1998; their λ is 1 - strength.
    """

    name: ClassVar[str] = "mmr"
    learns: ClassVar[bool] = True

    def __init__(self, train: Interactions, tables: Mapping[str, pl.DataFrame]) -> None:
        """Take the viewers of each title."""
        del tables
        self._viewers = train.liked.T.tocsr()

    def begin(self, columns: IntArray, history: Interactions) -> None:
        """Begin with empty lists."""
        del history
        self._titles = np.unique(columns[columns >= 0])
        self._units = unit_vectors(self._viewers, self._titles)
        self._transposed = self._units.T.tocsr()
        self._places = np.searchsorted(self._titles, columns)
        self._nearest = np.zeros(columns.shape, dtype=np.float32)

    def gains(self) -> FloatArray:
        """(n_viewers, m): minus the largest cosine with a title of the list."""
        return -self._nearest

    def choose(self, chosen: IntArray) -> None:
        """Compare the candidates with the chosen titles; viewers who get the same title are taken together."""
        viewers = np.flatnonzero(chosen >= 0)
        place = np.searchsorted(self._titles, chosen[viewers])
        order = np.argsort(place, kind="stable")
        viewers, place = viewers[order], place[order]
        distinct = np.unique(place)
        size = max(1, _BLOCK_BYTES // (8 * max(1, self._titles.size)))
        for start in range(0, distinct.size, size):
            block = distinct[start : start + size]
            cosines = (self._units[block] @ self._transposed).toarray()
            first, last = np.searchsorted(place, [block[0], block[-1] + 1])
            owners = viewers[first:last]
            of_owner = np.searchsorted(block, place[first:last])[:, None]
            self._nearest[owners] = np.maximum(self._nearest[owners], cosines[of_owner, self._places[owners]])
