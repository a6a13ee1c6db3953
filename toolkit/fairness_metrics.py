"""Whether ranked lists are fair to titles and true to viewers: popularity bias, and genres against the viewer's own.

Lists are `columns`, (b, K) ranked columns padded with -1; the first k places are judged. One number a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from toolkit.catalogue_metrics import mean_of_lists

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

Float64 = NDArray[np.float64]

HEAD_SHARE = 0.8
SMOOTHING = 0.01


def popularity(columns: IntArray, k: int, counts: IntArray, n_viewers: int) -> Float64:
    """(b,) mean share of the training viewers who have each title of the list; 0 of an empty list.

    The average recommendation popularity of Yin et al. 2012 and Abdollahpouri et al. 2019, there as a number of
    viewers. Of 8 viewers, 8 have title 0 and 2 have title 1: (1 + 1/4) / 2.

    Args:
        columns: (b, K).
        k: places that are judged.
        counts: (n_titles,) viewers who have an interaction with each title in training.
        n_viewers: viewers in training.

    >>> popularity(np.array([[0, 1]]), 2, np.array([8, 2]), 8)
    array([0.625])
    """
    return mean_of_lists(columns, k, counts / max(n_viewers, 1))


def in_long_tail(counts: IntArray) -> NDArray[np.bool_]:
    """(n_titles,) whether a title is outside of the head, the fewest titles that make 80 % of all interactions.

    Abdollahpouri et al. 2019. Of titles with the same count, the smaller columns come first into the head. Here
    6 + 2 of 10 make 80 %:

    >>> in_long_tail(np.array([1, 6, 1, 2]))
    array([ True, False,  True, False])
    """
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    tail = np.empty(counts.size, dtype=np.bool_)
    tail[order] = before >= HEAD_SHARE * counts.sum()
    return tail


def long_tail(columns: IntArray, k: int, counts: IntArray) -> Float64:
    """(b,) share of the list that is `in_long_tail`, of an empty list 0: APLT of Abdollahpouri et al. 2019.

    >>> long_tail(np.array([[1, 3], [1, 2]]), 2, np.array([1, 6, 1, 2]))
    array([0. , 0.5])
    """
    return mean_of_lists(columns, k, in_long_tail(counts).astype(np.float64))


def genre_shares(genres: pl.DataFrame, titles: IntArray) -> Float64:
    """(n_titles, n_genres) what each title is made of: 1 / how many genres it has for each of them, Steck 2018.

    Args:
        genres: title_key and genre, as in raw.genres; titles that are not in `titles` are left out.
        titles: (n_titles,) title_key of each column, ascending. A title without a genre has zeros.
    """
    import polars as pl

    known = genres.filter(pl.col("title_key").is_in(titles.tolist())).unique(["title_key", "genre"])
    names = known["genre"].unique().sort()
    shares = np.zeros((titles.size, names.len()))
    shares[np.searchsorted(titles, known["title_key"].to_numpy()), names.search_sorted(known["genre"]).to_numpy()] = 1
    return _distribution(shares)


def miscalibration(columns: IntArray, k: int, history: Interactions, shares: Float64) -> Float64:
    """(b,) how far the genres of a list are from the viewer's own, in nats: Steck 2018.

        KL(p, q̃) = Σ_g p_g ln(p_g / q̃_g), q̃ = .99 q + .01 p

    p is the mean of the shares of the titles that the viewer liked, or, where none of these has a genre, of all of the
    history; q that of the list. Titles without a genre count in neither. 0 is the viewer's own mix; ln 100 = 4.6, which
    an empty list has too, is nothing of it. A viewer without a genre in the history has 0: there is nothing to be
    true to.

    Args:
        columns: (b, K).
        k: places that are judged.
        history: of the b viewers, with n_titles.
        shares: (n_titles, n_genres), each row of sum 1 or 0; see `genre_shares`.
    """
    shown = columns[:, :k]
    filled = shown >= 0
    indptr = np.concatenate([[0], np.cumsum(filled.sum(axis=1))])
    lists = csr_array((np.ones(indptr[-1]), shown[filled], indptr), shape=history.shape)
    own, of_all = history.liked @ shares, _seen(history) @ shares
    own = _distribution(np.where(own.any(axis=1, keepdims=True), own, of_all))
    smoothed = (1 - SMOOTHING) * _distribution(lists @ shares) + SMOOTHING * own
    ratio = np.divide(own, smoothed, out=np.ones_like(own), where=own > 0)
    divergence: Float64 = (own * np.log(ratio)).sum(axis=1)
    return divergence


def _seen(history: Interactions) -> csr_array:
    """A one for each stored entry."""
    values = history.values
    return csr_array((np.ones(values.nnz), values.indices, values.indptr), shape=values.shape)


def _distribution(sums: FloatArray) -> Float64:
    """Rows divided by their sums; rows of zeros stay."""
    totals = sums.sum(axis=1, keepdims=True)
    shares: Float64 = np.divide(sums, totals, out=np.zeros(sums.shape), where=totals > 0)
    return shares
