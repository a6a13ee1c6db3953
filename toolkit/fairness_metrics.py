"""Whether ranked lists are fair to titles and true to viewers: popularity bias, and genres against the viewer's own.

Lists are `columns`, (b, K) ranked columns padded with -1; the first k places are judged. One number a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.catalogue_metrics import mean_of_lists
from toolkit.genre_distributions import as_lists, distributions, divergence

if TYPE_CHECKING:
    from toolkit.interactions import IntArray, Interactions

Float64 = NDArray[np.float64]

HEAD_SHARE = 1 / 3


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
    """(n_titles,) whether a title is outside of the short head, the fewest titles with a third of all interactions.

    Cremonesi, Koren & Turrin 2010. Of titles with the same count, the smaller columns come first into the head. A
    third of 12 is held by the first title alone:

    >>> in_long_tail(np.array([5, 1, 3, 3]))
    array([False,  True,  True,  True])
    """
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    tail = np.empty(counts.size, dtype=np.bool_)
    tail[order] = before >= HEAD_SHARE * counts.sum()
    return tail


def long_tail(columns: IntArray, k: int, counts: IntArray) -> Float64:
    """(b,) share of the list that is `in_long_tail`, of an empty list 0: APLT of Abdollahpouri et al. 2019.

    >>> long_tail(np.array([[0, 3], [1, 2]]), 2, np.array([5, 1, 3, 3]))
    array([0.5, 1. ])
    """
    return mean_of_lists(columns, k, in_long_tail(counts).astype(np.float64))


def miscalibration(columns: IntArray, k: int, history: Interactions, shares: Float64) -> Float64:
    """(b,) how far the genres of a list are from those of what the viewer likes, in nats: Steck 2018.

    The `divergence` of the genres of the liked titles in the history from those of the list. 0 is the viewer's own
    mix; ln 100 = 4.6, which an empty list has too, is nothing of it. A viewer who likes no title with a genre has 0:
    there is nothing to be true to.

    Args:
        columns: (b, K).
        k: places that are judged.
        history: of the b viewers, with n_titles.
        shares: (n_titles, n_genres) of `toolkit.genre_distributions.genre_shares`.
    """
    lists = as_lists(columns[:, :k], history.shape[1])
    return divergence(distributions(history.liked, shares), distributions(lists, shares))
