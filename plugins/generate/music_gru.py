"""A recurrent network on chords, voice after voice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.chord_music import ChordMusic
from plugins.generate.chord_network import build, inputs
from plugins.generate.music_chords import chord_losses, moved, previous

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.music import MusicWishes, Pieces


class MusicGru(ChordMusic):
    """Music: a recurrent network (gated recurrent units) that predicts each chord from all before it.

    Within a step it goes through the voices from the highest down, each given those above it, so that the likelihood
    of a chord is that of the set of its pitches. Pieces are moved by up to three semitones while learning, as music is
    much the same in every key. Where pieces have notes longer than a step of the grid, it also predicts which pitches
    are held.

    The network through time is that of N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, "Modeling Temporal
    Dependencies in High-Dimensional Sequences: Application to Polyphonic Music Generation and Transcription", ICML
    2012, with gated units and without independence of the notes of a chord.
    """

    name: ClassVar[str] = "music-gru"

    def fit(self, corpus: Pieces, held_out: Pieces, training: Training) -> None:
        """Learn from pieces. Raises ModelError where there are too few."""
        self._learn(build, corpus, held_out, training)

    def sample(self, n: int, wishes: MusicWishes, seed: int) -> Pieces:
        """Draw pieces, as long as wished for."""
        nothing = np.zeros((n, wishes.bars, 0), dtype=np.float32)
        names = [f"sample {number}" for number in range(1, n + 1)]
        seeds = (int(np.random.default_rng([seed, place]).integers(2**31)) for place in count())
        return self._drawn(self._network, nothing, names, wishes.temperature, seeds, afresh=False)

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) negative log-likelihood of each stretch."""
        before, chords = moved(batch, key, progress)
        outputs = call(inputs(before, chords, batch["held"], self._bar))
        logits, held_logits = outputs if isinstance(outputs, list | tuple) else (outputs, None)
        return chord_losses(logits, held_logits, chords, batch["held"], previous(before, chords)).sum(axis=1)
