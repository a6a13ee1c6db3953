"""Small corpora for the five kinds of generators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import UnknownNameError
from toolkit.testing.made_images import blobs
from toolkit.testing.made_music import cadences
from toolkit.testing.made_rows import made_rows
from toolkit.testing.made_scripts import made_scripts
from toolkit.testing.made_titles import halves, made_titles

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SmallCorpus:
    """What a generator is fitted on.

    Attributes:
        train: what it learns from: Titles, Rows, Scripts, Pieces or Images.
        held_out: others of the kind.
    """

    train: Any
    held_out: Any


def _parted(corpus: Any) -> SmallCorpus:
    """The first three quarters, and the others."""
    cut = len(corpus) * 3 // 4
    return SmallCorpus(corpus.select(np.arange(cut)), corpus.select(np.arange(cut, len(corpus))))


_MADE: dict[str, Callable[[], SmallCorpus]] = {
    "effects": lambda: _parted(blobs(40)),
    "metadata": lambda: _parted(made_rows(160)),
    "music": lambda: _parted(cadences(12)),
    "script": lambda: SmallCorpus(made_scripts(20, 0), made_scripts(5, 1)),
    "titles": lambda: SmallCorpus(*halves(made_titles())),
}


@cache
def small_corpus(makes: str) -> SmallCorpus:
    """A corpus of "effects", "metadata", "music", "script" or "titles". Every call gives the same; it is shared.

    Raises:
        UnknownNameError: there is no such kind.
    """
    if makes not in _MADE:
        raise UnknownNameError("material", makes, _MADE, hint=f"there are {', '.join(_MADE)}")
    return _MADE[makes]()
