"""What learners of Keras networks share: Keras on JAX, networks as functions of their variables, Adam, and batches."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.first_weights import drawn_flat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Batch = Mapping[str, NDArray[Any]]
    Values = Sequence[Any]

# Read by Keras, JAX and XLA when they start; what a user has set stays. More than one thread of XLA adds up in an order
# that changes, so that the same seed would give other numbers.
_ENVIRONMENT = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PJRT_NPROC": "1"}
# A recurrent network's gradient can be enormous after one odd example.
_LARGEST_GRADIENT = 1.0


# The extra of cinekit that brings keras, where it is not called as the verb.
NETWORK_EXTRAS = {"recommend": "recommend-networks"}


def load_keras(extra: str = "generate") -> Any:
    """The module keras, on JAX. Nothing else may import it.

    Args:
        extra: the extra of cinekit that brings it, for the message where it is missing.

    Raises:
        ModelError: keras or jax is not installed, or keras already runs on another backend.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        keras, _ = import_module("keras"), import_module("jax")
    except ImportError as error:
        raise ModelError(
            f"networks need keras and jax, and {error.name or error} cannot be imported; pip install 'cinekit[{extra}]'"
        ) from error
    if keras.backend.backend() != "jax":
        raise ModelError(f"keras runs on {keras.backend.backend()}; unset KERAS_BACKEND, or set it to jax")
    return keras


def built(
    build: Callable[[Mapping[str, Any]], Any], config: Mapping[str, Any], seed: int, extra: str = "generate"
) -> Any:
    """The Keras model that `build(config)` makes, its first weights drawn with the seed.

    Args:
        build: makes a model with `load_keras()`.
        config: what it is made of: plain values, which are saved beside what was learnt.
        seed: the same one gives the same weights.
        extra: as `load_keras` has it.
    """
    keras = load_keras(extra)
    # Keras seeds Python's generator too, which others draw from, such as pauses while a file is locked.
    before = random.getstate()
    keras.utils.set_random_seed(seed)
    with drawn_flat():
        model = build(config)
    random.setstate(before)
    return model


def adam(variables: Values, *, clipped: bool = True, betas: tuple[float, float] = (0.9, 0.999)) -> Any:
    """Adam for some variables. It steps at a rate of 1, which `moved` scales, so that no rate is compiled in."""
    largest = _LARGEST_GRADIENT if clipped else None
    optimiser = load_keras().optimizers.Adam(1.0, beta_1=betas[0], beta_2=betas[1], global_clipnorm=largest)
    optimiser.build(variables)
    return optimiser


def moved(
    optimiser: Any, trained: Values, moments: Any, gradients: Any, rate: Any, decay: float = 0.0
) -> tuple[list[Any], Any]:
    """Variables after a step at a rate, each less a share `decay` of itself, and the optimiser's own variables."""
    ahead, moments = optimiser.stateless_apply(moments, gradients, trained)
    pairs = zip(trained, ahead, strict=True)
    if decay:
        return [old + rate * (new - old - decay * old) for old, new in pairs], moments
    return [old + rate * (new - old) for old, new in pairs], moments


def caller(
    model: Any, trained: Values, other: Values, *, training: bool, averages: bool = True
) -> tuple[Callable[[Any], Any], list[Any]]:
    """The network as a function of its inputs, and its other variables, which a call replaces.

    Without `averages` running averages stay as they are, and a call may be derived within the loss.
    """
    after = list(other)
    replaced = [place for place, value in enumerate(other) if averages or not np.issubdtype(value.dtype, np.floating)]

    def call(inputs: Any) -> Any:
        outputs, now = model.stateless_call(trained, list(after), inputs, training=training)
        for place in replaced:
            after[place] = now[place]
        return outputs

    return call, after


def values(variables: Values) -> list[Any]:
    """What variables hold."""
    return [variable.value for variable in variables]


def named(**groups: Values) -> dict[str, NDArray[Any]]:
    """Groups of values as arrays by name and place."""
    return {f"{name}.{place}": np.asarray(value) for name, group in groups.items() for place, value in enumerate(group)}


def taken(arrays: Mapping[str, NDArray[Any]], name: str, like: Values) -> list[NDArray[Any]]:
    """A group of values back from `named`, shaped like those that are there.

    Raises:
        ModelError: they are not of this network.
    """
    keys = [f"{name}.{place}" for place in range(len(like))]
    if sum(key.rpartition(".")[0] == name for key in arrays) != len(keys) or not set(keys) <= set(arrays):
        raise ModelError(f"it is of another network, which does not have {len(keys)} variables {name}")
    for key, value in zip(keys, like, strict=True):
        if arrays[key].shape != value.shape or arrays[key].dtype != value.dtype:
            raise ModelError(
                f"it is of another network, whose {key} is {arrays[key].dtype} {arrays[key].shape}, not "
                f"{value.dtype} {tuple(value.shape)}"
            )
    return [arrays[key] for key in keys]


def rows_of(batch: Batch) -> int:
    """How many examples a batch has."""
    return len(next(iter(batch.values())))


def batches(examples: Batch, size: int) -> Iterator[tuple[dict[str, NDArray[Any]], int]]:
    """Batches of one size, the last filled up with zeros, and how many rows of each are real."""
    for start in range(0, rows_of(examples), size):
        some = {name: array[start : start + size] for name, array in examples.items()}
        real = rows_of(some)
        if real < size:
            some = {
                name: np.concatenate([part, np.zeros((size - real, *part.shape[1:]), part.dtype)])
                for name, part in some.items()
            }
        yield some, real


def cosine(epoch: int, epochs: int) -> float:
    """The share of the learning rate in an epoch, counted from 1: half a cosine from 1 down to 0."""
    return 0.5 * (1 + float(np.cos(np.pi * (epoch - 1) / epochs)))
