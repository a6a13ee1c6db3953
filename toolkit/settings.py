"""Settings given from outside, as options, config or Python values, become a model, or one clear line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.errors import SettingsError, UnknownNameError

if TYPE_CHECKING:
    from pydantic import BaseModel

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
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{where + ': ' if where else ''}{flag(name)}: {message}") from error
