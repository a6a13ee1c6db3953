"""The plain generative adversarial network on the characters of titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.sequence_buckets import filled
from plugins.generate.title_characters import CharacterTitles
from toolkit.adversarial_learner import AdversarialLearner
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.titles import Titles, TitleWishes

_BATCH = 256
# Epochs after which the learning rate is halved, again and again.
_HALVED = 100
# What the critic is told of real titles, instead of 1: one that is never sure has a gradient to learn from.
_REAL = 0.9
# Titles that there must be to learn from.
_FEWEST = 20
# Titles that are drawn at once: one shape, whatever is asked for.
_ROWS = 256


class TitlesGan(CharacterTitles):
    """Titles: a plain generator against a plain discriminator, both dense, on characters one by one at fixed places.

    The generator makes of `latent` random numbers, genres and decade a distribution of characters at each of `length`
    places, all at once; the discriminator is shown these, and real titles as ones and zeros, and says which are real.
    The learning rate is halved every hundred epochs. A title is drawn place by place, up to the first end.

    It is the baseline of its kind, and poor: characters are drawn without regard to each other, distributions are
    easily told from ones and zeros, and there is no likelihood to compare it by. Words come out misspelt. Longer titles
    than `length`, and those with rare characters, are not learnt from.

    Sources: I. Goodfellow et al., "Generative Adversarial Nets", NIPS 2014; on genres and decade: M. Mirza and
    S. Osindero, "Conditional Generative Adversarial Nets", 2014; labels of .9: T. Salimans et al., "Improved
    Techniques for Training GANs", NIPS 2016.
    """

    name: ClassVar[str] = "titles-gan"
    trained: ClassVar[bool] = True

    units: int = setting(128, "Units of each hidden layer", ge=2, le=4096)
    latent: int = setting(64, "Random numbers that a title is made of", ge=1, le=1024)
    length: int = setting(24, "Characters of a title at most", ge=2, le=200)
    epochs: int = setting(120, "Passes over the titles", ge=1, le=10_000)
    learning_rate: float = setting(5e-4, "Learning rate of Adam, at the start", gt=0, le=1)

    def fit(self, corpus: Titles, held_out: Titles, training: Training) -> None:
        """Learn from titles. Raises ModelError where there are too few, or all are too long."""
        del held_out
        self._look_at(corpus)
        examples = self._examples(corpus)
        if len(examples["tokens"]) < _FEWEST:
            raise ModelError(
                f"{self.name} needs {_FEWEST} titles of at most {self.length} characters to learn from, and has "
                f"{len(examples['tokens'])}; load more, or raise --length"
            )
        config = {
            "size": self._characters.size, "conditions": examples["conditions"].shape[1], "length": self.length,
            "units": self.units, "latent": self.latent,
        }  # fmt: skip
        self._network = built(build_generator, config, training.seed)
        critic = built(build_critic, config, training.seed)
        schedule = Schedule(self.epochs, batch=_BATCH, learning_rate=self.learning_rate, patience=self.epochs)
        learner = AdversarialLearner(
            self._network, critic, self._generator_loss, self._critic_loss, examples, schedule, training.seed,
            halve_every=_HALVED,
        )  # fmt: skip
        training.run(learner, schedule)

    def sample(self, n: int, wishes: TitleWishes, seed: int) -> Sequence[str]:
        """Draw titles; genres and decade that are not wished for are those of random titles that are as wished."""
        rng = np.random.default_rng(seed)
        conditions = self._drawn_conditions(wishes, n, rng)
        noise, texts = rng.standard_normal((n, self.latent), dtype=np.float32), list[str]()
        for start in range(0, n, _ROWS):
            some = [filled(part[start : start + _ROWS], _ROWS) for part in (noise, conditions)]
            logits = np.array(self._network(some), dtype=np.float64)
            logits[..., self._characters.rare] = -np.inf
            drawn = (logits + wishes.temperature * rng.gumbel(size=logits.shape)).argmax(axis=2)
            texts += self._characters.decode(drawn)
        return texts[:n]

    def _examples(self, corpus: Titles) -> dict[str, Any]:
        """Tokens (n, length) of titles that are short enough and have no rare character, and their conditions."""
        characters, places = self._characters, self.length + 1
        found = self._bucketed(corpus, [places]).buckets
        short = next((part for part in found if part["tokens"].shape[1] == places), None)
        if short is None:
            return {"tokens": np.empty((0, self.length)), "conditions": np.empty((0, 0))}
        # The longest titles fill all places, so that their end needs none.
        tokens = short["tokens"][:, : self.length]
        common = (tokens != characters.rare).all(axis=1)
        filled = np.where(tokens < 0, characters.end, tokens)
        return {"tokens": filled[common], "conditions": short["conditions"][common]}

    def _made(self, generator: Any, batch: Mapping[str, Any], key: Any) -> Any:
        """(n, length, size) distributions of as many titles as there are real ones, under their conditions."""
        jax = import_module("jax")
        noise = jax.random.normal(key, (len(batch["tokens"]), self.latent))
        return jax.nn.softmax(generator([noise, batch["conditions"]]))

    def _critic_loss(self, critic: Any, generator: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """Cross-entropy of real ones, which are told as nearly real, and of those that are made."""
        del progress
        jax = import_module("jax")
        real = jax.nn.one_hot(batch["tokens"], self._characters.size)
        of_real = critic([real, batch["conditions"]])
        of_made = critic([self._made(generator, batch, key), batch["conditions"]])
        softplus = jax.nn.softplus
        return (_REAL * softplus(-of_real) + (1 - _REAL) * softplus(of_real) + softplus(of_made)).mean()

    def _generator_loss(self, critic: Any, generator: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """Cross-entropy of those that are made, were they real."""
        del progress
        judged = critic([self._made(generator, batch, key), batch["conditions"]])
        return import_module("jax").nn.softplus(-judged).mean()


def build_generator(config: Mapping[str, Any]) -> Any:
    """The Keras model from (n, latent) noise and (n, conditions) to (n, length, size) logits.

    Args:
        config: `size`, how many tokens there are; `conditions`, `length`, `units`, `latent`.
    """
    keras = load_keras()
    layers = keras.layers
    noise, conditions = keras.Input((config["latent"],)), keras.Input((config["conditions"],))
    x = layers.Concatenate()([noise, conditions])
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(layers.Dense(config["units"])(x)))
    logits = layers.Dense(config["length"] * config["size"])(x)
    return keras.Model([noise, conditions], layers.Reshape((config["length"], config["size"]))(logits))


def build_critic(config: Mapping[str, Any]) -> Any:
    """The Keras model from (n, length, size) distributions and (n, conditions) to (n, 1) logits of being real."""
    keras = load_keras()
    layers = keras.layers
    titles, conditions = keras.Input((config["length"], config["size"])), keras.Input((config["conditions"],))
    x = layers.Concatenate()([layers.Flatten()(titles), conditions])
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(config["units"])(x))
    return keras.Model([titles, conditions], layers.Dense(1)(x))
