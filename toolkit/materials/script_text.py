"""Words of scripts, runs of them, and how much of one script is in another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.words import WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.screenplay.elements import Element

# Words of a shingle: verse and idioms share four or five often, six seldom.
SHINGLE = 6
_WORD = re.compile(WORD)
# Multiplier of a polynomial hash, odd, its bits spread: the golden ratio times 2^64.
_MIX = np.uint64(0x9E3779B97F4A7C15)


def words_in(script: Sequence[Element]) -> list[str]:
    """The words of a script in small letters, typewriter's apostrophes for all, but for cues and scene headings."""
    text = " ".join(element.text for element in script if element.kind not in ("character", "scene heading"))
    return _WORD.findall(text.lower().replace("’", "'"))


def shingles(words: Sequence[str], size: int = SHINGLE) -> NDArray[np.uint64]:
    """(max(n_words - size + 1, 1),) a number for each run of `size` words; of fewer words one for all; none of none.

    Broder, "On the resemblance and containment of documents", 1997. Equal runs have equal numbers; others nearly never
    have.
    """
    if not words:
        return np.empty(0, dtype=np.uint64)
    numbers = np.array([_number(word) for word in words], dtype=np.uint64)
    size = min(size, len(numbers))
    made = np.zeros(len(numbers) - size + 1, dtype=np.uint64)
    for place in range(size):
        made = (made ^ (made >> np.uint64(29))) * _MIX + numbers[place : place + len(made)]
    return made


def nearest_scripts(
    samples: Sequence[Sequence[Element]], scripts: Sequence[Sequence[Element]]
) -> tuple[IntArray, Float64]:
    """(n,) the script that most of each sample's shingles are in, and the share of them that are not.

    The distance is 1 minus the containment of Broder 1997: 0 where every run of six words of the sample is in the
    script, 1 where none is. Of scripts at the same distance, the one that has most of the sample's words is nearer.
    """
    sampled, known = [words_in(sample) for sample in samples], [words_in(script) for script in scripts]
    shared = _shares([shingles(words) for words in sampled], [shingles(words) for words in known])
    alike = _shares([shingles(words, 1) for words in sampled], [shingles(words, 1) for words in known])
    place = np.argmax(shared + 1e-6 * alike, axis=1)
    return place, 1 - shared[np.arange(len(samples)), place]


def share_found(samples: Sequence[Sequence[Element]], scripts: Sequence[Sequence[Element]]) -> float:
    """Share of the samples' shingles that occur in any of the scripts; 0 where there are none."""
    known = [shingles(words_in(script)) for script in scripts]
    sampled = np.concatenate([np.empty(0, dtype=np.uint64), *(shingles(words_in(sample)) for sample in samples)])
    return float(np.isin(sampled, np.concatenate(known)).mean()) if sampled.size and known else 0.0


def _number(word: str) -> int:
    """A number of 64 bits of a word, the same in every run: FNV-1a."""
    number = 0xCBF29CE484222325
    for byte in word.encode():
        number = ((number ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return number


def _shares(samples: Sequence[NDArray[np.uint64]], scripts: Sequence[NDArray[np.uint64]]) -> Float64:
    """(n_samples, n_scripts) share of a sample's shingles that are in a script; repeated ones count as often."""
    numbers = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *samples]))
    sampled, known = _counts(samples, numbers), _counts(scripts, numbers)
    known.data[:] = 1
    totals = np.array([max(len(sample), 1) for sample in samples], dtype=np.float64)
    shares: Float64 = (sampled @ known.T).toarray() / totals[:, None]
    return shares


def _counts(texts: Sequence[NDArray[np.uint64]], numbers: NDArray[np.uint64]) -> csr_array:
    """(n_texts, n_numbers) how often each number is in a text; others are left out."""
    from scipy.sparse import csr_array

    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    values = np.concatenate([np.empty(0, dtype=np.uint64), *texts])
    columns = np.minimum(np.searchsorted(numbers, values), max(len(numbers) - 1, 0))
    found = numbers[columns] == values if len(numbers) else np.zeros(len(values), dtype=np.bool_)
    counts = csr_array(
        (np.ones(int(found.sum())), (rows[found], columns[found])), shape=(len(texts), len(numbers)), dtype=np.float64
    )
    counts.sum_duplicates()
    return counts
