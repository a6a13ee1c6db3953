"""How good ranked lists are for the viewers who got them: one number a viewer, from ranks of held-out titles.

All of them judge a `Judgement`: which places of each list hold a title that the viewer liked, and how many such titles
there were to find. A list that is shorter than k counts as if the missing places held misses. A viewer with nothing to
find gets 0 everywhere; splits leave such viewers out.

The examples share two viewers with lists of three: the first has hits on places 1 and 3 and four titles to find, the
second one hit, on place 2, which is all there is to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import UsageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from toolkit.interactions import IntArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """Ranked lists beside the truth.

    Attributes:
        hits: (b, K) bool, True where the title at that place is one to find.
        relevant: (b,) number of titles to find.
    """

    hits: NDArray[np.bool_]
    relevant: IntArray

    def top(self, k: int) -> NDArray[np.bool_]:
        """(b, k) the first k places. Raises UsageError where the lists were not ranked so far."""
        if not 1 <= k <= self.hits.shape[1]:
            raise UsageError(f"cannot judge {k} places of lists of {self.hits.shape[1]}; rank more titles")
        return self.hits[:, :k]


def judge(columns: IntArray, test: csr_array) -> Judgement:
    """Compare ranked `columns`, (b, K) padded with -1, with `test`, (b, n_titles) canonical CSR of titles to find.

    >>> from scipy.sparse import csr_array
    >>> judge(np.array([[2, 0, -1]]), csr_array(np.array([[1, 1, 0]]))).hits
    array([[False,  True, False]])
    """
    n_rows, n_titles = test.shape
    relevant = np.diff(test.indptr)
    rows = np.arange(n_rows, dtype=np.int64) * n_titles
    wanted = np.repeat(rows, relevant) + test.indices
    offered = rows[:, None] + columns
    if not wanted.size:
        return Judgement(np.zeros(columns.shape, dtype=np.bool_), relevant)
    place = np.minimum(np.searchsorted(wanted, offered), wanted.size - 1)
    return Judgement((wanted[place] == offered) & (columns >= 0), relevant)


def ndcg(judgement: Judgement, k: int) -> Float64:
    """Normalised discounted cumulative gain, (b,): DCG / the DCG of a perfect list, which has min(k, relevant) hits.

    DCG = Σ over hits of 1 / log2(rank + 1). Järvelin & Kekäläinen 2002, with binary gains and the discount
    log2(rank + 1) of Burges et al. 2005. First viewer: (1 + 1/2) / (1 + 1/log2(3) + 1/2); second: 1/log2(3).

    >>> ndcg(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 3).round(4)
    array([0.7039, 0.6309])
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[1.0], np.cumsum(discount)])  # nothing to find divides by 1, not by 0
    gained: Float64 = judgement.top(k) @ discount / ideal[np.minimum(judgement.relevant, k)]
    return gained


def recall(judgement: Judgement, k: int) -> Float64:
    """Hits / titles to find, (b,): van Rijsbergen 1979. First viewer 2/4, second 1/1.

    Where there are more than k to find, no list reaches 1; see `capped_recall`.

    >>> recall(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 3)
    array([0.5, 1. ])
    """
    found: Float64 = judgement.top(k).sum(axis=1) / np.maximum(judgement.relevant, 1)
    return found


def capped_recall(judgement: Judgement, k: int) -> Float64:
    """Hits / min(k, titles to find), (b,): the recall of Liang et al. 2018, which a perfect list brings to 1.

    The first viewer has 2 of the 3 that a list of three can hold, the second all: 2/3 and 1/1.

    >>> capped_recall(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 3).round(4)
    array([0.6667, 1.    ])
    """
    found: Float64 = judgement.top(k).sum(axis=1) / np.clip(judgement.relevant, 1, k)
    return found


def precision(judgement: Judgement, k: int) -> Float64:
    """Hits / k, (b,), also for lists that are shorter: van Rijsbergen 1979. First viewer 2/3, second 1/3.

    >>> precision(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 3).round(4)
    array([0.6667, 0.3333])
    """
    found: Float64 = judgement.top(k).sum(axis=1) / k
    return found


def reciprocal_rank(judgement: Judgement, k: int) -> Float64:
    """1 / rank of the first hit, 0 without a hit, (b,); its mean is MRR@k (Voorhees 1999). Here 1 and 1/2.

    >>> reciprocal_rank(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 3)
    array([1. , 0.5])
    """
    hits = judgement.top(k)
    reciprocal: Float64 = hits.any(axis=1) / (hits.argmax(axis=1) + 1)
    return reciprocal


def average_precision(judgement: Judgement, k: int) -> Float64:
    """Mean, over min(k, titles to find), of the precision at each hit, (b,); its mean is MAP@k.

    Buckley & Voorhees 2000, cut at k. First viewer: (1/1 + 2/3) / 3; second: (1/2) / 1.

    >>> judgement = Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1]))
    >>> average_precision(judgement, 3).round(4)
    array([0.5556, 0.5   ])
    """
    hits = judgement.top(k)
    precisions = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    total: Float64 = (precisions * hits).sum(axis=1) / np.clip(judgement.relevant, 1, k)
    return total


def hit_rate(judgement: Judgement, k: int) -> Float64:
    """1 where the first k hold any hit, else 0, (b,): Deshpande & Karypis 2004.

    >>> hit_rate(Judgement(np.array([[True, False, True], [False, True, False]]), np.array([4, 1])), 1)
    array([1., 0.])
    """
    hit: Float64 = np.asarray(judgement.top(k).any(axis=1), dtype=np.float64)
    return hit


ACCURACY: dict[str, Callable[[Judgement, int], Float64]] = {
    "ndcg": ndcg,
    "recall": recall,
    "capped_recall": capped_recall,
    "precision": precision,
    "mrr": reciprocal_rank,
    "map": average_precision,
    "hit_rate": hit_rate,
}
