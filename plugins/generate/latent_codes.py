"""Codes of autoencoders between two others."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
