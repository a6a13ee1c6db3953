"""The interaction matrix: who watched or rated what, as a sparse matrix beside the keys of its rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

IntArray = NDArray[np.integer]
"""Whole numbers of any width: keys, places, counts. Each docstring says the shape."""
FloatArray = NDArray[np.floating]
"""Floating-point numbers, float32 unless a docstring says otherwise. Each docstring says the shape."""
Signal = Literal["ratings", "watches", "purchases"]

UNKNOWN_TIME = int(np.iinfo(np.int64).min)
UNKNOWN_VIEWER = -1

LIKED_SHARE = 0.8  # of the top of the scale: from here on ratings are liked


@dataclass(frozen=True)
class Interactions:
    """Interactions of viewers with titles.

    Attributes:
        values: (n_viewers, n_titles) float32, canonical CSR. For ratings the rating on its own scale; for watches
            and purchases a positive weight. A stored entry means "has seen it", whatever its value.
        viewers: (n_viewers,) viewer_key of each row.
        titles: (n_titles,) title_key of each column, ascending: ties in a ranking go to the smaller key.
        threshold: a stored value of at least this counts as liked.
        signal: what the values are.
        times: (nnz,) seconds since 1970 of each stored entry, in the order of ``values.data``; the smallest
            int64 where unknown. None where no time is known at all.
        rows: (n_viewers,) the row that the viewer had in the interactions on which a model was fitted, -1 for
            somebody who was not in them. For the interactions that are fitted on, 0 … n_viewers - 1.
    """

    values: csr_array
    viewers: IntArray
    titles: IntArray
    threshold: float = 0.0
    signal: Signal = "ratings"
    times: IntArray | None = None
    rows: IntArray | None = None

    def __post_init__(self) -> None:
        if self.rows is None:
            object.__setattr__(self, "rows", np.arange(self.values.shape[0], dtype=np.int64))
        # Models share these: one that writes into them would change what the next one learns from.
        _freeze(self.values)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_viewers, n_titles)."""
        return (int(self.values.shape[0]), int(self.values.shape[1]))

    @cached_property
    def liked(self) -> csr_array:
        """(n_viewers, n_titles) float32 CSR of ones where the value reaches the threshold."""
        reaches = self.values.data >= self.threshold
        indices, indptr = self.values.indices, self.values.indptr
        if not reaches.all():
            indices, indptr = indices[reaches], _kept(indptr, reaches)
        return _freeze(canonical_csr(np.ones(indices.size, dtype=np.float32), indices, indptr, self.shape))

    @cached_property
    def entry_rows(self) -> IntArray:
        """(nnz,) int32 row of each stored entry, in the order of ``values.data``."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.values.indptr))

    def scaled(self, floor: float = 0.1) -> csr_array:
        """(n_viewers, n_titles) float32 CSR of values min-max scaled, over all stored ones, into [floor, 1].

            floor + (1 - floor) · (value - min) / (max - min)

        The smallest value is not 0 but `floor`, so that what was seen stays apart from what was not; 0.1 maps half
        stars from 0.5 to 5 onto 0.1, 0.2, … 1. Where all values are the same, they become 1.
        """
        data = self.values.data
        low, high = (float(data.min()), float(data.max())) if data.size else (0.0, 0.0)
        if high > low:
            scaled = data - np.float32(low)
            scaled *= np.float32((1 - floor) / (high - low))
            scaled += np.float32(floor)
            np.minimum(scaled, np.float32(1), out=scaled)
        else:
            scaled = np.ones_like(data)
        return canonical_csr(scaled, self.values.indices, self.values.indptr, self.shape)

    def select(self, rows: ArrayLike) -> Interactions:
        """The viewers at `rows`, (n,) row numbers in any order, with all titles: (n, n_titles).

        `rows` and `times` of what comes back stay aligned with it. Raises IndexError for a row that is not there.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        starts = self.values.indptr[chosen].astype(np.int64)
        lengths = self.values.indptr[chosen + 1] - starts
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        entries: slice | IntArray
        if chosen.size and (np.diff(chosen) == 1).all():
            entries = slice(int(starts[0]), int(starts[0] + indptr[-1]))
        else:
            entries = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        values = canonical_csr(
            self.values.data[entries], self.values.indices[entries], indptr, (chosen.size, self.shape[1])
        )
        return replace(
            self,
            values=values,
            viewers=self.viewers[chosen],
            times=None if self.times is None else self.times[entries],
            rows=None if self.rows is None else self.rows[chosen],
        )

    @cached_property
    def liked_value(self) -> float:
        """Value of a title that somebody is said to like: the scale's top, or the median weight; liked anyway."""
        typical = scale_top if self.signal == "ratings" else np.median
        return max(float(typical(self.values.data)) if self.values.nnz else 1.0, self.threshold)

    def of_titles(
        self, columns: ArrayLike, value: ArrayLike | None = None, times: ArrayLike | None = None
    ) -> Interactions:
        """Somebody who is in no data, described by titles of this one: 1 viewer, key -1, row -1.

        Args:
            columns: (n,) columns of the titles, in any order; of a repeated one the last counts.
            value: (n,) value of each entry, or one for all; `liked_value` unless given.
            times: (n,) seconds since 1970 of each entry, the smallest int64 where unknown; unless given, none is known.
        """
        given = np.asarray(columns, dtype=np.int32)
        titles, last = np.unique(given[::-1], return_index=True)
        last = given.size - 1 - last
        data = np.broadcast_to(np.float32(self.liked_value) if value is None else value, given.shape)[last]
        values = canonical_csr(data.astype(np.float32), titles, np.array([0, titles.size]), (1, self.shape[1]))
        nobody = np.array([UNKNOWN_VIEWER], dtype=np.int64)
        known = None if times is None else np.asarray(times, dtype=np.int64)[last]
        return replace(self, values=values, viewers=nobody, times=known, rows=nobody)

    def narrow(self, keep: NDArray[np.bool_]) -> Interactions:
        """The same viewers and titles with only the stored entries where `keep`, (nnz,), is True."""
        indptr = _kept(self.values.indptr, keep)
        values = canonical_csr(self.values.data[keep], self.values.indices[keep], indptr, self.shape)
        return replace(self, values=values, times=None if self.times is None else self.times[keep])


def scale_top(ratings: FloatArray) -> float:
    """The highest of (n,) ratings that is no stray one, such as 50 among stars up to 5.

    Ratings are stray that are rare, at most one in 100 with all above them, and far above the next lower one: at least
    twice as high, and across a gap that is wider than all of the scale below. Where no scale shows, as 99 in 100
    ratings are the same or at most 0, none is stray. Raises ValueError for no ratings.
    """
    highest = float(ratings.max())
    rare = ratings.size // 100
    if np.count_nonzero(ratings >= highest) > rare:
        return highest
    low, top = np.partition(ratings, [rare, ratings.size - 1 - rare])[[rare, -1 - rare]]
    if low == top or top <= 0:
        return highest
    above = np.unique(ratings[ratings > top])
    below = np.append(top, above[:-1])
    far = (above >= 2 * below) & (above - below > below - low)
    return float(below[far.argmax()]) if far.any() else highest


def canonical_csr(data: FloatArray, indices: IntArray, indptr: IntArray, shape: tuple[int, int]) -> csr_array:
    """A CSR array out of parts whose indices are known to be sorted and unique within each row; nothing is copied.

    Indices are int32 wherever the number of entries allows.
    """
    kind = np.int32 if data.size <= np.iinfo(np.int32).max else np.int64
    parts = (data, indices.astype(kind, copy=False), indptr.astype(kind, copy=False))
    matrix = csr_array(parts, shape=shape, copy=False)
    matrix.has_sorted_indices = True
    matrix.has_canonical_format = True
    return matrix


def _freeze(matrix: csr_array) -> csr_array:
    """The matrix, its parts no longer to be written to."""
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.setflags(write=False)
    return matrix


def _kept(indptr: IntArray, keep: NDArray[np.bool_]) -> IntArray:
    """Row pointers after only the entries where `keep` is True are left."""
    before = np.zeros(keep.size + 1, dtype=indptr.dtype)
    np.cumsum(keep, out=before[1:])
    kept: IntArray = before[indptr]
    return kept
