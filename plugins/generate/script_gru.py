"""Scripts by a recurrent network, mixed with n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.character_network import build
from plugins.generate.script_counts import CountedScripts, CountedSource
from plugins.generate.script_drawing import draw_pages
from plugins.generate.script_network import KINDS, NetworkSource, log_probabilities, window_loss, windows
from plugins.generate.script_stream import CHARACTERS, each_script, encoded
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.learning import Training
    from toolkit.materials.script import Script, Scripts, ScriptWishes
    from toolkit.metrics import Float64

_SHARES = np.linspace(0, 1, 41)


class ScriptGru(CountedScripts):
    """Script pages by a recurrent network on characters, element after element, mixed with n-grams.

    A script is a stream of tokens: one that begins each element, and the characters of its text. A cue is either a new
    name, or tells how long ago somebody has spoken, so that people answer each other and names come back. Gated
    recurrent units read the stream token by token, with the kind of the element and the mood of the scene beside each,
    and say what comes next. Their probabilities are mixed with those of script-ngram, in the share that is best on the
    scripts held out: few scripts teach a network little, and n-grams know how words are spelt. `--network-only` leaves
    the n-grams out. A grammar keeps pages valid: after a cue somebody speaks.

    It learns from windows of 200 tokens by Adam, and keeps the weights that were best on the scripts held out. States
    are carried on through a page.

    Sources: K. Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
    Translation", EMNLP 2014; character by character: I. Sutskever, J. Martens & G. Hinton, "Generating Text with
    Recurrent Neural Networks", ICML 2011; mixed with n-grams: T. Mikolov et al., "Recurrent neural network based
    language model", INTERSPEECH 2010; who spoke last first: J. Bentley et al., "A locally adaptive data compression
    scheme", CACM 29, 1986 (move to front).
    """

    name: ClassVar[str] = "script-gru"
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of the recurrent layer", ge=1, le=2048)
    dropout: float = setting(0.1, "Share of units left out while learning", ge=0, lt=1)
    epochs: int = setting(15, "The most passes over the scripts", ge=1, le=10_000)
    batch: int = setting(32, "Windows in a step", ge=1, le=1024)
    learning_rate: float = setting(3e-3, "Learning rate of Adam, at the start", gt=0, le=1)
    patience: int = setting(4, "Epochs without a better loss on held-out scripts, after which it stops", ge=1)
    order: int = setting(5, "Characters of the longest n-gram", ge=2, le=12)
    network_only: bool = setting(False, "Whether n-grams are left out")

    _network: Any
    _share: float

    def fit(self, corpus: Scripts, held_out: Scripts, training: Training) -> None:
        """Learn from windows of scripts. Raises ModelError where nobody speaks, or the loss is no number any more."""
        streams, others = self._count(corpus, self.order), encoded(held_out, self._alphabet)
        config = {
            "size": CHARACTERS + 1 + len(self._alphabet), "conditions": KINDS + self._moods, "per_step": True,
            "embedding": 64, "units": self.units, "layers": 1, "dropout": self.dropout,
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        schedule = Schedule(self.epochs, None, self.batch, self.learning_rate, self.patience)
        examples = windows(streams, np.random.default_rng(training.seed))
        learner = NetworkLearner(
            self._network, window_loss(self._moods), examples, windows(others, None), schedule, training.seed
        )
        training.run(learner, schedule)
        self._share = 1.0
        if not self.network_only and len(held_out):
            mixed = _mixtures(log_probabilities(self._network, others), self._log_probabilities(others), _SHARES)
            self._share = float(_SHARES[np.argmax(mixed.sum(axis=1))])

    def sample(self, n: int, wishes: ScriptWishes, seed: int) -> Sequence[Script]:
        """Draw n scripts."""
        return draw_pages(self._source(n, wishes.mood), n, wishes, seed, self._alphabet, self._seen)

    def losses(self, corpus: Scripts) -> Float64:
        """(n,) negative log-likelihood of each passage in nats; states are carried from its beginning to its end."""
        streams = encoded(corpus, self._alphabet)
        of_network, counted = log_probabilities(self._network, streams), self._log_probabilities(streams)
        return each_script(-_mixtures(of_network, counted, np.array([self._share]))[0], streams)

    def _source(self, n: int, mood: int | None) -> _Mixed:
        network = NetworkSource(self._network, n, np.full(n, -1 if mood is None else mood))
        return _Mixed(network, self._counted(n, mood), self._share)


def _mixtures(first: Float64, second: Float64, shares: Float64) -> Float64:
    """(n_shares, n) logarithms of mixtures of two probabilities that are given as logarithms, by the first's share."""
    with np.errstate(divide="ignore"):
        ours, others = np.log(shares)[:, None] + first, np.log(1 - shares)[:, None] + second
    mixed: Float64 = np.logaddexp(ours, others)
    return mixed


class _Mixed:
    """The network and the n-grams, going through n streams."""

    def __init__(self, network: NetworkSource, counted: CountedSource, share: float) -> None:
        self._network, self._counted, self._share = network, counted, share

    def distribution(self) -> Float64:
        """(n, size) probability of each token to come next."""
        made = self._share * self._network.distribution()
        return made + (1 - self._share) * self._counted.distribution() if self._share < 1 else made

    def advance(self, tokens: IntArray) -> None:
        """Go on with (n,) tokens."""
        self._network.advance(tokens)
        if self._share < 1:
            self._counted.advance(tokens)
