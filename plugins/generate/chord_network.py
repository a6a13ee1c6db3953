"""A recurrent network that writes chords, voice after voice: network, inputs, draws."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.character_network import gru_step, layer_values
from plugins.generate.music_chords import (
    BEGIN,
    INPUTS,
    TOKENS,
    drawn,
    held_before,
    held_drawn,
    previous,
)  # fmt: skip
from toolkit.training import load_keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray

# Numbers by which a place in the bar is known.
_PLACE = 8
_LAYERS = ("embedded", "place_in_bar", "recurrent", "common", "shown", "own", "mixed", "logits", "held_logits")


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: the chord before each step, and the voices above each, to the logits of each voice.

    Within a step it goes from the highest voice down, each given those above it. Its inputs are those of `inputs`; its
    outputs (n, length, voices, 89) logits, and, where pitches are held, as many of whether each is.

    Args:
        config: `voices`; `bar`, steps in one; `units`, `embedding`, `dropout`; `held`, whether pitches are held;
            `given`, how many numbers each step is given besides.
    """
    keras = load_keras()
    layers, ops = keras.layers, keras.ops
    voices, units = config["voices"], config["units"]
    before, chords = (keras.Input((None, voices), dtype="int32", name=name) for name in ("before", "chords"))
    held, place = keras.Input((None, voices), name="held"), keras.Input((None,), dtype="int32", name="place")
    given = [keras.Input((None, config["given"]), name="given")] if config["given"] else []
    x = layers.Embedding(INPUTS * voices, config["embedding"], name="embedded")(before)
    x = layers.Reshape((-1, voices * config["embedding"]))(x)
    x = layers.Concatenate()([x, held, layers.Embedding(config["bar"], _PLACE, name="place_in_bar")(place), *given])
    x = layers.Dropout(config["dropout"] / 2)(x)
    hidden = layers.GRU(units, return_sequences=True, name="recurrent")(x)
    hidden = layers.Dropout(config["dropout"])(layers.Concatenate()([hidden, x]))
    common = layers.Dense(units, use_bias=False, name="common")(hidden)
    shown = layers.Embedding(INPUTS * voices, units, name="shown")(chords)
    own = layers.Embedding(INPUTS * voices, units, name="own")(before)
    # The sum over the voices above; a running sum takes XLA several times as long to compile.
    above = ops.einsum("nlau,ab->nlbu", shown, np.triu(np.ones((voices, voices), dtype=np.float32), 1))
    y = layers.Activation("relu")(layers.Reshape((-1, 1, units))(common) + above + own)
    y = layers.Dropout(config["dropout"])(y)
    y = layers.Activation("relu")(layers.Dense(units, name="mixed")(y))
    y = layers.Dropout(config["dropout"])(y)
    outputs = [layers.Dense(TOKENS, name="logits")(y)]
    if config["held"]:
        outputs.append(layers.Dense(TOKENS, name="held_logits")(y))
    return keras.Model([before, chords, held, place, *given], outputs)


def inputs(before: Any, chords: Any, held: Any, bar: int) -> list[Any]:
    """What the network reads of stretches: tokens counted on from voice to voice, those held before, places in the bar.

    Args:
        before: (n, voices) the chord before the first step.
        chords: (n, length, voices) tokens.
        held: (n, length, voices) whether each pitch is held.
        bar: steps in a bar; the first step begins one.
    """
    numpy = import_module("jax").numpy
    _, length, voices = chords.shape
    offset = INPUTS * numpy.arange(voices)
    place = numpy.broadcast_to(numpy.arange(length) % bar, chords.shape[:2])
    return [previous(before, chords) + offset, chords + offset, held_before(held), place]


def draw(
    network: Any, before: IntArray, given: FloatArray, bar: int, seed: int, temperature: float, *, afresh: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Draw chords. Each number of pieces and of steps is compiled once.

    Args:
        network: as `build` made it.
        before: (n, voices) the chord before the first step.
        given: (n, length, config["given"]) what each step is given besides.
        bar: steps in a bar.
        seed: of the draws.
        temperature: by which log-probabilities are divided.
        afresh: whether each bar begins with an empty state.

    Returns:
        (n, length, voices) tokens, and (n, length, voices) which are held.
    """
    names = {layer.name for layer in network.layers}
    weights = {name: layer_values(network.get_layer(name)) for name in _LAYERS if name in names}
    begins = (np.arange(given.shape[1]) % bar == 0) & afresh
    place = np.arange(given.shape[1]) % bar
    tokens, held = _drawing()(
        weights, before.astype(np.int32), given.astype(np.float32), place, begins, np.float32(temperature), seed
    )
    return np.asarray(tokens), np.asarray(held)


def beginnings(n: int, voices: int) -> IntArray:
    """(n, voices) the chord before the first step of pieces."""
    return np.full((n, voices), BEGIN)


@lru_cache(maxsize=1)
def _drawing() -> Any:
    """The compiled function behind `draw`."""
    jax = import_module("jax")
    numpy = jax.numpy

    def dense(weights: Any, x: Any) -> Any:
        return x @ weights[0] + (weights[1] if len(weights) > 1 else 0)

    def draw(weights: Any, before: Any, given: Any, place: Any, begins: Any, temperature: Any, seed: Any) -> Any:
        n, voices = before.shape
        offset = INPUTS * numpy.arange(voices)
        units = weights["recurrent"][1].shape[0]

        def step(carried: Any, at: Any) -> Any:
            hidden, earlier, held = carried
            key, place, begins, given = at
            hidden = numpy.where(begins, 0, hidden)
            x = weights["embedded"][0][earlier + offset].reshape(n, -1)
            where = numpy.broadcast_to(weights["place_in_bar"][0][place], (n, _PLACE))
            x = numpy.concatenate([x, held.astype(x.dtype), where, given], axis=1)
            hidden = gru_step(weights["recurrent"], x, hidden)
            common = dense(weights["common"], numpy.concatenate([hidden, x], axis=1))
            above, last = numpy.zeros((n, units)), numpy.full(n, BEGIN)
            tokens, logits_of_held = [], []
            keys = jax.random.split(key, voices + 1)
            for voice in range(voices):
                own = weights["own"][0][earlier[:, voice] + offset[voice]]
                y = jax.nn.relu(dense(weights["mixed"], jax.nn.relu(common + above + own)))
                last = drawn(dense(weights["logits"], y), last, keys[voice], temperature)
                tokens.append(last)
                above = above + weights["shown"][0][last + offset[voice]]
                if "held_logits" in weights:
                    every = dense(weights["held_logits"], y)
                    logits_of_held.append(numpy.take_along_axis(every, last[:, None], axis=1)[:, 0])
            chord = numpy.stack(tokens, axis=1)
            if logits_of_held:
                held = held_drawn(numpy.stack(logits_of_held, axis=1), chord, earlier, keys[-1], temperature)
            return (hidden, chord, held), (chord, held)

        start = numpy.zeros((n, units)), before, numpy.zeros((n, voices), bool)
        keys = jax.random.split(jax.random.key(seed), len(place))
        _, (tokens, held) = jax.lax.scan(step, start, (keys, place, begins, given.swapaxes(0, 1)))
        return tokens.swapaxes(0, 1), held.swapaxes(0, 1)

    return jax.jit(draw)
