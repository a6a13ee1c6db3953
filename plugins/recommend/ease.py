"""EASE: a linear model of every title on all others, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.normal_equations import check_memory, singular
from plugins.recommend.private_gram import PrivateRecommender
from plugins.recommend.title_regression import TitleRegression, inverted, weights_of

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

    from toolkit.interactions import Interactions


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

    Source: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019; the share of the diagonal:
    H. Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020.
    """

    name: ClassVar[str] = "ease"

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights, by titles or by viewers, whichever is cheaper.

        Raises ModelError where nobody likes anything, where memory is short, and where λ is too small to solve.
        """
        if self.epsilon is None:
            self._solve(self._likes(interactions))
            return
        liked = likes_to_learn_from(self.name, interactions)
        self._fit_privately(liked[np.diff(liked.indptr) > 0], self.epsilon)

    def _fit_privately(self, liked: csr_array, epsilon: float) -> None:
        """B by titles, out of the noisy Gram matrix alone; 0 for titles that drown in the noise."""
        titles = liked.shape[1]
        check_memory(self.name, titles, 4, "titles")
        columns, matrix = self.private_gram(liked, self.activity, epsilon)
        matrix = matrix.astype(np.float64)
        matrix[np.diag_indices(columns.size)] += self.regularisation + self.diagonal_share * matrix.diagonal()
        precision = inverted(matrix)
        if precision is None:
            raise singular(self.name, self.regularisation)
        self._weights = np.zeros((titles, titles), dtype=np.float32)
        self._weights[np.ix_(columns, columns)] = weights_of(precision)
        self._route = "titles"
