"""What every model is: a class whose fields are its settings, and whose private attributes are what it has fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from toolkit.search import Search


def setting(default: Any, help: str, *, search: Search | None = None, of: str | None = None, **bounds: Any) -> Any:
    """Declare a setting: a field of a model with its default, its help, and bounds such as ``ge=0`` or ``le=1``.

    Args:
        default: what it is where a user says nothing; its type is the field's annotation.
        help: one line for people, without a full stop; with the unit, where there is one.
        search: where good values may lie, a `Between` or `OneOf`; None where it is not to be searched.
        of: another setting of the model without which this one means nothing: given as an option where that one is
            unset (None, False, or an empty tuple; 0 is a value), it is refused.
        bounds: as pydantic's Field has them: `ge`, `gt`, `le`, `lt`, `multiple_of`.

    A value that breaks a bound is refused with a SettingsError before the model is made. Out of this one line come the
    command's option, the validation, the key in ``[plugins.NAME]`` of the config file and the record in meta.runs; and,
    where `search` is given, what ``cinekit tune`` tries.

        class Popular(Recommender):
            half_life: float | None = setting(None, "Days after which a watch counts half", gt=0)
            shrinkage: float = setting(10.0, "Pull towards the mean", ge=0, search=Between(1, 1000, log=True))
    """
    extra: Any = {key: value for key, value in (("search", search), ("of", of)) if value is not None}
    return Field(default, description=help, json_schema_extra=extra or None, **bounds)


class Model(BaseModel):
    """A plugin's model. Fields are settings, frozen and validated; fitted state lives in private attributes.

    Class attributes:
        verb: the command that it belongs to.
        name: what a user types after the verb.
        reads: the tables that it wants beside the main ones of its kind, such as ``("raw.genres",)``.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, protected_namespaces=()
    )

    verb: ClassVar[str]
    name: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()

    def settings(self) -> dict[str, Any]:
        """The settings by name as plain JSON values, defaults included: what meta.runs records."""
        return self.model_dump(mode="json")
