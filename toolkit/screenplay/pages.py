"""Pages of a script: how many lines each element takes when laid out by the usual rules, and where pages end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from toolkit.screenplay.elements import Element

Int32 = NDArray[np.int32]

# Columns of 12-point Courier, ten to the inch.
WIDTHS = {
    "scene heading": 60, "action": 60, "centred": 60, "lyric": 35, "dialogue": 35, "parenthetical": 25,
    "character": 38, "transition": 60,
}  # fmt: skip
DUAL_WIDTHS = {"character": 28, "dialogue": 28, "lyric": 28, "parenthetical": 22}
# Blank lines before an element, unless it begins a page.
SPACE = {"scene heading": 2, "action": 1, "centred": 1, "character": 1, "transition": 1, "lyric": 1}
# Lines of what follows that an element must share its page with.
KEEP = {"scene heading": 2, "character": 1, "parenthetical": 1}
SPEECH = frozenset({"parenthetical", "dialogue", "lyric"})


def lay_out(elements: Sequence[Element], page_lines: int = 55) -> tuple[Int32, Int32, int]:
    """Lines of each element with the blank ones before it, the page that each begins on, and how many pages there are.

    A page holds `page_lines` lines; text is wrapped at the width of its kind. A scene heading is not parted from what
    follows it, nor a cue from its speech. The right side of dual dialogue takes lines only where it is longer than
    the left. A forced page break begins a page. Entries of the title page, sections, synopses, notes and what is in a
    boneyard take no lines; the title page is page 0.

    Source: widths and spaces of Final Draft's screenplay template (12-point Courier: action 6 inches, dialogue 3.5,
    parentheticals 2.5; 24 points before scene headings, 12 before others), the layout behind a page a minute.

    Returns:
        (n,) lines, (n,) pages, pages in all.
    """
    sheet = _Sheet(page_lines)
    lines, pages = np.zeros(len(elements), np.int32), np.zeros(len(elements), np.int32)
    in_speech = False
    for place, element in enumerate(elements):
        kind = element.kind
        if kind == "page break":
            sheet.turn()
        elif kind in WIDTHS:
            in_speech = kind == "character" or (in_speech and kind in SPEECH)
            height = _height(element.text, (DUAL_WIDTHS if element.dual else WIDTHS).get(kind, 60))
            space = SPACE.get(kind, 0) if kind == "character" or not in_speech else 0
            lines[place], pages[place] = sheet.add(height, space, KEEP.get(kind, 0), element.dual, kind == "character")
            continue
        pages[place] = 0 if kind == "title page" else sheet.page
    return lines, pages, sheet.last


class _Sheet:
    """The page that is being filled."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.page = 1
        self.used = 0
        self.last = 0
        self._left = self._right = 0
        self._left_page = 1

    def turn(self) -> None:
        """Begin a page, unless this one is empty."""
        if self.used:
            self.page += 1
            self.used = 0

    def add(self, height: int, space: int, keep: int, dual: str, cue: bool) -> tuple[int, int]:
        """Lines that it takes, and the page that it begins on."""
        if dual == "right":
            return self._beside(height, cue)
        taken, page = self._below(height, space, keep)
        if dual == "left":
            if cue:
                self._left, self._left_page = 0, page
            self._left += height
            self._right = 0
        return taken, page

    def _below(self, height: int, space: int, keep: int) -> tuple[int, int]:
        if not height:
            return 0, self.page
        if self.used and self.used + space + 1 + keep > self.size:
            self.turn()
        taken = height + (space if self.used else 0)
        page = self.page
        self._fill(taken)
        return taken, page

    def _beside(self, height: int, cue: bool) -> tuple[int, int]:
        if cue:
            self._right = 0
        before = max(self._left, self._right)
        self._right += height
        taken = max(self._right - before, 0)
        self._fill(taken)
        return taken, self._left_page

    def _fill(self, lines: int) -> None:
        self.used += lines
        turned = max(self.used - 1, 0) // self.size
        self.page += turned
        self.used -= turned * self.size
        self.last = self.page


def _height(text: str, width: int) -> int:
    """Lines that a text takes, wrapped between words; longer words are broken."""
    return sum(1 if len(line) <= width else _wrapped(line, width) for line in text.split("\n")) if text else 0


def _wrapped(line: str, width: int) -> int:
    rows, used = 1, 0
    for size in map(len, line.split()):
        if used and used + 1 + size <= width:
            used += 1 + size
            continue
        rows += (1 if used else 0) + (size - 1) // width
        used = size - (size - 1) // width * width
    return rows
