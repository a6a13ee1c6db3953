"""Telling plugins of the runs of a command, and people what these have to say; what a hook gets wrong costs a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from toolkit import show
from toolkit.errors import CinekitError
from toolkit.isolation import caught, reason_of, told_if_interrupted
from toolkit.process import put_back

if TYPE_CHECKING:
    from toolkit.analyzer import Shown
    from toolkit.host import Host, Plugin
    from toolkit.run_info import RunInfo
    from warehouse import Warehouse


class RunHooks:
    """The runs of one command. A warehouse tells of them as its `observer`; no connection is held meanwhile."""

    def __init__(self, host: Callable[[], Host]) -> None:
        self._host = host
        self._told: set[str] = set()
        self._ended: list[tuple[Warehouse, str]] = []

    def started(self, warehouse: Warehouse, run: str) -> None:
        """Tell, once a command, what plugins have to say at the beginning of a run."""
        for plugin, info in self._plugins(warehouse, run):
            with self._costs_a_line(plugin, "cinekit_run_started"):
                for line in self._host().run_started(plugin, info):
                    if line not in self._told:
                        self._told.add(line)
                        show.note(line)

    def ended(self, warehouse: Warehouse, run: str) -> None:
        """Remember a run that is done, or has failed, for when the command has shown its own tables."""
        self._ended.append((warehouse, run))

    def tell(self, *, people: bool) -> None:
        """Tell plugins of the runs that have ended, and show what they return where people look at it."""
        from toolkit.shown_tables import show_tables

        sections: dict[tuple[str, Shown], tuple[Plugin, Warehouse, list[str]]] = {}
        ended, self._ended = self._ended, []
        for warehouse, run in ended:
            for plugin, info in self._plugins(warehouse, run):
                with self._costs_a_line(plugin, "cinekit_run_finished"):
                    for shown in self._host().run_finished(plugin, info):
                        sections.setdefault((plugin.entry_point, shown), (plugin, warehouse, []))[2].append(run)
        for (_, shown), (plugin, warehouse, runs) in sections.items():
            if people:
                try:
                    show_tables(warehouse, (shown,), runs)
                except BrokenPipeError:  # what prints is ours
                    raise
                except Exception as error:
                    _fault(plugin, "cinekit_run_finished", error)

    def _plugins(self, warehouse: Warehouse, run: str) -> Iterator[tuple[Plugin, RunInfo]]:
        """The plugins that are loaded, with what each is told of a run."""
        host = self._host()
        if host.has_run_hooks():
            from toolkit.run_info import run_info

            try:
                info = run_info(warehouse, run)
            except CinekitError as error:
                show.note(f"plugins were not told of the run: {error}")
                return
            yield from ((plugin, info) for plugin in host.plugins if plugin.module is not None)

    @contextmanager
    def _costs_a_line(self, plugin: Plugin, hook: str) -> Iterator[None]:
        """Run what a plugin may get wrong: it costs a line on stderr, and Ctrl-C goes through."""
        faults: list[BaseException] = []
        module = getattr(plugin.module, "__name__", "")
        interrupted = told_if_interrupted(f"plugin {plugin.distribution}: {hook} was interrupted")
        with interrupted, put_back(module.partition(".")[0]) as changed, caught(faults.append):
            yield
        for error in faults:
            _fault(plugin, hook, error)
        line = f"plugin {plugin.distribution}: {hook} changes {', '.join(changed)}; all is put back"
        if changed and line not in self._told:
            self._told.add(line)
            show.note(line)


def _fault(plugin: Plugin, hook: str, error: BaseException) -> None:
    show.note(f"plugin {plugin.distribution}: {hook} failed: {reason_of(error, 200)}")
