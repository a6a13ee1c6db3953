"""A variational autoencoder on images with transparency, with a prior that is learnt afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.image_network import as_images, build_decoder, called, circles, oriented, places
from plugins.generate.latent_codes import learnt_mixture, log_density
from plugins.generate.network_batches import in_batches
from toolkit.errors import ModelError
from toolkit.generator import EffectsGenerator
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.effects import EffectsWishes, Images
    from toolkit.metrics import Float64

# Share of training until the Kullback-Leibler divergence counts in full; epochs without a better loss; codes that the
# bound is averaged over; normal distributions of the prior at most, and codes that there are at least to each.
_WARM, _PATIENCE, _DRAWS, _PARTS, _TO_EACH = 0.2, 8, 4, 40, 40
_LEVELS = 255
_BATCH = 64


class EffectsVae(EffectsGenerator):
    """Effects: a variational autoencoder on images with transparency.

    An encoder turns premultiplied pixels and the place in a sequence into a normal distribution of a code, a decoder
    turns codes back (D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014). Each of the 256
    levels of a value has the likelihood that a logistic distribution gives it (T. Salimans et al., "PixelCNN++", ICLR
    2017), of one width for each channel, which is learnt (O. Rybkin et al., "Simple and Effective VAE Training with
    Calibrated Decoders", ICML 2021). Images are learnt in eight orientations, mirrored and turned.

    Codes of real images do not lie as the normal prior of training has it. So a mixture of normal distributions is
    fitted to them afterwards, and new codes are drawn from it (P. Ghosh et al., "From Variational to Deterministic
    Autoencoders", ICLR 2020); the loss of an image is a bound of its likelihood under that prior. A loop is a closed
    path of noise around one code, through the places of a sequence there and back.
    """

    name: ClassVar[str] = "effects-vae"
    trained: ClassVar[bool] = True

    units: int = setting(64, "Channels of the convolutions", ge=4, le=512)
    latent: int = setting(64, "Numbers that an image is coded by", ge=1, le=512)
    epochs: int = setting(30, "The most passes over the images", ge=1, le=10_000)
    learning_rate: float = setting(1.5e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _network: Any
    _opaque: bool
    _frames: list[float]
    _weights: Float64
    _means: Float64
    _spreads: Float64

    def fit(self, corpus: Images, held_out: Images, training: Training) -> None:
        """Learn from images. Raises ModelError where there are none."""
        if not len(corpus):
            raise ModelError(f"{self.name} has no images to learn from")
        config = {"size": corpus.pixels.shape[1], "units": self.units, "latent": self.latent}
        self._opaque, self._frames = bool((corpus.pixels[..., 3] == 1).all()), corpus.frames.tolist()
        self._network = built(build, config, training.seed)
        examples = oriented(corpus)
        held = [_batch(held_out)] if len(held_out) else []
        schedule = Schedule(
            self.epochs, batch=min(_BATCH, len(corpus)), learning_rate=self.learning_rate, patience=_PATIENCE
        )
        learner = NetworkLearner(self._network, self._loss(), [examples], held, schedule, training.seed)
        training.run(learner, schedule)
        self._learn_prior(examples, training.seed)

    def sample(self, n: int, wishes: EffectsWishes, seed: int) -> Images:
        """Draw images, or loops: the mean of what the decoder makes of each code."""
        rng = np.random.default_rng(seed)
        parts = np.repeat(rng.choice(len(self._weights), p=self._weights, size=n), wishes.frames)
        noise = wishes.temperature * circles(rng, n, wishes.frames, self.latent)
        codes = self._means[parts] + self._spreads[parts] * noise
        frames = places(rng, n, wishes.frames, self._frames)
        pixels = called(self._network.get_layer("decoder"), codes, frames)[0]
        return as_images(pixels, frames, n, self._opaque)

    def losses(self, corpus: Images) -> Float64:
        """(n,) upper bound of -ln of the likelihood of 256 levels: the mean over a few codes of each image."""
        batch = _batch(corpus)
        mean, logs = (part.astype(np.float64) for part in self._encoded(batch))
        widths = called(self._network.get_layer("widths"), batch["frame"])[0]
        rng, total = np.random.default_rng(0), np.zeros(len(corpus))
        for _ in range(_DRAWS):
            noise = rng.normal(size=mean.shape)
            codes = mean + np.exp(logs / 2) * noise
            posterior = -0.5 * (noise**2 + logs + np.log(2 * np.pi)).sum(axis=1)
            pixels = called(self._network.get_layer("decoder"), codes, batch["frame"])[0]
            (nats,) = in_batches(lambda some: _compiled_nats()(*some), _BATCH, batch["pixels"], pixels, widths)
            total += posterior - log_density(codes, self._weights, self._means, self._spreads) + nats
        losses: Float64 = total / _DRAWS
        return losses

    def _loss(self) -> Callable[..., Any]:
        jax = import_module("jax")

        def loss(call: Callable[[Any], Any], batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
            noise = jax.random.normal(key, (len(batch["frame"]), self.latent))
            mean, logs, pixels, widths = call([batch["pixels"], batch["frame"], noise])
            divergence = 0.5 * (mean**2 + jax.numpy.exp(logs) - logs - 1).sum(axis=1)
            nats = _nats(batch["pixels"], pixels, widths) + jax.numpy.minimum(progress / _WARM, 1) * divergence
            # Nats for each value, so that the largest gradient is the same of each size.
            return nats / np.prod(batch["pixels"].shape[1:])

        return loss

    def _encoded(self, batch: Mapping[str, Any]) -> list[Any]:
        return called(self._network.get_layer("encoder"), batch["pixels"], batch["frame"])

    def _learn_prior(self, examples: Mapping[str, Any], seed: int) -> None:
        """Fit the mixture to codes of images that were learnt from, in all orientations."""
        mean, logs = (part.astype(np.float64) for part in self._encoded(examples))
        codes = mean + np.exp(logs / 2) * np.random.default_rng(seed).normal(size=mean.shape)
        parts = int(np.clip(len(codes) // _TO_EACH, 1, _PARTS))
        self._weights, self._means, variances = learnt_mixture(codes, parts, "diag", seed)
        self._spreads = np.sqrt(variances)


def build(config: Mapping[str, Any]) -> Any:
    """Pixels, frame and noise in; mean and log-variance of codes, pixels and logarithms of widths out."""
    keras = load_keras()
    layers, units, size = keras.layers, config["units"], config["size"]
    pixels, frame, noise = keras.Input((size, size, 4)), keras.Input((1,)), keras.Input((config["latent"],))
    hidden = pixels
    for channels in (units // 2, units, 2 * units):
        hidden = layers.Conv2D(channels, 4, strides=2, padding="same", activation="gelu")(hidden)
    hidden = layers.Concatenate()([layers.Flatten()(hidden), frame])
    hidden = layers.Dense(4 * units, activation="gelu")(hidden)
    coded = [layers.Dense(config["latent"])(hidden), layers.Dense(config["latent"], kernel_initializer="zeros")(hidden)]
    encoder = keras.Model([pixels, frame], coded, name="encoder")
    mean, logs = encoder([pixels, frame])
    code = layers.Add()([mean, layers.Multiply()([keras.ops.exp(logs / 2), noise])])
    first = keras.initializers.Constant(-3.0)
    widths = keras.Model(
        [frame], layers.Dense(4, kernel_initializer="zeros", bias_initializer=first)(frame), name="widths"
    )
    return keras.Model([pixels, frame, noise], [mean, logs, build_decoder(config)([code, frame]), widths(frame)])


def _batch(images: Images) -> dict[str, Any]:
    return {"pixels": images.pixels, "frame": images.frames[:, None].astype(np.float32)}


@lru_cache(maxsize=1)
def _compiled_nats() -> Callable[..., Any]:
    made: Callable[..., Any] = import_module("jax").jit(_nats)
    return made


def _nats(pixels: Any, means: Any, widths: Any) -> Any:
    """(n,) -ln of the likelihood of 256 levels: logistic distributions, their tails added to the outermost levels."""
    jax = import_module("jax")
    numpy = jax.numpy
    level = numpy.round(pixels * _LEVELS)
    scale = numpy.exp(-numpy.clip(widths, -7, 3))[:, None, None, :]
    upper, lower = (((level + half) / _LEVELS - means) * scale for half in (0.5, -0.5))
    # ln(σ(u) - σ(l)) = ln σ(u) + ln σ(-l) + ln(1 - e^(l - u)), which keeps its digits in the tails.
    inside = jax.nn.log_sigmoid(upper) + jax.nn.log_sigmoid(-lower) + numpy.log(-numpy.expm1(lower - upper))
    likely = numpy.where(
        level == 0, jax.nn.log_sigmoid(upper), numpy.where(level == _LEVELS, jax.nn.log_sigmoid(-lower), inside)
    )
    return -likely.sum(axis=(1, 2, 3))
