"""Training of Keras networks on JAX: the one place for the backend, seeds, early stopping, and weights as a vector.

An author writes a function that builds a Keras model out of a dict of plain values; a `Network` trains it and predicts
with it. What was learnt is one float32 vector, which is saved like any other array beside the dict.

Every new shape compiles for seconds. So batches have one shape, and what was compiled for a network is kept as long as
the program runs: to fit it again on other data costs no compiling.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.progress import bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray

    Arrays = Sequence[NDArray[Any]]

Build = Callable[[Mapping[str, Any]], Any]

# Read by Keras, JAX and XLA when they start; what a user has set stays. More than one thread of XLA adds up in an order
# that changes, so that the same seed would give other numbers.
_ENVIRONMENT = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PJRT_NPROC": "1"}
# A recurrent network's gradient can be enormous after one odd series.
_LARGEST_GRADIENT = 1.0


def load_keras() -> Any:
    """The module keras, on JAX. Nothing else may import it.

    Raises:
        ModelError: keras or jax is not installed, or keras already runs on another backend.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        keras, _ = import_module("keras"), import_module("jax")
    except ImportError as error:
        raise ModelError(
            f"networks need keras and jax, and {error.name or error} cannot be imported; pip install 'cinekit[predict]'"
        ) from error
    if keras.backend.backend() != "jax":
        raise ModelError(f"keras runs on {keras.backend.backend()}; unset KERAS_BACKEND, or set it to jax")
    return keras


@dataclass(frozen=True)
class Fit:
    """What training came to.

    Attributes:
        weights: (n_weights,) float32, those of the best epoch.
        epoch: which one that was, counted from 1.
        losses: (n_epochs,) loss of the held-out examples after each epoch; of those learnt from where none are.
    """

    weights: FloatArray
    epoch: int
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network learns.

    Attributes:
        epochs: the most passes over the examples.
        minutes: stop after the epoch in which these are over; None for no limit. How far a machine comes by then
            differs, and so do the numbers.
        batch: examples in a step.
        learning_rate: of Adam, at the start; it falls to 0 along half a cosine over the epochs.
        patience: stop after as many epochs without a better loss on the held-out examples.
    """

    epochs: int = 30
    minutes: float | None = None
    batch: int = 128
    learning_rate: float = 1e-3
    patience: int = 5


@dataclass(frozen=True)
class Network:
    """A Keras model by the function that builds it.

    Attributes:
        build: makes the model out of the config; a function of a module, as it is compared by identity.
        config: what it is made of, as JSON knows it.
        loss: name of a Keras loss of one value an example, such as "mean_absolute_error".
    """

    build: Build
    config: Mapping[str, Any]
    loss: str

    def train(
        self,
        inputs: Arrays,
        targets: NDArray[Any],
        held_out: tuple[Arrays, NDArray[Any]] | None,
        schedule: Schedule,
        seed: int,
        what: str,
        start: FloatArray | None = None,
    ) -> Fit:
        """Learn from n examples, and keep the weights of the epoch that was best on the held-out ones.

        The same seed and data give the same weights. A progress bar shows epochs and loss.

        Args:
            inputs: arrays of n rows each, one an input of the model.
            targets: (n, …).
            held_out: inputs and targets that are not learnt from, the latest; None to keep the last epoch.
            schedule: how long and how fast.
            seed: of the first weights, of the order of examples, and of dropout.
            what: what the bar says.
            start: weights to begin with instead of those that the seed draws.

        Raises:
            ModelError: there is not one example, or the loss is no number any more.
        """
        if not len(targets):
            raise ModelError(f"{what}: there is nothing to learn from, not one example")
        compiled = self._functions()
        state = compiled.first_state(seed, start)
        until = np.inf if schedule.minutes is None else time.monotonic() + 60 * schedule.minutes
        rng = np.random.default_rng(seed)
        best, losses = Fit(np.empty(0, dtype=np.float32), 0), list[float]()
        with bar(what, schedule.epochs) as advance:
            for epoch in range(1, schedule.epochs + 1):
                rate = schedule.learning_rate * _cosine(epoch, schedule.epochs)
                order = rng.permutation(len(targets))
                state, loss = compiled.epoch(state, inputs, targets, order, schedule.batch, rate)
                if held_out is not None:
                    loss = compiled.loss(state, *held_out, schedule.batch)
                if not np.isfinite(loss):
                    raise ModelError(f"{what}: the loss is no number after epoch {epoch}; lower --learning-rate")
                if held_out is None or not losses or loss < min(losses):
                    best = Fit(compiled.flatten(state), epoch)
                losses.append(loss)
                advance.describe(f"{what}, loss {loss:.4g}")
                advance(1)
                if epoch - best.epoch >= schedule.patience or time.monotonic() > until:
                    break
        return Fit(best.weights, best.epoch, losses)

    def first_weights(self, seed: int) -> FloatArray:
        """(n_weights,) float32, what training begins with: trained variables in the order of the model."""
        compiled = self._functions()
        return compiled.flatten(compiled.first_state(seed, None))

    def predict(self, weights: FloatArray, inputs: Arrays, batch: int = 256) -> FloatArray:
        """(n, …) float32, what the model says of n examples."""
        return self._functions().outputs(weights, inputs, batch)

    def _functions(self) -> _Compiled:
        return _compiled(self.build, json.dumps(self.config, sort_keys=True), self.loss)


def _cosine(epoch: int, epochs: int) -> float:
    return 0.5 * (1 + float(np.cos(np.pi * (epoch - 1) / epochs)))


@dataclass(frozen=True)
class _State:
    """Variables while a network learns: JAX arrays, in the order of the model's and the optimiser's variables."""

    trained: Sequence[Any]
    other: Sequence[Any]
    optimiser: Sequence[Any]


class _Compiled:
    """The functions of a network, compiled on first use. They hold no weights."""

    def __init__(self, build: Build, config: Mapping[str, Any], loss: str) -> None:
        keras, jax = load_keras(), import_module("jax")
        self._build, self._config = build, config
        self._model = model = build(config)
        # Steps are taken at a rate of 1 and scaled afterwards, so that no rate is compiled in.
        optimiser = keras.optimizers.Adam(1.0, global_clipnorm=_LARGEST_GRADIENT)
        optimiser.build(model.trainable_variables)
        self._optimiser = [variable.value for variable in optimiser.variables]
        measure = keras.losses.get(loss)

        def call(trained: Any, other: Any, inputs: Any, training: bool) -> Any:
            return model.stateless_call(trained, other, inputs[0] if len(inputs) == 1 else inputs, training=training)

        def mean_loss(trained: Any, other: Any, inputs: Any, targets: Any) -> Any:
            outputs, other = call(trained, other, inputs, training=True)
            return measure(targets, outputs).mean(), other

        def step(trained: Any, other: Any, moments: Any, inputs: Any, targets: Any, rate: Any) -> Any:
            (value, other), gradients = gradient(trained, other, inputs, targets)
            moved, moments = optimiser.stateless_apply(moments, gradients, trained)
            return [old + rate * (new - old) for old, new in zip(trained, moved, strict=True)], other, moments, value

        gradient = jax.value_and_grad(mean_loss, has_aux=True)
        self._step = jax.jit(step)
        self._losses = jax.jit(lambda t, o, inputs, targets: measure(targets, call(t, o, inputs, training=False)[0]))
        self._outputs = jax.jit(lambda t, o, inputs: call(t, o, inputs, training=False)[0])

    def first_state(self, seed: int, start: FloatArray | None) -> _State:
        """What training begins with: weights drawn with the seed, or those that are given."""
        keras = load_keras()
        # Keras seeds Python's generator too, which others draw from, such as pauses while a file is locked.
        before = random.getstate()
        keras.utils.set_random_seed(seed)
        model = self._build(self._config)
        random.setstate(before)
        trained, other = _values(model.trainable_variables), _values(model.non_trainable_variables)
        if start is not None:
            trained, other = self._unflatten(start, other)
        return _State(trained, other, self._optimiser)

    def epoch(
        self, state: _State, inputs: Arrays, targets: NDArray[Any], order: IntArray, batch: int, rate: float
    ) -> tuple[_State, float]:
        """One pass in batches of one size, the last filled up from the beginning of the order; and the mean loss."""
        steps = -(-len(order) // batch)
        trained, other, moments, values = state.trained, state.other, state.optimiser, []
        for rows in np.resize(order, (steps, batch)):
            some = [array[rows] for array in inputs]
            trained, other, moments, value = self._step(trained, other, moments, some, targets[rows], np.float32(rate))
            values.append(value)
        return _State(trained, other, moments), float(np.mean([float(value) for value in values]))

    def loss(self, state: _State, inputs: Arrays, targets: NDArray[Any], batch: int) -> float:
        """Mean loss of examples that are not learnt from."""
        parts = [
            np.asarray(self._losses(state.trained, state.other, some[:-1], some[-1]))[:real]
            for some, real in _batches([*inputs, targets], batch)
        ]
        return float(np.concatenate(parts).mean(dtype=np.float64))

    def outputs(self, weights: FloatArray, inputs: Arrays, batch: int) -> FloatArray:
        """(n, …) what the model says with some weights."""
        trained, other = self._unflatten(weights, _values(self._model.non_trainable_variables))
        if not len(inputs[0]):
            return np.empty((0, *self._model.output_shape[1:]), dtype=np.float32)
        parts = [np.asarray(self._outputs(trained, other, some))[:real] for some, real in _batches(inputs, batch)]
        return np.concatenate(parts)

    def flatten(self, state: _State) -> FloatArray:
        """(n_weights,) float32: trained variables one after another, then averages as batch normalisation keeps."""
        kept = [value for value in state.other if np.issubdtype(value.dtype, np.floating)]
        return np.concatenate([np.ravel(np.asarray(value, dtype=np.float32)) for value in [*state.trained, *kept]])

    def _unflatten(self, weights: FloatArray, other: list[Any]) -> tuple[list[Any], list[Any]]:
        """Trained variables, and the others, of which those that are no weights stay as they are."""
        trained = self._model.trainable_variables
        kept = [place for place, value in enumerate(other) if np.issubdtype(value.dtype, np.floating)]
        shapes = [variable.shape for variable in trained] + [other[place].shape for place in kept]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        if weights.shape != (ends[-1],):
            raise ModelError(f"the saved weights are {weights.shape}, and the network wants {ends[-1]}; fit it again")
        parts = [
            part.reshape(shape) for part, shape in zip(np.split(np.asarray(weights), ends[:-1]), shapes, strict=True)
        ]
        for place, part in zip(kept, parts[len(trained) :], strict=True):
            other[place] = part
        return parts[: len(trained)], other


@lru_cache(maxsize=16)
def _compiled(build: Build, config: str, loss: str) -> _Compiled:
    return _Compiled(build, json.loads(config), loss)


def _values(variables: Sequence[Any]) -> list[Any]:
    return [variable.value for variable in variables]


def _batches(arrays: Arrays, batch: int) -> Iterator[tuple[list[NDArray[Any]], int]]:
    """Batches of one size, the last one filled up with zeros, and how many rows of each are real."""
    for start in range(0, len(arrays[0]), batch):
        some = [array[start : start + batch] for array in arrays]
        real = len(some[0])
        if real < batch:
            some = [np.concatenate([part, np.zeros((batch - real, *part.shape[1:]), part.dtype)]) for part in some]
        yield some, real
