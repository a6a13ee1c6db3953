"""What plugins offer: entries, and the classes that these name, checked before anything is done with them."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any, TypeVar

from toolkit.errors import PluginError
from toolkit.isolation import caught, reason_of
from toolkit.model import Model
from toolkit.settings import partner
from toolkit.source import Source
from toolkit.spec import ModelEntry, SourceEntry

Kind = TypeVar("Kind")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TARGET = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")


def model_entry(offered: object) -> ModelEntry:
    """A model that was offered. Raises PluginError where it is none."""
    if not isinstance(offered, ModelEntry):
        raise PluginError(f"cinekit_models returned {type(offered).__name__}, not ModelEntry")
    _check_texts("cinekit_models", offered, offered.name, offered.target, offered.help, offered.verb)
    return offered


def source_entry(offered: object) -> SourceEntry:
    """A source that was offered. Raises PluginError where it is none."""
    if not isinstance(offered, SourceEntry):
        raise PluginError(f"cinekit_sources returned {type(offered).__name__}, not SourceEntry")
    _check_texts("cinekit_sources", offered, offered.name, offered.target, offered.help)
    return offered


def of_kind(hook: str, offered: object, kind: type[Kind]) -> Kind:
    """What a hook returned. Raises PluginError where it is of another kind."""
    if not isinstance(offered, kind):
        raise PluginError(f"{hook} returned {type(offered).__name__}, not {kind.__name__}")
    return offered


def imported(where: str, target: str, extra: str) -> Any:
    """What an entry names.

    Raises:
        PluginError: it cannot be imported; `extra` says how what it needs is installed.
    """
    module, _, attribute = target.partition(":")

    def answer(error: BaseException) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name and error.name.split(".")[0] != module.split(".")[0]:
            raise PluginError(f"{where} needs {error.name}, which is not installed; {extra}") from error
        reason = str(error) if isinstance(error, ModuleNotFoundError) else reason_of(error)
        raise PluginError(f"{where} cannot be imported: {reason}") from error

    with caught(answer):
        return getattr(import_module(module), attribute)


def check_source(where: str, found: object, name: str) -> None:
    """Raise PluginError where a class, that an entry names, is no whole source of that name."""
    if not (inspect.isclass(found) and issubclass(found, Source)):
        raise PluginError(f"{where} is no subclass of toolkit.Source")
    if inspect.isabstract(found):
        raise PluginError(f"{where} does not define {', '.join(sorted(found.__abstractmethods__))}")
    if getattr(found, "name", None) != name:
        raise PluginError(f"{where} calls itself {getattr(found, 'name', '?')}")
    for attribute in ("suffixes", "writes"):
        given = getattr(found, attribute, None)
        if not (isinstance(given, tuple) and given and all(isinstance(one, str) for one in given)):
            raise PluginError(f"{where} has no {attribute}, which are a tuple of texts")


def check_tables(where: str, found: type[Model | Source], schema: str, *allowed: str) -> None:
    """Raise PluginError where it writes to tables that are neither in the schema nor such as its kind fills."""
    for table in getattr(found, "writes", ()):
        first = table.partition(".")[0]
        if first not in allowed and not (schema and first == schema and "." in table):
            own = f"{schema}." if schema else "tables of its own, which cinekit_schema would give it"
            raise PluginError(f"{where} may not write to {table}, but to {', '.join(sorted(allowed))} and {own}")


def check_model(where: str, found: object, verb: str, name: str) -> None:
    """Raise PluginError where a class, that an entry or a test names, is no whole model of that verb and name."""
    if not (inspect.isclass(found) and issubclass(found, Model)):
        raise PluginError(f"{where} is no subclass of toolkit.Model")
    if inspect.isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        raise PluginError(f"{where} does not define {missing}")
    if getattr(found, "verb", None) != verb or getattr(found, "name", None) != name:
        raise PluginError(f"{where} calls itself {getattr(found, 'verb', '?')} {getattr(found, 'name', '?')}")
    for setting in found.model_fields:
        of = partner(found, setting)
        if of == setting or not (of is None or of in found.model_fields):
            raise PluginError(f"{where}: its setting {setting} is of {of!r}; name another of its settings")


def _check_texts(hook: str, offered: ModelEntry | SourceEntry, name: str, target: str, *others: str) -> None:
    if not all(isinstance(part, str) and part and part.isprintable() for part in (name, target, *others)):
        raise PluginError(f"{hook} returned {offered}: its parts are texts of one line")
    if not _TARGET.fullmatch(target):
        raise PluginError(f"{hook} returned the target {target!r}: write it as 'package.module:Class'")
    if not _NAME.fullmatch(name):
        raise PluginError(f"{hook} returned the name {name!r}: take letters, digits and hyphens")
