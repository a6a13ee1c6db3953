"""A forecast as an Altair chart: a panel a series, with what was known, the forecast, its band, and what came true."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

MOST_SERIES = 6
KNOWN, AHEAD, CAME = "known", "forecast", "came true"
INK, BLUE, ORANGE = "#333333", "#1f5fa8", "#c8501e"
SHADES = ("#7fa8d6", "#c3d7ee", "#e2ecf7")
WIDE, NARROW, TALL, SHORT = 720, 380, 300, 180
# Stands for "<" in what a page says of series, so that no name of a series can end the script that it is written in.
OPENING = "\ue000"


def page(history: pl.DataFrame, forecast: pl.DataFrame) -> str:
    """The chart as an HTML page that carries all that it needs. Points answer the mouse."""
    import polars as pl

    harmless = pl.col("series_id").str.replace_all("<", OPENING, literal=True)
    drawn = chart(history.with_columns(harmless), forecast.with_columns(harmless), hovered=True)
    html: str = drawn.to_html(inline=True)
    return html.replace("\\ue000", "\\u003c")


def levels_of(forecast: pl.DataFrame) -> list[str]:
    """Levels of the intervals that are there, the widest first."""
    there = [
        name.removeprefix("low_")
        for name in forecast.columns
        if name.startswith("low_") and forecast[name].null_count() < forecast.height
    ]
    return sorted(there, key=float, reverse=True)


def name_of(forecast: pl.DataFrame) -> str:
    """What the first series is called."""
    source, grouping, series = forecast.select("source", "grouping", "series_id").row(0)
    return series if source == "series" else source if grouping == "total" else f"{source}, {series}"


def when(time: datetime) -> str:
    """A time; only the day where it is midnight."""
    return str(time).removesuffix(" 00:00:00")


def chart(history: pl.DataFrame, forecast: pl.DataFrame, *, hovered: bool = False) -> Any:
    """A panel for each of the first series, with axes of its own.

    Args:
        history: source, grouping, series_id, ds, y.
        forecast: as `toolkit.plotting.plot_frames` returns it, or the view forecasts.
        hovered: whether points answer the mouse.
    """
    import altair as alt
    import polars as pl

    series = forecast["series_id"].unique(maintain_order=True).to_list()[:MOST_SERIES]
    both = pl.concat([history, forecast], how="diagonal_relaxed").filter(pl.col("series_id").is_in(series))
    source, grouping, model = forecast.select("source", "grouping", "model").row(0)
    by = f" by {grouping}" if grouping not in (None, "total") else ""
    levels = levels_of(forecast)
    # Names with a dot, such as low_99.9, would be taken for fields within fields.
    plain = {f"{end}_{level}": f"{end}{place}" for place, level in enumerate(levels) for end in ("low", "high")}
    unit = forecast["unit"][0] if "unit" in forecast.columns else "value"
    drawn = alt.layer(*_layers(both.rename(plain), levels, unit, hovered=hovered), data=both.rename(plain))
    subject = name_of(forecast) if len(series) == 1 else f"{source}{by}"
    every = forecast["series"][0] if "series" in forecast.columns else len(series)
    most = f", the {len(series)} largest of {every:,}" if every > len(series) > 1 else ""
    title = alt.TitleParams(
        f"{subject}: forecast by {model}{most}",
        subtitle=f"known until {when(forecast['cutoff'].max())}",  # type: ignore[arg-type]
        anchor="start",
        offset=16,
    )
    if len(series) == 1:
        panels = drawn.properties(width=WIDE, height=TALL)
    else:
        header = alt.Header(labelAnchor="start", labelFontWeight="bold")
        facet = alt.Facet("series_id:N", sort=series, title=None, header=header)
        panels = (
            drawn.properties(width=NARROW, height=SHORT)
            .facet(facet=facet, columns=2)
            .resolve_scale(x="independent", y="independent")
        )
    return panels.properties(title=title).configure_view(stroke=None).configure_axis(gridColor="#eeeeee")


def _layers(both: pl.DataFrame, levels: list[str], unit: str, *, hovered: bool) -> list[alt.Chart]:
    """Bands, the widest at the back; the cutoff; what was known, what is expected, and what came true."""
    import altair as alt

    bands = [f"{level} % interval" for level in levels]
    shades = [SHADES[min(place, len(SHADES) - 1)] for place in range(len(levels))][::-1]
    names, colours = [KNOWN, AHEAD, *bands[::-1], CAME], [INK, BLUE, *shades[::-1], ORANGE]
    came = both["actual"].null_count() < both.height
    if not came:
        names, colours = names[:-1], colours[:-1]
    scale = alt.Scale(domain=names, range=colours)
    time = alt.X("ds:T", title=None)

    colour = alt.Color("part:N", scale=scale, legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1))

    def rows(name: str, column: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"isValid(datum['{column}'])").transform_calculate(part=f"'{name}'")

    def height(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q", title=unit, scale=alt.Scale(zero=False))

    tooltip = [
        alt.Tooltip("series_id:N", title="series"),
        alt.Tooltip("ds:T", title="time", format="%Y-%m-%d %H:%M"),
    ]
    ahead = [alt.Tooltip("mean:Q", title=AHEAD, format=",.4~r")]
    for place, level in reversed(list(enumerate(levels))):
        ahead += [alt.Tooltip(f"{end}{place}:Q", title=f"{end}, {level} %", format=",.4~r") for end in ("low", "high")]
    layers = [
        rows(band, f"low{place}").mark_area().encode(x=time, y=height(f"low{place}"), y2=f"high{place}:Q", color=colour)
        for place, band in enumerate(bands)
    ]
    layers.append(alt.Chart().mark_rule(color="#999999", strokeDash=[2, 3]).encode(x="max(cutoff):T"))
    lines = [(KNOWN, "y", [alt.Tooltip("y:Q", title=KNOWN, format=",.4~r")]), (AHEAD, "mean", ahead)]
    for name, column, more in lines:
        layers.append(
            rows(name, column)
            .mark_line(strokeWidth=1.8, point=hovered and alt.OverlayMarkDef(opacity=0, size=60))
            .encode(x=time, y=height(column), color=colour, tooltip=[*tooltip, *more])
        )
    if came:
        layers.append(
            rows(CAME, "actual")
            .mark_point(size=24, filled=True, opacity=1)
            .encode(
                x=time,
                y=height("actual"),
                color=colour,
                tooltip=[*tooltip, alt.Tooltip("actual:Q", title=CAME, format=",.4~r")],
            )
        )
    return layers
