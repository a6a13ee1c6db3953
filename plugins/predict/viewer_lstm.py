"""A recurrent network on what viewers did last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.training import Network, Schedule, load_keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

    BoolArray = NDArray[np.bool_]

# Examples that are learnt from, and held out, at most.
_TRAINED, _HELD_OUT = 60_000, 10_000
# The share of viewers whose latest examples are held out; of fewer viewers than these, the share of examples.
_HELD_OUT_SHARE, _FEW_VIEWERS = 0.2, 20
# Classes up to which a softmax over all of them is worth its cost.
_MOST_CLASSES = 5_000
# Spreads below this are rounding.
_SAME = 1e-6
# Standard deviations from the mean beyond which a feature is cut off.
_FAR = 4.0


class ViewerLstm(Classifier):
    """Viewers: a recurrent network on their last sessions.

    An LSTM reads the last steps (sessions, or days of a plain file); for the next title another one reads embeddings
    of the titles watched last. Their last states and the features go through a hidden layer into a softmax over the
    classes. Channels and features are taken as log(1 + |x|) with their sign, less their mean over their standard
    deviation; unknown ones are 0 beside a column that says so. The loss is the cross entropy, no class weighing more
    than another; the weights are those of the epoch with the least on the latest origins of a fifth of the viewers, who
    are not learnt from.

    Source: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997.
    """

    name: ClassVar[str] = "viewer-lstm"
    tasks: ClassVar[tuple[str, ...]] = (
        "active-tomorrow", "active-week", "minutes-tomorrow", "next-daypart", "next-title", "churn", "purchase",
        "watch-time",
    )  # fmt: skip

    units: int = setting(32, "Units of the recurrent and of the hidden layer", ge=1, le=1024)
    epochs: int = setting(30, "The most passes over the examples", ge=1, le=10_000)
    minutes: float | None = setting(None, "Stop training after these; then the seed alone decides no more", gt=0)
    learning_rate: float = setting(1e-3, "Learning rate of Adam, at the start", gt=0, le=1)
    dropout: float = setting(0.3, "Share of the hidden layer that each step of training leaves out", ge=0, lt=1)

    _config: dict[str, Any]
    _weights: FloatArray
    _channels: FloatArray
    _features: FloatArray

    def fit(self, examples: Examples, seed: int) -> None:
        """Learn from examples with labels.

        Raises ModelError where there are none, no steps, or too many titles.
        """
        if examples.labels is None or not examples.sequences.shape[1]:
            raise ModelError(f"{self.name} reads what viewers did step by step, and {examples.task.name} has no steps")
        classes = len(examples.task.classes)
        if classes > _MOST_CLASSES:
            raise ModelError(
                f"{self.name} tells at most {_MOST_CLASSES:,} titles apart, and there are {classes:,}; take markov or "
                "popularity"
            )
        rng = np.random.default_rng(seed)
        train, held_out = self._split(examples, rng)
        learnt = examples.select(train)
        real = _real(learnt)
        self._channels = _scaling(learnt.sequences[real])
        self._features = _scaling(learnt.features)
        self._config = {
            "steps": examples.sequences.shape[1], "channels": examples.sequences.shape[2],
            "features": examples.features.shape[1], "recent": examples.recent.shape[1],
            "titles": classes if examples.recent.shape[1] else 0, "classes": classes,
            "units": self.units, "dropout": self.dropout,
        }  # fmt: skip
        labels, latest = _labels(learnt), examples.select(held_out)
        # The softmax begins with how frequent the classes are, which would take long to learn where they are many.
        start = self._network().first_weights(seed)
        start[-classes:] = np.log((np.bincount(labels, minlength=classes) + 1) / (len(labels) + classes))
        fitted = self._network().train(
            self._inputs(learnt),
            labels,
            (self._inputs(latest), _labels(latest)) if len(held_out) else None,
            Schedule(epochs=self.epochs, minutes=self.minutes, learning_rate=self.learning_rate),
            seed,
            f"training {self.name}",
            start,
        )
        self._weights = fitted.weights

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes) of each class of the task."""
        raw = self._network().predict(self._weights, self._inputs(examples)).astype(np.float64)
        probabilities: FloatArray = raw / raw.sum(axis=1, keepdims=True)
        return probabilities

    def _network(self) -> Network:
        return Network(build, self._config, "sparse_categorical_crossentropy")

    def _split(self, examples: Examples, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Places of the examples to learn from, and of those held out: the latest, of viewers who are not learnt from.

        Days after neighbouring origins overlap, so of a viewer who was learnt from they would say how well that viewer
        is remembered. Of fewer viewers than a share can be left out of, the latest examples are held out.
        """
        labelled = np.flatnonzero(_labels(examples) >= 0)
        if len(labelled) < 2:
            raise ModelError(f"{self.name} wants at least 2 examples with labels, and has {len(labelled)}")
        viewers, origins = examples.viewers[labelled], examples.origins[labelled].astype("datetime64[D]")
        days = np.arange(len(labelled)) if np.isnat(origins).any() else origins.astype(np.int64)
        different = np.unique(viewers)
        if len(different) < _FEW_VIEWERS:
            late = days >= np.quantile(days, 1 - _HELD_OUT_SHARE)
            early = ~late if not late.all() else late
            return _some(labelled[early], _TRAINED, rng), _some(labelled[late & ~early], _HELD_OUT, rng)
        left_out = rng.choice(different, round(_HELD_OUT_SHARE * len(different)), replace=False)
        others = np.isin(viewers, left_out)
        late = others & (days >= np.median(days[others]))
        return _some(labelled[~others], _TRAINED, rng), _some(labelled[late], _HELD_OUT, rng)

    def _inputs(self, examples: Examples) -> list[FloatArray]:
        """Steps, which of them are real, features, and for the next title the titles."""
        real = _real(examples)
        inputs = [np.where(real[:, :, None], _scaled(examples.sequences, self._channels), np.float32(0)), real]
        if self._config["features"]:
            unknown = np.isnan(examples.features)
            inputs.append(
                np.concatenate([_scaled(examples.features, self._features), unknown], axis=1, dtype=np.float32)
            )
        if self._config["titles"]:
            inputs.append(examples.recent.astype(np.int32) + 1)
        return inputs


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: steps, which are real, features and titles in, (n, n_classes) probabilities out."""
    keras = load_keras("predict")
    layers = keras.layers
    steps = keras.Input((config["steps"], config["channels"]))
    real = keras.Input((config["steps"],), dtype="bool")
    inputs, read = [steps, real], [layers.LSTM(config["units"])(steps, mask=real)]
    if config["features"]:
        features = keras.Input((2 * config["features"],))
        inputs.append(features)
        read.append(features)
    if config["titles"]:
        titles = keras.Input((config["recent"],), dtype="int32")
        inputs.append(titles)
        embedding = layers.Embedding(config["titles"] + 1, config["units"], mask_zero=True)
        read.append(layers.LSTM(config["units"])(embedding(titles)))
    both = layers.Concatenate()(read) if len(read) > 1 else read[0]
    hidden = layers.Dropout(config["dropout"])(layers.Dense(config["units"], activation="relu")(both))
    return keras.Model(inputs, layers.Dense(config["classes"], activation="softmax")(hidden))


def _labels(examples: Examples) -> IntArray:
    """(n,) int32, -1 where a label is not known."""
    if examples.labels is None:
        return np.full(len(examples.viewers), -1, dtype=np.int32)
    return examples.labels.astype(np.int32)


def _real(examples: Examples) -> BoolArray:
    """(n, steps) which steps there were."""
    length = examples.sequences.shape[1]
    real: BoolArray = np.arange(length) >= length - examples.steps[:, None]
    return real


def _some(places: IntArray, most: int, rng: np.random.Generator) -> IntArray:
    """At most so many of the places, in their order, drawn at random."""
    if len(places) <= most:
        return places
    return np.sort(rng.choice(places, most, replace=False, shuffle=False))


def _logged(values: FloatArray) -> FloatArray:
    """log(1 + |x|) with the sign of x; NaN stays."""
    return np.sign(values) * np.log1p(np.abs(values))


def _scaling(values: FloatArray) -> FloatArray:
    """(2, n_columns) float32, mean and standard deviation of columns' logarithms; 0 and 1 where nothing is known."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    logged = np.where(known, _logged(values), 0).astype(np.float64)
    mean = logged.sum(axis=0) / count
    spread = np.sqrt(np.where(known, (logged - mean) ** 2, 0).sum(axis=0) / count)
    return np.stack([mean, np.where(spread > _SAME, spread, 1)]).astype(np.float32)


def _scaled(values: FloatArray, scaling: FloatArray) -> FloatArray:
    """Columns as `_scaling` found them, 0 where they are not known."""
    standard = (_logged(values) - scaling[0]) / scaling[1]
    return np.clip(np.where(np.isnan(standard), 0, standard), -_FAR, _FAR).astype(np.float32)
