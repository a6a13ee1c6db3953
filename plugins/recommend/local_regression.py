"""Each title regressed on the titles nearest to it alone, for where the equations of all titles do not fit in memory.

Sources: the approximation by the neighbourhood of each title: H. Steck, "Markov Random Fields for Collaborative
Filtering", NeurIPS 2019; regressions on the nearest titles by cosine: X. Ning and G. Karypis, "SLIM: Sparse Linear
Methods for Top-N Recommender Systems" (fsSLIM), ICDM 2011.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.nearest_titles import nearest_titles
from plugins.recommend.normal_equations import gram, mirror
from plugins.recommend.similarity import unit
from toolkit.shards import submit

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

# Titles that each title is regressed on. On MovieLens ml-latest-small twice as many rank hardly better.
NEIGHBOURS = 100
# Titles whose Gram matrix is at hand at once, as 256 MiB of float32 …
_TOGETHER = 8192
# … and entries of the systems that are solved at once: 16 MiB each.
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
    units = unit(by_title).astype(np.float32)
    across = units.T.tocsr()
    near = nearest_titles(by_title.shape[0], count, lambda block: units[block] @ across).T.tocsr()
    # Numbered entries say where in `found` the weights of any of these rows belong.
    near.data = np.arange(near.nnz)
    found = np.empty(near.nnz, dtype=np.float32)
    # Titles liked by about as many are near to one another, and have about as many neighbours.
    for titles, together in _parts(near, np.argsort(by_title.multiply(by_title).sum(axis=1), kind="stable")):
        equations = _Equations(near, by_title, penalty, together)
        widest = int(np.diff(near.indptr)[titles].max())
        step = max(1, _BATCH_ENTRIES // max(1, widest) ** 2)
        batches = [titles[start : start + step] for start in range(0, titles.size, step)]
        for entries, values in submit(equations.solve, batches):
            found[entries] = values
    return csr_array(csr_array((found, near.indices, near.indptr), shape=near.shape).T.tocsr())


class _Equations:
    """A of titles that lie together, and the regressions of those among them whose neighbours all do."""

    def __init__(self, near: csr_array, by_title: csr_array, penalty: FloatArray, together: IntArray) -> None:
        self.near, self.together = near, together
        rows = by_title[together]
        # One more, of zeros, stands where a title has fewer neighbours than others.
        rows.resize(together.size + 1, rows.shape[1])
        self.matrix = mirror(gram(rows.T.tocsr()))
        self.matrix[np.diag_indices(together.size)] += penalty[together].astype(rows.dtype)

    def solve(self, titles: IntArray) -> tuple[IntArray, FloatArray]:
        """The numbers of the titles' entries, and their weights."""
        mine = self.near[titles]
        counts = np.diff(mine.indptr)
        inside = np.arange(counts.max()) < counts[:, None]
        place = np.full(inside.shape, self.together.size)
        place[inside] = np.searchsorted(self.together, mine.indices)
        own = np.searchsorted(self.together, titles)
        left = self.matrix[place[:, :, None], place[:, None, :]]
        diagonal = np.arange(inside.shape[1])
        left[:, diagonal, diagonal] += ~inside
        right = self.matrix[place, own[:, None]]
        weights = np.linalg.solve(left, right[:, :, None])[:, :, 0]
        return mine.data, weights[inside]


def _parts(near: csr_array, order: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Stretches of the titles in this order, each with the sorted titles that it and its neighbours are.

    A stretch is halved until these are few enough, or it is one title.
    """
    waiting = [order]
    while waiting:
        titles = waiting.pop()
        together = np.union1d(titles, near[titles].indices)
        if together.size <= _TOGETHER or titles.size == 1:
            yield titles, together
        else:
            waiting += [titles[titles.size // 2 :], titles[: titles.size // 2]]
