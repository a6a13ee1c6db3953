"""Two Keras networks that learn against each other: a generator makes items, a critic tells them from real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.learning import Report, unreported
from toolkit.network_steps import adam, caller, moved, named, rows_of, taken, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.training import Schedule

    Arrays = Mapping[str, NDArray[Any]]

# critic_loss(critic, generator, batch, key, progress) and generator_loss(critic, generator, batch, key, progress) ->
# scalar, in JAX. `critic(inputs)` and `generator(inputs)` are what the networks make of inputs; the loss is derived by
# the variables of the one that it is named after alone. A penalty of the critic's gradient is `jax.grad` of a sum of
# `critic(inputs)` within critic_loss. `batch`, `key` and `progress` are as in `toolkit.network_learner.Loss`.
AdversarialLoss = Callable[[Callable[[Any], Any], Callable[[Any], Any], Mapping[str, Any], Any, Any], Any]
# judge(sample) -> a number, less being better. `sample(inputs)` is what the generator makes of inputs.
Judge = Callable[[Callable[[Any], Any]], float]

# Updates after which the average is one of many: until then it forgets faster, or the first weights would stay in it.
_UPDATES = 10


class AdversarialLearner:
    """Adam on two losses in turn: `critic_steps` of the critic, and one of the generator.

    It is a `toolkit.learning.Learner`. The loss of an epoch is the critic's mean one. What has been learnt is an
    exponential moving average of the generator's weights, which is steadier than the last of them (Y. Yazıcı et al.,
    "The Unusual Effectiveness of Averaging in GAN Training", ICLR 2019). Batch normalisation is at home in the
    generator alone: the critic's running averages stay as they are.

    Args:
        generator: the Keras model that makes items; training ends with the averaged weights in it.
        critic: the Keras model that judges them; it is not needed afterwards.
        generator_loss: see `AdversarialLoss`.
        critic_loss: likewise.
        examples: real ones, a dict of arrays with as many rows. A critic's step takes the next batch of them, the
            generator's step the last of those.
        schedule: epochs, batch, learning rate.
        seed: of order and noise.
        critic_steps: steps of the critic for one of the generator.
        betas: decay rates of Adam's two moments.
        average: share of the average that an update leaves, or less at first; 0 for the last weights.
        halve_every: epochs after which the learning rate is halved, again and again; None to leave it as it is.
        judge: chooses the best epoch; see `Judge`. None to take the last.
    """

    def __init__(
        self,
        generator: Any,
        critic: Any,
        generator_loss: AdversarialLoss,
        critic_loss: AdversarialLoss,
        examples: Arrays,
        schedule: Schedule,
        seed: int,
        *,
        critic_steps: int = 1,
        betas: tuple[float, float] = (0.5, 0.9),
        average: float = 0.999,
        halve_every: int | None = None,
        judge: Judge | None = None,
    ) -> None:
        if not rows_of(examples):
            raise ModelError("there is nothing to learn from, not one example")
        self._examples, self._schedule, self._seed = examples, schedule, seed
        self._critic_steps, self._halve_every, self._judge = critic_steps, halve_every, judge
        self._generator = generator
        self.report: Report = unreported
        optimisers = [adam(model.trainable_variables, clipped=False, betas=betas) for model in (generator, critic)]
        self._state = _first_state((generator, critic), optimisers)
        jax = import_module("jax")
        # Two functions: compiled as one, with several steps of the critic, it would take several times as long, and
        # within a scan convolutions are ten times slower on a CPU.
        self._critic_step = jax.jit(_critic_step(generator, critic, optimisers[1], critic_loss, jax))
        self._generator_step = jax.jit(_generator_step(generator, critic, optimisers[0], generator_loss, average, jax))
        self._made = jax.jit(
            lambda trained, other, inputs: generator.stateless_call(trained, other, inputs, training=False)[0]
        )

    def epoch(self, number: int) -> float:
        """One pass over the examples, in an order that the seed and the epoch decide."""
        rng = np.random.default_rng([self._seed, number])
        noise = rng.integers(2**32, dtype=np.uint32)
        order, size = rng.permutation(rows_of(self._examples)), self._critic_steps * self._schedule.batch
        rounds = np.resize(order, (-(-len(order) // size), self._critic_steps, self._schedule.batch))
        halved = 0 if self._halve_every is None else (number - 1) // self._halve_every
        rate = np.float32(self._schedule.learning_rate * 0.5**halved)
        critic, generator, places = list[Any](), list[Any](), map(np.uint32, count())
        for place, round_ in enumerate(rounds):
            progress = np.float32((number - 1 + place / len(rounds)) / self._schedule.epochs)
            for rows in round_:
                batch = {name: array[rows] for name, array in self._examples.items()}
                critic.append(self._stepped(self._critic_step, batch, noise, next(places), progress, rate))
            if generator:  # steps are queued: only those of the round before are sure to be done, once waited for
                generator[-1].block_until_ready()
                self.report(place / len(rounds))
            generator.append(self._stepped(self._generator_step, batch, noise, next(places), progress, rate))
        loss = float(np.mean([float(value) for value in critic]))
        return loss if np.isfinite([float(value) for value in generator]).all() else float("nan")

    def judged(self) -> float | None:
        """What the judge says of the averaged generator; None without a judge."""
        return None if self._judge is None else float(self._judge(self._sample))

    def state(self) -> dict[str, NDArray[Any]]:
        """Variables of both networks and of their optimisers, and the average."""
        return named(**self._state)

    def restore(self, state: Arrays) -> None:
        """Go on from a state.

        Raises:
            ModelError: it is of other networks.
        """
        self._state = {name: taken(state, name, like) for name, like in self._state.items()}

    def weights(self) -> dict[str, NDArray[Any]]:
        """The generator's averaged weights, and its averages as batch normalisation keeps them."""
        return named(average=self._state["average"], other=self._state["generator_other"])

    def use(self, weights: Arrays) -> None:
        """Put them into the generator."""
        trained, other = self._generator.trainable_variables, self._generator.non_trainable_variables
        for variables, name in ((trained, "average"), (other, "other")):
            for variable, value in zip(variables, taken(weights, name, values(variables)), strict=True):
                variable.assign(value)

    def _stepped(self, step: Callable[..., Any], *given: Any) -> Any:
        after, loss = step(self._state, *given)
        self._state = self._state | after
        return loss

    def _sample(self, inputs: Any) -> NDArray[Any]:
        return np.asarray(self._made(self._state["average"], self._state["generator_other"], inputs))


def _first_state(models: Sequence[Any], optimisers: Sequence[Any]) -> dict[str, list[Any]]:
    """Variables of the generator and the critic; of the average, which begins as the generator; and its updates."""
    state = {"average": values(models[0].trainable_variables), "updates": [np.zeros((), dtype=np.int32)]}
    for name, model, optimiser in zip(("generator", "critic"), models, optimisers, strict=True):
        state[f"{name}_trained"] = values(model.trainable_variables)
        state[f"{name}_other"] = values(model.non_trainable_variables)
        state[f"{name}_moments"] = values(optimiser.variables)
    return state


def _critic_step(generator: Any, critic: Any, optimiser: Any, loss: AdversarialLoss, jax: Any) -> Callable[..., Any]:
    def value(trained: Any, state: Any, batch: Any, key: Any, progress: Any) -> Any:
        judge, after = _critic(critic, trained, state)
        make, _ = caller(generator, state["generator_trained"], state["generator_other"], training=True)
        return loss(judge, make, batch, key, progress), after

    def step(state: Any, batch: Any, noise: Any, place: Any, progress: Any, rate: Any) -> Any:
        key = jax.random.fold_in(jax.random.key(noise), place)
        before, moments = state["critic_trained"], state["critic_moments"]
        (loss, other), gradients = gradient(before, state, batch, key, progress)
        trained, moments = moved(optimiser, before, moments, gradients, rate)
        return {"critic_trained": trained, "critic_other": other, "critic_moments": moments}, loss

    gradient = jax.value_and_grad(value, has_aux=True)
    return step


def _generator_step(
    generator: Any, critic: Any, optimiser: Any, loss: AdversarialLoss, average: float, jax: Any
) -> Callable[..., Any]:
    def value(trained: Any, state: Any, batch: Any, key: Any, progress: Any) -> Any:
        judge, _ = _critic(critic, state["critic_trained"], state)
        make, after = caller(generator, trained, state["generator_other"], training=True)
        return loss(judge, make, batch, key, progress), after

    def step(state: Any, batch: Any, noise: Any, place: Any, progress: Any, rate: Any) -> Any:
        key = jax.random.fold_in(jax.random.key(noise), place)
        before, moments = state["generator_trained"], state["generator_moments"]
        (loss, other), gradients = gradient(before, state, batch, key, progress)
        trained, moments = moved(optimiser, before, moments, gradients, rate)
        updates = state["updates"][0] + 1
        left = jax.numpy.minimum(average, updates / (updates + _UPDATES))
        averaged = [left * old + (1 - left) * new for old, new in zip(state["average"], trained, strict=True)]
        after = {"generator_trained": trained, "generator_other": other, "generator_moments": moments}
        return after | {"average": averaged, "updates": [updates]}, loss

    gradient = jax.value_and_grad(value, has_aux=True)
    return step


def _critic(critic: Any, trained: Any, state: Any) -> tuple[Callable[[Any], Any], list[Any]]:
    # An average from within a derivation by inputs would not exist outside of it.
    return caller(critic, trained, state["critic_other"], training=True, averages=False)
