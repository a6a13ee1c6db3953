"""Drawing pages: a model says what may come next, a grammar which of it can, and elements are made of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from plugins.generate.script_elements import element_of, too_long, whole
from plugins.generate.script_stream import (
    ACTION,
    CHARACTERS,
    DIALOGUE,
    HEADING,
    NEW,
    PARENTHETICAL,
    RANKS,
    RECENT,
    TOKENS,
    TRANSITION,
    Cast,
    characters,
)
from toolkit.screenplay.elements import Element

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.materials.script import ScriptWishes
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# What a page begins with where headings were not learnt, as in plays without scenes.
PLAIN_HEADING = "SCENE 1"
# Characters after which a text ends with its word, and after which it ends at once.
_MOST = {HEADING: 50, ACTION: 400, TRANSITION: 20, PARENTHETICAL: 40, DIALOGUE: 500, NEW: 20}
_BROKEN = 30
# Share of the pages after which somebody has to speak.
_SILENT = 0.4
_LEAST = 1e-300
# Texts that are formulas, and what the temperature is times for them: a name that is misspelt is nobody's.
_FORMULAS, _COOLER = (HEADING, TRANSITION, PARENTHETICAL, NEW), 0.6
_KINDS = {token: kind for kind, token in TOKENS.items()}


class Source(Protocol):
    """A model that goes through n streams at once."""

    def distribution(self) -> Float64:
        """(n, size) probability of each token to come next."""

    def advance(self, tokens: IntArray) -> None:
        """Go on with (n,) tokens."""


def grammar() -> BoolArray:
    """(RECENT + 1, CHARACTERS) which tokens may begin an element after one that each token has begun.

    The last row stands for all cues of those who have spoken. Somebody speaks after a cue, and after a parenthetical;
    a heading is followed by neither another one nor a transition, a transition by a heading or action.
    """
    allowed = np.zeros((RECENT + 1, CHARACTERS), dtype=np.bool_)
    cues = [NEW, *range(RECENT, RECENT + RANKS)]
    allowed[HEADING, [ACTION, *cues]] = True
    allowed[ACTION, [ACTION, HEADING, TRANSITION, *cues]] = True
    allowed[TRANSITION, [HEADING, ACTION]] = True
    allowed[[NEW, RECENT]] = allowed[PARENTHETICAL]
    allowed[[NEW, RECENT], PARENTHETICAL] = True
    allowed[[NEW, RECENT, PARENTHETICAL], DIALOGUE] = True
    allowed[DIALOGUE, [PARENTHETICAL, ACTION, HEADING, TRANSITION, *cues]] = True
    return allowed


def draw_pages(
    source: Source, n: int, wishes: ScriptWishes, seed: int, alphabet: str, seen: BoolArray
) -> list[tuple[Element, ...]]:
    """Draw n scripts that are as long as wished for.

    Args:
        source: the model, n streams that have not begun.
        n: how many.
        wishes: heading, speakers, pages and temperature; the mood is the source's matter.
        seed: of the draws.
        alphabet: the characters that were learnt.
        seen: (RECENT, size) characters that were seen in each kind, as `seen_in` has them.
    """
    drawing = _Drawing(source, n, wishes, alphabet, seen)
    drawing.begin()
    rng = np.random.default_rng(seed)
    while not drawing.done.all():
        drawing.step(rng.random(n))
    return [page.finish() for page in drawing.pages]


class _Page:
    """One script that is being made."""

    def __init__(self, wishes: ScriptWishes) -> None:
        self.elements: list[Element] = []
        self.cast = Cast(wishes.characters)
        self.only_these = bool(wishes.characters)
        self._pages = wishes.pages

    def add(self, element: Element | None) -> bool:
        """Add an element; False where the script would be too long."""
        if element is None:
            return True
        if too_long([*self.elements, element], self._pages):
            return False
        self.elements.append(element)
        return True

    def cue(self, name: str) -> bool:
        """Somebody speaks."""
        self.cast.speaks(name)
        return self.add(Element("character", name))

    @property
    def silent(self) -> bool:
        """Whether nobody has spoken, and it is time that somebody did."""
        spoken = any(element.kind == "character" for element in self.elements)
        return not spoken and too_long(self.elements, self._pages * _SILENT)

    def finish(self) -> tuple[Element, ...]:
        """The script."""
        return whole(self.elements)


class _Drawing:
    """n scripts, character by character, all at once."""

    def __init__(self, source: Source, n: int, wishes: ScriptWishes, alphabet: str, seen: BoolArray) -> None:
        self._source, self._wishes, self._alphabet, self._seen = source, wishes, alphabet, seen
        self.pages = [_Page(wishes) for _ in range(n)]
        self.done = np.zeros(n, dtype=np.bool_)
        self._kind = np.full(n, HEADING)  # of the element that is being made
        self._texts: list[list[int]] = [[] for _ in range(n)]
        self._length = np.zeros(n, dtype=np.int64)
        self._after = grammar()
        self._most = np.array([_MOST.get(kind, 0) for kind in range(RECENT + 1)])
        self._may_begin = np.zeros((n, CHARACTERS), dtype=np.bool_)
        self._blank = np.array([letter in " \n" for letter in alphabet], dtype=np.bool_)
        self._given = False  # whether the heading is not to be gone on with

    def begin(self) -> None:
        """The heading that is wished for, or a plain one where none were learnt; else it is drawn."""
        n = len(self.pages)
        learnt = bool(self._seen[HEADING].any())
        heading = self._wishes.heading or ("" if learnt else PLAIN_HEADING)
        self._source.advance(np.full(n, HEADING))
        self._after[:, HEADING] &= learnt
        self._after[:, [ACTION, TRANSITION, PARENTHETICAL]] &= self._seen[[ACTION, TRANSITION, PARENTHETICAL]].any(
            axis=1
        )
        if heading:
            for token in characters(heading, self._alphabet).tolist():
                self._source.advance(np.full(n, token))
            self._given = True
            for page in self.pages:
                page.elements.append(Element("scene heading", heading))
        for place in range(n):
            self._open(place, HEADING)

    def step(self, uniform: Float64) -> None:
        """Draw one token of each script."""
        cooler = np.where(np.isin(self._kind, _FORMULAS) & (self._length > 0), _COOLER, 1)
        logarithms = np.log(np.maximum(self._source.distribution(), _LEAST))
        scaled = np.where(self._allowed(), logarithms / (self._wishes.temperature * cooler)[:, None], -np.inf)
        chances = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        ladder = np.cumsum(chances, axis=1)
        tokens = np.argmax(ladder > (uniform * ladder[:, -1])[:, None], axis=1)
        self._source.advance(tokens)
        self._length += 1
        for place in np.flatnonzero(~self.done).tolist():
            token = int(tokens[place])
            if token >= CHARACTERS:
                self._texts[place].append(token)
            elif not self._close(place) or not self._begin(place, token):
                self.done[place] = True
        self._given = False

    def _allowed(self) -> BoolArray:
        """(n, size) tokens that may come next."""
        n = len(self.pages)
        texts = self._kind < RECENT
        spelt = np.where(texts[:, None], self._seen[np.minimum(self._kind, NEW)], False)
        most = self._most[self._kind]
        last = np.array([text[-1] if text else CHARACTERS for text in self._texts]) - CHARACTERS - 1
        between = (last >= 0) & self._blank[np.maximum(last, 0)] if len(self._blank) else np.zeros(n, dtype=np.bool_)
        over = (self._length >= most) & (between | (self._length >= most + _BROKEN))
        spelt[over | self._given] = False
        empty = texts & (self._length == 0) & ~np.bool_(self._given)
        spelt[np.ix_(empty | between, np.flatnonzero(np.append(np.zeros(CHARACTERS + 1, bool), self._blank)))] = False
        begins = self._may_begin & ~empty[:, None]
        spelt[:, :CHARACTERS] = begins
        return spelt

    def _open(self, place: int, token: int) -> None:
        """An element begins: work out what may follow it."""
        page, kind = self.pages[place], min(token, RECENT)
        self._kind[place], self._length[place], self._texts[place] = kind, 0, []
        may = self._after[kind].copy()
        coming = kind == NEW  # a name that is about to be known
        may[RECENT + min(len(page.cast.names) + coming, RANKS) :] = False
        may[NEW] &= not page.only_these
        if page.silent and may[NEW:].any():
            may[:NEW] = False
        self._may_begin[place] = may

    def _begin(self, place: int, token: int) -> bool:
        if token >= RECENT and not self.pages[place].cue(self.pages[place].cast.names[token - RECENT]):
            return False
        self._open(place, token)
        return True

    def _close(self, place: int) -> bool:
        """An element is over: add it; False where it is one too many."""
        kind, page = int(self._kind[place]), self.pages[place]
        if kind == RECENT or (self._given and kind == HEADING):
            return True
        text = "".join(self._alphabet[token - CHARACTERS - 1] for token in self._texts[place])
        element = element_of(_KINDS[kind], text)
        if kind != NEW:
            return page.add(element)
        known: Sequence[str] = page.cast.names or ("VOICE",)
        return page.cue(element.text if element else known[0])
