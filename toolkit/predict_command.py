"""`cinekit predict` and `cinekit evaluate predict`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from toolkit import options, show
from toolkit.errors import PluginError
from toolkit.forecaster import Forecaster
from toolkit.series import Source
from toolkit.series_requests import (
    ForecastRequest,
    NamedForecastRequest,
    SourcedForecastRequest,
)
from toolkit.settings import build
from toolkit.verbs import for_people

if TYPE_CHECKING:
    from toolkit.forecasting import Forecasted
    from toolkit.model import Model
    from toolkit.verbs import Session

# Commands over series, with the sources that they take, the first that has rows.
SERIES: dict[str, tuple[Source, ...]] = {
    "series": ("series",),
    "tickets": ("tickets", "series"),
    "watches": ("watches",),
}
MOST_REASONS = 5
PlotOption = Annotated[Path | None, typer.Option("--plot", help="Draw the forecast into this .svg, .png or .html.")]


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options of the command of a model, or of one of the verb's own."""
    if name in SERIES and model is None:
        return [*options.parameters(NamedForecastRequest), _plot_parameter()]
    if model is not None and issubclass(model, Forecaster):
        return [*options.parameters(SourcedForecastRequest, model), _plot_parameter()]
    raise PluginError(f"model predict {name} is neither a Forecaster nor a Classifier")


def call(
    session: Session, name: str, given: Mapping[str, Any], form: show.Format | None, output: Path | None
) -> int:  # fmt: skip
    """Forecast series, or say what viewers do next, and show it."""
    show.check(form, output)
    if name in SERIES:
        request = build(NamedForecastRequest, options.given(given, NamedForecastRequest))
        settings = session.settings("predict", request.model)
        return _series(session, request.model, settings, request, SERIES[name], given["plot"], form, output)
    model = session.host.model("predict", name)
    settings = session.settings("predict", name) | options.given(given, model)
    sourced = build(SourcedForecastRequest, options.given(given, SourcedForecastRequest))
    return _series(session, name, settings, sourced, sources_of(sourced.of), given["plot"], form, output)


def sources_of(of: str) -> tuple[Source, ...]:
    """The sources that an option names; for auto all, the loaded series first."""
    every: tuple[Source, ...] = get_args(Source)
    return every if of == "auto" else tuple(source for source in every if source == of)


def _series(
    session: Session,
    name: str,
    settings: Mapping[str, Any],
    request: ForecastRequest,
    preferred: Sequence[Source],
    plot: Path | None,
    form: show.Format | None,
    output: Path | None,
) -> int:
    from toolkit import plotting
    from toolkit.forecasting import forecast, forecasts_of

    if plot is not None:
        plotting.check(plot)
    warehouse = session.warehouse()
    done = forecast(warehouse, session.host, name, settings, request, preferred)
    _note_series(name, done)
    people = for_people(form, output)
    if people:
        for line in plotting.terminal(warehouse, done.run):
            show.text(line)
    show.show(forecasts_of(warehouse, done.run, people=people), form, output)
    if plot is not None:
        plotting.write(warehouse, done.run, plot)
        show.note(f"drew {plot}")
    if people:
        show.note(
            "each step: cinekit sql 'SELECT * FROM forecasts'; how good they were: 'SELECT * FROM forecast_accuracy'"
        )
    return 0


def _note_series(name: str, done: Forecasted) -> None:
    steps = " and ".join(sorted(set(done.frequencies)))
    how = ", brought back as its data have not changed," if done.reused else ""
    show.note(
        f"{name}{how} forecast {done.series:,} series of {done.source}, by {steps}, {done.horizon} steps ahead, "
        f"in {done.seconds:.1f} s"
    )
    for text in done.notes:
        show.note(text)
    if done.filled:
        show.note(f"{done.filled:,} missing values were filled in; how many of each: column filled of forecast_series")
    if done.fallbacks:
        show.note(
            f"{done.fallbacks:,} series were forecast in a simpler way; why: results.forecast_series, column method"
        )
    for series, reason in list(done.refused.items())[:MOST_REASONS]:
        show.note(f"left out {series}: {reason}")
    if len(done.refused) > MOST_REASONS:
        show.note(f"left out {len(done.refused) - MOST_REASONS:,} more; why: column reason of forecast_series")


def _plot_parameter() -> inspect.Parameter:
    return inspect.Parameter("plot", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=PlotOption)
