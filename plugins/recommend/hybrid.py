"""EASE by who liked what and by what titles are described by: titles without a history are recommended too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from plugins.recommend.title_features import DescribedTitles
from plugins.recommend.title_regression import TitleRegression
from toolkit.model import setting
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import Interactions


class Hybrid(TitleRegression, DescribedTitles):
    """Linear model of each title by likes and by genres, cast, tags and plot; unseen ones too.

    Add-EASE: two models `ease`, of which one learns from viewers and one from what titles are described by, added.

    With X the (n_viewers, n_titles) matrix of ones where a viewer liked a title, n_u the titles that u liked, and
    T the (n_titles, n_terms) matrix of the vectors that the model `content` compares titles by:

        B(G, λ)_ij = -P_ij / P_jj,  B_jj = 0;  P = (G + diag(λ + diagonal_share · G_jj))⁻¹
        B = (1 - side) · B(Xᵀ·D·X, regularisation) + side · B(T·Tᵀ, side_regularisation),  D = diag(n_u ** -activity)
        scores = X·B

    A title that nobody liked is scored by the second alone; one that nothing is known of scores 0. The same paper's
    CEASE, which solves once for viewers and terms stacked, ranks titles without a history worse: that nobody liked
    them counts against what is near them.

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

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Solve for the weights of both.

        Raises ModelError where nobody likes anything, where no title has anything to go by, where memory is short,
        and where λ is too small to solve.
        """
        terms = csr_array(self._title_vectors(interactions, tables).T)
        alike = np.ones(terms.shape[0])
        self._solve(
            self._likes(interactions, 1 - self.side),
            self._evidence(terms, alike, self.side_regularisation, self.side, "terms"),
        )
