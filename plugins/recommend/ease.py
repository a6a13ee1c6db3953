"""EASE: a linear model of every title on all others, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs
from scipy.sparse import csr_array, diags_array

from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

_BLOCK = 512
# Beyond this bound on the condition number, float32 would cost more than 1 % of the scores' precision …
_FLOAT32_CONDITION = 1e5
# … and beyond this one, float64 as well.
_FLOAT64_CONDITION = 1e13
# A multiply-add of a sparse product takes as long as this many of a dense one, which BLAS does in vectors.
_SPARSE_GRAM_COST = 150
_SPARSE_SCORE_COST = 13


class Ease(Recommender):
    """Linear model of each title on all others: accurate, fast, and it says why.

    EASE in closed form, which weighs viewers by how little they watched.

    With X the (n_viewers, n_titles) matrix of ones where a viewer liked a title, and n_u the titles that u liked:

        G = Xᵀ·D·X,  D = diag(n_u ** -activity)
        P = (G + Λ)⁻¹,  Λ = diag(regularisation + diagonal_share · G_jj)
        B_ij = -P_ij / P_jj,  B_jj = 0;  scores = X·B

    ``activity=0, diagonal_share=0`` is the paper's model; its λ is then of the order of hundreds. Activity
    weighting keeps a viewer who liked a thousand titles from counting a million times in G against another's
    hundred; it shrinks G about √n_u-fold, and λ with it. The share grows with a title's own popularity, as dropout
    of that share's odds does, so that λ need not grow with the data.

    Source: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019; the share of the diagonal:
    H. Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020.
    """

    name: ClassVar[str] = "ease"

    regularisation: float = setting(10.0, "Regularisation λ: the larger, the smaller the weights", gt=0)
    diagonal_share: float = setting(0.5, "Share of a title's own diagonal of the Gram matrix that is added to λ", ge=0)
    activity: float = setting(
        0.5, "Weigh a viewer with n liked titles by n ** -activity; 0 weighs all alike", ge=0, le=2
    )

    _route: str
    _weights: FloatArray
    _projection: csr_array
    _kernel: FloatArray
    _precision: FloatArray
    _diagonal: FloatArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights, by titles or by viewers, whichever is cheaper; both give the same scores.

        Raises ModelError where nobody likes anything, where memory is short, and where λ is too small to solve.
        """
        liked = interactions.liked
        activity = np.diff(liked.indptr)
        liked = liked[activity > 0]
        if not liked.shape[0]:
            raise ModelError(
                f"ease has nothing to learn from: none of {interactions.values.nnz:,} interactions reaches the "
                f"threshold {interactions.threshold:g}; set a lower one"
            )
        weights = activity[activity > 0].astype(np.float64) ** -self.activity
        gram_diagonal = liked.T @ weights
        penalty = self.regularisation + self.diagonal_share * gram_diagonal
        # The largest row sum bounds the largest eigenvalue of a matrix without negatives; G itself has none below 0.
        row_sums = liked.T @ (weights * np.diff(liked.indptr)) + penalty
        condition = float(row_sums.max() / penalty.min())
        viewers, titles = liked.shape
        # Cholesky and inverse take n³; by viewers in float64, which is half as fast, and as much again to score.
        if 4.0 * viewers**3 < float(titles) ** 3:
            self._fit_by_viewers(liked, weights, penalty, condition)
        else:
            self._fit_by_titles(liked, weights, penalty, condition)

    def _fit_by_titles(self, liked: csr_array, weights: FloatArray, penalty: FloatArray, condition: float) -> None:
        """B as one dense (n_titles, n_titles) float32 matrix: Gram, Cholesky and inverse in the same memory."""
        scaled = diags_array(np.sqrt(weights)) @ liked
        titles = liked.shape[1]
        inverse = None
        if condition < _FLOAT32_CONDITION:
            self._check_memory(titles, 4, "titles")
            matrix = _gram(scaled.astype(np.float32))
            matrix[np.diag_indices(titles)] += penalty.astype(np.float32)
            inverse = _invert(matrix)
        if inverse is None:
            self._check_condition(condition)
            self._check_memory(titles, 8, "titles")
            matrix = _gram(scaled.astype(np.float64))
            matrix[np.diag_indices(titles)] += penalty
            inverse = _invert(matrix)
        if inverse is None:
            raise ModelError(self._singular())
        diagonal = inverse.diagonal().copy()
        inverse /= -diagonal
        np.fill_diagonal(inverse, 0)
        self._weights = inverse.astype(np.float32, copy=False)
        self._route = "titles"

    def _fit_by_viewers(self, liked: csr_array, weights: FloatArray, penalty: FloatArray, condition: float) -> None:
        """P = Λ⁻¹ - Wᵀ·K·W with W = X·Λ⁻¹ and K = (D⁻¹ + X·Λ⁻¹·Xᵀ)⁻¹ (Woodbury), never titles by titles."""
        self._check_condition(condition)
        viewers = liked.shape[0]
        self._check_memory(viewers, 16, "viewers")
        projection = (liked.astype(np.float64) @ diags_array(1 / penalty)).tocsr()
        matrix = np.ascontiguousarray((projection @ liked.T.astype(np.float64)).toarray())
        matrix[np.diag_indices(viewers)] += 1 / weights
        kernel = _invert(matrix)
        if kernel is None:
            raise ModelError(self._singular())
        self._precision = 1 / penalty
        self._diagonal = self._precision - _quadratic_diagonal(projection, kernel)
        self._projection = projection.astype(np.float32)
        self._kernel = kernel.astype(np.float32)
        self._route = "viewers"

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: X·B, for anybody with a history."""
        liked = history.liked
        if self._route == "titles":
            viewers, titles = liked.shape
            if liked.nnz * _SPARSE_SCORE_COST < viewers * titles:
                return np.asarray(liked @ self._weights)
            return np.asarray(liked.toarray() @ self._weights)
        # X·B = X - X·P / diag(P); the columns' own terms cancel in it.
        nearness = (liked @ self._projection.T).toarray() @ self._kernel
        scores = nearness @ self._projection
        scores /= self._diagonal.astype(np.float32)
        own = (1 - self._precision / self._diagonal).astype(np.float32)
        scores[np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr)), liked.indices] += own[liked.indices]
        return np.ascontiguousarray(scores)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): x_ui · B_ij of each liked title i of the pair's viewer, for the pair's title j."""
        liked = history.liked[rows]
        targets = np.repeat(np.asarray(columns), np.diff(liked.indptr))
        if self._route == "titles":
            return csr_array((self._weights[liked.indices, targets], liked.indices, liked.indptr), shape=liked.shape)
        values = np.empty(liked.nnz, dtype=np.float32)
        wanted, place = np.unique(targets, return_inverse=True)
        by_column = np.argsort(place, kind="stable")
        for start in range(0, wanted.size, _BLOCK):
            block = wanted[start : start + _BLOCK]
            first, last = np.searchsorted(place[by_column], [start, start + block.size])
            entries = by_column[first:last]
            smoothed = self._projection.T @ (self._kernel @ self._projection[:, block].toarray())
            weights = smoothed / self._diagonal[block]
            weights[block, np.arange(block.size)] = 0
            values[entries] = weights[liked.indices[entries], place[entries] - start]
        return csr_array((values, liked.indices, liked.indptr), shape=liked.shape)

    def _check_memory(self, size: int, bytes_an_entry: int, what: str) -> None:
        import psutil

        wanted, free = size**2 * bytes_an_entry * 1.1, psutil.virtual_memory().available
        if wanted > free:
            raise ModelError(
                f"ease needs {wanted / 2**30:.1f} GiB for {size:,} {what} squared and {free / 2**30:.1f} GiB are "
                "free; take item-knn, or fewer titles"
            )

    def _check_condition(self, condition: float) -> None:
        if condition > _FLOAT64_CONDITION:
            raise ModelError(self._singular())

    def _singular(self) -> str:
        return f"ease cannot solve for its weights with regularisation {self.regularisation:g}; set a larger one"


def _gram(matrix: csr_array) -> FloatArray:
    """AᵀA of a (n, d) sparse matrix as (d, d) dense, its upper triangle only; in blocks, by the cheaper product."""
    rows, size = matrix.shape
    multiply_adds = float((np.diff(matrix.indptr).astype(np.float64) ** 2).sum())
    gram = np.zeros((size, size), dtype=matrix.dtype)
    if multiply_adds * _SPARSE_GRAM_COST < float(size) * size * rows:
        transposed = matrix.T.tocsr()
        by_column = matrix.tocsc()
        for start in range(0, size, _BLOCK):
            stop = min(size, start + _BLOCK)
            gram[start:stop, start:] = (transposed[start:stop] @ by_column[:, start:].tocsr()).toarray()
        return gram
    (syrk,) = get_blas_funcs(("syrk",), dtype=matrix.dtype)
    for start in range(0, rows, _BLOCK):
        dense = matrix[start : start + _BLOCK].toarray()
        # Transposed views are in Fortran's order, so that BLAS works in place; its lower triangle is our upper one.
        syrk(1.0, dense.T, beta=1.0, c=gram.T, lower=1, overwrite_c=1)
    return gram


def _invert(matrix: FloatArray) -> FloatArray | None:
    """Inverse, in place, of a symmetric positive definite matrix given by its upper triangle; None if it is not one."""
    factorise, invert = get_lapack_funcs(("potrf", "potri"), dtype=matrix.dtype)
    factor, failed = factorise(matrix.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        return None
    inverse, failed = invert(factor, lower=1, overwrite_c=1)
    if failed:
        return None
    symmetric: FloatArray = inverse.T
    size = symmetric.shape[0]
    for start in range(0, size, _BLOCK):
        stop = min(size, start + _BLOCK)
        corner = np.triu(symmetric[start:stop, start:stop])
        symmetric[start:stop, start:stop] = corner + np.triu(corner, 1).T
        symmetric[stop:, start:stop] = symmetric[start:stop, stop:].T
    return symmetric


def _quadratic_diagonal(projection: csr_array, kernel: FloatArray) -> FloatArray:
    """diag(Wᵀ·K·W) of a sparse (n, d) W and a dense (n, n) K, in blocks of columns."""
    by_column = projection.tocsc()
    blocks = []
    for start in range(0, projection.shape[1], _BLOCK):
        block = by_column[:, start : start + _BLOCK].toarray()
        blocks.append(np.einsum("ij,ij->j", block, kernel @ block))
    return np.concatenate(blocks)
