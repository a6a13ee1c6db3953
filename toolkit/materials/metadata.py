"""Rows of what is known of titles: what they are learnt from, and how synthetic ones are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.analyzer import Shown
from toolkit.errors import UnknownNameError
from toolkit.materials.material import GenerateRequest, Material, Measure, Parts, sample_rows
from toolkit.materials.metadata_constraints import DIGITS, RATINGS
from toolkit.materials.metadata_distance import Scale, alone_in, nearest
from toolkit.materials.metadata_frames import as_frame, as_json
from toolkit.materials.metadata_measures import judged
from toolkit.model import setting

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Numbers of a title with their types in results.generated_titles, in the order that models learn them in.
NUMBERS = {
    "year": "Int16", "runtime_minutes": "Float64", "cast_size": "Int32", "ratings": "Int64", "mean_rating": "Float64",
    "rating_spread": "Float64",
}  # fmt: skip
WHOLE = {"year", "cast_size", "ratings"}
# Share of the titles that a genre must have.
_RARE = 0.002

_TITLES = f"""
    WITH credited AS (SELECT title_key, count(*) AS cast_size FROM raw.credits WHERE role = 'cast' GROUP BY title_key),
    rated AS (
        SELECT title_key, count(*) AS ratings, round(avg(rating::DOUBLE), {DIGITS}) AS mean_rating,
            round(stddev_samp(rating::DOUBLE), {DIGITS}) AS rating_spread
        FROM raw.ratings WHERE rating IS NOT NULL GROUP BY title_key
    )
    SELECT title_key, coalesce(name, title_id) AS name, year, runtime_minutes, cast_size,
        coalesce(ratings, 0) AS ratings, mean_rating, rating_spread
    FROM raw.titles LEFT JOIN credited USING (title_key) LEFT JOIN rated USING (title_key)
    ORDER BY title_key
"""


@dataclass(frozen=True)
class Rows:
    """Rows with numeric and multi-label columns.

    Attributes:
        numbers: (n, n_numbers) float64; NaN where a row has none.
        number_names: (n_numbers,) their columns, as in results.generated_titles.
        whole: (n_numbers,) bool, which of them are whole numbers.
        labels: (n, n_labels) bool, such as which genres a row has.
        label_names: (n_labels,) the most frequent first.
        names: (n,) what the titles are called; made up of synthetic ones.
    """

    numbers: Float64
    number_names: tuple[str, ...]
    whole: BoolArray
    labels: BoolArray
    label_names: tuple[str, ...]
    names: Sequence[str]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.names)

    def select(self, places: IntArray) -> Rows:
        """The rows at `places`, (n,) in any order."""
        places = np.asarray(places)
        names = tuple(self.names[p] for p in places.tolist())
        return Rows(
            self.numbers[places], self.number_names, self.whole, self.labels[places], self.label_names, names
        )  # fmt: skip


@dataclass(frozen=True)
class MetadataWishes:
    """What is wanted of rows.

    Attributes:
        labels: (n_labels,) bool, the genres that they should have; None to draw them.
        temperature: by which log-probabilities are divided.
    """

    labels: BoolArray | None = None
    temperature: float = 1.0


class MetadataRequest(GenerateRequest):
    """What can be asked of metadata."""

    genre: tuple[str, ...] = setting((), "Genre that rows should have; again for more than one")


class Metadata(Material[Rows, MetadataWishes, Rows]):
    """Synthetic rows of titles: genres, year, runtime, cast size, and how they are rated.

    Most rows with few ratings are those of many titles: there are hundreds of silent dramas of 1914 with a cast of two
    and no rating. A row like theirs gives away none of them, and to reject it would leave such films out. So the row
    that a sample is compared with is the nearest of those that one title alone has. A copy is equal to it; a near copy
    has its genres, and numbers that few titles lie between.
    """

    makes: ClassVar[str] = "metadata"
    reads: ClassVar[tuple[str, ...]] = ("raw.titles", "raw.genres", "raw.credits", "raw.ratings")
    load: ClassVar[str] = "cinekit load movielens FOLDER"
    least: ClassVar[int] = 100
    request: ClassVar[type[GenerateRequest]] = MetadataRequest
    default: ClassVar[str] = "independent"
    unit: ClassVar[str] = "nats per row"
    near: ClassVar[float] = 0.001
    key: ClassVar[tuple[str, bool]] = ("c2st_auc", True)
    headline: ClassVar[tuple[str, ...]] = (
        "c2st_auc", "c2st_auc_floor", "ks", "tv", "associations", "dcr_ratio", "verbatim", "nats_per_row",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown(
            "Synthetic titles",
            "SELECT t.sample, year, runtime_minutes, cast_size, ratings, round(mean_rating, 2) AS mean_rating, "
            "round(rating_spread, 2) AS rating_spread, "
            "(SELECT string_agg(genre, ', ' ORDER BY genre) FROM results.generated_genres g "
            "WHERE g.run = t.run AND g.sample = t.sample) AS genres, nearest, distance "
            "FROM results.generated_titles t JOIN results.generations USING (run, sample) "
            "WHERE run IN (SELECT unnest($runs)) ORDER BY t.sample",
            columns=("sample", "year", "cast_size", "ratings", "mean_rating", "genres"),
        ),
    )
    writes: ClassVar[tuple[str, ...]] = ("results.generated_titles", "results.generated_genres")
    distinct: ClassVar[bool] = False

    def read(self, con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Titles with their numbers, and the genres of each."""
        genres = con.sql("SELECT DISTINCT title_key, genre FROM raw.genres WHERE genre IS NOT NULL").pl()
        return con.sql(_TITLES).pl(), genres

    def corpus(self, rows: tuple[pl.DataFrame, pl.DataFrame], request: GenerateRequest) -> Rows:
        """One row a title; columns that no title has, genres of few, and titles of which nothing is known left out."""
        titles, genres = rows
        if not (titles["ratings"] > 0).any():
            titles = titles.drop("ratings")
        names = tuple(name for name in NUMBERS if name in titles.columns and titles[name].null_count() < len(titles))
        numbers = np.full((len(titles), len(names)), np.nan)
        for place, name in enumerate(names):
            numbers[:, place] = titles[name].cast(float).fill_null(np.nan).to_numpy()
        labels, label_names = _labels(titles["title_key"].to_numpy(), genres)
        kept = np.flatnonzero(_something(numbers, names, labels))
        whole = np.array([name in WHOLE for name in names], dtype=np.bool_)
        return Rows(numbers, names, whole, labels, label_names, tuple(titles["name"])).select(kept)

    def parts(self, corpus: Rows) -> Parts:
        """80, 10 and 10 % of the titles, by a hash of their names; titles of one name are in one part."""
        hashes = np.array([int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) for name in corpus.names])
        tenth = hashes % 10
        return Parts(*(np.flatnonzero(mask) for mask in (tenth > 1, tenth == 1, tenth == 0)))

    def wishes(self, request: GenerateRequest, corpus: Rows) -> MetadataWishes:
        """The genres that are wanted. Raises UnknownNameError where one is not among those of the corpus."""
        wanted = request.genre if isinstance(request, MetadataRequest) else ()
        if not wanted:
            return MetadataWishes(None, request.temperature)
        by_name = {name.casefold(): place for place, name in enumerate(corpus.label_names)}
        labels = np.zeros(len(corpus.label_names), dtype=np.bool_)
        for genre in wanted:
            if genre.casefold() not in by_name:
                hint = "the most frequent are " + ", ".join(corpus.label_names[:5]) if by_name else "no genre is loaded"
                raise UnknownNameError("genre", genre, corpus.label_names, hint=hint)
            labels[by_name[genre.casefold()]] = True
        return MetadataWishes(labels, request.temperature)

    def loss_in_unit(self, losses: Float64, corpus: Rows) -> float:
        """Nats per row: the mean."""
        return float(losses.mean())

    def each_loss(self, losses: Float64, items: Rows) -> Float64:
        """As they are."""
        return losses

    def as_corpus(self, items: Rows, like: Rows) -> Rows:
        """As they are."""
        return items

    def count(self, items: Rows) -> int:
        """How many."""
        return len(items)

    def pick(self, items: Rows, places: IntArray) -> Rows:
        """The rows at some places."""
        return items.select(places)

    def join(self, several: Sequence[Rows]) -> Rows:
        """Rows one after another."""
        return replace(
            several[0],
            numbers=np.concatenate([rows.numbers for rows in several]),
            labels=np.concatenate([rows.labels for rows in several]),
            names=tuple(name for rows in several for name in rows.names),
        )

    def keys(self, items: Rows) -> Sequence[str]:
        """(n,) each row as JSON; "" of one of which nothing is known."""
        something = _something(items.numbers, items.number_names, items.labels)
        return [text if known else "" for text, known in zip(as_json(items), something.tolist(), strict=True)]

    def nearest(self, items: Rows, corpus: Rows) -> tuple[IntArray, Float64]:
        """The nearest row that one title alone has, by Gower's distance; distance 1 where there is no such row."""
        alone = np.flatnonzero(alone_in(corpus))
        if not alone.size:
            return np.zeros(len(items), dtype=np.int64), np.ones(len(items))
        places, distances = nearest(items, corpus.select(alone), Scale.of(corpus))
        return alone[places], distances

    def rows(
        self, items: Rows, wishes: MetadataWishes, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """The samples as JSON, as rows of titles, and their genres."""
        import polars as pl

        sample = pl.Series("sample", np.arange(1, len(items) + 1), dtype=pl.Int32)
        found = as_frame(items)
        columns = [
            found[name].cast(getattr(pl, kind)) if name in found.columns else
            pl.Series(name, [None] * len(items), dtype=getattr(pl, kind))
            for name, kind in NUMBERS.items()
        ]  # fmt: skip
        rows, labels = np.nonzero(items.labels)
        names = pl.Series("genre", list(items.label_names), dtype=pl.String)
        return {
            "results.generations": sample_rows(len(items), as_json(items)),
            "results.generated_titles": pl.DataFrame([sample, *columns]),
            "results.generated_genres": pl.DataFrame([sample[rows], names[labels]]),
        }

    def wishes_to_judge(self, corpus: Rows, temperature: float = 1.0) -> MetadataWishes:
        """Nothing in particular."""
        return MetadataWishes(None, temperature)

    def judge(self, items: Rows, corpus: Rows, parts: Parts, seed: int) -> list[Measure]:
        """Marginals, associations, the classifier two-sample test, and how near samples are to rows learnt from."""
        return judged(items, corpus.select(parts.train), corpus.select(parts.test), seed)


def _labels(titles: IntArray, genres: pl.DataFrame) -> tuple[BoolArray, tuple[str, ...]]:
    """(n, n_labels) which genres each title has, and their names, the most frequent first; rare ones left out."""
    import polars as pl

    found = genres.filter(pl.col("title_key").is_in(titles.tolist()))
    counts = found["genre"].value_counts().sort("count", "genre", descending=[True, False])
    names = tuple(counts.filter(pl.col("count") >= max(_RARE * len(titles), 1))["genre"])
    places = pl.DataFrame({"genre": pl.Series(names, dtype=pl.String), "place": np.arange(len(names))})
    kept = found.join(places, on="genre")
    labels = np.zeros((len(titles), len(names)), dtype=np.bool_)
    labels[np.searchsorted(titles, kept["title_key"].to_numpy()), kept["place"].to_numpy()] = True
    return labels, names


def _something(numbers: Float64, names: Sequence[str], labels: BoolArray) -> BoolArray:
    """(n,) whether anything is known of a row; that it has no ratings is nothing."""
    none = np.array([name == RATINGS for name in names], dtype=np.bool_)
    known = np.isfinite(numbers) & ~(none & (numbers == 0))
    something: BoolArray = np.asarray(np.concatenate([known, labels], axis=1).any(axis=1))
    return something
