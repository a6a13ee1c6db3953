"""Runs of words, chords, … as numbers, and how much of one item's runs is in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from toolkit.metrics import Float64

    Numbers = NDArray[np.uint64]

# Multiplier of a polynomial hash, odd, its bits spread: the golden ratio times 2^64.
_MIX = np.uint64(0x9E3779B97F4A7C15)


def shingles(numbers: Numbers, size: int) -> Numbers:
    """(max(n - size + 1, 1),) a number for each run of `size` numbers; of fewer one for all; none of none.

    Broder, "On the resemblance and containment of documents", 1997. Equal runs have equal numbers; others nearly never
    have.
    """
    if not len(numbers):
        return np.empty(0, dtype=np.uint64)
    size = min(size, len(numbers))
    made = np.zeros(len(numbers) - size + 1, dtype=np.uint64)
    for place in range(size):
        made = (made ^ (made >> np.uint64(29))) * _MIX + numbers[place : place + len(made)]
    return made


def shares(samples: Sequence[Numbers], items: Sequence[Numbers]) -> Float64:
    """(n_samples, n_items) share of a sample's shingles that are in an item; repeated ones count as often."""
    numbers = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *samples]))
    sampled, known = _counts(samples, numbers), _counts(items, numbers)
    known.data[:] = 1
    totals = np.array([max(len(sample), 1) for sample in samples], dtype=np.float64)
    found: Float64 = (sampled @ known.T).toarray() / totals[:, None]
    return found


def _counts(texts: Sequence[Numbers], numbers: Numbers) -> csr_array:
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
