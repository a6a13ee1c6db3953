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
from toolkit.forecaster import Forecaster
from toolkit.frames import checked, write
from toolkit.frequency import named
from toolkit.panel_forecast import PanelForecast, forecast_panel
from toolkit.progress import bar
from toolkit.saving import save
from toolkit.series import Source
from toolkit.series import prepared as prepare
from toolkit.series_metrics import seasonal_scale
from toolkit.series_requests import ForecastRequest, SeriesRequest, horizon_of, probabilities_of
from toolkit.settings import build

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.host import Host, Plugin
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.series import Prepared
    from warehouse import Run, Warehouse

SOURCES: dict[Source, str] = {"series": "raw.series", "tickets": "raw.purchases", "watches": "raw.watches"}
LOADS: dict[Source, str] = {
    "series": "series box_office.csv", "tickets": "purchases tickets.csv", "watches": "watches history.csv",
}  # fmt: skip
PAST = "past.npy"
MOST_SHOWN = 20


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
            table: checked(warehouse, table, frame, name) for table, frame in _frames(prepared, made, request).items()
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


def _frames(prepared: Prepared, made: Sequence[PanelForecast], request: ForecastRequest) -> dict[str, pl.DataFrame]:
    import polars as pl

    levels = probabilities_of(request.level)
    pairs = list(zip(prepared.panels, made, strict=True))
    facts = pl.concat([_facts(panel, one) for panel, one in pairs])
    means = [_long(panel, one.mean).rename({"value": "mean"}) for panel, one in pairs]
    ends = [
        _long(panel, one.quantiles[:, :, place]).with_columns(quantile=pl.lit(level))
        for panel, one in pairs
        for place, level in enumerate(levels)
    ]
    return {
        "results.forecast_series": _series_rows(prepared, facts),
        "results.forecasts": pl.concat(means),
        "results.forecast_quantiles": pl.concat(ends),
    }


def _series_rows(prepared: Prepared, facts: pl.DataFrame) -> pl.DataFrame:
    """Rows of results.forecast_series, those that were refused among them."""
    import polars as pl

    wanted = ["series_id", "source", "grouping", "frequency", "season", "first_at", "length", "filled", "note"]
    made = prepared.facts.select(wanted).join(facts, on="series_id", how="left", maintain_order="left")
    both = pl.concat_str(pl.col("note", "method"), separator="; ", ignore_nulls=True).replace("", None)
    made = made.with_columns(method=both, reason=pl.lit(None, pl.String)).drop("note")
    return pl.concat([made, prepared.refused], how="diagonal")


def _facts(panel: Panel, made: PanelForecast) -> pl.DataFrame:
    import polars as pl

    scale = seasonal_scale(panel.values, panel.frequency.season)
    return pl.DataFrame(
        {
            "series_id": pl.Series(panel.ids, dtype=pl.String),
            "cutoff": panel.ends.astype("datetime64[us]"),
            "scale": pl.Series(np.where(np.isfinite(scale), scale, np.nan)).fill_nan(None),
            "method": pl.Series([made.methods.get(place) for place in range(len(panel.ids))], dtype=pl.String),
        }
    )


def _long(panel: Panel, values: Float64) -> pl.DataFrame:
    """(n, horizon) values as rows: series_id, cutoff, ds, horizon, value."""
    import polars as pl

    n, horizon = values.shape
    return pl.DataFrame(
        {
            "series_id": pl.Series(panel.ids, dtype=pl.String).gather(np.repeat(np.arange(n), horizon)),
            "cutoff": np.repeat(panel.ends.astype("datetime64[us]"), horizon),
            "ds": panel.ahead(horizon).astype("datetime64[us]").ravel(),
            "horizon": np.tile(np.arange(1, horizon + 1, dtype=np.int32), n),
            "value": values.ravel(),
        }
    )


def end_of(quantile: float) -> str:
    """The end of an interval that a quantile is, as views name it.

    >>> [end_of(quantile) for quantile in (0.025, 0.5, 0.9)]
    ['low_95', 'median', 'high_80']
    """
    if quantile == 0.5:
        return "median"
    return f"{'low' if quantile < 0.5 else 'high'}_{100 * abs(2 * quantile - 1):.6g}"


def forecasts_of(warehouse: Warehouse, run: str, *, people: bool) -> pl.DataFrame:
    """A run's forecasts: for people a row a series, the largest first; for programs a row a series and time."""
    each = """
        SELECT f.series_id, f.cutoff, f.ds, f.horizon, f.mean, q.quantile, q.value
        FROM results.forecasts f JOIN results.forecast_quantiles q USING (run, series_id, cutoff, ds, horizon)
        WHERE f.run = $run ORDER BY f.series_id, f.ds, q.quantile
    """
    if not people:
        frame = warehouse.query(each, {"run": run})
        index = ["series_id", "cutoff", "ds", "horizon", "mean"]
        wide = frame.pivot("quantile", index=index, values="value", maintain_order=True)
        return wide.rename({name: end_of(float(name)) for name in wide.columns if name not in index})
    totals = """
        WITH q AS (
            SELECT series_id, min(quantile) AS least, max(quantile) AS most FROM results.forecast_quantiles
            WHERE run = $run GROUP BY series_id
        )
        SELECT f.series_id AS series, max(s.cutoff) AS "known until", max(s.length) AS values,
               min_by(f.mean, f.horizon) AS next, min_by(l.value, f.horizon) AS low, min_by(h.value, f.horizon) AS high,
               sum(f.mean) AS "sum ahead", any_value(100 * (q.most - q.least)) AS level
        FROM results.forecasts f JOIN q USING (series_id)
        JOIN results.forecast_series s USING (run, series_id, cutoff)
        JOIN results.forecast_quantiles l ON l.run = f.run AND l.series_id = f.series_id AND l.horizon = f.horizon
             AND l.quantile = q.least
        JOIN results.forecast_quantiles h ON h.run = f.run AND h.series_id = f.series_id AND h.horizon = f.horizon
             AND h.quantile = q.most
        WHERE f.run = $run GROUP BY f.series_id ORDER BY "sum ahead" DESC LIMIT $most
    """
    frame = warehouse.query(totals, {"run": run, "most": MOST_SHOWN})
    widest = f"{frame['level'][0]:g} %"
    return frame.drop("level").rename({"low": f"low {widest}", "high": f"high {widest}"})
