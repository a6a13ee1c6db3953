"""Where good values of a setting are to be searched: declared with it, read by `cinekit tune`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import PluginError

if TYPE_CHECKING:
    from toolkit.model import Model


@dataclass(frozen=True)
class Between:
    """Numbers from `low` to `high`, both included: whole ones for a setting of type int.

    Attributes:
        low: the least.
        high: the largest.
        log: draw the logarithm evenly, for a setting of which the order of magnitude matters; `low` is above 0 then.

    Raises:
        PluginError: `low` is not below `high`, or not above 0 with `log`.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise PluginError(f"{self} is nowhere to search: low is below high, and above 0 with log=True")

    def holds(self, value: Any) -> bool:
        """Whether a value is a number that lies there, both ends included."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', log' if self.log else ''}"


@dataclass(frozen=True, init=False)
class OneOf:
    """Some values: texts, numbers, yes or no, or None where the setting need not be given.

    Attributes:
        values: what there is to choose from.

    Raises:
        PluginError: fewer than two different values.
    """

    values: tuple[str | float | bool | None, ...]

    def __init__(self, *values: str | float | bool | None) -> None:
        if len(set(values)) < 2:
            raise PluginError(f"OneOf{values} is nowhere to search: name two values at least")
        object.__setattr__(self, "values", values)

    def holds(self, value: Any) -> bool:
        """Whether a value is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return ", ".join("none" if value is None else str(value) for value in self.values)


Search = Between | OneOf


def searched(model: type[Model] | Model) -> dict[str, Search]:
    """The settings of a model that are searched, with where, in the order of their declaration."""
    kind = model if isinstance(model, type) else type(model)
    extras = {name: field.json_schema_extra for name, field in kind.model_fields.items()}
    return {name: extra["search"] for name, extra in extras.items() if isinstance(extra, dict) and "search" in extra}  # type: ignore[misc]
