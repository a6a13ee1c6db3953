"""Settings given from outside, as options, config or Python values, become a model, or one clear line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.errors import SettingsError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    Built = TypeVar("Built", bound=BaseModel)


def flag(name: str) -> str:
    """The option of a setting: "--min-rating" of min_rating, "--not" of not_."""
    return "--" + name.rstrip("_").replace("_", "-")


def build(kind: type[Built], settings: Mapping[str, Any], where: str = "") -> Built:
    """Make a model, or a request, of settings.

    Raises:
        UnknownNameError: a setting that it does not have.
        SettingsError: a value of the wrong type, or out of its bounds.
    """
    from pydantic import ValidationError

    for name in settings:
        if name not in kind.model_fields:
            raise UnknownNameError("setting", name, kind.model_fields, hint=where)
    try:
        return kind(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        # of an option that was repeated, the place of the value is no part of its name
        name = ".".join(part for part in first["loc"] if isinstance(part, str)) or kind.__name__
        raise SettingsError(f"{where + ': ' if where else ''}{flag(name)}: {plain_message(first)}") from error


def plain_message(error: ErrorDetails) -> str:
    """What pydantic says is wrong, without its word for who says so."""
    return error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")


def check_partners(kind: type[BaseModel], options: Iterable[str], settings: Mapping[str, Any]) -> None:
    """See to it that options do something: one that is declared `of` another setting does nothing where that is unset.

    Args:
        kind: the model or request.
        options: names of the settings that were given as options; others may be defaults for when they are needed.
        settings: all that are set, wherever that was said.

    Raises:
        UsageError: an option without the setting that it is of.
    """
    for name in options:
        of = partner(kind, name)
        if of is not None and _is_unset(settings.get(of, kind.model_fields[of].default)):
            raise UsageError(f"{flag(name)} does nothing without {flag(of)}; give that too, or leave it out")


def partner(kind: type[BaseModel], name: str) -> str | None:
    """The setting that another one is of; None where it is of none."""
    extra = kind.model_fields[name].json_schema_extra
    of = extra.get("of") if isinstance(extra, dict) else None
    return of if isinstance(of, str) else None


def _is_unset(value: object) -> bool:
    """Whether a setting is left out or off; 0 is a value."""
    return value is None or value is False or (isinstance(value, (tuple, list)) and not value)
