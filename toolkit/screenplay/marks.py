"""What a line of Fountain is by its own look: headings, cues, transitions and the marks that force an element."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Look = Literal[
    "action", "forced action", "scene heading", "forced scene heading", "section", "synopsis", "page break", "lyric",
    "centred", "transition", "forced transition", "character", "forced character",
]  # fmt: skip
DEEPEST = 99  # sections below are taken for sections of this depth
# 1.1 names INT, EXT, EST, INT./EXT, INT/EXT and I/E; the mirrored ones and I./E. are in use as well.
# In Chinese they are 内景, 外景 and 内外景, in either script.
_HEADING = re.compile(
    r"[*_]{0,4}(?:(?:INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I\.?/E|E\.?/I)[.\s]|(?:[内內]外?|外)景[.\s：，、])",
    re.IGNORECASE,
)
COMPLETE = frozenset({"section", "synopsis", "page break"})  # lines that need no empty one after them
_INTERRUPTING = COMPLETE | {"lyric", "centred", "forced transition"}


class Cue(NamedTuple):
    """A cue in its parts, as they are written."""

    name: str
    extension: str
    dual: bool


def is_heading(line: str) -> bool:
    """Whether a line begins as a scene heading does."""
    return _HEADING.match(line) is not None


def is_capital(text: str) -> bool:
    """Whether there are capital letters and no small ones; what has no case counts for neither."""
    return text.replace("ß", "").isupper()  # ß has no capital that is in use


def in_parentheses(line: str) -> bool:
    """Whether a stripped line is a parenthetical; Chinese has parentheses of full width."""
    return line[:1] in ("(", "（") and line[-1:] in (")", "）")


def standing(line: str) -> Look:
    """What a stripped line is wherever in a paragraph it stands."""
    first = line[:1]
    if first == "#":
        return "section"
    if first == "=":
        return "page break" if len(line) > 2 and not line.strip("=") else "synopsis"
    if first == "~":
        return "lyric"
    if first == ">" and len(line) > 1:
        return "centred" if line.endswith("<") else "forced transition"
    return "action"


def interrupts(line: str) -> bool:
    """Whether a stripped line ends a paragraph of action before it."""
    return standing(line) in _INTERRUPTING


def opening(line: str, after: str) -> Look:
    """What a line is that begins a paragraph; `after` is the line after it, "" at the end.

    Leading blanks are of no account, trailing ones are: a transition ends with its colon.
    """
    stripped = line.strip()
    if stripped[:1] == "!":
        return "forced action"
    if stripped[:1] == "." and stripped[1:2].isalnum():
        return "forced scene heading"
    if stripped[:1] == "@":
        return "forced character" if split_cue(stripped[1:]).name else "action"
    look = standing(stripped)
    return _unforced(line, stripped, after) if look == "action" else look


def _unforced(line: str, stripped: str, after: str) -> Look:
    """What a line is that begins a paragraph without a mark."""
    if is_heading(stripped):
        return "action" if is_heading(after.strip()) else "scene heading"
    if stripped.endswith("TO:") and is_capital(stripped):
        return "action" if after.strip() or not line.endswith(":") else "transition"
    if not after.strip() or standing(after.strip()) in COMPLETE:
        return "action"
    name = split_cue(stripped).name
    return "character" if is_capital(name) and name[0] not in "(（" and "^" not in name else "action"


def split_cue(line: str) -> Cue:
    """The name, the extensions and whether there is a caret; the name is "" where nothing is left of it."""
    end = len(line)
    while end and (line[end - 1] == "^" or line[end - 1].isspace()):
        end -= 1
    dual = "^" in line[end:]
    stop = start = end  # extensions are between start and stop, the name before start
    while start and line[start - 1] in ")）":
        opens = _opens(line, start)
        if opens < 0:
            break
        start = opens
        while start and line[start - 1].isspace():
            start -= 1
    name, extension = line[:start].strip(), line[start:stop].strip()
    return Cue(name, extension, dual) if name else Cue(line[:end].strip(), "", dual)


def split_number(heading: str) -> tuple[str, str]:
    """A scene heading and its number: letters, digits, dashes and periods between two # at its end."""
    heading = heading.rstrip()
    opens = heading.rfind("#", 0, len(heading) - 1) if heading.endswith("#") else -1
    number = heading[opens + 1 : -1]
    if opens < 1 or not number or not all(letter.isalnum() or letter in "-." for letter in number):
        return heading, ""
    return heading[:opens].rstrip(), number


def _opens(line: str, stop: int) -> int:
    """Where the parenthesis opens that closes just before `stop`; -1 where it does not."""
    depth = 0
    for place in range(stop - 1, -1, -1):
        if line[place] in ")）":
            depth += 1
        elif line[place] in "(（":
            depth -= 1
            if not depth:
                return place
    return -1
