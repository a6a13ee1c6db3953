"""What ranked lists do with the catalogue: how much of it they show, how evenly, how novel and how varied they are.

Lists are `columns`, (b, K) ranked columns padded with -1; the first k places are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

Float64 = NDArray[np.float64]

_BLOCK_BYTES = 32 << 20


def exposure(columns: IntArray, k: int, n_titles: int) -> IntArray:
    """(n_titles,) how many of the lists show each title in their first k places."""
    shown = columns[:, :k]
    counts: IntArray = np.bincount(shown[shown >= 0], minlength=n_titles)
    return counts


def coverage(columns: IntArray, k: int, n_titles: int) -> float:
    """Share of the catalogue that at least one list shows: Herlocker et al. 2004; Ge et al. 2010.

    Two lists that show titles 0, 1 and 0, 2 of four: 3/4.

    >>> coverage(np.array([[0, 1], [0, 2]]), 2, 4)
    0.75
    """
    return float(np.count_nonzero(exposure(columns, k, n_titles)) / max(n_titles, 1))


def gini(columns: IntArray, k: int, n_titles: int) -> float:
    """Gini coefficient of exposure over the whole catalogue: 0 where all titles are shown equally often, 1 - 1/n
    where one is shown alone. Gini 1912; Fleder & Hosanagar 2009.

        Σ_i (2 i - n - 1) x_i / (n Σ_i x_i), with the exposures x in ascending order, i from 1

    Exposures 0, 1, 1, 2: (-3·0 - 1·1 + 1·1 + 3·2) / (4·4) = 6/16.

    >>> gini(np.array([[0, 1], [0, 2]]), 2, 4)
    0.375
    """
    shown = np.sort(exposure(columns, k, n_titles))
    total = shown.sum()
    if not total:
        return 0.0
    weights = 2 * np.arange(1, n_titles + 1) - n_titles - 1
    return float((weights * shown).sum() / (n_titles * total))


def mean_of_lists(columns: IntArray, k: int, of_title: Float64) -> Float64:
    """(b,) the mean over each list of a number of each title, (n_titles,); 0 of an empty list.

    >>> mean_of_lists(np.array([[0, 2], [1, -1], [-1, -1]]), 2, np.array([1.0, 2.0, 4.0]))
    array([2.5, 2. , 0. ])
    """
    shown = columns[:, :k]
    filled = shown >= 0
    total: Float64 = np.where(filled, of_title[shown], 0.0).sum(axis=1)
    total /= np.maximum(filled.sum(axis=1), 1)
    return total


def novelty(columns: IntArray, k: int, popularity: FloatArray | IntArray, n_viewers: int) -> Float64:
    """Mean self-information of the titles in each list, in bits, (b,): Zhou et al. 2010; Vargas & Castells 2011.

        -log2(popularity / n_viewers)

    A title that nobody has counts as if one viewer had it; an empty list has novelty 0. Of 8 viewers, 8 have title 0
    and 2 have title 1: (0 + 2) / 2.

    Args:
        columns: (b, K).
        k: places that are judged.
        popularity: (n_titles,) viewers who have an interaction with each title in training.
        n_viewers: viewers in training.

    >>> novelty(np.array([[0, 1]]), 2, np.array([8, 2]), 8)
    array([1.])
    """
    return mean_of_lists(columns, k, -np.log2(np.maximum(popularity, 1) / max(n_viewers, 1)))


def diversity(columns: IntArray, k: int, vectors: csr_array | FloatArray) -> Float64:
    """Intra-list diversity, (b,): the mean of 1 - cosine over all pairs of titles in each list.

    Ziegler et al. 2005 (there as similarity). A title without features has cosine 0 with every other; a list of fewer
    than two titles has no pair and diversity 0. Titles (1, 0), (1, 1) and (0, 1): (0.2929 + 0.2929 + 1) / 3.

    Args:
        columns: (b, K).
        k: places that are judged.
        vectors: (n_titles, n_features), sparse or dense.

    >>> diversity(np.array([[0, 1, 2]]), 3, np.array([[1, 0], [1, 1], [0, 1]])).round(4)
    array([0.5286])
    """
    shown = columns[:, :k]
    viewer, slot = np.nonzero(shown >= 0)
    if not viewer.size:
        return np.zeros(shown.shape[0])
    titles, local = np.unique(shown[viewer, slot], return_inverse=True)
    units = unit_vectors(vectors, titles)
    # place of each listed title among the distinct ones; the empty places point at one more, of cosine 0
    places = np.full(shown.shape, titles.size, dtype=np.int64)
    places[viewer, slot] = local
    order = np.argsort(local, kind="stable")
    viewer, local = viewer[order], local[order]
    cosines = np.zeros(shown.shape[0])
    size = max(1, _BLOCK_BYTES // (8 * titles.size))
    for start in range(0, titles.size, size):
        block = (units[start : start + size] @ units.T).toarray()
        block[np.arange(block.shape[0]), start + np.arange(block.shape[0])] = 0  # no title is paired with itself
        block = np.pad(block, ((0, 0), (0, 1)))
        first, last = np.searchsorted(local, [start, start + size])
        owners = viewer[first:last]
        sums = block[local[first:last, None] - start, places[owners]].sum(axis=1, dtype=np.float64)
        cosines += np.bincount(owners, weights=sums, minlength=cosines.size)
    length = (shown >= 0).sum(axis=1)
    pairs = length * (length - 1)  # each pair was met from both ends
    return np.where(pairs > 0, 1 - cosines / np.maximum(pairs, 1), 0.0)


def unit_vectors(vectors: csr_array | FloatArray, titles: IntArray) -> csr_array:
    """The vectors of `titles` scaled to length 1, those of zeros left as they are."""
    chosen = csr_array(vectors)[titles].astype(np.float64)
    lengths = np.sqrt(chosen.multiply(chosen).sum(axis=1))
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return csr_array(diags_array(inverse) @ chosen)
