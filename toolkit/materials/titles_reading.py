"""Names of titles out of the warehouse, and which of them are learnt from."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.material import Parts
from toolkit.materials.titles import Titles

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray

# Genres of fewer titles are left out, unless they have this share of them.
_FEWEST, _LEAST_SHARE = 20, 0.01
# Share of the titles that is held out to judge models, and as much again for choices while fitting.
_HELD_OUT = 0.05
# Names that sources have for the same genre.
_SAME_GENRES = {"sci-fi": "science fiction", "film-noir": "noir", "animated": "animation", "sport": "sports"}

# What two titles of a series may differ in, taken off one after another: what is in brackets, what follows a colon,
# punctuation, an article in front, and a number at the end, as digits, as a Roman one or as a word.
_VARIED = (
    r"\(.*?\)|\[.*?\]",
    r"(: | - ).*$",
    r"[^\w\s]|_",
    r"^\s*(the|a|an|le|la|les|l|der|die|das|el|los|las|il)\s",
    r"(\s+(part|episode|chapter|volume|vol|no))?\s+(\d+|[ivx]+|one|two|three|four|five|six|seven)\s*$",
)

_NAMES = r"""
SELECT nfc_normalize(trim(regexp_replace(name, '\s+', ' ', 'g'))) AS text, title_key, year
FROM raw.titles WHERE name IS NOT NULL
"""


def read(con: duckdb.DuckDBPyConnection, longest: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Names of at most `longest` characters without control characters, in the order of their first titles' keys.

    Returns:
        Each name with its earliest decade, and the genres of names.
    """
    names = con.sql(
        f"""
        SELECT text, min(title_key) AS first, min(year) // 10 * 10 AS decade FROM ({_NAMES})
        WHERE length(text) BETWEEN 1 AND $longest AND NOT regexp_matches(text, '[[:cntrl:]]')
        GROUP BY text ORDER BY first, text
        """,
        params={"longest": longest},
    ).pl()
    genres = con.sql(
        f"SELECT DISTINCT text, lower(genre) AS key, genre FROM ({_NAMES}) JOIN raw.genres USING (title_key)"
    ).pl()
    return names, genres


def titles_of(names: pl.DataFrame, genres: pl.DataFrame) -> Titles:
    """Titles out of what `read` gave, rare genres left out."""
    import polars as pl

    texts = names["text"].to_list()
    decades = names["decade"].fill_null(-1).to_numpy().astype(np.int64)
    numbered = names.select("text").with_row_index("row")
    genres = genres.with_columns(pl.col("key").replace(_SAME_GENRES)).join(numbered, on="text")
    vocabulary = _frequent(genres, len(texts))
    found = genres.join(vocabulary.with_row_index("place").select("key", "place"), on="key")
    matrix = np.zeros((len(texts), vocabulary.height), dtype=np.bool_)
    matrix[found["row"].to_numpy(), found["place"].to_numpy()] = True
    return Titles(tuple(texts), matrix, tuple(vocabulary["name"].to_list()), decades)


def genre_key(name: str) -> str:
    """A text that is equal for two names of one genre."""
    key = " ".join(name.casefold().split())
    return _SAME_GENRES.get(key, key)


def _frequent(genres: pl.DataFrame, n: int) -> pl.DataFrame:
    """Genres that are not rare, the most frequent first: key, and the name that most titles have it by."""
    import polars as pl

    spelt = genres.group_by("key", "genre").agg(pl.len().alias("times"))
    names = spelt.sort("times", "genre", descending=[True, False]).group_by("key", maintain_order=True).first()
    counts = genres.group_by("key").agg(pl.col("row").n_unique().alias("titles"))
    return (
        counts.filter(pl.col("titles") >= min(_FEWEST, _LEAST_SHARE * n))
        .join(names.select("key", pl.col("genre").alias("name")), on="key")
        .sort("titles", "key", descending=[True, False])
    )


def parts(texts: Sequence[str]) -> Parts:
    """Places to learn from, and those held out, by a hash of what titles of one series have in common."""
    common = series_keys(texts)
    hashes = np.array([zlib.crc32(key.encode()) for key in common], dtype=np.int64)
    order = np.unique(hashes)
    held_out = max(1, round(_HELD_OUT * len(order)))
    test, valid = np.isin(hashes, order[:held_out]), np.isin(hashes, order[held_out : 2 * held_out])
    return Parts(_where(~test & ~valid), _where(valid), _where(test))


def _where(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> IntArray:
    return np.flatnonzero(chosen)


def series_keys(texts: Sequence[str]) -> list[str]:
    """(n,) what is left of titles without what sequels and remakes differ in; the whole where nothing is left."""
    import polars as pl

    column = pl.Series("text", texts, dtype=pl.String).str.to_lowercase()
    left = column
    for pattern in _VARIED:
        left = left.str.replace_all(pattern, " ")
    left = left.str.replace_all(r"\s+", " ").str.strip_chars()
    keys: list[str] = pl.select(pl.when(left == "").then(column).otherwise(left)).to_series().to_list()
    return keys
