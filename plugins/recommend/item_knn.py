"""Nearest titles: what is liked by the same viewers as what you liked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array

from plugins.recommend.likes import likes_to_learn_from
from plugins.recommend.nearest_titles import nearest_titles, weighted_contributions, weighted_scores
from plugins.recommend.private_gram import PrivateRecommender
from plugins.recommend.similarity import of_shared, similarities
from toolkit.model import setting
from toolkit.search import Between, OneOf

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions


class ItemKnn(PrivateRecommender):
    """Titles that the same viewers like as what you liked.

    With s_ij the similarity of titles i and j over the sets of viewers who liked them, and N(j) the `neighbours`
    titles i ≠ j of largest positive s_ij:

        score_uj = Σ_i∈N(j), u liked i  s_ij
        cosine   s_ij = n_ij / √(n_i · n_j)
        jaccard  s_ij = n_ij / (n_i + n_j - n_ij)

    where n_ij viewers liked both; either is multiplied by n_ij / (n_ij + shrinkage). With ``epsilon``, n_ij and n_i
    are the entries of a Gram matrix that was bounded and made noisy (see docs/privacy.md).

    Sources: M. Deshpande and G. Karypis, "Item-based Top-N Recommendation Algorithms", ACM TOIS 22(1), 2004;
    neighbours of the title that is scored: B. Sarwar et al., "Item-based Collaborative Filtering Recommendation
    Algorithms", WWW 2001; shrinkage: R. Bell and Y. Koren, SIGKDD Explorations 9(2), 2007.
    """

    name: ClassVar[str] = "item-knn"

    similarity: Literal["cosine", "jaccard"] = setting(
        "cosine", "How two titles are compared", search=OneOf("cosine", "jaccard")
    )
    neighbours: int = setting(
        50, "Titles that the score of a title is made from", ge=1, search=Between(10, 1000, log=True)
    )
    shrinkage: float = setting(
        10.0,
        "Multiply a similarity that n shared viewers support by n / (n + shrinkage)",
        ge=0,
        search=Between(1, 200, log=True),
    )

    _weights: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Find the nearest titles of each, block by block, so that memory stays flat.

        Raises ModelError where nobody likes anything.
        """
        liked = likes_to_learn_from(self.name, interactions)
        if self.epsilon is not None:
            self._fit_privately(liked[np.diff(liked.indptr) > 0], self.epsilon)
            return
        by_title = liked.T.tocsr()
        self._weights = nearest_titles(
            by_title.shape[0],
            self.neighbours,
            lambda block: similarities(self.similarity, by_title[block], by_title, self.shrinkage),
        )

    def _fit_privately(self, liked: csr_array, epsilon: float) -> None:
        """The nearest titles by the noisy Gram matrix alone; none for titles that drown in the noise."""
        titles = liked.shape[1]
        columns, matrix = self.private_gram(liked, 0.0, epsilon)
        likes = np.zeros(titles, dtype=np.float32)
        likes[columns] = matrix.diagonal()
        left, right = np.nonzero(matrix > 0)
        shared = csr_array((matrix[left, right], (columns[left], columns[right])), shape=(titles, titles))
        self._weights = nearest_titles(
            titles,
            self.neighbours,
            lambda block: of_shared(self.similarity, shared[block], likes[block], likes, self.shrinkage),
        )

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the similarities to the liked titles, summed."""
        return weighted_scores(history.liked, self._weights)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): the similarity of each liked title of the pair's viewer to the pair's title."""
        return weighted_contributions(history.liked, self._weights, rows, columns)

    def title_weights(self, count: int) -> csr_array:
        """(n_titles, n_titles): the weights that scores are summed from, `neighbours` of each title."""
        return self._weights
