"""Words of scripts, runs of them, and how much of one script is in another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.shingles import shares, shingles
from toolkit.words import WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.screenplay.elements import Element

# Words of a shingle: verse and idioms share four or five often, six seldom.
SHINGLE = 6
_WORD = re.compile(WORD)


def words_in(script: Sequence[Element]) -> list[str]:
    """The words of a script in small letters, typewriter's apostrophes for all, but for cues and scene headings."""
    text = " ".join(element.text for element in script if element.kind not in ("character", "scene heading"))
    return _WORD.findall(text.lower().replace("’", "'"))


def shingles_of(words: Sequence[str], size: int = SHINGLE) -> NDArray[np.uint64]:
    """(max(n_words - size + 1, 1),) a number for each run of `size` words, as `shingles` has it."""
    return shingles(np.array([_number(word) for word in words], dtype=np.uint64), size)


def nearest_scripts(
    samples: Sequence[Sequence[Element]], scripts: Sequence[Sequence[Element]]
) -> tuple[IntArray, Float64]:
    """(n,) the script that most of each sample's shingles are in, and the share of them that are not.

    The distance is 1 minus the containment of Broder 1997: 0 where every run of six words of the sample is in the
    script, 1 where none is. Of scripts at the same distance, the one that has most of the sample's words is nearer.
    """
    sampled, known = [words_in(sample) for sample in samples], [words_in(script) for script in scripts]
    shared = shares([shingles_of(words) for words in sampled], [shingles_of(words) for words in known])
    alike = shares([shingles_of(words, 1) for words in sampled], [shingles_of(words, 1) for words in known])
    place = np.argmax(shared + 1e-6 * alike, axis=1)
    return place, 1 - shared[np.arange(len(samples)), place]


def share_found(samples: Sequence[Sequence[Element]], scripts: Sequence[Sequence[Element]]) -> float:
    """Share of the samples' shingles that occur in any of the scripts; 0 where there are none."""
    known = [shingles_of(words_in(script)) for script in scripts]
    sampled = np.concatenate([np.empty(0, dtype=np.uint64), *(shingles_of(words_in(sample)) for sample in samples)])
    return float(np.isin(sampled, np.concatenate(known)).mean()) if sampled.size and known else 0.0


def _number(word: str) -> int:
    """A number of 64 bits of a word, the same in every run: FNV-1a."""
    number = 0xCBF29CE484222325
    for byte in word.encode():
        number = ((number ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return number
