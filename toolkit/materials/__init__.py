"""What can be made, each with its corpus, its wishes, its copies and its measures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from toolkit.errors import UnknownNameError

if TYPE_CHECKING:
    from toolkit.materials.material import Material

# What is made: the class in the module of that name, and one line of help.
MATERIALS: dict[str, tuple[str, str]] = {
    "effects": ("Effects", "Effects images: sprites with transparency, as PNG files, sheets and loops."),
    "metadata": ("Metadata", "Synthetic rows of titles: genres, year, runtime, cast size, ratings."),
    "music": ("Music", "Pieces of music for several voices, as MIDI files."),
    "script": ("ScriptPages", "Pages of a screenplay, as Fountain files."),
    "titles": ("TitleNames", "Names of films and programmes."),
}


def material_of(makes: str) -> Material[Any, Any, Any]:
    """What the toolkit knows of one kind of material; its module is imported here.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if makes not in MATERIALS:
        raise UnknownNameError("material", makes, MATERIALS, hint=f"there are {', '.join(MATERIALS)}")
    found: Material[Any, Any, Any] = getattr(import_module(f"toolkit.materials.{makes}"), MATERIALS[makes][0])()
    return found
