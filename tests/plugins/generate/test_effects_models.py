"""The models of effects: they learn, draw images and closed loops, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.generate.effects_vae import EffectsVae
from plugins.generate.effects_wgan_gp import EffectsWganGp
from toolkit.learning import Training
from toolkit.materials.effects import EffectsWishes, Images
from toolkit.saving import restore, save


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


@pytest.mark.slow
@pytest.mark.parametrize("kind", [EffectsVae, EffectsWganGp])
def test_it_draws_images_and_loops_and_comes_back(kind: type, tmp_path: Path) -> None:
    train, held_out = blobs(40).select(np.arange(30)), blobs(40).select(np.arange(30, 40))
    model = kind(epochs=1)
    model.fit(train, held_out, Training(1))
    drawn = model.sample(3, EffectsWishes(), seed=2)
    assert drawn.pixels.shape == (3, 8, 8, 4)
    assert drawn.pixels.min() >= 0
    assert drawn.pixels.max() <= 1
    assert (drawn.pixels[..., :3] <= drawn.pixels[..., 3:] + 1e-6).all()
    np.testing.assert_array_equal(model.sample(3, EffectsWishes(), seed=2).pixels, drawn.pixels)
    loops = model.sample(2, EffectsWishes(frames=4), seed=2)
    assert loops.sequences.tolist() == [0] * 4 + [1] * 4
    # There and back: the second frame stands at the same place of the sequence as the last.
    assert loops.frames[:4].tolist() == pytest.approx([0, 0.5, 1, 0.5])
    save(model, tmp_path)
    again = kind(epochs=1)
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_allclose(again.sample(3, EffectsWishes(), seed=2).pixels, drawn.pixels, atol=1e-6)
    losses = [one.losses(held_out) for one in (model, again)]
    if kind is EffectsWganGp:
        assert losses == [None, None]
    else:
        assert (losses[0] > 0).all()
        np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


@pytest.mark.slow
def test_the_generator_covers_what_it_learnt_from() -> None:
    images = blobs(64)
    model = EffectsWganGp(units=8, epochs=20)
    model.fit(images, images.select(np.arange(0)), Training(1))
    drawn = model.sample(64, EffectsWishes(), seed=2).pixels
    # As much is seen as in real images, and samples differ from each other nearly as much.
    assert drawn[..., 3].mean() == pytest.approx(images.pixels[..., 3].mean(), rel=0.4)
    assert drawn.std(axis=0).mean() > 0.6 * images.pixels.std(axis=0).mean()
