"""Elements out of drawn text, such that what is written as Fountain is read as what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolkit.screenplay.elements import Element, Kind
from toolkit.screenplay.pages import lay_out

LINES = 55
# What would be taken for extensions of a cue, its mark of dual dialogue, or the number of a scene.
_NOT_IN_NAMES = re.compile(r"[()^@]+")
_EDGES = re.compile(r"^[\W_]+|[\s#]+$")
_HAS_CASE = re.compile(r"[^\W\d_]")


def element_of(kind: Kind, text: str) -> Element | None:
    """An element of a kind, its text freed from what Fountain reads otherwise; None where nothing is left.

    Blanks are single, lines are not empty, and only action and dialogue have several.
    """
    lines = [line for line in (" ".join(line.split()) for line in text.split("\n")) if line]
    if kind == "dialogue":
        lines = [line for line in map(_spoken, lines) if line]
    if kind in ("action", "dialogue"):
        return Element(kind, "\n".join(lines)) if lines else None
    words = " ".join(lines)
    if kind == "parenthetical":
        inside = words.strip("() ")
        return Element(kind, f"({inside})") if inside else None
    if kind == "scene heading":
        words = _EDGES.sub("", words)
    elif kind == "transition":
        words = words.strip("<> ")
    else:
        words = " ".join(_NOT_IN_NAMES.sub(" ", words).upper().split())
        words = words if _HAS_CASE.search(words) else ""
    return Element(kind, words) if words else None


def too_long(elements: Sequence[Element], pages: float) -> bool:
    """Whether elements take more than some pages; of less than one, more than its share of a page's lines."""
    if pages < 1:
        return lay_out(elements, max(round(LINES * pages), 1))[2] > 1
    return lay_out(elements)[2] > round(pages)


def whole(elements: Sequence[Element]) -> tuple[Element, ...]:
    """Elements without a cue or a parenthetical at the end that nothing is said after."""
    stop = len(elements)
    while stop and elements[stop - 1].kind in ("character", "parenthetical", "scene heading"):
        stop -= 1
    return tuple(elements[:stop])


def _spoken(line: str) -> str:
    """A line of dialogue that is taken for neither a lyric nor a parenthetical."""
    line = line.lstrip("~ ")
    if line[:1] == "(" and line[-1:] == ")":
        line = line.strip("() ")
    return line
