"""Why a title was recommended: the watched titles that its score comes from, with their exact shares."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.recommender import Recommender
    from toolkit.topn import Ranking


@dataclass(frozen=True)
class Reasons:
    """The watched titles that scores come from, one element a reason, ordered as the ranking and then by `reason`.

    Attributes:
        row: (n,) row of the viewer in the history.
        column: (n,) column of the recommended title.
        reason: (n,) int32, counted from 1.
        because: (n,) column of the watched title.
        contribution: (n,) float32, what it adds to the score.
        share: (n,) float32 contribution over the sum of all contributions to that score, so that the shares of all
            watched titles sum to 1.
    """

    row: IntArray
    column: IntArray
    reason: IntArray
    because: IntArray
    contribution: FloatArray
    share: FloatArray


def explain(
    model: Recommender, history: Interactions, ranking: Ranking, most: int = 5, block_entries: int = 2_000_000
) -> Reasons:
    """The `most` largest contributions to each ranked title's score.

    Args:
        model: a fitted model.
        history: (n_viewers, n_titles) what the viewers have watched.
        ranking: what was recommended to them.
        most: how many reasons a title gets at most.
        block_entries: pairs are taken in blocks that have about so many watched titles between them.

    Raises:
        ModelError: the model's scores do not split over watched titles.
    """
    blocks = [_block(model, history, ranking, part, most) for part in _blocks(history, ranking, block_entries)]
    nothing = np.empty(0, dtype=np.int32)
    parts = ([nothing, *(getattr(block, field.name) for block in blocks)] for field in fields(Reasons))
    row, column, reason, because, contribution, share = (np.concatenate(part) for part in parts)
    return Reasons(
        row, column, reason.astype(np.int32), because, contribution.astype(np.float32), share.astype(np.float32)
    )


def _blocks(history: Interactions, ranking: Ranking, entries: int) -> Iterator[slice]:
    watched = np.cumsum(np.diff(history.values.indptr)[ranking.row])
    if watched.size:
        cuts = np.searchsorted(watched, np.arange(0, int(watched[-1]), entries))
        edges = np.unique(np.concatenate([[0], cuts, [watched.size]]))
        yield from (slice(int(a), int(b)) for a, b in pairwise(edges))


def _block(model: Recommender, history: Interactions, ranking: Ranking, part: slice, most: int) -> Reasons:
    rows, columns = ranking.row[part], ranking.column[part]
    split = model.contributions(history, rows, columns)
    pair = np.repeat(np.arange(rows.size), np.diff(split.indptr))
    total = np.bincount(pair, weights=split.data, minlength=rows.size)
    order = np.lexsort((split.indices, -split.data, pair))
    place = np.arange(pair.size) - split.indptr[pair[order]]
    kept = order[(place < most) & (split.data[order] > 0)]
    reason = place[(place < most) & (split.data[order] > 0)] + 1
    share = split.data[kept] / total[pair[kept]]
    return Reasons(rows[pair[kept]], columns[pair[kept]], reason, split.indices[kept], split.data[kept], share)
