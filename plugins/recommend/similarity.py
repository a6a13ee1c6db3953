"""How alike rows of two sparse matrices are, and which rows are nearest: shared by the neighbourhood models.

Sources: X. Ning, C. Desrosiers and G. Karypis, "A Comprehensive Survey of Neighborhood-Based Recommendation
Methods", Recommender Systems Handbook, 2nd ed., 2015; shrinkage: R. Bell and Y. Koren, "Lessons from the Netflix
Prize Challenge", SIGKDD Explorations 9(2), 2007.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

Similarity = Literal["cosine", "pearson", "jaccard", "euclidean"]

# Similarities in a block, if every row were like every other: 64 MiB of float32.
_BLOCK_ENTRIES = 2**24


def block_rows(width: int) -> int:
    """How many rows of `width` similarities make a block."""
    return max(1, _BLOCK_ENTRIES // max(1, width))


def ones(matrix: csr_array) -> csr_array:
    """The same stored entries, all 1."""
    return csr_array((np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def squares(matrix: csr_array) -> csr_array:
    """The same stored entries, squared."""
    return csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)


def centred(matrix: csr_array) -> csr_array:
    """Stored entries less the mean of their row's stored entries; what is rounding of a zero is made one."""
    counts = np.diff(matrix.indptr)
    sums = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
    means = np.repeat(sums / np.maximum(counts, 1), counts)
    deviations = matrix.data - means
    deviations[np.abs(deviations) < 1e-6 * np.abs(means)] = 0
    return csr_array((deviations.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def unit(matrix: csr_array) -> csr_array:
    """Rows scaled to Euclidean length 1; a row of zeros stays one."""
    return csr_array(diags_array(_reciprocal(np.sqrt(_row_sums(squares(matrix))))) @ matrix)


def similarities(kind: Similarity, left: csr_array, right: csr_array, shrinkage: float = 0.0) -> csr_array:
    """(n_left, n_right) float32 CSR of similarities of the rows of two sparse matrices with the same columns.

    With C the columns that both rows have stored, n of them:

        cosine     Σ_C x·y / (‖x‖·‖y‖), lengths over all of a row's entries
        pearson    Σ_C x'·y' / √(Σ_C x'² · Σ_C y'²), x' = x less the mean of all of its row's entries
        jaccard    n / (entries of x + entries of y - n)
        euclidean  1 / (1 + √(Σ_C (x - y)²))

    Each is multiplied by n / (n + shrinkage), which draws in what rests on few columns. Rows without a common
    column have similarity 0, and so has a row that does not vary under pearson. Indices are in no order.
    """
    if kind == "jaccard" or (kind == "cosine" and (left.data == 1).all() and (right.data == 1).all()):
        return _of_sets(kind, left, right, shrinkage)
    if kind == "cosine":
        result = csr_array(unit(left) @ unit(right).T.tocsr())
        if shrinkage:
            shared = csr_array(ones(left) @ ones(right).T.tocsr())
            shared.data /= shared.data + np.float32(shrinkage)
            result = csr_array(result.multiply(shared))
        return result
    shared = product(ones(left), ones(right))
    if kind == "pearson":
        left_centred, right_centred = centred(left), centred(right)
        dense = product(left_centred, right_centred)
        scale = product(squares(left_centred), ones(right)) * product(ones(left), squares(right_centred))
        np.sqrt(scale, out=scale)
        dense = np.divide(dense, scale, out=np.zeros_like(dense), where=scale > 0)
    else:
        dense = product(squares(left), ones(right)) + product(ones(left), squares(right)) - 2 * product(left, right)
        dense = 1 / (1 + np.sqrt(np.maximum(dense, 0)))
    # Without shrinkage a tiny one still makes 0 of rows that share nothing.
    dense *= shared / (shared + np.float32(max(shrinkage, 1e-30)))
    return csr_array(dense)


def product(left: csr_array, right: csr_array) -> FloatArray:
    """left·rightᵀ as (n_left, n_right) dense."""
    return np.asarray((left @ right.T.tocsr()).toarray())


def nearest(similarity: csr_array, count: int, own: IntArray) -> csr_array:
    """(n_rows, n_columns) CSR with the `count` largest positive entries of each row; ties go to the smaller column.

    `own`, (n_rows,), is the column that stands for the row itself and is left out; -1 where there is none.
    """
    rows, columns = similarity.shape
    at = np.repeat(np.arange(rows), np.diff(similarity.indptr))
    keep = (similarity.data > 0) & (similarity.indices != own[at])
    at, data, indices = at[keep], similarity.data[keep], similarity.indices[keep]
    least = _least(data, np.bincount(at, minlength=rows), count)
    keep = data >= least[at]
    # Only where the last place is tied does a row hold more than it may.
    excess = np.bincount(at[keep], minlength=rows) - count
    tied = np.flatnonzero((data == least[at]) & (excess[at] > 0))
    if tied.size:
        tied = tied[np.argsort(at[tied].astype(np.int64) * columns + indices[tied])]
        lengths = np.bincount(at[tied], minlength=rows)
        place = np.arange(tied.size) - (np.cumsum(lengths) - lengths)[at[tied]]
        keep[tied[place >= (lengths - excess)[at[tied]]]] = False
    indptr = np.concatenate([[0], np.cumsum(np.bincount(at[keep], minlength=rows))])
    result = csr_array((data[keep], indices[keep], indptr), shape=(rows, columns))
    result.sort_indices()
    return result


def of_shared(
    kind: Similarity, shared: csr_array, in_left: FloatArray, in_right: FloatArray, shrinkage: float
) -> csr_array:
    """Cosine or jaccard of sets, out of how much they share, (n_left, n_right) above 0, and how much each holds."""
    lengths = np.diff(shared.indptr)
    right = in_right[shared.indices]
    if kind == "jaccard":
        scale = np.repeat(in_left, lengths) + right - shared.data
    else:
        scale = np.repeat(np.sqrt(in_left), lengths) * np.sqrt(right)
    if shrinkage:
        scale *= 1 + np.float32(shrinkage) / shared.data
    return csr_array((shared.data / scale, shared.indices, shared.indptr), shape=shared.shape)


def _of_sets(kind: Similarity, left: csr_array, right: csr_array, shrinkage: float) -> csr_array:
    """Cosine or jaccard of sets, out of how many columns they share."""
    shared = csr_array(ones(left) @ ones(right).T.tocsr())
    in_left, in_right = (np.diff(matrix.indptr).astype(np.float32) for matrix in (left, right))
    return of_shared(kind, shared, in_left, in_right, shrinkage)


def _least(data: FloatArray, lengths: IntArray, count: int) -> FloatArray:
    """(n_rows,) the `count`-th largest of each row's positive data, 0 where there are no more than that.

    Rows of about the same length are laid side by side in one array, so that few blocks serve all.
    """
    least = np.zeros(lengths.size, dtype=data.dtype)
    starts = np.cumsum(lengths) - lengths
    longer = np.flatnonzero(lengths > count)
    size = np.frexp(lengths[longer].astype(np.float64))[1]
    for each in np.unique(size):
        group = longer[size == each]
        width = int(lengths[group].max())
        place = np.arange(width)
        inside = place < lengths[group, None]
        padded = np.zeros(inside.shape, dtype=data.dtype)
        padded[inside] = data[(starts[group, None] + place)[inside]]
        least[group] = np.partition(padded, width - count, axis=1)[:, width - count]
    return least


def _row_sums(matrix: csr_array) -> FloatArray:
    return np.asarray(matrix.sum(axis=1)).ravel()


def _reciprocal(values: FloatArray) -> FloatArray:
    return np.divide(1, values, out=np.zeros_like(values), where=values > 0)
