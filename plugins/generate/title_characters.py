"""Titles as tokens, one a character, what they are conditional on as numbers, and what networks on them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.sequence_buckets import bucketed
from plugins.generate.unknown_characters import unknown_cost
from toolkit.generator import TitleGenerator

if TYPE_CHECKING:
    from plugins.generate.sequence_buckets import Bucketed
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Times that a character must occur to have a token of its own.
_LEAST = 2
# What ends a title while titles are one long text; no title has it.
_END = "\n"


@dataclass(frozen=True)
class Characters:
    """What characters there are: each is a token; after them come one for all rare ones, and one for the end.

    Attributes:
        alphabet: the characters, in ascending order.
    """

    alphabet: str

    @classmethod
    def of(cls, texts: Sequence[str]) -> Characters:
        """The characters of some texts."""
        codes, times = np.unique(_codes("".join(texts)), return_counts=True)
        return cls("".join(map(chr, codes[times >= _LEAST].tolist())))

    @property
    def rare(self) -> int:
        """The token of all other characters."""
        return len(self.alphabet)

    @property
    def end(self) -> int:
        """The token that ends a title."""
        return len(self.alphabet) + 1

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.alphabet) + 2

    @cached_property
    def _known(self) -> IntArray:
        return _codes(self.alphabet)

    def encode(self, texts: Sequence[str]) -> tuple[IntArray, IntArray]:
        """(n_tokens,) tokens of all texts, each with its end; and (n_texts,) where each begins."""
        codes = _codes("".join(text + _END for text in texts))
        places = np.minimum(np.searchsorted(self._known, codes), len(self.alphabet) - 1)
        tokens = np.where(self._known[places] == codes, places, self.rare)
        tokens[codes == ord(_END)] = self.end
        lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        return tokens, np.cumsum(lengths) - lengths

    def decode(self, tokens: IntArray) -> list[str]:
        """Texts of (n, length) tokens: what is before the first end, white space at both sides left out.

        One without an end is cut short, and no title: it is empty.
        """
        codes = np.append(self._known, [ord("?"), ord(_END)])[tokens]
        parts = ["".join(map(chr, row)).split(_END, 1) for row in codes.tolist()]
        lines = [ended[0] if len(ended) > 1 else "" for ended in parts]
        return [" ".join(line.split()) for line in lines]

    def rare_cost(self, tokens: IntArray) -> Float64:
        """(n_tokens,) what it costs in nats to say which of all characters of Unicode a rare one is."""
        return unknown_cost(tokens, self.rare)


def _codes(text: str) -> IntArray:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.int64)


def known_decades(titles: Titles) -> list[int]:
    """Decades of some titles, ascending."""
    decades: list[int] = np.unique(titles.decades[titles.decades >= 0]).tolist()
    return decades


def drawn_conditions(
    wishes: TitleWishes, genres: BoolArray, decades: IntArray, n: int, rng: np.random.Generator
) -> tuple[BoolArray, IntArray]:
    """(n, n_genres) genres and (n,) decades of n samples: those of random titles that are as wished for.

    Args:
        wishes: what is wanted. Where no title has all of it, the decade gives way first, then the genres; what is
            wanted is put in its place.
        genres: (m, n_genres) genres of titles.
        decades: (m,) their decades.
        n: how many.
        rng: what they are drawn with.
    """
    fits = np.ones(len(decades), dtype=np.bool_)
    if wishes.genres is not None:
        fits &= genres[:, wishes.genres].all(axis=1)
        fits = fits if fits.any() else ~fits
    if wishes.decade is not None and (fits & (decades == wishes.decade)).any():
        fits &= decades == wishes.decade
    rows = rng.choice(np.flatnonzero(fits), n)
    drawn, own = genres[rows], decades[rows]
    if wishes.genres is not None and not drawn[:, wishes.genres].all():
        drawn = np.broadcast_to(wishes.genres, drawn.shape)
    return drawn, own if wishes.decade is None else np.full(n, wishes.decade)


class CharacterTitles(TitleGenerator):
    """What networks on characters share: the alphabet, and genres and decades as numbers."""

    _alphabet: str
    _decades: list[int]
    _genres_seen: BoolArray
    _decades_seen: IntArray
    _network: Any

    @property
    def _characters(self) -> Characters:
        return Characters(self._alphabet)

    def _look_at(self, corpus: Titles) -> None:
        """Remember what characters, genres and decades titles have."""
        self._alphabet, self._decades = Characters.of(corpus.texts).alphabet, known_decades(corpus)
        self._genres_seen, self._decades_seen = corpus.genres, corpus.decades

    def _conditions(self, genres: BoolArray, decades: IntArray) -> FloatArray:
        of_decade = decades[:, None] == np.array(self._decades, dtype=np.int64)
        return np.concatenate([genres, of_decade], axis=1).astype(np.float32)

    def _drawn_conditions(self, wishes: TitleWishes, n: int, rng: np.random.Generator) -> FloatArray:
        return self._conditions(*drawn_conditions(wishes, self._genres_seen, self._decades_seen, n, rng))

    def _bucketed(self, titles: Titles, lengths: Sequence[int], shown: float = 1.0) -> Bucketed:
        tokens, starts = self._characters.encode(titles.texts)
        return bucketed(tokens, starts, lengths, self._conditions(titles.genres, titles.decades), shown)

    def _rare_costs(self, titles: Titles) -> Float64:
        """(n,) what it costs each title in nats to say which its rare characters are."""
        tokens, starts = self._characters.encode(titles.texts)
        costs: Float64 = np.add.reduceat(self._characters.rare_cost(tokens), starts)
        return costs
