"""Emphasis within lines: the words of Fountain's marks, and marks for words that have a style."""

from __future__ import annotations

import re
from collections.abc import Iterable

from toolkit.screenplay.elements import Element, Kind

_MARK = re.compile(r"\\[*_\\]|\*+|_+")
_SPECIAL = re.compile(r"[*_\\]")


def plain(markup: str) -> str:
    r"""The words of `markup`, without its marks of emphasis and the backslashes that keep a mark.

    ``*italic*``, ``**bold**``, ``***both***`` and ``_underlined_``, nested or not, within one line. A mark that opens
    has no space after it and one that closes none before it; what finds no partner is text. ``\*``, ``\_`` and ``\\``
    are the characters themselves. The time is linear in the length.
    """
    if not _SPECIAL.search(markup):
        return markup
    return "\n".join(_plain_line(line) if _SPECIAL.search(line) else line for line in markup.split("\n"))


def escape(text: str) -> str:
    """Markup whose words are `text`, whatever marks it holds."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def unmarked(text: str) -> str:
    """Markup whose words are `text`, escaped only if need be."""
    return text if plain(text) == text else escape(text)


def marked(kind: Kind, markup: str, line: int = 0, **fields: str | int) -> Element:
    """An element out of its markup; `fields` are further ones of `Element`."""
    text = plain(markup)
    return Element(kind, text, markup if markup != text else "", line, **fields)  # type: ignore[arg-type]


def literal(kind: Kind, text: str, line: int = 0, **fields: str | int) -> Element:
    """An element out of words in which nothing is a mark."""
    return marked(kind, unmarked(text), line, **fields)


def styled(runs: Iterable[tuple[str, str]]) -> str:
    """Markup of runs of text with a Final Draft style each, such as "Bold+Italic"."""
    merged: list[tuple[str, str]] = []
    for text, style in runs:
        marks = _marks(style)
        for number, part in enumerate(text.split("\n")):
            if number:
                merged.append(("\n", ""))
            if merged and merged[-1][1] == marks and merged[-1][0] != "\n":
                merged[-1] = (merged[-1][0] + part, marks)
            else:
                merged.append((part, marks))
    markup = "".join(_wrap(text, marks) for text, marks in merged)
    text = "".join(text for text, _ in merged)
    if markup == text or plain(markup) == text:
        return markup
    return unmarked(text)


def _marks(style: str) -> str:
    styles = {name.strip() for name in style.split("+")}
    return "_" * ("Underline" in styles) + "*" * (2 * ("Bold" in styles) + ("Italic" in styles))


def _wrap(text: str, marks: str) -> str:
    if not marks or not text.strip():
        return unmarked(text)
    start = len(text) - len(text.lstrip())
    stop = len(text.rstrip())
    return f"{text[:start]}{marks}{escape(text[start:stop])}{marks[::-1]}{text[stop:]}"


class _Run:
    """A run of one mark: how many of its characters are still text."""

    __slots__ = ("left", "mark", "place")

    def __init__(self, mark: str, left: int, place: int) -> None:
        self.mark, self.left, self.place = mark, left, place


def _plain_line(line: str) -> str:
    """One line without marks that found a partner.

    Runs that may open wait on a stack for each mark. A run that closes takes the last waiting one of its own mark;
    those of the other mark that were opened in between overlap with it and are text, so that each is looked at once.
    """
    pieces: list[str | _Run] = []
    waiting: dict[str, list[_Run]] = {"*": [], "_": []}
    end = 0
    for found in _MARK.finditer(line):
        start, stop = found.span()
        pieces.append(line[end:start])
        end = stop
        if line[start] == "\\":
            pieces.append(line[start + 1])
            continue
        run = _Run(line[start], stop - start, len(pieces))
        pieces.append(run)
        other = waiting["_" if run.mark == "*" else "*"]
        if start and not line[start - 1].isspace():
            _close(run, waiting[run.mark], other)
        if run.left and stop < len(line) and not line[stop].isspace():
            waiting[run.mark].append(run)
    pieces.append(line[end:])
    return "".join(piece if isinstance(piece, str) else piece.mark * piece.left for piece in pieces)


def _close(run: _Run, same: list[_Run], other: list[_Run]) -> None:
    while run.left and same:
        opener = same[-1]
        taken = min(run.left, opener.left)
        run.left -= taken
        opener.left -= taken
        if not opener.left:
            same.pop()
        while other and other[-1].place > opener.place:
            other.pop()
