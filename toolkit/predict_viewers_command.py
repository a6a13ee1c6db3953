"""The part of `cinekit predict` that is about viewers: runs, and what people see of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit import show
from toolkit.tasks import CUSTOMER_CHURN
from toolkit.verbs import for_people, note_failures
from toolkit.viewer_requests import ChurnRequest

if TYPE_CHECKING:
    from toolkit.row_options import Format
    from toolkit.session import Session
    from toolkit.viewer_requests import AskedRequest, EvaluateViewersRequest


def evaluate(
    session: Session,
    models: list[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateViewersRequest,
    form: Format | None,
    output: Path | None,
) -> int:
    """Compare classifiers, and show their metrics."""
    from toolkit import evaluating_viewers

    done = evaluating_viewers.evaluate_viewers(session.warehouse(), session.host, models, settings, request)
    for task, examples in done.examples.items():
        show.note(f"{task}: {examples:,} answers held out")
    people = for_people(form, output)
    show.show(evaluating_viewers.as_table(done.metrics) if people else done.metrics, form, output)
    if people:
        show.note("more metrics: cinekit sql \"SELECT * FROM metrics WHERE verb = 'predict'\"")
    failed = {" of ".join(filter(None, pair)): error for pair, error in done.failed.items()}
    return note_failures(failed, " was not judged") | note_failures(dict(done.skipped), "")


def predict(
    session: Session,
    name: str,
    settings: Mapping[str, Any],
    request: AskedRequest,
    form: Format | None,
    output: Path | None,
) -> int:
    """Say what viewers do next, and show it."""
    from toolkit.predicting_viewers import likeliest_viewers, predict_viewers, predicted_viewers

    warehouse = session.warehouse()
    done = predict_viewers(warehouse, session.host, name, settings, request)
    asked = max(done.viewers.values())
    who = "viewer" if asked == 1 else "viewers"
    when = f", as of the end of {done.as_of}" if done.as_of else ""
    show.note(f"{done.model}: {', '.join(done.viewers)} of {asked:,} {who}{when}, in {done.seconds:.1f} s")
    if isinstance(request, ChurnRequest) and request.of == "auto" and CUSTOMER_CHURN in done.viewers:
        show.note("these are the customers of a plain table; --of viewers asks about those of the watch history")
    for task, model in done.models.items():
        if model != done.model:
            show.note(f"{task} was answered by {model}, as {done.model} does not do it")
    for task in done.viewers:
        if done.parts[task] > 1:
            show.note(
                f"{task}: all answers are known, so each viewer's probability is by a model that was fitted on others, "
                f"in {done.parts[task]} folds"
            )
    if done.left_out:
        show.note("columns left out: " + ", ".join(f"{name} ({why})" for name, why in done.left_out.items()))
    people = for_people(form, output)
    show.show(predicted_viewers(warehouse, done.run, people=people), form, output, bars=("mean probability",))
    if people:
        likeliest = likeliest_viewers(warehouse, done.run)
        if len(done.viewers) == 1 and not likeliest.is_empty():
            show.show(likeliest.drop("task"), title="Who most likely", bars=("probability",))
        show.note("each viewer: cinekit sql 'SELECT * FROM probabilities'")
        show.note("how often it was right, once that is known: cinekit sql 'SELECT * FROM calibration'")
    code = note_failures(dict(done.skipped), "")
    # Who named no task asked for what the data can answer.
    return code if getattr(request, "task", ()) else 0
