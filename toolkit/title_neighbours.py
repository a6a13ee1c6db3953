"""A model as a table: the largest weights of titles on one another, out of which SQL can recommend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import PluginError

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.recommender import Recommender


def title_neighbours(model: Recommender, titles: IntArray, count: int) -> pl.DataFrame:
    """The `count` weights farthest from 0 of each title; ties go to the neighbour with the smaller key.

    Args:
        model: a fitted model.
        titles: (n_titles,) title_key of each column of what it was fitted on, ascending.
        count: weights a title.

    Returns:
        Columns title_key, rank (from 1), neighbour_key, weight; weights of exactly 0 are left out.

    Raises:
        ModelError: the model is no sum of weights between titles.
        PluginError: it returned weights of another shape.
    """
    import polars as pl

    weights = model.title_weights(count).tocoo()
    if weights.shape != (titles.size, titles.size):
        raise PluginError(f"{model.name} returned weights of shape {weights.shape} for {titles.size} titles")
    neighbour, title = weights.coords
    order = np.lexsort((neighbour, -np.abs(weights.data), title))
    order = order[weights.data[order] != 0]
    lengths = np.bincount(title[order], minlength=titles.size)
    rank = np.arange(order.size) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    kept = rank <= count
    order = order[kept]
    return pl.DataFrame(
        {
            "title_key": titles[title[order]].astype(np.int32),
            "rank": rank[kept].astype(np.int32),
            "neighbour_key": titles[neighbour[order]].astype(np.int32),
            "weight": weights.data[order].astype(np.float32),
        }
    )
