"""How published figures of MovieLens were come by: which ratings count, who is held out, and what is to be found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.interactions import Interactions, canonical_csr
from toolkit.splits import Split, split_last

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Ratings of ML-20M and of ML-1M: the file, how its columns are parted, and whether a line names them.
LAYOUTS = {"ml-20m": ("ratings.csv", ",", True), "ml-1m": ("ratings.dat", "::", False)}
COLUMNS = {"viewer": "BIGINT", "title": "BIGINT", "rating": "DOUBLE", "seconds": "BIGINT"}
# Ratings that each has; others of MovieLens come in files of the same names.
SIZES = {"ml-20m": 20_000_263, "ml-1m": 1_000_209}
# Seed of the order of users in the code of Liang et al., so that the same ones are held out.
LIANG_SEED = 98765


@dataclass(frozen=True)
class Ratings:
    """Ratings in the order of the file, (n,) each."""

    viewer: NDArray[np.int64]
    title: NDArray[np.int64]
    rating: NDArray[np.float64]
    seconds: NDArray[np.int64]

    def take(self, keep: NDArray[Any]) -> Ratings:
        """Those where `keep`, (n,), is True, or those at some places."""
        return Ratings(self.viewer[keep], self.title[keep], self.rating[keep], self.seconds[keep])

    def interactions(self, times: NDArray[np.int64] | None = None) -> Interactions:
        """As a matrix, all of whose entries are liked; `times`, (n,), beside them."""
        order = np.lexsort((self.title, self.viewer))
        viewers, rows = np.unique(self.viewer, return_inverse=True)
        titles, columns = np.unique(self.title, return_inverse=True)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=viewers.size))])
        ones = np.ones(order.size, dtype=np.float32)
        values = canonical_csr(ones, columns[order], indptr, (viewers.size, titles.size))
        return Interactions(values, viewers, titles, 1.0, times=None if times is None else times[order])


def read_ratings(folder: Path, data: str) -> Ratings:
    """The ratings of ML-20M or ML-1M in a folder, as they were published."""
    found = _query(folder, data, "SELECT *")
    return Ratings(*(np.asarray(found[name]) for name in COLUMNS))


def count_ratings(folder: Path, data: str) -> int:
    """How many ratings there are in the file that ML-20M or ML-1M would have in a folder."""
    return int(_query(folder, data, "SELECT count(*) AS ratings")["ratings"][0])


def _query(folder: Path, data: str, select: str) -> dict[str, Any]:
    import duckdb

    name, delimiter, header = LAYOUTS[data]
    source = f"FROM read_csv(?, delim = ?, header = ?, columns = {COLUMNS})"
    with duckdb.connect() as con:
        return con.execute(f"{select} {source}", [str(folder / name), delimiter, header]).fetchnumpy()


def liang(ratings: Ratings, held_out: int = 10_000, least: int = 5, share: float = 0.2, seed: int = 0) -> Split:
    """Strong generalisation: viewers who are in no training are to be told by a part of what they liked.

    Ratings of 4 and more count, of viewers with at least `least` of them. Of the viewers in random order, the last
    `held_out` are for testing, as many before them for validation, and the rest for training. What nobody in training
    liked is left out; then int(share · n) of the n titles of a test viewer are to be found, where he has `least` or
    more, and the others are his history.

    The order is that of the authors' code; which titles are to be found is drawn with `seed`.

    Source: D. Liang, R. G. Krishnan, M. D. Hoffman and T. Jebara, WWW 2018, and the code published with it.
    """
    liked = ratings.take(ratings.rating >= 4)
    _, place, counts = np.unique(liked.viewer, return_inverse=True, return_counts=True)
    data = liked.take(counts[place] >= least).interactions()
    if data.shape[0] <= 2 * held_out:
        raise SystemExit(f"{data.shape[0]:,} viewers are too few to hold out {2 * held_out:,}")
    order = np.random.RandomState(LIANG_SEED).permutation(data.shape[0])
    train = data.select(np.sort(order[: -2 * held_out]))
    strangers = data.select(np.sort(order[-held_out:]))
    known = np.bincount(train.values.indices, minlength=data.shape[1]) > 0
    train, strangers = (_of_columns(part, known) for part in (train, strangers))
    found = _drawn(strangers, least, share, seed)
    history, wanted = strangers.narrow(~found), strangers.narrow(found).values
    rows = np.flatnonzero(np.diff(wanted.indptr))
    history = replace(history.select(rows), rows=np.full(rows.size, -1, dtype=np.int64))
    return Split("viewers", replace(train, rows=None), history, wanted[rows])


def leave_one_out(ratings: Ratings, least: int = 5) -> Split:
    """The last title of each viewer is to be found among all that he has not seen.

    All ratings count, of viewers and titles with at least `least` of them, both counted before any is left out. The
    order is that of time, and of the file where times are the same.

    Source: W.-C. Kang and J. McAuley, ICDM 2018; A. Klenitskiy and A. Vasilev, RecSys 2023, whose validation, the last
    but one of each viewer, is what `sasrec` itself holds out of what is given to it.
    """
    keep = np.ones(ratings.viewer.size, dtype=np.bool_)
    for ids in (ratings.viewer, ratings.title):
        _, place, counts = np.unique(ids, return_inverse=True, return_counts=True)
        keep &= counts[place] >= least
    kept = ratings.take(keep)
    place = np.empty(kept.seconds.size, dtype=np.int64)
    place[np.argsort(kept.seconds, kind="stable")] = np.arange(place.size)
    return split_last(kept.interactions(place))


def _of_columns(data: Interactions, keep: NDArray[np.bool_]) -> Interactions:
    """The same viewers with some titles only."""
    return replace(data, values=data.values[:, np.flatnonzero(keep)], titles=data.titles[keep])


def _drawn(data: Interactions, least: int, share: float, seed: int) -> NDArray[np.bool_]:
    """(nnz,) True for int(share · n) random entries of each row of n, if n is at least `least`."""
    lengths = np.diff(data.values.indptr)
    taken = np.where(lengths >= least, (share * lengths).astype(np.int64), 0)
    order = np.lexsort((np.random.default_rng(seed).random(data.values.nnz), data.entry_rows))
    place = np.arange(order.size) - np.repeat(data.values.indptr[:-1], lengths)
    drawn = np.zeros(order.size, dtype=np.bool_)
    drawn[order[place < np.repeat(taken, lengths)]] = True
    return drawn
