"""Pictures of forecasts: on the terminal, and as a file by Altair."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.forecast_chart import MOST_SERIES, levels_of, name_of, when
from toolkit.terminal_plot import BAND, CUT, WIDTH, terminal_plot

if TYPE_CHECKING:
    import polars as pl

    from warehouse import Warehouse

FORMS = (".svg", ".png", ".html")
MOST_WIDTH = 120
# Steps of history that are drawn: three horizons or two seasons, but no more than fit on a terminal.
HORIZONS_BACK, SEASONS_BACK, MOST_BACK = 3, 2, 140


def check(path: Path) -> None:
    """Find out whether a picture can be written there, before anything is worked for.

    Raises:
        UsageError: the ending is none of .svg, .png and .html, or the folder is missing.
        ModelError: Altair or vl-convert is not installed.
    """
    if path.suffix.lower() not in FORMS:
        raise UsageError(f"{path}: which picture? end the name in .svg, .png or .html")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.absolute().parent} to draw {path.name} into")
    missing = [name for name, module in (("altair", "altair"), ("vl-convert", "vl_convert")) if not find_spec(module)]
    if missing:
        raise ModelError(f"drawing needs {' and '.join(missing)}, not installed here: pip install 'cinekit[plot]'")


def terminal(warehouse: Warehouse, run: str) -> list[str]:
    """Lines that draw the forecast of a run's largest series, no wider than the terminal."""
    history, forecast = plot_frames(warehouse, run, 1)
    if forecast.is_empty():
        return []
    level = next(reversed(levels_of(forecast)), None)
    low, high = (None if level is None else forecast[f"{end}_{level}"].to_numpy() for end in ("low", "high"))
    series = forecast["series"][0]
    some = f", the largest of {series:,}" if series > 1 else ""
    shade = f", {BAND} its {level} % interval" if level else ""
    drawn = terminal_plot(
        history["ds"].to_numpy(),
        history["y"].to_numpy(),
        forecast["ds"].to_numpy(),
        forecast["mean"].to_numpy(),
        low,
        high,
        title=f"{name_of(forecast)}{some}",
        width=min(MOST_WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns),
    )
    title, *lines = drawn.split("\n")
    return [title, f"known until {when(forecast['cutoff'][0])} {CUT} forecast{shade}", *lines]


def write(warehouse: Warehouse, run: str, path: Path) -> None:
    """Draw the largest series of a run into a file; raises what `check` and `write_plot` do."""
    check(path)
    history, forecast = plot_frames(warehouse, run)
    write_plot(path, history, forecast)


def plot_frames(warehouse: Warehouse, run: str, most_series: int = MOST_SERIES) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is drawn of a run: its series with the largest forecasts.

    Returns:
        Two frames by series, the largest first, and time: the last steps that were known (source, grouping,
        series_id, ds, y); and the forecasts (source, grouping, series_id, cutoff, ds, horizon, mean, actual, model,
        series (how many the run has), unit, and low_L and high_L for every level L of an interval, such as low_80).
    """
    import polars as pl

    forecast = warehouse.query(
        """
        WITH largest AS (
            SELECT series_id, sum(mean) AS size, count(*) OVER () AS series FROM results.forecasts WHERE run = $run
            GROUP BY series_id ORDER BY size DESC, series_id LIMIT $most
        )
        SELECT s.source, s.grouping, s.season, f.series_id, f.cutoff, f.ds, f.horizon, f.mean, m.model, l.series,
               l.size, CASE s.source WHEN 'tickets' THEN 'tickets' WHEN 'series' THEN 'value' ELSE
                   (SELECT CASE WHEN count(minutes) > 0 THEN 'minutes' ELSE 'watches' END FROM raw.watches) END AS unit
        FROM results.forecasts f JOIN largest l USING (series_id)
        JOIN results.forecast_series s USING (run, series_id, cutoff) JOIN meta.runs m USING (run)
        WHERE f.run = $run
        """,
        {"run": run, "most": most_series},
    )
    ids = forecast["series_id"].unique().to_list()
    known = _known(warehouse, forecast, ids)
    ends = _ends(warehouse, run, ids)
    forecast = (
        forecast.join(known.select("series_id", "ds", actual="y"), on=["series_id", "ds"], how="left")
        .join(ends, on=["series_id", "ds"], how="left")
        .sort("size", "series_id", "ds", descending=[True, False, False])
    )
    about = forecast.group_by("series_id", maintain_order=True).agg(
        pl.col("cutoff").first(), pl.col("horizon").max(), pl.col("season").first()
    )
    back = pl.max_horizontal(HORIZONS_BACK * pl.col("horizon"), SEASONS_BACK * pl.col("season"))
    back = pl.max_horizontal(back.clip(upper_bound=MOST_BACK), "horizon")
    history = (
        about.join(known, on="series_id", how="inner", maintain_order="left_right")
        .filter(pl.col("ds") <= pl.col("cutoff"))
        .filter(pl.col("ds").rank("ordinal", descending=True).over("series_id") <= back)
    )
    return history.select("source", "grouping", "series_id", "ds", "y"), forecast.drop("season", "size")


def _known(warehouse: Warehouse, forecast: pl.DataFrame, ids: list[str]) -> pl.DataFrame:
    """All that is known of the series, by series and time."""
    source, grouping = forecast.select("source", "grouping").row(0) if forecast.height else (None, None)
    return warehouse.query(
        "SELECT source, grouping, series_id, ds, y FROM main.series WHERE source = $source "
        "AND grouping IS NOT DISTINCT FROM $grouping AND series_id IN (SELECT unnest($ids)) ORDER BY series_id, ds",
        {"source": source, "grouping": grouping, "ids": ids},
    )


def _ends(warehouse: Warehouse, run: str, ids: list[str]) -> pl.DataFrame:
    """Ends of all intervals, one row a series and time: series_id, ds, low_L and high_L for every level L."""
    import polars as pl

    quantiles = warehouse.query(
        "SELECT series_id, ds, quantile, value FROM results.forecast_quantiles WHERE run = $run "
        "AND series_id IN (SELECT unnest($ids)) AND quantile <> 0.5 ORDER BY abs(quantile - 0.5)",
        {"run": run, "ids": ids},
    )
    levels = {q: f"{round(abs(1 - 2 * q) * 100, 4):g}" for q in quantiles["quantile"].unique(maintain_order=True)}
    names = {q: f"{'low' if q < 0.5 else 'high'}_{level}" for q, level in levels.items()}
    paired = [q for q in names if {f"low_{levels[q]}", f"high_{levels[q]}"} <= set(names.values())]
    named = quantiles.filter(pl.col("quantile").is_in(paired)).select(
        "series_id", "ds", "value", end=pl.col("quantile").replace_strict(names, return_dtype=pl.String)
    )
    return named.pivot("end", index=["series_id", "ds"], values="value", maintain_order=True)


def write_plot(path: Path, history: pl.DataFrame, forecast: pl.DataFrame) -> None:
    """Draw series of frames as `plot_frames` returns them, up to six; the file is there whole or not at all.

    The HTML page carries all that it needs, and works without a network.

    Raises:
        UsageError, ModelError: as `check`.
        CinekitError: there is nothing to draw, or the file cannot be written.
    """
    check(path)
    if forecast.is_empty():
        raise CinekitError(f"there is no forecast to draw into {path.name}; see column reason of forecast_series")
    import altair as alt

    from toolkit.forecast_chart import chart, page

    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    form: Any = path.suffix.lower()[1:]
    try:
        with alt.data_transformers.enable("default", max_rows=None):
            if form == "html":
                draft.write_text(page(history, forecast), encoding="utf-8")
            else:
                chart(history, forecast).save(str(draft), format=form, scale_factor=2 if form == "png" else 1)
        draft.replace(path)
    except OSError as error:
        raise CinekitError(f"cannot write {path}: {error.strerror or error}; make room or name another") from error
    finally:
        draft.unlink(missing_ok=True)
