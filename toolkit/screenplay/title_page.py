"""The title page of a Fountain script: keys and values before everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from toolkit.screenplay.inline import marked
from toolkit.screenplay.marks import is_heading

if TYPE_CHECKING:
    from toolkit.screenplay.elements import Element

_ENTRY = re.compile(r"[ ]{0,2}([^\s:.!@~>#=(\[][^:\n]{0,59}):(.*)")
_VALUE = re.compile(r"(?:[ ]{3}|[ ]{0,2}\t)\s*\S")
# Those of the 1.1 text, and what programs write beside them; only these may come first without a value.
_CREDITS = frozenset({"by", "written by", "screenplay by", "a screenplay by", "teleplay by", "story by"})
_USUAL = frozenset({
    "title", "show title", "series title", "credit", "author", "authors", "written by", "source", "based on", "notes",
    "draft date", "date", "revision", "contact", "contact info", "copyright", "format", "episode", "series",
})  # fmt: skip


def title_page(lines: list[str], numbers: list[int]) -> tuple[list[Element], int]:
    """The entries of a title page that begins `lines`, and the place of the first line after it.

    A value stands beside its key, or in lines below that are indented by three spaces or a tab. The page ends with the
    first line that is neither.
    """
    place = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    if place == len(lines) or not opens_title_page(lines[place], lines[place + 1] if place + 1 < len(lines) else ""):
        return [], 0
    entries: list[tuple[str, list[str], int]] = []
    while place < len(lines) and lines[place].strip():
        line = lines[place]
        if entries and _VALUE.match(line):
            entries[-1][1].append(line.strip())
        elif (found := _entry(line)) is not None:
            entries.append((found[0], [found[1]] if found[1] else [], numbers[place]))
        else:
            break
        place += 1
    return [marked("title page", "\n".join(values), line, key=key) for key, values, line in entries], place


def opens_title_page(line: str, after: str) -> bool:
    """Whether a script that begins with `line`, and goes on with `after`, begins with a title page."""
    entry = _entry(line)
    return entry is not None and bool(entry[1] or entry[0].lower() in _USUAL or _VALUE.match(after))


def write_entry(element: Element, value: str) -> str:
    """An entry in Fountain, `value` being its markup."""
    if "\n" not in value:
        return f"{element.key}: {value}".rstrip()
    return "\n".join([f"{element.key}:", *(f"    {line}" for line in value.split("\n"))])


def keyed(lines: Iterable[tuple[str, int]]) -> list[Element]:
    """Entries out of the lines of a printed title page, each with its number, which has no keys.

    The first is the title, what follows a "written by" the author; the rest is told by its first word, or is Contact.
    """
    entries: list[tuple[str, list[str], int]] = []
    for line, number in lines:
        if not (words := line.strip()):
            continue
        key = _likely_key(words, entries[-1][0] if entries else "")
        if entries and entries[-1][0] == key:
            entries[-1][1].append(words)
        else:
            entries.append((key, [words], number))
    return [marked("title page", "\n".join(values), number, key=key) for key, values, number in entries]


def _likely_key(line: str, before: str) -> str:
    words = line.lower().strip("*_ :")
    if not before:
        return "Title"
    if words in _CREDITS:
        return "Credit"
    if before == "Credit":
        return "Author"
    if words.startswith(("copyright", "©", "(c)")):
        return "Copyright"
    if words.startswith(("draft", "rev.", "revision", "revised")) or words.endswith("draft"):
        return "Draft date"
    return "Source" if words.startswith(("based on", "from the")) else "Contact"


def _entry(line: str) -> tuple[str, str] | None:
    found = _ENTRY.match(line)
    if found is None or is_heading(line.strip()):
        return None
    return found[1].strip(), found[2].strip()
