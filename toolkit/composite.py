"""Recommenders that are made of others, and what the toolkit has to know of a recommender, made of others or not."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from toolkit.errors import PluginError, UsageError
from toolkit.recommender import Recommender
from toolkit.settings import build

if TYPE_CHECKING:
    from toolkit.host import Host


class CompositeRecommender(Recommender):
    """Ranks titles by what other recommenders make of them; these are built before it is fitted or brought back.

    `_parts`, by name in the order of `part_names`, are saved and brought back with it; `_part_plugins` says which
    plugin each is of, as "cinekit 0.1.0".

    .. versionadded:: 0.1
    """

    _parts: dict[str, Recommender]
    _part_plugins: dict[str, str]

    @abstractmethod
    def part_names(self) -> tuple[str, ...]:
        """Names of the recommenders that it is made of."""

    @property
    def private(self) -> bool:  # type: ignore[override]
        """Whether one of its parts learns with differential privacy."""
        return any(part.private for part in self._parts.values())

    def settings(self) -> dict[str, Any]:
        """Its own settings, those of its parts by name under "parts", and their plugins under "part_plugins".

        So a fit with a part of another version of its plugin is another fit.
        """
        parts = {name: part.settings() for name, part in self._parts.items()}
        return {**super().settings(), "parts": parts, "part_plugins": self._part_plugins}

    def findings(self) -> dict[str, Any]:
        """Those of its fitted parts by name under "parts", of parts that have some."""
        parts = {name: found for name in self._fitted() if (found := self._parts[name].findings())}
        return {"parts": parts} if parts else {}

    def _fitted(self) -> Iterable[str]:
        """Names of the parts that were fitted: all, unless a composite leaves some out."""
        return self._parts


def recommender(
    host: Host, name: str, settings: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
) -> Recommender:
    """A recommender by its name, with its parts if it is made of others.

    Args:
        host: the plugins.
        name: of the recommender.
        settings: its settings.
        others: the settings of parts by their name, where they are not the defaults.

    Raises:
        PluginError: the model is no recommender.
        UnknownNameError: there is no model of the name, or of that of a part; a setting that it does not have.
        SettingsError: a value out of its bounds.
        UsageError: a part is made of others itself.
    """
    model = build(host.model("recommend", name), settings)
    if not isinstance(model, Recommender):
        raise PluginError(f"model recommend {name} is no Recommender")
    if isinstance(model, CompositeRecommender):
        put_parts(host, model, others)
    return model


def put_parts(host: Host, model: CompositeRecommender, others: Mapping[str, Mapping[str, Any]]) -> None:
    """Build what a recommender is made of, with the settings that `others` says, and put it in. Raises as above."""
    parts = {part: build(host.model("recommend", part), others.get(part, {})) for part in model.part_names()}
    for part, made in parts.items():
        if not isinstance(made, Recommender):
            raise PluginError(f"model recommend {part} is no Recommender")
        if isinstance(made, CompositeRecommender):
            raise UsageError(f"{model.name} cannot be made of {part}, which is made of other models itself")
    model._parts = parts  # type: ignore[assignment]
    plugins = {part: host.plugin_of("recommend", part) for part in parts}
    model._part_plugins = {part: f"{plugin.distribution} {plugin.version}" for part, plugin in plugins.items()}


def part_names(host: Host, name: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the recommenders that one is made of; none where it is made of no others. Raises as `build` does."""
    model = build(host.model("recommend", name), settings)
    return model.part_names() if isinstance(model, CompositeRecommender) else ()


def tables_of(model: Recommender) -> tuple[str, ...]:
    """The tables that a recommender reads, those of its parts included."""
    if isinstance(model, CompositeRecommender):
        return tuple(sorted({*model.reads, *(table for part in model._parts.values() for table in part.reads)}))
    return model.reads


def catalogue_of(model: Recommender) -> Literal["interacted", "all"]:
    """Which titles a recommender sees: all as soon as one of its parts sees all."""
    if isinstance(model, CompositeRecommender) and any(part.catalogue == "all" for part in model._parts.values()):
        return "all"
    return model.catalogue
