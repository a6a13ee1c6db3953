"""How far rows of metadata lie apart, and which of them one title alone has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.materials.metadata import Rows
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Distances that are in memory at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Scale:
    """What brings the numbers of all columns to one scale: the share of a corpus' values that lie below.

    Attributes:
        values: (n_numbers,) arrays of the values of each column, sorted.
    """

    values: Sequence[Float64]

    @classmethod
    def of(cls, corpus: Rows) -> Scale:
        """The scale of a corpus."""
        return cls([np.sort(column[~np.isnan(column)]) for column in corpus.numbers.T])

    def ranks(self, numbers: Float64) -> NDArray[np.float32]:
        """(n, n_numbers) float32 from 0 to 1: the share of values below, those that are equal half; NaN stays."""
        ranks = np.full(numbers.shape, np.nan, dtype=np.float32)
        for place, values in enumerate(self.values):
            column = numbers[:, place]
            known = ~np.isnan(column)
            below, to = (np.searchsorted(values, column[known], side) for side in ("left", "right"))
            ranks[known, place] = (below + to) / (2 * max(len(values), 1))
        return ranks


def gower(first: Rows, second: Rows, scale: Scale) -> NDArray[np.float32]:
    """(len(first), len(second)) distances from 0, the same, to 1: the mean over columns of how far they lie apart.

    J. C. Gower, "A General Coefficient of Similarity and Some of Its Properties", Biometrics 27 (1971). Numbers lie
    apart by the share of the corpus' values between them, rather than by their range, which one blockbuster with
    thousands of ratings would stretch; a number that one of both lacks by 1. Labels are one column, by Jaccard's
    distance: 1 less the labels that both have over those that either has.
    """
    total = np.zeros((len(first), len(second)), dtype=np.float32)
    mine, theirs = scale.ranks(first.numbers), scale.ranks(second.numbers)
    for ours, other in zip(mine.T, theirs.T, strict=True):
        missing, other_missing = np.isnan(ours), np.isnan(other)
        apart = np.abs(np.nan_to_num(ours)[:, None] - np.nan_to_num(other)[None, :])
        apart[missing] = 1
        apart[:, other_missing] = 1
        apart[np.ix_(missing, other_missing)] = 0
        total += apart
    columns = first.numbers.shape[1]
    if first.labels.shape[1]:
        total += _jaccard(first.labels, second.labels)
        columns += 1
    return total / np.float32(max(columns, 1))


def nearest(items: Rows, corpus: Rows, scale: Scale) -> tuple[IntArray, Float64]:
    """(n,) place of the nearest row of a corpus to each of some rows, and Gower's distance to it."""
    places, distances = np.zeros(len(items), dtype=np.int64), np.ones(len(items))
    block = max(_CELLS // max(len(corpus), 1), 1)
    for start in range(0, len(items), block):
        some = np.arange(start, min(start + block, len(items)))
        apart = gower(items.select(some), corpus, scale)
        places[some] = apart.argmin(axis=1)
        distances[some] = apart.min(axis=1)
    return places, distances


def alone_in(corpus: Rows) -> BoolArray:
    """(n,) whether no other row of the corpus is the same."""
    import polars as pl

    parts = (np.nan_to_num(corpus.numbers, nan=-np.inf), np.packbits(corpus.labels, axis=1))
    columns = [column for part in parts for column in part.T]
    table = pl.DataFrame({str(place): np.ascontiguousarray(column) for place, column in enumerate(columns)})
    alone: BoolArray = table.select(pl.struct(pl.all()).is_unique())[:, 0].to_numpy()
    return alone


def _jaccard(first: BoolArray, second: BoolArray) -> NDArray[np.float32]:
    ours, other = first.astype(np.float32), second.astype(np.float32)
    both = ours @ other.T
    either = ours.sum(axis=1)[:, None] + other.sum(axis=1)[None, :] - both
    return np.where(either > 0, 1 - both / np.maximum(either, 1), 0).astype(np.float32)
