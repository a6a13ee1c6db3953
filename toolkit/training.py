"""Training of Keras networks by a loss that Keras has, with early stopping, and what was learnt as one vector.

An author writes a function that builds a Keras model out of a dict of plain values; a `Network` trains it and predicts
with it. What was learnt is one float32 vector, which is saved like any other array beside the dict.

Every new shape compiles for seconds. So batches have one shape, and what was compiled for a network is kept as long as
the program runs: to fit it again on other data costs no compiling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.learning import Training
from toolkit.network_learner import CompiledSteps, NetworkLearner
from toolkit.network_steps import batches, built, caller, load_keras, rows_of, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray
    from toolkit.network_steps import Batch

    Arrays = Sequence[NDArray[Any]]

__all__ = ["Fit", "Network", "Schedule", "load_keras"]

Build = Callable[[Mapping[str, Any]], Any]

_TARGETS, _EXTRA = "targets", "predict"


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
        minutes: begin no epoch that would end beyond these if it took as long as the last one; None for no limit. How
            far a machine comes by then differs, and so do the numbers.
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
        build: makes the model out of the config; a function of a module, as it is compared by identity. A model of one
            input is made of it and not of a list of one, about which older releases of Keras warn.
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
        network = self._compiled()
        model = built(self.build, self.config, seed, _EXTRA)
        if start is not None:
            network.assign(model, start)
        held = [] if held_out is None else [_bucket(*held_out)]
        learner = _InOneOrder(model, network.steps, [_bucket(inputs, targets)], held, schedule, seed)
        history = Training(seed, what, schedule.minutes).run(learner, schedule)
        return Fit(_flattened(model), history.best, history.judged or history.losses)

    def first_weights(self, seed: int) -> FloatArray:
        """(n_weights,) float32, what training begins with: trained variables in the order of the model."""
        return _flattened(built(self.build, self.config, seed, _EXTRA))

    def predict(self, weights: FloatArray, inputs: Arrays, batch: int = 256) -> FloatArray:
        """(n, …) float32, what the model says of n examples."""
        return self._compiled().predicted(weights, inputs, batch)

    def _compiled(self) -> _Compiled:
        return _compiled(self.build, json.dumps(self.config, sort_keys=True), self.loss)


class _Compiled:
    """The functions of a network, compiled on first use. They hold no weights."""

    def __init__(self, build: Build, config: Mapping[str, Any], loss: str) -> None:
        keras, jax = load_keras(_EXTRA), import_module("jax")
        self._model = model = build(config)
        measure = keras.losses.get(loss)

        def measured(call: Any, batch: Any, key: Any, progress: Any) -> Any:
            del key, progress
            return measure(batch[_TARGETS], call(_inputs(batch)))

        def outputs(trained: Any, other: Any, batch: Any) -> Any:
            return caller(model, trained, other, training=False)[0](_inputs(batch))

        self.steps = CompiledSteps(model, measured)
        self._outputs = jax.jit(outputs)

    def predicted(self, weights: FloatArray, inputs: Arrays, batch: int) -> FloatArray:
        """(n, …) what the model says with some weights."""
        trained, other = self._unflattened(weights)
        if not len(inputs[0]):
            return np.empty((0, *self._model.output_shape[1:]), dtype=np.float32)
        parts = [
            np.asarray(self._outputs(trained, other, some))[:real] for some, real in batches(_bucket(inputs), batch)
        ]
        return np.concatenate(parts)

    def assign(self, model: Any, weights: FloatArray) -> None:
        """Put weights into a model of these layers."""
        trained, other = self._unflattened(weights)
        for variable, value in zip(model.trainable_variables, trained, strict=True):
            variable.assign(value)
        for variable, value in zip(model.non_trainable_variables, other, strict=True):
            if _is_kept(variable):
                variable.assign(value)

    def _unflattened(self, weights: FloatArray) -> tuple[list[Any], list[Any]]:
        """Trained variables, and the others, of which those that are no weights stay as they are."""
        trained, other = self._model.trainable_variables, values(self._model.non_trainable_variables)
        kept = [place for place, value in enumerate(other) if _is_kept(value)]
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


class _InOneOrder(NetworkLearner):
    """Its orders are drawn one after another by one generator."""

    _orders: Iterator[NDArray[np.int64]]
    _drawn: int | None = None

    def order(self, number: int) -> list[tuple[Batch, NDArray[np.int64]]]:
        """The epoch's batches, as `NetworkLearner` has them."""
        (bucket,), size = self._examples, self._schedule.batch
        n = rows_of(bucket)
        if self._drawn != number - 1:
            rng = np.random.default_rng(self._seed)
            self._orders = islice((rng.permutation(n) for _ in count()), number - 1, None)
        self._drawn = number
        return [(bucket, rows) for rows in np.resize(next(self._orders), (-(-n // size), size))]


def _bucket(inputs: Arrays, targets: NDArray[Any] | None = None) -> dict[str, NDArray[Any]]:
    """Examples as a learner takes them: inputs by their place, and what is wanted of them."""
    bucket = {f"{place}": array for place, array in enumerate(inputs)}
    return bucket if targets is None else bucket | {_TARGETS: targets}


def _inputs(batch: Mapping[str, Any]) -> Any:
    """The inputs back: one as it is, several as a list."""
    inputs = [batch[f"{place}"] for place in range(len(batch) - (_TARGETS in batch))]
    return inputs[0] if len(inputs) == 1 else inputs


def _flattened(model: Any) -> FloatArray:
    """(n_weights,) float32: trained variables one after another, then averages as batch normalisation keeps."""
    kept = [value for value in values(model.non_trainable_variables) if _is_kept(value)]
    every = [*values(model.trainable_variables), *kept]
    return np.concatenate([np.ravel(np.asarray(value, dtype=np.float32)) for value in every])


def _is_kept(value: Any) -> bool:
    """Whether it is a weight, and no state of random numbers."""
    return np.issubdtype(value.dtype, np.floating)
