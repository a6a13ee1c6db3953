"""What Fountain leaves out of the script wherever it stands: boneyards and notes."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from toolkit.screenplay.elements import Element

_BONEYARD = re.compile(r"\\?/\*")
_NOTE = re.compile(r"\\?\[\[")
_EMPTY_LINE = re.compile(r"\n[^\S\n]?(?=\n)")  # two blanks make a line of a note, one or none ends it
_OPENING = re.compile(r"/\*|\[\[")


@dataclass(frozen=True)
class Script:
    """A script without boneyards and notes.

    Attributes:
        lines: its lines; those that held nothing but a note are gone.
        numbers: the line of the file that each begins in, counted from 1.
        asides: boneyards and notes, in the order of the lines they begin in.
    """

    lines: list[str]
    numbers: list[int]
    asides: list[Element]


def split_asides(text: str) -> Script:
    r"""Take boneyards out of a text whose lines end with ``\n``, and notes out of what is left.

    A boneyard that is never closed is text, and so is a note with an empty line in it. A backslash before ``/*`` or
    ``[[`` keeps it as text. The time is linear in the length.
    """
    numbers = list(range(1, text.count("\n") + 2))
    asides: list[Element] = []
    if "/*" in text:
        text, numbers = _without_boneyards(text, numbers, asides)
    held: set[int] = set()
    if "[[" in text:
        text, numbers, held = _without_notes(text, numbers, asides)
    lines = text.split("\n")
    if held:
        kept = [place for place, line in enumerate(lines) if place not in held or line.strip()]
        lines, numbers = [lines[place] for place in kept], [numbers[place] for place in kept]
    asides.sort(key=lambda aside: aside.line)
    return Script(lines, numbers, asides)


def escape_asides(text: str) -> str:
    r"""The text with a backslash before each ``/*`` and ``[[``."""
    return _OPENING.sub(lambda found: "\\" + found[0], text)


def write_aside(element: Element) -> str:
    """A note or boneyard in Fountain."""
    if element.kind == "boneyard":
        return f"/* {element.text.replace('*/', '* /')} */"
    text = element.text.replace("]]", "] ]").replace("/*", "\\/*")
    text = "\n".join(line if line.strip() else "  " for line in text.split("\n")) if text else ""
    return f"[[{text}{' ' if text.endswith(']') else ''}]]"


def _without_boneyards(text: str, numbers: list[int], asides: list[Element]) -> tuple[str, list[int]]:
    cut = _Cut(text, numbers)
    place, last = 0, text.rfind("*/")
    while found := _BONEYARD.search(text, place):
        opens = found.end() - 2
        if opens > found.start():  # a backslash keeps it
            cut.drop(found.start(), found.start() + 1)
            place = found.end()
        elif last < found.end():
            place = found.end()
        else:
            closes = text.find("*/", found.end())
            asides.append(Element("boneyard", text[found.end() : closes].strip(), line=cut.number(opens)))
            cut.drop(opens, closes + 2)
            place = closes + 2
    return cut.finish()


def _without_notes(text: str, numbers: list[int], asides: list[Element]) -> tuple[str, list[int], set[int]]:
    cut = _Cut(text, numbers)
    place, closes = 0, -1
    empty = [found.start() for found in _EMPTY_LINE.finditer(text)] + [len(text)]
    held: set[int] = set()
    while found := _NOTE.search(text, place):
        place = found.end()
        if found.end() - found.start() > 2:
            cut.drop(found.start(), found.start() + 1)
            continue
        if closes < place:
            closes = text.find("]]", place)
            closes = len(text) if closes < 0 else closes
        if closes >= empty[bisect_right(empty, place - 1)]:
            continue
        words = "\n".join(line.strip() for line in text[place:closes].split("\n")).strip()
        asides.append(Element("note", words, line=cut.number(found.start())))
        cut.drop(found.start(), closes + 2)
        held.add(cut.line)
        place = closes + 2
    return *cut.finish(), held


class _Cut:
    """A text that is cut, from its beginning to its end, and the numbers of the lines that are left."""

    def __init__(self, text: str, numbers: list[int]) -> None:
        self._text, self._old = text, numbers
        self._pieces: list[str] = []
        self._kept = [numbers[0]]
        self._end = self._lines = 0  # how far it was read, and how many lines end before that

    @property
    def line(self) -> int:
        """Place of the last cut among the lines that are left."""
        return len(self._kept) - 1

    def number(self, place: int) -> int:
        """Number of the line that holds `place`, which is not before the last cut."""
        return self._old[self._lines + self._text.count("\n", self._end, place)]

    def drop(self, start: int, stop: int) -> None:
        """Leave out what is between `start` and `stop`."""
        self._keep(start)
        self._lines += self._text.count("\n", start, stop)
        self._end = stop

    def finish(self) -> tuple[str, list[int]]:
        """What is left, and the numbers of its lines."""
        self._keep(len(self._text))
        return "".join(self._pieces), self._kept

    def _keep(self, stop: int) -> None:
        count = self._text.count("\n", self._end, stop)
        self._pieces.append(self._text[self._end : stop])
        self._kept += self._old[self._lines + 1 : self._lines + count + 1]
        self._lines += count
