"""A generator against a critic with a gradient penalty, on images with transparency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.image_network import as_images, called, circles, oriented, places
from toolkit.adversarial_learner import AdversarialLearner
from toolkit.errors import ModelError
from toolkit.generator import EffectsGenerator
from toolkit.model import setting
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.effects import EffectsWishes, Images

# Weight of the gradient's penalty, steps of the critic for one of the generator, decay rates of Adam's moments, and
# share of the average of the generator's weights that a step leaves.
_PENALTY, _STEPS, _BETAS, _AVERAGE = 10.0, 2, (0.0, 0.9), 0.995

# call(inputs) -> what a network makes of them.
Call = Callable[[Any], Any]


class EffectsWganGp(EffectsGenerator):
    """Effects: a generator against a critic with a gradient penalty.

    The generator turns noise and the place in a sequence into premultiplied pixels; the critic scores images, and the
    difference of its mean scores of real and made ones is an estimate of the Wasserstein distance between them, as
    long as its gradient has a length of about 1, which a penalty sees to (I. Gulrajani et al., "Improved Training of
    Wasserstein GANs", NeurIPS 2017). Images are learnt in eight orientations, mirrored and turned. The weights are an
    average over the last steps. A loop is a closed path of noise, through the places of a sequence there and back.
    """

    name: ClassVar[str] = "effects-wgan-gp"
    trained: ClassVar[bool] = True

    units: int = setting(32, "Channels of the last convolution; those before it have more", ge=4, le=512)
    latent: int = setting(64, "Numbers of noise that an image is made of", ge=1, le=512)
    epochs: int = setting(40, "Passes over the images", ge=1, le=10_000)
    learning_rate: float = setting(5e-4, "Learning rate of Adam", gt=0, le=1)

    _network: Any
    _opaque: bool
    _frames: list[float]

    def fit(self, corpus: Images, held_out: Images, training: Training) -> None:
        """Learn from images. Raises ModelError where there are none."""
        if not len(corpus):
            raise ModelError(f"{self.name} has no images to learn from")
        config = {"size": corpus.pixels.shape[1], "units": self.units, "latent": self.latent}
        self._opaque, self._frames = bool((corpus.pixels[..., 3] == 1).all()), corpus.frames.tolist()
        self._network = built(build_generator, config, training.seed)
        critic = built(build_critic, config, training.seed + 1)
        schedule = Schedule(
            self.epochs, batch=min(64, len(corpus)), learning_rate=self.learning_rate, patience=self.epochs
        )
        generator_loss, critic_loss = self._losses_of_both()
        learner = AdversarialLearner(
            self._network, critic, generator_loss, critic_loss, oriented(corpus), schedule, training.seed,
            critic_steps=_STEPS, betas=_BETAS, average=_AVERAGE,
        )  # fmt: skip
        training.run(learner, schedule)

    def sample(self, n: int, wishes: EffectsWishes, seed: int) -> Images:
        """Draw images, or loops."""
        rng = np.random.default_rng(seed)
        noise = wishes.temperature * circles(rng, n, wishes.frames, self.latent)
        frames = places(rng, n, wishes.frames, self._frames)
        return as_images(called(self._network, noise, frames)[0], frames, n, self._opaque)

    def _losses_of_both(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        jax = import_module("jax")

        def made(generator: Call, batch: Mapping[str, Any], key: Any) -> Any:
            return generator([jax.random.normal(key, (len(batch["frame"]), self.latent)), batch["frame"]])

        def generator_loss(critic: Call, generator: Call, batch: Mapping[str, Any], key: Any, _: Any) -> Any:
            return -critic([made(generator, batch, key), batch["frame"]]).mean()

        def critic_loss(critic: Call, generator: Call, batch: Mapping[str, Any], key: Any, _: Any) -> Any:
            noise, mixing = jax.random.split(key)
            real, frame = batch["pixels"], batch["frame"]
            false = jax.lax.stop_gradient(made(generator, batch, noise))
            between = false + jax.random.uniform(mixing, (len(real), 1, 1, 1)) * (real - false)
            slopes = jax.grad(lambda pixels: critic([pixels, frame]).sum())(between)
            lengths = jax.numpy.sqrt((slopes**2).sum(axis=(1, 2, 3)) + 1e-12)
            penalty = ((lengths - 1) ** 2).mean()
            return critic([false, frame]).mean() - critic([real, frame]).mean() + _PENALTY * penalty

        return generator_loss, critic_loss


def build_generator(config: Mapping[str, Any]) -> Any:
    """Noise and frame in, pixels out, which may be a little below 0 or above 1.

    Each convolution is before its step of enlarging by two, not after it, which costs a quarter. Nothing bounds the
    pixels: most of a sprite is transparent, and a sigmoid that has learnt to make nothing has no slope to leave by.
    """
    keras = load_keras()
    layers, units, side = keras.layers, config["units"], config["size"] // 8
    code, frame = keras.Input((config["latent"],)), keras.Input((1,))
    hidden = layers.Dense(side * side * 4 * units)(layers.Concatenate()([code, frame]))
    hidden = layers.LeakyReLU(0.2)(layers.Reshape((side, side, 4 * units))(hidden))
    for channels in (4 * units, 2 * units, units):
        hidden = layers.LeakyReLU(0.2)(layers.Conv2D(channels, 3, padding="same")(hidden))
        hidden = layers.UpSampling2D(interpolation="bilinear")(hidden)
    return keras.Model([code, frame], layers.Conv2D(4, 3, padding="same")(hidden))


def build_critic(config: Mapping[str, Any]) -> Any:
    """Pixels and frame in, (n, 1) scores out; without normalisation across examples, as the penalty is of each.

    Its layers are convolutions of 2 x 2 pixels in steps of 2, as products of matrices: of real convolutions the second
    derivatives that the penalty needs take five times as long.
    """
    keras = load_keras()
    layers, units, size = keras.layers, config["units"], config["size"]
    pixels, frame = keras.Input((size, size, 4)), keras.Input((1,))
    hidden, side, channels = pixels, size, 4
    for more in (2 * units, 4 * units, 8 * units):
        side //= 2
        hidden = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((side, 2, side, 2, channels))(hidden))
        hidden = layers.Dense(more)(layers.Reshape((side, side, 4 * channels))(hidden))
        hidden, channels = layers.LeakyReLU(0.2)(hidden), more
    hidden = layers.Concatenate()([layers.Flatten()(hidden), frame])
    hidden = layers.LeakyReLU(0.2)(layers.Dense(4 * units)(hidden))
    return keras.Model([pixels, frame], layers.Dense(1)(hidden))
