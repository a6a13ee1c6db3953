"""First weights of Keras networks without a compilation for each of their shapes.

JAX compiles each draw for its shape, and for shapes such as (4, 4, 16, 32) XLA unrolls loops for seconds. A number that
is drawn depends on its place alone, counted row after row: those of a shape are the first of a longer flat array.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Draw = Callable[..., Any]

# What initialisers of Keras draw with.
_DRAWS = ("uniform", "normal", "truncated_normal")
# Draws are as long as a power of this, so that few lengths are compiled; and at least as long as that.
_STEP, _LEAST = 8, 4096

# JAX is one for all threads.
_lock = RLock()


@contextmanager
def drawn_flat() -> Iterator[None]:
    """While a network is built: its first weights are those that the seed gives, but drawn as long flat arrays."""

    def flat(draw: Draw, key: Any, shape: Sequence[int], **given: Any) -> NDArray[Any]:
        size = math.prod(shape)
        length = _LEAST
        while length < size:
            length *= _STEP
        return np.asarray(draw(key, shape=(length,), **given))[:size].reshape(shape)

    with _instead(flat):
        yield


@contextmanager
def not_drawn() -> Iterator[None]:
    """While a network is read: its first weights are zeros, as those that were saved take their place."""

    def zeros(draw: Draw, key: Any, shape: Sequence[int], **given: Any) -> NDArray[Any]:
        del draw, key
        return np.zeros(shape, dtype=given["dtype"])

    with _instead(zeros):
        yield


@contextmanager
def _instead(other: Callable[..., NDArray[Any]]) -> Iterator[None]:
    """Have `other(draw, key, shape, ...)` stand in for each draw of JAX that is not part of a compiled function."""
    jax = import_module("jax")

    def stand_in(draw: Draw) -> Draw:
        def drawn(key: Any, shape: Any = (), **given: Any) -> Any:
            if isinstance(key, jax.core.Tracer):
                return draw(key, shape=shape, **given)
            return jax.device_put(other(draw, key, tuple(shape), **given))

        return drawn

    with _lock:
        before = {name: getattr(jax.random, name) for name in _DRAWS}
        try:
            for name, draw in before.items():
                setattr(jax.random, name, stand_in(draw))
            yield
        finally:
            for name, draw in before.items():
                setattr(jax.random, name, draw)
