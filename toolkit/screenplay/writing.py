"""Elements written as Fountain, so that reading it gives the same elements."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.screenplay.asides import escape_asides, write_aside
from toolkit.screenplay.elements import SPOKEN, Element
from toolkit.screenplay.fountain import ASIDES
from toolkit.screenplay.inline import unmarked
from toolkit.screenplay.marks import interrupts, opening
from toolkit.screenplay.title_page import opens_title_page, write_entry

_AFTER_CUE = SPOKEN | {"parenthetical"}
_MARKS = {"lyric": ("~", ""), "centred": ("> ", " <")}  # before and after each line


def write_fountain(elements: Iterable[Element]) -> str:
    """The elements as a Fountain script; an element is forced only where it would be taken for another.

    `parse_fountain` gives the same elements again, but for `line`, of whatever it gave. Fountain has no revisions and
    no mark for dialogue without a cue, or for a heading that begins with neither letter nor digit: both become action.
    """
    every = list(elements)
    entries = [element for element in every if element.kind == "title page"]
    script = [element for element in every if element.kind != "title page"]
    blocks = ["\n".join(escape_asides(write_entry(entry, _markup(entry))) for entry in entries)] if entries else []
    first = not entries  # whether what comes next could be taken for a title page
    place = 0
    while place < len(script):
        element, stop = script[place], place + 1
        if element.kind in ASIDES:
            blocks.append(write_aside(element))
        elif element.kind == "character":
            stop = _speech_end(script, place)
            blocks.append(escape_asides(_speech(script[place:stop], first=first)))
        else:
            follows = place > 0 and element.kind == script[place - 1].kind == "action"
            blocks.append(escape_asides(_block(element, first=first, follows=follows)))
        first = first and element.kind in ASIDES
        place = stop
    text = "\n\n".join(blocks) + "\n" if blocks else ""
    return f"\n{text}" if text.startswith("\ufeff") else text  # reading drops a byte order mark


def _markup(element: Element) -> str:
    return element.markup or unmarked(element.text)


def _block(element: Element, *, first: bool, follows: bool) -> str:
    """Any element that is neither of a speech nor an aside; `follows` says that action stands before action."""
    markup = _markup(element)
    line = " ".join(markup.split("\n"))
    if element.kind == "scene heading":
        return _heading(f"{line} #{element.scene_number}#" if element.scene_number else line, first=first)
    if element.kind == "transition" and line:
        unforced = opening(line, "") == "transition" and not (first and opens_title_page(line, ""))
        return line if unforced else f"> {line}"
    if element.kind in _MARKS:
        before, after = _MARKS[element.kind]
        return "\n".join(f"{before}{part}{after}" for part in markup.split("\n"))
    if element.kind in ("section", "synopsis"):
        return f"{'#' * max(element.depth, 1) if element.kind == 'section' else '='} {line}".rstrip()
    return "===" if element.kind == "page break" else _action(markup, first=first, follows=follows)


def _heading(line: str, *, first: bool) -> str:
    if opening(line, "") == "scene heading":
        return line
    return f".{line}" if line[:1].isalnum() else _action(line, first=first, follows=False)


def _action(markup: str, *, first: bool, follows: bool) -> str:
    """A paragraph; empty lines at its beginning stay empty only after action, which gives them a meaning."""
    lines = [line.rstrip() for line in markup.split("\n")]
    kept = next((place for place, line in enumerate(lines) if line), 0) if follows else 0
    written = [
        f"!{line}" if not line or line.lstrip()[:1] == "!" or interrupts(line.strip()) else line for line in lines
    ]
    after = written[kept + 1] if kept + 1 < len(written) else ""
    line = written[kept]
    if opening(line, after) not in ("action", "forced action") or (first and opens_title_page(line, after)):
        written[kept] = f"!{line}"
    return "\n" * kept + "\n".join(written[kept:])


def _speech_end(script: list[Element], place: int) -> int:
    """Where a speech ends: before what is not spoken, of another column, or a lyric of its own after a lyric."""
    stop = place + 1
    while stop < len(script):
        element, before = script[stop], script[stop - 1]
        if element.kind not in _AFTER_CUE or element.dual != script[place].dual:
            break
        if element.kind == before.kind == "lyric":
            break
        stop += 1
    return stop


def _speech(elements: list[Element], *, first: bool) -> str:
    cue = elements[0]
    lines: list[str] = []
    for element in elements[1:]:
        parts = _markup(element).split("\n")
        if element.kind == "lyric":
            lines += [f"~{part}" for part in parts]
        elif element.kind == "parenthetical":
            lines.append(" ".join(parts))
        else:
            lines += [part if part.strip() else "  " for part in parts]
    name = " ".join(_markup(cue).split()) if "\n" in cue.text else _markup(cue)
    line = " ".join(part for part in (name, cue.extension, "^" if cue.dual == "right" else "") if part)
    after = lines[0] if lines else ""
    if opening(line, after) != "character" or (first and opens_title_page(line, after)):
        line = f"@{line}"
    return "\n".join([line, *lines])
