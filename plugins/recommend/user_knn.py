"""Nearest viewers: what people with a like history watched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

from plugins.recommend.similarity import Similarity, block_rows, centred, nearest, ones, product, similarities
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between, OneOf

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

_SHRINKAGE = {"cosine": 0.0, "jaccard": 0.0, "pearson": 100.0, "euclidean": 100.0}
_BLOCK_PAIRS = 1024


class UserKnn(Recommender):
    """Titles that the viewers most like you liked.

    With N(u) the `neighbours` viewers v ≠ u of largest positive similarity s_uv, and r_vj what v gave title j:

        sum   score_uj = Σ_v∈N(u) s_uv · r_vj, titles that v did not see adding nothing
        mean  score_uj = Σ_v∈N(u) s_uv · r_vj / Σ_v∈N(u), v saw j s_uv

    "mean" predicts a rating; it puts a title that one neighbour loved above one that all liked, so "sum" is the
    default for ranking. Cosine, pearson and euclidean compare values, jaccard the sets of liked titles;
    `plugins.recommend.similarity` has the formulas. Somebody who was not in the fit is compared with all.

    Sources: P. Resnick et al., "GroupLens: An Open Architecture for Collaborative Filtering of Netnews", CSCW 1994;
    the sum: P. Cremonesi, Y. Koren and R. Turrin, "Performance of Recommender Algorithms on Top-N Recommendation
    Tasks", RecSys 2010 (non-normalised neighbourhoods); similarities: the handbook chapter named there.
    """

    name: ClassVar[str] = "user-knn"

    similarity: Similarity = setting(
        "cosine", "How two viewers are compared", search=OneOf("cosine", "jaccard", "pearson", "euclidean")
    )
    neighbours: int = setting(40, "Viewers that a score is made from", ge=1, search=Between(10, 500, log=True))
    shrinkage: float | None = setting(
        None,
        "Multiply a similarity that n shared titles support by n / (n + shrinkage); "
        "not given: 0 for cosine and jaccard, 100 for pearson and euclidean",
        ge=0,
        search=OneOf(None, 0.0, 10.0, 100.0),
    )
    prediction: Literal["sum", "mean"] = setting("sum", "Sum the neighbours' values, or take their weighted mean")

    _values: csr_array
    _liked: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Keep the matrix: neighbours are looked for when somebody is scored."""
        self._values = interactions.values
        if self.similarity == "jaccard":
            self._liked = interactions.liked

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the neighbours' values weighted by similarity."""
        neighbours = self._neighbours(history)
        scores = (neighbours @ self._values).toarray()
        if self.prediction == "mean":
            support = (neighbours @ ones(self._values)).toarray()
            scores = np.divide(scores, support, out=np.zeros_like(scores), where=support > 0)
        return np.asarray(scores, dtype=np.float32)

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): the neighbours' votes for the pair's title, split over the titles that they share
        with the viewer, each of which is one term of the similarity's sum.

        Raises ModelError for euclidean, which is no sum over titles.
        """
        if self.similarity == "euclidean":
            raise ModelError(
                "user-knn cannot say which watched titles a euclidean similarity comes from; "
                "leave out --explain, or take cosine, pearson or jaccard"
            )
        viewers, place = np.unique(rows, return_inverse=True)
        neighbours = self._neighbours(history.select(viewers))
        mine, theirs = self._terms(self._of(history)[viewers]), self._terms(self._compared)
        shares = _divided(neighbours, mine, theirs)
        votes, seen = self._values.T.tocsr(), ones(self._values.T.tocsr())
        blocks = [csr_array((0, history.shape[1]), dtype=np.float32)]
        for start in range(0, place.size, _BLOCK_PAIRS):
            pairs, titles = place[start : start + _BLOCK_PAIRS], columns[start : start + _BLOCK_PAIRS]
            shared = shares[pairs].multiply(votes[titles]) @ theirs
            if self.prediction == "mean":
                support = np.asarray(neighbours[pairs].multiply(seen[titles]).sum(axis=1)).ravel()
                shared = diags_array(np.divide(1, support, out=np.zeros_like(support), where=support > 0)) @ shared
            blocks.append(mine[pairs].multiply(shared))
        return csr_array(vstack(blocks, format="csr"), dtype=np.float32)

    @property
    def _compared(self) -> csr_array:
        """What histories are compared with."""
        return self._liked if self.similarity == "jaccard" else self._values

    def _of(self, history: Interactions) -> csr_array:
        """What the similarity compares."""
        return history.liked if self.similarity == "jaccard" else history.values

    def _neighbours(self, history: Interactions) -> csr_array:
        """(n_viewers, n_fitted) CSR of the similarities to the nearest viewers, the viewer himself left out."""
        compared, fitted = self._of(history), self._values.shape[0]
        shrinkage = _SHRINKAGE[self.similarity] if self.shrinkage is None else self.shrinkage
        rows = np.asarray(history.rows)
        blocks = []
        step = block_rows(fitted)
        for start in range(0, compared.shape[0], step):
            block = similarities(self.similarity, compared[start : start + step], self._compared, shrinkage)
            blocks.append(nearest(block, self.neighbours, rows[start : start + step]))
        if not blocks:
            return csr_array((0, fitted), dtype=np.float32)
        return csr_array(vstack(blocks, format="csr"))

    def _terms(self, compared: csr_array) -> csr_array:
        """Rows whose products, title by title, are the terms of the similarity's sum, but for a factor of the pair."""
        if self.similarity == "jaccard":
            return ones(compared)
        return centred(compared) if self.similarity == "pearson" else compared


def _divided(neighbours: csr_array, mine: csr_array, theirs: csr_array) -> csr_array:
    """Similarities (n_viewers, n_fitted), each divided by the sum Σ x·y of its terms, in blocks of viewers."""
    sums = []
    step = block_rows(neighbours.shape[1])
    for start in range(0, neighbours.shape[0], step):
        lengths = np.diff(neighbours.indptr[start : start + step + 1])
        rows = np.repeat(np.arange(lengths.size), lengths)
        first = neighbours.indptr[start]
        whole = product(mine[start : start + step], theirs)
        sums.append(whole[rows, neighbours.indices[first : first + rows.size]])
    data = neighbours.data / np.concatenate([np.empty(0, dtype=np.float32), *sums])
    return csr_array((data, neighbours.indices, neighbours.indptr), shape=neighbours.shape)
