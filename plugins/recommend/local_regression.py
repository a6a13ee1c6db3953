"""Each title regressed on the titles nearest to it alone, for where the equations of all titles do not fit in memory.

Sources: the approximation by the neighbourhood of each title: H. Steck, "Markov Random Fields for Collaborative
Filtering", NeurIPS 2019; regressions on the nearest titles by cosine: X. Ning and G. Karypis, "SLIM: Sparse Linear
Methods for Top-N Recommender Systems" (fsSLIM), ICDM 2011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.nearest_titles import nearest_titles
from plugins.recommend.similarity import block_rows, unit
from toolkit.shards import submit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray

# Titles that each title is regressed on. On MovieLens ml-latest-small twice as many rank hardly better.
NEIGHBOURS = 100
# Entries of the systems that are held at once, as 256 MiB of float32 …
_HELD_ENTRIES = 2**26
# … and of those that are filled or solved at once.
_BATCH_ENTRIES = 2**22


def local_weights(
    rows: csr_array, weights: FloatArray, penalty: FloatArray, dtype: type[np.floating[Any]], count: int = NEIGHBOURS
) -> csr_array:
    """(n_titles, n_titles) float32 CSR of weights B of ridge regressions of each title on its `count` nearest.

    With S_j the titles i ≠ j of largest positive cosine G_ij / √(G_ii · G_jj), ties to the smaller i:

        G = Rᵀ·diag(w)·R,  A = G + Λ
        A_SS · b = A_Sj with S = S_j;  B_ij = b_i for i in S_j, else 0

    With all other titles in S_j, column j of B is the one that a regression on all others has.

    Args:
        rows: (n, n_titles) CSR R; no entry is below 0.
        weights: (n,) w.
        penalty: (n_titles,) the diagonal of Λ, above 0.
        dtype: that the systems are solved in.
        count: how many titles S_j has at most.

    Raises:
        LinAlgError: a system cannot be solved.
    """
    by_title = csr_array(rows.astype(np.float64).T @ diags_array(np.sqrt(weights))).astype(dtype)
    lengths = np.sqrt(by_title.multiply(by_title).sum(axis=1))
    units = unit(by_title)
    across = units.T.tocsr()
    near = nearest_titles(lengths.size, count, lambda block: units[block] @ across).T.tocsr()
    near.data *= np.repeat(lengths, np.diff(near.indptr)) * lengths[near.indices]
    # Titles that weigh about as much have about as many neighbours, and many of these in common.
    order = np.argsort(lengths, kind="stable")
    near = near[order]
    step = max(1, _HELD_ENTRIES // max(1, int(np.diff(near.indptr).max())) ** 2)
    found = [_regressed(near[start : start + step], by_title, penalty) for start in range(0, order.size, step)]
    solved = csr_array((np.concatenate(found).astype(np.float32), near.indices, near.indptr), shape=near.shape)
    return csr_array(solved[np.argsort(order)].T.tocsr())


def _regressed(near: csr_array, by_title: csr_array, penalty: FloatArray) -> FloatArray:
    """Weights of regressions on the stored titles of each row, G_Sj, of `near`, in its order."""
    counts = np.diff(near.indptr)
    inside = np.arange(counts.max()) < counts[:, None]
    left, right = _gram_of_each(near, inside, by_title), np.zeros(inside.shape, by_title.dtype)
    right[inside] = near.data
    # Where a title has fewer neighbours than others stand a row and a column of the identity matrix.
    ridge = np.ones(inside.shape, by_title.dtype)
    ridge[inside] = penalty[near.indices]
    diagonal = np.arange(inside.shape[1])
    left[:, diagonal, diagonal] += ridge

    def solve(batch: slice) -> FloatArray:
        return np.linalg.solve(left[batch], right[batch, :, None])[:, :, 0]

    solved = np.concatenate(list(submit(solve, _batches(counts.size, diagonal.size**2))))
    return np.asarray(solved[inside])


def _gram_of_each(near: csr_array, inside: NDArray[np.bool_], by_title: csr_array) -> FloatArray:
    """(n_rows, width, width) G_SS of the stored titles S of each row, which are its places `inside`; 0 elsewhere."""
    together, which = np.unique(near.indices, return_inverse=True)
    rows = by_title[together]
    # One more, of zeros, stands where a title has fewer neighbours than others.
    rows.resize(together.size + 1, rows.shape[1])
    across = rows.T.tocsr()
    columns = np.full(inside.shape, together.size)
    columns[inside] = which
    of_row, place = np.nonzero(inside)
    by_which = np.argsort(which, kind="stable")
    left = np.zeros((*inside.shape, inside.shape[1]), dtype=by_title.dtype)
    step = block_rows(together.size + 1)
    for start in range(0, together.size, step):
        products = (rows[start : start + step] @ across).toarray()
        first, last = np.searchsorted(which, [start, start + step], sorter=by_which)
        for batch in _batches(last - first, inside.shape[1]):
            entries = by_which[first:last][batch]
            of = of_row[entries]
            left[of, place[entries]] = products[(which[entries] - start)[:, None], columns[of]]
    return left


def _batches(size: int, width: int) -> list[slice]:
    """Slices of `size` things of `width` entries each."""
    step = max(1, _BATCH_ENTRIES // max(1, width))
    return [slice(start, start + step) for start in range(0, size, step)]
