"""The hooks that a plugin may implement. One today; each is dated, and documented here for docs/plugins.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pluggy

GROUP = "cinekit"

hookspec = pluggy.HookspecMarker("cinekit")
hookimpl = pluggy.HookimplMarker("cinekit")
"""Marks a function of the entry point's module as a hook: ``@hookimpl`` above ``def cinekit_models()``."""


@dataclass(frozen=True)
class ModelEntry:
    """Where a model is, so that its module is imported only when it is used.

    Attributes:
        verb: recommend, generate, analyze or predict.
        name: what a user types after the verb, such as "my-model".
        target: "package.module:Class"; the module is imported when the model is used, not before.
        help: one line for the list of models.
    """

    verb: str
    name: str
    target: str
    help: str


class Hooks:
    """The hook specification."""

    @hookspec
    def cinekit_models(self) -> Iterable[ModelEntry]:  # type: ignore[empty-body]
        """Return the models that this plugin offers. Must be cheap: import no model here.

        .. versionadded:: 0.1
        """
