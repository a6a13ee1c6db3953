"""Fitted networks on any number of rows: compiled once each, whatever is asked of them, and however often."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.network_learner import CompiledSteps
from toolkit.network_steps import values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.network_learner import Loss


def in_batches(call: Callable[[Any], Any], size: int, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """What a function makes of n rows, which it is given in batches of one shape, the last filled up with zeros.

    Args:
        call: a model, or what `compiled` makes of it: its inputs in, one array or several out.
        size: rows of a batch.
        arrays: (n, ...) its inputs.
    """
    parts = []
    for start in range(0, max(len(arrays[0]), 1), size):
        some = [array[start : start + size] for array in arrays]
        real = len(some[0])
        filled = [np.concatenate([part, np.zeros((size - real, *part.shape[1:]), part.dtype)]) for part in some]
        made = call(filled if len(filled) > 1 else filled[0])
        parts.append([np.asarray(part)[:real] for part in (made if isinstance(made, list | tuple) else [made])])
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def compiled(model: Any) -> Callable[[Any], Any]:
    """A model as a compiled function of its inputs, without dropout and the like."""
    call, weights = _forward(model), (values(model.trainable_variables), values(model.non_trainable_variables))
    return lambda inputs: call(*weights, inputs)


@lru_cache(maxsize=8)
def _forward(model: Any) -> Callable[..., Any]:
    def forward(trained: Any, other: Any, inputs: Any) -> Any:
        return model.stateless_call(trained, other, inputs, training=False)[0]

    made: Callable[..., Any] = import_module("jax").jit(forward)
    return made


@lru_cache(maxsize=4)
def compiled_losses(model: Any, loss: Loss) -> CompiledSteps:
    """What a `NetworkLearner` of a fitted model needs for losses; the same as long as both are."""
    return CompiledSteps(model, loss)
