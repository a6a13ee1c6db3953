"""EASE: a linear model of every title on all others, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from plugins.recommend.title_regression import TitleRegression

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import Interactions


class Ease(TitleRegression):
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

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights, by titles or by viewers, whichever is cheaper.

        Raises ModelError where nobody likes anything, where memory is short, and where λ is too small to solve.
        """
        self._solve(self._likes(interactions))
