"""Each title regressed on all others by ridge regression, solved in closed form: shared by models of such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import block_diag
from scipy.sparse import csr_array, diags_array, vstack

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.local_regression import NEIGHBOURS, local_weights
from plugins.recommend.nearest_titles import weighted_contributions, weighted_scores
from plugins.recommend.normal_equations import (
    BLOCK,
    FLOAT32_CONDITION,
    MemoryShortError,
    check_condition,
    check_memory,
    dense_contributions,
    dense_scores,
    factorise,
    gram,
    inverse,
    singular,
)
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between
from toolkit.topn import top_n

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray, Interactions


@dataclass(frozen=True)
class Evidence:
    """What titles are regressed on one another by.

    Attributes:
        rows: (n, n_titles) CSR R; no entry is below 0.
        weights: (n,) float64, what each row weighs.
        penalty: (n_titles,) the diagonal of Λ.
        share: what the weights found by it are multiplied by.
        what: the rows are, as an error says it.
    """

    rows: csr_array
    weights: FloatArray
    penalty: FloatArray
    share: float
    what: str

    def condition(self) -> float:
        """A bound on the condition number of G + Λ."""
        # The largest row sum bounds the largest eigenvalue of a matrix without negatives; G itself has none below 0.
        row_sums = self.rows.T @ (self.weights * np.asarray(self.rows.sum(axis=1, dtype=np.float64))) + self.penalty
        return float(row_sums.max() / self.penalty.min())


class TitleRegression(Recommender):
    """Scores X·B, where B makes each column of a (n, n_titles) matrix R, or of several, out of the others.

    The rows of R weigh by w:

        G = Rᵀ·diag(w)·R
        P = (G + Λ)⁻¹,  Λ = diag(λ + diagonal_share · G_jj)
        B_ij = -P_ij / P_jj,  B_jj = 0

    Where neither titles by titles nor rows by rows fit in memory, each title is regressed on its nearest alone.
    """

    regularisation: float = setting(
        10.0, "Regularisation λ: the larger, the smaller the weights", gt=0, search=Between(1, 1000, log=True)
    )
    diagonal_share: float = setting(
        0.5, "Share of a title's own diagonal of the Gram matrix that is added to λ", ge=0, search=Between(0, 2)
    )
    activity: float = setting(
        0.5,
        "Weigh a viewer with n liked titles by n ** -activity; 0 weighs all alike",
        ge=0,
        le=2,
        search=Between(0, 1),
    )

    # Of the route by titles B, and of that by rows its parts: B = leftᵀ·kernel·right, but for its diagonal; of that by
    # nearest titles a sparse B, and why it was taken.
    _n_titles: int
    _route: str
    _why: str = ""
    _weights: FloatArray
    _nearest: csr_array
    _left: csr_array
    _kernel: FloatArray
    _right: csr_array
    _own: FloatArray

    def _likes(self, interactions: Interactions, share: float = 1.0, columns: IntArray | None = None) -> Evidence:
        """Viewers as evidence, by which of the titles at `columns`, or of all, they liked.

        Raises ModelError where nobody likes anything.
        """
        liked = likes_to_learn_from(self.name, interactions)
        liked = liked if columns is None else liked[:, columns]
        counts = np.diff(liked.indptr)
        weights = counts[counts > 0].astype(np.float64) ** -self.activity
        return self._evidence(liked[counts > 0], weights, self.regularisation, share, "viewers")

    def _evidence(
        self, rows: csr_array, weights: FloatArray, regularisation: float, share: float, what: str
    ) -> Evidence:
        penalty = regularisation + self.diagonal_share * (rows.multiply(rows).T @ weights)
        return Evidence(rows, weights, penalty, share, what)

    def _solve(self, *evidence: Evidence) -> None:
        """Solve for Σ share · B, by titles or by rows, whichever is cheaper; both give the same scores.

        Where memory is short, by the other one, and where it is so for both, by nearest titles, which gives others.
        Raises ModelError where λ is too small to solve.
        """
        titles = self._n_titles = evidence[0].rows.shape[1]
        routes = [self._solve_by_titles, self._solve_by_rows]
        # Cholesky and inverse take n³; by rows in float64, which is half as fast, and as much again to score.
        if 4.0 * sum(each.rows.shape[0] ** 3 for each in evidence) < len(evidence) * float(titles) ** 3:
            routes.reverse()
        self._why = ""
        short = []
        for route in routes:
            try:
                return route(*evidence)
            except MemoryShortError as error:
                short.append(error)
        return self._solve_by_nearest(short[0].why, *evidence)

    def _solve_by_nearest(self, why: str, *evidence: Evidence) -> None:
        """B as one sparse (n_titles, n_titles) float32 matrix, of the nearest titles of each."""
        weights = csr_array((self._n_titles, self._n_titles), dtype=np.float32)
        for each in evidence:
            condition = each.condition()
            check_condition(self.name, condition, self.regularisation)
            dtype = np.float32 if condition < FLOAT32_CONDITION else np.float64
            try:
                found = local_weights(each.rows, each.weights, each.penalty, dtype)
            except np.linalg.LinAlgError as error:
                raise singular(self.name, self.regularisation) from error
            weights = weights + np.float32(each.share) * found
        self._nearest, self._route = csr_array(weights), "nearest"
        self._why = f"each title is regressed on its {NEIGHBOURS} nearest alone: {why}"

    def findings(self) -> dict[str, Any]:
        """Where all titles did not fit in memory, by which route it was solved, and why."""
        return {"route": {"taken": "nearest titles", "why": self._why}} if self._why else {}

    def _solve_by_titles(self, *evidence: Evidence) -> None:
        """B as one dense (n_titles, n_titles) float32 matrix: Gram, Cholesky and inverse in the same memory."""
        first, *others = evidence
        self._weights = self._dense_weights(first)
        for each in others:
            self._weights += self._dense_weights(each)
        self._route = "titles"

    def _dense_weights(self, evidence: Evidence) -> FloatArray:
        """B out of one kind of evidence, times its share."""
        return weights_of(self._precision(evidence), evidence.share)

    def _precision(self, evidence: Evidence) -> FloatArray:
        """P out of one kind of evidence, (n_titles, n_titles)."""
        condition = evidence.condition()
        scaled = diags_array(np.sqrt(evidence.weights)) @ evidence.rows
        diagonal = np.diag_indices(scaled.shape[1])
        found = None
        if condition < FLOAT32_CONDITION:
            check_memory(self.name, scaled.shape[1], 4, "titles")
            matrix = gram(scaled.astype(np.float32))
            matrix[diagonal] += evidence.penalty.astype(np.float32)
            found = inverted(matrix)
        if found is None:
            check_condition(self.name, condition, self.regularisation)
            check_memory(self.name, scaled.shape[1], 8, "titles")
            matrix = gram(scaled.astype(np.float64))
            matrix[diagonal] += evidence.penalty
            found = inverted(matrix)
        if found is None:
            raise singular(self.name, self.regularisation)
        return found

    def _solve_by_rows(self, *evidence: Evidence) -> None:
        """B as Wᵀ·K·W / diag(P) but for its diagonal, never titles by titles; of several, side by side.

        P = Λ⁻¹ - Wᵀ·K·W with W = R·Λ⁻¹ and K = (diag(w)⁻¹ + R·Λ⁻¹·Rᵀ)⁻¹ (Woodbury).
        """
        lefts, kernels, rights = [], [], []
        own = np.zeros(evidence[0].rows.shape[1])
        for each in evidence:
            check_condition(self.name, each.condition(), self.regularisation)
            check_memory(self.name, each.rows.shape[0], 16, each.what)
            left = (each.rows.astype(np.float64) @ diags_array(1 / each.penalty)).tocsr()
            matrix = np.ascontiguousarray((left @ each.rows.T.astype(np.float64)).toarray())
            matrix[np.diag_indices(matrix.shape[0])] += 1 / each.weights
            kernel = inverted(matrix)
            if kernel is None:
                raise singular(self.name, self.regularisation)
            smoothed = _quadratic_diagonal(left, kernel)
            scale = each.share / (1 / each.penalty - smoothed)
            lefts.append(left.astype(np.float32))
            kernels.append(kernel.astype(np.float32))
            rights.append((left @ diags_array(scale)).astype(np.float32))
            own += scale * smoothed
        self._left, self._kernel, self._right = vstack(lefts, "csr"), block_diag(*kernels), vstack(rights, "csr")
        self._own = own.astype(np.float32)
        self._route = "rows"

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: X·B, for anybody with a history."""
        liked = history.liked
        if self._route == "titles":
            return dense_scores(liked, self._weights)
        if self._route == "nearest":
            return weighted_scores(liked, self._nearest)
        # The other way around, liked·leftᵀ, the whole of left would be turned for every call.
        scores = ((self._left @ liked.T.tocsr()).toarray().T @ self._kernel) @ self._right
        scores[np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr)), liked.indices] -= self._own[liked.indices]
        return np.ascontiguousarray(scores)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): x_ui · B_ij of each liked title i of the pair's viewer, for the pair's title j."""
        if self._route == "nearest":
            return weighted_contributions(history.liked, self._nearest, rows, columns)
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
            values[entries] = self._weights_on(block)[liked.indices[entries], place[entries] - start]
        return csr_array((values, liked.indices, liked.indptr), shape=liked.shape)

    def title_weights(self, count: int) -> csr_array:
        """(n_titles, n_titles): of each column of B the `count` weights farthest from 0, or all where it is sparse."""
        if self._route == "nearest":
            return self._nearest
        titles = self._n_titles
        count = min(count, titles)
        kept = []
        for start in range(0, titles, BLOCK):
            weights = np.ascontiguousarray(self._weights_on(np.arange(start, min(titles, start + BLOCK))).T)
            largest, _ = top_n(np.abs(weights), count)
            values = np.take_along_axis(weights, largest, axis=1)
            indptr = np.arange(0, largest.size + 1, count)
            kept.append(csr_array((values.ravel(), largest.ravel(), indptr), shape=weights.shape))
        return csr_array(vstack(kept, format="csr").T.tocsr())

    def _weights_on(self, columns: IntArray) -> FloatArray:
        """(n_titles, n_columns) float32: these columns of B."""
        if self._route == "titles":
            return self._weights[:, columns]
        weights: FloatArray = self._left.T @ (self._kernel @ self._right[:, columns].toarray())
        weights[columns, np.arange(columns.size)] = 0
        return weights


def weights_of(precision: FloatArray, share: float = 1.0) -> FloatArray:
    """Share · B, (n_titles, n_titles) float32 with a diagonal of 0, out of P, in its place where that is float32."""
    precision /= precision.diagonal() / -share
    np.fill_diagonal(precision, 0)
    return precision.astype(np.float32, copy=False)


def inverted(matrix: FloatArray) -> FloatArray | None:
    """Inverse, in place, of a symmetric positive definite matrix given by its upper triangle; None if it is not one."""
    factor = factorise(matrix)
    return None if factor is None else inverse(factor)


def _quadratic_diagonal(projection: csr_array, kernel: FloatArray) -> FloatArray:
    """diag(Wᵀ·K·W) of a sparse (n, d) W and a dense (n, n) K, in blocks of columns."""
    by_column = projection.tocsc()
    blocks = []
    for start in range(0, projection.shape[1], BLOCK):
        block = by_column[:, start : start + BLOCK].toarray()
        blocks.append(np.einsum("ij,ij->j", block, kernel @ block))
    return np.concatenate(blocks)
