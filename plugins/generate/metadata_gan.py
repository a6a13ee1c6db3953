"""A generator against a critic on rows of metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.binned_rows import BinnedRows
from plugins.generate.row_decoder import called, shape, with_labels
from toolkit.adversarial_learner import AdversarialLearner
from toolkit.generator import MetadataGenerator
from toolkit.model import setting
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.learning import Training
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.sentiment import BoolArray

# Weight of the gradient's penalty, steps of the critic for one of the generator, and rows that it judges together.
_PENALTY, _STEPS, _TOGETHER = 10.0, 2, 4
# Temperature of the relaxed draws; what the critic sees is drawn, the gradient alone is that of the relaxed ones.
_RELAXED = 0.66
# Mean of the weights of about as many generator's steps.
_AVERAGE = 0.998
_BATCH = 512

# call(inputs) -> what a network makes of them.
Call = Callable[[Any], Any]


class MetadataGan(MetadataGenerator):
    """Metadata: a generator against a critic on rows of titles.

    The generator turns noise into scores of each genre and of the bins of each number, out of which values are drawn;
    the critic tells such rows from real ones, four at a time, so that rows that are all alike give themselves away
    (Z. Lin et al., "PacGAN", NeurIPS 2018, as L. Xu et al. have it for tables in CTGAN, NeurIPS 2019). The loss is
    that of Wasserstein with a penalty of the critic's gradient (I. Gulrajani et al., "Improved Training of Wasserstein
    GANs", NeurIPS 2017). Draws are made with Gumbel noise, and the gradient goes through them as if they were relaxed
    (E. Jang et al., "Categorical Reparameterization with Gumbel-Softmax", ICLR 2017).

    For rows of given genres it draws until some have them all. It has no likelihood.
    """

    name: ClassVar[str] = "metadata-gan"
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of the hidden layers", ge=2, le=4096)
    latent: int = setting(64, "Numbers of noise that a row is made of", ge=1, le=1024)
    bins: int = setting(32, "Bins of each number", ge=2, le=512)
    epochs: int = setting(150, "Passes over the rows", ge=1, le=100_000)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start; halved three times", gt=0, le=1)

    _binned: dict[str, Any]
    _network: Any

    def fit(self, corpus: Rows, held_out: Rows, training: Training) -> None:
        """Learn from rows. Raises ModelError where there is too little to learn from."""
        self._binned = BinnedRows.learn(corpus, self.bins)
        rows = BinnedRows(self._binned)
        config = shape(rows, self.units, self.latent)
        self._network = built(build_generator, config, training.seed)
        critic = built(build_critic, config, training.seed + 1)
        batch = max(min(_BATCH, len(corpus)) // _TOGETHER, 1) * _TOGETHER
        schedule = Schedule(self.epochs, batch=batch, learning_rate=self.learning_rate)
        learner = AdversarialLearner(
            self._network, critic, *self._losses(rows), rows.batch(corpus), schedule, training.seed,
            critic_steps=_STEPS, average=_AVERAGE, halve_every=-(-self.epochs // 4),
        )  # fmt: skip
        training.run(learner, schedule)

    def sample(self, n: int, wishes: MetadataWishes, seed: int) -> Rows:
        """Rows, of the genres that are wanted. Raises ModelError where they hardly ever come out."""
        rng, rows = np.random.default_rng(seed), BinnedRows(self._binned)

        def draw(size: int) -> tuple[BoolArray, FloatArray]:
            odds, columns = called(self._network, rng.normal(size=(size, self.latent)).astype(np.float32))
            return rows.drawn_labels(odds, rng, wishes.temperature), columns

        labels, columns = with_labels(n, wishes.labels, rows.label_names, draw)
        parts = rows.split(columns)
        return rows.drawn(lambda place, _: parts[place], labels, rng, wishes.temperature)

    def _losses(self, rows: BinnedRows) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Losses of the generator and of the critic."""
        jax = import_module("jax")
        numpy = jax.numpy

        def made(generator: Call, n: int, key: Any) -> Any:
            noise, own, others = jax.random.split(key, 3)
            odds, scores = generator(jax.random.normal(noise, (n, self.latent)))
            relaxed = jax.nn.sigmoid((odds + jax.random.logistic(own, odds.shape)) / _RELAXED)
            drawn, end = [through(relaxed > 0.5, relaxed)], 0
            scores = scores + jax.random.gumbel(others, scores.shape)
            for size in rows.sizes or [1]:
                relaxed = jax.nn.softmax(scores[:, end : (end := end + size)] / _RELAXED, axis=1)
                drawn.append(through(jax.nn.one_hot(relaxed.argmax(axis=1), size), relaxed))
            return together(numpy.concatenate(drawn, axis=1))

        def through(drawn: Any, relaxed: Any) -> Any:
            return relaxed + jax.lax.stop_gradient(drawn - relaxed)

        def together(given: Any) -> Any:
            return given.reshape(len(given) // _TOGETHER, -1)

        def critic_loss(critic: Call, generator: Call, batch: Mapping[str, Any], key: Any, _: Any) -> Any:
            own, mixing = jax.random.split(key)
            real = together(numpy.concatenate([batch["labels"], batch["columns"]], axis=1))
            fake = jax.lax.stop_gradient(made(generator, len(batch["labels"]), own))
            share = jax.random.uniform(mixing, (len(real), 1))
            slope = jax.grad(lambda given: critic(given).sum())(share * real + (1 - share) * fake)
            steep = numpy.sqrt((slope**2).sum(axis=1) + 1e-12)
            return (critic(fake) - critic(real)).mean() + _PENALTY * ((steep - 1) ** 2).mean()

        def generator_loss(critic: Call, generator: Call, batch: Mapping[str, Any], key: Any, _: Any) -> Any:
            return -critic(made(generator, len(batch["labels"]), key)).mean()

        return generator_loss, critic_loss


def build_generator(config: Mapping[str, Any]) -> Any:
    """Noise in; scores of labels and of columns out."""
    keras = load_keras()
    layers = keras.layers
    hidden = noise = keras.Input((config["latent"],))
    for _ in range(2):
        hidden = layers.Concatenate()([layers.Dense(config["units"], activation="gelu")(hidden), hidden])
    return keras.Model(noise, [layers.Dense(config["labels"])(hidden), layers.Dense(sum(config["sizes"]))(hidden)])


def build_critic(config: Mapping[str, Any]) -> Any:
    """Rows side by side in; how real they are out."""
    keras = load_keras()
    layers = keras.layers
    given = keras.Input((_TOGETHER * (config["labels"] + sum(config["sizes"])),))
    hidden = given
    for _ in range(2):
        hidden = layers.Dense(config["units"], activation="leaky_relu")(hidden)
    return keras.Model(given, layers.Dense(1)(hidden))
