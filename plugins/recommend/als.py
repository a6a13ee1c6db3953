"""iALS: factors of viewers and of titles, whose products are near 1 where something was liked, and near 0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array

from plugins.recommend.likes import likes_to_learn_from
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# Numbers in a block of gathered factors: 4 MiB of float32, which stay in a cache while they are read again …
_BLOCK_NUMBERS = 2**20
# … and the entries that a row takes at least, so that a block of short rows has no end of them.
_SHORTEST = 16
_TINY = np.finfo(np.float32).tiny


class Als(Recommender):
    """Factors of viewers and titles, which tell what somebody likes from what he does not.

    iALS: matrix factorisation for likes, by alternating least squares. Every viewer u has a vector w_u and every
    title i a vector h_i of `factors` numbers; score_ui = w_u·h_i. With α = `unobserved`, λ = `regularisation`,
    ν = `exponent`, U and I the viewers and titles with a like, n_u the likes of a viewer and n_i those of a title,
    they make this small:

        Σ_(u,i) liked (1 - w_u·h_i)² + α·Σ_u∈U,i∈I (w_u·h_i)²
            + λ·(Σ_u (n_u + α·|I|)^ν·|w_u|² + Σ_i (n_i + α·|U|)^ν·|h_i|²)

    Viewers and titles take turns. While titles are held still, the best w_u solves

        (Σ_i liked h_i·h_iᵀ + α·HᵀH + λ·(n_u + α·|I|)^ν) w_u = Σ_i liked h_i

    towards which w_u takes `steps` conjugate-gradient steps from where it is. They are preconditioned by the left
    side of a viewer who liked n_u titles drawn from all likes, which eigenvectors give for all n_u at once. A
    viewer is scored by the exact solution for the history that is given, so that somebody new is no exception. With
    ``--fold-in`` a title that came since the fit gets the exact solution for the viewers who like it, whose vectors
    are the solutions for the titles of the fit, which keep theirs.

    Sources: Y. Hu, Y. Koren and C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008
    (also for the explanations); the loss: S. Rendle, W. Krichene, L. Zhang and Y. Koren, "Revisiting the Performance
    of iALS on Item Recommendation Benchmarks", RecSys 2022; conjugate gradients: G. Takács, I. Pilászy and D. Tikk,
    "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", RecSys 2011.
    """

    name: ClassVar[str] = "als"

    factors: int = setting(64, "Numbers that describe a viewer or a title", ge=1, search=Between(16, 256, log=True))
    iterations: int = setting(15, "Times that viewers and titles take their turn", ge=1)
    unobserved: float = setting(
        0.1,
        "Weight α of every pair of viewer and title, liked or not; a like adds 1",
        gt=0,
        search=Between(0.01, 1, log=True),
    )
    regularisation: float = setting(
        0.02, "Regularisation λ: the larger, the shorter the vectors", gt=0, search=Between(0.001, 0.2, log=True)
    )
    exponent: float = setting(
        1.0,
        "Regularise who has n likes by a factor that grows like n ** exponent; 0 treats all alike",
        ge=0,
        le=2,
        search=Between(0, 1),
    )
    deviation: float = setting(0.1, "Length of a title's random first vector, on average", gt=0)
    steps: int = setting(2, "Conjugate-gradient steps a turn", ge=1)

    _viewers: FloatArray
    _titles: FloatArray
    _gram: FloatArray
    _n_titles: int
    # (n_titles,) title_key of each, as columns are other ones once more titles are loaded.
    _keys: IntArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Let viewers and titles take their turns.

        Raises ModelError where nobody likes anything, and where λ is too small to solve.
        """
        liked = likes_to_learn_from(self.name, interactions)
        by_viewer, by_title = np.diff(liked.indptr), np.bincount(liked.indices, minlength=liked.shape[1])
        viewer_blocks = list(_blocks(liked, self.factors))
        title_blocks = list(_blocks(liked.T.tocsr(), self.factors))
        # A last row of zeros, here and there, is what padding refers to.
        viewers, titles = (np.zeros((size + 1, self.factors), dtype=np.float32) for size in liked.shape)
        first = np.random.default_rng(seed).standard_normal((liked.shape[1], self.factors), dtype=np.float32)
        titles[:-1] = first * np.float32(self.deviation / np.sqrt(self.factors)) * (by_title > 0)[:, None]
        for _ in range(self.iterations):
            _descend(viewers, self._equations(titles, by_title, by_viewer), viewer_blocks, self.steps)
            _descend(titles, self._equations(viewers, by_viewer, by_title), title_blocks, self.steps)
        self._keys = np.array(interactions.titles)
        self._settle(titles, liked)

    def fold_in(self, interactions: Interactions) -> None:
        """Take up viewers and titles that came since; titles of the fit keep their vectors.

        Raises ModelError where nobody likes anything, and where λ is too small to solve.
        """
        liked = likes_to_learn_from(self.name, interactions)
        place = np.minimum(np.searchsorted(self._keys, interactions.titles), self._keys.size - 1)
        titles = np.zeros((liked.shape[1] + 1, self.factors), dtype=np.float32)
        titles[:-1] = self._titles[place] * (self._keys[place] == interactions.titles)[:, None]
        new = np.flatnonzero(~titles[:-1].any(axis=1))
        self._settle(titles, liked)
        viewers = np.pad(self._viewers, ((0, 1), (0, 0)))
        gram, total = self._shared(viewers), int(np.count_nonzero(np.diff(liked.indptr)))
        for block in _blocks(liked[:, new].T.tocsr(), self.factors):
            near = viewers[block.columns]
            titles[new[block.rows]] = self._solve(block, near, near.sum(axis=1), gram, total)
        self._keys = np.array(interactions.titles)
        self._settle(titles, liked)

    def _settle(self, titles: FloatArray, liked: csr_array) -> None:
        """Keep titles, (n_titles + 1, k), with what scoring takes, and the vectors of viewers who like so."""
        self._titles = titles
        self._gram = self._shared(titles)
        self._n_titles = int(np.count_nonzero(titles.any(axis=1)))
        self._viewers = self._solved(liked)

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: W·Hᵀ; the w of who was not in the fit is solved for from what he likes."""
        rows = np.asarray(history.rows)
        viewers = self._viewers[rows]
        strangers = np.flatnonzero(rows < 0)
        if strangers.size:
            viewers[strangers] = self._solved(history.liked[strangers])
        return np.asarray(viewers @ self._titles[:-1].T)

    def _solved(self, liked: csr_array) -> FloatArray:
        """(n_viewers, k): the exact w of each viewer, given what he likes."""
        viewers = np.zeros((liked.shape[0], self.factors), dtype=np.float32)
        for block in _blocks(liked, self.factors):
            near = self._titles[block.columns]
            viewers[block.rows] = self._solve(block, near, near.sum(axis=1), self._gram, self._n_titles)
        return viewers

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): h_jᵀ·A⁻¹·h_i of each liked title i for the pair's title j, A the left side above."""
        liked = history.liked[rows]
        wanted = self._titles[columns]
        values = np.empty(liked.nnz + 1, dtype=np.float32)
        for block in _blocks(liked, self.factors):
            near = self._titles[block.columns]
            solved = self._solve(block, near, wanted[block.rows], self._gram, self._n_titles)
            values[_entries(liked, block.rows)] = (near @ solved[:, :, None])[:, :, 0]
        return csr_array((values[:-1], liked.indices, liked.indptr), shape=liked.shape)

    def _solve(self, block: _Block, near: FloatArray, right: FloatArray, gram: FloatArray, total: int) -> FloatArray:
        """(b, k): the exact solutions for right sides (b, k) and the vectors of what is liked, (b, longest, k).

        `gram` and `total` are of the side that these vectors are of: α·FᵀF, and how many have a like.
        """
        left = near.transpose(0, 2, 1) @ near
        left += gram
        diagonal = np.arange(self.factors)
        left[:, diagonal, diagonal] += self._penalty(block.lengths, total)[:, None]
        try:
            solved: FloatArray = np.linalg.solve(left, right[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError as error:
            raise ModelError(self._singular()) from error
        return solved

    def _equations(self, factors: FloatArray, counts: IntArray, lengths: IntArray) -> _Equations:
        """What rows of `lengths` likes solve, given the factors (n + 1, k) of the other side, liked `counts` times."""
        gram = self._shared(factors)
        total = int(np.count_nonzero(counts))
        inner = factors[:-1]
        typical = (inner.T * counts.astype(np.float32)) @ inner / np.float32(counts.sum())
        # The penalty as a line in n: through its values at 0 and at the average; exact where the exponent is 1.
        average = float(lengths[lengths > 0].mean())
        start, middle = (float(self._penalty(np.array(n), total)) for n in (0.0, average))
        unit = np.eye(self.factors)
        try:
            growth, basis = eigh(
                typical.astype(np.float64) + (middle - start) / average * unit, gram.astype(np.float64) + start * unit
            )
        except np.linalg.LinAlgError as error:
            raise ModelError(self._singular()) from error
        penalties = self._penalty(lengths, total)[:, None]
        return _Equations(factors, gram, penalties, basis.astype(np.float32), np.maximum(growth, 0).astype(np.float32))

    def _shared(self, factors: FloatArray) -> FloatArray:
        """(k, k): α·FᵀF."""
        return np.asarray(np.float32(self.unobserved) * (factors.T @ factors))

    def _penalty(self, lengths: IntArray | FloatArray, total: int) -> FloatArray:
        """λ·(n + α·total)^ν for rows of n = `lengths` likes, of the same shape."""
        return np.asarray(self.regularisation * (lengths + self.unobserved * total) ** self.exponent, dtype=np.float32)

    def _singular(self) -> str:
        return f"als cannot solve for its factors with regularisation {self.regularisation:g}; set a larger one"


@dataclass(frozen=True)
class _Block:
    """Rows of a matrix with about as many entries each.

    Attributes:
        rows: (b,).
        lengths: (b,) entries of each, at least 1.
        columns: (b, longest) int32 column of each entry; where a row is shorter, the number of columns.
    """

    rows: IntArray
    lengths: IntArray
    columns: IntArray


@dataclass(frozen=True)
class _Equations:
    """What is solved for rows of n likes each, V being the vectors of what a row likes: (VᵀV + gram + penalty)·x = Vᵀ1.

    Attributes:
        factors: (n_columns + 1, k), what V is taken from; its last row is 0.
        gram: (k, k).
        penalties: (n_rows, 1).
        basis, growth: (k, k) and (k,); basis·(1 + n·growth)⁻¹·basisᵀ is about the inverse of a left side.
    """

    factors: FloatArray
    gram: FloatArray
    penalties: FloatArray
    basis: FloatArray
    growth: FloatArray


def _blocks(matrix: csr_array, factors: int) -> Iterator[_Block]:
    """All rows with an entry, the shortest first, in blocks of so many that their gathered factors stay in cache."""
    size = max(1, _BLOCK_NUMBERS // factors)
    lengths = np.diff(matrix.indptr)
    order = np.argsort(lengths, kind="stable")
    order = order[np.searchsorted(lengths[order], 1) :]
    sorted_lengths = lengths[order].astype(np.int64)
    cost = np.maximum(sorted_lengths, _SHORTEST)
    columns = np.append(matrix.indices, np.int32(matrix.shape[1]))
    start = 0
    while start < order.size:
        most = cost[start : start + max(1, size // int(cost[start]))]
        stop = start + max(1, int(np.searchsorted(most * np.arange(1, most.size + 1), size, side="right")))
        rows, inside = order[start:stop], sorted_lengths[start:stop]
        yield _Block(rows, inside, columns[_entries(matrix, rows)])
        start = stop


def _entries(matrix: csr_array, rows: IntArray) -> IntArray:
    """(b, longest) place of each entry of some rows in the matrix; where a row is shorter, the number of entries."""
    starts, stops = matrix.indptr[rows, None], matrix.indptr[rows + 1, None]
    places = starts + np.arange((stops - starts).max())
    return np.asarray(np.where(places < stops, places, matrix.nnz))


def _descend(own: FloatArray, equations: _Equations, blocks: list[_Block], steps: int) -> None:
    """Move rows of `own`, (n_rows + 1, k), by so many preconditioned conjugate-gradient steps each."""
    gram, basis, back = equations.gram, equations.basis, np.ascontiguousarray(equations.basis.T)
    gathered = np.empty((max(block.columns.size for block in blocks), gram.shape[0]), dtype=np.float32)
    for block in blocks:
        near = gathered[: block.columns.size]
        # Without a mode that never fails, NumPy would fill a copy first.
        np.take(equations.factors, block.columns.ravel(), axis=0, out=near, mode="clip")
        near = near.reshape(*block.columns.shape, -1)
        penalties = equations.penalties[block.rows]
        shrink = 1 / (1 + block.lengths.astype(np.float32)[:, None] * equations.growth)
        point = own[block.rows]
        missing = 1 - near @ point[:, :, None]
        residual = (missing.transpose(0, 2, 1) @ near)[:, 0] - point @ gram - penalties * point
        direction, before = np.zeros_like(point), np.ones(point.shape[0], dtype=np.float32)
        for step in range(1, steps + 1):
            smoothed = ((residual @ basis) * shrink) @ back
            agreement = np.vecdot(residual, smoothed)
            direction = smoothed + (agreement / np.maximum(before, _TINY))[:, None] * direction
            before = agreement
            along = (near @ direction[:, :, None])[:, :, 0]
            left = direction @ gram + penalties * direction
            curvature = np.vecdot(along, along) + np.vecdot(direction, left)
            distance = (agreement / np.maximum(curvature, _TINY))[:, None]
            point += distance * direction
            if step < steps:
                left += (along[:, None, :] @ near)[:, 0]
                residual -= distance * left
        own[block.rows] = point
