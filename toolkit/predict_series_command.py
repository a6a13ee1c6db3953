"""The part of `cinekit predict` that is about series: runs, and what people see of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from toolkit import show
from toolkit.series import Source
from toolkit.verbs import for_people, note_failures

if TYPE_CHECKING:
    from toolkit.forecasting import Forecasted
    from toolkit.row_options import Format
    from toolkit.series_requests import EvaluateSeriesRequest, ForecastRequest
    from toolkit.session import Session

MOST_REASONS, MOST_NAMED = 5, 3
FEW_WINDOWS = 20


def evaluate(
    session: Session,
    models: list[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateSeriesRequest,
    preferred: Sequence[Source],
    form: Format | None,
    output: Path | None,
) -> int:
    """Compare forecasters, and show their metrics."""
    from toolkit import evaluating_series

    done = evaluating_series.evaluate_forecasters(
        session.warehouse(), session.host, models, settings, request, preferred
    )
    short = f"; {done.short:,} were too short" if done.short else ""
    of = "loaded series" if done.source == "series" else f"series of {done.source}"
    show.note(f"{done.series:,} {of}, {done.windows:,} windows that were forecast{short}")
    if done.windows < FEW_WINDOWS:
        show.note("these are few: differences between models may be chance")
    _note_refused(done.refused)
    people = for_people(form, output)
    show.show(evaluating_series.as_table(done.metrics) if people else done.metrics, form, output)
    if people:
        show.note(
            "an owa below 1 is better than naive2; more metrics: "
            "cinekit sql \"SELECT * FROM metrics WHERE verb = 'predict'\""
        )
    return note_failures(done.failed, " was not judged")


def sources_of(of: str) -> tuple[Source, ...]:
    """The sources that an option names; for auto all, the loaded series first."""
    every: tuple[Source, ...] = get_args(Source)
    return every if of == "auto" else tuple(source for source in every if source == of)


def predict(
    session: Session,
    name: str,
    settings: Mapping[str, Any],
    request: ForecastRequest,
    preferred: Sequence[Source],
    plot: Path | None,
    form: Format | None,
    output: Path | None,
) -> int:
    """Forecast series, and show them."""
    from toolkit import plotting
    from toolkit.forecast_rows import MOST_SHOWN, forecasts_of
    from toolkit.forecasting import forecast

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
        if done.series > MOST_SHOWN:
            show.note(f"the {MOST_SHOWN} largest of {done.series:,} series")
        show.note("each step: cinekit sql 'SELECT * FROM forecasts'")
        show.note("how near it came, once that is known: cinekit sql 'SELECT * FROM forecast_accuracy'")
    return 0


def _note_series(name: str, done: Forecasted) -> None:
    steps = " and ".join(sorted(set(done.frequencies)))
    how = ", brought back as its data have not changed," if done.reused else ""
    of = f"loaded series, by {steps}" if done.source == "series" else f"series of {done.source}, by {steps}"
    show.note(f"{name}{how} forecast {done.series:,} {of}, {done.horizon} steps ahead, in {done.seconds:.1f} s")
    for text in done.notes:
        show.note(text)
    if done.single > done.series / 2:
        show.note(f"{done.single:,} have one value alone: is the column that tells series apart the right one?")
    if done.filled:
        show.note(f"{done.filled:,} missing values were filled in; how many of each: column filled of forecast_series")
    for text, count in list(done.methods.items())[:MOST_REASONS]:
        show.note(f"{count:,} of {done.series:,}: {text}")
    _note_refused(done.refused)


def _note_refused(refused: Mapping[str, str]) -> None:
    """Reasons, each with some of the series that it is about."""
    by_reason: dict[str, list[str]] = {}
    for series, reason in refused.items():
        by_reason.setdefault(reason, []).append(series)
    for reason, ids in list(by_reason.items())[:MOST_REASONS]:
        named = ", ".join(repr(name) for name in ids[:MOST_NAMED])
        more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
        show.note(f"left out {named}{more}: {reason}")
    if len(by_reason) > MOST_REASONS:
        show.note(f"and others for {len(by_reason) - MOST_REASONS:,} more reasons: column reason of forecast_series")
