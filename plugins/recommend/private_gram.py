"""What titles are liked together, with viewers' privacy: Gram matrices bounded, made noisy, and cleaned of noise.

Sources: B. Balle and Y.-X. Wang, "Improving the Gaussian Mechanism for Differential Privacy: Analytical Calibration
and Optimal Denoising", ICML 2018; noise on the upper triangle: C. Dwork, K. Talwar, A. Thakurta and L. Zhang,
"Analyze Gauss", STOC 2014; which eigenvalues outlast noise, and by how much they shrink: M. Gavish and D. Donoho,
"Optimal Shrinkage of Singular Values", IEEE Transactions on Information Theory 63(4), 2017; which titles do: Z. Sidak,
"Rectangular Confidence Regions for the Means of Multivariate Normal Distributions", JASA 62(318), 1967.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.sparse import csr_array, diags_array
from scipy.special import log_ndtr, ndtr, ndtri

from plugins.recommend.normal_equations import BLOCK, check_memory, gram, mirror
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray

# How likely it is that noise alone lifts any title above the others' noise.
_BY_CHANCE = 0.01


class PrivateRecommender(Recommender):
    """A recommender that learns from a Gram matrix, which it can be given noisy."""

    epsilon: float | None = setting(
        None, "Learn with differential privacy of whole viewers, of this ε: the smaller, the more noise", gt=0
    )
    delta: float = setting(1e-6, "The δ beside ε: well below 1 / viewers", of="epsilon", gt=0, lt=1)
    bound: float = setting(
        1.0, "With ε, the largest norm of what one viewer adds to the Gram matrix", of="epsilon", gt=0
    )

    @property
    def catalogue(self) -> Literal["interacted", "all"]:  # type: ignore[override]
        """With ε every title there is: which of them have an interaction tells of viewers."""
        return "interacted" if self.epsilon is None else "all"

    @property
    def private(self) -> bool:  # type: ignore[override]
        """Whether ε is given."""
        return self.epsilon is not None

    def findings(self) -> dict[str, Any]:
        """With ε, what the fit spends of viewers' privacy, and by which mechanism."""
        if self.epsilon is None:
            return super().findings()
        return {
            "privacy": {
                "epsilon": self.epsilon,
                "delta": self.delta,
                "unit": "viewer",
                "mechanism": "analytic Gaussian",
                "sensitivity": self.bound,
                "noise": self.bound * noise_scale(self.epsilon, self.delta),
            }
        }

    def private_gram(self, liked: csr_array, activity: float, epsilon: float) -> tuple[IntArray, FloatArray]:
        """Columns, (k,), that outlast the noise, and their Gram matrix, (k, k) float32, positive semidefinite.

        With D the weights of `bounded_weights`, the upper triangle of Xᵀ·D·X gets Gaussian noise once, and is
        mirrored. All else works on what is noisy: titles with a small diagonal are dropped, the rest is cleaned.
        The noise of pairs is drawn for titles that are kept alone. As it is independent of the diagonal's, by which
        these are chosen, what comes out is distributed as if all pairs had got theirs and some were then left out.

        Args:
            liked: (n_viewers, n_titles) CSR of ones, at least one a row.
            activity: a viewer with n liked titles weighs n ** -activity, or less where the bound says so.
            epsilon: the setting, where it is given.

        Raises:
            ModelError: δ is too large for so many viewers, memory is short, or nothing outlasts the noise.
        """
        if self.delta * liked.shape[0] >= 1:
            raise ModelError(f"{self.name}: delta {self.delta:g} protects nobody, as it is not below 1 / viewers")
        sigma = self.bound * noise_scale(epsilon, self.delta)
        weights = bounded_weights(np.diff(liked.indptr), activity, self.bound)
        diagonal = liked.T @ weights + sigma * normal_noise(liked.shape[1])
        columns = np.flatnonzero(diagonal > sigma * kept_from(liked.shape[1]))
        if columns.size < 2:
            raise _drowned(self.name, epsilon)
        check_memory(self.name, columns.size, 16, "titles", instead="a smaller epsilon, with which fewer are kept")
        scaled = (diags_array(np.sqrt(weights)) @ liked).tocsr()[:, columns].astype(np.float32)
        matrix = gram(csr_array(scaled))
        for start in range(0, columns.size, BLOCK):
            rows = matrix[start : start + BLOCK, start:]
            rows += sigma * normal_noise(rows.size).reshape(rows.shape)
        mirror(matrix)
        matrix[np.diag_indices(columns.size)] = diagonal[columns]
        cleaned = without_noise(matrix, sigma)
        if cleaned is None:
            raise _drowned(self.name, epsilon)
        return columns, cleaned


def noise_scale(epsilon: float, delta: float) -> float:
    """σ of the Gaussian noise that makes a sum of sensitivity 1 (ε, δ) differentially private: the smallest there is.

    The root of Φ(1/2σ - εσ) - e^ε · Φ(-1/2σ - εσ) = δ, which falls as σ grows (Balle and Wang, theorem 8).
    """

    def excess(log_sigma: float) -> float:
        half, shift = 0.5 / np.exp(log_sigma), epsilon * np.exp(log_sigma)
        # e^ε alone would overflow; its product with Φ is below 1.
        return float(ndtr(half - shift) - np.exp(epsilon + log_ndtr(-half - shift)) - delta)

    return float(np.exp(brentq(excess, -30, 30, xtol=1e-12)))


def kept_from(titles: int) -> float:
    """How many σ a title's noisy diagonal has to exceed: the largest of so many noises does with a chance of 1 % only.

    The root z of Φ(z)ⁿ = 0.99 (Šidák): 3.09 for 10 titles, 4.75 for 10,000. What is below drowns in noise, and would
    only add its own.
    """
    return float(-ndtri(-np.expm1(np.log1p(-_BY_CHANCE) / titles)))


def bounded_weights(counts: IntArray, activity: float, bound: float) -> FloatArray:
    """(n_viewers,) float64 weights min(n ** -activity, bound / √(n·(n+1)/2)) of viewers with n ≥ 1 liked titles.

    The upper triangle of w·x·xᵀ, with n ones in x, has n·(n+1)/2 entries of w, so that its norm is at most `bound`:
    by no more does the sum change when a viewer comes or goes.
    """
    likes = counts.astype(np.float64)
    return np.minimum(likes**-activity, bound / np.sqrt(likes * (likes + 1) / 2))


def normal_noise(size: int) -> FloatArray:
    """(size,) float64 standard normal numbers out of the system's own source, so that no seed can take them off."""
    bits = np.frombuffer(os.urandom(8 * size), dtype=np.uint64) >> np.uint64(11)
    noise: FloatArray = ndtri((bits + 0.5) / 2.0**53)
    return noise


def without_noise(matrix: FloatArray, sigma: float) -> FloatArray | None:
    """What a symmetric (k, k) matrix with noise of σ tells: positive semidefinite, or None where it is noise alone.

    Eigenvalues of the noise lie within ±2σ√k; of those above, λ becomes √(λ² - 4σ²k), and the others 0. Then the
    diagonal is raised to the noisy one, which needs no cleaning: it is what a title has to itself.
    """
    edge = 2 * sigma * np.sqrt(matrix.shape[0])
    values, vectors = eigh(matrix, subset_by_value=(edge, np.inf))
    if not values.size:
        return None
    cleaned: FloatArray = (vectors * np.sqrt(values**2 - edge**2)) @ vectors.T
    np.fill_diagonal(cleaned, np.maximum(cleaned.diagonal(), matrix.diagonal()))
    return cleaned


def _drowned(name: str, epsilon: float) -> ModelError:
    return ModelError(
        f"{name} learns nothing with epsilon {epsilon:g}: the noise hides all that so few viewers have in common; "
        "set a larger one"
    )
