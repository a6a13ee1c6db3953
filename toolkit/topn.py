"""The best n titles of every viewer: exact, deterministic, without sorting whole rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import PluginError, UsageError
from toolkit.shards import submit

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from toolkit.interactions import FloatArray, Interactions
    from toolkit.recommender import Recommender

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Bool = NDArray[np.bool_]

_CHUNK_CELLS = 1 << 19  # 2 MB of float32: the work on one chunk stays in a core's cache
_LOWEST = np.finfo(np.float32).min  # smaller than it is only -inf, which is never recommended


def top_n(scores: FloatArray, n: int, seen: csr_array | None = None) -> tuple[Int32, Float32]:
    """The n best titles of each row.

    Per row, the n-th largest of the maxima of disjoint groups of columns is a lower bound of the n-th largest score.
    Only scores that reach it are sorted; rows where too many do (ties) get the exact n-th largest score instead.

    Args:
        scores: (b, n_titles), the higher, the better; compared as float32, and left unchanged. NaN and -inf are
            never recommended.
        n: how many; more than there are titles is allowed.
        seen: (b, n_titles) CSR; titles stored there, whatever the value, are left out.

    Returns:
        columns: (b, n) int32, best first, padded with -1.
        scores: (b, n) float32, descending, padded with -inf. Ties go to the smaller column.

    Raises:
        UsageError: n is smaller than 1, or shapes differ.
    """
    if n < 1:
        raise UsageError(f"the number of titles to rank must be at least 1, not {n}")
    if scores.ndim != 2 or (seen is not None and seen.shape != scores.shape):
        raise UsageError(f"scores of shape {scores.shape} do not fit seen of shape {getattr(seen, 'shape', None)}")
    n_rows, n_titles = scores.shape
    columns = np.full((n_rows, n), -1, dtype=np.int32)
    best = np.full((n_rows, n), -np.inf, dtype=np.float32)
    if not n_rows or not n_titles:
        return columns, best
    groups = _group_count(n, n_titles)
    width = -(-n_titles // groups) * groups if groups else n_titles
    chunk = max(1, min(n_rows, _CHUNK_CELLS // width))
    cells = np.full((chunk, width), -np.inf, dtype=np.float32)
    mask = np.empty((chunk, width), dtype=np.bool_)
    for start in range(0, n_rows, chunk):
        stop = min(start + chunk, n_rows)
        part = cells[: stop - start]
        np.copyto(part[:, :n_titles], scores[start:stop], casting="same_kind")
        if seen is not None:
            _hide(part, seen, start, stop)
        _rank_chunk(part, mask[: stop - start], groups, columns[start:stop], best[start:stop])
    return columns, best


def _group_count(n: int, n_titles: int) -> int:
    """Into how many groups to deal the columns for a bound that few others reach; 0 where it would not pay."""
    groups = 1 << (max(256 if n_titles >= 2048 else 64, 4 * n) - 1).bit_length()
    return groups if 4 * groups <= n_titles else 0


def _hide(cells: Float32, seen: csr_array, start: int, stop: int) -> None:
    """Set the cells stored in rows start … stop - 1 of `seen` to -inf."""
    indptr = seen.indptr[start : stop + 1].astype(np.int64)
    offsets = np.arange(stop - start, dtype=np.int64) * cells.shape[1]
    flat = np.repeat(offsets, np.diff(indptr))
    flat += seen.indices[indptr[0] : indptr[-1]]
    cells.reshape(-1)[flat] = -np.inf


def _rank_chunk(cells: Float32, mask: Bool, groups: int, columns: Int32, best: Float32) -> None:
    """Write the best columns and scores of each row of `cells` into `columns` and `best`; `mask` is scratch space."""
    n_rows, width = cells.shape
    n = min(columns.shape[1], width)
    if groups:
        maxima = cells.reshape(n_rows, -1, groups).max(axis=1)
        if np.isnan(maxima).any():
            np.copyto(cells, -np.inf, where=np.isnan(cells))
            maxima = cells.reshape(n_rows, -1, groups).max(axis=1)
        maxima.sort(axis=1)
        np.greater_equal(cells, np.maximum(maxima[:, groups - n], _LOWEST)[:, None], out=mask)
        flat = np.flatnonzero(mask)
        counts = np.bincount(flat // width, minlength=n_rows)
        crowded = np.flatnonzero(counts > 4 * n + 16)
    else:
        np.copyto(cells, -np.inf, where=np.isnan(cells))
        crowded = np.arange(n_rows)
    if crowded.size:
        mask[crowded] = _exact(cells[crowded], n)
        flat = np.flatnonzero(mask)
        counts = np.bincount(flat // width, minlength=n_rows)
    # the candidates of each row, side by side and still in the order of columns: a stable sort keeps it among ties
    slots = int(counts.max())
    place = np.arange(n_rows, dtype=np.int64) * slots - (np.cumsum(counts) - counts)
    place = np.repeat(place, counts) + np.arange(flat.size)
    keys = np.full(n_rows * slots, np.inf, dtype=np.float32)
    keys[place] = -cells.reshape(-1)[flat]
    found = np.full(n_rows * slots, -1, dtype=np.int32)
    found[place] = flat % width
    keys, found = keys.reshape(n_rows, slots), found.reshape(n_rows, slots)
    order = np.argsort(keys, axis=1, kind="stable")[:, :n]
    taken = order.shape[1]
    columns[:, :taken] = np.take_along_axis(found, order, axis=1)
    np.negative(np.take_along_axis(keys, order, axis=1), out=best[:, :taken])


def _exact(cells: Float32, n: int) -> Bool:
    """Exactly the n best cells of each row (fewer where fewer are above -inf), the smaller columns among ties."""
    nth = np.partition(cells, cells.shape[1] - n, axis=1)[:, [-n]]
    chosen: Bool = cells > nth
    tied = cells == nth
    room = n - np.count_nonzero(chosen, axis=1)
    tied &= np.cumsum(tied, axis=1, dtype=np.int32) <= room[:, None]
    chosen |= tied
    chosen &= cells >= _LOWEST
    return chosen


@dataclass(frozen=True)
class Ranking:
    """Ranked titles of many viewers, one element a viewer and rank, ordered by row and rank.

    Attributes:
        row: (n,) int32 row of the viewer in the history that was scored.
        column: (n,) int32 column of the title.
        rank: (n,) int32, counted from 1.
        score: (n,) float32.
    """

    row: Int32
    column: Int32
    rank: Int32
    score: Float32

    def columns(self, n_viewers: int, n: int) -> Int32:
        """(n_viewers, n) int32 columns in the order of rank, padded with -1; what metrics are computed on."""
        table = np.full((n_viewers, n), -1, dtype=np.int32)
        within = self.rank <= n
        table[self.row[within], self.rank[within] - 1] = self.column[within]
        return table

    def scores(self, n_viewers: int, n: int) -> Float32:
        """(n_viewers, n) float32 scores in the order of rank, padded with -inf."""
        table = np.full((n_viewers, n), -np.inf, dtype=np.float32)
        within = self.rank <= n
        table[self.row[within], self.rank[within] - 1] = self.score[within]
        return table


def rank_all(
    model: Recommender,
    history: Interactions,
    n: int,
    block_bytes: int = 32 << 20,
    advance: Callable[[int], None] | None = None,
    allowed: Bool | None = None,
    seen: csr_array | None = None,
) -> Ranking:
    """Rank the n best titles that each viewer has not seen, scoring blocks of viewers in several threads at once.

    A model that is not `personal` is asked once, for the first viewer; any other is asked from all of the threads, so
    that `score` must not change the model.

    Args:
        model: fitted, with as many titles as `history`.
        history: (n_viewers, n_titles); every stored entry counts as seen.
        n: titles for each viewer; who has seen nearly everything, or of whom little is known, gets fewer: a title
            with a score of exactly 0, or NaN, is not recommended.
        block_bytes: size of one block of float32 scores.
        advance: called with the number of viewers done, after each block.
        allowed: (n_titles,) True for titles that may be recommended; all of them unless given.
        seen: (n_viewers, n_titles) CSR of all that the viewers have seen, where that is more than their history.

    Raises:
        PluginError: the model returned scores of another shape, or what is no array of floats.
    """
    n_viewers, n_titles = history.shape
    n = min(n, n_titles)
    size = max(1, block_bytes // (4 * max(1, n_titles)))
    shared = None if model.personal or not n_viewers else _scores(model, history.select(np.arange(1)), allowed)

    def ranked(start: int) -> tuple[Int32, Float32]:
        stop = min(start + size, n_viewers)
        block = history.select(np.arange(start, stop))
        scores = _scores(model, block, allowed) if shared is None else np.broadcast_to(shared, block.shape)
        return top_n(scores, n, block.values if seen is None else seen[start:stop])

    tables: list[tuple[Int32, Float32]] = []
    for table in submit(ranked, range(0, n_viewers, size)):
        tables.append(table)
        if advance is not None:
            advance(table[0].shape[0])
    columns = np.concatenate([np.empty((0, n), np.int32), *(table[0] for table in tables)])
    best = np.concatenate([np.empty((0, n), np.float32), *(table[1] for table in tables)])
    # A score of exactly 0 says that nothing is known, which is no recommendation.
    known = (columns >= 0) & (best != 0)
    row, place = np.nonzero(known)
    rank = np.cumsum(known, axis=1, dtype=np.int32)[row, place]
    return Ranking(row.astype(np.int32), columns[row, place], rank, best[row, place])


def knows_nobody(model: Recommender, history: Interactions, most: int = 1000) -> bool:
    """Whether a model has no score but 0, NaN or -inf for the first `most` viewers, and so knows nothing of them."""
    scores = _scores(model, history.select(np.arange(min(most, history.shape[0]))), None)
    return not ((scores != 0) & (scores > -np.inf)).any()


def _scores(model: Recommender, history: Interactions, allowed: Bool | None) -> FloatArray:
    """The model's scores, checked to be one float for every viewer and title; -inf where a title is not allowed."""
    scores: Any = model.score(history)
    if not isinstance(scores, np.ndarray) or scores.dtype.kind != "f":
        what = scores.dtype if isinstance(scores, np.ndarray) else type(scores).__name__
        raise PluginError(f"{model.name} returned scores that are {what}; score has to return an array of np.float32")
    if scores.shape != history.shape:
        raise PluginError(f"{model.name} returned scores of shape {scores.shape} where {history.shape} was asked for")
    return scores if allowed is None else np.where(allowed, scores, np.float32(-np.inf))
