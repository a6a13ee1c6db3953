"""The columns of an indented screenplay, found from the file itself, and what pages leave between its lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from toolkit.screenplay.marks import is_capital, is_heading, split_cue

_LONGEST_CUE = 50
_FEWEST_CUES = 2
_APART = 3  # blanks by which columns differ at least
_CONTINUED = re.compile(
    r"(?:[A-Z]{0,2}\d{1,4}[A-Z]{0,2}[.)]?\s+)?\(?(?:CONTINUED|MORE|CONT'D|CONT\.)(?::|\)|:\))?\s*(?:\(\d{1,3}\))?:?"
    r"(?:\s+[A-Z]{0,2}\d{1,4}[A-Z]{0,2}[.)]?)?",
    re.IGNORECASE,
)
_PAGE = re.compile(r"(?:page\s{1,3})?-?\s?\d{1,3}[A-Z]?\s?[.-]?", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_LONGEST_NOISE, _LONGEST_PAGE = 120, 20  # so that no pattern below is tried on long lines
_REPEATED = 3  # a running head is there at least so often


@dataclass(frozen=True)
class Columns:
    """How far lines are indented.

    Attributes:
        action: column of action and headings.
        dialogue: column of what is spoken.
        cue: least column of a cue.
    """

    action: int
    dialogue: int
    cue: int

    def is_cue(self, line: str) -> bool:
        """Whether a line has the column and the capitals of a cue."""
        return _indent(line) >= self.cue and _looks_cue(line)

    def is_action(self, line: str) -> bool:
        """Whether a line is nearer to action than to dialogue."""
        return _indent(line) * 2 < self.action + self.dialogue

    def is_dialogue(self, line: str) -> bool:
        """Whether a line stands where dialogue does, or in the parentheses right of it."""
        indent = _indent(line)
        return abs(indent - self.dialogue) < _APART or (line.lstrip()[:1] == "(" and self.dialogue < indent < self.cue)


def columns_of(lines: list[str]) -> Columns | None:
    """The columns of a script; None unless cues stand right of what follows them, and that right of the rest."""
    cues: Counter[int] = Counter()
    dialogue: Counter[int] = Counter()
    indents: Counter[int] = Counter()
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        indent = _indent(line)
        indents[indent] += 1
        after = next((below for below in lines[place + 1 : place + 4] if not below.lstrip().startswith("(")), "")
        if after.strip() and _looks_cue(line) and indent >= _indent(after) + _APART:
            cues[indent] += 1
            dialogue[_indent(after)] += 1
    if sum(cues.values()) < _FEWEST_CUES:
        return None
    spoken = dialogue.most_common(1)[0][0]
    margin = Counter({indent: count for indent, count in indents.items() if indent <= spoken - _APART})
    if not margin:
        return None
    usual = next((indent for indent, _ in cues.most_common() if indent >= spoken + _APART), None)
    if usual is None:
        return None
    return Columns(margin.most_common(1)[0][0], spoken, spoken + max(_APART, (usual - spoken) // 2))


def tidied(text: str) -> list[str]:
    """The lines of a text, as many as before: blanks for tabs, nothing where a page ended or a scene "continued"."""
    pages = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line.replace("\f", "").expandtabs(8).rstrip() for line in pages]
    heads = Counter(_DIGITS.sub("#", line.strip()) for line in lines if _ends_in_number(line))
    tidy = ["" if _is_noise(line.strip(), heads) else line for line in lines]
    alone = [
        (not (place and tidy[place - 1]) and not (place + 1 < len(tidy) and tidy[place + 1])) or "\f" in pages[place]
        for place in range(len(tidy))
    ]
    return [
        "" if single and len(words := line.strip()) <= _LONGEST_PAGE and _PAGE.fullmatch(words) else line
        for line, single in zip(tidy, alone, strict=True)
    ]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_noise(words: str, heads: Counter[str]) -> bool:
    if len(words) > _LONGEST_NOISE:
        return False
    return bool(_CONTINUED.fullmatch(words)) or (bool(heads) and heads[_DIGITS.sub("#", words)] >= _REPEATED)


def _looks_cue(line: str) -> bool:
    words = line.strip()
    if len(words) > _LONGEST_CUE or is_heading(words) or words.endswith(("TO:", ".", "!", "?")) or words[:1] in "([":
        return False
    return is_capital(split_cue(words).name)


def _ends_in_number(line: str) -> bool:
    """Whether a line is a running head: words, a gap, the number of the page."""
    words = line.strip()
    if not words.rstrip(".")[-1:].isdigit() or is_heading(words) or len(words) > _LONGEST_NOISE:
        return False
    left, _, number = words.rpartition("   ")
    return bool(left.strip()) and bool(_PAGE.fullmatch(number.strip())) and not is_heading(left.split(None, 1)[-1])
