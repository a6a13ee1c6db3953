"""EASE: a linear model of every title on all others, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.normal_equations import dense_contributions, dense_scores, singular
from plugins.recommend.private_gram import PrivateRecommender
from plugins.recommend.title_regression import TitleRegression, inverted, weights_of

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class Ease(PrivateRecommender, TitleRegression):
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

    Where P does not fit in memory, each title j is regressed alone, on the 100 titles S of largest positive
    G_ij / √(G_ii · G_jj):

        (G_SS + Λ_SS) · B_Sj = G_Sj,  B_ij = 0 elsewhere

    Source: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019; the share of the diagonal:
    H. Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020; by nearest titles: H. Steck, "Markov
    Random Fields for Collaborative Filtering", NeurIPS 2019, and fsSLIM of X. Ning and G. Karypis, "SLIM: Sparse Linear
    Methods for Top-N Recommender Systems", ICDM 2011.
    """

    name: ClassVar[str] = "ease"

    # With ε, the place of each title, (n_titles,), in weights of those alone that outlast the noise; that of all others
    # is the last, where there are zeros.
    _place: IntArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights, by titles or by viewers, whichever is cheaper; by nearest titles where neither fits.

        Raises ModelError where nobody likes anything, where λ is too small to solve, and where memory is short for ε.
        """
        if self.epsilon is None:
            self._solve(self._likes(interactions))
            return
        liked = likes_to_learn_from(self.name, interactions)
        self._fit_privately(liked[np.diff(liked.indptr) > 0], self.epsilon)

    def _fit_privately(self, liked: csr_array, epsilon: float) -> None:
        """B by titles, out of the noisy Gram matrix alone; 0 for titles that drown in the noise."""
        columns, matrix = self.private_gram(liked, self.activity, epsilon)
        matrix = matrix.astype(np.float64)
        matrix[np.diag_indices(columns.size)] += self.regularisation + self.diagonal_share * matrix.diagonal()
        precision = inverted(matrix)
        if precision is None:
            raise singular(self.name, self.regularisation)
        self._n_titles = liked.shape[1]
        self._place = np.full(self._n_titles, columns.size)
        self._place[columns] = np.arange(columns.size)
        self._weights = np.pad(weights_of(precision), (0, 1))
        self._route = "outlasting"

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: X·B, for anybody with a history."""
        if self._route != "outlasting":
            return super().score(history)
        return np.take(dense_scores(self._placed(history.liked), self._weights), self._place, axis=1)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): x_ui · B_ij of each liked title i of the pair's viewer, for the pair's title j."""
        if self._route != "outlasting":
            return super().contributions(history, rows, columns)
        liked = history.liked[rows]
        parts = dense_contributions(self._placed(liked), self._weights, self._place[columns])
        return csr_array((parts.data, liked.indices, liked.indptr), shape=liked.shape)

    def _placed(self, liked: csr_array) -> csr_array:
        """(n_rows, n_places): likes at the places of their titles; of those that drowned, several at the last."""
        shape = (liked.shape[0], self._weights.shape[0])
        return csr_array((liked.data, self._place[liked.indices], liked.indptr), shape=shape)

    def _weights_on(self, columns: IntArray) -> FloatArray:
        """(n_titles, n_columns) float32: these columns of B."""
        if self._route != "outlasting":
            return super()._weights_on(columns)
        weights: FloatArray = self._weights[np.ix_(self._place, self._place[columns])]
        return weights
