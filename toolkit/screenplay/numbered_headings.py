"""Scene headings with the numbers that shooting scripts have at their margins."""

from __future__ import annotations

import re

from toolkit.screenplay.marks import is_capital, is_heading

# In Chinese a number is followed by a mark like a comma, without a blank.
_NUMBERED = re.compile(r"(?:([A-Z]{0,2}\d{1,4}[A-Z]{0,2})(?:[.)]?\s+|[、．]\s*))?(\S.*)")
RIGHT_NUMBER = re.compile(r"\s{2,}([A-Z]{0,2}\d{1,4}[A-Z]{0,2})[.)]?$")
_NARROWEST_GAP, WIDEST_GAP = 8, 200


def split_heading(line: str) -> tuple[str, str] | None:
    """A scene heading and its number, which stands at the left margin, the right one or both; None of other lines."""
    found = _NUMBERED.fullmatch(line.strip())
    if found is None or not is_heading(found[2]):
        return None
    if found[2][0].isascii() and not is_capital(found[2][:3]):  # Chinese has no capitals
        return None
    right = RIGHT_NUMBER.search(found[2], max(len(found[2]) - WIDEST_GAP, 0))
    if right is not None and right[1] != found[1] and right.end(1) - right.start() < _NARROWEST_GAP:
        right = None  # a number of the place
    words = found[2][: right.start()] if right else found[2]
    return " ".join(words.split()), found[1] or (right[1] if right else "")
