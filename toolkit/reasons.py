"""Why a title was recommended: the watched titles that its score comes from, with their exact shares."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from toolkit.topn import Ranking


def explain(
    model: Recommender, history: Interactions, ranking: Ranking, most: int = 5, block_entries: int = 2_000_000
) -> pl.DataFrame:
    """The `most` largest contributions to each ranked title's score.

    Args:
        model: a fitted model.
        history: (n_viewers, n_titles) what the viewers have watched.
        ranking: what was recommended to them.
        most: how many reasons a title gets at most.
        block_entries: pairs are taken in blocks that have about so many watched titles between them.

    Returns:
        Columns row, column, reason (from 1), because_column, contribution, share (contribution over the sum of all
        contributions to that score, so that the shares of all watched titles sum to 1).

    Raises:
        ModelError: the model's scores do not split over watched titles.
    """
    import polars as pl

    frames = [_block(model, history, ranking, part, most) for part in _blocks(history, ranking, block_entries)]
    if not frames:
        frames = [_frame(*(np.empty(0, dtype=np.int64) for _ in range(6)))]
    return pl.concat(frames)


def _blocks(history: Interactions, ranking: Ranking, entries: int) -> Iterator[slice]:
    watched = np.cumsum(np.diff(history.values.indptr)[ranking.row])
    if watched.size:
        cuts = np.searchsorted(watched, np.arange(0, int(watched[-1]), entries))
        edges = np.unique(np.concatenate([[0], cuts, [watched.size]]))
        yield from (slice(int(a), int(b)) for a, b in pairwise(edges))


def _block(model: Recommender, history: Interactions, ranking: Ranking, part: slice, most: int) -> pl.DataFrame:
    rows, columns = ranking.row[part], ranking.column[part]
    split = model.contributions(history, rows, columns)
    pair = np.repeat(np.arange(rows.size), np.diff(split.indptr))
    total = np.bincount(pair, weights=split.data, minlength=rows.size)
    order = np.lexsort((split.indices, -split.data, pair))
    place = np.arange(pair.size) - split.indptr[pair[order]]
    kept = order[(place < most) & (split.data[order] > 0)]
    reason = place[(place < most) & (split.data[order] > 0)] + 1
    share = split.data[kept] / total[pair[kept]]
    return _frame(rows[pair[kept]], columns[pair[kept]], reason, split.indices[kept], split.data[kept], share)


def _frame(*columns: np.ndarray) -> pl.DataFrame:
    import polars as pl

    names = ("row", "column", "reason", "because_column", "contribution", "share")
    kinds = (pl.Int64, pl.Int64, pl.Int32, pl.Int64, pl.Float32, pl.Float32)
    return pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict(zip(names, kinds, strict=True)))
