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
from toolkit.network_steps import NETWORK_EXTRAS, batches, built, caller, load_keras, values
from toolkit.recommender import TrainedRecommender
from toolkit.search import Between
from toolkit.training import Schedule

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import Training

    Int32 = NDArray[np.int32]

EXTRA = NETWORK_EXTRAS["recommend"]
# Viewers whose last liked title is held out, at most, and the likes that such a viewer has at least.
_MOST_HELD_OUT, _FEWEST_LIKES = 10_000, 3
_PATIENCE = 5
# Histories that are read at once: one shape, whatever is asked for.
_ROWS = 256


class SasRec(TrainedRecommender):
    """A transformer that reads what you liked in the order of time, and says what comes next.

    SASRec. A viewer's last `length` liked titles s_1 … s_T, in the order of time, become vectors and go through
    `blocks` of attention, in which a place sees itself and earlier ones alone:

        x_t = E[s_t] + P[t]
        x ← x + Attention(Norm(x));  x ← x + W₂·relu(W₁·Norm(x) + b₁) + b₂;  h = Norm(x)
        score y_ti of title i after t titles = h_t · E[i] + ln(n_i / n̄);  of a viewer, y_Ti

    where P counts places from the last, and n_i are the likes of a title in training, n̄ on average. Each title is
    learnt as what comes after those before it, by Adam: with i = s_t+1,

        minimise  -ln(e^y_ti / (e^y_ti + n / m · Σ_j e^y_tj))

    over those titles j ≠ i among m = `negatives` that are drawn evenly, anew for each step, from the n titles learnt
    from. Each stands for n / m, so that the sum is right on average and the model does not become overconfident; where
    n is no more than m, all titles are in it. What a viewer with n_u liked titles teaches weighs by n_u ** -activity. A
    history of more than `length` titles is learnt from in parts.

    The last liked title of each viewer is held out: training stops after 5 epochs in which they have not become
    likelier, and the weights of the best epoch are kept. Nobody's score depends on whether he was in the fit; titles
    not learnt from, and viewers who like none that was, score 0. Titles liked at the same time, or of unknown time,
    come in the order of their keys. The paper has no ln(n_i / n̄) and no activity: with the first, learning
    begins at what is popular, and takes fewer passes.

    Sources: W.-C. Kang and J. McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018; the loss: A. Klenitskiy
    and A. Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?", RecSys 2023; why negatives
    must stand for all: A. Petrov and C. Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation
    Trained with Negative Sampling", RecSys 2023.
    """

    name: ClassVar[str] = "sasrec"

    length: int = setting(50, "Latest liked titles of a viewer that are read", ge=1, le=1000)
    units: int = setting(64, "Numbers that describe a title; a multiple of heads", ge=1, le=1024)
    heads: int = setting(1, "Attention heads of a block, which share the units", ge=1, le=64)
    blocks: int = setting(2, "Blocks of attention", ge=1, le=24)
    negatives: int = setting(256, "Other titles that the next is told from; all where there are no more", ge=1)
    activity: float = setting(
        0.5,
        "Weigh what a viewer with n liked titles teaches by n ** -activity; 0 weighs all alike",
        ge=0,
        le=2,
        search=Between(0, 1),
    )
    dropout: float = setting(
        0.3, "Share of numbers that are left out while learning", ge=0, lt=1, search=Between(0, 0.6)
    )
    epochs: int = setting(24, "The most passes over the histories", ge=1, le=10_000)
    batch: int = setting(8, "Parts of histories in a step of learning", ge=1)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _titles: IntArray
    _prior: FloatArray
    _network: Any

    def train(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], training: Training) -> None:
        """Learn what comes next in the histories of viewers.

        Raises ModelError where no times are known, where nobody likes two titles, where `heads` does not divide
        `units`, and where keras is not installed.
        """
        if self.units % self.heads:
            raise ModelError(f"sasrec cannot share {self.units} units among {self.heads} heads; choose a multiple")
        liked = likes_to_learn_from(self.name, interactions)
        if interactions.times is None:
            raise ModelError(
                f"sasrec learns from the order of time, and no time of {interactions.signal} is known; load them with "
                "times, or take multvae or ease instead"
            )
        titles, start, end = _in_order(interactions), liked.indptr[:-1], liked.indptr[1:]
        able = np.flatnonzero(end - start >= _FEWEST_LIKES)
        judged = np.sort(np.random.default_rng([training.seed, 1]).permutation(able)[:_MOST_HELD_OUT])
        until = end.copy()
        until[judged] -= 1
        learnt = np.ones(titles.size, dtype=np.bool_)
        learnt[until[judged]] = False
        counts = np.bincount(titles[learnt], minlength=liked.shape[1])
        self._titles = np.flatnonzero(counts)
        # By number, as the network has them; there is no title 0.
        known = counts[self._titles]
        self._prior = np.concatenate([[0], np.log(known / known.mean())]).astype(np.float32)
        numbers = self._numbers(liked.shape[1])[titles]
        parts, viewer = _parts(numbers, start, until, self.length)
        if not len(parts):
            raise ModelError("sasrec has nothing to learn from: nobody likes two titles; take popular instead")
        judged = judged[numbers[end[judged] - 1] > 0]
        weights = ((until - start)[viewer] / (until - start)[viewer].mean()) ** -self.activity
        examples = {"titles": parts, "weight": weights.astype(np.float32)}
        others = {"titles": _windows(numbers, start[judged], end[judged], self.length + 1), "last": judged}
        config = {
            "titles": self._titles.size, "length": self.length, "units": self.units, "heads": self.heads,
            "blocks": self.blocks, "dropout": self.dropout,
        }  # fmt: skip
        self._network = built(build, config, training.seed, EXTRA)
        schedule = Schedule(self.epochs, batch=self.batch, learning_rate=self.learning_rate, patience=_PATIENCE)
        learner = NetworkLearner(
            self._network, self._loss, [examples], [others] if judged.size else [], schedule, training.seed
        )
        training.run(learner, schedule)

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: y_Ti, for anybody with a history; 0 where nothing is known."""
        liked, numbers = history.liked, self._numbers(history.shape[1])[_in_order(history)]
        places = np.concatenate([[0], np.cumsum(numbers > 0)])[liked.indptr]
        read = _windows(numbers[numbers > 0], places[:-1], places[1:], self.length)
        states, vectors = _reader(self._network)
        scores = np.zeros(history.shape, dtype=np.float32)
        for place, (some, real) in enumerate(batches({"titles": read}, _ROWS)):
            rows = slice(place * _ROWS, place * _ROWS + real)
            scores[rows, self._titles] = np.asarray(states(some["titles"]))[:real, -1] @ vectors.T + self._prior[1:]
        scores[places[:-1] == places[1:]] = 0
        return scores

    def _numbers(self, titles: int) -> Int32:
        """(n_titles,) number that the network knows each title by, from 1; 0 for one that was not learnt from."""
        numbers = np.zeros(titles, dtype=np.int32)
        numbers[self._titles] = np.arange(1, self._titles.size + 1)
        return numbers

    def _loss(self, call: Any, batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
        """(n,) weighted mean over the places of each part, those before its first title counted as 0.

        Of histories whose last title is held out, it is of this title alone, and told from all others.
        """
        jax = import_module("jax")
        numpy, titles, known = jax.numpy, batch["titles"], self._titles.size
        if "last" in batch or known <= self.negatives:
            others, stands_for = numpy.arange(1, known + 1), 1.0
        else:
            others = jax.random.randint(key, (self.negatives,), 1, known + 1)
            # Not of (known - 1): a draw of the right title counts for nothing.
            stands_for = known / self.negatives
        before, following = titles[:, :-1], titles[:, 1:]
        states, vectors = call([before, numpy.concatenate([following.ravel(), others])])
        right = vectors[: following.size].reshape(states.shape)
        if "last" in batch:
            before, following, states, right = (part[:, -1:] for part in (before, following, states, right))
        prior = numpy.asarray(self._prior)
        own = (states * right).sum(axis=-1) + prior[following]
        rest = states @ vectors[titles[:, 1:].size :].T + prior[others] + np.log(stands_for)
        rest = numpy.where(following[..., None] == others, -numpy.inf, rest)
        losses = numpy.logaddexp(own, jax.nn.logsumexp(rest, axis=-1)) - own
        return (losses * (before > 0)).mean(axis=1) * (1 if "last" in batch else batch["weight"])


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: (n, length) titles, 0 before the first, and (m,) titles in; their states and vectors out.

    States are (n, length, units), each of what was read until then; vectors (m, units).

    Args:
        config: `titles`, how many there are, counted from 1; `length`, `units`, `heads`, `blocks`, `dropout`.
    """
    keras = load_keras(EXTRA)
    layers, units, dropout = keras.layers, config["units"], config["dropout"]
    read, asked = keras.Input((config["length"],), dtype="int32"), keras.Input((), dtype="int32")
    first = keras.initializers.RandomNormal(stddev=units**-0.5)
    vectors = layers.Embedding(config["titles"] + 1, units, embeddings_initializer=first, name="titles")
    places = layers.Embedding(config["length"], units, embeddings_initializer="zeros")(
        keras.ops.arange(config["length"])
    )
    x = layers.Dropout(dropout)(vectors(read) + places)
    shown = keras.ops.expand_dims(read > 0, 1)
    for _ in range(config["blocks"]):
        given = layers.LayerNormalization()(x)
        attention = layers.MultiHeadAttention(config["heads"], units // config["heads"], dropout=dropout)
        seen = attention(given, given, attention_mask=shown, use_causal_mask=True)
        x += layers.Dropout(dropout)(seen)
        inner = layers.Dense(4 * units, activation="relu")(layers.LayerNormalization()(x))
        x += layers.Dropout(dropout)(layers.Dense(units)(layers.Dropout(dropout)(inner)))
    return keras.Model([read, asked], [layers.LayerNormalization()(x), vectors(asked)])


@lru_cache(maxsize=1)
def _reader(network: Any) -> tuple[Callable[[Int32], Any], FloatArray]:
    """The compiled function from (n, length) titles to their states, and the (n_titles, units) vectors."""
    trained, other = values(network.trainable_variables), values(network.non_trainable_variables)

    def states(titles: Int32) -> Any:
        return caller(network, trained, other, training=False)[0]([titles, np.zeros(1, dtype=np.int32)])[0]

    return import_module("jax").jit(states), np.asarray(network.get_layer("titles").embeddings.value)[1:]


def _in_order(interactions: Interactions) -> IntArray:
    """(n,) column of each liked title, viewer after viewer, in the order of time and then of columns."""
    liked = interactions.liked
    rows = np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr))
    columns: IntArray = liked.indices[np.lexsort((like_times(interactions), rows))]
    return columns


def _parts(numbers: Int32, start: IntArray, end: IntArray, length: int) -> tuple[Int32, IntArray]:
    """(n, length + 1) histories from the last title back, and whose each is, (n,).

    A part begins with the title that ends the one before it.
    """
    counts = np.maximum(-(-(end - start - 1) // length), 0)
    viewer = np.repeat(np.arange(counts.size), counts)
    back = np.arange(viewer.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return _windows(numbers, start[viewer], end[viewer] - length * back, length + 1), viewer


def _windows(numbers: Int32, start: IntArray, end: IntArray, size: int) -> Int32:
    """(n, size) the last numbers of each stretch from `start` until `end`, filled up with 0 on the left."""
    place = end[:, None] + np.arange(-size, 0)
    padded = np.concatenate([np.zeros(1, dtype=np.int32), numbers])
    return padded[np.where(place >= start[:, None], place + 1, 0)]
