"""SASRec: a transformer that reads what a viewer liked in the order of time, and says what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.recommend.likes import like_times, likes_to_learn_from
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import batches, built, caller, load_keras, values
from toolkit.recommender import TrainedRecommender
from toolkit.training import Schedule

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import Training

_EXTRA = "recommend"
# Viewers whose last liked title is held out, at most, and how many likes such a viewer has at least.
_MOST_HELD_OUT, _FEWEST_LIKES = 10_000, 3
# Viewers that are read at once: one shape, whatever is asked for.
_ROWS = 256
import os
PAT=int(os.environ.get("PAT",10)); ACT=float(os.environ.get("ACT",0)); DEC=float(os.environ.get("DEC",0))


class SasRec(TrainedRecommender):
    """A network."""

    name: ClassVar[str] = "sasrec"

    length: int = setting(50, "Latest liked titles that are read of a viewer", ge=1, le=1000)
    units: int = setting(64, "Numbers that describe a title and what was read", ge=1, le=1024)
    heads: int = setting(1, "Attention heads of a block; they share the units", ge=1, le=64)
    blocks: int = setting(2, "Blocks of attention", ge=1, le=24)
    negatives: int = setting(1024, "Other titles that the next one is told from; all where there are no more", ge=1)
    dropout: float = setting(0.2, "Share of numbers that are left out while learning", ge=0, lt=1)
    epochs: int = setting(50, "The most passes over the viewers", ge=1, le=10_000)
    batch: int = setting(64, "Histories in a step of learning", ge=1)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _titles: IntArray
    _network: Any
    _history: Any

    def train(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], training: Training) -> None:
        liked = likes_to_learn_from(self.name, interactions)
        if interactions.times is None:
            raise ModelError("x")
        titles, lengths = _in_order(interactions), np.diff(liked.indptr)
        ends = liked.indptr[1:]
        held = np.flatnonzero(lengths >= _FEWEST_LIKES)
        rng = np.random.default_rng(training.seed)
        held = rng.permutation(held)[:_MOST_HELD_OUT]
        until = ends.copy(); until[held] -= 1
        used = np.ones(titles.size, bool); used[ends[held]-1] = False
        self._titles = np.flatnonzero(np.bincount(titles[used], minlength=liked.shape[1]))
        number = np.zeros(liked.shape[1], dtype=np.int32); number[self._titles] = np.arange(1, self._titles.size + 1)
        numbers = number[titles]
        # windows
        starts = liked.indptr[:-1]
        n_w = np.maximum(-(-(until - starts - 1) // self.length), 0)
        viewer = np.repeat(np.arange(starts.size), n_w)
        back = np.arange(viewer.size) - np.repeat(np.cumsum(n_w) - n_w, n_w)
        wend = until[viewer] - back * self.length
        seqs = _windows(numbers, starts[viewer], wend, self.length + 1)
        ho = held[numbers[ends[held]-1] > 0]
        hs = _windows(numbers, starts[ho], ends[ho], self.length + 1)
        tokens = (seqs[:, :-1] > 0).sum(axis=1)
        w = (lengths[viewer].astype(np.float32) ** -ACT)
        w *= tokens.sum() / (w * tokens).sum() / tokens.mean()
        config = {"titles": self._titles.size, "length": self.length, "units": self.units, "heads": self.heads, "blocks": self.blocks, "dropout": self.dropout}
        self._network = built(build, config, training.seed, _EXTRA)
        schedule = Schedule(self.epochs, batch=self.batch, learning_rate=self.learning_rate, patience=PAT)
        learner = NetworkLearner(self._network, self._loss, [{"titles": seqs, "weight": w.astype(np.float32)}], [{"titles": hs, "last": np.ones(len(hs), np.float32)}] if len(hs) else [], schedule, training.seed, DEC)
        self._history = training.run(learner, schedule)

    def score(self, history: Interactions) -> FloatArray:
        number = np.zeros(history.shape[1], dtype=np.int32); number[self._titles] = np.arange(1, self._titles.size + 1)
        liked = history.liked
        numbers = number[_in_order(history)]
        keep = numbers > 0
        indptr = np.concatenate([[0], np.cumsum(keep)])[liked.indptr]
        seqs = _windows(numbers[keep], indptr[:-1], indptr[1:], self.length)
        states, vectors = _reader(self._network)
        st = np.concatenate([np.asarray(states(b["t"]))[:real] for b, real in batches({"t": seqs}, _ROWS)])
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self._titles] = st @ vectors.T
        scores[seqs[:, -1] == 0] = 0
        return scores

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        jax = import_module("jax")
        numpy, titles, n = jax.numpy, batch["titles"], self._titles.size
        before, following = titles[:, :-1], titles[:, 1:]
        if n <= self.negatives:
            others, each = numpy.arange(1, n + 1), 0.0
        else:
            others, each = jax.random.randint(key, (self.negatives,), 1, n + 1), np.log((n - 1) / self.negatives)
        states, vectors = call([before, numpy.concatenate([following.ravel(), others])])
        if "last" in batch:
            states, following, before = states[:, -1:], following[:, -1:], before[:, -1:]
            right = vectors[:titles[:, 1:].size].reshape(len(titles), -1, vectors.shape[1])[:, -1:]
        else:
            right = vectors[:following.size].reshape(*following.shape, -1)
        own = (states * right).sum(axis=-1)
        rest = states @ vectors[-len(others):].T + each
        rest = numpy.where(following[..., None] == others, -numpy.inf, rest)
        cost = numpy.logaddexp(jax.nn.logsumexp(rest, axis=-1), own) - own
        if "last" in batch:
            return cost[:, 0]
        return (cost * (before > 0)).sum(axis=1) * batch["weight"]


def _in_order(interactions):
    liked = interactions.liked
    rows = np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr))
    return liked.indices[np.lexsort((like_times(interactions), rows))]


def _windows(numbers, starts, ends, size):
    place = ends[:, None] + np.arange(-size, 0)
    inside = place >= starts[:, None]
    if not numbers.size:
        return np.zeros(place.shape, np.int32)
    return np.where(inside, numbers[np.maximum(place, 0)], 0).astype(np.int32)


@lru_cache(maxsize=1)
def _reader(network: Any):
    jax = import_module("jax")
    trained, other = values(network.trainable_variables), values(network.non_trainable_variables)
    def last(titles):
        return caller(network, trained, other, training=False)[0]([titles, np.zeros(1, np.int32)])[0][:, -1]
    table = np.asarray(network.get_layer("titles").embeddings.value)[1:]
    return jax.jit(last), table


def build(config: Mapping[str, Any]) -> Any:
    keras = load_keras(_EXTRA)
    layers, ops = keras.layers, keras.ops
    units, length = config["units"], config["length"]
    before, candidates = keras.Input((length,), dtype="int32"), keras.Input((), dtype="int32")
    table = layers.Embedding(config["titles"] + 1, units, name="titles", embeddings_initializer=keras.initializers.RandomNormal(stddev=units**-0.5))
    x = table(before)
    x = layers.Dropout(config["dropout"])(PositionEmbedding(x))
    shown = ops.expand_dims(before > 0, 1)
    for _ in range(config["blocks"]):
        y = layers.LayerNormalization()(x)
        y = layers.MultiHeadAttention(config["heads"], units // config["heads"], dropout=config["dropout"])(y, y, attention_mask=shown, use_causal_mask=True)
        x = x + layers.Dropout(config["dropout"])(y)
        y = layers.LayerNormalization()(x)
        y = layers.Dense(4 * units, activation="relu")(y)
        y = layers.Dense(units)(layers.Dropout(config["dropout"])(y))
        x = x + layers.Dropout(config["dropout"])(y)
    return keras.Model([before, candidates], [layers.LayerNormalization()(x), table(candidates)])


def PositionEmbedding(x):
    keras = load_keras(_EXTRA)
    n, l, d = x.shape
    places = keras.layers.Embedding(l, d, name="places", embeddings_initializer=keras.initializers.RandomNormal(stddev=.02))(keras.ops.arange(l))
    return x + places
