"""`cinekit generate` and `cinekit evaluate generate`: options to requests, results to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from toolkit import options, show
from toolkit.errors import PluginError
from toolkit.generator import Generator
from toolkit.materials import MATERIALS, material_of
from toolkit.model import setting
from toolkit.settings import build
from toolkit.shown_tables import show_tables
from toolkit.verbs import for_people, note_failures

if TYPE_CHECKING:
    from toolkit.generating import Generated
    from toolkit.model import Model
    from toolkit.row_options import Format
    from toolkit.session import Session
    from warehouse import Warehouse

VERB = "generate"


class WhichModel(BaseModel):
    """Which generator is to make it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None = setting(None, "The model, such as ngram or gru; the best of those measured unless given")


def parameters(name: str, model: type[Model] | None) -> list[inspect.Parameter]:
    """Options of what is made, with --model; or of a model, with its settings."""
    if model is None:
        return options.parameters(WhichModel, material_of(name).request)
    if not issubclass(model, Generator):
        raise PluginError(f"model generate {name} is no Generator")
    return options.parameters(material_of(model.makes).request, model)


def evaluation() -> list[inspect.Parameter]:
    """Options of the evaluation."""
    from toolkit.evaluating_generators import EvaluateGeneratorsRequest

    return options.parameters(EvaluateGeneratorsRequest)


def call(
    session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:  # fmt: skip
    """Make something, and show it."""
    from toolkit.choosing_generators import generator_named, generators_of
    from toolkit.generating import generate

    show.check(form, output)
    if name in MATERIALS:
        makes, asked = name, build(WhichModel, options.given(given, WhichModel)).model
        own: dict[str, Any] = {}
    else:
        model = session.host.model(VERB, name)
        makes, asked = getattr(model, "makes", ""), name
        own = options.given(given, model, session.settings(VERB, name))
    kind = material_of(makes).request
    request = build(kind, options.given(given, kind))
    warehouse = session.warehouse()
    full = [generator_named(session.host, makes, asked)] if asked else generators_of(session.host, makes)
    settings = _settings(session, full)
    if own:
        settings[name] = settings.get(name, {}) | own
    done = generate(warehouse, session.host, makes, asked, settings, request)
    _note_done(done)
    _show(warehouse, makes, done, form, output)
    return 0


def evaluate(
    session: Session, models: list[str], given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:
    """Compare generators of one kind of material, and show their metrics."""
    from toolkit import evaluating_generators as evaluating
    from toolkit.choosing_generators import generator_named, generators_of

    show.check(form, output)
    makes, names = evaluating.what_is_made(models)
    kind = evaluating.EvaluateGeneratorsRequest
    request = build(kind, options.given(given, kind))
    full = [generator_named(session.host, makes, name) for name in names] or generators_of(session.host, makes)
    settings = _settings(session, full)
    done = evaluating.evaluate_generators(session.warehouse(), session.host, makes, full, settings, request)
    for name, how in done.how.items():
        show.note(f"{name}: {how}")
    show.note(f"judged on {done.held_out:,} of {done.train + done.held_out:,} {makes}, which none has learnt from")
    people = for_people(form, output)
    show.show(evaluating.as_table(done.metrics, makes) if people else done.metrics, form, output)
    if people:
        show.note("more metrics: cinekit sql \"SELECT * FROM metrics WHERE verb = 'generate'\"")
    return note_failures(done.failed, " was not judged")


def _settings(session: Session, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the config file sets of each of these generators."""
    return {name: session.settings(VERB, name) for name in names}


def _note_done(done: Generated) -> None:
    if done.chosen:
        show.note(f"{done.model}: {done.chosen}")
    show.note(f"{done.model}: {done.ready.how}")
    if done.ready.loss is not None:
        unit = material_of(done.ready.model.makes).unit
        show.note(f"{done.model}: {done.ready.loss:.4g} {unit} on {done.held_out:,} it has not learnt from")
    show.note(
        f"made {done.made:,} of {done.asked:,} in {done.seconds:.1f} s; drew {done.drawn:,}, rejected: {done.rejected}"
    )
    if done.made < done.asked:
        show.note("that is fewer than asked: the rest of what it drew were copies or repeated; raise --temperature")
    if done.folder is not None:
        show.note(f"files of it: {done.folder}")


def _show(
    warehouse: Warehouse, makes: str, done: Generated, form: Format | None, output: Path | None
) -> None:  # fmt: skip
    from toolkit.generating import generated

    if for_people(form, output):
        show_tables(warehouse, material_of(makes).shows, [done.run])
    else:
        show.show(generated(warehouse, makes, done.run), form, output)
