"""A recurrent network on chords, voice after voice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.music_chords import (
    BEATS_IN_BAR, BEGIN, INPUTS, TOKENS, can_be_held, chord_losses, drawn, held_drawn, moved, pieces_of, previous,
    stretches,
)  # fmt: skip
from toolkit.errors import ModelError
from toolkit.generator import MusicGenerator
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner, built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.music import MusicWishes, Pieces
    from toolkit.metrics import Float64

_EMBEDDING, _BATCH, _ROWS = 48, 16, 128
_FEWEST = 2
_DECAY = 0.01


class MusicGru(MusicGenerator):
    """Music: a recurrent network (gated recurrent units) that predicts each chord from all before it.

    Within a step it goes through the voices from the highest down, each given those above it, so that the likelihood
    of a chord is that of the set of its pitches. Pieces are moved by -6 to +5 semitones while learning, as music is
    much the same in every key. Where pieces have notes longer than a step of the grid, it also predicts which pitches
    are held.

    The network through time is that of N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, "Modeling Temporal
    Dependencies in High-Dimensional Sequences: Application to Polyphonic Music Generation and Transcription", ICML
    2012, with gated units and without independence of the notes of a chord.
    """

    name: ClassVar[str] = "music-gru"
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of the recurrent layer", ge=1, le=2048)
    dropout: float = setting(0.4, "Share of units that are left out while learning", ge=0, lt=1)
    epochs: int = setting(120, "The most passes over the pieces", ge=1, le=10_000)
    learning_rate: float = setting(3e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _steps_per_beat: int
    _lengths: list[int]
    _network: Any

    def fit(self, corpus: Pieces, held_out: Pieces, training: Training) -> None:
        """Learn from pieces. Raises ModelError where there are too few."""
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} pieces to learn from, and has {len(corpus)}; load more")
        self._steps_per_beat = corpus.steps_per_beat
        train = stretches(corpus)
        self._lengths = [bucket["chords"].shape[1] for bucket in train.buckets]
        config = {
            "voices": corpus.chords[0].shape[1], "bar": BEATS_IN_BAR * corpus.steps_per_beat, "units": self.units,
            "embedding": _EMBEDDING, "dropout": self.dropout, "held": any(held.any() for held in corpus.held),
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        schedule = Schedule(self.epochs, batch=_BATCH, learning_rate=self.learning_rate, patience=15)
        others = stretches(held_out, self._lengths)
        learner = NetworkLearner(
            self._network, _loss, train.buckets, others.buckets, schedule, training.seed, decay=_DECAY
        )
        training.run(learner, schedule)

    def sample(self, n: int, wishes: MusicWishes, seed: int) -> Pieces:
        """Draw pieces, as long as wished for."""
        steps = wishes.bars * BEATS_IN_BAR * self._steps_per_beat
        weights = _weights(self._network)
        tokens, held = [], []
        for place in range(-(-n // _ROWS)):
            own = int(np.random.default_rng([seed, place]).integers(2**31))
            found = _drawing()(weights, steps, min(_ROWS, n), BEATS_IN_BAR * self._steps_per_beat, own,
                               np.float32(wishes.temperature))  # fmt: skip
            tokens.append(np.asarray(found[0]))
            held.append(np.asarray(found[1]))
        names = [f"sample {number}" for number in range(1, n + 1)]
        return pieces_of(
            np.concatenate(tokens)[:n], np.concatenate(held)[:n], steps, self._steps_per_beat, names
        )  # fmt: skip

    def losses(self, corpus: Pieces) -> Float64:
        """(n,) negative log-likelihood of each piece, given how long it is: of the set of pitches of each step.

        Which pitches are held counts too where the pieces that were learnt from hold any; those have a grid that is
        finer than their notes.
        """
        found = stretches(corpus, self._lengths)
        learner = NetworkLearner(self._network, _loss, found.buckets, [], Schedule(batch=_BATCH), 0)
        return found.of_pieces(learner.losses(found.buckets), len(corpus))


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: the chord before each step, and the voices above each, to the logits of each voice.

    Its inputs are (n, length, voices) int: the chord before, and the chord itself, of which a voice is shown those
    above it; and (n, length, voices) float: which pitches of the chord before were held, and of the chord are. Tokens
    are counted on from voice to voice: those of voice v are from 91 v on. Its outputs are (n, length, voices, 89)
    logits, and, where pitches are held, as many of whether each is.

    Args:
        config: `voices`; `bar`, steps in one; `units`, `embedding`, `dropout`; `held`, whether pitches are held.
    """
    keras = load_keras()
    layers, ops = keras.layers, keras.ops
    voices, units = config["voices"], config["units"]
    before, chords = (keras.Input((None, voices), dtype="int32", name=name) for name in ("before", "chords"))
    held = keras.Input((None, voices), name="held")
    place = keras.Input((None,), dtype="int32", name="place")
    x = layers.Embedding(INPUTS * voices, config["embedding"], name="embedded")(before)
    x = layers.Reshape((-1, voices * config["embedding"]))(x)
    x = layers.Concatenate()([x, held, layers.Embedding(config["bar"], 8, name="place_in_bar")(place)])
    x = layers.Dropout(config["dropout"] / 2)(x)
    hidden = layers.GRU(units, return_sequences=True, name="recurrent")(x)
    hidden = layers.Dropout(config["dropout"])(layers.Concatenate()([hidden, x]))
    common = layers.Dense(units, use_bias=False, name="common")(hidden)
    shown = layers.Embedding(INPUTS * voices, units, name="shown")(chords)
    own = layers.Embedding(INPUTS * voices, units, name="own")(before)
    above = ops.cumsum(shown, axis=2) - shown
    y = layers.Activation("relu")(layers.Reshape((-1, 1, units))(common) + above + own)
    y = layers.Dropout(config["dropout"])(y)
    y = layers.Activation("relu")(layers.Dense(units, name="mixed")(y))
    y = layers.Dropout(config["dropout"])(y)
    outputs = [layers.Dense(TOKENS, name="logits")(y)]
    if config["held"]:
        outputs.append(layers.Dense(TOKENS, name="held_logits")(y))
    return keras.Model([before, chords, held, place], outputs)


def _loss(call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
    """(n,) negative log-likelihood of each stretch."""
    numpy = import_module("jax").numpy
    before, chords = moved(batch, key, progress)
    earlier, held = previous(before, chords), batch["held"]
    _, length, voices = chords.shape
    offset = INPUTS * numpy.arange(voices)
    was_held = numpy.concatenate([numpy.zeros_like(held[:, :1]), held[:, :-1]], axis=1).astype("float32")
    # The loss does not know how long a bar is; the network's embedding does.
    place = numpy.broadcast_to(numpy.arange(length)[None], chords.shape[:2])
    outputs = call([earlier + offset, chords + offset, was_held, place])
    held_logits = outputs[1] if len(outputs) > 1 else None
    return chord_losses(outputs[0], held_logits, chords, held, earlier).sum(axis=1)
