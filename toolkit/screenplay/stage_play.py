"""Stage plays in plain text, whose speakers stand as "NAME:" before what they say."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from toolkit.screenplay.fountain import speech
from toolkit.screenplay.inline import literal, unmarked
from toolkit.screenplay.marks import is_capital, is_heading, split_cue
from toolkit.screenplay.numbered_headings import split_heading

if TYPE_CHECKING:
    from toolkit.screenplay.elements import Element, Kind

# Chinese has colons, full stops and parentheses of full width.
_SPEAKER = re.compile(r"([^\W\d_][^:：.!?。！？，；\n]{0,39})[:：][ \t]*(.*)")
_ACT = re.compile(r"ACT\s+(?:[IVXLC]+|\d+|[A-Z]+)\b", re.IGNORECASE)
_SCENE = re.compile(r"SCENE\s+(?:[IVXLC]+|\d+|[A-Z]+)\b", re.IGNORECASE)
_MOST_WORDS = 5  # of a speaker's name
_LONGEST_UNCASED = 4  # letters of a name without capitals that speaks only once
_FEWEST, _SHARE = 2, 0.3  # least speakers, and least share of the paragraphs that they begin


def is_stage_play(lines: list[str]) -> bool:
    """Whether enough paragraphs begin with a speaker, on a line alone or before the words of one who comes back."""
    alone, beside, paragraphs = _speakers(lines)
    count = sum(beside.values())
    return _stand_alone(alone, paragraphs) or (count > _FEWEST and count >= paragraphs / 2 and len(beside) < count)


def parse_stage_play(lines: list[str]) -> tuple[Element, ...]:
    """The elements of a stage play: speakers are cues, verse stays in lines, directions in brackets parentheticals.

    "ACT I" is a section, "SCENE I. Rome." a scene heading, and so is "INT. ROME"; other paragraphs without a
    speaker are action.
    """
    alone, beside, paragraphs = _speakers(lines)
    parted = _stand_alone(alone, paragraphs)  # then a name within a paragraph is spoken of
    known = {
        name
        for name, count in (alone + beside).items()
        if count > 1 or name in alone or is_capital(name) or _is_short_name(name)
    }
    play = _Play()
    for place, line in enumerate(lines):
        words = line.strip()
        if not words:
            play.pause()
            continue
        found = _speaker(words)
        fresh = not (place and lines[place - 1].strip())
        if found is not None and _begins(found, known, fresh=fresh, parted=parted):
            play.speaker(*found, place + 1)
        else:
            play.line(words, place + 1)
    return play.finish()


class _Play:
    """Elements, collected line by line."""

    def __init__(self) -> None:
        self._elements: list[Element] = []
        self._spoken: list[tuple[Kind | None, str, int]] = []
        self._directions: list[str] = []
        self._begun = 0
        self._speaking = False

    def pause(self) -> None:
        """An empty line: the speech or direction before it is over."""
        self._elements += speech(self._spoken, "")
        if self._directions:
            self._elements.append(literal("action", " ".join(self._directions), self._begun))
        self._spoken, self._directions, self._speaking = [], [], False

    def speaker(self, name: str, words: str, number: int) -> None:
        """A speaker, with the words that stand beside the name."""
        self.pause()
        cue = split_cue(name)
        self._elements.append(literal("character", cue.name, number, extension=cue.extension))
        self._speaking = True
        if words:
            self.line(words, number)

    def line(self, words: str, number: int) -> None:
        """A line of a speech, a heading or a stage direction."""
        if self._speaking:
            direction = words[0] in "([（【" and words[-1] in ")]）】"
            text = f"({words[1:-1].strip()})" if direction else words
            self._spoken.append(("parenthetical" if direction else "dialogue", unmarked(text), number))
        elif not self._directions and _ACT.match(words):
            self._elements.append(literal("section", words, number, depth=1))
        elif not self._directions and _SCENE.match(words):
            self._elements.append(literal("scene heading", words, number))
        elif not self._directions and (found := split_heading(words)) is not None:
            self._elements.append(literal("scene heading", found[0], number, scene_number=found[1]))
        else:
            self._begun = self._begun if self._directions else number
            self._directions.append(words)

    def finish(self) -> tuple[Element, ...]:
        """All elements."""
        self.pause()
        return tuple(self._elements)


def _speakers(lines: list[str]) -> tuple[Counter[str], Counter[str], int]:
    """How often names begin a paragraph, alone and beside what is said; and how many paragraphs are no headings."""
    alone: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    paragraphs = 0
    for place, line in enumerate(lines):
        found = _speaker(line)
        fresh = bool(line.strip()) and not (place and lines[place - 1].strip())
        paragraphs += fresh and split_heading(line) is None
        if found is not None and found[1]:
            beside[_name(found)] += 1
        elif found is not None and fresh and place + 1 < len(lines) and lines[place + 1].strip():
            alone[_name(found)] += 1
    return alone, beside, paragraphs


def _begins(found: tuple[str, str], known: set[str], *, fresh: bool, parted: bool) -> bool:
    """Whether a speech begins; where names stand alone, whoever does so before it is a speaker."""
    name = _name(found)
    return (fresh and not found[1]) or (fresh and name in known) if parted else name in known


def _is_short_name(name: str) -> bool:
    """Whether it may be a name in a script that has no capitals, such as Chinese."""
    return name.upper() == name.lower() and len(name) <= _LONGEST_UNCASED


def _name(found: tuple[str, str]) -> str:
    """The name of a speaker without what is beside it in parentheses, such as "aside"."""
    return split_cue(found[0]).name


def _stand_alone(alone: Counter[str], paragraphs: int) -> bool:
    return sum(alone.values()) >= max(_FEWEST, _SHARE * paragraphs)


def _speaker(line: str) -> tuple[str, str] | None:
    """The name and the words beside it, of a line that looks as if a speaker began it."""
    found = _SPEAKER.fullmatch(line.strip())
    if found is None or len(found[1].split()) > _MOST_WORDS or found[1][0].islower() or is_heading(line.strip()):
        return None
    return found[1].strip(), found[2].strip()
