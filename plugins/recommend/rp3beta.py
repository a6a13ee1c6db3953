"""RP3β: a random walk from viewer to title to viewer to title, which holds popular titles back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.nearest_titles import nearest_titles, weighted_contributions, weighted_scores
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class Rp3Beta(Recommender):
    """Titles that a random walk over who liked what leads to, the popular ones held back.

    The walk takes three steps at random: from the viewer to a title that he liked, to a viewer who liked it too, and
    to a title that this one liked. With x_ui = 1 where viewer u liked title i, n_u the titles that u liked, n_i the
    viewers who liked i, and N(j) the `neighbours` titles i ≠ j of largest w_ij > 0:

        w_ij = n_j ** -β · Σ_v  (x_vi / n_i) ** α · (x_vj / n_v) ** α
        score_uj = Σ_i∈N(j), u liked i  w_ij

    x_vi / n_i and x_vj / n_v are the chances of the second and the third step. That of the first, (1 / n_u) ** α, is
    the same for all titles that u may be led to, and left out. ``beta=0`` is the model P3α, and ``alpha=1, beta=0``
    the walk itself.

    Sources: F. Christoffel, B. Paudel, C. Newell and A. Bernstein, "Blockbusters and Wallflowers: Accurate, Diverse,
    and Scalable Recommendations with Random Walks", RecSys 2015; B. Paudel et al., "Updatable, Accurate, Diverse, and
    Scalable Recommendations for Interactive Applications", ACM TiiS 7(1), 2017; α: C. Cooper et al., "Random Walks in
    Recommender Systems: Exact Computation and Simulations", WWW 2014; neighbours of the title that is scored, as in
    item-knn.
    """

    name: ClassVar[str] = "rp3beta"

    alpha: float = setting(
        0.5, "Power of the chances of each step: below 1, they are drawn together", ge=0, le=2, search=Between(0.1, 1.5)
    )
    beta: float = setting(
        0.4, "Hold back a title that n viewers liked by n ** -beta; 0 holds none back", ge=0, le=2, search=Between(0, 1)
    )
    neighbours: int = setting(
        100, "Titles that the score of a title is made from", ge=1, search=Between(10, 1000, log=True)
    )

    _weights: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Walk from each title, block by block, and keep the nearest. Raises ModelError where nobody likes anything."""
        liked = likes_to_learn_from(self.name, interactions)
        viewers, titles = np.diff(liked.indptr), np.bincount(liked.indices, minlength=liked.shape[1])
        held_back = _power(titles, -self.beta)
        arriving = csr_array((diags_array(_power(viewers, -self.alpha)) @ liked).T.tocsr())
        leaving = csr_array(liked @ diags_array(_power(titles, -self.alpha)))
        self._weights = nearest_titles(
            liked.shape[1],
            self.neighbours,
            lambda block: csr_array(diags_array(held_back[block]) @ (arriving[block] @ leaving)),
        )

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the weights of the liked titles, summed."""
        return weighted_scores(history.liked, self._weights)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): the weight of each liked title of the pair's viewer on the pair's title."""
        return weighted_contributions(history.liked, self._weights, rows, columns)

    def title_weights(self, count: int) -> csr_array:
        """(n_titles, n_titles): the weights that scores are summed from, `neighbours` of each title."""
        return self._weights


def _power(counts: IntArray, exponent: float) -> FloatArray:
    """(n,) float32 counts to a power; no viewer or title has a walk through it where the count is 0."""
    powers: FloatArray = (np.maximum(counts, 1).astype(np.float64) ** exponent).astype(np.float32)
    return powers
