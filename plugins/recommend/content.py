"""Titles with the genres, people, tags and plot words of what a viewer liked: works for titles that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array

from plugins.recommend.title_features import DescribedTitles
from toolkit.model import setting
from toolkit.search import OneOf

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# Entries of a dense block of profiles: 128 MiB of float32.
_ROUNDING = 1e-6
_PROFILE_ENTRIES = 2**25
_BLOCK_ENTRIES = 2**16


class Content(DescribedTitles):
    """Titles like what you liked, by genres, cast, tags and plot; unseen ones too.

    Each field f of a title (genres, everyone credited, tags, plot words) becomes a TF-IDF vector t_if of length 1,
    or 0 where the title has nothing there. With field weights a_f and viewer weights w_ui:

        tf-idf   = (1 + ln tf) · (1 + ln((1 + n_titles) / (1 + df)))
        s_ij     = Σ_f a_f · t_if·t_jf / Σ_f a_f, from 0 to 1
        score_uj = Σ_i w_ui · s_ij

    The whole is not scaled to length 1 again: a title of which only a genre is known would then outrank all that
    share this genre and more. w_ui is 1 for a liked title with ``profile="liked"``; with "centred" it is the value
    less the viewer's mean, so that what was rated low counts against. Terms of a single title link nothing and are
    left out; a title without any term scores 0.

    Sources: G. Salton and C. Buckley, "Term-weighting Approaches in Automatic Text Retrieval", Information
    Processing & Management 24(5), 1988; P. Lops, M. de Gemmis and G. Semeraro, "Content-based Recommender Systems:
    State of the Art and Trends", Recommender Systems Handbook, 2011.
    """

    name: ClassVar[str] = "content"

    profile: Literal["liked", "centred"] = setting(
        "liked",
        "Sum what was liked, or everything seen by how far its value lies above the viewer's mean",
        search=OneOf("liked", "centred"),
    )

    _vectors: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Make the titles' vectors. Raises ModelError where no title has anything to go by."""
        self._vectors = self._title_vectors(interactions, tables)

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the viewers' profiles times the titles' vectors."""
        weights = self._weights(history)
        scores = np.empty(history.shape, dtype=np.float32)
        step = max(1, _PROFILE_ENTRIES // max(1, self._vectors.shape[1]))
        for start in range(0, history.shape[0], step):
            profiles = (weights[start : start + step] @ self._vectors).toarray()
            scores[start : start + step] = (self._vectors @ np.ascontiguousarray(profiles.T)).T
        # Centred weights sum to 0: what they leave of a title that is as near to all is rounding, and no score.
        noise = _ROUNDING * np.asarray(abs(weights).sum(axis=1), dtype=np.float32)
        scores[np.abs(scores) < noise[:, None]] = 0
        return scores

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): w_ui · s_ij of each title i of the pair's viewer, for the pair's title j."""
        weights = self._weights(history)[rows]
        targets = np.repeat(np.asarray(columns), np.diff(weights.indptr))
        values = np.empty(weights.nnz, dtype=np.float32)
        for start in range(0, weights.nnz, _BLOCK_ENTRIES):
            block = slice(start, start + _BLOCK_ENTRIES)
            shared = self._vectors[weights.indices[block]].multiply(self._vectors[targets[block]])
            values[block] = weights.data[block] * np.asarray(shared.sum(axis=1)).ravel()
        return csr_array((values, weights.indices, weights.indptr), shape=weights.shape)

    def _weights(self, history: Interactions) -> csr_array:
        """(n_viewers, n_titles): w_ui."""
        if self.profile == "liked":
            return history.liked
        values = history.values
        counts = np.diff(values.indptr)
        means = np.asarray(values.sum(axis=1, dtype=np.float64)).ravel() / np.maximum(counts, 1)
        centred = (values.data - np.repeat(means, counts)).astype(np.float32)
        return csr_array((centred, values.indices, values.indptr), shape=values.shape)
