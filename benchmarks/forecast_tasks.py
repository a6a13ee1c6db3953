"""What `forecast.py` measures of series, each in a process of its own: our forecasters and statsforecast's."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from measure import phase
from pydantic import PrivateAttr

from plugins.predict import cinekit_models
from toolkit import series_metrics
from toolkit.forecaster import Forecast, Forecaster
from toolkit.frequency import DAY, HOUR, WEEK, Frequency
from toolkit.naive2 import naive2
from toolkit.panel import Panel
from toolkit.panel_forecast import forecast_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.metrics import Float64

M4 = Path(__file__).resolve().parents[2] / "shared" / "data" / "timeseries" / "m4"
# What the competition takes for MASE and Naive2, and gives statsforecast's models as the length of the season.
SEASONS = {"Hourly": 24, "Weekly": 1}
FREQUENCIES: dict[str, Frequency] = {"Hourly": HOUR, "Weekly": WEEK}
PEERS = ("AutoETS", "AutoTheta", "DynamicOptimizedTheta")
LEVELS = (0.8, 0.95)
PROBABILITIES = (0.025, 0.1, 0.9, 0.975)
LENGTH, HORIZON = 200, 28


class Mean(Forecaster):
    """The mean of the forecasts of several models."""

    name: ClassVar[str] = "mean"
    trained: ClassVar[bool] = True
    _parts: Sequence[Forecaster] = PrivateAttr(default=())

    def fit(self, panel: Panel, horizon: int, seed: int) -> None:
        """Fit those that learn."""
        for part in self._parts:
            if part.trained:
                part.fit(panel, horizon, seed)

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Their mean."""
        return Forecast(np.mean([part.forecast(panel, horizon).mean for part in self._parts], axis=0))


def built_in(names: Sequence[str]) -> Forecaster:
    """A built-in forecaster with its own settings, or the mean of several."""
    targets = {entry.name: entry.target.partition(":") for entry in cinekit_models()}
    parts = [getattr(import_module(targets[name][0]), targets[name][2])() for name in names]
    if len(parts) == 1:
        return parts[0]  # type: ignore[no-any-return]
    mean = Mean()
    mean._parts = parts
    return mean


def values_of(file: Path) -> tuple[list[str], Float64]:
    """Names and values of a file of the competition, moved to the right."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    values = [np.array([cell for cell in row[1:] if cell], dtype=np.float64) for row in rows]
    longest = max(row.size for row in values)
    padded = [np.pad(row, (longest - row.size, 0), constant_values=np.nan) for row in values]
    return [row[0] for row in rows], np.stack(padded)


def panel_of(ids: list[str], values: Float64, frequency: Frequency) -> Panel:
    """A panel that ends today, wherever that was."""
    n = len(ids)
    ends, never = np.datetime64("2026-01-01T00:00:00", "us"), np.datetime64("NaT", "us")
    return Panel(ids, values, np.repeat(ends, n), frequency, np.zeros(n), np.repeat(never, n))


def ours(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: our forecasts of one set, as numbers alone and with intervals."""
    name = arguments["set"]
    ids, known = values_of(M4 / f"{name}-train.csv")
    _, actual = values_of(M4 / f"{name}-test.csv")
    panel, horizon = panel_of(ids, known, FREQUENCIES[name]), actual.shape[1]
    model = built_in(arguments["models"])
    with phase("forecasts"):
        if model.trained:
            model.fit(panel, horizon, 0)
        mean = model.forecast(panel, horizon).mean
    with phase("with intervals"):
        made = forecast_panel(model, panel, horizon, PROBABILITIES, 0)
    found = judged(known, actual, mean, SEASONS[name])
    scale = series_metrics.seasonal_scale(known, SEASONS[name])
    for level, (low, high) in zip(LEVELS, ((1, 2), (0, 3)), strict=True):
        ends = made.quantiles[:, :, low], made.quantiles[:, :, high]
        found[f"coverage {level:.0%}"] = float(series_metrics.coverage(actual, *ends).mean())
        found[f"MSIS {level:.0%}"] = float(series_metrics.msis(actual, *ends, level, scale).mean())
    return found


def peer(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: statsforecast's forecasts of one set; a first one of one series compiles what there is to compile."""
    import polars as pl
    from statsforecast import StatsForecast, models

    name = arguments["set"]
    ids, known = values_of(M4 / f"{name}-train.csv")
    _, actual = values_of(M4 / f"{name}-test.csv")
    there = ~np.isnan(known)
    rows, places = np.nonzero(there)
    frame = pl.DataFrame({"unique_id": np.array(ids)[rows], "ds": places, "y": known[there]})
    kind = getattr(models, arguments["model"])(season_length=SEASONS[name])
    run = StatsForecast(models=[kind], freq=1, n_jobs=1)
    run.forecast(df=frame.filter(pl.col("unique_id") == ids[0]), h=actual.shape[1])
    with phase("forecasts"):
        made = run.forecast(df=frame, h=actual.shape[1])
    by_series = made.sort("unique_id", "ds", maintain_order=True).partition_by("unique_id", as_dict=True)
    mean = np.stack([by_series[series,][arguments["model"]].to_numpy() for series in ids])
    return judged(known, actual, mean, SEASONS[name])


def judged(known: Float64, actual: Float64, mean: Float64, season: int) -> dict[str, Any]:
    """sMAPE, MASE and OWA."""
    scale = series_metrics.seasonal_scale(known, season)
    baseline = naive2(known, actual.shape[1], season)
    errors, others = (
        (series_metrics.smape(actual, each), series_metrics.mase(actual, each, scale)) for each in (mean, baseline)
    )
    return {
        "series": len(actual), "sMAPE": float(errors[0].mean()), "MASE": float(errors[1].mean()),
        "OWA": float(series_metrics.owa(*errors, *others).mean()),
    }  # fmt: skip


def simulated(n: int) -> Float64:
    """(n, LENGTH) daily sales: a level, a trend, a week, and errors that grow with all three."""
    random = np.random.default_rng(7)
    days = np.arange(LENGTH)
    level = random.lognormal(5, 1, size=(n, 1)) * (1 + random.normal(0, 0.3, size=(n, 1)) * days / LENGTH)
    week = random.lognormal(0, 0.3, size=(n, 7))
    return level * week[:, days % 7] * random.gamma(20, 1 / 20, size=(n, LENGTH))


def many(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: forecasts with intervals of many simulated series."""
    n = arguments["series"]
    panel = panel_of([str(place) for place in range(n)], simulated(n), DAY)
    model = built_in(["ensemble"])
    model.forecast(panel.select(np.arange(10)), HORIZON)
    with phase("forecasts"):
        model.forecast(panel, HORIZON)
    with phase("with intervals"):
        made = forecast_panel(model, panel, HORIZON, PROBABILITIES, 0)
    return {"finite": bool(np.isfinite(made.quantiles).all())}


TASKS = {"ours": ours, "peer": peer, "many": many}
