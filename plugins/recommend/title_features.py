"""What titles are described by, as TF-IDF vectors: shared by models that rank titles without a history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array, hstack

from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import Interactions

_WORD = r"\p{L}[\p{L}’']+\p{L}"


class DescribedTitles(Recommender):
    """Titles as vectors of what describes them, whose fields f (genres, …) weigh a_f."""

    catalogue: ClassVar[Literal["interacted", "all"]] = "all"
    reads: ClassVar[tuple[str, ...]] = ("raw.titles", "raw.genres", "raw.credits", "raw.tags")

    genres: float = setting(0.2, "Weight of genres", ge=0, search=Between(0, 2))
    cast: float = setting(1.0, "Weight of cast, directors and writers", ge=0, search=Between(0, 2))
    tags: float = setting(1.0, "Weight of tags", ge=0, search=Between(0, 2))
    plot: float = setting(1.0, "Weight of the words of the plot", ge=0, search=Between(0, 2))

    def _title_vectors(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame]) -> csr_array:
        """(n_titles, n_terms) float32 CSR: the fields' TF-IDF vectors t_f · √(a_f / Σ a_f), side by side.

        A field's vector has the length 1, or 0 where the title has nothing there. Raises ModelError where no title has
        anything to go by.
        """
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
                f"{self.name} has nothing to go by: no two titles share a genre, person, tag or plot word; "
                "load a source with them, such as films"
            )
        return csr_array(vectors, dtype=np.float32)


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
