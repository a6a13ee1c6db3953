"""Screenplays in PDF: the lines of their pages where they are printed, as an indented text."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import ModelError, SourceError
from toolkit.screenplay.plain_text import parse_plain_text

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

    from toolkit.screenplay.elements import Element

Chunk = tuple[float, float, str]  # distance from the left edge and from the bottom, in points, and the words

_LETTER, _LINE = 7.2, 12.0  # points that a letter and a line of a typewritten script take
_SAME_ROW = 3.0  # points that the parts of one line differ in height at most
_MOST_EMPTY, _WIDEST = 3, 400  # lines and letters, whatever a file says


def parse_pdf(path: Path) -> tuple[Element, ...]:
    """The elements of a PDF: its lines are put where they are printed and read as indented plain text.

    Raises:
        ModelError: pypdf is not installed.
        SourceError: encrypted, damaged, or pages that are pictures without a layer of text.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError, PyPdfError
    except ModuleNotFoundError as error:
        raise ModelError(f"{path.name} is a PDF, which takes pypdf to read: pip install 'cinekit[pdf]'") from error
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{path.name} is encrypted; save a copy without its password")
        pages = _pages(reader)
    except DependencyError as error:
        raise SourceError(f"{path.name} is encrypted ({error}); save a copy without its password") from error
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # pypdf lets errors of these kinds through where a file is damaged.
        raise SourceError(f"{path.name} is damaged or no PDF ({str(error)[:100]}); export it again") from error
    if not any(pages):
        raise SourceError(f"{path.name} holds pictures of pages and no text; run text recognition (OCR) on it first")
    pitch = _pitch(pages)
    return parse_plain_text("\n\f\n".join(_laid_out(page, pitch) for page in pages))


def _pages(reader: PdfReader) -> list[list[list[Chunk]]]:
    return [_rows(page) for page in reader.pages]


def _rows(page: PageObject) -> list[list[Chunk]]:
    """The chunks of text of a page, by rows from the top, each from the left."""
    chunks: list[Chunk] = []

    def see(text: str, at: list[float], within: list[float], *_: object) -> None:
        if text.strip():
            x, y = within[4], within[5]  # `within` places the text in `at`, which places it on the page
            chunks.append((x * at[0] + y * at[2] + at[4], x * at[1] + y * at[3] + at[5], " ".join(text.split("\n"))))

    page.extract_text(visitor_text=see)
    rows: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda chunk: -chunk[1]):
        if rows and rows[-1][0][1] - chunk[1] < _SAME_ROW:
            rows[-1].append(chunk)
        else:
            rows.append([chunk])
    return [sorted(row) for row in rows]


def _pitch(pages: list[list[list[Chunk]]]) -> float:
    """The least distance of rows that is a usual one, in points."""
    gaps = Counter(round(above[0][1] - below[0][1]) for page in pages for above, below in pairwise(page))
    usual = [gap for gap, count in gaps.items() if gap and 4 * count >= max(gaps.values())]
    return float(min(usual, default=round(_LINE)))


def _laid_out(rows: list[list[Chunk]], pitch: float) -> str:
    """The rows as lines, indented and parted as they are on the page."""
    lines: list[str] = []
    for place, row in enumerate(rows):
        if place:
            lines += [""] * min(max(round((rows[place - 1][0][1] - row[0][1]) / pitch) - 1, 0), _MOST_EMPTY)
        line = ""
        for x, _, text in row:
            column = min(max(round(x / _LETTER), 0), _WIDEST)
            line = f"{line:<{column}}" if len(line) < column else f"{line} " if line else line
            line += text.rstrip() if line.strip() else text.strip()
        lines.append(line)
    return "\n".join(lines)
