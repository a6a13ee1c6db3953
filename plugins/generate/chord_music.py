"""What networks on chords share: their settings, how they learn, what pieces cost them, and draws."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.chord_network import beginnings, draw
from plugins.generate.music_chords import pieces_of, stretches
from plugins.generate.network_batches import compiled_losses
from plugins.generate.sequence_buckets import filled
from toolkit.errors import ModelError
from toolkit.generator import MusicGenerator
from toolkit.materials.music import BEATS_IN_BAR
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.learning import Training
    from toolkit.materials.music import Pieces
    from toolkit.metrics import Float64

_EMBEDDING, _BATCH, _PATIENCE = 48, 16, 15
# Pieces that are drawn at once: one shape, whatever is asked for.
_ROWS = 32
_FEWEST = 2
_DECAY = 0.01


class ChordMusic(MusicGenerator):
    """Learns stretches of chords by a loss of the model's own, and draws chords by `chord_network.draw`.

    Class attributes:
        draws: how many times the loss of a piece is drawn, of which the mean is taken.
    """

    trained: ClassVar[bool] = True
    draws: ClassVar[int] = 1

    units: int = setting(256, "Units of a recurrent layer", ge=1, le=2048)
    dropout: float = setting(0.25, "Share of units that are left out while learning", ge=0, lt=1)
    epochs: int = setting(120, "The most passes over the pieces", ge=1, le=10_000)
    learning_rate: float = setting(3e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _steps_per_beat: int
    _voices: int
    _lengths: list[int]
    _network: Any

    def losses(self, corpus: Pieces) -> Float64:
        """(n,) negative log-likelihood of each piece, given how long it is: of the set of pitches of each step.

        Of a model without an exact one it is an upper bound. Which pitches are held counts too where the pieces that
        were learnt from hold any; those have a grid that is finer than their notes.
        """
        found = stretches(corpus, self._lengths)
        steps = compiled_losses(self._network, self._loss)
        learner = NetworkLearner(self._network, steps, found.buckets, [], Schedule(batch=_BATCH), 0)
        drawn = np.array([learner.losses(found.buckets, seed) for seed in range(self.draws)], dtype=np.float64)
        return found.of_pieces(drawn.mean(axis=0), len(corpus))

    @abstractmethod
    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) loss of each stretch, as a NetworkLearner wants it."""

    @property
    def _bar(self) -> int:
        """Steps in a bar."""
        return BEATS_IN_BAR * self._steps_per_beat

    def _learn(
        self,
        build: Callable[[Mapping[str, Any]], Any],
        corpus: Pieces,
        held_out: Pieces,
        training: Training,
        *,
        given: int = 0,
        waits: int = 0,
    ) -> None:
        """Train the network that `build` makes.

        Args:
            build: makes it out of a config as `chord_network.build` has it.
            corpus: what to learn from.
            held_out: other pieces, to stop by.
            training: as `Generator.fit` is given it.
            given: how many numbers each step is given besides.
            waits: epochs that may bring nothing beyond the usual.

        Raises:
            ModelError: there are too few pieces.
        """
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} pieces to learn from, and has {len(corpus)}; load more")
        self._steps_per_beat, self._voices = corpus.steps_per_beat, corpus.voices
        train = stretches(corpus)
        self._lengths = [bucket["chords"].shape[1] for bucket in train.buckets]
        config = {
            "voices": self._voices, "bar": self._bar, "units": self.units, "embedding": _EMBEDDING,
            "dropout": self.dropout, "held": any(held.any() for held in corpus.held), "given": given,
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        schedule = Schedule(
            self.epochs, batch=_BATCH, learning_rate=self.learning_rate, patience=_PATIENCE + waits
        )  # fmt: skip
        others = stretches(held_out, self._lengths)
        learner = NetworkLearner(
            self._network, self._loss, train.buckets, others.buckets, schedule, training.seed, decay=_DECAY
        )
        training.run(learner, schedule)

    def _drawn(
        self,
        network: Any,
        codes: FloatArray,
        names: Sequence[str],
        temperature: float,
        seeds: Iterable[int],
        *,
        afresh: bool,
    ) -> Pieces:
        """Pieces of (n, bars, given) numbers that the steps of each bar are given.

        Args:
            network: as `chord_network.build` made it.
            codes: the numbers.
            names: (n,) of the pieces.
            temperature: by which log-probabilities are divided.
            seeds: of each 32 pieces.
            afresh: whether each bar begins with an empty state.
        """
        begin, parts = beginnings(_ROWS, self._voices), []
        for start, seed in zip(range(0, len(codes), _ROWS), seeds, strict=False):
            given = np.repeat(filled(codes[start : start + _ROWS], _ROWS), self._bar, axis=1)
            parts.append(draw(network, begin, given, self._bar, seed, temperature, afresh=afresh))
        tokens, held = (np.concatenate(part)[: len(codes)] for part in zip(*parts, strict=True))
        return pieces_of(tokens, held, self._steps_per_beat, names)
