"""Weights of a blend that rank held-out likes best: hill climbing on nDCG over the candidates of every part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.metrics import Judgement, ndcg
from toolkit.topn import top_n

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from toolkit.interactions import FloatArray

Float64 = NDArray[np.float64]

# How much weight a step of the search moves from one part to another, the coarse steps first.
_STEPS = (0.2, 0.1, 0.05)


@dataclass(frozen=True)
class Candidates:
    """Titles that some part of a blend would recommend, beside what was held out.

    Attributes:
        scores: (n_viewers, n_candidates, n_parts) float32 scores; -inf all along where a place is empty.
        hits: (n_viewers, n_candidates) bool, True where the title was held out.
        relevant: (n_viewers,) held-out titles, among the candidates or not.
    """

    scores: FloatArray
    hits: NDArray[np.bool_]
    relevant: NDArray[np.integer]

    def ndcg(self, weights: Float64, k: int) -> float:
        """Mean nDCG@k of the lists that the weights, (n_parts,), make."""
        used = np.flatnonzero(weights)
        summed = self.scores[..., used] @ weights[used].astype(np.float32)
        best = np.argsort(-summed, axis=1, kind="stable")[:, :k]
        return float(ndcg(Judgement(np.take_along_axis(self.hits, best, axis=1), self.relevant), best.shape[1]).mean())


def candidates(parts: Sequence[FloatArray], seen: csr_array, held_out: csr_array, n: int) -> Candidates:
    """The n best titles by each part that each viewer has not seen, with the scores of all parts.

    Args:
        parts: (n_viewers, n_titles) scores of each part.
        seen: (n_viewers, n_titles) CSR of what is known of the viewers.
        held_out: (n_viewers, n_titles) CSR of ones where a liked title was held out.
        n: titles of each part.
    """
    columns = np.sort(np.hstack([top_n(scores, n, seen)[0] for scores in parts]), axis=1)
    empty = columns < 0
    empty[:, 1:] |= columns[:, 1:] == columns[:, :-1]
    rows = np.arange(columns.shape[0])[:, None]
    scores = np.stack([part[rows, columns] for part in parts], axis=2)
    scores[empty] = -np.inf
    hits = (held_out.toarray() != 0)[rows, columns] & ~empty
    return Candidates(scores, hits, np.diff(held_out.indptr))


def best_weights(found: Candidates, k: int) -> Float64:
    """(n_parts,) weights of sum 1 with the largest nDCG@k that moving weight between two parts comes to.

    The search starts from the best of equal weights and each part alone; of equals, the first is taken.
    """
    n_parts = found.scores.shape[2]
    starts = [np.full(n_parts, 1 / n_parts), *np.eye(n_parts)]
    values = [found.ndcg(start, k) for start in starts]
    best: Float64 = starts[int(np.argmax(values))]
    value = max(values)
    for step in _STEPS:
        while True:
            tried = _moved(best, step)
            values = [found.ndcg(weights, k) for weights in tried]
            if not values or max(values) <= value:
                break
            best, value = tried[int(np.argmax(values))], max(values)
    return best


def _moved(weights: Float64, step: float) -> list[Float64]:
    """The weights with up to `step` moved from each part that has some to each other part."""
    moved = []
    for giver, taker in permutations(range(weights.size), 2):
        share = min(step, weights[giver])
        if share > 0:
            other = weights.copy()
            other[giver] -= share
            other[taker] += share
            moved.append(np.round(other, 10))
    return moved
