"""Fitted networks on any number of rows: nothing is compiled twice, and weights that change are heeded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.generate.character_network import sequence_loss
from plugins.generate.network_batches import compiled, compiled_losses, in_batches
from plugins.generate.titles_gru import TitlesGru
from toolkit.learning import Training
from toolkit.testing.made_titles import halves, made_titles
from toolkit.training import load_keras


@pytest.mark.parametrize("n", [0, 1, 4, 9])
def test_batches_have_one_shape_and_rows_come_back(n: int) -> None:
    seen = []

    def doubled(array: np.ndarray) -> list[np.ndarray]:
        seen.append(array.shape)
        return [2 * array, array.sum(axis=1)]

    rows = np.arange(3.0 * n).reshape(n, 3)
    both, sums = in_batches(doubled, 4, rows)
    np.testing.assert_array_equal(both, 2 * rows)
    np.testing.assert_array_equal(sums, rows.sum(axis=1))
    assert set(seen) == {(4, 3)}


def test_a_model_is_compiled_once_and_its_weights_are_those_of_now() -> None:
    keras, traced = load_keras(), []

    class Counted(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs: Any) -> Any:
            traced.append(inputs.shape)
            return inputs

    given = keras.Input((2,))
    model = keras.Model(given, keras.layers.Dense(1, kernel_initializer="ones")(Counted()(given)))
    traced.clear()
    ones = np.ones((3, 2), dtype=np.float32)
    for weight in (1.0, 5.0):
        model.trainable_variables[0].assign(np.full((2, 1), weight))
        np.testing.assert_allclose(in_batches(compiled(model), 3, ones)[0], 2 * weight * ones[:, :1])
    assert len(traced) == 1


@pytest.mark.slow
def test_losses_of_a_fitted_model_are_compiled_once() -> None:
    model = TitlesGru(units=4, epochs=1)
    train, held_out = halves(made_titles())
    model.fit(train, held_out, Training(0))
    first = model.losses(held_out)
    steps = compiled_losses(model._network, sequence_loss)
    shapes = steps.losses._cache_size()
    assert shapes >= 1
    np.testing.assert_array_equal(model.losses(held_out), first)
    assert steps.losses._cache_size() == shapes
