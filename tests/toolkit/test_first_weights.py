"""First weights of networks: the same numbers as Keras draws, by few compilations; none for a network that is read."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from toolkit.first_weights import drawn_flat, not_drawn
from toolkit.network_steps import load_keras


def draws() -> list[np.ndarray]:
    random = load_keras().random
    drawn = [draw((5, 3), seed=3) for draw in (random.uniform, random.normal, random.truncated_normal)]
    return [np.asarray(part) for part in drawn]


@pytest.mark.slow
def test_first_weights_are_those_that_keras_draws() -> None:
    usual = draws()
    with drawn_flat():
        flat = draws()
    for one, other in zip(flat, usual, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.ptp(flat[0]) > 0


@pytest.mark.parametrize("around", [drawn_flat, not_drawn])
def test_a_new_shape_compiles_no_draw(around: Any, caplog: pytest.LogCaptureFixture) -> None:
    keras, jax = load_keras(), pytest.importorskip("jax")
    draw = keras.initializers.GlorotUniform(seed=1)
    with around():
        draw((2, 3, 4, 5))
        with jax.log_compiles(), caplog.at_level(logging.WARNING):
            draw((3, 2, 5, 7))
    assert "compilation" not in caplog.text


def test_a_network_that_is_read_begins_with_zeros_and_later_draws_are_as_ever() -> None:
    with not_drawn():
        assert not np.any(draws())
    assert np.all(draws())


def test_draws_within_a_compiled_function_are_as_ever() -> None:
    load_keras()
    jax = pytest.importorskip("jax")

    def drawn(key: Any) -> Any:
        return jax.random.uniform(key, (2, 3))

    key = jax.random.key(1)
    with not_drawn():
        within = jax.jit(drawn)(key)
    np.testing.assert_array_equal(within, drawn(key))
