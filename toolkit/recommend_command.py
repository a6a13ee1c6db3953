"""`cinekit recommend` and `cinekit evaluate recommend`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit import evaluating, options, recommending, show
from toolkit.settings import build
from toolkit.verbs import for_people, note_failures

if TYPE_CHECKING:
    from toolkit.model import Model
    from toolkit.verbs import Session


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options of the command of a model."""
    del name
    return options.parameters(recommending.RecommendRequest, *([model] if model else []))


def evaluation() -> list[inspect.Parameter]:
    """Options of the evaluation."""
    return options.parameters(evaluating.EvaluateRequest)


def call(
    session: Session, name: str, given: Mapping[str, Any], form: show.Format | None, output: Path | None
) -> int:  # fmt: skip
    """Recommend with one model, and show the lists."""
    show.check(form, output)
    model = session.host.model("recommend", name)
    request = build(recommending.RecommendRequest, options.given(given, recommending.RecommendRequest))
    settings = session.settings("recommend", name) | options.given(given, model)
    done = recommending.recommend(session.warehouse(), session.host, name, settings, request)
    for title in done.unknown:
        show.note(f"nobody has watched {title!r}: {name} cannot use it")
    how = "brought back, as its data have not changed" if done.reused else "fitted"
    if done.resumed:
        how += f", {done.resumed:,} epochs of it before it was stopped"
    show.note(f"{name}: {how}, on {done.signal}; wrote {done.rows:,} recommendations in {done.seconds:.1f} s")
    if done.empty:
        show.note(f"{done.empty:,} got none: {name} knows nothing of what they like, or they have seen all it knows")
    people = for_people(form, output)
    frame = recommending.recommended(
        session.warehouse(), done.run, explain=request.explain, viewers=3 if people else None
    )
    if people:
        frame = frame.drop(["title_id", "viewer"] if request.like else ["title_id"])
    show.show(frame, form, output)
    if people and request.explain:
        show.note("shares are of the whole score: those of all watched titles sum to 100 %, some may be negative")
    if people and done.viewers > 3:
        show.note(f"a sample of 3 of {done.viewers:,} viewers; for all: cinekit sql 'SELECT * FROM recommendations'")
    return 0


def evaluate(
    session: Session, models: list[str], given: Mapping[str, Any], form: show.Format | None, output: Path | None
) -> int:
    """Compare recommenders, and show their metrics."""
    show.check(form, output)
    request = build(evaluating.EvaluateRequest, options.given(given, evaluating.EvaluateRequest))
    settings = {name: session.settings("recommend", name) for name in models}
    done = evaluating.evaluate_recommenders(session.warehouse(), session.host, models, settings, request)
    show.note(f"learnt from {done.signal}")
    show.note(
        f"split {request.split}: {done.viewers:,} viewers judged by {done.held_out:,} liked titles held out of their "
        "histories, among all titles"
    )
    people = for_people(form, output)
    show.show(evaluating.as_table(done.metrics) if people else done.metrics, form, output)
    if people:
        show.note("more metrics of this and earlier runs: cinekit sql 'SELECT * FROM metrics'")
    return note_failures(done.failed, " was not judged")
