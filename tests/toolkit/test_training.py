"""Training of networks: seeds, early stopping, shapes that stay, and weights as one vector."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import toolkit.network_steps
from toolkit.errors import ModelError
from toolkit.training import Network, Schedule, load_keras

pytestmark = pytest.mark.slow

CALLS: list[str] = []
ROOT = Path(__file__).resolve().parents[2]


def build_line(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    given = keras.Input((config["columns"],))
    return keras.Model(given, keras.layers.Dense(1)(given))


def build_regular(config: Mapping[str, Any]) -> Any:
    """With variables that are not trained by gradients: running means, and the state of random numbers."""
    keras = load_keras()

    def count(values: Any) -> Any:
        CALLS.append("traced")
        return values

    given = keras.Input((config["columns"],))
    hidden = keras.layers.Dropout(0.2)(keras.layers.BatchNormalization()(keras.layers.Lambda(count)(given)))
    return keras.Model(given, keras.layers.Dense(1)(hidden))


LINE = Network(build_line, {"columns": 2}, "mean_squared_error")
REGULAR = Network(build_regular, {"columns": 2}, "mean_absolute_error")


def numbers(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    given = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    return given, given @ np.array([[2.0], [-1.0]], dtype=np.float32) + np.float32(0.5)


def test_a_line_is_found() -> None:
    given, wanted = numbers(100)
    fit = LINE.train([given], wanted, None, Schedule(epochs=40, batch=32, learning_rate=0.1), 1, "line")
    assert fit.weights.dtype == np.float32
    np.testing.assert_allclose(fit.weights, [2, -1, 0.5], atol=0.01)
    np.testing.assert_allclose(LINE.predict(fit.weights, [given]), wanted, atol=0.03)


def test_the_seed_decides_the_weights() -> None:
    given, wanted = numbers(50)
    first, same, other = (
        REGULAR.train([given], wanted, None, Schedule(epochs=2, batch=32), seed, "seed").weights for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_training_goes_on_from_given_weights() -> None:
    given, wanted = numbers(50)
    drawn = REGULAR.first_weights(seed=3)
    schedule = Schedule(epochs=2, batch=32)
    again = REGULAR.train([given], wanted, None, schedule, 3, "start", start=drawn)
    np.testing.assert_array_equal(again.weights, REGULAR.train([given], wanted, None, schedule, 3, "start").weights)
    found = np.array([2, -1, 0.5], dtype=np.float32)
    fit = LINE.train([given], wanted, None, Schedule(epochs=1, batch=32), 1, "start", start=found)
    np.testing.assert_allclose(fit.weights, found, atol=1e-3)


def test_random_numbers_of_others_go_on_as_they_would() -> None:
    given, wanted = numbers(8)
    random.seed(5)
    expected = random.random()
    random.seed(5)
    LINE.train([given], wanted, None, Schedule(epochs=1, batch=32), 1, "random")
    assert random.random() == expected


def test_weights_are_those_of_the_epoch_that_was_best_on_held_out_examples() -> None:
    given, wanted = numbers(64)
    late, answers = numbers(21, seed=1)
    schedule = Schedule(epochs=12, batch=32, learning_rate=0.3, patience=12)
    fit = REGULAR.train([given], wanted, ([late], answers), schedule, 1, "best")
    assert len(fit.losses) == 12
    assert fit.epoch == int(np.argmin(fit.losses)) + 1
    # 2 means, 2 variances, 2 scales and 2 offsets of the normalisation, 2 weights and their constant
    assert fit.weights.shape == (11,)
    loss = np.abs(REGULAR.predict(fit.weights, [late]) - answers).mean()
    assert loss == pytest.approx(min(fit.losses), rel=1e-5)


def test_training_stops_when_held_out_examples_gain_nothing() -> None:
    given, wanted = numbers(64)
    fit = LINE.train(
        [given],
        wanted,
        ([given], -10 * wanted),
        Schedule(epochs=30, batch=32, learning_rate=0.1, patience=3),
        1,
        "stop",
    )
    assert fit.epoch == 1
    assert len(fit.losses) == 4


def test_training_stops_when_its_minutes_are_over() -> None:
    given, wanted = numbers(8)
    fit = LINE.train([given], wanted, None, Schedule(epochs=30, minutes=1e-9, batch=32), 1, "minutes")
    assert len(fit.losses) == 1


def test_predictions_do_not_depend_on_the_batch() -> None:
    given, _ = numbers(7)
    weights = np.array([2, -1, 0.5], dtype=np.float32)
    whole = LINE.predict(weights, [given], batch=7)
    np.testing.assert_allclose(LINE.predict(weights, [given], batch=3), whole, rtol=1e-5)
    assert LINE.predict(weights, [given[:0]]).shape == (0, 1)


def test_other_numbers_of_examples_compile_nothing_new() -> None:
    def run(n: int) -> int:
        given, wanted = numbers(n)
        CALLS.clear()
        fit = REGULAR.train([given], wanted, ([given], wanted), Schedule(epochs=2, batch=32), 1, "shapes")
        REGULAR.predict(fit.weights, [given])
        return len(CALLS)

    run(64)
    building = run(64)
    assert [run(n) for n in (5, 33, 100)] == [building] * 3


def test_what_cannot_be_learnt_from_is_said() -> None:
    given, wanted = numbers(8)
    with pytest.raises(ModelError, match="not one example"):
        LINE.train([given[:0]], wanted[:0], None, Schedule(), 1, "nothing")
    with pytest.raises(ModelError, match="no number after epoch 1; lower --learning-rate"):
        LINE.train([given], np.full_like(wanted, np.nan), None, Schedule(batch=32), 1, "no number")


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ModelError, match="the network wants 3; fit it again"):
        LINE.predict(np.zeros(4, dtype=np.float32), [numbers(1)[0]])


def test_a_missing_keras_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(toolkit.network_steps, "import_module", missing)
    with pytest.raises(ModelError, match=r"keras cannot be imported; pip install 'cinekit\[predict\]'"):
        LINE.first_weights(seed=1)
    with pytest.raises(ModelError, match=r"keras cannot be imported; pip install 'cinekit\[generate\]'"):
        load_keras()


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_keras().backend, "backend", lambda: "torch")
    with pytest.raises(ModelError, match="keras runs on torch; unset KERAS_BACKEND"):
        load_keras()


FRESH = """
import numpy as np
from tests.toolkit.test_training import REGULAR, Schedule, load_keras, numbers
given, wanted = numbers(64)
fit = REGULAR.train([given], wanted, ([given], wanted), Schedule(epochs=3, batch=32), 9, "fresh")
print(load_keras().backend.backend(), fit.weights.tobytes().hex())
"""


def test_fresh_programs_come_to_the_same_weights_without_a_word() -> None:
    outside = {"KERAS_BACKEND", "JAX_PLATFORMS", "PJRT_NPROC"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    program = [sys.executable, "-W", "error", "-c", FRESH]
    first, second = (
        subprocess.run(program, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
        for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert first.stdout.startswith("jax ")
    assert first.stdout == second.stdout
