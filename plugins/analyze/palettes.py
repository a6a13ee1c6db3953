"""Palettes: the few colours that stand for a picture, by k-means in CIELAB, where distance is difference as seen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.analyze.looks import DARK, SLOPE, TO_XYZ, WHITE, Bytes, Float32, Float64

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_GRID = 2  # steps a unit of Lab: colours in one step look the same, and count as one
_OFFSET, _SPAN = 1024, 2048  # so that steps of L*, a* and b* are counted from 0 and make one number
_MOST = 4000  # pixels that k-means looks at
_STARTS = 2
_FROM_XYZ = np.linalg.inv(TO_XYZ)


def palette_of(
    pixels_lab: Float32 | Float64, weights: Float32 | Float64 | None, colours: int, seed: int
) -> pl.DataFrame:
    """The palette of a picture: means of clusters of its pixels (k-means++; Arthur & Vassilvitskii 2007).

    Args:
        pixels_lab: (n, 3) CIELAB.
        weights: (n,) from 0, how much each pixel counts, such as its opacity; all alike if None.
        colours: how many at most; fewer where the pixels have fewer colours, none where nothing has weight.
        seed: of the clusters' first centres and, beyond 4,000 colours, of the sample that finds the clusters.

    Returns:
        place (Int32, from 1), colour ("#rrggbb", the nearest in sRGB), lightness, a, b, share (Float64, sums to 1),
        the largest share first.
    """
    import polars as pl

    distinct, counts = _distinct(np.asarray(pixels_lab, np.float64), weights)
    labels = _clusters(distinct, counts, colours, seed) if len(distinct) > colours else np.arange(len(distinct))
    shares = np.bincount(labels, counts)
    filled = shares > 0
    sums = np.stack([np.bincount(labels, counts * channel) for channel in distinct.T], axis=1)
    means, shares = sums[filled] / shares[filled, None], shares[filled]
    order = np.lexsort((*means.T, -shares))
    means, shares = means[order], shares[order]
    return pl.DataFrame(
        {
            "place": np.arange(1, len(means) + 1, dtype=np.int32),
            "colour": pl.Series([f"#{rgb.tobytes().hex()}" for rgb in rgb_of(means)], dtype=pl.String),
            "lightness": means[:, 0],
            "a": means[:, 1],
            "b": means[:, 2],
            "share": shares / shares.sum(),
        }
    )


def rgb_of(lab: Float32 | Float64) -> Bytes:
    """CIELAB as sRGB; what the gamut does not hold is clipped to it, channel by channel.

    Args:
        lab: (..., 3), as `looks.lab_of` returns it.

    Returns:
        (..., 3) uint8.
    """
    values = np.asarray(lab, np.float64)
    y = (values[..., 0] + 16) / 116
    roots = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    cubes = roots**3
    xyz = np.where(cubes > DARK, cubes, (roots - 16 / 116) / SLOPE) * WHITE
    linear = np.clip(xyz @ _FROM_XYZ.T, 0, 1)
    levels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: Bytes = np.rint(255 * levels).astype(np.uint8)
    return rgb


def _distinct(pixels: Float64, weights: Float32 | Float64 | None) -> tuple[Float64, Float64]:
    """The colours that have weight, each once, and the weight of each."""
    counts = np.ones(len(pixels)) if weights is None else np.asarray(weights, np.float64)
    pixels, counts = pixels[counts > 0], counts[counts > 0]
    steps = np.rint(pixels * _GRID).astype(np.int64) + _OFFSET
    keys = (steps[:, 0] * _SPAN + steps[:, 1]) * _SPAN + steps[:, 2]
    _, first, member = np.unique(keys, return_index=True, return_inverse=True)
    return pixels[first], np.bincount(member, counts, minlength=len(first)).astype(np.float64)


def _clusters(colours: Float64, counts: Float64, most: int, seed: int) -> NDArray[np.intp]:
    """(n,) the cluster of each colour."""
    from sklearn.cluster import KMeans

    fitted, weights = colours, counts
    if len(colours) > _MOST:
        drawn = np.random.default_rng(seed).multinomial(_MOST, counts / counts.sum())
        fitted, weights = colours[drawn > 0], drawn[drawn > 0].astype(np.float64)
    means = KMeans(min(most, len(fitted)), n_init=_STARTS, max_iter=50, random_state=seed)
    with _threads().limit(limits=1):
        means.fit(fitted, sample_weight=weights)
    if fitted is colours:
        labels: NDArray[np.intp] = means.labels_
        return labels
    centres = means.cluster_centers_
    nearest: NDArray[np.intp] = np.argmin((centres**2).sum(axis=1) - 2 * (colours @ centres.T), axis=1)
    return nearest


@cache
def _threads() -> Any:
    """What holds BLAS and OpenMP to one thread. Finding them takes longer than a palette, hence once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
