"""`cinekit predict` of series: read, prepare, forecast with intervals, and write it all in one transaction."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit import fitting
from toolkit.errors import ModelError, UsageError
from toolkit.forecast_rows import result_frames
from toolkit.forecaster import Forecaster
from toolkit.frames import checked, write
from toolkit.frequency import named
from toolkit.panel_forecast import PanelForecast, forecast_panel
from toolkit.progress import bar
from toolkit.saving import save
from toolkit.series import Source
from toolkit.series import prepared as prepare
from toolkit.series_requests import ForecastRequest, SeriesRequest, horizon_of, probabilities_of
from toolkit.settings import build

if TYPE_CHECKING:
    import duckdb

    from toolkit.host import Host, Plugin
    from toolkit.series import Prepared
    from warehouse import Run, Warehouse

SOURCES: dict[Source, str] = {"series": "raw.series", "tickets": "raw.purchases", "watches": "raw.watches"}
LOADS: dict[Source, str] = {
    "series": "series box_office.csv", "tickets": "purchases tickets.csv", "watches": "watches history.csv",
}  # fmt: skip
PAST = "past.npy"


@dataclass(frozen=True)
class Forecasted:
    """What a run over series did.

    Attributes:
        run: its id.
        source: what the series are of: series, tickets or watches.
        series: how many were forecast.
        refused: why the others were not, by their ids.
        notes: what else a user should know.
        filled: how many missing values were filled in.
        methods: how many series were forecast in another way than the model's, by what was done, the most first.
        single: how many series have one value alone.
        horizon: steps ahead, the longest where frequencies differ.
        frequencies: steps of the series, in words.
        reused: whether a saved model was brought back instead of fitted.
        seconds: wall seconds.
    """

    run: str
    source: Source
    series: int
    refused: dict[str, str]
    notes: tuple[str, ...]
    filled: int
    methods: dict[str, int]
    single: int
    horizon: int
    frequencies: tuple[str, ...]
    reused: bool
    seconds: float


def forecaster(host: Host, name: str, settings: Mapping[str, Any]) -> Forecaster:
    """Make a forecaster of its settings.

    Raises:
        UsageError: it is a model of viewers.
    """
    kind = host.model("predict", name)
    if not issubclass(kind, Forecaster):
        raise UsageError(f"{name} predicts what viewers do; for series take a forecaster, such as ensemble")
    return build(kind, settings)


def source_of(con: duckdb.DuckDBPyConnection, preferred: Sequence[Source]) -> Source:
    """The first of the sources that has rows.

    Raises:
        ModelError: none has.
    """
    for source in preferred:
        if con.execute(f"SELECT 1 FROM {SOURCES[source]} LIMIT 1").fetchall():
            return source
    ways = " or ".join(f"cinekit load {LOADS[source]}" for source in preferred)
    raise ModelError(f"there is nothing to forecast: no {' or '.join(preferred)}; load some first, such as: {ways}")


def forecast(
    warehouse: Warehouse,
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    request: ForecastRequest,
    preferred: Sequence[Source] = ("series", "tickets", "watches"),
) -> Forecasted:
    """Forecast series; results land in results.forecasts, forecast_quantiles and forecast_series.

    Args:
        warehouse: where from and to.
        host: the plugins.
        name: the forecaster.
        settings: its own settings.
        request: which series, and how far ahead.
        preferred: sources, of which the first that has rows is taken.

    Raises:
        UsageError: the model is none of series; an unknown series.
        ModelError: there are no series, or not one of them can be forecast.
    """
    began = time.monotonic()
    model, plugin = forecaster(host, name, settings), host.plugin_of("predict", name)
    with warehouse.run(
        "predict",
        name,
        settings={
            **model.settings(),
            **request.model_dump(mode="json", exclude={"seed"}),
            "preferred": list(preferred),
        },
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        fit_settings = {**model.settings(), **_fit_settings(request)}
        with warehouse.reading() as con:
            source = source_of(con, preferred)
            prepared = prepared_of(con, source, request)
            run.read(con, prepared.tables)
            fit_settings["source"] = source
            state = fitting.data_state(con, prepared.tables, model)
            saved = _saved(con, plugin, model, fit_settings, request, state, prepared)
        made = _forecast_all(warehouse, model, prepared, request, saved)
        frames = {
            table: checked(warehouse, table, frame, name)
            for table, frame in result_frames(prepared, made, probabilities_of(request.level)).items()
        }
        keep = model.kept and saved is None and len(prepared.panels) == 1
        if keep:
            _keep(warehouse, run, model, made[0])
        with warehouse.writing() as con:
            writes = {table: write(con, table, frame, run.id) for table, frame in frames.items()}
            if keep:
                sizes = {"series": len(prepared.panels[0].ids)}
                writes |= fitting.record(con, warehouse, run, plugin, model, fit_settings, request.seed, state, sizes)
            run.finish(con, writes)
    return Forecasted(
        run=run.id,
        source=source,
        series=sum(len(panel.ids) for panel in prepared.panels),
        refused=reasons_of(prepared),
        notes=prepared.notes,
        filled=int(prepared.facts["filled"].sum() or 0),
        methods=dict(Counter(text for one in made for text in one.methods.values()).most_common()),
        single=int((prepared.facts["length"] == 1).sum()),
        horizon=max(one.mean.shape[1] for one in made),
        frequencies=tuple(panel.frequency.name for panel in prepared.panels),
        reused=saved is not None,
        seconds=time.monotonic() - began,
    )


def prepared_of(con: duckdb.DuckDBPyConnection, source: Source, request: SeriesRequest) -> Prepared:
    """The panels that a request asks for.

    Raises:
        ModelError: not one series can be forecast.
        UnknownNameError: an unknown series or frequency.
        UsageError: series that cannot be added up, or have another step.
    """
    prepared = prepare(
        con,
        source,
        grouping=request.by,
        frequency=None if request.frequency is None else named(request.frequency),
        as_of=None if request.as_of is None else date.fromisoformat(request.as_of),
        only=request.id or None,
    )
    if not prepared.panels:
        some = [
            f"{series}: {reason}"
            for series, reason in prepared.refused.select("series_id", "reason").head(3).iter_rows()
        ]
        raise ModelError(f"not one of the series can be forecast: {'; '.join(some)}")
    return prepared


def reasons_of(prepared: Prepared) -> dict[str, str]:
    """Why series cannot be forecast, by their ids."""
    return dict(prepared.refused.select("series_id", "reason").iter_rows())


def _fit_settings(request: ForecastRequest) -> dict[str, Any]:
    """What a fit depends on beside the model's settings and the data."""
    asked = request.model_dump(mode="json", include=set(SeriesRequest.model_fields))
    return {**asked, "horizon": request.horizon}


def _saved(
    con: duckdb.DuckDBPyConnection,
    plugin: Plugin,
    model: Forecaster,
    settings: Mapping[str, Any],
    request: ForecastRequest,
    state: str,
    prepared: Prepared,
) -> str | None:
    if not model.kept or request.refit or len(prepared.panels) != 1:
        return None
    return fitting.find_fitted(con, plugin, model, settings, request.seed, state)


def _forecast_all(
    warehouse: Warehouse, model: Forecaster, prepared: Prepared, request: ForecastRequest, saved: str | None
) -> list[PanelForecast]:
    past = None
    if saved is not None:
        fitting.bring_back(warehouse, model, saved)
        with warehouse.reading() as con:
            past = np.load(warehouse.artifacts.checked(con, saved)[PAST], allow_pickle=False)
    made = []
    with bar(f"forecasting with {model.name}", len(prepared.panels)) as advance:
        for panel, gaps in zip(prepared.panels, prepared.gaps, strict=True):
            horizon, levels = horizon_of(request, panel.frequency.name), probabilities_of(request.level)
            made.append(forecast_panel(model, panel, horizon, levels, request.seed, past, gaps))
            advance(1)
    return made


def _keep(warehouse: Warehouse, run: Run, model: Forecaster, made: PanelForecast) -> None:
    """Write a fitted model, and its past beside it, which its intervals are made of."""
    folder = warehouse.artifacts.make(run.id)
    save(model, folder)
    np.save(folder / PAST, made.past, allow_pickle=False)
