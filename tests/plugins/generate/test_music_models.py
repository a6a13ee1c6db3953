"""The models of music: their likelihoods are probabilities, they draw what is wished for, and come back."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from plugins.generate.music_chords import stretches
from plugins.generate.music_gru import MusicGru
from plugins.generate.music_vae import MusicVae
from toolkit.errors import ModelError
from toolkit.generator import MusicGenerator
from toolkit.learning import Training
from toolkit.materials.music import MusicWishes, Pieces
from toolkit.saving import restore, save
from toolkit.testing.made_music import cadences, piece, pieces_of


def fitted(kind: type[MusicGenerator], corpus: Pieces) -> MusicGenerator:
    model = kind(units=12, epochs=2)  # type: ignore[call-arg]
    model.fit(corpus.select(np.arange(2, len(corpus))), corpus.select(np.arange(2)), Training(1))
    return model


@pytest.mark.slow
def test_probabilities_of_all_chords_come_to_one() -> None:
    """Of two voices there are 1 + 88 + 88 * 87 / 2 sets of pitches that a step can have."""
    model = fitted(MusicGru, pieces_of(*(chords[:, :2] for chords in cadences(8).chords)))
    keys = range(21, 109)
    every = [(), *((key,) for key in keys), *((b, a) for a, b in combinations(keys, 2))]
    losses = model.losses(pieces_of(*(piece(chord, voices=2) for chord in every)))
    assert losses is not None
    assert len(losses) == 3917
    assert np.exp(-losses).sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "held"), [(MusicGru, False), (MusicGru, True), (MusicVae, True)])
def test_it_draws_pieces_and_comes_back(kind: type[MusicGenerator], held: bool, tmp_path: Path) -> None:
    model = fitted(kind, cadences(12, held=held))
    drawn = model.sample(3, MusicWishes(bars=3), seed=2)
    assert [chords.shape for chords in drawn.chords] == [(12, 3)] * 3
    for chords, goes_on in zip(drawn.chords, drawn.held, strict=True):
        assert ((chords == -1) | ((chords >= 21) & (chords <= 108))).all()
        # The highest first, none twice, silent voices last.
        assert ((chords[:, 1:] < chords[:, :-1]) | (chords[:, 1:] == -1)).all()
        assert not (goes_on & (chords == -1)).any()
        assert held or not goes_on.any()
    again = model.sample(3, MusicWishes(bars=3), seed=2)
    np.testing.assert_array_equal(np.array(again.chords), np.array(drawn.chords))
    save(model, tmp_path)
    back = kind(units=12, epochs=2)  # type: ignore[call-arg]
    restore(back, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(np.array(back.sample(3, MusicWishes(bars=3), seed=2).chords), np.array(drawn.chords))
    some = cadences(4, seed=5, held=held)
    losses = model.losses(some)
    assert losses is not None
    assert (losses > 0).all()
    np.testing.assert_allclose(back.losses(some), losses, rtol=1e-5)


@pytest.mark.slow
def test_learning_makes_what_is_like_it_likelier() -> None:
    model = MusicGru(units=24, epochs=20, dropout=0.0, learning_rate=0.01)
    model.fit(cadences(40), cadences(5, seed=7), Training(1))
    like, unlike = model.losses(cadences(20, seed=8)), model.losses(pieces_of(piece(*((70, 58, 45),) * 8)))
    assert like is not None
    assert unlike is not None
    # Three pitches by chance from 88 keys are ln(109,736) = 11.6 nats a step; these follow each other in one order.
    assert like.mean() / 8 < 5 < unlike.mean() / 8


@pytest.mark.slow
def test_between_two_pieces_and_around_one() -> None:
    model = fitted(MusicVae, cadences(12))
    ends = cadences(2, seed=4, bars=3)
    between = model.sample(3, MusicWishes(bars=2, between=ends), seed=1)
    assert between.names == ("25 % of the way", "50 % of the way", "75 % of the way")
    assert [len(chords) for chords in between.chords] == [8] * 3
    shorter = model.sample(2, MusicWishes(bars=16, vary=ends.select(np.array([0]))), seed=1)
    assert [len(chords) for chords in shorter.chords] == [12] * 2
    longer = cadences(1, seed=6, bars=70)
    assert [len(chords) for chords in model.sample(1, MusicWishes(bars=80, vary=longer), seed=1).chords] == [280]


def test_long_pieces_are_cut_at_bars_and_each_stretch_knows_the_chord_before() -> None:
    long = pieces_of(piece(*((40 + step % 30,) for step in range(300)), voices=1))
    found = stretches(long)
    assert found.pieces.tolist() == [0, 0]
    lengths = [bucket["chords"].shape[1] for bucket in found.buckets]
    assert lengths == [44, 256]
    assert found.buckets[0]["before"][0, 0] == found.buckets[1]["chords"][0, 255, 0]
    np.testing.assert_array_equal(found.of_pieces(np.array([2.0, 3.0]), 1), [5.0])


@pytest.mark.parametrize("kind", [MusicGru, MusicVae])
def test_one_piece_is_too_few(kind: type[MusicGenerator]) -> None:
    with pytest.raises(ModelError, match="needs 2 pieces"):
        kind().fit(cadences(1), cadences(1), Training(0))
