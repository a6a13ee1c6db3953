"""The recurrent network of script-gru: windows to learn from, their loss, and the network token by token."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.character_network import cross_entropy, gru_gated
from plugins.generate.script_stream import CHARACTERS, END, RECENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from plugins.generate.script_stream import Streams
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.network_learner import Loss

# Kinds of elements that a token can stand in: those with a text, the cue of somebody known, and none.
KINDS = RECENT + 1
# Tokens of a window, which is learnt from without what stood before it but for one token.
WINDOW = 200
# Windows that there should be; where scripts are few, they overlap, but each token is in so many at most.
_ENOUGH, _MOST = 2000, 8
# Share of the windows whose mood is hidden while learning, so that pages can be made without one.
_HIDDEN = 0.2


def windows(streams: Streams, rng: np.random.Generator | None) -> list[dict[str, NDArray[Any]]]:
    """One bucket of windows: (n, WINDOW) int32 tokens, -1 after the end, and what each of them is conditional on.

    With a generator they are to be learnt from: moods of some are hidden, and they overlap where there are few.
    """
    n = len(streams.tokens)
    if not n:
        return []
    before = np.append(0, streams.tokens[:-1] + 1)
    before[streams.starts] = 0
    apart = WINDOW if rng is None else WINDOW // int(np.clip(_ENOUGH * WINDOW // n, 1, _MOST))
    places = np.arange(0, max(n - WINDOW + apart, 1), apart)[:, None] + np.arange(WINDOW)
    real = places < n
    places = np.minimum(places, n - 1)
    moods = streams.moods[places]
    if rng is not None:
        moods[rng.random(len(moods)) < _HIDDEN] = -1
    every = {
        "tokens": np.where(real, streams.tokens[places], -1), "before": before[places], "moods": moods,
        "within": kinds_of(streams.within)[places],
    }  # fmt: skip
    return [{name: array.astype(np.int32) for name, array in every.items()}]


def window_loss(moods: int) -> Loss:
    """(n,) mean negative log-likelihood of a token of each window in nats; `moods` is how many moods there are."""

    def loss(call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        del key, progress
        jax = import_module("jax")
        beside = [jax.nn.one_hot(batch["within"], KINDS), jax.nn.one_hot(batch["moods"], moods)]
        logits = call([batch["before"], jax.numpy.concatenate(beside, axis=2)])
        real = (batch["tokens"] >= 0).sum(axis=1)
        return cross_entropy(logits, batch["tokens"]) / jax.numpy.maximum(real, 1)

    return loss


def kinds_of(tokens: IntArray) -> IntArray:
    """The kinds of elements that tokens begin: all cues of those who have spoken are one."""
    return np.minimum(tokens, RECENT)


def log_probabilities(network: Any, streams: Streams) -> Float64:
    """(n_tokens,) natural logarithm of the probability of each token; states are carried through each script."""
    lengths = np.diff(np.append(streams.starts, len(streams.tokens)))
    order = np.argsort(-lengths, kind="stable")  # so that those that are over are the last
    source = NetworkSource(network, len(order), np.full(len(order), -1))
    made = np.zeros(len(streams.tokens))
    for step in range(int(lengths.max(initial=0))):
        going = int((lengths > step).sum())
        places = streams.starts[order[:going]] + step
        source.keep(going, streams.moods[places])
        tokens = streams.tokens[places]
        made[places] = np.log(np.maximum(source.distribution()[np.arange(going), tokens], np.finfo(np.float64).tiny))
        source.advance(tokens)
    return made


class NetworkSource:
    """The network, going through n streams, one step at a time in NumPy; see `script_drawing.Source`.

    What the embedding and the conditions give is the same for a token wherever it stands, and so is its product with
    the weights: it is worked out once.

    Args:
        network: as `character_network.build` makes it, with one layer.
        n: how many streams.
        mood: (n,) mood of each, -1 for none.
    """

    def __init__(self, network: Any, n: int, mood: IntArray) -> None:
        embedded, shift, (kernel, self._recurrent, bias), (self._out, self._bias) = (
            [np.asarray(variable.value) for variable in network.get_layer(name).weights]
            for name in ("embedded", "conditioned", "recurrent_0", "logits")
        )
        self._of_token = embedded[0] @ kernel + bias[0]
        conditioned = np.vstack([shift[0], np.zeros((1, shift[0].shape[1]), np.float32)]) @ kernel
        self._of_kind, self._of_mood = conditioned[:KINDS], conditioned[KINDS:]  # the last mood, -1, is none
        self._shift = bias[1]
        self._hidden: FloatArray = np.zeros((n, self._recurrent.shape[0]), dtype=np.float32)
        self._last: IntArray = np.zeros(n, dtype=np.int64)
        self._within: IntArray = np.full(n, END)
        self._mood = mood
        self._distribution: Float64 | None = None

    def keep(self, n: int, mood: IntArray) -> None:
        """Go on with the first n streams, in scenes of some moods."""
        self._hidden, self._last, self._within = self._hidden[:n], self._last[:n], self._within[:n]
        self._mood, self._distribution = mood, None

    def distribution(self) -> Float64:
        """(n, size) probability of each token to come next."""
        if self._distribution is None:
            self._hidden = self._moved()
            logits = (self._hidden @ self._out + self._bias).astype(np.float64)
            chances = np.exp(logits - logits.max(axis=1, keepdims=True))
            self._distribution = chances / chances.sum(axis=1, keepdims=True)
        return self._distribution

    def advance(self, tokens: IntArray) -> None:
        """Go on with (n,) tokens."""
        self.distribution()  # reads the token before
        self._last, self._distribution = tokens + 1, None
        self._within = np.where(tokens < CHARACTERS, kinds_of(tokens), self._within)

    def _moved(self) -> FloatArray:
        """States after the last token."""
        inner = self._of_token[self._last] + self._of_kind[self._within] + self._of_mood[self._mood]
        outer = self._hidden @ self._recurrent + self._shift
        moved: FloatArray = gru_gated(inner, outer, self._hidden, np, lambda gate: 1 / (1 + np.exp(-gate)))
        return moved
