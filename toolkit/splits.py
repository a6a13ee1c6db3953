"""Holding data out: which interactions a model is fitted on, and which ones it is judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.interactions import UNKNOWN_TIME, IntArray, Interactions

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """One way of holding data out. Every part has the same titles, in the same columns.

    Attributes:
        name: random, last, time or viewers.
        train: what models are fitted on.
        history: (n_evaluated, n_titles), what is known of the viewers to rank for; `rows` are their rows in `train`.
        test: (n_evaluated, n_titles) float32 CSR of ones: the liked entries that were held out of `history`, at
            least one a viewer. Viewers without any are not evaluated.
    """

    name: str
    train: Interactions
    history: Interactions
    test: csr_array


def split_random(interactions: Interactions, share: float = 0.2, seed: int = 0) -> Split:
    """Hold out a random share of the entries of each viewer.

    Of a viewer's n ≥ 2 entries, round(share · n) are held out, but at least 1 and at most n - 1; a viewer's only
    entry stays in training. Raises ModelError where nothing is left to evaluate, UsageError for a share outside (0, 1).
    """
    _check_share(share)
    return _hold_out("random", interactions, _random_entries(interactions, share, seed))


def split_last(interactions: Interactions) -> Split:
    """Hold out the latest entry of each viewer with at least two; of several at the same time, the last column.

    Entries of unknown time are never held out. Raises ModelError where no times are known.
    """
    times = _times(interactions, "last")
    lengths = np.diff(interactions.values.indptr)
    filled = lengths > 0
    starts = interactions.values.indptr[:-1][filled]
    latest = np.repeat(np.maximum.reduceat(times, starts), lengths[filled])
    place = np.where(times == latest, np.arange(times.size), -1)
    last = np.maximum.reduceat(place, starts)[lengths[filled] >= 2]
    held_out = np.zeros(times.size, dtype=np.bool_)
    held_out[last[times[last] != UNKNOWN_TIME]] = True
    return _hold_out("last", interactions, held_out)


def split_time(interactions: Interactions, share: float = 0.2) -> Split:
    """Cut at one moment for all viewers: what came before is for training, what came at it or later for testing.

    The moment is the (1 - share) quantile of the known times, so that no test entry is earlier than any training
    entry. Entries of unknown time stay in training. A viewer who only came later has no history to be known by, and
    is not evaluated.
    Raises ModelError where no times are known or all are the same, UsageError for a share outside (0, 1).
    """
    _check_share(share)
    times = _times(interactions, "time")
    known = times[times != UNKNOWN_TIME]
    place = min(int((1 - share) * known.size), known.size - 1)
    cut, first = np.partition(known, place)[place], known.min()
    later = times >= cut if cut > first else times > first
    if not later.any():
        raise ModelError("cannot split by time: every entry has the same time; split with random or viewers instead")
    return _hold_out("time", interactions, later)


def split_viewers(interactions: Interactions, share: float = 0.2, fold_in: float = 0.8, seed: int = 0) -> Split:
    """Hold out a random share of the viewers, wholly: no model sees them before it has to rank for them.

    Of the entries of a held-out viewer, a random `fold_in` share is the history, the rest the test (as many as
    `split_random` with a share of 1 - fold_in takes). Viewers keep their order; `history.rows` is -1.
    Raises ModelError where nothing is left to evaluate, UsageError for a share outside (0, 1).
    """
    _check_share(share)
    _check_share(fold_in)
    n_viewers = interactions.shape[0]
    if n_viewers < 2:
        raise ModelError("cannot hold out viewers: there are fewer than two; load more interactions first")
    taken = min(max(1, round(share * n_viewers)), n_viewers - 1)
    held_out = np.zeros(n_viewers, dtype=np.bool_)
    held_out[np.random.default_rng(seed).permutation(n_viewers)[:taken]] = True
    strangers = interactions.select(np.flatnonzero(held_out))
    strangers = replace(strangers, rows=np.full(taken, -1, dtype=np.int64))
    train = replace(interactions.select(np.flatnonzero(~held_out)), rows=None)
    tested = _random_entries(strangers, 1 - fold_in, seed + 1)
    return _evaluated("viewers", train, strangers.narrow(~tested), strangers.narrow(tested).liked)


SPLITS: dict[str, Callable[[Interactions, float, float, int], Split]] = {
    "random": lambda interactions, share, _, seed: split_random(interactions, share, seed),
    "last": lambda interactions, *_: split_last(interactions),
    "time": lambda interactions, share, *_: split_time(interactions, share),
    "viewers": split_viewers,
}


def split(name: str, interactions: Interactions, share: float = 0.2, fold_in: float = 0.8, seed: int = 0) -> Split:
    """Split by name: random, last, time or viewers; what a split has no use for is ignored.

    Raises UnknownNameError for another name, and what the split of that name raises.
    """
    if name not in SPLITS:
        raise UnknownNameError("split", name, SPLITS, f"choose one of {', '.join(SPLITS)}")
    return SPLITS[name](interactions, share, fold_in, seed)


def _random_entries(interactions: Interactions, share: float, seed: int) -> Bool:
    """(nnz,) True for round(share · n) random entries of each row of n ≥ 2, but at least 1 and at most n - 1."""
    lengths = np.diff(interactions.values.indptr)
    taken = np.where(lengths >= 2, np.clip(np.rint(share * lengths), 1, np.maximum(lengths - 1, 1)), 0)
    # sorting (row, 32 random bits) as one number shuffles within each row; the row's first `taken` are held out
    keys = np.random.default_rng(seed).integers(1 << 32, size=interactions.values.nnz, dtype=np.uint64)
    keys |= interactions.entry_rows.astype(np.uint64) << np.uint64(32)
    order = np.argsort(keys)
    place = np.arange(order.size) - np.repeat(interactions.values.indptr[:-1], lengths)
    held_out = np.zeros(order.size, dtype=np.bool_)
    held_out[order[place < np.repeat(taken, lengths)]] = True
    return held_out


def _hold_out(name: str, interactions: Interactions, held_out: Bool) -> Split:
    """The split of all viewers by entries."""
    train = replace(interactions.narrow(~held_out), rows=None)
    return _evaluated(name, train, train, interactions.narrow(held_out).liked)


def _evaluated(name: str, train: Interactions, history: Interactions, test: csr_array) -> Split:
    """Keep only the viewers who have something to find, and a history to be known by."""
    rows = np.flatnonzero((np.diff(test.indptr) > 0) & (np.diff(history.values.indptr) > 0))
    if not rows.size:
        raise ModelError(
            f"nothing to evaluate: the split {name!r} holds out no liked entry of a viewer with a history; "
            "load more, or lower --min-rating"
        )
    liked = Interactions(test, history.viewers, history.titles)
    return Split(name, train, history.select(rows), liked.select(rows).values)


def _times(interactions: Interactions, name: str) -> IntArray:
    """The times of the entries, of which at least one is known."""
    if interactions.times is None or not (interactions.times != UNKNOWN_TIME).any():
        raise ModelError(f"cannot split by {name!r}: no times are known; split with random or viewers instead")
    return interactions.times


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise UsageError(f"a share to hold out must lie between 0 and 1, not be {share:g}")


def without_held_out(table: pl.DataFrame, data: Interactions, parts: Split) -> pl.DataFrame:
    """A table without what would tell a model of the held-out entries; what has neither viewers nor times stays whole.

    Rows (tags, say) of a viewer and title that `data` has and neither the training nor the history part are left
    out. After a cut in time, so are the rows of any table that are later than the last training entry, or of its day
    where days are all that is known. Rows of unknown time stay.

    Args:
        table: any table of the warehouse.
        data: all interactions, before the split.
        parts: the split of them.
    """
    import polars as pl

    if {"viewer_key", "title_key"} <= set(table.columns):
        known = np.union1d(_pairs(parts.train), _pairs(parts.history))
        held_out = pl.Series("pair", np.setdiff1d(_pairs(data), known))
        pair = pl.col("viewer_key").cast(pl.Int64) * 2**32 + pl.col("title_key")
        table = table.filter(~pair.is_in(held_out.implode()).fill_null(value=False))
    if parts.name == "time" and parts.train.times is not None:
        table = _until(table, int(parts.train.times.max()))
    return table


def _until(table: pl.DataFrame, cut: int) -> pl.DataFrame:
    """The rows of which no time is later than `cut`, seconds since 1970, and no day is not over then."""
    import polars as pl
    import polars.selectors as cs

    known = [pl.col(time).dt.epoch("us") <= cut * 1_000_000 for time in cs.expand_selector(table, cs.datetime())]
    known += [pl.col(day).dt.epoch("d") < cut // 86_400 for day in cs.expand_selector(table, cs.date())]
    return table.filter(pl.all_horizontal(rule.fill_null(value=True) for rule in known)) if known else table


def _pairs(interactions: Interactions) -> IntArray:
    """(nnz,) viewer and title of each stored entry as one number."""
    viewers = interactions.viewers.astype(np.int64)[interactions.entry_rows]
    pairs: IntArray = (viewers << 32) + interactions.titles.astype(np.int64)[interactions.values.indices]
    return pairs
