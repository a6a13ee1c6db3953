"""SLIST: a linear model of what goes together and of what comes next, in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.likes import like_times, likes_to_learn_from
from plugins.recommend.normal_equations import (
    FLOAT32_CONDITION,
    check_condition,
    check_memory,
    dense_contributions,
    dense_scores,
    factorise,
    gram,
    inverse,
    mirror,
    singular,
    solve,
)
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# Steps, in units of `reach`, beyond which a transition is left out: it weighs less than a hundredth of the largest.
_FARTHEST = 8
# Pairs of titles of one viewer that are weighed at once: some 200 MB.
_BLOCK_PAIRS = 2**22


class Slist(Recommender):
    """Titles that go with what you liked, and that others liked next.

    SLIST in closed form: the linear model of each title on all others of a history (SLIS), and on those before it
    (SLIT), solved as one.

    Titles that a viewer liked at the same time make one step; a history has the steps 1 … T_u. With X the
    (n_viewers, n_titles) matrix of ones where a viewer liked a title, and, for each viewer and step t < T_u, a row of
    S with what came until then, and one of T with what came after, in decaying weights:

        S_t,i = exp(-(t - t_i) / reach),  t_i ≤ t;    T_t,j = exp(-(t_j - t - 1) / reach),  t_j > t
        minimise  α · ‖X - X·B‖² + (1 - α) · ‖T - S·B‖² + Σ_ij Λ_i · B_ij²  where B_jj = 0

        A = α · Xᵀ·D·X + (1 - α) · Sᵀ·D·S,  Λ_i = regularisation + diagonal_share · A_ii
        B = P·C - P·diag(μ),  P = (A + Λ)⁻¹,  C = α · Xᵀ·D·X + (1 - α) · Sᵀ·D·T,  μ_j = (P·C)_jj / P_jj
        scores = H·B,  H_ui = exp(-(T_u - t_ui) / memory)

    where the squares weigh, by D, each row of a viewer with n_u liked titles by n_u ** -activity. ``alpha=1`` without
    a memory is the model `ease`; so is a fit where no times tell an order, whatever α. Somebody described by titles
    without times likes them all at one step.

    Unlike the paper's, a title's weight on itself is 0 and not just bounded, since what was seen is not recommended
    again; rows weigh by activity and not by age; and transitions over more than 8 · reach steps are left out.

    Source: M. Choi, J. Kim, J. Lee, H. Shim and J. Lee, "Session-aware Linear Item-Item Models for Session-based
    Recommendation", WWW 2021; Λ: as in ease.
    """

    name: ClassVar[str] = "slist"

    alpha: float = setting(
        0.5,
        "Share of what goes together in any order; the rest is of what comes next",
        ge=0,
        le=1,
        search=Between(0, 1),
    )
    reach: float = setting(
        1.0,
        "Steps after which what came before weighs 1/e for what comes next",
        gt=0,
        le=1000,
        search=Between(0.3, 10, log=True),
    )
    memory: float | None = setting(
        200.0,
        "Steps back from the last after which a liked title weighs 1/e; all alike if not given",
        gt=0,
        search=Between(5, 2000, log=True),
    )
    regularisation: float = setting(
        10.0, "Regularisation λ: the larger, the smaller the weights", gt=0, search=Between(1, 1000, log=True)
    )
    diagonal_share: float = setting(
        0.5, "Share of a title's own diagonal of the equations that is added to λ", ge=0, search=Between(0, 2)
    )
    activity: float = setting(
        0.5,
        "Weigh a viewer with n liked titles by n ** -activity; 0 weighs all alike",
        ge=0,
        le=2,
        search=Between(0, 1),
    )

    _titles: IntArray
    _weights: FloatArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights of the titles that somebody liked; the others have none.

        Raises ModelError where nobody likes anything, where memory is short, and where λ is too small to solve.
        """
        liked = likes_to_learn_from(self.name, interactions)
        self._titles = np.flatnonzero(np.bincount(liked.indices, minlength=liked.shape[1]))
        liked = liked[:, self._titles]
        steps = _steps(liked, like_times(interactions))
        weights = None
        for dtype in (np.float32, np.float64):
            # The equations and their right side; each is solved in its own place.
            check_memory(self.name, liked.shape[1], 2 * np.dtype(dtype).itemsize, "titles")
            left, right, condition = self._equations(liked, steps, np.dtype(dtype))
            if dtype is np.float64:
                check_condition(self.name, condition, self.regularisation)
            if dtype is np.float64 or condition < FLOAT32_CONDITION:
                weights = _solved(left, right)
            if weights is not None:
                self._weights = weights.astype(np.float32, copy=False)
                return
        raise singular(self.name, self.regularisation)

    def _equations(self, liked: csr_array, steps: _Steps, dtype: np.dtype) -> tuple[FloatArray, FloatArray, float]:
        """A + Λ, its upper triangle only, and C, each (n_titles, n_titles); and a bound on the condition of A + Λ."""
        counts = np.diff(liked.indptr)
        by_viewer = np.maximum(counts, 1).astype(np.float64) ** -self.activity
        alpha = self.alpha if steps.after.any() else 1.0
        left = gram((diags_array(np.sqrt(alpha * by_viewer)) @ liked).astype(dtype))
        right = mirror(left.copy())
        titles, flat = left.shape[0], (left.reshape(-1), right.reshape(-1))
        of_step = (1 - alpha) * np.repeat(by_viewer, counts)
        decay = np.exp(-1 / self.reach)
        # Σ over the steps t from that of the later of two titles on, but for the last, of exp(-2 · (t - t_j) / reach)
        kept = of_step * (1 - decay ** (2 * steps.after)) / (1 - decay**2)
        np.add.at(flat[0], steps.title * (titles + 1), kept.astype(dtype))
        for first, second in steps.pairs(int(np.ceil(_FARTHEST * self.reach))):
            gap = steps.step[second] - steps.step[first]
            one, other = steps.title[first], steps.title[second]
            upper = np.minimum(one, other) * titles + np.maximum(one, other)
            np.add.at(flat[0], upper, (decay**gap * kept[second]).astype(dtype))
            # Each of the `gap` steps t between the two weighs exp(-(t - t_i) / reach) · exp(-(t_j - t - 1) / reach).
            following = gap * decay ** np.maximum(gap - 1, 0) * of_step[second]
            np.add.at(flat[1], one * titles + other, following.astype(dtype))
        penalty = self.regularisation + self.diagonal_share * left.diagonal()
        # The largest row sum bounds the largest eigenvalue of a matrix without negatives; A itself has none below 0.
        row_sums = left.sum(axis=0) + left.sum(axis=1) - left.diagonal() + penalty
        left[np.diag_indices(titles)] += penalty
        return left, right, float(row_sums.max() / penalty.min())

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: H·B, for anybody with a history."""
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self._titles] = dense_scores(self._remembered(history), self._weights)
        return scores

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): H_ui · B_ij of each liked title i of the pair's viewer, for the pair's title j."""
        place = np.minimum(np.searchsorted(self._titles, columns), self._titles.size - 1)
        parts = dense_contributions(self._remembered(history)[rows], self._weights, place)
        parts.data *= np.repeat(self._titles[place] == columns, np.diff(parts.indptr))
        return csr_array((parts.data, self._titles[parts.indices], parts.indptr), shape=(rows.size, history.shape[1]))

    def _remembered(self, history: Interactions) -> csr_array:
        """(n_viewers, n_known) CSR of H: the liked titles that have weights, the less the more steps ago."""
        liked = history.liked
        if self.memory is not None and history.times is not None:
            steps = _steps(liked, like_times(history))
            weights = np.empty(liked.nnz, dtype=np.float32)
            weights[steps.order] = np.exp(-steps.after / self.memory)
            liked = csr_array((weights, liked.indices, liked.indptr), shape=liked.shape)
        return liked[:, self._titles]


@dataclass(frozen=True)
class _Steps:
    """The liked titles of viewers in the order of time, which is within each viewer's place among the entries.

    Attributes:
        order: (n,) the entry of the liked titles that comes at this place.
        title: (n,) int64 column.
        step: (n,) number of the step, counted on from one viewer to the next.
        after: (n,) how many steps the viewer has after it.
        end: (n,) place where the next viewer begins.
    """

    order: IntArray
    title: IntArray
    step: IntArray
    after: IntArray
    end: IntArray

    def pairs(self, farthest: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Places of two titles of one viewer, of which the second comes later, or at the same step.

        They are at most `farthest` steps apart, and of the last step there are none; in blocks.
        """
        place = np.arange(self.step.size)
        stop = np.minimum(np.searchsorted(self.step, self.step + farthest, side="right"), self.end)
        lengths = np.where(self.after > 0, stop - place - 1, 0)
        before = np.concatenate([[0], np.cumsum(lengths)])
        cuts = np.searchsorted(before, np.arange(0, before[-1], _BLOCK_PAIRS))
        for start, until in pairwise(np.unique([*cuts, place.size])):
            first = np.repeat(place[start:until], lengths[start:until])
            second = np.arange(first.size) + before[start] - before[first] + first + 1
            yield first, second


def _steps(liked: csr_array, times: IntArray) -> _Steps:
    """The steps of all viewers; titles liked at times that are not known make the first, if there are others."""
    rows = np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr))
    order = np.lexsort((times, rows))
    times = times[order]
    begins = np.ones(order.size, dtype=np.bool_)
    begins[1:] = (times[1:] != times[:-1]) | (rows[1:] != rows[:-1])
    step = np.cumsum(begins, dtype=np.int64)
    end = liked.indptr[rows + 1].astype(np.int64)
    after = step[end - 1] - step
    return _Steps(order, liked.indices[order].astype(np.int64), step, after, end)


def _solved(left: FloatArray, right: FloatArray) -> FloatArray | None:
    """B in the place of C, by A + Λ, whose place is used too; None where it is not positive definite."""
    factor = factorise(left)
    if factor is None:
        return None
    weights = solve(factor, right)
    inverted = inverse(factor)
    if inverted is None:
        return None
    inverted *= weights.diagonal() / inverted.diagonal()
    weights -= inverted
    np.fill_diagonal(weights, 0)
    return weights
