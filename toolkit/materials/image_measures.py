"""How much made images are like real ones: Fréchet distance, precision and recall in a fixed feature space.

The features need no network that would have to be loaded: how much there is of fine and coarse detail in each quarter,
in the bands of a Laplacian pyramid (P. J. Burt and E. H. Adelson, "The Laplacian Pyramid as a Compact Image Code", IEEE
Transactions on Communications, 1983), beside a thumbnail, and the principal components of both in training images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64

_SCALES = 3
_FAINT = 0.003  # mean square below which detail makes no difference: that of amplitudes of 14 in 255
_THUMBNAIL = 8  # pixels a side
_COMPONENTS = 32
_NEIGHBOURS = 3  # k of the manifolds
_DRAWS = 20  # subsamples that measures are averaged over


class Features:
    """A feature space that is fitted on training images, (n, size, size, 4) premultiplied; the same for the same."""

    def __init__(self, train: FloatArray) -> None:
        blocks = _blocks(train)
        # Detail and thumbnail count the same; together training images have a variance of 1 over all components, so
        # that distances are of a readable size.
        self._weights = [1 / max(float(np.sqrt(len(blocks) * block.var(axis=0).sum())), 1e-9) for block in blocks]
        raw = self._weighted(blocks)
        self._mean = raw.mean(axis=0)
        _, _, axes = np.linalg.svd(raw - self._mean, full_matrices=False)
        self._axes = axes[: min(_COMPONENTS, len(train) - 1)].T

    def __call__(self, pixels: FloatArray) -> Float64:
        """(n, at most 32) features of images."""
        found: Float64 = (self._weighted(_blocks(pixels)) - self._mean) @ self._axes
        return found

    def _weighted(self, blocks: Sequence[FloatArray]) -> Float64:
        parts = [block.astype(np.float64) * weight for block, weight in zip(blocks, self._weights, strict=True)]
        return np.concatenate(parts, axis=1)


def frechet(one: Float64, other: Float64) -> float:
    """Fréchet distance, |m - m'|² + tr(C + C' - 2 (C C')^½), of normal distributions fitted to (n, k) features each.

    Source: M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017.
    Covariances are over n - 1. Of (0, 0), (2, 0) and (0, 0), (4, 0) the means differ by 1, and the standard deviations
    are the roots of 2 and 8, which differ by the root of 2:

        >>> round(frechet(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[0.0, 0.0], [4.0, 0.0]])), 6)
        3.0
    """
    covariances = [np.atleast_2d(np.cov(part, rowvar=False)) for part in (one, other)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # The product's eigenvalues are those of this symmetric matrix, whose roots are safe.
    roots = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ covariances[1] @ root), 0)).sum()
    apart = one.mean(axis=0) - other.mean(axis=0)
    return max(float(apart @ apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * roots), 0.0)


def precision_and_recall(real: Float64, made: Float64) -> tuple[float, float]:
    """Share of made features within the manifold of real ones, and of real ones within that of made ones.

    A manifold is all that is as near to one of its points as that point's third nearest other one. Source:
    T. Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", NeurIPS 2019.
    """
    return _within(made, real), _within(real, made)


def judged(made: FloatArray, train: FloatArray, test: FloatArray, seed: int) -> dict[str, float]:
    """Measures of made images against those that were held out, with what real images and noise would get.

    A Fréchet distance between few images is too large, and the more so the fewer they are. So each is between as many
    images, at most as many as are held out, and all are means over 20 draws of them. The floor is that of training
    images; the ceiling that of noise: at each place the pixel that a training image drawn by chance has there.

    Args:
        made: (n, size, size, 4) premultiplied samples; likewise the others.
        train: images that were learnt from; features are fitted on them.
        test: images that were held out.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    features = Features(train)
    kinds = {"frechet": features(made), "frechet_floor": features(train)}
    kinds["frechet_ceiling"] = features(noise(train, max(len(test), min(len(made), 500)), rng))
    real = features(test)
    n = min(len(real), *(len(part) for part in kinds.values()))
    totals = dict.fromkeys((*kinds, "precision", "recall"), 0.0)
    for _ in range(_DRAWS):
        some = real[rng.permutation(len(real))[:n]]
        drawn = {metric: part[rng.permutation(len(part))[:n]] for metric, part in kinds.items()}
        values = {metric: frechet(part, some) for metric, part in drawn.items()}
        values["precision"], values["recall"] = precision_and_recall(some, drawn["frechet"])
        totals = {metric: total + values[metric] / _DRAWS for metric, total in totals.items()}
    room = totals["frechet_ceiling"] - totals["frechet_floor"]
    if room > 0:
        totals["frechet_position"] = (totals["frechet"] - totals["frechet_floor"]) / room
    return totals


def noise(train: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """(n, size, size, 4) images whose every pixel is that of some training image at its place, drawn independently."""
    _, height, width, _ = train.shape
    which = rng.integers(len(train), size=(n, height, width))
    made: FloatArray = train[which, np.arange(height)[:, None], np.arange(width)]
    return made


def distances(pixels: FloatArray, others: FloatArray) -> tuple[IntArray, Float64]:
    """(n,) place of the nearest of the others in any of its eight orientations, and the distance to it.

    The distance of a and b is |a - b| over the root of |a|² + |b|²: from 0, the same, to 1, no pixel in common.
    """
    flat = pixels.reshape(len(pixels), -1)
    squares = np.einsum("ij,ij->i", flat, flat, dtype=np.float64)
    other_squares = np.einsum("nhwc,nhwc->n", others, others, dtype=np.float64)
    common = np.full((len(pixels), len(others)), -np.inf)
    for turns in range(4):
        turned = np.rot90(others, turns, axes=(1, 2))
        for seen in (turned, turned[:, :, ::-1]):
            np.maximum(common, flat @ seen.reshape(len(others), -1).T, out=common)
    total = np.maximum(squares[:, None] + other_squares, 1e-12)
    ratio = np.sqrt(np.clip(1 - 2 * common / total, 0, 1))
    ratio[(squares[:, None] + other_squares) == 0] = 0
    places = ratio.argmin(axis=1)
    nearest: Float64 = ratio[np.arange(len(ratio)), places]
    # What is left of the same image is rounding in single precision.
    return places, np.where(nearest < 1e-3, 0.0, nearest)


def _within(points: Float64, manifold: Float64) -> float:
    """Share of points that lie in the ball of a point of the manifold."""
    own = _apart(manifold, manifold)
    np.fill_diagonal(own, np.inf)
    k = min(_NEIGHBOURS, len(manifold) - 1)
    if k < 1 or not len(points):
        return 0.0
    reach = np.partition(own, k - 1, axis=1)[:, k - 1]
    return float((_apart(points, manifold) <= reach).any(axis=1).mean())


def _apart(one: Float64, other: Float64) -> Float64:
    """(n, m) squared distances. Those of equal points are exactly equal, whichever way they are asked for."""
    from scipy.spatial.distance import cdist

    found: Float64 = cdist(one, other, "sqeuclidean")
    return found


def _blocks(pixels: FloatArray) -> list[FloatArray]:
    """(n, 16 at each of three scales) logarithms of the mean square of detail, and (n, 256) values of a thumbnail."""
    detail = []
    for scale in range(_SCALES):
        scaled = _pooled(pixels, pixels.shape[1] // 2**scale)
        coarse = _pooled(scaled, scaled.shape[1] // 2).repeat(2, axis=1).repeat(2, axis=2)
        # Logarithms, as one step more of blur divides the energy of fine detail by about the same number each time.
        detail.append(np.log(_FAINT + _pooled(np.square(scaled - coarse), 2)).reshape(len(pixels), -1))
    return [np.concatenate(detail, axis=1), _pooled(pixels, _THUMBNAIL).reshape(len(pixels), -1)]


def _pooled(pixels: FloatArray, side: int) -> FloatArray:
    """(n, side, side, 4) means of squares of pixels."""
    n, size = pixels.shape[:2]
    each = size // side
    pooled: FloatArray = pixels.reshape(n, side, each, side, each, 4).mean(axis=(2, 4))
    return pooled
