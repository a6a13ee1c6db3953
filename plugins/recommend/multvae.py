"""Mult-VAE: a variational autoencoder of what a viewer likes, with a multinomial likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.likes import likes_to_learn_from
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import NETWORK_EXTRAS, built, load_keras
from toolkit.recommender import TrainedRecommender
from toolkit.search import Between
from toolkit.training import Schedule

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import Training

EXTRA = NETWORK_EXTRAS["recommend"]
# Share of training over which the divergence of codes comes to its full weight.
_ANNEALED = 0.3
# One viewer in so many has likes held out, and one of so many of them; at most so many viewers.
_ONE_IN, _MOST_HELD_OUT = 5, 10_000
_PATIENCE = 10


class MultVae(TrainedRecommender):
    """A network that packs what you liked into a code, and unpacks what you may like.

    Mult-VAE. With x_u the (n_titles,) ones where viewer u liked a title, n_u how many these are, and n their mean:

        h = tanh(W₁ · drop(x_u / ‖x_u‖) + b₁),  μ = W₂·h + b₂,  ln σ² = W₃·h + b₃
        z = μ + σ·ε,  ε ~ N(0, I),  logits = W₅ · tanh(W₄·z + b₄) + b₅,  π = softmax(logits)
        minimise  Σ_u  -(n_u / n) ** -activity · Σ_i x_ui · ln π_i  +  β_t · Σ (μ² + σ² - ln σ² - 1) / 2

    by Adam, where drop leaves out a share `dropout` of the numbers and makes the others larger, and β_t grows in
    proportion from 0 to β over the first three tenths of the epochs. Viewers are scored by the logits of z = μ, whether
    or not they were in the fit; titles that nobody liked in training, and viewers of whom no like is known, score 0.

    A fifth of the likes of one viewer in five is held out: training stops after 10 epochs in which they have not become
    likelier, and the weights of the best epoch are kept. ``activity=0`` is the paper's likelihood, in which a viewer
    counts as many times as he likes titles.

    Source: D. Liang, R. G. Krishnan, M. D. Hoffman and T. Jebara, "Variational Autoencoders for Collaborative
    Filtering", WWW 2018. The weights of viewers are ours, as in ease.
    """

    name: ClassVar[str] = "multvae"

    hidden: int = setting(600, "Units of the layer before the code, and of that after it", ge=1, le=8192)
    latent: int = setting(200, "Numbers in a code", ge=1, le=4096)
    beta: float = setting(
        0.2, "Weight β of the divergence of codes, once it has grown to it", ge=0, le=10, search=Between(0, 1)
    )
    dropout: float = setting(
        0.5,
        "Share of liked titles that are left out of the input while learning",
        ge=0,
        lt=1,
        search=Between(0.1, 0.8),
    )
    activity: float = setting(
        0.5,
        "Weigh a viewer with n liked titles by n ** (1 - activity); 1 weighs all alike",
        ge=0,
        le=2,
        search=Between(0, 1),
    )
    epochs: int = setting(40, "The most passes over the viewers", ge=1, le=10_000)
    batch: int = setting(100, "Viewers in a step of learning", ge=1)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _titles: IntArray
    _reading: FloatArray
    _reading_bias: FloatArray
    _mean: FloatArray
    _mean_bias: FloatArray
    _writing: FloatArray
    _writing_bias: FloatArray
    _logits: FloatArray
    _logits_bias: FloatArray

    def train(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], training: Training) -> None:
        """Learn the weights of the titles that somebody liked, but for what is held out.

        Raises ModelError where nobody likes anything, and where keras is not installed.
        """
        liked = likes_to_learn_from(self.name, interactions)
        likes = interactions.narrow(interactions.values.data >= interactions.threshold)
        held_out = _held_out(liked, training.seed)
        given = likes.narrow(~held_out).liked
        judged = np.flatnonzero(np.diff(given.indptr) < np.diff(liked.indptr))
        self._titles = np.flatnonzero(np.bincount(given.indices, minlength=liked.shape[1]))
        given, wanted = given[:, self._titles], likes.narrow(held_out).liked[judged][:, self._titles]
        counts = np.diff(given.indptr)
        learnt = given[counts > 0]
        weights = (counts[counts > 0] / counts[counts > 0].mean()) ** -self.activity
        examples = {"liked": DenseRows.of(learnt), "weight": weights.astype(np.float32)}
        others = {"liked": DenseRows.of(given[judged]), "wanted": DenseRows.of(wanted)}
        config = {
            "titles": self._titles.size, "hidden": self.hidden, "latent": self.latent, "dropout": self.dropout,
        }  # fmt: skip
        network = built(build, config, training.seed, EXTRA)
        schedule = Schedule(self.epochs, batch=self.batch, learning_rate=self.learning_rate, patience=_PATIENCE)
        learner = NetworkLearner(
            network, self._loss, [examples], [others] if judged.size else [], schedule, training.seed
        )  # fmt: skip
        training.run(learner, schedule)
        self._reading, self._reading_bias = _weights(network, "reading")
        self._mean, self._mean_bias = _weights(network, "mean")
        self._writing, self._writing_bias = _weights(network, "writing")
        self._logits, self._logits_bias = _weights(network, "logits")

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32 logits, for anybody with a history; 0 where nothing is known."""
        liked = history.liked[:, self._titles]
        counts = np.diff(liked.indptr)
        shares = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)
        hidden = np.tanh(diags_array(shares) @ liked @ self._reading + self._reading_bias)
        code = hidden @ self._mean + self._mean_bias
        logits = np.tanh(code @ self._writing + self._writing_bias) @ self._logits + self._logits_bias
        logits[counts == 0] = 0
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self._titles] = logits
        return scores

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) what is minimised while learning; of held-out likes, their mean -ln π by the mean of the code."""
        jax = import_module("jax")
        liked = batch["liked"]
        if "wanted" in batch:
            wanted = batch["wanted"]
            logits, _, _ = call([liked, jax.numpy.zeros((len(liked), self.latent))])
            return _unlikelihood(jax, wanted, logits) / jax.numpy.maximum(wanted.sum(axis=1), 1)
        logits, mean, log_variance = call([liked, jax.random.normal(key, (len(liked), self.latent))])
        divergence = (mean**2 + jax.numpy.exp(log_variance) - log_variance - 1).sum(axis=1) / 2
        beta = self.beta * jax.numpy.minimum(progress / _ANNEALED, 1)
        return batch["weight"] * _unlikelihood(jax, liked, logits) + beta * divergence


class DenseRows:
    """A CSR matrix whose rows become dense where a learner asks for them: it need never fit into memory."""

    def __init__(self, matrix: csr_array) -> None:
        self._matrix = matrix

    @classmethod
    def of(cls, matrix: csr_array) -> NDArray[np.float32]:
        """In the place of the array that a learner takes, of which it asks for a length and for rows alone."""
        return cast("NDArray[np.float32]", cls(matrix))

    def __len__(self) -> int:
        return int(self._matrix.shape[0])

    def __getitem__(self, rows: slice | IntArray) -> FloatArray:
        dense: FloatArray = self._matrix[rows].toarray()
        return dense


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: likes (n, titles) and noise (n, latent) in; logits, and mean and ln variance of codes, out.

    Args:
        config: `titles`, `hidden`, `latent`, `dropout`.
    """
    keras = load_keras(EXTRA)
    layers = keras.layers
    liked, noise = keras.Input((config["titles"],)), keras.Input((config["latent"],))
    x = layers.Dropout(config["dropout"])(layers.UnitNormalization()(liked))
    x = layers.Dense(config["hidden"], activation="tanh", name="reading")(x)
    mean = layers.Dense(config["latent"], name="mean")(x)
    log_variance = layers.Dense(config["latent"], kernel_initializer="zeros")(x)
    code = mean + keras.ops.exp(log_variance / 2) * noise
    x = layers.Dense(config["hidden"], activation="tanh", name="writing")(code)
    return keras.Model([liked, noise], [layers.Dense(config["titles"], name="logits")(x), mean, log_variance])


def _unlikelihood(jax: Any, wanted: Any, logits: Any) -> Any:
    """(n,) -Σ_i wanted_i · ln π_i."""
    return -(wanted * jax.nn.log_softmax(logits)).sum(axis=1)


def _weights(network: Any, layer: str) -> list[FloatArray]:
    """Kernel and bias of a layer."""
    return [np.array(variable.value, dtype=np.float32) for variable in network.get_layer(layer).weights]


def _held_out(liked: csr_array, seed: int) -> NDArray[np.bool_]:
    """(nnz,) which likes are held out: a fifth, drawn with the seed, of those of some viewers with five or more."""
    random, counts = np.random.default_rng([seed, 1]), np.diff(liked.indptr)
    able = random.permutation(np.flatnonzero(counts >= _ONE_IN))
    chosen = np.zeros(counts.size, dtype=np.bool_)
    chosen[able[: min(able.size // _ONE_IN, _MOST_HELD_OUT)]] = True
    rows = np.repeat(np.arange(counts.size), counts)
    order = np.lexsort((random.random(rows.size), rows))
    place = np.arange(rows.size) - liked.indptr[rows]
    held_out = np.zeros(rows.size, dtype=np.bool_)
    held_out[order] = chosen[rows] & (place < counts[rows] // _ONE_IN)
    return held_out
