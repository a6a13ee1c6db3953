"""EASE: a linear model of every title on all others, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.normal_equations import (
    BLOCK,
    FLOAT32_CONDITION,
    check_condition,
    check_memory,
    dense_contributions,
    dense_scores,
    factorise,
    gram,
    inverse,
    singular,
)
from plugins.recommend.private_gram import PrivateRecommender
from toolkit.model import setting

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class Ease(PrivateRecommender):
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

    With ``epsilon``, G is bounded and made noisy before all else (see docs/privacy.md).

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
        liked = likes_to_learn_from(self.name, interactions)
        activity = np.diff(liked.indptr)
        liked = liked[activity > 0]
        if self.epsilon is not None:
            self._fit_privately(liked, self.epsilon)
            return
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
        inverted = None
        if condition < FLOAT32_CONDITION:
            check_memory(self.name, titles, 4, "titles")
            matrix = gram(scaled.astype(np.float32))
            matrix[np.diag_indices(titles)] += penalty.astype(np.float32)
            inverted = _inverted(matrix)
        if inverted is None:
            check_condition(self.name, condition, self.regularisation)
            check_memory(self.name, titles, 8, "titles")
            matrix = gram(scaled.astype(np.float64))
            matrix[np.diag_indices(titles)] += penalty
            inverted = _inverted(matrix)
        if inverted is None:
            raise singular(self.name, self.regularisation)
        self._weights = _weights_of(inverted).astype(np.float32, copy=False)
        self._route = "titles"

    def _fit_privately(self, liked: csr_array, epsilon: float) -> None:
        """B as by titles, out of the noisy Gram matrix alone; 0 for titles that drown in the noise."""
        titles = liked.shape[1]
        check_memory(self.name, titles, 4, "titles")
        columns, matrix = self.private_gram(liked, self.activity, epsilon)
        matrix = matrix.astype(np.float64)
        diagonal = matrix.diagonal()
        matrix[np.diag_indices(columns.size)] += self.regularisation + self.diagonal_share * diagonal
        inverted = _inverted(matrix)
        if inverted is None:
            raise singular(self.name, self.regularisation)
        self._weights = np.zeros((titles, titles), dtype=np.float32)
        self._weights[np.ix_(columns, columns)] = _weights_of(inverted)
        self._route = "titles"

    def _fit_by_viewers(self, liked: csr_array, weights: FloatArray, penalty: FloatArray, condition: float) -> None:
        """P = Λ⁻¹ - Wᵀ·K·W with W = X·Λ⁻¹ and K = (D⁻¹ + X·Λ⁻¹·Xᵀ)⁻¹ (Woodbury), never titles by titles."""
        check_condition(self.name, condition, self.regularisation)
        viewers = liked.shape[0]
        check_memory(self.name, viewers, 16, "viewers")
        projection = (liked.astype(np.float64) @ diags_array(1 / penalty)).tocsr()
        matrix = np.ascontiguousarray((projection @ liked.T.astype(np.float64)).toarray())
        matrix[np.diag_indices(viewers)] += 1 / weights
        kernel = _inverted(matrix)
        if kernel is None:
            raise singular(self.name, self.regularisation)
        self._precision = 1 / penalty
        self._diagonal = self._precision - _quadratic_diagonal(projection, kernel)
        self._projection = projection.astype(np.float32)
        self._kernel = kernel.astype(np.float32)
        self._route = "viewers"

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: X·B, for anybody with a history."""
        liked = history.liked
        if self._route == "titles":
            return dense_scores(liked, self._weights)
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
        if self._route == "titles":
            return dense_contributions(liked, self._weights, columns)
        targets = np.repeat(np.asarray(columns), np.diff(liked.indptr))
        values = np.empty(liked.nnz, dtype=np.float32)
        wanted, place = np.unique(targets, return_inverse=True)
        by_column = np.argsort(place, kind="stable")
        for start in range(0, wanted.size, BLOCK):
            block = wanted[start : start + BLOCK]
            first, last = np.searchsorted(place[by_column], [start, start + block.size])
            entries = by_column[first:last]
            smoothed = self._projection.T @ (self._kernel @ self._projection[:, block].toarray())
            weights = smoothed / self._diagonal[block]
            weights[block, np.arange(block.size)] = 0
            values[entries] = weights[liked.indices[entries], place[entries] - start]
        return csr_array((values, liked.indices, liked.indptr), shape=liked.shape)


def _inverted(matrix: FloatArray) -> FloatArray | None:
    """Inverse, in place, of a symmetric positive definite matrix given by its upper triangle; None if it is not one."""
    factor = factorise(matrix)
    return None if factor is None else inverse(factor)


def _weights_of(inverted: FloatArray) -> FloatArray:
    """B_ij = -P_ij / P_jj, B_jj = 0, in the place of P."""
    inverted /= -inverted.diagonal().copy()
    np.fill_diagonal(inverted, 0)
    return inverted


def _quadratic_diagonal(projection: csr_array, kernel: FloatArray) -> FloatArray:
    """diag(Wᵀ·K·W) of a sparse (n, d) W and a dense (n, n) K, in blocks of columns."""
    by_column = projection.tocsc()
    blocks = []
    for start in range(0, projection.shape[1], BLOCK):
        block = by_column[:, start : start + BLOCK].toarray()
        blocks.append(np.einsum("ij,ij->j", block, kernel @ block))
    return np.concatenate(blocks)
