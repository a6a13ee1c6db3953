"""Titles by what follows the last few characters: the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.generate.title_characters import Characters, drawn_conditions, known_decades
from plugins.generate.witten_bell import WittenBell
from toolkit.errors import ModelError
from toolkit.generator import TitleGenerator
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.learning import Training
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Titles that there must be to learn from.
_FEWEST = 20
# Titles that are drawn at once, and characters of the longest one over those learnt from.
_ROWS, _BEYOND = 512, 1
# Rounds in which the weights of the mixture are found; they settle in far fewer.
_ROUNDS = 50


class TitlesNgram(TitleGenerator):
    """Titles: each character by the few before it, with interpolated Witten-Bell smoothing; the baseline.

    One model of all titles, one of each genre and one of each decade are mixed: the weights, found on titles that are
    held out, are those that make these likeliest. The models of several genres count alike. A title whose genre or
    decade is not known has the model of all titles in its place.

    Witten & Bell, "The zero-frequency problem: estimating the probabilities of novel events in adaptive text
    compression", IEEE Transactions on Information Theory 37, 1991; Chen & Goodman, "An empirical study of smoothing
    techniques for language modeling", Computer Speech & Language 13, 1999. The weights are found by expectation
    maximisation: Jelinek & Mercer, "Interpolated estimation of Markov source parameters from sparse data", 1980.
    """

    name: ClassVar[str] = "titles-ngram"

    order: int = setting(5, "Characters of the longest n-gram, the predicted one included", ge=1, le=12)

    _alphabet: str
    _decades: list[int]
    _longest: int
    _genres_seen: BoolArray
    _decades_seen: IntArray
    _keys: IntArray
    _counts: IntArray
    _ends: IntArray
    _weights: Float64

    def fit(self, corpus: Titles, held_out: Titles, training: Training) -> None:
        """Count n-grams. Raises ModelError where there are too few titles."""
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} titles to learn from, and has {len(corpus)}; load more")
        self._alphabet, self._decades = Characters.of(corpus.texts).alphabet, known_decades(corpus)
        self._longest = max(len(text) for text in corpus.texts)
        self._genres_seen, self._decades_seen = corpus.genres, corpus.decades
        tokens, starts = self._characters.encode(corpus.texts)
        rows, roots, _ = self._mixed(corpus.genres, corpus.decades, np.ones(3))
        tokens, starts = _repeated(tokens, starts, rows)
        model = WittenBell.fit(tokens, starts, self._characters.size, self.order, roots, self._roots)
        self._keys, self._counts, self._ends = model.keys, model.counts, model.ends
        self._weights = self._best_weights(held_out) if len(held_out) else np.array([1.0, 0.0, 0.0])

    def sample(self, n: int, wishes: TitleWishes, seed: int) -> Sequence[str]:
        """Draw titles; genres and decade that are not wished for are those of random titles that are as wished."""
        rng = np.random.default_rng(seed)
        genres, decades = drawn_conditions(wishes, self._genres_seen, self._decades_seen, n, rng)
        texts: list[str] = []
        for first in range(0, n, _ROWS):
            block = slice(first, first + _ROWS)
            texts += self._characters.decode(self._drawn(genres[block], decades[block], wishes.temperature, rng))
        return texts

    def losses(self, corpus: Titles) -> Float64:
        """(n,) negative log-likelihood of each title, given its genres and decade as far as they are known."""
        tokens, starts = self._characters.encode(corpus.texts)
        each = self._characters.rare_cost(tokens) - np.log(self._weights @ self._parts(corpus))
        losses: Float64 = np.add.reduceat(each, starts)
        return losses

    def next_distribution(self, texts: Sequence[str], genres: BoolArray, decades: IntArray) -> Float64:
        """(n, size) probability of what follows the beginnings of titles: a character, a rare one, or the end.

        Args:
            texts: (n,) the beginnings.
            genres: (n, n_genres) genres of each.
            decades: (n,) decade of each; -1 where it is not known.
        """
        model = self._model
        rows, roots, shares = self._mixed(genres, decades, self._weights)
        tokens, starts = self._characters.encode(texts)
        state, lengths = model.start(roots), np.array([len(text) for text in texts])
        for step in range(lengths.max(initial=0)):
            going = np.flatnonzero(lengths[rows] > step)
            state[going] = model.advance(state[going], tokens[starts[rows[going]] + step])
        return _summed(model.next_distribution(state) * shares[:, None], rows)

    @property
    def _characters(self) -> Characters:
        return Characters(self._alphabet)

    @property
    def _model(self) -> WittenBell:
        return WittenBell(self._characters.size, self._roots, self._keys, self._counts, self._ends)

    @property
    def _roots(self) -> int:
        return 1 + len(self._genres_seen[0]) + len(self._decades)

    def _mixed(self, genres: BoolArray, decades: IntArray, weights: Float64) -> tuple[IntArray, IntArray, Float64]:
        """Which models are mixed for each of n titles: title, root and share, a row each, in the order of titles.

        Models of share 0 are left out.
        """
        n = len(genres)
        of_genre = genres * (weights[1] / np.maximum(genres.sum(axis=1, keepdims=True), 1))
        of_decade = (decades[:, None] == np.array(self._decades, dtype=np.int64)) * weights[2]
        shares = np.concatenate([np.zeros((n, 1)), of_genre, of_decade], axis=1)
        shares[:, 0] = weights.sum() - shares.sum(axis=1)
        # The model of all titles counts for itself, and for what is not known.
        shares[:, 0] = np.where(shares[:, 0] > 1e-12, shares[:, 0], 0)
        rows, roots = np.nonzero(shares)
        return rows, roots, shares[rows, roots]

    def _parts(self, titles: Titles) -> Float64:
        """(3, n_tokens) probability of each token by the model of all titles, those of genres, and that of the decade.

        The model of all titles stands in for what is not known.
        """
        tokens, starts = self._characters.encode(titles.texts)
        lengths = np.diff(np.append(starts, len(tokens)))
        model, parts = self._model, []
        for weights in np.eye(3):
            rows, roots, shares = self._mixed(titles.genres, titles.decades, weights)
            several, first = _repeated(tokens, starts, rows)
            probabilities = np.exp(model.log_probabilities(several, first, roots)) * np.repeat(shares, lengths[rows])
            places = _places(starts, lengths, rows)
            parts.append(np.bincount(places, probabilities, minlength=len(tokens)))
        return np.stack(parts)

    def _best_weights(self, held_out: Titles) -> Float64:
        parts, weights = self._parts(held_out), np.full(3, 1 / 3)
        for _ in range(_ROUNDS):
            shares = weights[:, None] * parts
            weights = (shares / shares.sum(axis=0)).mean(axis=1)
        return weights

    def _drawn(
        self, genres: BoolArray, decades: IntArray, temperature: float, rng: np.random.Generator
    ) -> IntArray:  # fmt: skip
        """(n, longest) tokens of n titles; those that have ended drop out."""
        model, characters = self._model, self._characters
        rows, roots, shares = self._mixed(genres, decades, self._weights)
        state, going = model.start(roots), np.arange(len(genres))
        made = np.full((len(genres), self._longest + _BEYOND), characters.end, dtype=np.int64)
        for step in range(made.shape[1]):
            probabilities = _summed(model.next_distribution(state) * shares[:, None], rows)
            probabilities[:, characters.rare] = 0
            with np.errstate(divide="ignore"):
                noise = temperature * rng.gumbel(size=probabilities.shape)
                made[going, step] = (np.log(probabilities) + noise).argmax(axis=1)
            ended = made[going, step] == characters.end
            kept = ~ended[rows]
            state = model.advance(state[kept], made[going, step][rows[kept]])
            rows, shares = (np.cumsum(~ended) - 1)[rows[kept]], shares[kept]
            going = going[~ended]
            if not going.size:
                break
        return made


def _summed(values: Float64, rows: IntArray) -> Float64:
    """Sums of the values of each row; `rows` ascend, and none is left out."""
    sums: Float64 = np.add.reduceat(values, np.flatnonzero(np.diff(rows, prepend=-1)), axis=0)
    return sums


def _places(starts: IntArray, lengths: IntArray, rows: IntArray) -> IntArray:
    """Places of the tokens of some sequences, one after another."""
    several = lengths[rows]
    first = np.cumsum(several) - several
    return np.repeat(starts[rows] - first, several) + np.arange(several.sum())


def _repeated(tokens: IntArray, starts: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Some of the sequences, one after another, and where each begins."""
    lengths = np.diff(np.append(starts, len(tokens)))
    return tokens[_places(starts, lengths, rows)], np.cumsum(lengths[rows]) - lengths[rows]
