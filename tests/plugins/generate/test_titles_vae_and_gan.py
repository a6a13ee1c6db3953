"""The variational and the adversarial models of titles: they learn, draw, interpolate, and come back as they were."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from plugins.generate.titles_gan import TitlesGan
from plugins.generate.titles_vae import TitlesVae
from toolkit.errors import ModelError
from toolkit.learning import Training
from toolkit.materials.titles import Titles, TitleWishes
from toolkit.saving import restore, save
from toolkit.testing.made_titles import halves, made_titles


def test_the_gan_learns_from_titles_of_just_its_length() -> None:
    texts = ["".join(letters) for n in (3, 4) for letters in product("ab", repeat=n)]
    titles = Titles(tuple(texts), np.zeros((24, 0), dtype=np.bool_), (), np.full(24, -1))
    with pytest.raises(
        ModelError,
        match="needs 20 titles of at most 3 characters to learn from, and has 8;",
    ):
        TitlesGan(length=3).fit(titles, titles, Training(0))


@pytest.mark.slow
def test_the_vae_bounds_the_likelihood_samples_interpolates_and_comes_back(tmp_path: Path) -> None:
    model = TitlesVae(units=8, epochs=2)
    train, held_out = halves(made_titles())
    model.fit(train, held_out, Training(1))
    losses = model.losses(held_out)
    assert losses.shape == (len(held_out),)
    assert (losses > 0).all()
    assert np.isfinite(losses).all()
    drawn = model.sample(6, TitleWishes(), seed=2)
    assert len(drawn) == 6
    assert drawn == model.sample(6, TitleWishes(), seed=2)
    between = model.sample(3, TitleWishes(between=(train.texts[0], train.texts[1])), seed=2)
    assert len(between) == 3
    save(model, tmp_path)
    again = TitlesVae(units=8, epochs=2)
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_allclose(again.losses(held_out), losses, rtol=1e-5)
    assert again.sample(6, TitleWishes(), seed=2) == drawn


@pytest.mark.slow
def test_the_gan_draws_titles_has_no_likelihood_and_comes_back(tmp_path: Path) -> None:
    model = TitlesGan(units=8, epochs=2)
    train, held_out = halves(made_titles())
    model.fit(train, held_out, Training(1))
    assert model.losses(held_out) is None
    drawn = model.sample(6, TitleWishes(), seed=2)
    assert len(drawn) == 6
    assert all("\n" not in text for text in drawn)
    save(model, tmp_path)
    again = TitlesGan(units=8, epochs=2)
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    assert again.sample(6, TitleWishes(), seed=2) == drawn
