"""Titles with the genres, people, tags and plot words of what a viewer liked: works for titles that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array, hstack

from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between, OneOf

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# Entries of a dense block of profiles: 128 MiB of float32.
_ROUNDING = 1e-6
_PROFILE_ENTRIES = 2**25
_BLOCK_ENTRIES = 2**16
_WORD = r"\p{L}[\p{L}’']+\p{L}"


class Content(Recommender):
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
    catalogue: ClassVar[Literal["interacted", "all"]] = "all"
    reads: ClassVar[tuple[str, ...]] = ("raw.titles", "raw.genres", "raw.credits", "raw.tags")

    genres: float = setting(0.2, "Weight of genres", ge=0, search=Between(0, 2))
    cast: float = setting(1.0, "Weight of cast, directors and writers", ge=0, search=Between(0, 2))
    tags: float = setting(1.0, "Weight of tags", ge=0, search=Between(0, 2))
    plot: float = setting(1.0, "Weight of the words of the plot", ge=0, search=Between(0, 2))
    profile: Literal["liked", "centred"] = setting(
        "liked",
        "Sum what was liked, or everything seen by how far its value lies above the viewer's mean",
        search=OneOf("liked", "centred"),
    )

    _vectors: csr_array

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Make the titles' vectors. Raises ModelError where no title has anything to go by."""
        import polars as pl

        columns = pl.DataFrame({"title_key": interactions.titles}).with_row_index("column")
        total = self.genres + self.cast + self.tags + self.plot
        fields = []
        for weight, terms in (
            (self.genres, tables["raw.genres"].select("title_key", term=pl.col("genre"))),
            (self.cast, tables["raw.credits"].select("title_key", term=pl.col("person")).unique()),
            (self.tags, tables["raw.tags"].select("title_key", term=pl.col("tag"))),
            (self.plot, _words(tables["raw.titles"])),
        ):
            if weight:
                fields.append(_tf_idf(terms, columns) * np.float32(np.sqrt(weight / total)))
        vectors = csr_array(hstack(fields, format="csr")) if fields else csr_array((interactions.shape[1], 0))
        if not vectors.nnz:
            raise ModelError(
                "content has nothing to go by: no two titles share a genre, person, tag or plot word; "
                "load a source with them, such as films"
            )
        self._vectors = csr_array(vectors, dtype=np.float32)

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


def _words(titles: pl.DataFrame) -> pl.DataFrame:
    """title_key, term: the words of the plots, of three letters and more, English stop words left out."""
    import polars as pl
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (
        titles.select("title_key", term=pl.col("plot").str.to_lowercase().str.extract_all(_WORD))
        .explode("term")
        .filter(~pl.col("term").is_in(sorted(ENGLISH_STOP_WORDS)))
    )


def _tf_idf(terms: pl.DataFrame, columns: pl.DataFrame) -> csr_array:
    """(n_titles, n_terms) TF-IDF of one field, rows of length 1 or 0, out of one row a title and mention of a term.

    A term is compared without case and outer blanks.
    """
    import polars as pl
    from sklearn.feature_extraction.text import TfidfTransformer

    counted = (
        terms.with_columns(pl.col("term").str.strip_chars().str.to_lowercase())
        .filter(pl.col("term") != "")
        .join(columns, on="title_key")
        .group_by("column", "term")
        .len()
        .filter(pl.len().over("term") > 1)
        .with_columns(code=pl.col("term").rank("dense") - 1)
        .sort("column", "code")
    )
    counts, rows, codes = (counted[name].to_numpy() for name in ("len", "column", "code"))
    shape = (columns.height, int(codes.max()) + 1 if codes.size else 0)
    matrix = csr_array((counts.astype(np.float32), (rows.astype(np.int32), codes.astype(np.int32))), shape=shape)
    if not matrix.nnz:
        return matrix
    return csr_array(TfidfTransformer(sublinear_tf=True).fit_transform(matrix))
