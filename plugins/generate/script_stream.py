"""Scripts as streams of tokens: what kind of element comes next, who speaks, and what it says, letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from plugins.generate.unknown_characters import unknown_cost
from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.materials.script import Scripts
    from toolkit.metrics import Float64
    from toolkit.screenplay.elements import Element, Kind
    from toolkit.sentiment import BoolArray

# Tokens that begin an element, and END after the last one. A cue is NEW, with the name letter by letter, or RECENT + r:
# who spoke last but r of all that have spoken. So names recur as they do in scripts, whatever they are.
END, HEADING, ACTION, TRANSITION, PARENTHETICAL, DIALOGUE, NEW, RECENT = range(8)
RANKS = 12
CHARACTERS = RECENT + RANKS  # tokens from here on are characters, the first of them any that was not learnt
TOKENS: dict[Kind, int] = {
    "scene heading": HEADING, "action": ACTION, "transition": TRANSITION, "parenthetical": PARENTHETICAL,
    "dialogue": DIALOGUE, "character": NEW,
}  # fmt: skip
# Characters that one text must have, to be learnt as one of them.
_FEWEST = 2


@dataclass(frozen=True)
class Streams:
    """Scripts as tokens.

    Attributes:
        tokens: (n_tokens,) one script after another, each with END at its end.
        starts: (n_scripts,) where each begins.
        within: (n_tokens,) the last token before each that begins an element; END at the beginning of a script.
        moods: (n_tokens,) mood of the scene, -1 if not known.
    """

    tokens: IntArray
    starts: IntArray
    within: IntArray
    moods: IntArray


class Cast:
    """Who has spoken, the last one first."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = list(names)

    def rank(self, name: str) -> int | None:
        """Place of a name; None of one that has not spoken, or long ago."""
        return self.names.index(name) if name in self.names[:RANKS] else None

    def speaks(self, name: str) -> None:
        """Somebody speaks."""
        if name in self.names:
            self.names.remove(name)
        self.names.insert(0, name)


def has_text(tokens: IntArray) -> BoolArray:
    """Which tokens begin an element whose text follows letter by letter."""
    found: BoolArray = (tokens > END) & (tokens < RECENT)
    return found


def alphabet_of(scripts: Scripts) -> str:
    """The characters that are learnt, in the order of their code points.

    Raises:
        ModelError: nobody speaks in these scripts.
    """
    texts = [element.text for script in scripts.scripts for element in script]
    if not any(element.kind == "dialogue" for script in scripts.scripts for element in script):
        raise ModelError("nobody speaks in the scripts that are to be learnt from; load some with dialogue")
    points, counts = np.unique(_points("".join(texts)), return_counts=True)
    return "".join(map(chr, points[counts >= _FEWEST].tolist()))


def encoded(scripts: Scripts, alphabet: str) -> Streams:
    """The streams of scripts. Each begins with nobody known."""
    parts: list[IntArray] = [np.empty(0, dtype=np.int64)]
    moods: list[IntArray] = [np.empty(0, dtype=np.int64)]
    starts, length = [], 0
    for script, of_elements in zip(scripts.scripts, scripts.moods, strict=True):
        starts.append(length)
        pieces = _pieces(script, alphabet)
        lengths = [len(piece) for piece in pieces]
        parts += [*pieces, np.array([END])]
        moods.append(np.repeat(np.array([*of_elements, -1], dtype=np.int64), [*lengths, 1]))
        length += sum(lengths) + 1
    tokens = np.concatenate(parts)
    return Streams(tokens, np.array(starts, dtype=np.int64), _within(tokens), np.concatenate(moods))


def characters(text: str, alphabet: str) -> IntArray:
    """(n_characters,) the tokens of a text."""
    points, known = _points(text), _points(alphabet)
    places = np.minimum(np.searchsorted(known, points), max(len(known) - 1, 0))
    tokens: IntArray = np.where(known[places] == points, CHARACTERS + 1 + places, CHARACTERS)
    return tokens


def seen_in(streams: Streams, size: int) -> BoolArray:
    """(RECENT, size) the characters that were seen in texts of each kind; the one for all others is not among them."""
    seen = np.zeros((RECENT, size), dtype=np.bool_)
    spelt = streams.tokens > CHARACTERS
    seen[streams.within[spelt], streams.tokens[spelt]] = True
    return seen


def each_script(losses: Float64, streams: Streams) -> Float64:
    """(n_scripts,) sums of (n_tokens,) losses in nats, with what it costs to say which characters were not learnt."""
    of_script = np.repeat(np.arange(len(streams.starts)), np.diff(np.append(streams.starts, len(losses))))
    whole = losses + unknown_cost(streams.tokens, CHARACTERS)
    sums: Float64 = np.bincount(of_script, whole, minlength=len(streams.starts)).astype(np.float64)
    return sums


def _pieces(script: Sequence[Element], alphabet: str) -> list[IntArray]:
    cast, pieces = Cast(), []
    for element in script:
        rank = cast.rank(element.text) if element.kind == "character" else None
        if rank is not None:
            pieces.append(np.array([RECENT + rank]))
        else:
            text = element.text[1:-1] if element.kind == "parenthetical" else element.text
            pieces.append(np.concatenate([[TOKENS[element.kind]], characters(text, alphabet)]))
        if element.kind == "character":
            cast.speaks(element.text)
    return pieces


def _within(tokens: IntArray) -> IntArray:
    """The last token before each that begins an element; a script begins after the END of the one before."""
    begins = np.where(tokens < CHARACTERS, np.arange(len(tokens)), -1)
    last = np.concatenate([[-1], np.maximum.accumulate(begins)[:-1]]) if len(tokens) else begins
    within: IntArray = np.where(last >= 0, tokens[last], END)
    return within


def _points(text: str) -> IntArray:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
