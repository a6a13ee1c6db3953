"""`cinekit recommend` and `cinekit evaluate recommend`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit import evaluating, options, recommended, recommending, show
from toolkit.composite import part_names
from toolkit.errors import UnknownNameError, UsageError
from toolkit.live import LiveRecommender
from toolkit.live_lines import StdinRequest, answered
from toolkit.model_differences import verdicts
from toolkit.recommender_fitting import findings_of
from toolkit.settings import build, flag
from toolkit.tuned import TunedRequest, tuned
from toolkit.verbs import for_people, note_failures
from toolkit.viewer_groups import as_group_table

if TYPE_CHECKING:
    from toolkit.model import Model
    from toolkit.row_options import Format
    from toolkit.session import Session
    from toolkit.tuned import TunedSettings
    from warehouse import Warehouse


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options of the command of a model."""
    del name
    return options.parameters(recommending.RecommendRequest, StdinRequest, TunedRequest, *([model] if model else []))


def evaluation() -> list[inspect.Parameter]:
    """Options of the evaluation."""
    return options.parameters(evaluating.EvaluateRequest, TunedRequest)


def call(
    session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:  # fmt: skip
    """Recommend with one model, and show the lists; or answer lines of standard input."""
    lines = build(StdinRequest, options.given(given, StdinRequest)).stdin
    if lines and (form or output):
        raise UsageError("--stdin answers in lines of JSON on standard output; leave out --format and --output")
    show.check(form, output)
    model = session.host.model("recommend", name)
    request = build(recommending.RecommendRequest, options.given(given, recommending.RecommendRequest))
    which = build(TunedRequest, options.given(given, TunedRequest)).tuned
    warehouse = session.warehouse()
    others, _ = _settings(session, [name], which, options.said(given, model))
    settings = others.pop(name)
    settings |= options.given(given, model, settings)
    if lines:
        return _answer_lines(LiveRecommender.open(warehouse, name, settings, request, host=session.host, others=others))
    done = recommending.recommend(warehouse, session.host, name, settings, request, others)
    _tell(name, done, request)
    people = for_people(form, output)
    frame = recommended.recommended(warehouse, done.run, explain=request.explain, viewers=3 if people else None)
    if people:
        frame = frame.drop(["title_id", "viewer"] if request.like else ["title_id"])
    show.show(frame, form, output)
    if people and request.explain:
        show.note("shares are of the whole score: those of all watched titles sum to 100 %, some may be negative")
    if people and done.viewers > 3:
        show.note(f"a sample of 3 of {done.viewers:,} viewers; for all: cinekit sql 'SELECT * FROM recommendations'")
    return 0 if done.rows else 1


def evaluate(
    session: Session, models: list[str], given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:
    """Compare recommenders, and show their metrics."""
    show.check(form, output)
    request = build(evaluating.EvaluateRequest, options.given(given, evaluating.EvaluateRequest))
    settings, found = _settings(session, models, build(TunedRequest, options.given(given, TunedRequest)).tuned)
    for name, best in found.items():
        if why := best.met(request.model_dump()):
            show.note(f"{name}: judged too well, perhaps, as tuning may have met what is held out here: {why}")
    done = evaluating.evaluate_recommenders(session.warehouse(), session.host, models, settings, request)
    show.note(f"learnt from {done.signal}")
    show.note(
        f"split {request.split}: {done.viewers:,} viewers judged by {done.held_out:,} liked titles held out of their "
        "histories, among all titles"
    )
    for line in done.notes:
        show.note(line)
    people = for_people(form, output)
    shown = evaluating.SHOWN_OF_STRANGERS if request.split == "viewers" else evaluating.SHOWN
    shown = evaluating.SHOWN_RERANKED if request.rerank else shown
    show.show(evaluating.as_table(done.metrics, shown) if people else done.metrics, form, output)
    if people:
        for line in verdicts(done.differences, "ndcg", min(request.k)):
            show.note(line)
        if request.by:
            show.show(as_group_table(done.metrics, "ndcg", min(request.k)), form, output)
        show.note("more metrics of this and earlier runs: cinekit sql 'SELECT * FROM metrics'")
    return note_failures(done.failed, " was not judged")


def _tell(name: str, done: recommended.Recommended, request: recommending.RecommendRequest) -> None:
    """Say what was done, and why somebody got no list, or a short one."""
    for title in done.unknown:
        show.note(f"nobody has watched {title!r}: {name} cannot use it")
    how = _how(reused=done.reused, resumed=done.resumed, folded=done.folded)
    show.note(f"{name}: {how}, on {done.signal}; wrote {done.rows:,} recommendations in {done.seconds:.1f} s")
    _tell_findings(name, done.findings)
    if request.title_neighbours:
        show.note(f"wrote {done.weights:,} weights between titles: cinekit sql 'SELECT * FROM title_neighbours'")
    if done.hardly_liked:
        show.note(done.hardly_liked)
    if done.silent:
        show.note(f"{done.empty:,} got none: all scores of {name} are 0 or NaN, which says that it knows nothing")
    elif done.empty:
        show.note(f"{done.empty:,} got none: {name} knows nothing of what they like, or they have seen all it knows")
    if done.drowned:
        show.note(f"{done.drowned:,} got fewer than {request.top}: with epsilon, what noise hides is not known")


def _answer_lines(live: LiveRecommender) -> int:
    """Answer each line of standard input by one of JSON; 1 where there were lines, and none could be answered."""
    done = live.ready
    how = _how(reused=done.reused, resumed=done.resumed, folded=done.folded)
    show.note(f"{done.basis.model.name}: {how}, on {recommended.described(done.basis.data)}; reading lines of JSON")
    _tell_findings(done.basis.model.name, findings_of(done.basis.model))
    lines = failed = 0
    for answer in answered(live, sys.stdin.buffer):
        print(json.dumps(answer), flush=True)
        lines, failed = lines + 1, failed + ("error" in answer)
    show.note(f"answered {lines - failed:,} of {lines:,} lines{', the others with an error' if failed else ''}")
    return 1 if lines and failed == lines else 0


def _tell_findings(name: str, findings: Mapping[str, Any]) -> None:
    """Say what a fit found that could have been given, and why it came to the rest."""
    for key, value in findings.items():
        if not isinstance(value, (dict, list)):
            show.note(f"{name}: found {flag(key)} {value}")
    for line in recommended.whys(name, findings):
        show.note(line)


def _how(*, reused: bool, resumed: int, folded: bool) -> str:
    """How a recommender was made ready, in words."""
    if folded:
        return "brought back, with what was loaded since folded in"
    how = "brought back, as its data have not changed" if reused else "fitted"
    return how + (f", {resumed:,} epochs of it before it was stopped" if resumed else "")


def _settings(
    session: Session, models: Iterable[str], which: str | None, own: Mapping[str, Any] | None = None
) -> tuple[dict[str, dict[str, Any]], dict[str, TunedSettings]]:
    """Settings of models and of those that they are made of, by name: the config's, and above these what was tuned.

    `own` are options, which may say what a model is made of. One that is made of others is not tuned, but these are.

    Returns:
        The settings, and what was tuned of them.

    Raises:
        UnknownNameError: not one of these models was tuned so.
    """
    settings = {name: session.settings("recommend", name) for name in models}
    parts = {name: part_names(session.host, name, settings[name] | dict(own or {})) for name in settings}
    settings |= {part: session.settings("recommend", part) for names in parts.values() for part in names}
    tunable = [name for name in settings if not parts.get(name)]
    found = {} if which is None else _tuned_settings(session.warehouse(), tunable, which)
    return settings | {name: settings[name] | dict(best.settings) for name, best in found.items()}, found


def _tuned_settings(warehouse: Warehouse, models: Iterable[str], which: str) -> dict[str, TunedSettings]:
    """What was tuned of those models that were; each model is named with the settings that it gets.

    Raises:
        UnknownNameError: not one of the models was tuned so.
    """
    found, missing = {}, []
    for name in models:
        try:
            found[name] = tuned(warehouse, "recommend", name, which)
        except UnknownNameError as error:
            missing.append(error)
    if not found and missing:
        raise missing[0]
    for name in models:
        show.note(f"{name}: {found[name]}" if name in found else f"{name}: not tuned, with its own settings")
    return found
