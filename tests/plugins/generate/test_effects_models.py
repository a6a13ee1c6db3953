"""The models of effects: they learn, draw images and closed loops, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.generate.effects_vae import EffectsVae
from plugins.generate.effects_wgan_gp import EffectsWganGp
from toolkit.learning import Training
from toolkit.materials.effects import EffectsWishes
from toolkit.saving import restore, save
from toolkit.testing.made_images import blobs


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
