"""A variational autoencoder on the characters of titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.character_network import Sampler, before_each, cross_entropy
from plugins.generate.latent_codes import arc
from plugins.generate.sequence_buckets import bucket_lengths, bucketed, filled
from plugins.generate.title_characters import CharacterTitles
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built, values
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.learning import Training
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.metrics import Float64

_EMBEDDING, _BATCH, _BUCKETS = 64, 64, 4
# Characters that a convolution sees at once.
_READ = 5
# Chance that a title is learnt from without its genres and decade.
_HIDDEN = 0.1
# Share of training over which the divergence comes to count in full.
_ANNEALED = 0.3
# Titles that there must be to learn from.
_FEWEST = 20
# Codes by which the likelihood of a title is bounded, and titles whose codes are drawn at once.
_CODES, _BOUNDED = 16, 32
# Titles that are drawn at once: one shape, whatever is asked for.
_ROWS = 128
# Temperature of titles between two others, times that asked for: what differs is to be the code.
_SAFER = 0.3


class TitlesVae(CharacterTitles):
    """Titles: a variational autoencoder on characters. It can go from one title to another.

    A network of two convolutions reads a title, and says of a code of `latent` numbers what mean and variance it has; a
    recurrent one (gated recurrent units) writes the title, character after character, out of a code that is drawn by
    them. Codes are pulled towards a standard normal distribution by their divergence from it, which counts nothing at
    first, and in full after three tenths of the training; up to `free-nats` of it cost nothing. So that the code is
    used, the writer does not see some of the characters before the next one, fewer and fewer of them. Genres and
    decade are known to both; some titles are learnt from without them.

    Titles are drawn out of codes from the normal distribution; those between two others out of codes on the arc
    between their means, the ends left out. What it says of the likelihood of a title is a bound by 16 codes: bits per
    character are at most as many.

    Sources: S. R. Bowman et al., "Generating Sentences from a Continuous Space", CoNLL 2016; free nats: D. P. Kingma
    et al., "Improved Variational Inference with Inverse Autoregressive Flow", NIPS 2016; the bound: Y. Burda et al.,
    "Importance Weighted Autoencoders", ICLR 2016; the arc: T. White, "Sampling Generative Networks", 2016.
    """

    name: ClassVar[str] = "titles-vae"
    trained: ClassVar[bool] = True
    interpolates: ClassVar[bool] = True

    units: int = setting(256, "Units of the network that writes; that which reads has half as many", ge=2, le=2048)
    latent: int = setting(32, "Numbers in a code", ge=1, le=512)
    free_nats: float = setting(4.0, "Divergence of a title's code, in nats, that costs nothing", ge=0, le=100)
    hidden: float = setting(0.3, "Share of characters that the writer does not see, at the start", ge=0, lt=1)
    dropout: float = setting(0.2, "Share of units that are left out while learning", ge=0, lt=1)
    epochs: int = setting(24, "The most passes over the titles", ge=1, le=10_000)
    learning_rate: float = setting(4e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _lengths: list[int]

    def fit(self, corpus: Titles, held_out: Titles, training: Training) -> None:
        """Learn from titles. Raises ModelError where there are too few."""
        if len(corpus) < _FEWEST:
            raise ModelError(f"{self.name} needs {_FEWEST} titles to learn from, and has {len(corpus)}; load more")
        self._look_at(corpus)
        lengths = np.array([len(text) + 1 for text in corpus.texts])
        self._lengths = bucket_lengths(lengths, min(_BUCKETS, -(-len(corpus) // (8 * _BATCH))))
        config = {
            "size": self._characters.size, "conditions": corpus.genres.shape[1] + len(self._decades),
            "embedding": _EMBEDDING, "units": self.units, "latent": self.latent, "dropout": self.dropout,
        }  # fmt: skip
        self._network = built(build, config, training.seed)
        # The bound is too loose to stop by until the divergence counts.
        patience = 5 + int(np.ceil(_ANNEALED * self.epochs))
        schedule = Schedule(self.epochs, batch=_BATCH, learning_rate=self.learning_rate, patience=patience)
        train, others = self._bucketed(corpus, self._lengths, 1 - _HIDDEN), self._bucketed(held_out, self._lengths)
        learner = NetworkLearner(self._network, self._loss, train.buckets, others.buckets, schedule, training.seed)
        training.run(learner, schedule)

    def sample(self, n: int, wishes: TitleWishes, seed: int) -> Sequence[str]:
        """Draw titles; genres and decade that are not wished for are those of random titles that are as wished.

        Titles between two others have them unknown where they are not wished for.
        """
        rng = np.random.default_rng(seed)
        if wishes.between is None:
            conditions = self._drawn_conditions(wishes, n, rng)
            codes = rng.standard_normal((n, self.latent), dtype=np.float32)
            return self._written(codes, conditions, wishes.temperature, rng)
        genre = np.zeros(self._genres_seen.shape[1], dtype=np.bool_) if wishes.genres is None else wishes.genres
        decade = -1 if wishes.decade is None else wishes.decade
        conditions = self._conditions(np.tile(genre, (n, 1)), np.full(n, decade))
        first, second = self._means(wishes.between, conditions[:1])
        codes = arc(first, second, np.arange(1, n + 1) / (n + 1))
        return self._written(codes, conditions, _SAFER * wishes.temperature, rng)

    def losses(self, corpus: Titles) -> Float64:
        """(n,) upper bound of the negative log-likelihood of each title, given its genres and decade where known.

        With z drawn from q(z | x), which the network that reads gives, and K = 16 of them,

            -log p(x) ≤ -E log (1 / K) Σ p(x | z) p(z) / q(z | x)
        """
        found = self._bucketed(corpus, self._lengths)
        bound, parts = _bound(self._network, self.latent), list[Any]()
        weights = (values(self._network.trainable_variables), values(self._network.non_trainable_variables))
        for bucket in found.buckets:
            for start in range(0, len(bucket["tokens"]), _BOUNDED):
                some = [filled(bucket[name][start : start + _BOUNDED], _BOUNDED) for name in ("tokens", "conditions")]
                real = len(bucket["tokens"]) - start
                parts.append(np.asarray(bound(*weights, *some, len(parts)))[:real])
        return found.in_order(np.concatenate(parts)) + self._rare_costs(corpus)

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) negative log-likelihood of each title by one code, and the divergence of the codes as far as it counts.

        At a progress of 1, all of it does, and all characters are seen: this is the negative evidence lower bound.
        """
        jax = import_module("jax")
        numpy, tokens, learning = jax.numpy, batch["tokens"], progress < 1
        for_code, for_hidden, for_shown = jax.random.split(key, 3)
        before = before_each(tokens)
        hidden = jax.random.uniform(for_hidden, before.shape) < self.hidden * (1 - progress)
        before = numpy.where(hidden & (before > 0), self._characters.size + 1, before)
        shown = jax.random.uniform(for_shown, tokens.shape[:1]) < numpy.where(learning, batch["shown"], 1)
        noise = jax.random.normal(for_code, (len(tokens), self.latent))
        logits, mean, log_variance = call([tokens + 1, before, batch["conditions"] * shown[:, None], noise])
        divergence = (mean**2 + numpy.exp(log_variance) - log_variance - 1) / 2
        # A number of the code whose mean divergence is less than its share of the free nats is left alone.
        free = numpy.where(learning, self.free_nats / self.latent, 0)
        counting = numpy.where(divergence.mean(axis=0) > free, divergence, jax.lax.stop_gradient(divergence))
        weight = numpy.where(learning, numpy.minimum(progress / _ANNEALED, 1), 1)
        return cross_entropy(logits, tokens) + weight * counting.sum(axis=1)

    def _means(self, texts: Sequence[str], conditions: FloatArray) -> FloatArray:
        """(n, latent) means of the codes of some texts, under (1, n_conditions) conditions that all share."""
        tokens, starts = self._characters.encode(texts)
        found = bucketed(tokens, starts, self._lengths, np.repeat(conditions, len(texts), axis=0))
        encoder = self._network.get_layer("encoder")
        means = [np.asarray(encoder([part["tokens"] + 1, part["conditions"]])[0]) for part in found.buckets]
        ordered = np.empty((len(texts), self.latent), dtype=np.float32)
        ordered[found.rows] = np.concatenate(means)
        return ordered

    def _written(
        self, codes: FloatArray, conditions: FloatArray, temperature: float, rng: np.random.Generator
    ) -> list[str]:
        """Texts of (n, latent) codes under (n, n_conditions) conditions."""
        decoder, characters, texts = self._network.get_layer("decoder"), self._characters, list[str]()
        kernel, bias = (np.asarray(variable.value) for variable in self._network.get_layer("first").weights)
        sampler, given = Sampler(decoder), np.concatenate([codes, conditions], axis=1)
        for start in range(0, len(given), _ROWS):
            some = filled(given[start : start + _ROWS], _ROWS)
            tokens = sampler.draw(
                np.tanh(some @ kernel + bias)[None], self._lengths[-1], int(rng.integers(2**31)),
                temperature=temperature, end=characters.end, conditions=some,
                allowed=np.arange(characters.size) != characters.rare,
            )  # fmt: skip
            texts += characters.decode(tokens)
        return texts[: len(given)]


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model of both networks.

    Its inputs are (n, length) tokens, counted from 1, 0 after the end; the tokens before each, likewise, 0 before the
    first, and size + 1 where it is hidden; (n, conditions); and (n, latent) noise. Its outputs are the logits, (n,
    length, size), and the mean and the logarithm of the variance of the codes. Its layers "encoder", "first" and
    "decoder" are those that read, that make the first state of what writes, and that write.

    Args:
        config: `size`, how many tokens there are; `conditions`, `embedding`, `units`, `latent`, `dropout`.
    """
    keras = load_keras()
    layers = keras.layers
    tokens, before = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    conditions, noise = keras.Input((config["conditions"],)), keras.Input((config["latent"],))
    mean, log_variance = _encoder(config)([tokens, conditions])
    code = mean + keras.ops.exp(log_variance / 2) * noise
    given = layers.Concatenate()([code, conditions])
    first = layers.Dense(config["units"], activation="tanh", name="first")(given)
    logits = _decoder(config)([before, given, first])
    return keras.Model([tokens, before, conditions, noise], [logits, mean, log_variance])


def _encoder(config: Mapping[str, Any]) -> Any:
    keras = load_keras()
    layers = keras.layers
    tokens, conditions = keras.Input((None,), dtype="int32"), keras.Input((config["conditions"],))
    x = layers.Embedding(config["size"] + 1, config["embedding"])(tokens)
    for _ in range(2):
        x = layers.Conv1D(config["units"] // 2 + 1, _READ, padding="same", activation="relu")(x)
    joined = layers.Concatenate()([layers.GlobalMaxPooling1D()(x), conditions])
    mean = layers.Dense(config["latent"])(joined)
    log_variance = layers.Dense(config["latent"], kernel_initializer="zeros")(joined)
    return keras.Model([tokens, conditions], [mean, log_variance], name="encoder")


def _decoder(config: Mapping[str, Any]) -> Any:
    """With layers of the names that `character_network.Sampler` looks for."""
    keras = load_keras()
    layers = keras.layers
    before, first = keras.Input((None,), dtype="int32"), keras.Input((config["units"],))
    given = keras.Input((config["latent"] + config["conditions"],))
    shift = layers.Dense(config["embedding"], use_bias=False, name="conditioned")(given)
    x = layers.Embedding(config["size"] + 2, config["embedding"], name="embedded")(before)
    x = x + layers.Reshape((1, config["embedding"]))(shift)
    x = layers.GRU(config["units"], return_sequences=True, name="recurrent_0")(x, initial_state=first)
    x = layers.Dropout(config["dropout"])(x)
    return keras.Model([before, given, first], layers.Dense(config["size"], name="logits")(x), name="decoder")


@lru_cache(maxsize=4)
def _bound(network: Any, latent: int) -> Any:
    """The compiled function from weights, tokens, conditions and a seed to (n,) bounds as `TitlesVae.losses` has it."""
    jax = import_module("jax")
    numpy = jax.numpy

    def bound(trained: Any, other: Any, tokens: Any, conditions: Any, seed: Any) -> Any:
        noise = jax.random.normal(jax.random.key(seed), (_CODES * len(tokens), latent))
        tokens, conditions = numpy.tile(tokens, (_CODES, 1)), numpy.tile(conditions, (_CODES, 1))
        inputs = [tokens + 1, before_each(tokens), conditions, noise]
        (logits, mean, log_variance), _ = network.stateless_call(trained, other, inputs, training=False)
        code = mean + numpy.exp(log_variance / 2) * noise
        prior_to_posterior = (noise**2 + log_variance - code**2).sum(axis=1) / 2
        weights = (prior_to_posterior - cross_entropy(logits, tokens)).reshape(_CODES, -1)
        return numpy.log(_CODES) - jax.scipy.special.logsumexp(weights, axis=0)

    return jax.jit(bound)
