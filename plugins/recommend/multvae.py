"""Mult-VAE: a variational autoencoder of what a viewer likes, with a multinomial likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.sparse import csr_array, diags_array

from plugins.recommend.likes import likes_to_learn_from
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built, load_keras
from toolkit.recommender import TrainedRecommender
from toolkit.training import Schedule

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import Training

# Share of training over which the divergence comes to count as much as it ever does.
import os
_ANNEALED = float(os.environ.get("ANN", .3))
# Likes that are held out: of one viewer in so many, each so-many-th; of viewers with fewer likes none.
_HELD_OUT_VIEWERS, _HELD_OUT_LIKES = 5, 5
_MOST_HELD_OUT = 10_000


class MultVae(TrainedRecommender):
    """A network."""

    name: ClassVar[str] = "multvae"

    hidden: int = setting(600, "Units of the layer before the code, and of that after it", ge=1, le=8192)
    latent: int = setting(200, "Numbers in a code", ge=1, le=4096)
    beta: float = setting(0.2, "Weight β of the divergence of codes, from when it has grown to it", ge=0, le=10)
    dropout: float = setting(0.5, "Share of liked titles that are left out of the input while learning", ge=0, lt=1)
    epochs: int = setting(100, "The most passes over the viewers", ge=1, le=10_000)
    batch: int = setting(100, "Viewers in a step of learning", ge=1)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _titles: IntArray
    _read: FloatArray
    _read_bias: FloatArray
    _mean: FloatArray
    _mean_bias: FloatArray
    _write: FloatArray
    _write_bias: FloatArray
    _out: FloatArray
    _out_bias: FloatArray

    def train(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], training: Training) -> None:
        """Learn the weights of the titles that somebody liked; raises ModelError where nobody likes anything."""
        liked = likes_to_learn_from(self.name, interactions)
        train, given, wanted = _held_out(liked, training.seed)
        self._titles = np.flatnonzero(np.bincount(train.indices, minlength=liked.shape[1]))
        config = {
            "titles": self._titles.size, "hidden": self.hidden, "latent": self.latent, "dropout": self.dropout,
        }  # fmt: skip
        network = built(build, config, training.seed, "recommend")
        examples = {"liked": _Dense(train[np.diff(train.indptr) > 0][:, self._titles])}
        held_out = {"liked": _Dense(given[:, self._titles]), "wanted": _Dense(wanted[:, self._titles])}
        schedule = Schedule(self.epochs, batch=self.batch, learning_rate=self.learning_rate, patience=PAT)
        learner = NetworkLearner(
            network, self._loss, [examples], [held_out] if len(held_out["liked"]) else [], schedule, training.seed, DEC
        )
        self._history = training.run(learner, schedule)
        weights = {
            layer: [np.asarray(v.value, dtype=np.float32) for v in network.get_layer(layer).weights]
            for layer in ("read", "mean", "write", "out")
        }
        self._read, self._read_bias = weights["read"]
        self._mean, self._mean_bias = weights["mean"]
        self._write, self._write_bias = weights["write"]
        self._out, self._out_bias = weights["out"]

    _history: Any

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32."""
        liked = history.liked[:, self._titles]
        lengths = np.maximum(np.diff(liked.indptr), 1).astype(np.float32)
        x = diags_array(1 / np.sqrt(lengths)) @ liked
        x = np.tanh(x @ self._read + self._read_bias)
        x = np.tanh((x @ self._mean + self._mean_bias) @ self._write + self._write_bias)
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self._titles] = x @ self._out + self._out_bias
        scores[np.diff(liked.indptr) == 0] = 0
        return scores

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        jax = import_module("jax")
        numpy, learning = jax.numpy, progress < 1
        liked = batch["liked"]
        wanted = batch.get("wanted", liked)
        noise = jax.random.normal(key, (len(liked), self.latent)) * learning
        logits, mean, log_variance = call([liked, noise])
        unlikely = -(wanted * jax.nn.log_softmax(logits)).sum(axis=1)
        if "wanted" in batch:
            return unlikely / numpy.maximum(wanted.sum(axis=1), 1)
        divergence = (mean**2 + numpy.exp(log_variance) - log_variance - 1).sum(axis=1) / 2
        scale = 80 ** ACT * numpy.maximum(wanted.sum(axis=1), 1) ** -ACT
        return scale * unlikely + self.beta * numpy.minimum(progress / _ANNEALED, 1) * divergence


PAT = int(os.environ.get("PAT", 10))
ACT=float(os.environ.get("ACT",0))
DEC=float(os.environ.get("DEC",0))


class _Dense:
    """Rows of a CSR matrix, dense where they are asked for."""

    def __init__(self, matrix: csr_array) -> None:
        self._matrix = matrix

    def __len__(self) -> int:
        return int(self._matrix.shape[0])

    def __getitem__(self, rows: Any) -> FloatArray:
        return self._matrix[rows].toarray()


def _held_out(liked, seed):
    rng = np.random.default_rng([seed, 7])
    n = liked.shape[0]
    lengths = np.diff(liked.indptr)
    cand = np.flatnonzero(lengths >= _HELD_OUT_LIKES)
    chosen = rng.permutation(cand)[: max(1,min(_MOST_HELD_OUT, cand.size // _HELD_OUT_VIEWERS))]
    is_chosen = np.zeros(n, bool); is_chosen[chosen] = True
    rows = np.repeat(np.arange(n), lengths)
    draws = rng.random(liked.nnz)
    order = np.lexsort((draws, rows))
    place = np.empty(liked.nnz, int)
    place[order] = np.arange(liked.nnz) - np.repeat(liked.indptr[:-1], lengths)
    out = is_chosen[rows] & (place < lengths[rows] // _HELD_OUT_LIKES)
    def of(keep):
        return csr_array((liked.data[keep], (rows[keep], liked.indices[keep])), shape=liked.shape)
    train = of(~out)
    return train, train[np.sort(chosen)], of(out)[np.sort(chosen)]


def build(config: Mapping[str, Any]) -> Any:
    keras = load_keras("recommend")
    layers = keras.layers
    liked, noise = keras.Input((config["titles"],)), keras.Input((config["latent"],))
    x = layers.UnitNormalization()(liked)
    x = layers.Dropout(config["dropout"])(x)
    x = layers.Dense(config["hidden"], activation="tanh", name="read")(x)
    mean = layers.Dense(config["latent"], name="mean")(x)
    log_variance = layers.Dense(config["latent"], kernel_initializer="zeros", name="log_variance")(x)
    code = mean + keras.ops.exp(log_variance / 2) * noise
    x = layers.Dense(config["hidden"], activation="tanh", name="write")(code)
    logits = layers.Dense(config["titles"], name="out")(x)
    return keras.Model([liked, noise], [logits, mean, log_variance])
