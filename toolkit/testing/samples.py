"""What samples of a generator have to be, by what is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from toolkit.errors import CinekitError
from toolkit.materials import material_of
from toolkit.screenplay.elements import Element


def fault_of(makes: str, items: Any, n: int, corpus: Any) -> str:
    """What is wrong with n samples, and what is to be returned; "" where nothing is.

    Args:
        makes: what is made, such as "titles".
        items: what `sample` returned.
        n: how many were asked for.
        corpus: what was learnt from.
    """
    fault = _FAULTS[makes](items, corpus)
    if fault:
        return fault
    kind = material_of(makes)
    try:
        count = kind.count(items)
        kind.keys(items)
    except (CinekitError, TypeError, ValueError, IndexError, AttributeError) as error:
        return f"{type(items).__name__} that is none of {makes}: {error}"
    return "" if count == n else f"{count} items where {n} were asked for; return as many"


def _titles(items: Any, corpus: Any) -> str:
    del corpus
    if not _is_list(items, str):
        return f"{type(items).__name__}; return a list of texts"
    broken = [text for text in items if len(text.splitlines()) > 1]
    return f"the title {broken[0]!r} with a line break; replace it by a space" if broken else ""


def _script(items: Any, corpus: Any) -> str:
    del corpus
    if not _is_list(items, tuple) or not all(_is_list(item, Element) for item in items):
        return f"{type(items).__name__}; return a list of tuples of toolkit.screenplay.elements.Element"
    return ""


def _metadata(items: Any, corpus: Any) -> str:
    if type(items) is not type(corpus):
        return f"{type(items).__name__}; return Rows"
    if (items.number_names, items.label_names) != (corpus.number_names, corpus.label_names):
        return f"rows of {items.number_names} and {items.label_names}; return the columns of what was learnt from"
    shapes = (np.shape(items.numbers), np.shape(items.labels))
    wanted = ((len(items), len(items.number_names)), (len(items), len(items.label_names)))
    return "" if shapes == wanted else f"numbers and labels of shape {shapes}; return {wanted}"


def _music(items: Any, corpus: Any) -> str:
    if type(items) is not type(corpus):
        return f"{type(items).__name__}; return Pieces"
    if (items.voices, items.steps_per_beat) != (corpus.voices, corpus.steps_per_beat):
        return "pieces of another grid, or other voices, than those that were learnt from; return the same"
    wrong = [chords.shape for chords in items.chords if chords.ndim != 2 or chords.shape[1] != corpus.voices]
    return f"chords of shape {wrong[0]}; return (steps, {corpus.voices})" if wrong else ""


def _effects(items: Any, corpus: Any) -> str:
    if type(items) is not type(corpus):
        return f"{type(items).__name__}; return Images"
    if items.pixels.shape[1:] != corpus.pixels.shape[1:]:
        return f"images of shape {items.pixels.shape[1:]}; return {corpus.pixels.shape[1:]}"
    inside = bool((items.pixels >= 0).all() and (items.pixels <= 1).all())
    return "" if inside else "pixels below 0, above 1, or NaN; return them from 0 to 1"


def _is_list(items: Any, kind: type) -> bool:
    return isinstance(items, Sequence) and not isinstance(items, str) and all(isinstance(item, kind) for item in items)


_FAULTS: dict[str, Callable[[Any, Any], str]] = {
    "effects": _effects,
    "metadata": _metadata,
    "music": _music,
    "script": _script,
    "titles": _titles,
}
