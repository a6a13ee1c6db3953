"""Networks that learn by a loss of the author's own: buckets, seeds, what is held out, and going on after a stop."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolkit.errors import ArtifactError, ModelError
from toolkit.learning import Training
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built, cosine
from toolkit.training import Schedule, load_keras
from warehouse.checkpoints import Checkpoints

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 5


def build_line(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    given = keras.Input((2,))
    return keras.Model(given, keras.layers.Dense(config["units"])(given))


def build_regular(config: Mapping[str, Any]) -> Any:
    """With all that has a state: running averages and dropout."""
    keras = load_keras()
    given = keras.Input((2,))
    hidden = keras.layers.Dense(config["units"], activation="relu")(given)
    hidden = keras.layers.Dropout(0.2)(keras.layers.BatchNormalization()(hidden))
    return keras.Model(given, keras.layers.Dense(1)(hidden))


def squared(call: Any, batch: Any, key: Any, progress: Any) -> Any:
    return ((call(batch["x"])[:, 0] - batch["y"]) ** 2).astype("float32")


def noisy(call: Any, batch: Any, key: Any, progress: Any) -> Any:
    """Noise on what goes in, which grows less."""
    noise = import_module("jax").random.normal(key, batch["x"].shape)
    return squared(call, {**batch, "x": batch["x"] + 0.1 * (1 - progress) * noise}, key, progress)


def numbers(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    x = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    return {"x": x, "y": x @ np.array([2, -1], dtype=np.float32) + np.float32(0.5)}


def regular(epochs: int = EPOCHS) -> tuple[NetworkLearner, Schedule]:
    """A learner that takes a step or two an epoch in two buckets, and has draws of all kinds."""
    schedule = Schedule(epochs=epochs, batch=16, learning_rate=0.05, patience=epochs)
    network = built(build_regular, {"units": 4}, 3)
    return NetworkLearner(network, noisy, [numbers(40), numbers(9, 1)], [numbers(20, 2)], schedule, 7, 0.01), schedule


def weights(learner: NetworkLearner) -> list[Any]:
    return [array.tolist() for array in learner.weights().values()]


def test_a_line_is_found_and_its_weights_are_put_into_the_network() -> None:
    network, schedule = built(build_line, {"units": 1}, 1), Schedule(epochs=40, batch=32, learning_rate=0.1)
    history = Training().run(NetworkLearner(network, squared, [numbers(100)], [numbers(20, 1)], schedule, 1), schedule)
    np.testing.assert_allclose(np.ravel(np.asarray(network.weights[0].value)), [2, -1], atol=0.02)
    held_out = numbers(20, 1)
    loss = ((np.asarray(network(held_out["x"]))[:, 0] - held_out["y"]) ** 2).mean()
    assert loss == pytest.approx(min(history.judged), rel=1e-3)


def test_losses_are_those_of_examples_in_their_order() -> None:
    network, schedule = built(build_line, {"units": 1}, 1), Schedule(batch=8)
    learner = NetworkLearner(network, squared, [numbers(1)], [], schedule, 1)
    buckets = [numbers(11), numbers(3, 1)]
    expected = [(np.asarray(network(bucket["x"]))[:, 0] - bucket["y"]) ** 2 for bucket in buckets]
    np.testing.assert_allclose(learner.losses(buckets), np.concatenate(expected), rtol=1e-5)
    assert learner.losses([]).shape == (0,)
    assert learner.judged() is None


def test_each_example_is_in_an_epoch_and_no_order_is_that_of_another() -> None:
    learner, _ = regular()
    orders = [learner.order(number) for number in (1, 2, 1)]
    for order in orders:
        assert [sorted({len(rows) for _, rows in order})] == [[16]]
        for n, batches in ((40, 3), (9, 1)):
            rows = [rows for bucket, rows in order if len(bucket["x"]) == n]
            assert (len(rows), set(np.concatenate(rows).tolist())) == (batches, set(range(n)))
    first, second, again = ([rows.tolist() for _, rows in order] for order in orders)
    assert first == again != second


def test_the_seed_decides_the_first_weights_and_disturbs_nobody() -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    first, same, other = (np.asarray(built(build_line, {"units": 9}, seed).weights[0].value) for seed in (1, 1, 2))
    assert random.random() == expected
    assert first.tolist() == same.tolist() != other.tolist()


def test_it_reports_the_share_of_an_epoch_once_a_batch_is_done() -> None:
    learner, _ = regular()
    shares: list[float] = []
    learner.report = shares.append
    learner.epoch(1)  # three batches of one bucket, one of the other
    assert shares == [0.25, 0.5, 0.75]


def test_the_rate_falls_along_half_a_cosine() -> None:
    assert [cosine(epoch, 4) for epoch in (1, 2, 3, 4)] == pytest.approx([1, 0.8535534, 0.5, 0.1464466])


def test_stopped_in_any_epoch_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    learner, schedule = regular()
    start, straight = learner.state(), learner.epoch
    expected = Training().run(learner, schedule)
    ended = weights(learner)
    for stop in range(1, EPOCHS + 1):

        def interrupted(number: int, stop: int = stop) -> float:
            loss = straight(number)
            if number == stop:
                raise KeyboardInterrupt
            return loss

        checkpoints = Checkpoints(tmp_path / f"{stop}")
        learner.restore(start)
        learner.epoch = interrupted  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            Training(checkpoints=checkpoints).run(learner, schedule)
        learner.restore(start)
        learner.epoch = straight  # type: ignore[method-assign]
        history = Training(checkpoints=checkpoints).run(learner, schedule)
        assert (history.resumed, history.best) == (stop - 1, expected.best)
        assert (history.losses, history.judged) == (expected.losses, expected.judged)
        assert weights(learner) == ended


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    schedule, checkpoints = Schedule(epochs=1, batch=16), Checkpoints(tmp_path)

    def learner(build: Any, units: int) -> NetworkLearner:
        return NetworkLearner(built(build, {"units": units}, 1), squared, [numbers(9)], [], schedule, 1)

    Training(checkpoints=checkpoints).run(learner(build_line, 1), schedule)
    with pytest.raises(
        ArtifactError, match=r"of another network, whose trained\.0 is float32 \(2, 1\), not .*\(2, 3\)"
    ):
        Training(checkpoints=checkpoints).run(learner(build_line, 3), schedule)
    with pytest.raises(ArtifactError, match="of another network, which does not have 6 variables trained"):
        Training(checkpoints=checkpoints).run(learner(build_regular, 1), schedule)


def test_nothing_to_learn_from_is_said() -> None:
    network = built(build_line, {"units": 1}, 1)
    for examples in ([], [numbers(0)]):
        with pytest.raises(ModelError, match="not one example"):
            NetworkLearner(network, squared, examples, [], Schedule(), 1)


def trained_in(folder: str, seconds: float) -> None:
    """What the killed program does: epochs that last a while, so that kills meet them and the checkpoints between."""
    import toolkit.learning

    toolkit.learning._APART = toolkit.learning._TIMES = 0
    learner, schedule = regular(epochs=60)
    straight = learner.epoch

    def slow(number: int) -> float:
        time.sleep(seconds)
        return straight(number)

    learner.epoch = slow  # type: ignore[method-assign]
    history = Training(checkpoints=Checkpoints(Path(folder))).run(learner, schedule)
    print(history.resumed, history.losses, history.judged, weights(learner))


def test_killed_ten_times_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    learner, schedule = regular(epochs=60)
    history = Training().run(learner, schedule)
    call = f"from tests.toolkit.test_network_learner import trained_in; trained_in({str(tmp_path)!r}, SECONDS)"
    rng, file, resumed = np.random.default_rng(1), tmp_path / "network.npz", [0]
    for _ in range(10):
        kept = file.stat().st_mtime_ns if file.exists() else 0
        with subprocess.Popen([sys.executable, "-c", call.replace("SECONDS", "0.05")], cwd=ROOT) as program:
            # Killed at a moment soon after it has gone on.
            while (not file.exists() or file.stat().st_mtime_ns == kept) and program.poll() is None:
                time.sleep(0.002)
            time.sleep(rng.uniform(0, 0.15))
            program.send_signal(signal.SIGKILL)
        found = Checkpoints(tmp_path).load("network")
        assert program.returncode == -signal.SIGKILL
        assert found is not None
        resumed.append(len(found[1]["losses"]))
    assert sorted(set(resumed)) == resumed
    end = subprocess.run(
        [sys.executable, "-c", call.replace("SECONDS", "0")],
        check=True, cwd=ROOT, env=os.environ, capture_output=True, text=True,
    )  # fmt: skip
    assert end.stdout.strip() == f"{resumed[-1]} {history.losses} {history.judged} {weights(learner)}"
