"""Two networks against each other: what is learnt, who learns by what, averages, and going on after a stop."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolkit.adversarial_learner import AdversarialLearner
from toolkit.errors import ModelError
from toolkit.learning import Training
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras
from warehouse.checkpoints import Checkpoints

NOISE = np.random.default_rng(5).normal(size=(2000, 2)).astype(np.float32)
REAL = {"x": np.random.default_rng(0).normal(3, 0.5, size=(2000, 1)).astype(np.float32)}


def build_generator(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    given = keras.Input((2,))
    hidden = keras.layers.Dense(8, activation="relu")(given)
    if config["regular"]:
        hidden = keras.layers.BatchNormalization()(hidden)
    return keras.Model(given, keras.layers.Dense(1)(hidden))


def build_critic(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    given = keras.Input((1,))
    hidden = keras.layers.Dense(16, activation="relu")(given)
    if config["regular"]:
        hidden = keras.layers.Dropout(0.2)(keras.layers.BatchNormalization()(hidden))
    return keras.Model(given, keras.layers.Dense(1)(hidden))


def made(generator: Any, batch: Any, key: Any) -> Any:
    return generator(import_module("jax").random.normal(key, (len(batch["x"]), 2)))


def critic_loss(critic: Any, generator: Any, batch: Any, key: Any, progress: Any) -> Any:
    """That of a Wasserstein GAN with gradient penalty, which derives the critic by what goes in."""
    jax = import_module("jax")
    first, second = jax.random.split(key)
    fake = made(generator, batch, first)
    share = jax.random.uniform(second, fake.shape)
    slope = jax.grad(lambda values: critic(values).sum())(share * batch["x"] + (1 - share) * fake)
    return critic(fake).mean() - critic(batch["x"]).mean() + ((abs(slope) - 1) ** 2).mean()


def generator_loss(critic: Any, generator: Any, batch: Any, key: Any, progress: Any) -> Any:
    return -critic(made(generator, batch, key)).mean()


def learner(schedule: Schedule, *, regular: bool = False, **options: Any) -> tuple[AdversarialLearner, Any]:
    generator, critic = (built(build, {"regular": regular}, 1) for build in (build_generator, build_critic))
    losses = options.pop("losses", (generator_loss, critic_loss))
    return AdversarialLearner(generator, critic, *losses, REAL, schedule, 1, **options), generator


@pytest.mark.slow
def test_a_normal_distribution_is_learnt_to_within_its_own_spread() -> None:
    """The game never quite settles; of first weights of other seeds this holds too."""
    schedule = Schedule(epochs=300, batch=64, learning_rate=0.001)
    against, generator = learner(schedule, critic_steps=5, average=0.99)
    before = np.asarray(generator(NOISE))
    history = Training().run(against, schedule)
    after = np.asarray(generator(NOISE))
    assert (history.epochs, history.best, history.judged) == (300, 300, [])
    assert abs(before.mean() - 3) > 1
    assert after.mean() == pytest.approx(3, abs=0.5)
    assert 0.2 < after.std() < 0.8


def weight_of(network: Any) -> Any:
    """The one weight of a network that multiplies by it."""
    return network(np.ones((1, 1), dtype=np.float32))[0, 0]


def build_factor(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    given = keras.Input((1,))
    start = keras.initializers.Constant(config["start"])
    return keras.Model(given, keras.layers.Dense(1, use_bias=False, kernel_initializer=start)(given))


def factors(schedule: Schedule, losses: Any, rows: int = 4, **options: Any) -> tuple[AdversarialLearner, Any]:
    """A generator that multiplies by 1 and a critic that does by 10, whose losses are whatever is wanted."""
    generator, critic = (built(build_factor, {"start": start}, 1) for start in (1.0, 10.0))
    examples = {"x": np.zeros((rows, 1), dtype=np.float32)}
    return AdversarialLearner(generator, critic, *losses, examples, schedule, 1, **options), generator


def both_rise(critic: Any, generator: Any, batch: Any, key: Any, progress: Any) -> Any:
    return -weight_of(critic) - weight_of(generator)


def test_each_loss_moves_the_network_that_it_is_named_after() -> None:
    """Adam's first steps on a constant gradient are as long as the rate."""
    schedule = Schedule(epochs=1, batch=2, learning_rate=0.5)
    against, _ = factors(schedule, (both_rise, lambda *given: both_rise(*given) * 0), average=0)
    against.epoch(1)
    state = against.state()
    assert state["generator_trained.0"].item() == pytest.approx(1 + 2 * 0.5, abs=1e-4)
    assert state["critic_trained.0"].item() == 10
    against, _ = factors(schedule, (lambda *given: both_rise(*given) * 0, both_rise), rows=12, critic_steps=3)
    assert against.epoch(1) == pytest.approx(-11 - 2.5 * 0.5, abs=1e-3)  # mean of the losses before six steps
    state = against.state()
    assert state["generator_trained.0"].item() == 1
    assert state["critic_trained.0"].item() == pytest.approx(10 + 6 * 0.5, abs=1e-4)


def test_the_learning_rate_is_halved_and_halved_again() -> None:
    def moves(halve_every: int | None) -> list[float]:
        schedule = Schedule(epochs=5, batch=4, learning_rate=0.4)
        against, _ = factors(schedule, (both_rise, both_rise), average=0, halve_every=halve_every)
        places = [1.0]
        for epoch in range(1, 6):
            against.epoch(epoch)
            places.append(against.weights()["average.0"].item())
        return np.diff(places).tolist()

    assert moves(2) == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1], abs=1e-3)
    assert moves(None) == pytest.approx([0.4] * 5, abs=1e-3)


def test_it_reports_the_share_of_an_epoch_once_both_networks_stepped() -> None:
    against, _ = factors(Schedule(epochs=2, batch=2), (both_rise, both_rise), rows=16, critic_steps=2)
    shares: list[float] = []
    against.report = shares.append
    against.epoch(1)
    assert shares == [0.25, 0.5, 0.75]


def test_the_average_is_exponential_and_forgets_the_first_weights() -> None:
    schedule = Schedule(epochs=1, batch=2, learning_rate=0.5)
    against, generator = factors(schedule, (both_rise, both_rise), rows=80, average=0.5)
    against.epoch(1)
    weight = averaged = 1.0
    for update in range(1, 41):
        weight += 0.5
        left = min(0.5, update / (update + 10))
        averaged = left * averaged + (1 - left) * weight
    against.use(against.weights())
    assert against.state()["generator_trained.0"].item() == pytest.approx(weight, abs=1e-3)
    assert weight_of(generator).item() == pytest.approx(averaged, abs=1e-3)


def test_the_judge_sees_the_averaged_generator_and_chooses_the_epoch() -> None:
    seen: list[float] = []

    def nearest_to_three(sample: Any) -> float:
        seen.append(sample(np.ones((1, 1), dtype=np.float32)).item())
        return abs(seen[-1] - 3)

    schedule = Schedule(epochs=8, batch=4, learning_rate=0.5, patience=2)
    against, generator = factors(schedule, (both_rise, both_rise), average=0, judge=nearest_to_three)
    history = Training().run(against, schedule)
    assert seen == pytest.approx([1.5, 2, 2.5, 3, 3.5, 4], abs=1e-3)
    assert (history.best, history.epochs) == (4, 6)
    assert weight_of(generator).item() == pytest.approx(3, abs=1e-3)


@pytest.mark.slow
def test_stopped_and_taken_up_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    schedule, checkpoints = Schedule(epochs=3, batch=500, learning_rate=0.05), Checkpoints(tmp_path)
    against, generator = learner(schedule, regular=True, critic_steps=2)
    start = against.state()
    expected = Training().run(against, schedule)
    ended = against.state()
    against.restore(start)
    assert Training(minutes=1e-9, checkpoints=checkpoints).run(against, schedule).epochs == 1
    against.restore(start)
    history = Training(checkpoints=checkpoints).run(against, schedule)
    assert (history.resumed, history.losses) == (1, expected.losses)
    for name, array in against.state().items():
        np.testing.assert_array_equal(array, ended[name], err_msg=name)
    running = np.asarray(generator.non_trainable_variables[0])
    assert not np.array_equal(running, np.zeros(8))


def test_the_state_of_other_networks_is_refused() -> None:
    schedule = Schedule(epochs=1)
    against, _ = learner(schedule)
    with pytest.raises(ModelError, match="of another network"):
        against.restore(factors(schedule, (both_rise, both_rise))[0].state())


def test_a_loss_that_is_no_number_is_found_in_either_network() -> None:
    def lost(*given: Any) -> Any:
        return both_rise(*given) * np.float32("nan")

    schedule = Schedule(epochs=1, batch=4)
    for losses in ((both_rise, lost), (lost, both_rise)):
        with pytest.raises(ModelError, match="no number after epoch 1"):
            Training().run(factors(schedule, losses)[0], schedule)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ModelError, match="not one example"):
        factors(Schedule(), (both_rise, both_rise), rows=0)
