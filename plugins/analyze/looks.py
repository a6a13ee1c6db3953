"""Light and colour of pictures as numbers: CIELAB, and what is averaged over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

WHITE = np.array([0.95047, 1.0, 1.08883])  # D65, 2 degrees
# Linear sRGB to XYZ (IEC 61966-2-1).
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
DARK = np.float32(216 / 24389)  # below it CIELAB is linear
SLOPE = np.float32(24389 / 27 / 116)

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_RELATIVE = (TO_XYZ / WHITE[:, None]).T.astype(np.float32)
_CHUNK = 4096  # pixels: the work on them stays in a core's cache
_TO_LAB = np.array([[0, 116, 0], [500, -500, 0], [0, 200, -200]], dtype=np.float32).T


def lab_of(rgb: Bytes) -> Float32:
    """CIELAB of sRGB pixels, under D65 and for the observer of 2 degrees (CIE 15).

    Args:
        rgb: (..., 3) uint8.

    Returns:
        (..., 3) float32: L* from 0 to 100, a* green to red, b* blue to yellow.
    """
    pixels = rgb.reshape(-1, 3)
    lab = np.empty(pixels.shape, np.float32)
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        xyz = _LINEAR[pixels[part]] @ _TO_RELATIVE
        roots = np.cbrt(xyz)
        np.copyto(roots, SLOPE * xyz + np.float32(16 / 116), where=xyz <= DARK)
        np.matmul(roots, _TO_LAB, out=lab[part])
    lab[:, 0] -= 16
    return lab.reshape(rgb.shape)


def looks_of(lab: Float32, opacity: Float32 | None = None) -> dict[str, Float64]:
    """Brightness, contrast, saturation and warmth of pictures.

    Args:
        lab: (n, h, w, 3) as `lab_of` returns it.
        opacity: (n, h, w), from 0 to 1: how much each pixel counts; all alike unless given.

    Returns:
        brightness: (n,) mean L*, from 0 to 100.
        contrast: (n,) standard deviation of L*.
        saturation: (n,) mean chroma, the length of (a*, b*).
        warmth: (n,) mean b*, positive for yellow, negative for blue.
        NaN in all four where nothing of a picture is opaque.
    """
    n = lab.shape[0]
    lab = lab.reshape(n, -1, 3)
    weights = np.ones(lab.shape[:2], np.float32) if opacity is None else opacity.reshape(n, -1)
    total = weights.sum(axis=1, dtype=np.float64)
    total = np.where(total > 0, total, np.nan)

    def mean(values: Float32) -> Float64:
        # Sums run in double precision: single loses digits over millions of pixels.
        summed: Float64 = np.einsum("np,np->n", values, weights, dtype=np.float64)
        return summed / total

    lightness = lab[..., 0]
    brightness = mean(lightness)
    away = lightness - np.nan_to_num(brightness)[:, None].astype(np.float32)
    return {
        "brightness": brightness,
        "contrast": np.sqrt(mean(away * away)),
        "saturation": mean(np.hypot(lab[..., 1], lab[..., 2])),
        "warmth": mean(lab[..., 2]),
    }
