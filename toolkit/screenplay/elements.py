"""What a screenplay is made of: the one model that every format is read into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "title page", "scene heading", "action", "character", "parenthetical", "dialogue", "lyric", "transition",
    "section", "synopsis", "note", "boneyard", "centred", "page break",
]  # fmt: skip
SPOKEN = frozenset({"dialogue", "lyric"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a screenplay.

    Attributes:
        kind: what it is.
        text: its words without marks of emphasis; of a cue the name without extensions and the mark of dual dialogue.
        markup: its words with Fountain's marks of emphasis; "" where there are none.
        line: line of the file that it begins in (paragraph of a Final Draft file), counted from 1; 0 if unknown.
        extension: extensions of a cue as written, such as "(V.O.) (CONT'D)"; "" without one.
        dual: "left" or "right" for the cue, parentheticals and dialogue of dual dialogue, else "".
        scene_number: number of a scene as the script gives it, without its marks; "" without one.
        depth: depth of a section, from 1; 0 of other elements.
        key: key of an entry of the title page, such as "Author".
        revision: revision that it was changed in, as the file gives it; "" without one.
    """

    kind: Kind
    text: str = ""
    markup: str = ""
    line: int = 0
    extension: str = ""
    dual: str = ""
    scene_number: str = ""
    depth: int = 0
    key: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Screenplay:
    """A screenplay as it was read.

    Attributes:
        elements: in the order of the file; entries of the title page first.
        format: "fountain", "fdx", "text" or "pdf".
    """

    elements: tuple[Element, ...]
    format: str
