"""Fountain, as its text of version 1.1 defines it, read into elements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from toolkit.screenplay.asides import split_asides
from toolkit.screenplay.elements import Element, Kind
from toolkit.screenplay.inline import marked
from toolkit.screenplay.marks import (
    COMPLETE,
    DEEPEST,
    in_parentheses,
    interrupts,
    opening,
    split_cue,
    split_number,
    standing,
)
from toolkit.screenplay.title_page import title_page

ASIDES = frozenset({"note", "boneyard"})


def parse_fountain(text: str) -> tuple[Element, ...]:
    """The elements of a Fountain script, in the order of the text, entries of the title page first.

    A paragraph of action is one element, and so is what a cue says between two parentheticals; newlines part their
    lines. Notes and boneyards within a paragraph or speech follow it. Every text can be read: what is nothing else is
    action. The time is linear in the length.

    Source: https://fountain.io/syntax, version 1.1. docs/screenplays.md lists what that leaves open.
    """
    script = split_asides(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    entries, place = title_page(script.lines, script.numbers)
    reader = _Reader(script.lines, script.numbers, script.asides, place)
    reader.read()
    return (*entries, *reader.elements)


class _Reader:
    """Goes through the lines once, a block at a time."""

    def __init__(self, lines: list[str], numbers: list[int], asides: list[Element], place: int) -> None:
        self.elements: list[Element] = []
        self._lines, self._numbers, self._place = lines, numbers, place
        self._asides, self._next_aside = asides, 0
        self._speech: range | None = None  # the last block among the elements, where it was a speech

    def read(self) -> None:
        fresh, empty = True, 0  # whether an empty line, or nothing at all, stands before the line; how many do
        while self._place < len(self._lines):
            line = self._lines[self._place]
            if not line.strip():
                fresh, empty = True, empty + 1
                self._place += 1
                continue
            self._catch_up(self._numbers[self._place])
            look = opening(line, self._after()) if fresh else standing(line.strip())
            self._block(look, empty)
            fresh, empty = look in COMPLETE, 0
        self._catch_up(None)

    def _after(self) -> str:
        return self._lines[self._place + 1] if self._place + 1 < len(self._lines) else ""

    def _catch_up(self, number: int | None) -> None:
        """Add the notes and boneyards that begin before a line, or all that are left."""
        while self._next_aside < len(self._asides):
            aside = self._asides[self._next_aside]
            if number is not None and aside.line >= number:
                break
            self.elements.append(aside)
            self._next_aside += 1

    def _block(self, look: str, empty: int) -> None:
        if look in ("character", "forced character"):
            self._read_speech(forced=look == "forced character")
            return
        self._speech = None
        if look in ("action", "forced action"):
            self._read_action(empty)
        elif look in ("lyric", "centred"):
            self._read_run("lyric" if look == "lyric" else "centred")
        else:
            self._read_line(look)

    def _read_line(self, look: str) -> None:
        line, number = self._lines[self._place].strip(), self._numbers[self._place]
        self._place += 1
        if look.endswith("scene heading"):
            heading, scene_number = split_number(line.removeprefix(".") if look.startswith("forced") else line)
            element = marked("scene heading", heading, number, scene_number=scene_number)
        elif look.endswith("transition"):
            element = marked("transition", line[1:].strip() if look.startswith("forced") else line, number)
        elif look == "section":
            words = line.lstrip("#")
            element = marked("section", words.strip(), number, depth=min(len(line) - len(words), DEEPEST))
        elif look == "synopsis":
            element = marked("synopsis", line[1:].strip(), number)
        else:
            element = Element("page break", line=number)
        self.elements.append(element)

    def _read_action(self, empty: int) -> None:
        """A paragraph; empty lines beyond the one that parts it from action before it are its first lines."""
        number = self._numbers[self._place]
        follows = bool(self.elements) and self.elements[-1].kind == "action"
        kept = max(empty - 1, 0) if follows else 0
        lines = [""] * kept
        while self._place < len(self._lines):
            line = self._lines[self._place].rstrip().replace("\t", "    ")
            stripped = line.strip()
            if not stripped or (len(lines) > kept and interrupts(stripped)):
                break
            if stripped[0] == "!":
                line = line.replace("!", "", 1).rstrip()
            lines.append(line)
            self._place += 1
        self.elements.append(marked("action", "\n".join(lines), number))

    def _read_run(self, kind: Kind) -> None:
        """Lines of a lyric or centred lines that stand together."""
        number, lines = self._numbers[self._place], []
        while self._place < len(self._lines) and standing(stripped := self._lines[self._place].strip()) == kind:
            lines.append(stripped[1:].strip() if kind == "lyric" else stripped[1:-1].strip())
            self._place += 1
        self.elements.append(marked(kind, "\n".join(lines), number))

    def _read_speech(self, *, forced: bool) -> None:
        line = self._lines[self._place].strip()
        cue = split_cue(line[1:] if forced else line)
        first = len(self.elements)
        left = self._left_of_it() if cue.dual else None
        if left is not None:
            for place in left:
                if self.elements[place].kind not in ASIDES:
                    self.elements[place] = replace(self.elements[place], dual="left")
        dual = "right" if left is not None else ""
        number = self._numbers[self._place]
        self.elements.append(marked("character", cue.name, number, extension=cue.extension, dual=dual))
        self._place += 1
        self.elements += speech(self._spoken(), dual)
        self._speech = range(first, len(self.elements))

    def _left_of_it(self) -> range | None:
        """The speech before this one, with only notes and boneyards in between, unless it is itself the right one."""
        before = self._speech
        if before is None or self.elements[before.start].dual:
            return None
        return before

    def _spoken(self) -> list[tuple[Kind | None, str, int]]:
        """The lines up to the end of the speech: what each is (None of one left empty by two blanks), words, number."""
        lines: list[tuple[Kind | None, str, int]] = []
        while self._place < len(self._lines):
            line, number = self._lines[self._place], self._numbers[self._place]
            stripped = line.strip()
            if not stripped and len(line) < 2:
                break
            self._place += 1
            if not stripped:
                lines.append((None, "", number))
            elif stripped[0] == "~":
                lines.append(("lyric", stripped[1:].strip(), number))
            elif in_parentheses(stripped):
                lines.append(("parenthetical", stripped, number))
            else:
                lines.append(("dialogue", stripped, number))
        return lines


def speech(lines: Iterable[tuple[Kind | None, str, int]], dual: str) -> list[Element]:
    """The elements after a cue: lines of one kind together with empty lines between them, each parenthetical alone."""
    elements: list[Element] = []
    kind: Kind | None = None
    number, empty = 0, 0
    words: list[str] = []
    for look, line, at in lines:
        if look is None:
            empty += 1
            continue
        if look == kind and look != "parenthetical":
            words += [""] * empty + [line]
        else:
            if kind is not None:
                elements.append(marked(kind, "\n".join(words), number, dual=dual))
            kind, words, number = look, [line], at
        empty = 0
    if kind is not None:
        elements.append(marked(kind, "\n".join(words), number, dual=dual))
    return elements
