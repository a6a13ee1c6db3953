"""Forecasts as rows of the results, and as people and programs see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.series_metrics import seasonal_scale

if TYPE_CHECKING:
    import polars as pl

    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.panel_forecast import PanelForecast
    from toolkit.series import Prepared
    from warehouse import Warehouse

MOST_SHOWN = 20


def result_frames(
    prepared: Prepared, made: Sequence[PanelForecast], levels: Sequence[float]
) -> dict[str, pl.DataFrame]:
    """Rows of the three tables of forecasts, by table; `levels` are the probabilities of the quantiles."""
    import polars as pl

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
