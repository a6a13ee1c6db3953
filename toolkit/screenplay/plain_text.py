"""Screenplays in plain text as archives hold them: told by their columns, or by the colons of a stage play."""

from __future__ import annotations

import re
from typing import Literal

from toolkit.screenplay.columns import Columns, columns_of, tidied
from toolkit.screenplay.elements import SPOKEN, Element, Kind
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.inline import literal, unmarked
from toolkit.screenplay.marks import is_capital, split_cue
from toolkit.screenplay.numbered_headings import RIGHT_NUMBER, WIDEST_GAP, split_heading
from toolkit.screenplay.stage_play import is_stage_play, parse_stage_play
from toolkit.screenplay.title_page import keyed, opens_title_page

_FADE = re.compile(r"(?:FADE|IRIS|DISSOLVE|CUT)[ A-Z]*(?:IN|OUT|TO BLACK|TO WHITE|TO)[.:]?")
Layout = Literal["indented", "play", "fountain"]  # columns tell who speaks, or "NAME:", or it is like Fountain
_OF_SPEECH = SPOKEN | {"parenthetical"}
_FRONT_LINES, _FRONT_WORDS = 120, 30  # where a title page ends, and the most lines with words on it


def parse_plain_text(text: str) -> tuple[Element, ...]:
    """The elements of a screenplay or stage play in plain text, in its order.

    Where cues stand further right than what is spoken, and that further than action, the columns of the file decide.
    Lines of one paragraph are joined by blanks, since archives break them at a fixed width. Page numbers, running
    heads, CONTINUED and (MORE) are dropped. Where speakers stand as "NAME:" it is a stage play, whose lines are kept.
    Anything else is read as Fountain. The time is linear in the length.
    """
    return read_plain_text(text)[1]


def read_plain_text(text: str) -> tuple[Layout, tuple[Element, ...]]:
    """How a plain text marks who speaks, and its elements as `parse_plain_text` gives them."""
    lines = tidied(text)
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if not opens_title_page(lines[first], lines[first + 1] if first + 1 < len(lines) else ""):
        columns = columns_of(lines)
        if columns is not None:
            reader = _Indented(lines, columns)
            reader.read()
            return "indented", tuple(reader.elements)
    return ("play", parse_stage_play(lines)) if is_stage_play(lines) else ("fountain", parse_fountain(text))


class _Indented:
    """Goes through the lines once; each paragraph, cue or heading is gathered and then added."""

    def __init__(self, lines: list[str], columns: Columns) -> None:
        self.elements: list[Element] = []
        self._lines, self._columns, self._place = lines, columns, 0

    def read(self) -> None:
        self._front()
        while self._place < len(self._lines):
            line = self._lines[self._place]
            if not line.strip():
                self._place += 1
            elif self._is_cue(self._place):
                self._speech()
            elif self._heading():
                pass
            elif self._columns.is_dialogue(line) and self.elements and self.elements[-1].kind in _OF_SPEECH:
                self._spoken()  # a speech goes on after a page break or an empty line
            else:
                self._paragraph()

    def _front(self) -> None:
        """What stands before the first heading or FADE IN, if that comes early and nobody speaks, is the title page."""
        words = 0
        for place, line in enumerate(self._lines[:_FRONT_LINES]):
            if split_heading(line) is not None or line.strip().startswith("FADE IN"):
                numbered = ((unmarked(front), number) for number, front in enumerate(self._lines[:place], 1))
                self.elements += keyed(numbered)
                self._place = place
                return
            words += bool(line.strip())
            speaks = self._is_cue(place) and self._columns.is_dialogue(self._after(place))
            if speaks or words > _FRONT_WORDS:
                return

    def _after(self, place: int) -> str:
        return self._lines[place + 1] if place + 1 < len(self._lines) else ""

    def _is_cue(self, place: int) -> bool:
        line = self._lines[place]
        after = self._after(place)
        return self._columns.is_cue(line) and bool(after.strip()) and not self._columns.is_cue(after)

    def _heading(self) -> bool:
        """Add a heading or transition that stands here, if one does."""
        line, number = self._lines[self._place], self._place + 1
        found = split_heading(line)
        if found is not None:
            words, scene_number = found
            self._place += 1
            while self._goes_on():
                words = f"{words} {RIGHT_NUMBER.sub('', self._lines[self._place].strip())}"
                self._place += 1
            self.elements.append(literal("scene heading", words, number, scene_number=scene_number))
            return True
        words = line.strip()
        passes = is_capital(words) and (words.endswith("TO:") or _FADE.fullmatch(words))
        if passes and not self._after(self._place).strip():
            self.elements.append(literal("transition", words, number))
            self._place += 1
            return True
        return False

    def _goes_on(self) -> bool:
        """Whether a heading that was broken goes on in this line: capitals at the margin, directly below."""
        if self._place >= len(self._lines):
            return False
        line = self._lines[self._place]
        if len(line) > WIDEST_GAP:
            return False
        below = is_capital(line.strip()) and split_heading(line) is None and not self._columns.is_cue(line)
        return below and not self._after(self._place).strip()

    def _speech(self) -> None:
        cue = split_cue(" ".join(self._lines[self._place].split()))
        name = cue.name.rstrip(":").rstrip() or cue.name
        self.elements.append(literal("character", name, self._place + 1, extension=cue.extension))
        self._place += 1
        self._spoken()

    def _spoken(self) -> None:
        """What is spoken up to an empty line, a line of action or the next cue."""
        kind: Kind = "dialogue"
        words: list[str] = []
        number = self._place + 1
        while self._place < len(self._lines):
            line = self._lines[self._place].strip()
            if not line or self._columns.is_action(self._lines[self._place]) or (words and self._is_cue(self._place)):
                break
            if line.startswith("(") and kind == "dialogue":
                self._add(kind, words, number)
                kind, words, number = "parenthetical", [], self._place + 1
            words.append(line)
            self._place += 1
            if kind == "parenthetical" and line.endswith(")"):
                self._add(kind, words, number)
                kind, words, number = "dialogue", [], self._place + 1
        self._add("dialogue" if kind == "parenthetical" else kind, words, number)

    def _paragraph(self) -> None:
        number, words = self._place + 1, [self._lines[self._place].strip()]
        self._place += 1
        while self._place < len(self._lines):
            line = self._lines[self._place]
            if not line.strip() or self._is_cue(self._place) or split_heading(line) is not None:
                break
            words.append(line.strip())
            self._place += 1
        self._add("action", words, number)

    def _add(self, kind: Kind, words: list[str], number: int) -> None:
        if words:
            self.elements.append(literal(kind, " ".join(words), number))
