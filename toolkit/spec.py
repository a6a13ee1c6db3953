"""The hooks that a plugin may implement; each is dated, and documented here for docs/hooks.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from toolkit.analyzer import Shown
    from toolkit.run_info import RunInfo

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

    .. versionadded:: 0.1
    """

    verb: str
    name: str
    target: str
    help: str


@dataclass(frozen=True)
class SourceEntry:
    """Where a source is, so that its module is imported only when it is used.

    Attributes:
        name: what a user types after `cinekit load`, such as "my-format".
        target: "package.module:Class".
        help: one line for the list of sources.

    .. versionadded:: 0.1
    """

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

    @hookspec
    def cinekit_sources(self) -> Iterable[SourceEntry]:  # type: ignore[empty-body]
        """Return the sources that `cinekit load` gets from this plugin. Must be cheap: import no source here.

        .. versionadded:: 0.1
        """

    @hookspec
    def cinekit_schema(self) -> str:  # type: ignore[empty-body]
        """Return the package, such as "cinekit_my_format.schema", whose numbered SQL files make tables of its own.

        .. versionadded:: 0.1
        """

    @hookspec
    def cinekit_run_started(self, run: RunInfo) -> Iterable[str]:  # type: ignore[empty-body]
        """Return lines that people should see when a run begins; they go to stderr.

        .. versionadded:: 0.1
        """

    @hookspec
    def cinekit_run_finished(self, run: RunInfo) -> Iterable[Shown]:  # type: ignore[empty-body]
        """Return tables that people should see below those of the command, when a run is done or has failed.

        .. versionadded:: 0.1
        """
