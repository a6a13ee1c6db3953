"""`cinekit analyze` and `cinekit evaluate analyze`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from toolkit import options, show
from toolkit.analyzer import Analyzer
from toolkit.analyzing import Analyzed, AnalyzeRequest, analyze
from toolkit.documents import files_at
from toolkit.errors import PluginError
from toolkit.sentiment import SentimentModel
from toolkit.settings import build
from toolkit.shown_tables import show_tables
from toolkit.verbs import for_people, note_failures

if TYPE_CHECKING:
    from toolkit.analyzer import Shown
    from toolkit.model import Model
    from toolkit.row_options import Format
    from toolkit.session import Session
    from warehouse import Warehouse

SENTIMENT = "sentiment"
MOST_TITLES = 3
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or folders of them.")]
ARC = """
    SELECT document_key, smoothed FROM results.arcs WHERE run IN (SELECT unnest($runs))
    ORDER BY run, document_key, point
"""


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options and arguments: files for an analyzer; for a model of sentiment none, as it reads the reviews."""
    if model is None:
        from toolkit.analyzing_reviews import NamedReviewsRequest

        return options.parameters(NamedReviewsRequest)
    if issubclass(model, Analyzer):
        files = inspect.Parameter("files", inspect.Parameter.KEYWORD_ONLY, annotation=FilesArgument)
        return [files, *options.parameters(AnalyzeRequest, model)]
    if issubclass(model, SentimentModel):
        from toolkit.analyzing_reviews import ReviewsRequest

        return options.parameters(ReviewsRequest, model)
    raise PluginError(f"model analyze {name} is neither an Analyzer nor a SentimentModel")


def evaluation() -> list[inspect.Parameter]:
    """Options of the evaluation."""
    from toolkit.evaluating_texts import EvaluateTextsRequest

    return options.parameters(EvaluateTextsRequest)


def call(
    session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:  # fmt: skip
    """Analyse files, or score the reviews, and show what came of it."""
    show.check(form, output)
    if name == SENTIMENT:
        from toolkit.analyzing_reviews import NamedReviewsRequest

        request = build(NamedReviewsRequest, options.given(given, NamedReviewsRequest))
        return _reviews(session, request.model, session.settings("analyze", request.model), given, form, output)
    model = session.host.model("analyze", name)
    settings = session.settings("analyze", name)
    settings |= options.given(given, model, settings)
    if issubclass(model, SentimentModel):
        return _reviews(session, name, settings, given, form, output)
    return _files(session, name, settings, given, form, output)


def evaluate(
    session: Session, models: list[str], given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:
    """Compare models of sentiment, and show their metrics."""
    from toolkit import evaluating_texts

    show.check(form, output)
    kind = evaluating_texts.EvaluateTextsRequest
    request = build(kind, options.given(given, kind))
    settings = {name: session.settings("analyze", name) for name in models}
    done = evaluating_texts.evaluate_sentiment(session.warehouse(), session.host, models, settings, request)
    show.note(
        f"{done.texts:,} labelled reviews, {done.positive:,} of them positive; "
        f"{done.neutral:,} neutral and {done.foreign:,} in other languages left out; {request.folds} folds"
    )
    people = for_people(form, output)
    show.show(evaluating_texts.as_table(done.metrics) if people else done.metrics, form, output)
    if people:
        show.note("more metrics: cinekit sql \"SELECT * FROM metrics WHERE verb = 'analyze'\"")
    return note_failures(done.failed, " was not judged")


def _reviews(
    session: Session,
    name: str,
    settings: Mapping[str, Any],
    given: Mapping[str, Any],
    form: Format | None,
    output: Path | None,
) -> int:
    from toolkit.analyzing_reviews import ReviewsRequest, score_reviews, scored_reviews

    request = build(ReviewsRequest, options.given(given, ReviewsRequest))
    warehouse = session.warehouse()
    done = score_reviews(warehouse, session.host, name, settings, request)
    show.note(f"{name}: {done.how}; scored {done.reviews:,} reviews in {done.seconds:.1f} s")
    if done.unread:
        show.note(f"{done.unread:,} are in a language that {name} does not read, and have no score")
    if done.unknown:
        show.note(f"{done.unknown:,} hold no word that {name} knows, and have no score")
    people = for_people(form, output)
    show.show(scored_reviews(warehouse, done.run, people=people), form, output, bars=("positive",))
    if people:
        _note_quality(warehouse, name, done.run)
        show.note("each review: cinekit sql 'SELECT * FROM review_sentiment'")
    return 0


def _files(
    session: Session,
    name: str,
    settings: Mapping[str, Any],
    given: Mapping[str, Any],
    form: Format | None,
    output: Path | None,
) -> int:
    request = build(AnalyzeRequest, options.given(given, AnalyzeRequest))
    model: Any = session.host.model("analyze", name)
    paths = [Path(path) for path in given["files"]]
    found, wrong = files_at(paths, model.suffixes)
    if not found:  # no warehouse is made for nothing
        if len(wrong) == 1:
            raise next(iter(wrong.values()))
        return note_failures(wrong, "")
    warehouse = session.warehouse(create=True)
    sentiment = {scorer: session.settings("analyze", scorer) for scorer in request.scorers if scorer != name}
    done = analyze(warehouse, session.host, name, settings, request, paths, sentiment)
    if len(done.failed) == 1 and not done.documents:
        raise next(iter(done.failed.values()))
    _note_done(warehouse, name, done)
    if done.runs:
        _show(warehouse, model, done, form, output)
    return note_failures(done.failed, "")


def _note_done(warehouse: Warehouse, name: str, done: Analyzed) -> None:
    what = "document" if done.documents == 1 else "documents"
    titles = warehouse.query(
        "SELECT name, year FROM raw.titles WHERE title_key IN (SELECT unnest($keys)) ORDER BY title_key",
        {"keys": done.titles},
    )
    named = [f"{title} ({year})" if year else title for title, year in titles.head(MOST_TITLES).iter_rows()]
    more = f" and {titles.height - MOST_TITLES} more" if titles.height > MOST_TITLES else ""
    under = f", of {' and '.join(named)}{more}" if named else ""
    show.note(f"{name}: {done.documents:,} {what} analysed in {done.seconds:.1f} s{under}")
    for text in done.notes:
        show.note(text)
    for folder in done.files:
        show.note(f"files of it: {folder}")


def _show(warehouse: Warehouse, model: Any, done: Analyzed, form: Format | None, output: Path | None) -> None:
    shows: tuple[Shown, ...] = model.shows
    if not for_people(form, output):
        if shows:
            show.show(warehouse.query(shows[0].sql, {"runs": done.runs}), form, output)
        return
    show_tables(warehouse, shows, done.runs)
    _show_arcs(warehouse, done)


def _show_arcs(warehouse: Warehouse, done: Analyzed) -> None:
    arcs = warehouse.query(ARC, {"runs": done.runs})
    names = dict(
        warehouse.query(
            "SELECT document_key, name FROM raw.documents WHERE document_key IN (SELECT unnest($keys))",
            {"keys": arcs["document_key"].unique().to_list()},
        ).iter_rows()
    )
    for (key,), arc in arcs.group_by("document_key", maintain_order=True):
        values = arc["smoothed"].to_list()
        line = show.sparkline(values)
        show.text(f"Emotional arc of {names[key]}: {line}  {min(values):+.2f} to {max(values):+.2f}")
    if not arcs.is_empty():
        show.note("sentiment of dialogue is an index: what a review of these words would be called, not a measurement")


def _note_quality(warehouse: Warehouse, name: str, run: str) -> None:
    measured = warehouse.query(
        "SELECT q.accuracy, q.low, q.high, q.texts FROM sentiment_quality q JOIN meta.runs r ON r.model = q.model "
        "WHERE r.run = $run AND q.settings = json(r.settings->'$.sentiment_settings')",
        {"run": run},
    )
    if measured.is_empty():
        show.note(f"how often {name} is right with these settings was not measured: cinekit evaluate analyze {name}")
        return
    accuracy, low, high, texts = measured.row(0)
    show.note(f"{name} was right about {accuracy:.1%} of {texts:,} labelled reviews ({low:.1%} to {high:.1%})")
