"""The titles of a simulation: genres, latent factors, appeal, releases, names, people and plots.

`toolkit.simulator` tells the whole story; this module draws the part of it that is about titles. Directions are
the axes of the latent space: direction 2g and 2g + 1 are the two sides of genre g of `toolkit.simulated_words`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from toolkit.simulated_words import ADJECTIVES, ENDINGS, FIRST_NAMES, GENRES, LAST_NAMES, NOUNS, PLACES

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DIRECTIONS = 2 * len(GENRES)
DAY = 86_400
FRIDAY = 4
GENRE_COUNTS = np.array([0.35, 0.45, 0.20])
GENRE_WEIGHTS = np.array([1.0, 0.6, 0.4])
ZIPF_EXPONENT, ZIPF_OFFSET = 1.2, 10.0
NEW_SHARE_PER_YEAR, MOST_NEW = 0.4, 0.5
CAST, CREW = 5, ("director", "writer")


class RowSampler:
    """Draws columns of a non-negative matrix, row by row, with probabilities in proportion to the row's entries.

    One cumulative table for all rows, row r in [r, r + 1): a draw is one binary search, whatever the row.
    A row must have a positive entry to be drawn from.
    """

    def __init__(self, weights: Floats) -> None:
        self.columns = weights.shape[1]
        table = np.cumsum(weights, axis=1, dtype=np.float64)
        table /= np.maximum(table[:, -1:], np.finfo(np.float64).tiny)
        table += np.arange(weights.shape[0])[:, None]
        self.table = table.ravel()

    def draw(self, rows: Integers, rng: np.random.Generator) -> Integers:
        """(n,) a column for each of the (n,) rows."""
        keys = rng.random(len(rows))
        keys *= 1 - 2.0**-30  # row + key must not round up into the next row
        keys += rows
        found: Integers = np.searchsorted(self.table, keys, side="right")
        columns: Integers = found - rows * self.columns
        return columns


@dataclass(frozen=True)
class Catalogue:
    """Titles with their truth, in the order of their ids.

    Attributes:
        genres: (n, 3) genre numbers, -1 where a title has fewer.
        shares: (n, DIRECTIONS) each title's composition, rows sum to 1.
        factors: (n, DIRECTIONS) the composition divided by each direction's mean over the catalogue weighted by
            exp(appeal): an average title has factor 1 everywhere.
        appeal: (n,) log of a title's share of all watching beside taste; exp(appeal) sums to 1.
        quality: (n,) what a title adds to every rating of it.
        runtime: (n,) minutes.
        released: (n,) week of the release, counted from the week (Friday to Thursday) of the start; negative
            before it. A title can be seen from the first moment of that week.
        year: (n,) year of the release.
    """

    genres: Integers
    shares: Floats
    factors: Floats
    appeal: Floats
    quality: Floats
    runtime: Floats
    released: Integers
    year: Integers


def first_friday_offset(start: date) -> int:
    """Days from the Friday on which week 0 began to the start: 0 … 6."""
    return (start.weekday() - FRIDAY) % 7


def weeks_of(start: date, days: int) -> int:
    """How many weeks from Friday to Thursday the window touches."""
    return (first_friday_offset(start) + days - 1) // 7 + 1


def draw_catalogue(titles: int, *, seed: int, start: date, days: int) -> Catalogue:
    """The catalogue of `simulate` with the same arguments: every latent value behind the titles."""
    rng = np.random.default_rng([seed, 0])
    genres = _genres(titles, rng)
    shares = _shares(genres, rng)
    rank = rng.permutation(titles)
    weight = (rank + ZIPF_OFFSET) ** -ZIPF_EXPONENT
    weight /= weight.sum()
    appeal = np.log(weight)
    spread = max(float(appeal.std()), 1e-9)
    quality = 0.35 * rng.standard_normal(titles) + 0.1 * (appeal - appeal.mean()) / spread
    means = np.array([genre.runtime for genre in GENRES])[genres[:, 0]]
    runtime = np.clip(np.round(rng.normal(means, 14.0)), 60, 210)
    released, year = _releases(titles, start, days, rng)
    return Catalogue(genres, shares, shares / (weight @ shares), appeal, quality, runtime, released, year)


def _genres(titles: int, rng: np.random.Generator) -> Integers:
    """(n, 3) distinct genres by Gumbel's top-k trick, the main one first."""
    scores = np.log([genre.share for genre in GENRES]) + rng.gumbel(size=(titles, len(GENRES)))
    genres: Integers = np.argsort(-scores, axis=1)[:, : len(GENRE_COUNTS)]
    count = 1 + np.searchsorted(np.cumsum(GENRE_COUNTS)[:-1], rng.random(titles))
    genres[np.arange(len(GENRE_COUNTS)) >= count[:, None]] = -1
    return genres


def _shares(genres: Integers, rng: np.random.Generator) -> Floats:
    """(n, DIRECTIONS) compositions: 80 % from the genres, 15 % of the title's own, 5 % spread over all directions."""
    titles = len(genres)
    weights = np.where(genres >= 0, GENRE_WEIGHTS, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    sides = rng.beta(0.5, 0.5, size=genres.shape)
    shares = np.zeros((titles, DIRECTIONS))
    rows, first = np.arange(titles)[:, None], 2 * genres
    np.add.at(shares, (rows, first), weights * sides)  # a missing genre adds its weight, 0
    np.add.at(shares, (rows, first + 1), weights * (1 - sides))
    own = rng.standard_gamma(0.1, size=shares.shape) + 1e-12
    own /= own.sum(axis=1, keepdims=True)
    mixed: Floats = 0.8 * shares + 0.15 * own + 0.05 / DIRECTIONS
    return mixed


def _releases(titles: int, start: date, days: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Release weeks and years: a back catalogue of exponential age, and new titles on the window's Fridays."""
    weeks = weeks_of(start, days)
    new = min(round(titles * min(MOST_NEW, NEW_SHARE_PER_YEAR * days / 365)), titles - 1) if weeks > 1 else 0
    age = 1 + np.floor(rng.exponential(12 * 52.18, titles)).astype(np.int64)
    released = -np.minimum(age, 80 * 52)
    chosen = rng.permutation(titles)[:new]
    released[chosen] = rng.integers(1, max(weeks, 2), new)
    fridays = (released * 7 - first_friday_offset(start)).astype("timedelta64[D]") + np.datetime64(start, "D")
    return released, fridays.astype("datetime64[Y]").astype(np.int64) + 1970


def _pick(words: tuple[str, ...], indices: Integers) -> pl.Series:
    import polars as pl

    return pl.Series(words).gather(indices)


def title_tables(catalogue: Catalogue, seed: int) -> dict[str, pl.DataFrame]:
    """The tables titles, genres, credits and simulated_titles."""
    import polars as pl

    rng = np.random.default_rng([seed, 1])
    titles = len(catalogue.appeal)
    ids = identifiers("t", titles)
    names, plots = _names(catalogue, rng), _plots(catalogue, rng)
    genres = pl.Series([genre.name for genre in GENRES])
    places = np.nonzero(catalogue.genres >= 0)
    return {
        "titles": pl.DataFrame(
            {
                "title_id": ids,
                "name": names,
                "year": pl.Series(catalogue.year, dtype=pl.Int16),
                "runtime_minutes": catalogue.runtime,
                "plot": plots,
            }
        ),
        "genres": pl.DataFrame({"title_id": ids.gather(places[0]), "genre": genres.gather(catalogue.genres[places])}),
        "credits": _credits(catalogue, ids, rng),
        "simulated_titles": pl.DataFrame(
            {"title_id": ids, "factors": float_lists(catalogue.factors), "appeal": catalogue.appeal}
        ),
    }


def identifiers(letter: str, count: int) -> pl.Series:
    """Ids such as v000000, v000001, …"""
    import polars as pl

    number = pl.int_range(count, eager=True).cast(pl.String).str.zfill(6)
    return pl.select(pl.lit(letter) + number).to_series()


def float_lists(values: Floats) -> pl.Series:
    """(n, m) as n lists of m 32-bit numbers."""
    import polars as pl

    array = pl.Series(values.astype(np.float32), dtype=pl.Array(pl.Float32, values.shape[1]))
    return array.cast(pl.List(pl.Float32))


def _names(catalogue: Catalogue, rng: np.random.Generator) -> pl.Series:
    """Unique names by six patterns; a name that was there before becomes a sequel: II, III, …"""
    import polars as pl

    titles = len(catalogue.appeal)
    own = tuple(noun for genre in GENRES for noun in genre.nouns)
    per_genre = len(GENRES[0].nouns)
    noun = catalogue.genres[:, 0] * per_genre + rng.integers(0, per_genre, titles)
    noun = np.where(rng.random(titles) < 0.6, noun, len(own) + rng.integers(0, len(NOUNS), titles))
    frame = pl.DataFrame(
        {
            "pattern": rng.integers(0, 6, titles),
            "noun": _pick(own + NOUNS, noun),
            "other": _pick(NOUNS, rng.integers(0, len(NOUNS), titles)),
            "adjective": _pick(ADJECTIVES, rng.integers(0, len(ADJECTIVES), titles)),
            "place": _pick(PLACES, rng.integers(0, len(PLACES), titles)),
            "first": _pick(FIRST_NAMES, rng.integers(0, len(FIRST_NAMES), titles)),
        }
    )
    patterns = (
        "The {adjective} {noun}",
        "The {noun} of {place}",
        "{first} and the {adjective} {noun}",
        "The {other} and the {noun}",
        "{adjective} {noun} in {place}",
        "{first}: The {noun} of {place}",
    )
    name: Any = pl.lit("")
    for number, pattern in enumerate(patterns):
        fields = re.findall(r"{(\w+)}", pattern)
        text = re.sub(r"{\w+}", "{}", pattern)
        name = pl.when(pl.col("pattern") == number).then(pl.format(text, *fields)).otherwise(name)
    romans = pl.Series(["", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX", " X"])
    named = frame.select(name.alias("name")).with_columns(part=pl.int_range(pl.len()).over("name"))
    return named.select(
        pl.col("name")
        + pl.when(pl.col("part") < len(romans))
        .then(pl.lit(romans).gather(pl.col("part").clip(upper_bound=len(romans) - 1)))
        .otherwise(pl.format(" {}", pl.col("part") + 1))
    ).to_series()


def _plots(catalogue: Catalogue, rng: np.random.Generator) -> pl.Series:
    """A sentence of one of the title's genres, one of a direction of its composition, and a neutral ending."""
    import polars as pl

    titles = np.arange(len(catalogue.appeal))
    sides = [side for genre in GENRES for side in genre.sides]
    labelled = (np.arange(DIRECTIONS)[None, :, None] // 2 == catalogue.genres[:, None, :]).any(axis=2)
    first = RowSampler(catalogue.shares * labelled).draw(titles, rng)
    second = RowSampler(catalogue.shares).draw(titles, rng)

    def phrase(kind: str, directions: Integers) -> pl.Series:
        words = tuple(word for side in sides for word in getattr(side, kind))
        size = len(words) // DIRECTIONS
        return _pick(words, directions * size + rng.integers(0, size, len(directions)))

    frame = pl.DataFrame(
        {
            "setting": phrase("settings", first),
            "hero": phrase("heroes", first),
            "deed": phrase("deeds", first),
            "name": _pick(FIRST_NAMES, rng.integers(0, len(FIRST_NAMES), len(titles))),
            "rival": phrase("heroes", second),
            "turn": phrase("deeds", second),
            "ending": _pick(ENDINGS, rng.integers(0, len(ENDINGS), len(titles))),
        }
    )
    return frame.select(pl.format("In {}, {} {}. {}, {}, {}. {}", *frame.columns)).to_series()


def _credits(catalogue: Catalogue, ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """People by role: each place is filled from a direction of the title, by the people's leanings and fame."""
    import polars as pl

    titles = ids.len()
    people = int(np.clip(4 * titles**0.8, 12, 0.8 * len(FIRST_NAMES) * len(LAST_NAMES)))
    codes = rng.choice(len(FIRST_NAMES) * len(LAST_NAMES), people, replace=False)
    first = _pick(FIRST_NAMES, codes // len(LAST_NAMES))
    names = first + " " + _pick(LAST_NAMES, codes % len(LAST_NAMES))
    leaning = rng.standard_gamma(0.15, size=(DIRECTIONS, people)) + 1e-4
    sampler = RowSampler(leaning * (np.arange(people) + 5.0) ** -0.8)
    composition = RowSampler(catalogue.shares)
    roles = np.array(["cast"] * CAST + list(CREW))
    title = np.repeat(np.arange(titles), len(roles))
    place = np.tile(np.arange(len(roles)), titles)
    person = sampler.draw(composition.draw(title, rng), rng)
    frame = (
        pl.DataFrame({"title": title, "person": person, "role": roles[place]})
        .unique(["title", "role", "person"], keep="first", maintain_order=True)
        .with_columns(billing=(pl.int_range(pl.len()).over("title", "role") + 1).cast(pl.Int32))
    )
    return pl.DataFrame(
        {
            "title_id": ids.gather(frame["title"]),
            "person": names.gather(frame["person"]),
            "role": frame["role"],
            "billing": frame["billing"],
        }
    )
