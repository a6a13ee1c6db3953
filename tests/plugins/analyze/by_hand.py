"""Screenplays put together element by element, so that tests of what is derived need no parser."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.screenplay.elements import Element, Screenplay


def heading(text: str, number: str = "") -> Element:
    return Element("scene heading", text, scene_number=number)


def action(text: str) -> Element:
    return Element("action", text)


def says(name: str, *texts: str, extension: str = "", dual: str = "") -> list[Element]:
    """A cue and its speech; texts in brackets are parentheticals."""
    spoken = [Element("parenthetical" if text.startswith("(") else "dialogue", text, dual=dual) for text in texts]
    return [Element("character", name, extension=extension, dual=dual), *spoken]


def script(*parts: Element | Iterable[Element], form: str = "fountain") -> Screenplay:
    elements: list[Element] = []
    for part in parts:
        elements.extend([part] if isinstance(part, Element) else part)
    return Screenplay(tuple(elements), form)
