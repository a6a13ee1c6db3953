"""Sparse weights between titles, of the nearest ones only, and the scores that they make: shared by models of such."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from plugins.recommend.similarity import block_rows, nearest

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

# A multiply-add of a sparse product takes as long as this many of a dense one.
_SPARSE_COST = 500
# With fewer multiply-adds a score than this, parting the product costs more than it spares.
_SPARSE_ENOUGH = 4


def nearest_titles(titles: int, count: int, weigh: Callable[[slice], csr_array]) -> csr_array:
    """(n_titles, n_titles) CSR of weights W_ij, in each column j only the `count` largest positive ones, W_jj = 0.

    `weigh` gives the weights of the titles j of a slice as rows, (n_slice, n_titles); it is asked block by block, so
    that memory stays flat.
    """
    step = block_rows(titles)
    blocks = []
    for start in range(0, titles, step):
        block = weigh(slice(start, min(start + step, titles)))
        blocks.append(nearest(block, count, start + np.arange(block.shape[0])))
    return csr_array(vstack(blocks, format="csr").T.tocsr())


def weighted_scores(liked: csr_array, weights: csr_array) -> FloatArray:
    """(n_viewers, n_titles) float32: liked·weights.

    Titles that many liked, and that are near to many, are multiplied densely by BLAS, the others sparsely.
    """
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


def weighted_contributions(liked: csr_array, weights: csr_array, rows: IntArray, columns: IntArray) -> csr_array:
    """(n_pairs, n_titles): the weight of each liked title of the pair's viewer on the pair's title."""
    return csr_array(liked[rows].multiply(weights[:, columns].T.tocsr()))
