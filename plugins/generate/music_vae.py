"""A variational autoencoder on the bars of music."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate import chord_network
from plugins.generate.character_network import gru_step, layer_values
from plugins.generate.chord_music import ChordMusic
from plugins.generate.latent_codes import arc
from plugins.generate.music_chords import BEYOND, INPUTS, chord_losses, moved, previous, tokens_of
from plugins.generate.sequence_buckets import filled
from toolkit.model import setting
from toolkit.training import load_keras

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.learning import Training
    from toolkit.materials.music import MusicWishes, Pieces
    from toolkit.metrics import Float64

# Pieces whose codes are drawn at once: one shape, whatever is asked for.
_ROWS = 32
# Share of training over which the divergence comes to count in full.
_ANNEALED = 0.3
# Temperature of chords between two pieces, times that asked for: what differs is to be the code.
_SAFER = 0.5


class MusicVae(ChordMusic):
    """Music: a variational autoencoder on bars. It can go from one piece to another, and vary one.

    A network reads a bar, and says of a code of `latent` numbers what mean and variance it has; a recurrent one (gated
    recurrent units) writes the bar's chords, voice after voice, out of a code that is drawn by them and the chord
    before the bar. A third one says what mean and variance the code of a bar has, given those of all bars before: the
    prior, which is learnt with the others. The divergence of the two counts little at first, and in full after three
    tenths of the training; up to `free-nats` of it a bar cost nothing while learning.

    Pieces are drawn by going through the prior, bar after bar. Between two pieces, the codes of all bars go along an
    arc from those of the one to those of the other; a variation has codes that were drawn again around those of its
    piece. Both are as long as the shorter piece, if that is shorter than asked for.

    Sources: D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014; codes of bars: A. Roberts et
    al., "A Hierarchical Latent Vector Model for Learning Long-Term Structure in Music", ICML 2018; the prior over time:
    J. Chung et al., "A Recurrent Latent Variable Model for Sequential Data", NIPS 2015; the arc: T. White, "Sampling
    Generative Networks", 2016.
    """

    name: ClassVar[str] = "music-vae"
    interpolates: ClassVar[bool] = True
    draws: ClassVar[int] = 4

    latent: int = setting(32, "Numbers in the code of a bar", ge=1, le=512)
    free_nats: float = setting(4.0, "Divergence of a bar's code, in nats, that costs nothing", ge=0, le=100)

    def fit(self, corpus: Pieces, held_out: Pieces, training: Training) -> None:
        """Learn from pieces. Raises ModelError where there are too few."""
        # The bound is too loose to stop by until the divergence counts.
        waits = int(np.ceil(_ANNEALED * self.epochs))
        self._learn(build, corpus, held_out, training, given=self.latent, waits=waits)

    def sample(self, n: int, wishes: MusicWishes, seed: int) -> Pieces:
        """Draw pieces, as long as wished for; or pieces between two, from the first to the second; or variations."""
        rng = np.random.default_rng(seed)
        if wishes.between is not None:
            ends = [self._coded(wishes.between.select(np.array([place])), wishes.bars)[0] for place in (0, 1)]
            bars, shares = min(map(len, ends)), np.arange(1, n + 1) / (n + 1)
            first, second = (codes[:bars].ravel() for codes in ends)
            codes = arc(first, second, shares).reshape(n, bars, self.latent)
            names = [f"{100 * share:.0f} % of the way" for share in shares]
            return self._written(codes, names, _SAFER * wishes.temperature, rng)
        if wishes.vary is not None:
            mean, deviation = self._coded(wishes.vary, wishes.bars)
            codes = mean + wishes.temperature * deviation * rng.normal(size=(n, *mean.shape))
            names = [f"variation {number}" for number in range(1, n + 1)]
            return self._written(codes, names, _SAFER * wishes.temperature, rng)
        noise = wishes.temperature * rng.normal(size=(n, wishes.bars, self.latent))
        names = [f"sample {number}" for number in range(1, n + 1)]
        return self._written(self._prior_codes(noise), names, wishes.temperature, rng)

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) negative log-likelihood of each stretch by one code, and the divergence as far as it counts.

        At a progress of 1, all of it does: this is the negative evidence lower bound.
        """
        jax = import_module("jax")
        numpy, learning, held = jax.numpy, progress < 1, batch["held"]
        for_move, for_code = jax.random.split(key)
        before, chords = moved(batch, for_move, progress)
        n, length, _ = chords.shape
        noise = jax.random.normal(for_code, (n, length // self._bar, self.latent))
        read = [*chord_network.inputs(before, chords, held, self._bar), held.astype("float32"), noise]
        (mean, logs, prior_mean, prior_logs), *written = call(read)
        logits, held_logits = (*(one.reshape(n, length, *one.shape[2:]) for one in written), None)[:2]
        losses = chord_losses(logits, held_logits, chords, held, previous(before, chords)).sum(axis=1)
        apart = (mean - prior_mean) ** 2 + numpy.exp(logs)
        divergence = (apart / numpy.exp(prior_logs) + prior_logs - logs - 1) / 2
        real = (chords[:, :: self._bar, 0] != BEYOND)[..., None]
        divergence = numpy.where(real, divergence, 0)
        # A number of the code whose mean divergence is less than its share of the free nats is left alone.
        free = numpy.where(learning, self.free_nats / self.latent, 0)
        mean_divergence = divergence.sum(axis=(0, 1)) / numpy.maximum(real.sum(), 1)
        counting = numpy.where(mean_divergence > free, divergence, jax.lax.stop_gradient(divergence))
        weight = numpy.where(learning, numpy.minimum(progress / _ANNEALED, 1), 1)
        return losses + weight * counting.sum(axis=(1, 2))

    def _coded(self, piece: Pieces, bars: int) -> tuple[FloatArray, FloatArray]:
        """(bars, latent) means and standard deviations of the codes of a piece's bars, as many as it has."""
        tokens = tokens_of(piece.chords[0][: bars * self._bar])
        beyond = ((0, -len(tokens) % self._bar), (0, 0))
        tokens = np.pad(tokens, beyond, constant_values=BEYOND)
        held = np.pad(piece.held[0][: bars * self._bar], beyond).astype(np.float32)
        offset = INPUTS * np.arange(self._voices)
        mean, logs = self._network.get_layer("encoder")([(tokens + offset)[None], held[None]])
        return np.asarray(mean)[0], np.exp(np.asarray(logs)[0] / 2)

    def _prior_codes(self, noise: Float64) -> FloatArray:
        """(n, bars, latent) codes by the prior, given (n, bars, latent) noise."""
        prior = self._network.get_layer("prior")
        weights = {name: layer_values(prior.get_layer(name)) for name in ("recurrent", "mean", "logs")}
        rows = [filled(noise[start : start + _ROWS], _ROWS) for start in range(0, len(noise), _ROWS)]
        codes = [np.asarray(_going_on()(weights, some.astype(np.float32))) for some in rows]
        return np.concatenate(codes)[: len(noise)]

    def _written(self, codes: FloatArray, names: list[str], temperature: float, rng: np.random.Generator) -> Pieces:
        """Pieces of (n, bars, latent) codes."""
        seeds = (int(rng.integers(2**31)) for _ in count())
        return self._drawn(self._network.get_layer("decoder"), codes, names, temperature, seeds, afresh=True)


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model of the three networks.

    Its inputs are those of `chord_network.inputs`, (n, length, voices) float, which pitches are held, and (n, bars,
    latent) noise. Its outputs are a list of the mean and the logarithm of the variance of codes, by what reads and by
    the prior, each (n, bars, latent); and what `chord_network.build` gives, of (n * bars, bar, ...). Its layers
    "encoder", "prior" and "decoder" are the three.

    Args:
        config: as `chord_network.build` has it; `given` is the size of a code.
    """
    keras = load_keras()
    ops = keras.ops
    voices, bar, latent = config["voices"], config["bar"], config["given"]
    before, chords = (keras.Input((None, voices), dtype="int32") for _ in range(2))
    were_held, held = keras.Input((None, voices)), keras.Input((None, voices))
    place, noise = keras.Input((None,), dtype="int32"), keras.Input((None, latent))
    mean, logs = _encoder(config)([chords, held])
    code = mean + ops.exp(logs / 2) * noise
    prior_mean, prior_logs = _prior(config)(code)
    given = ops.repeat(ops.reshape(code, (-1, 1, latent)), bar, axis=1)
    of_bars = [ops.reshape(one, (-1, bar, voices)) for one in (before, chords, were_held)]
    written = _decoder(config)([*of_bars, ops.reshape(place, (-1, bar)), given])
    written = written if isinstance(written, list | tuple) else [written]
    return keras.Model(
        [before, chords, were_held, place, held, noise], [[mean, logs, prior_mean, prior_logs], *written]
    )


def _encoder(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    layers, voices, bar = keras.layers, config["voices"], config["bar"]
    chords, held = keras.Input((None, voices), dtype="int32"), keras.Input((None, voices))
    x = layers.Embedding(INPUTS * voices, config["embedding"])(chords)
    x = layers.Reshape((-1, bar * voices * config["embedding"]))(x)
    x = layers.Concatenate()([x, layers.Reshape((-1, bar * voices))(held)])
    x = layers.Dense(config["units"], activation="relu")(layers.Dropout(config["dropout"])(x))
    x = layers.Dense(config["units"], activation="relu")(layers.Dropout(config["dropout"])(x))
    mean = layers.Dense(config["given"])(x)
    logs = layers.Dense(config["given"], kernel_initializer="zeros")(x)
    return keras.Model([chords, held], [mean, logs], name="encoder")


def _prior(config: Mapping[str, Any]) -> Any:
    """With layers of the names that `MusicVae._prior_codes` looks for."""
    keras = load_keras()
    layers = keras.layers
    codes = keras.Input((None, config["given"]))
    earlier = layers.Cropping1D((0, 1))(layers.ZeroPadding1D((1, 0))(codes))
    hidden = layers.GRU(config["units"], return_sequences=True, name="recurrent")(earlier)
    hidden = layers.Dropout(config["dropout"])(hidden)
    mean = layers.Dense(config["given"], kernel_initializer="zeros", name="mean")(hidden)
    logs = layers.Dense(config["given"], kernel_initializer="zeros", name="logs")(hidden)
    return keras.Model(codes, [mean, logs], name="prior")


def _decoder(config: Mapping[str, Any]) -> Any:
    inner = chord_network.build(config)
    return load_keras().Model(inner.inputs, inner.outputs, name="decoder")


@lru_cache(maxsize=1)
def _going_on() -> Any:
    """The compiled function from the prior's weights and (n, bars, latent) noise to codes."""
    jax = import_module("jax")

    def go_on(weights: Any, noise: Any) -> Any:
        def step(carried: Any, noise: Any) -> Any:
            hidden = gru_step(weights["recurrent"], carried[1], carried[0])
            mean, logs = (hidden @ weights[name][0] + weights[name][1] for name in ("mean", "logs"))
            code = mean + jax.numpy.exp(logs / 2) * noise
            return (hidden, code), code

        start = jax.numpy.zeros((len(noise), weights["recurrent"][1].shape[0])), jax.numpy.zeros_like(noise[:, 0])
        _, codes = jax.lax.scan(step, start, noise.swapaxes(0, 1))
        return codes.swapaxes(0, 1)

    return jax.jit(go_on)
