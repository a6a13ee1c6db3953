"""The feature space of images: what is repeated, blurred or noise is far from real images, other real ones are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.materials.image_measures import Features, frechet, judged


def stars(n: int, seed: int) -> NDArray[np.float32]:
    """Spots of any size, place and colour with rays of one pixel, 16 × 16 premultiplied."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:16, :16]
    down, across, wide = (rng.uniform(low, high, size=(n, 1, 1)) for low, high in ((5, 11), (5, 11), (1, 5)))
    alpha = np.exp(-((y - down) ** 2 + (x - across) ** 2) / wide**2)
    alpha = np.maximum(alpha, (y == down.round()) * rng.uniform(size=(n, 1, 1)))
    colours = rng.uniform(0.2, 1, size=(n, 1, 1, 3))
    return np.concatenate([colours * alpha[..., None], alpha[..., None]], axis=-1).astype(np.float32)


def blurred(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each pixel the mean of itself and its four neighbours, twice over."""
    for _ in range(2):
        moved = [np.roll(pixels, step, axis) for axis in (1, 2) for step in (-1, 1)]
        pixels = (pixels + np.sum(moved, axis=0)) / 5
    return pixels.astype(np.float32)


def test_real_images_are_at_the_floor_and_all_else_is_above_it() -> None:
    train, test, others = stars(200, 1), stars(60, 2), stars(200, 3)
    real = judged(others, train, test, seed=4)
    assert real["frechet_position"] == pytest.approx(0, abs=0.05)
    assert real["precision"] > 0.75
    assert real["recall"] > 0.75
    repeated = judged(np.repeat(train[:5], 40, axis=0), train, test, seed=4)
    assert repeated["frechet_position"] > 0.1
    assert repeated["recall"] < 0.1
    assert judged(blurred(others), train, test, seed=4)["frechet_position"] > 0.1


def test_features_are_those_of_training_images_whatever_is_measured() -> None:
    train, test = stars(80, 1), stars(20, 2)
    features = Features(train)
    assert features(train).shape == (80, 32)
    np.testing.assert_allclose(features(train).mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(features(test)[:3], features(test[:3]), atol=1e-9)
    assert frechet(features(train), features(train)) == pytest.approx(0, abs=1e-6)
    # Of fewer images than components there are as many as they can tell apart.
    assert Features(train[:10])(test).shape == (20, 9)
