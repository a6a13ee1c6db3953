"""Recurrent networks on series: one for all of them, which forecasts the whole horizon at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.predict.windows import Origins, in_logarithms, sample_origins, values_ahead, windows_at
from toolkit.calendar import calendar_features
from toolkit.errors import ModelError
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting
from toolkit.training import Network, Schedule, load_keras

if TYPE_CHECKING:
    from plugins.predict.windows import Windows
    from toolkit.interactions import FloatArray
    from toolkit.panel import Panel

# Windows that are learnt from, and held out, at most: what a fit costs does not grow with the number of series.
_TRAINED, _HELD_OUT = 30_000, 5_000
# Held-out windows that there should be, as far as the origins of one season allow.
_ENOUGH_HELD_OUT = 500
# The longest segment; the longest window unless two seasons are longer; and the longest in any case.
_SEGMENT, _WINDOW, _LONGEST = 24, 256, 1024
# Values that a series must have: one more than a season, or this many where a season is longer.
_LEAST = 13
# Rows that are in memory at once while forecasting.
_ROWS = 8192
# Units by which the decoder describes one step ahead.
_DECODED = 16
# What dates say of the year; until two of them have been seen, each date stands for what was new at the time.
_YEARLY, _TWO_YEARS = ("week_of_year", "month", "year_sine", "year_cosine"), np.timedelta64(730, "D")
# Corrections beyond this, after a window that was nearly flat, would drown all others in the mean.
_LARGEST = 30.0
# Logarithms whose exponentials are still numbers.
_LIMIT = 700.0
# Standard deviations from the mean beyond which a feature is cut off.
_FAR = 4.0


class Recurrent(Forecaster):
    """What lstm and gru share: all but the cell. The docstring of `Lstm` says how they work."""

    trained: ClassVar[bool] = True
    kept: ClassVar[bool] = True
    cell: ClassVar[str]

    units: int = setting(64, "Units of the recurrent layer", ge=1, le=1024)
    window: int = setting(8, "Seasons that it looks back, or values where there is no season", ge=1, le=1000)
    epochs: int = setting(30, "The most passes over the windows", ge=1, le=10_000)
    minutes: float | None = setting(None, "Stop training after these; then the seed alone decides no more", gt=0)
    learning_rate: float = setting(2e-3, "Learning rate of Adam, at the start", gt=0, le=1)
    networks: int = setting(1, "Networks to take the median of, each with first weights of its own", ge=1, le=100)
    calendar: bool = setting(True, "Whether the calendar counts; not so where the times of series are made up")
    country: str | None = setting(None, "Country whose public holidays count, such as GB, or US-CA with its region")

    _config: dict[str, Any]
    _weights: FloatArray
    _centre: FloatArray
    _spread: FloatArray

    def fit(self, panel: Panel, horizon: int, seed: int) -> None:
        """Learn from windows of all series, sampled where there are many.

        Raises ModelError where there is no series, none long enough for a window and the horizon after it, or all are
        constant.
        """
        if not len(panel.ids):
            raise ModelError(f"{self.name} has nothing to learn from: there is no series")
        panel, _ = in_logarithms(panel)
        rng = np.random.default_rng(seed)
        self._config = self._shape(panel.frequency.season, horizon)
        began = panel.frequency.shifted(panel.ends, 1 - panel.values.shape[1]).min()
        if panel.ends.max() - began < _TWO_YEARS:
            self._config["left_out"] = list(_YEARLY)
        train, held_out = self._origins(panel, horizon, rng)
        self._choose_naive(panel, train)
        features = self._features(panel, train)
        self._centre = features.mean(axis=(0, 1))
        self._spread = features.std(axis=(0, 1)) + np.float32(1e-6)
        self._config["features"] = features.shape[2]
        inputs, targets = self._examples(panel, train)
        latest = self._examples(panel, held_out) if len(held_out) else None
        minutes = None if self.minutes is None else self.minutes / self.networks
        schedule = Schedule(self.epochs, minutes, batch=128, learning_rate=self.learning_rate)
        seeds = rng.integers(2**31, size=self.networks).tolist()
        fits = [self._network().train(inputs, targets, latest, schedule, one, f"training {self.name}") for one in seeds]
        self._weights = np.stack([fit.weights for fit in fits])

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Forecast every series; a short one by its last value, and a flat one by what it has been.

        Raises ModelError where the horizon is longer than that of the fit.
        """
        if horizon > self._config["horizon"]:
            raise ModelError(
                f"{self.name} was fitted for {self._config['horizon']} steps ahead, not for {horizon}; fit it again "
                "with --refit"
            )
        mean = np.repeat(panel.values[:, -1:], horizon, axis=1)
        long = panel.lengths >= self._config["least"]
        methods = dict.fromkeys(np.flatnonzero(~long).tolist(), "the last value, as the series is too short")
        known, positive = in_logarithms(panel)
        for start in range(0, len(mean), _ROWS):
            rows = np.flatnonzero(long[start : start + _ROWS]) + start
            if not rows.size:
                continue
            origins = Origins(rows, np.full(len(rows), panel.values.shape[1]))
            windows = windows_at(known, origins, self._length)
            made = windows.unscaled(self._scaled_forecast(known, origins, windows)[:, :horizon])
            made = np.exp(np.clip(made, -_LIMIT, _LIMIT), out=made, where=positive[rows, None])
            mean[rows] = np.where(windows.flat[:, None], mean[rows], made)
        return Forecast(mean, methods)

    def _scaled_forecast(self, panel: Panel, origins: Origins, windows: Windows) -> FloatArray:
        inputs = self._inputs(panel, origins, windows)
        corrections = [self._network().predict(weights, inputs) for weights in self._weights]
        naive = windows.naive(self._config["naive"], self._config["horizon"])
        return naive + np.asarray(np.median(corrections, axis=0))

    @property
    def _length(self) -> int:
        length: int = self._config["segment"] * self._config["segments"]
        return length

    def _network(self) -> Network:
        shape = ("cell", "units", "segment", "segments", "horizon", "features")
        return Network(build, {key: self._config[key] for key in shape}, "mean_absolute_error")

    def _shape(self, season: int, horizon: int) -> dict[str, Any]:
        """What the network is made of, before the windows have been seen."""
        segment = max(size for size in range(1, min(season, _SEGMENT) + 1) if season % size == 0)
        length = max(min(self.window * season, max(_WINDOW, 2 * season), _LONGEST), 2)
        return {
            "cell": self.cell, "units": self.units, "segment": segment, "segments": -(-length // segment),
            "season": season, "horizon": horizon, "least": min(season + 1, _LEAST), "naive": 1,
            "features": 0, "left_out": [],
        }  # fmt: skip

    def _origins(self, panel: Panel, horizon: int, rng: np.random.Generator) -> tuple[Origins, Origins]:
        """Origins to learn from, and later ones whose values ahead those do not reach into.

        Where the series are too short for that, no origin is held out.
        """
        season, least = self._config["season"], self._config["least"]
        last = panel.values.shape[1] - horizon
        first_held_out = last - int(np.clip(_ENOUGH_HELD_OUT // max(len(panel.ids), 1), 1, season)) + 1
        held_out = sample_origins(panel, (first_held_out, last), least, _HELD_OUT, rng)
        train = sample_origins(panel, (0, first_held_out - horizon), least, _TRAINED, rng)
        if not len(train):
            train, held_out = sample_origins(panel, (0, last), least, _TRAINED, rng), held_out.select(np.arange(0))
        train, held_out = (one.select(~windows_at(panel, one, self._length).flat) for one in (train, held_out))
        if not len(train):
            raise ModelError(
                f"{self.name} has nothing to learn from: it wants one series of {least + horizon} values that are not "
                f"all equal, for {horizon} steps ahead; take seasonal-naive, or a shorter horizon"
            )
        return train, held_out

    def _choose_naive(self, panel: Panel, train: Origins) -> None:
        horizon, season = self._config["horizon"], self._config["season"]
        windows = windows_at(panel, train, self._length)
        actual = windows.scaled(values_ahead(panel, train, horizon))
        lags = [1, season] if 1 < season <= self._length else [1]
        self._config["naive"] = min(lags, key=lambda lag: float(np.abs(actual - windows.naive(lag, horizon)).mean()))

    def _examples(self, panel: Panel, origins: Origins) -> tuple[list[FloatArray], FloatArray]:
        """Inputs of the network, and the corrections that would have been right."""
        horizon = self._config["horizon"]
        windows = windows_at(panel, origins, self._length)
        actual = windows.scaled(values_ahead(panel, origins, horizon))
        corrections = actual - windows.naive(self._config["naive"], horizon)
        return self._inputs(panel, origins, windows), np.clip(corrections, -_LARGEST, _LARGEST)

    def _inputs(self, panel: Panel, origins: Origins, windows: Windows) -> list[FloatArray]:
        segments = windows.segments(self._config["segment"])
        if not self._config["features"]:
            return [segments]
        standard = (self._features(panel, origins) - self._centre) / self._spread
        return [segments, np.clip(standard, -_FAR, _FAR)]

    def _features(self, panel: Panel, origins: Origins) -> FloatArray:
        """(m, horizon, n_features) what the calendar says of the steps ahead, and of those a season before."""
        horizon, season = self._config["horizon"], self._config["season"]
        if not self.calendar:
            return np.empty((len(origins), horizon, 0), dtype=np.float32)
        ahead = np.arange(1, horizon + 1)
        steps = (origins.ends - panel.values.shape[1])[:, None] + np.concatenate(
            [ahead, ahead - season * -(-ahead // season)]
        )
        times = panel.frequency.shifted(panel.ends[origins.rows][:, None], steps)
        features, names = calendar_features(times, panel.released[origins.rows], panel.frequency, self.country)
        used = features[:, :, [place for place, name in enumerate(names) if name not in self._config["left_out"]]]
        return np.concatenate([used[:, :horizon], used[:, horizon:]], axis=2)


class Lstm(Recurrent):
    """Series: a recurrent network with memory cells, one for all.

    A window of the last values, less their level and over their mean absolute deviation from it, is cut into segments
    of a season (of a part of it, where a season is long). The network reads one segment a step. Out of its last state
    come corrections of a naive forecast for the whole horizon at once: of the last value, or of the value one season
    ago, whichever was better on the windows. With the calendar, a decoder joins to the state what is known of the date
    of each step ahead, and of the date a season before it; weeks and months of the year only where there are two
    years. A linear map from the window to the horizon runs beside it all. Series without values of 0 or less are taken
    as logarithms, others as they are.

    The loss is the mean absolute error in scaled units. The latest windows are not learnt from: the weights are those
    of the epoch with the least loss on them. Series that are too short get their last value, flat ones stay flat.

    Sources: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997; one network
    for all series: S. Smyl, "A hybrid method of exponential smoothing and recurrent neural networks for time series
    forecasting", International Journal of Forecasting 36, 2020; segments: S. Lin et al., "SegRNN: Segment Recurrent
    Neural Network for Long-Term Time Series Forecasting", 2023; the linear map: G. Lai et al., "Modeling Long- and
    Short-Term Temporal Patterns with Deep Neural Networks", SIGIR 2018; the decoder: R. Wen et al., "A Multi-Horizon
    Quantile Recurrent Forecaster", 2017.
    """

    name: ClassVar[str] = "lstm"
    cell: ClassVar[str] = "lstm"


class Gru(Recurrent):
    """Series: a recurrent network, one for all.

    As lstm, with gated recurrent units, which have a quarter fewer weights and no memory cell.

    Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
    Translation", EMNLP 2014.
    """

    name: ClassVar[str] = "gru"
    cell: ClassVar[str] = "gru"


def build(config: Mapping[str, Any]) -> Any:
    """The Keras model: segments and the calendar ahead in, (n, horizon) corrections out, which are 0 at first."""
    keras = load_keras("predict")
    layers = keras.layers
    horizon = config["horizon"]
    segments = keras.Input((config["segments"], config["segment"] + 1))
    cell = {"lstm": layers.LSTM, "gru": layers.GRU}[config["cell"]]
    state = cell(config["units"])(segments)
    linear = layers.Dense(horizon, kernel_initializer="zeros")(layers.Flatten()(segments))
    if not config["features"]:
        return keras.Model(segments, linear + layers.Dense(horizon, kernel_initializer="zeros")(state))
    calendar = keras.Input((horizon, config["features"]))
    decoded = layers.Reshape((horizon, _DECODED))(layers.Dense(horizon * _DECODED)(state))
    hidden = layers.Activation("relu")(decoded + layers.Dense(_DECODED)(calendar))
    correction = layers.Flatten()(layers.Dense(1, kernel_initializer="zeros")(hidden))
    return keras.Model([segments, calendar], linear + correction)
