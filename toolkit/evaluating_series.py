"""`cinekit evaluate predict`: forecasters, judged on the same origins of the same series, beside Naive2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit import series_metrics
from toolkit.conformal import calibration_backs, quantiles
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.forecasting import forecaster, prepared_of, source_of
from toolkit.frames import checked, write
from toolkit.intervals import bootstrap_interval
from toolkit.isolation import blamed, usable
from toolkit.metric_rows import metric_frame
from toolkit.naive2 import naive2
from toolkit.panel_forecast import actual_at, known_rows
from toolkit.progress import bar
from toolkit.series_requests import EvaluateSeriesRequest, horizon_of, probabilities_of

if TYPE_CHECKING:
    import polars as pl

    from toolkit.forecaster import Forecaster
    from toolkit.host import Host
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.sentiment import BoolArray
    from toolkit.series import Source
    from warehouse import Warehouse

    Measures = dict[str, Float64]

BASELINE = "naive2"
SHOWN = ("mase", "smape", "owa", "pinball")


@dataclass(frozen=True)
class EvaluatedSeries:
    """What a run of `evaluate predict` over series found.

    Attributes:
        run: its id.
        metrics: one row a model and metric, as in results.metrics.
        failed: the errors of models that could not be judged, by name.
        source: what the series are of.
        series: how many were judged.
        short: how many had nothing before the first origin.
        refused: why others could not be prepared, by their ids.
        windows: forecasts that were judged, over all series.
    """

    run: str
    metrics: pl.DataFrame
    failed: dict[str, CinekitError]
    source: Source
    series: int
    short: int
    refused: dict[str, str]
    windows: int


@dataclass(frozen=True)
class Window:
    """One origin of a panel: how far back it is, what was known then, what came, and Naive2's forecast."""

    back: int
    known: Panel
    actual: Float64
    naive2: Float64


@dataclass(frozen=True)
class Judged:
    """A panel, which of its values were filled in, and the origins that it is judged from, the latest first."""

    panel: Panel
    gaps: BoolArray
    horizon: int
    windows: tuple[Window, ...]


def evaluate_forecasters(
    warehouse: Warehouse,
    host: Host,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateSeriesRequest,
    preferred: Sequence[Source],
) -> EvaluatedSeries:
    """Forecast the last windows of every series from what was known before each, with every model.

    A trained model is fitted once, on what was known at the first origin, and for its intervals once on what was known
    at the first of the earlier ends that these are calibrated on.

    Raises:
        UsageError: no model, one named twice, or one that is none of series.
        ModelError: the series are too short, or not one of the models can forecast them.
    """
    if not names or len(set(names)) != len(names):
        raise UsageError("name each model once, such as: cinekit evaluate predict seasonal-naive ensemble")
    models, failed = usable(names, lambda name: forecaster(host, name, settings.get(name, {})))
    recorded = {**request.model_dump(mode="json"), "models": {name: model.settings() for name, model in models.items()}}
    with warehouse.run("evaluate", "predict", settings=recorded, seed=request.seed) as run:
        with warehouse.reading() as con:
            source = source_of(con, preferred)
            prepared = prepared_of(con, source, request)
            run.read(con, prepared.tables)
        pairs = zip(prepared.panels, prepared.gaps, strict=True)
        parts = [part for panel, gaps in pairs if (part := windows_of(panel, request, gaps)) is not None]
        if not parts:
            raise ModelError(
                "the series are too short to be judged: fewer values than one horizon and one before it; "
                "give a shorter --horizon"
            )
        found = _measured(models, parts, request, failed)
        if set(found) <= {BASELINE}:
            raise next(iter(failed.values()))
        series = sum(len(part.panel.ids) for part in parts)
        windows = sum(int((~np.isnan(window.actual)).any(axis=1).sum()) for part in parts for window in part.windows)
        metrics = metric_frame(_rows(found, request, source, windows))
        rows = checked(warehouse, "results.metrics", metrics, "evaluate")
        with warehouse.writing() as con:
            run.finish(con, {"results.metrics": write(con, "results.metrics", rows, run.id)})
    short = sum(len(panel.ids) for panel in prepared.panels) - series
    return EvaluatedSeries(
        run.id,
        metrics,
        failed,
        source,
        series,
        short,
        dict(prepared.refused.select("series_id", "reason").iter_rows()),
        windows,
    )


def windows_of(panel: Panel, request: EvaluateSeriesRequest, gaps: BoolArray | None = None) -> Judged | None:
    """The origins of a panel; None where no series has a value before the latest of them.

    Values that were filled in, as `gaps` says, are not what came: nobody is judged by them.
    """
    horizon = horizon_of(request, panel.frequency.name)
    step = request.step or horizon
    rows = np.flatnonzero(panel.lengths > horizon)
    if not rows.size:
        return None
    panel, gaps = panel.select(rows), np.zeros(panel.values.shape, dtype=np.bool_)[rows] if gaps is None else gaps[rows]
    backs = [horizon + step * place for place in range(request.windows)]
    longest = int(panel.lengths.max())
    windows = tuple(_window(panel, gaps, back, horizon) for back in backs if back < longest)
    return Judged(panel, gaps, horizon, windows)


def _window(panel: Panel, gaps: BoolArray, back: int, horizon: int) -> Window:
    known = panel.until(back)
    began = known.lengths > 0
    actual = actual_at(panel, [back], horizon, gaps)[:, 0]
    actual[~began] = np.nan
    expected = np.full(actual.shape, np.nan)
    expected[began] = naive2(known.values[began], horizon, panel.frequency.season)
    return Window(back, known, actual, expected)


def _measured(
    models: Mapping[str, Forecaster],
    parts: Sequence[Judged],
    request: EvaluateSeriesRequest,
    failed: dict[str, CinekitError],
) -> dict[str, Measures]:
    """Per series, every measure of every model that did not fail."""
    naive = [np.stack([window.naive2 for window in part.windows], axis=1) for part in parts]
    baseline = _joined(_point_measures(part, means) for part, means in zip(parts, naive, strict=True))
    found = {BASELINE: _with_owa(baseline, baseline)}
    with bar("evaluating", len(models)) as advance:
        for name, model in models.items():
            try:
                with blamed(model):
                    measures = _joined(judge_panel(model, part, request.level, request.seed) for part in parts)
            except CinekitError as error:
                failed[name] = error
            else:
                found[name] = _with_owa(measures, baseline)
            advance(1)
    return found


def judge_panel(model: Forecaster, part: Judged, levels: tuple[float, ...], seed: int) -> Measures:
    """Per series, the measures of one model on one panel, but for OWA."""
    panel, horizon = part.panel, part.horizon
    season = panel.frequency.season
    earlier = [
        [window.back + back for back in calibration_backs(window.known.lengths, horizon, season)]
        for window in part.windows
    ]
    made = _forecasts(model, panel, horizon, [window.back for window in part.windows], earlier, seed)
    probabilities = probabilities_of(levels)
    means, bands = [], []
    for window, backs in zip(part.windows, earlier, strict=True):
        began = window.known.lengths > 0
        mean = np.full(window.actual.shape, np.nan)
        mean[began] = made[window.back][began]
        band = np.full((*mean.shape, len(probabilities)), np.nan)
        past = np.stack([made[back] for back in backs], axis=1) if backs else mean[:, None][:, :0]
        came = actual_at(panel, backs, horizon, part.gaps) if backs else past
        # What came after the window's origin was not known there.
        late = np.asarray(backs, dtype=np.int64)[:, None] - np.arange(horizon) <= window.back
        came = np.where(late[None], np.nan, came)
        scale = series_metrics.seasonal_scale(window.known.values, season)
        band[began] = quantiles(
            past[began], came[began], mean[began], scale[began], probabilities, panel.floors[began], season
        )
        means.append(mean)
        bands.append(band)
    mean, band = np.stack(means, axis=1), np.stack(bands, axis=1)
    return _point_measures(part, mean) | _interval_measures(part, band, levels)


def _forecasts(
    model: Forecaster, panel: Panel, horizon: int, backs: list[int], earlier: list[list[int]], seed: int
) -> dict[int, Float64]:
    """(n, horizon) forecasts by how far back they were made, numbers wherever a series had begun."""
    calibrating = sorted({back for some in earlier for back in some} - set(backs))
    before = [back for back in calibrating if back > max(backs)]
    wanted = backs + [back for back in calibrating if back < max(backs)]
    made: dict[int, Float64] = {}
    for group in (before, wanted):
        if not group:
            continue
        if model.trained:
            model.fit(known_rows(panel, max(group)), horizon, seed)
        found = model.backtest(panel, horizon, group)
        for place, back in enumerate(group):
            made[back] = _whole(found[:, place], panel.until(back))
    return made


def _whole(mean: Float64, known: Panel) -> Float64:
    """Forecasts as they would have been written: the last value where the model has none, none below the floors."""
    last = known.values[:, -1:] if known.values.shape[1] else np.full((len(known.ids), 1), np.nan)
    mean = np.where(np.isfinite(mean).all(axis=1, keepdims=True), mean, last)
    return np.maximum(mean, known.floors[:, None])


def _point_measures(part: Judged, mean: Float64) -> Measures:
    """(n,) each, of (n, windows, horizon) forecasts."""
    actual = np.stack([window.actual for window in part.windows], axis=1)
    season = part.panel.frequency.season
    scale = np.stack([series_metrics.seasonal_scale(w.known.values, season) for w in part.windows], axis=1)
    squared = np.stack([series_metrics.squared_scale(w.known.values) for w in part.windows], axis=1)
    return {
        "mase": series_metrics.mase(actual, mean, scale),
        "smape": series_metrics.smape(actual, mean),
        "rmsse": series_metrics.rmsse(actual, mean, squared),
        "wape": series_metrics.wape(actual, mean),
    }


def _interval_measures(part: Judged, band: Float64, levels: tuple[float, ...]) -> Measures:
    actual = np.stack([window.actual for window in part.windows], axis=1)
    season = part.panel.frequency.season
    scale = np.stack([series_metrics.seasonal_scale(w.known.values, season) for w in part.windows], axis=1)
    probabilities = probabilities_of(levels)
    found = {"pinball": series_metrics.pinball(actual, band, probabilities, scale)}
    for level in levels:
        low = band[..., probabilities.index(round(0.5 - level / 200, 6))]
        high = band[..., probabilities.index(round(0.5 + level / 200, 6))]
        found[f"coverage_{level:g}"] = series_metrics.coverage(actual, low, high)
        found[f"msis_{level:g}"] = series_metrics.msis(actual, low, high, level / 100, scale)
    return found


def _joined(parts: Iterator[Measures]) -> Measures:
    """Measures of the series of several panels, one after another."""
    found = list(parts)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def _with_owa(measures: Measures, baseline: Measures) -> Measures:
    owa = series_metrics.owa(measures["smape"], measures["mase"], baseline["smape"], baseline["mase"])
    return measures | {"owa": owa}


def _rows(
    found: Mapping[str, Measures], request: EvaluateSeriesRequest, source: Source, windows: int
) -> Iterator[dict[str, Any]]:
    for name, measures in found.items():
        for metric, values in measures.items():
            known = values[~np.isnan(values)]
            if not known.size:
                continue
            # One series tells nothing of others.
            alone = (float(known[0]), None, None)
            value, low, high = bootstrap_interval(known, request.seed) if known.size > 1 else alone
            yield {
                "model": name, "split": "windows", "metric": metric, "k": request.windows, "value": value, "low": low,
                "high": high, "task": source, "series": known.size, "examples": windows,
            }  # fmt: skip


def as_table(metrics: pl.DataFrame) -> pl.DataFrame:
    """One row a model, one column a metric of those that fit on a terminal; the smallest MASE first."""
    import polars as pl

    leading = next((name for name in SHOWN if (metrics["metric"] == name).any()), metrics["metric"][0])
    interval = metrics.filter(pl.col("low").is_not_null(), metric=leading).select(
        "model", pl.format("{} to {}", pl.col("low").round(3), pl.col("high").round(3)).alias("95 % interval")
    )
    wide = metrics.pivot("metric", index="model", values="value", maintain_order=True)
    wide = wide.join(interval, on="model", how="left", maintain_order="left").sort(leading, nulls_last=True)
    if interval.is_empty():
        wide = wide.drop("95 % interval")
    covered = [column for column in wide.columns if column.startswith("coverage")]
    rest = [column for column in (*SHOWN, *covered) if column in wide.columns and column != leading]
    return wide.select("model", leading, *(["95 % interval"] if not interval.is_empty() else []), *rest)
