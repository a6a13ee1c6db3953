"""Codes of autoencoders: the mixture of normal distributions that they are drawn from, and those between two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.metrics import Float64


def arc(first: FloatArray, second: FloatArray, shares: Float64) -> FloatArray:
    """(n, latent) points on the arc from one code to another, shares of the way from 0 to 1.

    Where they point the same way, or in opposite directions, it is the straight line.
    """
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    angle = np.arccos(np.clip(first @ second / lengths, -1, 1)) if lengths > 0 else 0.0
    ahead = np.asarray(shares)[:, None]
    if np.sin(angle) < 1e-3:
        weights = 1 - ahead, ahead
    else:
        weights = np.sin((1 - ahead) * angle) / np.sin(angle), np.sin(ahead * angle) / np.sin(angle)
    points: FloatArray = (weights[0] * first + weights[1] * second).astype(np.float32)
    return points


def learnt_mixture(
    codes: Float64, parts: int, covariance: Literal["full", "diag"], seed: int
) -> tuple[Float64, Float64, Float64]:
    """Weights (parts,), means (parts, latent) and covariances of normal distributions, fitted to (n, latent) codes.

    Covariances are (parts, latent, latent) where they are full, else (parts, latent) variances.
    """
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        parts, covariance_type=covariance, reg_covar=1e-3, tol=1e-2, max_iter=500, random_state=seed
    ).fit(codes)
    return mixture.weights_ / mixture.weights_.sum(), mixture.means_, mixture.covariances_


def log_density(codes: Float64, weights: Float64, means: Float64, factors: Float64) -> Float64:
    """(n,) logarithm of the density of (n, latent) codes under a mixture of normal distributions.

    Args:
        codes: the codes.
        weights: (parts,) of the distributions.
        means: (parts, latent) theirs.
        factors: (parts, latent, latent) Cholesky factors of their covariances, or (parts, latent) standard deviations.
    """
    parts = []
    for weight, mean, factor in zip(weights, means, factors, strict=True):
        if factor.ndim == 1:
            own = (0.5 * ((codes - mean) / factor) ** 2 + np.log(factor)).sum(axis=1)
            parts.append(np.log(weight) - own)
        else:
            apart = np.linalg.solve(factor, (codes - mean).T)
            parts.append(np.log(weight) - 0.5 * (apart**2).sum(axis=0) - np.log(np.diag(factor)).sum())
    density: Float64 = np.logaddexp.reduce(parts) - 0.5 * codes.shape[1] * np.log(2 * np.pi)
    return density
