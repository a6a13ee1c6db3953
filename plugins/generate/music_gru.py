"""A recurrent network on chords, voice after voice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.chord_network import beginnings, build, draw, inputs
from plugins.generate.music_chords import chord_losses, moved, pieces_of, previous, stretches
from toolkit.errors import ModelError
from toolkit.generator import MusicGenerator
from toolkit.materials.music import BEATS_IN_BAR
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.music import MusicWishes, Pieces
    from toolkit.metrics import Float64

_EMBEDDING, _BATCH = 48, 16
# Pieces that are drawn at once: one shape, whatever is asked for.
_ROWS = 32
_FEWEST = 2
_DECAY = 0.01


class MusicGru(MusicGenerator):
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
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of the recurrent layer", ge=1, le=2048)
    dropout: float = setting(0.25, "Share of units that are left out while learning", ge=0, lt=1)
    epochs: int = setting(120, "The most passes over the pieces", ge=1, le=10_000)
    learning_rate: float = setting(3e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _steps_per_beat: int
    _voices: int
    _lengths: list[int]
    _network: Any

    def fit(self, corpus: Pieces, held_out: Pieces, training: Training) -> None:
        """Learn from pieces. Raises ModelError where there are too few."""
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} pieces to learn from, and has {len(corpus)}; load more")
        self._steps_per_beat, self._voices = corpus.steps_per_beat, corpus.voices
        train = stretches(corpus)
        self._lengths = [bucket["chords"].shape[1] for bucket in train.buckets]
        config = {
            "voices": self._voices, "bar": self._bar, "units": self.units, "embedding": _EMBEDDING,
            "dropout": self.dropout, "held": any(held.any() for held in corpus.held), "given": 0,
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        schedule = Schedule(self.epochs, batch=_BATCH, learning_rate=self.learning_rate, patience=15)
        others = stretches(held_out, self._lengths)
        learner = NetworkLearner(
            self._network, self._loss, train.buckets, others.buckets, schedule, training.seed, decay=_DECAY
        )
        training.run(learner, schedule)

    def sample(self, n: int, wishes: MusicWishes, seed: int) -> Pieces:
        """Draw pieces, as long as wished for."""
        steps = wishes.bars * self._bar
        nothing = np.zeros((_ROWS, steps, 0), dtype=np.float32)
        tokens, held = [], []
        for place in range(-(-n // _ROWS)):
            own = int(np.random.default_rng([seed, place]).integers(2**31))
            begin = beginnings(_ROWS, self._voices)
            found = draw(self._network, begin, nothing, self._bar, own, wishes.temperature, afresh=False)
            tokens.append(found[0])
            held.append(found[1])
        names = [f"sample {number}" for number in range(1, n + 1)]
        return pieces_of(np.concatenate(tokens)[:n], np.concatenate(held)[:n], self._steps_per_beat, names)

    def losses(self, corpus: Pieces) -> Float64:
        """(n,) negative log-likelihood of each piece, given how long it is: of the set of pitches of each step.

        Which pitches are held counts too where the pieces that were learnt from hold any; those have a grid that is
        finer than their notes.
        """
        found = stretches(corpus, self._lengths)
        learner = NetworkLearner(self._network, self._loss, found.buckets, [], Schedule(batch=_BATCH), 0)
        return found.of_pieces(learner.losses(found.buckets), len(corpus))

    @property
    def _bar(self) -> int:
        return BEATS_IN_BAR * self._steps_per_beat

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) negative log-likelihood of each stretch."""
        before, chords = moved(batch, key, progress)
        outputs = call(inputs(before, chords, batch["held"], self._bar))
        logits, held_logits = outputs if isinstance(outputs, list | tuple) else (outputs, None)
        return chord_losses(logits, held_logits, chords, batch["held"], previous(before, chords)).sum(axis=1)
