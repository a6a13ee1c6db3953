"""Nearest titles: what is liked by the same viewers as what you liked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array, vstack

from plugins.recommend.similarity import block_rows, nearest, similarities
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# A multiply-add of a sparse product takes as long as this many of a dense one.
_SPARSE_COST = 500
# With fewer multiply-adds a score than this, parting the product costs more than it spares.
_SPARSE_ENOUGH = 4


class ItemKnn(Recommender):
    """Titles that the same viewers like as what you liked.

    With s_ij the similarity of titles i and j over the sets of viewers who liked them, and N(j) the `neighbours`
    titles i ≠ j of largest positive s_ij:

        score_uj = Σ_i∈N(j), u liked i  s_ij
        cosine   s_ij = n_ij / √(n_i · n_j)
        jaccard  s_ij = n_ij / (n_i + n_j - n_ij)

    where n_ij viewers liked both; either is multiplied by n_ij / (n_ij + shrinkage).

    Sources: M. Deshpande and G. Karypis, "Item-based Top-N Recommendation Algorithms", ACM TOIS 22(1), 2004;
    neighbours of the title that is scored: B. Sarwar et al., "Item-based Collaborative Filtering Recommendation
    Algorithms", WWW 2001; shrinkage: R. Bell and Y. Koren, SIGKDD Explorations 9(2), 2007.
    """

    name: ClassVar[str] = "item-knn"

    similarity: Literal["cosine", "jaccard"] = setting("cosine", "How two titles are compared")
    neighbours: int = setting(50, "Titles that the score of a title is made from", ge=1)
    shrinkage: float = setting(10.0, "Multiply a similarity that n shared viewers support by n / (n + shrinkage)", ge=0)

    _weights: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Find the nearest titles of each, block by block, so that memory stays flat.

        Raises ModelError where nobody likes anything.
        """
        if not interactions.liked.nnz:
            raise ModelError(
                f"item-knn has nothing to learn from: none of {interactions.values.nnz:,} interactions reaches the "
                f"threshold {interactions.threshold:g}; set a lower one"
            )
        by_title = interactions.liked.T.tocsr()
        titles = by_title.shape[0]
        step = block_rows(titles)
        blocks = []
        for start in range(0, titles, step):
            block = similarities(self.similarity, by_title[start : start + step], by_title, self.shrinkage)
            blocks.append(nearest(block, self.neighbours, start + np.arange(block.shape[0])))
        self._weights = csr_array(vstack(blocks, format="csr").T.tocsr())

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the similarities to the liked titles, summed.

        Titles that many liked, and that are near to many, are multiplied densely by BLAS, the others sparsely.
        """
        liked, weights = history.liked, self._weights
        viewers, titles = liked.shape
        pairs = np.bincount(liked.indices, minlength=titles) * np.diff(weights.indptr)
        hub = pairs * _SPARSE_COST > viewers * titles
        if not hub.any() or pairs.sum() < _SPARSE_ENOUGH * viewers * titles:
            return np.asarray((liked @ weights).toarray())
        hubs, keep = np.flatnonzero(hub), ~hub[liked.indices]
        scores = np.asarray(liked[:, hubs].toarray() @ weights[hubs].toarray())
        indptr = np.concatenate([[0], np.cumsum(keep)])[liked.indptr]
        rest = csr_array((liked.data[keep], liked.indices[keep], indptr), shape=liked.shape) @ weights
        place = np.repeat(np.arange(viewers, dtype=np.int64) * titles, np.diff(rest.indptr)) + rest.indices
        scores.reshape(-1)[place] += rest.data
        return scores

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): the similarity of each liked title of the pair's viewer to the pair's title."""
        return csr_array(history.liked[rows].multiply(self._weights.T.tocsr()[columns]))
