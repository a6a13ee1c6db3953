"""Forecasts of a panel with their intervals: fit, forecast earlier ends, and learn from those how far one is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolkit.conformal import calibration_backs, quantiles
from toolkit.errors import PluginError
from toolkit.forecaster import mean_of
from toolkit.isolation import blamed
from toolkit.series_metrics import seasonal_scale

if TYPE_CHECKING:
    from toolkit.forecaster import Forecast, Forecaster
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.sentiment import BoolArray


@dataclass(frozen=True)
class PanelForecast:
    """What is expected of the n series of a panel.

    Attributes:
        mean: (n, horizon).
        quantiles: (n, horizon, n_probabilities), never falling along the last axis.
        methods: by place of the series, what was done where it is not what the model does otherwise.
        past: (n, n_origins, horizon) forecasts made at earlier ends, NaN where a series was too short.
    """

    mean: Float64
    quantiles: Float64
    methods: Mapping[int, str]
    past: Float64


def forecast_panel(
    model: Forecaster,
    panel: Panel,
    horizon: int,
    probabilities: Sequence[float],
    seed: int,
    fitted: Float64 | None = None,
    gaps: BoolArray | None = None,
) -> PanelForecast:
    """Forecast every series, with quantiles calibrated on what the same model would have said at earlier ends.

    A trained model is fitted twice: on what was known at the first of those ends, so that it is judged on what it has
    not seen, and on everything. `fitted` is the past of a model that was brought back, and needs no fit. `gaps`, (n,
    length), says which values were filled in: nobody is judged by these.

    Raises:
        ModelError: the model cannot work on the data.
        PluginError: it returned something of another shape, or failed.
    """
    backs = calibration_backs(panel.lengths, horizon, panel.frequency.season)
    past = fitted
    with blamed(model):
        if past is None:
            past = _past(model, panel, horizon, backs, seed)
            if model.trained:
                model.fit(panel, horizon, seed)
        made = model.forecast(panel, horizon)
    mean, methods = _checked(model, panel, horizon, made)
    came = actual_at(panel, backs, horizon, gaps)
    return PanelForecast(mean, _quantiles(model.name, panel, came, past, mean, probabilities, made), methods, past)


def known_rows(panel: Panel, back: int) -> Panel:
    """The series that had begun `back` steps before the end, as they were then."""
    known = panel.until(back)
    return known.select(np.flatnonzero(known.lengths))


def actual_at(panel: Panel, backs: Sequence[int], horizon: int, gaps: BoolArray | None = None) -> Float64:
    """(n, n_origins, horizon) what came after each earlier end.

    NaN before a series began and after its end; where a value was missing and filled in, as `gaps`, (n, length), says;
    and after an end that was filled in itself, as what fills a gap is made of what came after it.
    """
    values = panel.values if gaps is None else np.where(gaps, np.nan, panel.values)
    length = values.shape[1]
    places = length - np.asarray(backs, dtype=np.int64)[:, None] + np.arange(horizon)
    inside = (places >= 0) & (places < length)
    actual = values[:, np.where(inside, places, 0)]
    actual[:, ~inside] = np.nan
    if gaps is not None:
        lasts = length - 1 - np.asarray(backs, dtype=np.int64)
        actual[gaps[:, np.maximum(lasts, 0)] & (lasts >= 0)] = np.nan
    return actual


def _past(model: Forecaster, panel: Panel, horizon: int, backs: Sequence[int], seed: int) -> Float64:
    if not backs:
        return np.full((len(panel.ids), 0, horizon), np.nan)
    if model.trained:
        model.fit(known_rows(panel, max(backs)), horizon, seed)
    return model.backtest(panel, horizon, backs)


def _checked(
    model: Forecaster, panel: Panel, horizon: int, made: Forecast
) -> tuple[Float64, dict[int, str]]:  # fmt: skip
    """Means that are numbers and not below the floors; what the model could not do falls back on the last value.

    Raises PluginError where one is infinite, which is no way to say so.
    """
    mean = mean_of(model, made, len(panel.ids), horizon)
    if np.isinf(mean).any():
        where = panel.ids[int(np.flatnonzero(np.isinf(mean).any(axis=1))[0])]
        raise PluginError(f"model {model.name} forecast an infinite number for {where}; NaN is for what it cannot do")
    methods = {int(place): text for place, text in made.methods.items()}
    lost = np.flatnonzero(~np.isfinite(mean).all(axis=1))
    mean[lost] = panel.values[lost, -1:]
    for place in lost:
        methods[int(place)] = f"the last value, as {model.name} has none: the series is too short for it"
    return np.maximum(mean, panel.floors[:, None]), methods


def _quantiles(
    name: str,
    panel: Panel,
    came: Float64,
    past: Float64,
    mean: Float64,
    probabilities: Sequence[float],
    made: Forecast,
) -> Float64:
    scale = seasonal_scale(panel.values, panel.frequency.season)
    at = quantiles(past, came, mean, scale, probabilities, panel.floors, panel.frequency.season)
    own = made.quantiles
    if own is None or not set(probabilities) <= set(own):
        return at
    if any(np.shape(own[probability]) != mean.shape for probability in probabilities):
        raise PluginError(f"a quantile of model {name} has another shape than its mean, {mean.shape}")
    stacked = np.sort(np.stack([own[probability] for probability in probabilities], axis=2), axis=2)
    whole = np.isfinite(stacked).all(axis=(1, 2), keepdims=True)
    return np.where(whole, np.maximum(stacked, panel.floors[:, None, None]), at)
