"""A Keras network that learns by a loss of the author's own, such as that of a language model or an autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.learning import Report, unreported
from toolkit.network_steps import adam, batches, caller, cosine, moved, named, rows_of, taken, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.network_steps import Batch
    from toolkit.training import Schedule

    Buckets = Sequence[Batch]

# loss(call, batch, key, progress) -> (batch,) loss of each example, in JAX. `call(inputs)` is what the network makes of
# inputs; `batch` the arrays of some examples; `key` a JAX key for noise; `progress` how far training is, from 0 to 1.
Loss = Callable[[Callable[[Any], Any], Mapping[str, Any], Any, Any], Any]


class CompiledSteps:
    """A step of Adam and the losses of examples, compiled on first use; they hold no weights.

    Args:
        model: the Keras model; another one of the same layers may learn by what was compiled for it.
        loss: see `Loss`.
        decay: share of each weight that is taken off a step, times the learning rate (AdamW).
    """

    def __init__(self, model: Any, loss: Loss, decay: float = 0.0) -> None:
        optimiser = adam(model.trainable_variables)
        self.moments, jax = values(optimiser.variables), import_module("jax")
        self.step = jax.jit(_step(model, optimiser, loss, jax, decay))
        self.losses = jax.jit(_losses(model, loss))


class NetworkLearner:
    """Adam on the mean loss of examples, in batches of one size; see `toolkit.learning.Learner`.

    Adam is that of D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; gradients longer
    than 1 are cut to that.

    Args:
        model: the Keras model; training ends with the best weights in it.
        loss: see `Loss`; or steps that were compiled before.
        examples: buckets of examples, each a dict of arrays with as many rows. Each bucket's shape is compiled once.
        held_out: such buckets of other examples; empty where none are.
        schedule: batch, learning rate (falls to 0 along half a cosine over the epochs).
        seed: of order and noise.
        decay: share of each weight that is taken off a step, times the learning rate (AdamW: I. Loshchilov and
            F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).

    Raises:
        ModelError: there is not one example.
    """

    def __init__(
        self,
        model: Any,
        loss: Loss | CompiledSteps,
        examples: Buckets,
        held_out: Buckets,
        schedule: Schedule,
        seed: int,
        decay: float = 0.0,
    ) -> None:
        if not sum(rows_of(bucket) for bucket in examples):
            raise ModelError("there is nothing to learn from, not one example")
        self._compiled = loss if isinstance(loss, CompiledSteps) else CompiledSteps(model, loss, decay)
        self._model, self._examples, self._held_out = model, examples, held_out
        self._schedule, self._seed, self._jax = schedule, seed, import_module("jax")
        self._trained, self._other = values(model.trainable_variables), values(model.non_trainable_variables)
        self._moments = self._compiled.moments
        self.report: Report = unreported

    def epoch(self, number: int) -> float:
        """One pass in batches, in an order that the seed and the epoch decide."""
        noise = np.random.default_rng([self._seed, number]).integers(2**32, dtype=np.uint32)
        rate = np.float32(self._schedule.learning_rate * cosine(number, self._schedule.epochs))
        order, losses = self.order(number), list[Any]()
        for place, (bucket, rows) in enumerate(order):
            batch = {name: array[rows] for name, array in bucket.items()}
            progress = np.float32((number - 1 + place / len(order)) / self._schedule.epochs)
            self._trained, self._other, self._moments, loss = self._compiled.step(
                self._trained, self._other, self._moments, batch, noise, np.uint32(place), progress, rate
            )
            if losses:  # steps are queued: only that before this one is sure to be done, once it is waited for
                losses[-1].block_until_ready()
                self.report(place / len(order))
            losses.append(loss)
        return float(np.mean([float(loss) for loss in losses]))

    def order(self, number: int) -> list[tuple[Batch, NDArray[np.int64]]]:
        """An epoch's batches: a bucket and (batch,) rows of it, the last filled up from the beginning of the order."""
        rng, size, order = np.random.default_rng([self._seed, number, 1]), self._schedule.batch, []
        for bucket in self._examples:
            n = rows_of(bucket)
            order += [(bucket, rows) for rows in np.resize(rng.permutation(n), (-(-n // size), size))]
        return [order[place] for place in rng.permutation(len(order)).tolist()]

    def judged(self) -> float | None:
        """Mean loss of the held-out examples, without dropout; noise is the same each time."""
        losses = self.losses(self._held_out)
        return float(losses.mean(dtype=np.float64)) if losses.size else None

    def losses(self, buckets: Buckets, seed: int = 0) -> NDArray[np.float32]:
        """Loss of each example of some buckets, one bucket after another; noise is drawn with the seed."""
        key, parts = self._jax.random.key(seed), [np.empty(0, dtype=np.float32)]
        for bucket in buckets:
            for batch, real in batches(bucket, self._schedule.batch):
                losses = self._compiled.losses(self._trained, self._other, batch, key, np.float32(1))
                parts.append(np.asarray(losses)[:real])
        return np.concatenate(parts)

    def state(self) -> dict[str, NDArray[Any]]:
        """Weights, other variables, moments."""
        return named(trained=self._trained, other=self._other, moments=self._moments)

    def restore(self, state: Batch) -> None:
        """Go on from a state.

        Raises:
            ModelError: it is of another network.
        """
        self._trained, self._other = taken(state, "trained", self._trained), taken(state, "other", self._other)
        self._moments = taken(state, "moments", self._moments)

    def weights(self) -> dict[str, NDArray[Any]]:
        """Trained variables, and averages as batch normalisation keeps them."""
        return named(trained=self._trained, other=self._other)

    def use(self, weights: Batch) -> None:
        """Put them into the model, and into this learner."""
        self._trained, self._other = taken(weights, "trained", self._trained), taken(weights, "other", self._other)
        for variables, kept in (
            (self._model.trainable_variables, self._trained),
            (self._model.non_trainable_variables, self._other),
        ):
            for variable, value in zip(variables, kept, strict=True):
                variable.assign(value)


def _step(model: Any, optimiser: Any, loss: Loss, jax: Any, decay: float) -> Callable[..., Any]:
    def mean_loss(trained: Any, other: Any, batch: Any, key: Any, progress: Any) -> Any:
        call, after = caller(model, trained, other, training=True)
        return loss(call, batch, key, progress).mean(), after

    def step(
        trained: Any, other: Any, moments: Any, batch: Any, noise: Any, place: Any, progress: Any, rate: Any
    ) -> Any:
        key = jax.random.fold_in(jax.random.key(noise), place)
        (value, after), gradients = gradient(trained, other, batch, key, progress)
        trained, moments = moved(optimiser, trained, moments, gradients, rate, decay)
        return trained, after, moments, value

    gradient = jax.value_and_grad(mean_loss, has_aux=True)
    return step


def _losses(model: Any, loss: Loss) -> Callable[..., Any]:
    def losses(trained: Any, other: Any, batch: Any, key: Any, progress: Any) -> Any:
        call, _ = caller(model, trained, other, training=False)
        return loss(call, batch, key, progress)

    return losses
