"""A recurrent network on the characters of titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.generate.character_network import Sampler, build, sequence_loss
from plugins.generate.network_batches import compiled_losses
from plugins.generate.sequence_buckets import bucket_lengths
from plugins.generate.title_characters import CharacterTitles
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.metrics import Float64

_EMBEDDING, _BATCH, _BUCKETS = 64, 64, 4
# Chance that a title is learnt from without its genres and decade.
_HIDDEN = 0.1
# Titles that there must be to learn from.
_FEWEST = 20


class TitlesGru(CharacterTitles):
    """Titles: a recurrent network (gated recurrent units) that predicts each character from all before it.

    Genres and decade are added to what it reads at each step; some titles are learnt from without them, so that it
    knows what titles are like where they are not known.

    Sources: the units: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical
    Machine Translation", EMNLP 2014; a network that writes characters: A. Graves, "Generating Sequences With Recurrent
    Neural Networks", 2013.
    """

    name: ClassVar[str] = "titles-gru"
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of a recurrent layer", ge=1, le=2048)
    layers: int = setting(1, "Recurrent layers", ge=1, le=4)
    dropout: float = setting(0.2, "Share of units that are left out while learning", ge=0, lt=1)
    epochs: int = setting(36, "The most passes over the titles", ge=1, le=10_000)
    learning_rate: float = setting(4e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _lengths: list[int]

    def fit(self, corpus: Titles, held_out: Titles, training: Training) -> None:
        """Learn from titles. Raises ModelError where there are too few."""
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} titles to learn from, and has {len(corpus)}; load more")
        self._look_at(corpus)
        lengths = np.array([len(text) + 1 for text in corpus.texts])
        self._lengths = bucket_lengths(lengths, min(_BUCKETS, -(-len(corpus) // (4 * _BATCH))))
        config = {
            "size": self._characters.size, "conditions": corpus.genres.shape[1] + len(self._decades),
            "per_step": False, "embedding": _EMBEDDING, "units": self.units, "layers": self.layers,
            "dropout": self.dropout,
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        schedule = Schedule(self.epochs, batch=_BATCH, learning_rate=self.learning_rate)
        train, others = self._bucketed(corpus, self._lengths, 1 - _HIDDEN), self._bucketed(held_out, self._lengths)
        learner = NetworkLearner(
            self._network, sequence_loss, train.buckets, others.buckets, schedule, training.seed
        )  # fmt: skip
        training.run(learner, schedule)

    def sample(self, n: int, wishes: TitleWishes, seed: int) -> Sequence[str]:
        """Draw titles; genres and decade that are not wished for are those of random titles that are as wished."""
        rng = np.random.default_rng(seed)
        characters = self._characters
        tokens = Sampler(self._network).sequences(
            n, self._lengths[-1], characters.end, int(rng.integers(2**31)), temperature=wishes.temperature,
            conditions=self._drawn_conditions(wishes, n, rng), allowed=np.arange(characters.size) != characters.rare,
        )  # fmt: skip
        return characters.decode(tokens)

    def losses(self, corpus: Titles) -> Float64:
        """(n,) negative log-likelihood of each title, given its genres and decade as far as they are known."""
        found = self._bucketed(corpus, self._lengths)
        steps = compiled_losses(self._network, sequence_loss)
        learner = NetworkLearner(self._network, steps, found.buckets, [], Schedule(batch=_BATCH), 0)
        return found.in_order(learner.losses(found.buckets)) + self._rare_costs(corpus)
