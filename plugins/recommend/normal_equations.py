"""Linear models of each title on all others, solved at once: Gram matrices, Cholesky, scores of dense weights."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs
from scipy.sparse import csr_array

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

BLOCK = 512
# 27,000 rows are factorised by several threads without fault, and 39,687 end in a segmentation fault.
_MOST_THREADED = 32_767
# Beyond this bound on the condition number, float32 would cost more than 1 % of the scores' precision …
FLOAT32_CONDITION = 1e5
# … and beyond this one, float64 as well.
FLOAT64_CONDITION = 1e13
# A multiply-add of a sparse product takes as long as this many of a dense one, which BLAS does in vectors.
_SPARSE_GRAM_COST = 150
_SPARSE_SCORE_COST = 13


class MemoryShortError(ModelError):
    """Matrices that would not fit in memory; `why` says how much they take and how much was free."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


def check_memory(
    name: str, size: int, bytes_an_entry: int, what: str, instead: str = "ease, als or item-knn, which need less"
) -> None:
    """Raise MemoryShortError where a model's matrices of size² entries would not fit; `instead` is what would do it."""
    import psutil

    wanted, free = size**2 * bytes_an_entry * 1.1, psutil.virtual_memory().available
    if wanted > free:
        needed, there = f"{wanted / 2**30:.1f} GiB", f"{free / 2**30:.1f} GiB"
        raise MemoryShortError(
            f"{name} needs {needed} for {size:,} {what} squared and {there} are free; take {instead}, or fewer titles",
            f"{size:,} {what} squared take {needed}, and {there} were free",
        )


def check_condition(name: str, condition: float, regularisation: float) -> None:
    """Raise ModelError where not even float64 can solve."""
    if condition > FLOAT64_CONDITION:
        raise singular(name, regularisation)


def singular(name: str, regularisation: float) -> ModelError:
    """The error of equations that cannot be solved."""
    return ModelError(f"{name} cannot solve for its weights with regularisation {regularisation:g}; set a larger one")


def gram(matrix: csr_array) -> FloatArray:
    """AᵀA of a (n, d) sparse matrix as (d, d) dense, its upper triangle only; in blocks, by the cheaper product."""
    rows, size = matrix.shape
    multiply_adds = float((np.diff(matrix.indptr).astype(np.float64) ** 2).sum())
    products = np.zeros((size, size), dtype=matrix.dtype)
    if multiply_adds * _SPARSE_GRAM_COST < float(size) * size * rows:
        transposed = matrix.T.tocsr()
        by_column = matrix.tocsc()
        for start in range(0, size, BLOCK):
            stop = min(size, start + BLOCK)
            products[start:stop, start:] = (transposed[start:stop] @ by_column[:, start:].tocsr()).toarray()
        return products
    (syrk,) = get_blas_funcs(("syrk",), dtype=matrix.dtype)
    for start in range(0, rows, BLOCK):
        dense = matrix[start : start + BLOCK].toarray()
        # Transposed views are in Fortran's order, so that BLAS works in place; its lower triangle is our upper one.
        syrk(1.0, dense.T, beta=1.0, c=products.T, lower=1, overwrite_c=1)
    return products


def factorise(matrix: FloatArray) -> FloatArray | None:
    """Cholesky factor U, UᵀU = A, in the upper triangle of A and in its place; None if A is not positive definite.

    Only the upper triangle of A is read; what is below the diagonal has no meaning.
    """
    (potrf,) = get_lapack_funcs(("potrf",), dtype=matrix.dtype)
    with _few_threads(matrix.shape[0]):
        factor, failed = potrf(matrix.T, lower=1, overwrite_a=1, clean=0)
    return None if failed else factor.T


def _few_threads(size: int) -> AbstractContextManager[object]:
    """One BLAS thread for matrices so large that OpenBLAS crashes with several."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, "blas") if size > _MOST_THREADED else nullcontext()


def solve(factor: FloatArray, right: FloatArray) -> FloatArray:
    """A⁻¹·B in the place of B, (d, n) in C's order, by the Cholesky factor of A."""
    (trsm,) = get_blas_funcs(("trsm",), dtype=factor.dtype)
    half = trsm(1.0, factor.T, right.T, side=1, lower=1, trans_a=1, overwrite_b=1)
    whole: FloatArray = trsm(1.0, factor.T, half, side=1, lower=1, trans_a=0, overwrite_b=1).T
    return whole


def inverse(factor: FloatArray) -> FloatArray | None:
    """A⁻¹ by the Cholesky factor of A, and in its place; None if it cannot be had."""
    (potri,) = get_lapack_funcs(("potri",), dtype=factor.dtype)
    lower, failed = potri(factor.T, lower=1, overwrite_c=1)
    return None if failed else mirror(lower.T)


def mirror(matrix: FloatArray) -> FloatArray:
    """The symmetric matrix, in place, whose upper triangle is given."""
    size = matrix.shape[0]
    for start in range(0, size, BLOCK):
        stop = min(size, start + BLOCK)
        corner = np.triu(matrix[start:stop, start:stop])
        matrix[start:stop, start:stop] = corner + np.triu(corner, 1).T
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
    return matrix


def dense_scores(history: csr_array, weights: FloatArray) -> FloatArray:
    """(n_viewers, n_titles): history·weights, by the cheaper product."""
    viewers, titles = history.shape
    if history.nnz * _SPARSE_SCORE_COST < viewers * titles:
        return np.asarray(history @ weights)
    return np.asarray(history.toarray() @ weights)


def dense_contributions(history: csr_array, weights: FloatArray, columns: IntArray) -> csr_array:
    """(n_pairs, n_titles): h_i · W_ij of each entry i of the pair's history, (n_pairs, n_titles), and its title j."""
    targets = np.repeat(np.asarray(columns), np.diff(history.indptr))
    values = history.data * weights[history.indices, targets]
    return csr_array((values, history.indices, history.indptr), shape=history.shape)
