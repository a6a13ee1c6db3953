"""Names of titles: what they are learnt from, and what makes one a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.analyzer import Shown
from toolkit.errors import UnknownNameError, UsageError
from toolkit.materials.material import GenerateRequest, Material, Measure, Parts, sample_rows
from toolkit.model import setting

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# The longest name that is learnt from, in characters: longer ones are lists of alternatives, or credits.
LONGEST = 80


@dataclass(frozen=True)
class Titles:
    """Names of titles with what they are conditional on.

    Attributes:
        texts: (n,) names, each once, without line breaks.
        genres: (n, n_genres) which genres each has; none where that is not known.
        genre_names: (n_genres,) the genres, the most frequent first; rare ones are left out.
        decades: (n,) decade of release, such as 1990; -1 where it is not known.
    """

    texts: tuple[str, ...]
    genres: BoolArray
    genre_names: tuple[str, ...]
    decades: IntArray

    @property
    def names(self) -> Sequence[str]:
        """The texts."""
        return self.texts

    def __len__(self) -> int:
        """How many titles."""
        return len(self.texts)

    def select(self, places: IntArray) -> Titles:
        """The titles at `places`, (n,) in any order."""
        places = np.asarray(places)
        texts = tuple(self.texts[place] for place in places.tolist())
        return Titles(texts, self.genres[places], self.genre_names, self.decades[places])


@dataclass(frozen=True)
class TitleWishes:
    """What is wanted of titles.

    Attributes:
        genres: (n_genres,) bool, the genres that they should be of; None to draw genres as they are in the corpus.
        decade: such as 1990; None to draw decades as they are in the corpus.
        temperature: by which log-probabilities are divided.
        between: two texts, to interpolate between them from the first to the second; None otherwise.
    """

    genres: BoolArray | None = None
    decade: int | None = None
    temperature: float = 1.0
    between: tuple[str, str] | None = None


class TitlesRequest(GenerateRequest):
    """What can be asked of generators of titles."""

    genre: tuple[str, ...] = setting((), "Genre that they should be of; may be repeated")
    decade: str | None = setting(None, "Decade that they should be of, such as 1990 or 1990s")
    between: tuple[str, ...] = setting((), "A title to go from or to; give it twice, of models that can interpolate")


class TitleNames(Material[Titles, TitleWishes, Sequence[str]]):
    """Names of titles.

    The distance of two is the Levenshtein distance of what is left when case is ignored, over the longer one's length.
    """

    makes: ClassVar[str] = "titles"
    reads: ClassVar[tuple[str, ...]] = ("raw.titles", "raw.genres")
    load: ClassVar[str] = "cinekit load titles FILE, or cinekit load movielens FOLDER"
    least: ClassVar[int] = 50
    needs: ClassVar[tuple[str, ...]] = ("rapidfuzz",)
    request: ClassVar[type[GenerateRequest]] = TitlesRequest
    default: ClassVar[str] = "ngram"
    unit: ClassVar[str] = "bits per character"
    near: ClassVar[float] = 0.1
    key: ClassVar[tuple[str, bool]] = ("bits_per_character", True)
    headline: ClassVar[tuple[str, ...]] = (
        "bits_per_character", "verbatim", "near_copies", "distinct", "trigram_divergence", "length_distance",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown(
            "Titles",
            """
SELECT sample, content AS title, round(loss, 2) AS bits_per_character, nearest, round(distance, 2) AS distance
FROM results.generations WHERE run IN (SELECT unnest($runs)) ORDER BY run, sample
""",
        ),
    )

    def read(self, con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Names, each once, and the genres of each."""
        from toolkit.materials.titles_reading import read

        return read(con, LONGEST)

    def corpus(self, rows: tuple[pl.DataFrame, pl.DataFrame], request: GenerateRequest) -> Titles:
        """Names, each once, with the genres and the earliest decade of all titles that have it."""
        from toolkit.materials.titles_reading import titles_of

        return titles_of(*rows)

    def parts(self, corpus: Titles) -> Parts:
        """90 % to learn from, 5 % and 5 % held out; sequels and remakes stay on one side."""
        from toolkit.materials.titles_reading import parts

        return parts(corpus.texts)

    def wishes(self, request: GenerateRequest, corpus: Titles) -> TitleWishes:
        """Genres, decade, and titles to interpolate between."""
        if not isinstance(request, TitlesRequest):
            return TitleWishes(temperature=request.temperature)
        between = None
        if request.between:
            if len(request.between) != 2 or not all(text.strip() for text in request.between):
                raise UsageError("--between wants two titles: --between 'Alien' --between 'Amelie'")
            between = (request.between[0].strip(), request.between[1].strip())
        genres = _genres(request.genre, corpus) if request.genre else None
        decade = None if request.decade is None else _decade(request.decade, corpus)
        return TitleWishes(genres, decade, request.temperature, between)

    def guided(self, wishes: TitleWishes) -> bool:
        """Whether they are to be between two."""
        return wishes.between is not None

    def loss_in_unit(self, losses: Float64, corpus: Titles) -> float:
        """Bits over characters, of all titles together; the end of a title counts as one."""
        return float(losses.sum() / _steps(corpus.texts).sum() / np.log(2))

    def each_loss(self, losses: Float64, items: Sequence[str]) -> Float64:
        """Bits over characters of each title."""
        each: Float64 = losses / _steps(items) / np.log(2)
        return each

    def as_corpus(self, items: Sequence[str], like: Titles) -> Titles:
        """Samples as titles whose genres and decade are not known."""
        genres = np.zeros((len(items), len(like.genre_names)), dtype=np.bool_)
        return Titles(tuple(items), genres, like.genre_names, np.full(len(items), -1))

    def count(self, items: Sequence[str]) -> int:
        """How many."""
        return len(items)

    def pick(self, items: Sequence[str], places: IntArray) -> Sequence[str]:
        """Those at some places."""
        return [items[place] for place in np.asarray(places).tolist()]

    def join(self, several: Sequence[Sequence[str]]) -> Sequence[str]:
        """All of them."""
        return [text for items in several for text in items]

    def keys(self, items: Sequence[str]) -> Sequence[str]:
        """The texts without regard to case and white space."""
        return [" ".join(text.casefold().split()) for text in items]

    def nearest(self, items: Sequence[str], corpus: Titles) -> tuple[IntArray, Float64]:
        """By edit distance over the longer one's length."""
        from toolkit.materials.titles_measures import nearest

        return nearest(self.keys(items), self.keys(corpus.texts))

    def rows(
        self, items: Sequence[str], wishes: TitleWishes, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """One row a title."""
        return {"results.generations": sample_rows(len(items), items)}

    def wishes_to_judge(self, corpus: Titles, temperature: float) -> TitleWishes:
        """Genres and decades as they are in the corpus."""
        return TitleWishes(temperature=temperature)

    def judge(self, items: Sequence[str], corpus: Titles, parts: Parts, seed: int) -> list[Measure]:
        """Copies, repetitions, lengths and groups of three characters."""
        from toolkit.materials.titles_measures import judge

        keys = self.keys(corpus.texts)
        train, others = ([keys[place] for place in places.tolist()] for places in (parts.train, parts.test))
        return judge(self.keys(items), train, others, self.near, seed)


def _steps(texts: Sequence[str]) -> Float64:
    """(n,) characters of each, with its end."""
    return np.array([len(text) + 1 for text in texts], dtype=np.float64)


def _genres(wanted: Sequence[str], corpus: Titles) -> BoolArray:
    from toolkit.materials.titles_reading import genre_key

    known = {genre_key(name): place for place, name in enumerate(corpus.genre_names)}
    genres = np.zeros(len(corpus.genre_names), dtype=np.bool_)
    for name in wanted:
        if not known:
            raise UsageError("no genres are known of the titles that are loaded; leave --genre out")
        if genre_key(name) not in known:
            raise UnknownNameError(
                "genre", name, corpus.genre_names, f"there are {', '.join(sorted(corpus.genre_names))}"
            )
        genres[known[genre_key(name)]] = True
    return genres


def _decade(wanted: str, corpus: Titles) -> int:
    digits = wanted.strip().removesuffix("s")
    known = np.unique(corpus.decades[corpus.decades >= 0]).tolist()
    if not known:
        raise UsageError("no years are known of the titles that are loaded; leave --decade out")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4):
        raise UsageError(f"--decade {wanted!r} is no decade; write it as 1990 or 1990s")
    decade = int(digits) // 10 * 10
    if decade not in known:
        raise UsageError(f"no loaded title is of the {decade}s; there are {', '.join(f'{one}s' for one in known)}")
    return decade
