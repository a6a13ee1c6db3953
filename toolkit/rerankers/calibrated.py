"""Calibrated lists: genres in the shares in which the viewer likes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from toolkit.errors import ModelError
from toolkit.genre_distributions import SMOOTHING, distributions, divergence, genre_shares
from toolkit.rerankers.reranker import Reranker
from toolkit.shards import submit

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray, Interactions

_BLOCK_CELLS = 1 << 19  # 4 MB of float64


class Calibrated(Reranker):
    """The gain is minus the divergence of the list's genres, with the candidate, from those that the viewer likes.

        gain = -KL(p(g|viewer) ‖ q̃(g|list and candidate))

    p is the mean over the liked titles of the viewer's history, whatever their age; see `divergence` for q̃. Who
    likes no title with a genre keeps the model's order.

    Source: H. Steck, "Calibrated Recommendations", RecSys 2018.
    """

    name: ClassVar[str] = "calibrated"
    reads: ClassVar[tuple[str, ...]] = ("raw.genres",)

    def __init__(self, train: Interactions, tables: Mapping[str, pl.DataFrame]) -> None:
        """Find the genres of titles. Raises ModelError where no title has one."""
        self._shares = genre_shares(tables["raw.genres"], train.titles)
        if not self._shares.size:
            raise ModelError("'calibrated' needs genres, and no title has one; load titles with genres first")
        # Titles of the same genres gain the same: what is worked out is the gain of each set of genres.
        sets, of_title = np.unique(self._shares > 0, axis=0, return_inverse=True)
        order = np.argsort(sets.sum(axis=1), kind="stable")
        self._sizes = sets.sum(axis=1)[order]
        self._sets = csr_array(sets[order].astype(np.float64))
        self._has_genre: NDArray[np.bool_] = self._shares.sum(axis=1) > 0
        self._set_of_title = np.argsort(order)[of_title.reshape(-1)]

    def begin(self, columns: IntArray, history: Interactions) -> None:
        """Begin with empty lists."""
        self._liked = distributions(history.liked, self._shares)
        self._sums = np.zeros_like(self._liked)
        self._count = np.zeros((columns.shape[0], 1))
        self._set_of = self._set_of_title[columns]

    def gains(self) -> FloatArray:
        """(n_viewers, m): minus the divergence of each list with each candidate."""
        n_viewers, m = self._set_of.shape
        step = max(1, _BLOCK_CELLS // self._sizes.size)
        blocks = submit(lambda start: self._block(slice(start, start + step)), range(0, n_viewers, step))
        return np.concatenate([np.empty((0, m)), *blocks])

    def choose(self, chosen: IntArray) -> None:
        """Add the genres of the chosen titles to the lists'."""
        self._sums += self._shares[chosen]
        self._count += self._has_genre[chosen, None]

    def _block(self, viewers: slice) -> FloatArray:
        """The gains of some viewers.

        A candidate with k genres makes the list one title longer, and changes only these k shares, each by 1/k:

            KL = KL(p ‖ q̃) - Σ over its genres g of p_g · ln(1 + (1 - α) / (k · length · q̃_g))

        where q̃ is of the longer list without it. So the logarithms are taken once a viewer, genre and k.
        """
        p, sums, count = self._liked[viewers], self._sums[viewers], self._count[viewers]
        longer = sums / (count + 1)
        mixed = np.ascontiguousarray((SMOOTHING * p + (1 - SMOOTHING) * longer).T)
        likes, one = np.ascontiguousarray(p.T), ((1 - SMOOTHING) / (count + 1)).T
        without = divergence(p, longer)
        divergences = np.empty((self._sizes.size, p.shape[0]))
        # A set without a genre leaves the list as it is.
        divergences[self._sizes == 0] = divergence(p, sums / np.maximum(count, 1))
        for k in np.unique(self._sizes[self._sizes > 0]):
            first, last = np.searchsorted(self._sizes, [k, k + 1])
            ratio = np.divide(one / k, mixed, out=np.zeros_like(mixed), where=likes > 0)
            np.subtract(without, self._sets[first:last] @ (likes * np.log1p(ratio)), out=divergences[first:last])
        gains: FloatArray = -divergences[self._set_of[viewers], np.arange(p.shape[0])[:, None]]
        return gains
