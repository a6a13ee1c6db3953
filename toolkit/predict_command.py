"""`cinekit predict` and `cinekit evaluate predict`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from toolkit import options, predict_series_command, predict_viewers_command, show
from toolkit.classifier import Classifier
from toolkit.errors import PluginError, UsageError
from toolkit.forecaster import Forecaster
from toolkit.model import setting
from toolkit.series import Source
from toolkit.series_requests import (
    EvaluateSeriesRequest,
    NamedForecastRequest,
    SourcedForecastRequest,
)
from toolkit.settings import build, flag
from toolkit.tasks import ALL_TASKS
from toolkit.viewer_fitting import classifier_named
from toolkit.viewer_requests import (
    ChurnRequest,
    EvaluateViewersRequest,
    HabitsRequest,
    PurchaseRequest,
    TasksRequest,
    WatchTimeRequest,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from toolkit.model import Model
    from toolkit.row_options import Format
    from toolkit.session import Session

# Commands over series, with the sources that they take, the first that has rows.
SERIES: dict[str, tuple[Source, ...]] = {
    "series": ("series",),
    "tickets": ("tickets", "series"),
    "watches": ("watches",),
}
VIEWERS: dict[str, type[HabitsRequest | ChurnRequest | PurchaseRequest | WatchTimeRequest]] = {
    "churn": ChurnRequest, "habits": HabitsRequest, "purchase": PurchaseRequest, "watch-time": WatchTimeRequest,
}  # fmt: skip
# Commands that may be given a plain table, and the source that it is loaded as first.
PLAIN = {"churn": "customers", "watch-time": "watch-times"}


class EvaluateRequest(EvaluateSeriesRequest):
    """How models are compared: forecasters of series, or classifiers of viewers."""

    of: Literal["auto", "series", "tickets", "watches", "viewers", "customers", "watch-times"] = setting(
        "auto", "What to predict; auto takes viewers for classifiers, else loaded series, else tickets, else watches"
    )
    task: tuple[str, ...] = setting((), f"Of viewers: one of {', '.join(ALL_TASKS)}; may be repeated")
    within: str = setting("28d", "Of viewers: days ahead for churn and purchase, such as 28d or 4w")


FileArgument = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A plain table that is loaded first.")]
PlotOption = Annotated[Path | None, typer.Option("--plot", help="Draw the forecast into this .svg, .png or .html.")]


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options of the command of a model, or of one of the verb's own."""
    if model is None:
        return _own_parameters(name)
    if issubclass(model, Forecaster):
        return [*options.parameters(SourcedForecastRequest, model), _plot_parameter()]
    if issubclass(model, Classifier):
        return options.parameters(TasksRequest, model)
    raise PluginError(f"model predict {name} is neither a Forecaster nor a Classifier")


def call(
    session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:  # fmt: skip
    """Forecast series, or say what viewers do next, and show it."""
    show.check(form, output)
    if name in SERIES:
        request = build(NamedForecastRequest, options.given(given, NamedForecastRequest))
        settings = session.settings("predict", request.model)
        return predict_series_command.predict(
            session, request.model, settings, request, SERIES[name], given["plot"], form, output
        )
    if name in VIEWERS:
        if given.get("file") is not None:
            _load(session, PLAIN[name], given["file"])
        asked = build(VIEWERS[name], options.given(given, VIEWERS[name]))
        called = classifier_named(session.host, asked.model)
        return predict_viewers_command.predict(
            session, called, session.settings("predict", called), asked, form, output
        )
    model = session.host.model("predict", name)
    settings = session.settings("predict", name)
    settings |= options.given(given, model, settings)
    if issubclass(model, Classifier):
        tasks = build(TasksRequest, {"task": model.tasks} | options.given(given, TasksRequest))
        return predict_viewers_command.predict(session, name, settings, tasks, form, output)
    sourced = build(SourcedForecastRequest, options.given(given, SourcedForecastRequest))
    return predict_series_command.predict(
        session, name, settings, sourced, predict_series_command.sources_of(sourced.of), given["plot"], form, output
    )


def evaluation() -> list[inspect.Parameter]:
    """Options of the evaluation."""
    return options.parameters(EvaluateRequest)


def evaluate(
    session: Session, models: list[str], given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:
    """Compare forecasters of series, or classifiers of viewers, and show their metrics."""
    show.check(form, output)
    asked_for = options.given(given, EvaluateRequest)
    request = build(EvaluateRequest, asked_for)
    viewers = _about_viewers(session, models, request)
    _refuse_others(asked_for, EvaluateViewersRequest if viewers else EvaluateSeriesRequest)
    if viewers:
        models = [classifier_named(session.host, name) for name in models]
    settings = {name: session.settings("predict", name) for name in models}
    if viewers:
        asked = build(EvaluateViewersRequest, _shared(request, EvaluateViewersRequest))
        return predict_viewers_command.evaluate(session, models, settings, asked, form, output)
    sourced = build(EvaluateSeriesRequest, _shared(request, EvaluateSeriesRequest))
    return predict_series_command.evaluate(
        session, models, settings, sourced, predict_series_command.sources_of(request.of), form, output
    )


def _about_viewers(session: Session, models: Sequence[str], request: EvaluateRequest) -> bool:
    """Whether viewers are meant: --of or --task says so, or else the models do."""
    if request.of != "auto":
        return request.of not in get_args(Source)
    kinds = [session.host.model("predict", name) for name in models]
    return bool(request.task) or (bool(kinds) and all(issubclass(kind, Classifier) for kind in kinds))


def _refuse_others(asked_for: Mapping[str, Any], kind: type[BaseModel]) -> None:
    """Raise UsageError where an option was given that says nothing about what is evaluated."""
    about = "viewers" if kind is EvaluateViewersRequest else "series"
    for name in asked_for:
        if name not in kind.model_fields and name != "of":
            raise UsageError(f"{flag(name)} says nothing about {about}; leave it out")


def _shared(request: EvaluateRequest, kind: type[BaseModel]) -> dict[str, Any]:
    return {name: value for name, value in request.model_dump().items() if name in kind.model_fields}


def _load(session: Session, source: str, file: Path) -> None:
    """Load a plain table as its own command would, and say what came of it."""
    from toolkit.loading import described
    from warehouse.loads import check_path, load

    check_path(source, file)
    for line in described(load(session.warehouse(create=True), source, file)):
        show.note(line)


def _own_parameters(name: str) -> list[inspect.Parameter]:
    if name in SERIES:
        asked = options.parameters(NamedForecastRequest)
        # Loaded series are not added up by anything.
        return [*(p for p in asked if name != "series" or p.name != "by"), _plot_parameter()]
    file = inspect.Parameter("file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=FileArgument)
    return [*([file] if name in PLAIN else []), *options.parameters(VIEWERS[name])]


def _plot_parameter() -> inspect.Parameter:
    return inspect.Parameter("plot", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=PlotOption)
