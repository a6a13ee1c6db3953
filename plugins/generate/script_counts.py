"""Scripts by n-grams: what script-ngram is, and what script-gru is mixed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plugins.generate.script_stream import CHARACTERS, RECENT, alphabet_of, encoded, has_text, seen_in
from plugins.generate.witten_bell import WittenBell
from toolkit.generator import ScriptGenerator

if TYPE_CHECKING:
    from plugins.generate.script_stream import Streams
    from toolkit.interactions import IntArray
    from toolkit.materials.script import Scripts
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Elements that the next one, or who speaks next, depends on.
_ELEMENTS = 5
# Share of the scenes of the mood that is wished for, against all scenes.
_OF_MOOD = 0.5


class CountedScripts(ScriptGenerator):
    """A generator of scripts that has counted what follows what."""

    _alphabet: str
    _seen: BoolArray
    _moods: int
    _text_keys: IntArray
    _text_counts: IntArray
    _text_ends: IntArray
    _kind_keys: IntArray
    _kind_counts: IntArray
    _kind_ends: IntArray

    def _count(self, corpus: Scripts, order: int) -> Streams:
        """Learn the alphabet and the n-grams, of texts of up to `order` characters; the streams of the corpus.

        Raises ModelError where nobody speaks.
        """
        self._alphabet, self._moods = alphabet_of(corpus), len(corpus.mood_names)
        streams = encoded(corpus, self._alphabet)
        self._seen = seen_in(streams, CHARACTERS + 1 + len(self._alphabet))
        tokens, starts, roots, moods = self._texts(streams)
        known = moods >= 0
        lengths = np.diff(np.append(starts, len(tokens)))
        again = tokens[np.repeat(known, lengths)]
        of_mood = roots[known] + RECENT * (1 + moods[known])
        begins = np.append(starts, len(tokens) + np.cumsum(lengths[known]) - lengths[known])
        texts = WittenBell.fit(
            np.append(tokens, again), begins, self._end + 1, order, np.append(roots, of_mood), self._roots
        )
        self._text_keys, self._text_counts, self._text_ends = texts.keys, texts.counts, texts.ends
        kinds = WittenBell.fit(*_kinds(streams), CHARACTERS, _ELEMENTS + 1)
        self._kind_keys, self._kind_counts, self._kind_ends = kinds.keys, kinds.counts, kinds.ends
        return streams

    def _log_probabilities(self, streams: Streams) -> Float64:
        """(n_tokens,) natural logarithm of the probability of each token, whatever the mood."""
        tokens, starts, roots, _ = self._texts(streams)
        made = np.zeros(len(streams.tokens))
        if len(tokens):
            made[has_text(streams.within)] += self._of_texts().log_probabilities(tokens, starts, roots)
        made[streams.tokens < CHARACTERS] += self._of_kinds().log_probabilities(*_kinds(streams))
        return made

    def _counted(self, n: int, mood: int | None) -> CountedSource:
        """As many streams that have not begun."""
        return CountedSource(self._of_kinds(), self._of_texts(), n, mood)

    @property
    def _end(self) -> int:
        """The token that ends a text; those before it are characters, from 0."""
        return 1 + len(self._alphabet)

    @property
    def _roots(self) -> int:
        """Models of texts: one for each kind of element, then for each mood as many."""
        return RECENT * (1 + self._moods)

    def _texts(self, streams: Streams) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Texts as sequences that each end with a token of their own, where each begins, its kind, and its mood."""
        spelt = np.flatnonzero(has_text(streams.within))
        drawn = streams.tokens[spelt]
        tokens = np.where(drawn >= CHARACTERS, drawn - CHARACTERS, self._end)
        starts = np.flatnonzero(streams.tokens[spelt - 1] < CHARACTERS)
        first = spelt[starts]
        return tokens, starts, streams.within[first], streams.moods[first]

    def _of_texts(self) -> WittenBell:
        return WittenBell(self._end + 1, self._roots, self._text_keys, self._text_counts, self._text_ends)

    def _of_kinds(self) -> WittenBell:
        return WittenBell(CHARACTERS, 1, self._kind_keys, self._kind_counts, self._kind_ends)


def _kinds(streams: Streams) -> tuple[IntArray, IntArray]:
    """The tokens that begin elements alone, and where each script begins among them."""
    begins = streams.tokens < CHARACTERS
    return streams.tokens[begins], (np.cumsum(begins) - begins)[streams.starts]


class CountedSource:
    """N-grams of elements and of texts, going through n streams; see `script_drawing.Source`."""

    def __init__(self, kinds: WittenBell, texts: WittenBell, n: int, mood: int | None) -> None:
        self._kinds, self._texts = kinds, texts
        none = np.zeros(n, dtype=np.int64)
        self._of_kinds = kinds.start(none)
        # States of the texts, and the first root of each model of them: of all moods, and of the one wished for.
        roots = [0] if mood is None else [0, RECENT * (1 + mood)]
        self._of_texts = [(root, texts.start(none)) for root in roots]
        self._shares = [1.0] if mood is None else [1 - _OF_MOOD, _OF_MOOD]
        self._spelling = np.zeros(n, dtype=np.bool_)

    def distribution(self) -> Float64:
        """(n, size) probability of each token to come next."""
        spelt = np.sum(
            [
                share * self._texts.next_distribution(states)
                for share, (_, states) in zip(self._shares, self._of_texts, strict=True)
            ],
            axis=0,
        )
        over = np.where(self._spelling, spelt[:, -1], 1)
        following = self._kinds.next_distribution(self._of_kinds) * over[:, None]
        return np.hstack([following, spelt[:, :-1] * self._spelling[:, None]])

    def advance(self, tokens: IntArray) -> None:
        """Go on with (n,) tokens."""
        begins, spelt = np.flatnonzero(tokens < CHARACTERS), np.flatnonzero(tokens >= CHARACTERS)
        self._of_kinds[begins] = self._kinds.advance(self._of_kinds[begins], tokens[begins])
        self._spelling[begins] = has_text(tokens[begins])
        for root, states in self._of_texts:
            states[begins] = self._texts.start(root + np.minimum(tokens[begins], RECENT - 1))
            states[spelt] = self._texts.advance(states[spelt], tokens[spelt] - CHARACTERS)
