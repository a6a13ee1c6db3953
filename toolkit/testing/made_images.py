"""Small images with transparency, to learn from."""

from __future__ import annotations

import numpy as np

from toolkit.materials.effects import Images


def blobs(n: int) -> Images:
    """Round spots in sequences of two frames, 8 × 8, transparent around."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:8, :8]
    centres = rng.uniform(2, 5, size=(n, 2))
    alpha = np.exp(-((y - centres[:, :1, None]) ** 2 + (x - centres[:, 1:, None]) ** 2) / 3)
    alpha[alpha < 0.05] = 0
    colours = rng.uniform(0.2, 1, size=(n, 1, 1, 3))
    pixels = np.concatenate([colours * alpha[..., None], alpha[..., None]], axis=-1).astype(np.float32)
    frames = np.tile([0.0, 1.0], n // 2).astype(np.float32)
    return Images(pixels, np.repeat(np.arange(n // 2), 2), frames, tuple(f"blob {place}" for place in range(n)))
