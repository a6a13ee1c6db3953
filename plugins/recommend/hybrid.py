"""EASE by who liked what and by what titles are described by: titles without a history are recommended too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.normal_equations import check_memory, dense_scores
from plugins.recommend.title_features import DescribedTitles
from plugins.recommend.title_regression import TitleRegression, weights_of
from toolkit.model import setting
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class Hybrid(TitleRegression, DescribedTitles):
    """Linear model of each title by likes and by genres, cast, tags and plot; unseen ones too.

    Add-EASE: two models `ease`, of which one learns from viewers and one from what titles are described by, added.

    With X the (n_viewers, n) matrix of ones where a viewer liked one of the n titles that somebody liked, n_u the
    titles that u liked, and T the (n, n_terms) matrix of the vectors that the model `content` compares titles by:

        B(G, λ)_ij = -P_ij / P_jj,  B_jj = 0;  P = (G + diag(λ + diagonal_share · G_jj))⁻¹
        B = (1 - side) · B(Xᵀ·D·X, regularisation) + side · B(T·Tᵀ, side_regularisation),  D = diag(n_u ** -activity)
        scores = X·B;  of a title with the vector t that nobody liked  side · X·P·T·t,  P that of T·Tᵀ

    so that such a title is regressed on the others by terms alone, and costs no more than its vector; one that nothing
    is known of scores 0. The same paper's CEASE, which solves once for viewers and terms stacked, ranks titles without
    a history worse: that nobody liked them counts against what is near them.

    Source: O. Jeunen, J. Van Balen and B. Goethals, "Closed-Form Models for Collaborative Filtering with
    Side-Information", RecSys 2020.
    """

    name: ClassVar[str] = "hybrid"

    side: float = setting(
        0.4,
        "Share of what titles are described by; the rest is of who liked them",
        gt=0,
        lt=1,
        search=Between(0.05, 0.95),
    )
    side_regularisation: float = setting(
        3.0, "Regularisation λ of what titles are described by", gt=0, search=Between(0.1, 100, log=True)
    )

    _known: IntArray
    _unseen: IntArray
    _by_terms: FloatArray
    _diagonal: FloatArray
    _known_vectors: csr_array
    _unseen_vectors: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights of both.

        Raises ModelError where nobody likes anything, where no title has anything to go by, where memory is short,
        and where λ is too small to solve.
        """
        vectors = self._title_vectors(interactions, tables)
        liked = likes_to_learn_from(self.name, interactions)
        likes = np.bincount(liked.indices, minlength=liked.shape[1])
        self._n_titles, self._known, self._unseen = likes.size, np.flatnonzero(likes), np.flatnonzero(likes == 0)
        self._known_vectors, self._unseen_vectors = vectors[self._known], vectors[self._unseen]
        # The weights, those by terms alone, and one more while solving.
        check_memory(self.name, self._known.size, 12, "titles")
        terms = csr_array(self._known_vectors.T)
        precision = self._precision(
            self._evidence(terms, np.ones(terms.shape[0]), self.side_regularisation, 1.0, "terms")
        )
        self._diagonal = precision.diagonal().astype(np.float32)
        self._by_terms = weights_of(precision)
        self._weights = self._dense_weights(self._likes(interactions, 1 - self.side, self._known))
        self._weights += np.float32(self.side) * self._by_terms
        self._route = "known"

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32, for anybody with a history."""
        liked = history.liked[:, self._known]
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self._known] = dense_scores(liked, self._weights)
        if self._unseen.size:
            wanted = self._known_vectors.T @ self._through_precision(liked.toarray().T)
            scores[:, self._unseen] = np.float32(self.side) * (self._unseen_vectors @ wanted).T
        return scores

    def _through_precision(self, right: FloatArray) -> FloatArray:
        """(n_known, m): Pᵀ·right, as P = (1 - B)·diag(P) with the B by terms alone."""
        multiplied: FloatArray = (right - self._by_terms.T @ right) * self._diagonal[:, None]
        return multiplied

    def _weights_on(self, columns: IntArray) -> FloatArray:
        """(n_titles, n_columns) float32: what each title adds to the scores of these."""
        weights = np.zeros((self._n_titles, columns.size), dtype=np.float32)
        place = np.minimum(np.searchsorted(self._known, columns), self._known.size - 1)
        known = self._known[place] == columns
        weights[np.ix_(self._known, np.flatnonzero(known))] = self._weights[:, place[known]]
        if not known.all():
            others = np.searchsorted(self._unseen, columns[~known])
            alike = (self._known_vectors @ self._unseen_vectors[others].T).toarray()
            weights[np.ix_(self._known, np.flatnonzero(~known))] = self.side * self._through_precision(alike)
        return weights
