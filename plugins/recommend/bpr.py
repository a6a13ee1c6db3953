"""BPR: factors of viewers and titles that put what was liked before what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.special import expit

from plugins.recommend.likes import likes_to_learn_from
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

_FIRST_SPREAD = 0.1
_FOLD_IN_RIDGE = 0.1


class Bpr(Recommender):
    """Factors that rank what a viewer liked before what he did not: a well-known reference.

    BPR-MF by stochastic gradients in batches. With a vector p_u of `factors` numbers for each viewer, and q_i and a
    number b_i for each title:

        score_ui = p_u · q_i + b_i
        maximise  Σ over (u, i, j) of  ln σ(score_ui - score_uj) - λ/2 · (‖p_u‖² + ‖q_i‖² + ‖q_j‖² + b_i² + b_j²)

    where u liked i and not j, and σ(x) = 1 / (1 + e^-x). An epoch takes each liked pair once, in random order, with a
    title j drawn evenly from those that anybody liked; where u liked j too, the pair is left out of this epoch. The
    gradients of a batch are summed, and the length of each number's step is AdaGrad's, rate / √(Σ gradients²).

    A viewer of the fit has factors of his own. Those of somebody new are a linear function of the mean of his liked
    titles' factors, p = W · mean(q_i) + w, whose W and w fit the viewers of the fit best by (ridge) least squares.

    An epoch takes some seconds for a million pairs; `ease` is faster, and more accurate by default.

    Sources: S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from
    Implicit Feedback", UAI 2009; J. Duchi, E. Hazan and Y. Singer, "Adaptive Subgradient Methods for Online Learning
    and Stochastic Optimization", JMLR 12, 2011. The rule for somebody new is ours.
    """

    name: ClassVar[str] = "bpr"

    factors: int = setting(
        64, "Numbers that describe each viewer and title", ge=1, le=4096, search=Between(16, 256, log=True)
    )
    epochs: int = setting(100, "Times that each liked pair is learnt from", ge=1, search=Between(20, 200, log=True))
    rate: float = setting(0.1, "Length of the first steps of learning", gt=0, search=Between(0.01, 0.5, log=True))
    regularisation: float = setting(
        0.02, "Regularisation λ: the larger, the smaller the factors", ge=0, search=Between(0.001, 0.2, log=True)
    )
    batch: int = setting(4096, "Pairs that make one step", ge=1)

    _viewers: FloatArray
    _titles: FloatArray
    _fold_in: FloatArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Learn the factors of viewers, then of titles, and how somebody new's follow from what he liked.

        Raises ModelError where nobody likes anything, and where nobody leaves out a title that others like.
        """
        liked = likes_to_learn_from(self.name, interactions)
        offered = np.flatnonzero(np.bincount(liked.indices, minlength=liked.shape[1]))
        if not ((np.diff(liked.indptr) > 0) & (np.diff(liked.indptr) < offered.size)).any():
            raise ModelError(
                "bpr has nothing to compare: every viewer who likes anything likes all titles that anybody likes; "
                "take popular instead"
            )
        random = np.random.default_rng(seed)
        # The last column of the titles is b_i, and that of the viewers 1.
        viewers = random.normal(0, _FIRST_SPREAD, (liked.shape[0], self.factors + 1)).astype(np.float32)
        titles = random.normal(0, _FIRST_SPREAD, (liked.shape[1], self.factors + 1)).astype(np.float32)
        viewers[:, -1], titles[:, -1] = 1, 0
        sums = np.zeros_like(viewers), np.zeros_like(titles)
        for _ in range(self.epochs):
            for viewer, better, worse in _batches(liked, offered, self.batch, random):
                seen, ups, shown, downs = _gradients(viewers, titles, viewer, better, worse, self.regularisation)
                _climb(viewers, sums[0], seen, ups, self.rate)
                _climb(titles, sums[1], shown, downs, self.rate)
        unknown = np.ones(liked.shape[1], dtype=np.bool_)
        unknown[offered] = False
        titles[unknown] = 0
        self._viewers, self._titles = viewers, titles
        known = np.diff(liked.indptr) > 0
        self._fold_in = _ridge(_means(liked[known], titles), viewers[known])

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: p·q + b; 0 for titles that nobody liked, and viewers who liked nothing."""
        liked, rows = history.liked, np.asarray(history.rows)
        new = rows < 0
        viewers = self._viewers[rows]
        viewers[new] = _means(liked[new], self._titles) @ self._fold_in
        viewers[np.diff(liked.indptr) == 0] = 0
        return np.asarray(viewers @ self._titles.T)


def _batches(
    liked: csr_array, offered: IntArray, size: int, random: np.random.Generator
) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """One epoch of viewers, titles that they liked, and titles that they did not, (size,) each, or less."""
    titles = liked.shape[1]
    pairs = np.repeat(np.arange(liked.shape[0], dtype=np.int64) * titles, np.diff(liked.indptr)) + liked.indices
    better = random.permutation(pairs)
    viewer = better // titles
    worse = offered[random.integers(offered.size, size=pairs.size)]
    drawn = viewer * titles + worse
    place = np.minimum(np.searchsorted(pairs, drawn), pairs.size - 1)
    kept = np.flatnonzero(pairs[place] != drawn)
    for start in range(0, kept.size, size):
        chosen = kept[start : start + size]
        yield viewer[chosen], better[chosen] % titles, worse[chosen]


def _gradients(
    viewers: FloatArray, titles: FloatArray, viewer: IntArray, better: IntArray, worse: IntArray, penalty: float
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Rows of viewers and the gradients of a batch's objective for them, and the same of titles; each row once.

    The last column of viewers is no parameter, and has no gradient.
    """
    one, apart = viewers[viewer], titles[better] - titles[worse]
    # The derivative of ln σ(x) is σ(-x).
    slope = expit(-np.einsum("ij,ij->i", one, apart))
    rows, at, count = np.unique(viewer, return_inverse=True, return_counts=True)
    batch = np.arange(viewer.size)
    of_viewers = csr_array((slope, (at, batch)), shape=(rows.size, batch.size)) @ apart
    of_viewers -= np.float32(penalty) * count[:, None].astype(np.float32) * viewers[rows]
    of_viewers[:, -1] = 0
    shown, at, count = np.unique(np.concatenate([better, worse]), return_inverse=True, return_counts=True)
    signed = np.concatenate([slope, -slope]), (at, np.tile(batch, 2))
    of_titles = csr_array(signed, shape=(shown.size, batch.size)) @ one
    of_titles -= np.float32(penalty) * count[:, None].astype(np.float32) * titles[shown]
    return rows, of_viewers, shown, of_titles


def _climb(numbers: FloatArray, sums: FloatArray, rows: IntArray, gradients: FloatArray, rate: float) -> None:
    """One step of AdaGrad up the gradients of some rows, in place."""
    squares = sums[rows] + gradients**2
    sums[rows] = squares
    numbers[rows] += np.float32(rate) * gradients / np.sqrt(np.maximum(squares, np.float32(1e-12)))


def _means(liked: csr_array, titles: FloatArray) -> FloatArray:
    """(n_viewers, factors + 1) float32 means of the liked titles' factors, and a 1; zeros for who liked nothing."""
    described = titles.copy()
    described[:, -1] = 1
    shares = (1 / np.maximum(np.diff(liked.indptr), 1)).astype(np.float32)
    return np.asarray(diags_array(shares) @ (liked @ described))


def _ridge(given: FloatArray, wanted: FloatArray) -> FloatArray:
    """(factors + 1, factors + 1) float32 W that minimises ‖wanted - given·W‖² + ridge · ‖W‖²."""
    given = given.astype(np.float64)
    gram = given.T @ given
    gram[np.diag_indices(gram.shape[0])] += _FOLD_IN_RIDGE
    solved: FloatArray = np.linalg.solve(gram, given.T @ wanted).astype(np.float32)
    return solved
