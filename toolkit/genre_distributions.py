"""How genres are spread over what somebody likes and over what a list shows, and how far the one is from the other.

Source: H. Steck, "Calibrated Recommendations", RecSys 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray

Float64 = NDArray[np.float64]

SMOOTHING = 0.01


def genre_shares(genres: pl.DataFrame, titles: IntArray) -> Float64:
    """p(g|title), (n_titles, n_genres): a title's genres share the weight 1; a row of zeros where it has none.

    Args:
        genres: title_key and genre, as in raw.genres; a pair that comes twice counts once.
        titles: (n_titles,) title_key of each row, ascending.
    """
    import polars as pl

    columns = pl.DataFrame({"title_key": titles, "row": np.arange(titles.size)}).cast({"title_key": pl.Int64})
    pairs = (
        genres.select(pl.col("title_key").cast(pl.Int64), "genre")
        .unique()
        .join(columns, on="title_key")
        .with_columns(code=pl.col("genre").rank("dense") - 1)
    )
    shares = np.zeros((titles.size, pairs["genre"].n_unique()))
    shares[pairs["row"].to_numpy(), pairs["code"].to_numpy()] = 1
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return shares


def distributions(lists: csr_array, shares: Float64) -> Float64:
    """p(g|list), (b, n_genres): the mean of the titles' shares, all titles weighing the same.

    Titles without a genre are left out; a row of zeros where no title has one. Of a drama, and a title that is drama
    and comedy, three quarters are drama:

    >>> distributions(csr_array(np.array([[1, 1, 0]])), np.array([[1, 0], [0.5, 0.5], [0, 0]]))
    array([[0.75, 0.25]])

    Args:
        lists: (b, n_titles) CSR; every stored entry is a title of the list, whatever its value.
        shares: (n_titles, n_genres), as `genre_shares` makes them.
    """
    ones = csr_array((np.ones(lists.nnz), lists.indices, lists.indptr), shape=lists.shape)
    sums: Float64 = ones @ shares
    total = sums.sum(axis=1, keepdims=True)
    sums /= np.where(total > 0, total, 1)
    return sums


def as_lists(columns: IntArray, n_titles: int) -> csr_array:
    """(b, n_titles) CSR of ones, for `distributions`: the titles of ranked `columns`, (b, k) padded with -1."""
    filled = columns >= 0
    indptr = np.concatenate([[0], np.cumsum(filled.sum(axis=1))])
    return csr_array((np.ones(int(indptr[-1])), columns[filled], indptr), shape=(columns.shape[0], n_titles))


def divergence(p: FloatArray, q: FloatArray, smoothing: float = SMOOTHING) -> Float64:
    """Kullback-Leibler divergence of p from q, which is mixed with a little of p so that it is finite; in nats.

        Σ_g p_g · ln(p_g / q̃_g),  q̃ = (1 - smoothing) · q + smoothing · p

    Miscalibration (Steck 2018): 0 where the list shows the genres as the viewer likes them. With a half of each
    genre liked and a list of one alone, ½ · ln(½ / 0.995) + ½ · ln(½ / 0.005). Who likes no genre, p = 0, gets 0.

    >>> divergence(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([[0.5, 0.5], [1, 0]])).round(4)
    array([0.    , 1.9585])

    Args:
        p: (…, n_genres), what is liked.
        q: (…, n_genres), what is shown; the shapes are broadcast.
        smoothing: Steck's α.
    """
    mixed = smoothing * p + (1 - smoothing) * q
    ratio = np.divide(p, mixed, out=np.ones_like(mixed), where=p > 0)
    found: Float64 = (p * np.log(ratio, out=ratio)).sum(axis=-1)
    return found
