"""Settings on their ways: typed as options, written into a config file, recorded with a run; and back into a model."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from toolkit import options
from toolkit.config import FILE, Config
from toolkit.errors import CinekitError, PluginError
from toolkit.settings import build
from toolkit.testing.checks import built, difference, fail, in_words
from toolkit.testing.empty_warehouse import shared_warehouse
from toolkit.verbs import verb_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.model import Model

_SETTINGS_OF_RUN = "SELECT settings FROM meta.runs WHERE run = $run"


def command_line(kind: type[Model], settings: Mapping[str, Any]) -> None:
    """Fail unless the options that a model's settings are typed as give these back."""
    values = _said(kind, settings)
    parsed: dict[str, Any] = {}
    try:
        parameters = verb_command(kind.verb).parameters(kind.name, kind)
        command = options.command(parsed.update, kind.name, kind.__doc__ or "", parameters)
        words = shlex.split(options.typed(kind, values))
        command.main([*words, *(["file"] if _takes_files(parameters) else [])], standalone_mode=False)
        came = build(kind, options.said(parsed, kind))
    except PluginError as error:  # which says what to do
        fail(f"{kind.name}: its settings are no options: {error}")
    except (Exception, SystemExit) as error:
        fail(f"{kind.name}: its settings are no options: {in_words(error)}; give them simpler types")
    _compare(built(kind, values), came, "typed as options")


def config_file(kind: type[Model], settings: Mapping[str, Any], folder: Path) -> None:
    """Fail unless [plugins.NAME] of a config file gives a model's settings back."""
    values = _said(kind, settings)
    lines = [f"{json.dumps(name)} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    file = Path(mkdtemp(dir=folder)) / FILE
    file.write_text("\n".join([f"[plugins.{json.dumps(kind.name)}]", *lines]) + "\n", encoding="utf-8")
    try:
        came = build(kind, Config.read(file).settings(kind.name), f"[plugins.{kind.name}]")
    except CinekitError as error:
        fail(f"{kind.name}: its settings cannot be in a config file: {in_words(error)}; take a name and types that can")
    _compare(built(kind, values), came, f"written into [plugins.{kind.name}]")


def recorded_run(model: Model) -> None:
    """Fail unless what meta.runs records of a model makes the same one again."""
    kind, warehouse = type(model), shared_warehouse()
    try:
        with warehouse.run(kind.verb, kind.name, settings=model.settings()) as run, warehouse.writing() as con:
            run.finish(con, {})
        recorded = json.loads(warehouse.query(_SETTINGS_OF_RUN, {"run": run.id}).item())
        came = build(kind, {name: value for name, value in recorded.items() if name in kind.model_fields})
    except (CinekitError, TypeError, ValueError) as error:
        fail(f"{kind.name}: its settings are not recorded by a run: {in_words(error)}; give them types that JSON has")
    _compare(model, came, "recorded by a run")


def _said(kind: type[Model], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, and the defaults of the others, as JSON values; None is left out, as nobody can say it."""
    from pydantic_core import to_jsonable_python

    values = built(kind, settings).model_dump(mode="json") | to_jsonable_python(dict(settings))
    return {name: value for name, value in values.items() if value is not None}


def _takes_files(parameters: list[Any]) -> bool:
    return any(parameter.name == "files" for parameter in parameters)


def _compare(model: Model, came: Model, how: str) -> None:
    expected = model.model_dump()
    for name, value in came.model_dump().items():
        if difference(value, expected[name]):
            fail(
                f"{model.name}: the setting {name} was {expected[name]!r}, and is {value!r} when it was {how}; "
                "let it come back as it was said"
            )
