"""A recurrent language model on tokens such as characters, under conditions: network, loss, sampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.training import load_keras

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.sentiment import BoolArray

# Sequences that are drawn at once: one shape, whatever is asked for.
_ROWS = 128


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: what came before, and the conditions, to the logits of what comes next.

    Its inputs are (n, length) int tokens before each step, counted from 1, 0 before the first; and (n, conditions) or
    (n, length, conditions) float, where there are conditions. Its output is (n, length, size).

    Args:
        config: `size`, how many tokens there are; `conditions`, how many numbers, 0 for none; `per_step`, whether they
            differ from step to step; `embedding`, `units`, `layers`, `dropout`.
    """
    keras = load_keras()
    layers = keras.layers
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    inputs = [tokens]
    x = layers.Embedding(config["size"] + 1, config["embedding"], name="embedded")(tokens)
    if config["conditions"]:
        shape = (None, config["conditions"]) if config["per_step"] else (config["conditions"],)
        conditions = keras.Input(shape, name="conditions")
        inputs.append(conditions)
        shift = layers.Dense(config["embedding"], use_bias=False, name="conditioned")(conditions)
        x = x + (shift if config["per_step"] else layers.Reshape((1, config["embedding"]))(shift))
    for layer in range(config["layers"]):
        x = layers.Dropout(config["dropout"])(x)
        x = layers.GRU(config["units"], return_sequences=True, name=f"recurrent_{layer}")(x)
    x = layers.Dropout(config["dropout"])(x)
    return keras.Model(inputs, layers.Dense(config["size"], name="logits")(x))


def sequence_loss(call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
    """(n,) negative log-likelihood of each sequence in nats, for a NetworkLearner; `batch` as
    `sequence_buckets.bucketed` makes it.
    """
    del progress
    jax = import_module("jax")
    tokens = batch["tokens"]
    before = before_each(tokens)
    inputs = [before]
    if "conditions" in batch and batch["conditions"].shape[-1]:
        shown = jax.random.uniform(key, tokens.shape[:1]) < batch["shown"]
        inputs.append(batch["conditions"] * shown[:, None])
    return cross_entropy(call(inputs if len(inputs) > 1 else before), tokens)


def before_each(tokens: Any) -> Any:
    """(n, length) the token before each, counted from 1; 0 before the first."""
    return import_module("jax").numpy.pad(tokens[:, :-1] + 1, ((0, 0), (1, 0)))


def cross_entropy(logits: Any, tokens: Any) -> Any:
    """(n,) negative log-likelihood of each sequence of (n, length) tokens, -1 after its end, in nats."""
    jax = import_module("jax")
    places = jax.numpy.maximum(tokens, 0)[..., None]
    picked = jax.numpy.take_along_axis(jax.nn.log_softmax(logits), places, axis=2)[..., 0]
    return -jax.numpy.where(tokens >= 0, picked, 0).sum(axis=1)


class Sampler:
    """Draws sequences from a network that `build` made, many at once."""

    def __init__(self, model: Any) -> None:
        recurrent = [layer for layer in model.layers if layer.name.startswith("recurrent_")]
        self._units = recurrent[0].units
        self._weights = {
            "embedded": layer_values(model.get_layer("embedded")),
            "conditioned": layer_values(model.get_layer("conditioned")) if len(model.inputs) > 1 else [],
            "recurrent": [layer_values(layer) for layer in recurrent],
            "logits": layer_values(model.get_layer("logits")),
        }

    def start(self, n: int) -> FloatArray:
        """(layers, n, units) float32 states of n sequences that have not begun."""
        return np.zeros((len(self._weights["recurrent"]), n, self._units), np.float32)

    def draw(
        self,
        states: FloatArray,
        steps: int,
        seed: int,
        *,
        temperature: float = 1.0,
        end: int = -1,
        conditions: FloatArray | None = None,
        allowed: BoolArray | None = None,
    ) -> IntArray:
        """(n, steps) tokens of n new sequences. Each number of sequences and of steps is compiled once.

        Args:
            states: (layers, n, units) what the recurrent layers begin with.
            steps: how far to go.
            seed: of the draws.
            temperature: by which log-probabilities are divided; towards 0 the likeliest is taken.
            end: token after which a sequence gives `end` again; -1 for none.
            conditions: (n, n_conditions), the same for all steps.
            allowed: (n, size) or (size,) tokens that may be drawn; all of them where there is none.
        """
        n = states.shape[1]
        kernels = self._weights["conditioned"]
        given = np.zeros((n, kernels[0].shape[0] if kernels else 0), np.float32) if conditions is None else conditions
        size = self._weights["logits"][1].shape[0]
        barred = np.zeros((n, size), np.float32)
        if allowed is not None:
            barred[~np.broadcast_to(allowed, barred.shape)] = -np.inf
        tokens = _drawing()(
            self._weights, states, np.asarray(given, np.float32), barred, np.float32(temperature), np.int32(end), seed,
            steps,
        )  # fmt: skip
        return np.asarray(tokens, dtype=np.int64)

    def sequences(
        self,
        n: int,
        longest: int,
        end: int,
        seed: int,
        *,
        temperature: float = 1.0,
        conditions: FloatArray | None = None,
        allowed: BoolArray | None = None,
    ) -> IntArray:
        """(n, longest) tokens of n new sequences; after an `end`, all are `end`.

        Args as in `draw`; `allowed` is (size,).
        """
        parts: list[IntArray] = [np.empty((0, longest), dtype=np.int64)]
        for place, first in enumerate(range(0, n, _ROWS)):
            real = min(_ROWS, n - first)
            given = None
            if conditions is not None:
                given = np.zeros((_ROWS, conditions.shape[1]), np.float32)
                given[:real] = conditions[first : first + real]
            own = int(np.random.default_rng([seed, place]).integers(2**31))
            tokens = self.draw(
                self.start(_ROWS), longest, own, temperature=temperature, end=end, conditions=given, allowed=allowed
            )
            parts.append(tokens[:real])
        return np.concatenate(parts)


def gru_step(weights: Any, x: Any, hidden: Any) -> Any:
    """The next state of a GRU whose reset gate is applied after the product, as Keras has it.

    Args:
        weights: the layer's: kernel, recurrent kernel, biases.
        x: (n, inputs) what it reads.
        hidden: (n, units) its state.
    """
    jax = import_module("jax")
    kernel, recurrent, bias = weights
    return gru_gated(x @ kernel + bias[0], hidden @ recurrent + bias[1], hidden, jax.numpy, jax.nn.sigmoid)


def gru_gated(from_x: Any, from_hidden: Any, hidden: Any, numpy: Any, sigmoid: Callable[[Any], Any]) -> Any:
    """The same out of the products, in NumPy or JAX.

    Args:
        from_x: (n, 3 * units) what is read times the kernel, with its bias.
        from_hidden: (n, 3 * units) the state times the recurrent kernel, with its bias.
        hidden: (n, units) the state.
        numpy: the module.
        sigmoid: the logistic function of its arrays.
    """
    x_update, x_reset, x_new = numpy.split(from_x, 3, axis=-1)
    h_update, h_reset, h_new = numpy.split(from_hidden, 3, axis=-1)
    update, reset = sigmoid(x_update + h_update), sigmoid(x_reset + h_reset)
    return update * hidden + (1 - update) * numpy.tanh(x_new + reset * h_new)


def layer_values(layer: Any) -> list[Any]:
    """The weights of a layer as arrays."""
    return [np.asarray(variable.value) for variable in layer.weights]


@lru_cache(maxsize=1)
def _drawing() -> Any:
    """The compiled function behind `Sampler.draw`."""
    jax = import_module("jax")
    numpy = jax.numpy

    def draw(
        weights: Any, hidden: Any, conditions: Any, barred: Any, temperature: Any, end: Any, seed: Any, steps: int
    ) -> Any:
        shift = conditions @ weights["conditioned"][0] if weights["conditioned"] else 0.0
        kernel, bias = weights["logits"]

        def step(carried: Any, key: Any) -> Any:
            hidden, last, still = carried
            x, moved = weights["embedded"][0][last] + shift, []
            for layer, own in enumerate(weights["recurrent"]):
                x = gru_step(own, x, hidden[layer])
                moved.append(x)
            logits = x @ kernel + bias + barred
            drawn = numpy.argmax(logits + temperature * jax.random.gumbel(key, logits.shape), axis=-1)
            token = numpy.where(still, end, drawn).astype(numpy.int32)
            return (numpy.stack(moved), token + 1, still | (token == end)), token

        keys = jax.random.split(jax.random.key(seed), steps)
        begun = hidden, numpy.zeros(len(barred), numpy.int32), numpy.zeros(len(barred), bool)
        return jax.lax.scan(step, begun, keys)[1].T

    return jax.jit(draw, static_argnames="steps")
