"""The host: finds plugins through entry points, one by one, so that one that is broken stops nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pluggy

from toolkit.errors import PluginError, UnknownNameError
from toolkit.installed import OWN, check_fits, installed, source_of, top_package
from toolkit.isolation import blamed_source, caught, reason_of, told_if_interrupted
from toolkit.offers import check_model, check_source, check_tables, imported, model_entry, of_kind, source_entry
from toolkit.process import put_back
from toolkit.spec import Hooks, ModelEntry, SourceEntry
from toolkit.verbs import ELSEWHERE, VERBS
from warehouse.sources import SOURCES

if TYPE_CHECKING:
    from toolkit.analyzer import Shown
    from toolkit.model import Model
    from toolkit.run_info import RunInfo
    from toolkit.source import Source
    from warehouse.plugin_schemas import PluginSchema
    from warehouse.sources.frames import FrameSource


@dataclass
class Plugin:
    """One plugin, loaded or not.

    Attributes:
        distribution: name of the package that brings it.
        version: that package's version.
        entry_point: its name and value in the group "cinekit".
        state: "loaded", "blocked" or "broken".
        reason: why it is not, or not wholly, loaded.
        models: the models of it that can be used.
        sources: likewise the sources.
        schema: the schema of its own tables, such as "plugin_NAME"; "" where it has none.
        package: where the SQL files are that make these.
        module: what its entry point names, once it is loaded.
        seconds: how long importing it and asking its hooks took.
    """

    distribution: str
    version: str
    entry_point: str
    state: str = "loaded"
    reason: str = ""
    models: list[ModelEntry] = field(default_factory=list)
    sources: list[SourceEntry] = field(default_factory=list)
    schema: str = ""
    package: str = ""
    module: object = field(default=None, repr=False)
    seconds: float = 0.0


class Host:
    """Every plugin that is installed, and the models, sources, tables and lines that they offer."""

    def __init__(self, block: Iterable[str] = (), points: Iterable[EntryPoint] | None = None) -> None:
        self.plugins: list[Plugin] = []
        self._models: dict[tuple[str, str], tuple[Plugin, ModelEntry]] = {}
        self._sources: dict[str, tuple[Plugin, SourceEntry]] = {}
        self._manager = pluggy.PluginManager("cinekit")
        self._manager.add_hookspecs(Hooks)
        blocked = frozenset(block)
        # Our own come first, then by name: which of two models of one name is refused never depends on the disk.
        found = installed() if points is None else points
        for point in sorted(found, key=lambda p: (source_of(p)[0] != OWN, source_of(p)[0], p.name)):
            self._load(point, blocked)

    def models(self, verb: str) -> list[ModelEntry]:
        """The models of a verb, by name."""
        return sorted((entry for (v, _), (_, entry) in self._models.items() if v == verb), key=lambda e: e.name)

    def plugin_of(self, verb: str, name: str) -> Plugin:
        """The plugin that offers a model."""
        return self._find(verb, name)[0]

    def model(self, verb: str, name: str) -> type[Model]:
        """Import a model's class.

        Raises:
            UnknownNameError: no plugin offers it; the nearest names are offered.
            PluginError: its module cannot be imported, or what it names is no model of that verb.
        """
        plugin, entry = self._find(verb, name)
        where = f"plugin {plugin.distribution}: model {name!r} ({entry.target})"
        extra = f"pip install 'cinekit[{verb}]'" if plugin.distribution == OWN else "install what it needs"
        found = imported(where, entry.target, extra)
        check_model(where, found, verb, name)
        check_tables(where, found, plugin.schema, "results")
        if not (found.__doc__ or "").strip():
            raise PluginError(f"{where} has no docstring; its first line is its help")
        return found  # type: ignore[no-any-return]

    def sources(self) -> list[SourceEntry]:
        """The sources of plugins, by name."""
        return sorted((entry for _, entry in self._sources.values()), key=lambda e: e.name)

    def source(self, name: str) -> FrameSource:
        """Import a plugin's source, ready to be loaded from.

        Raises:
            UnknownNameError: no plugin offers it, nor is it one of cinekit's own; the nearest names are offered.
            PluginError: its module cannot be imported, or what it names is no source.
        """
        from warehouse.sources.frames import PLAIN, FrameSource

        if name not in self._sources:
            known = sorted([*SOURCES, *self._sources])
            raise UnknownNameError("source", name, known, f"there are {', '.join(known)}")
        plugin, entry = self._sources[name]
        where = f"plugin {plugin.distribution}: source {name!r} ({entry.target})"
        found = imported(where, entry.target, "install what it needs")
        check_source(where, found, name)
        check_tables(where, found, plugin.schema, *PLAIN)

        def answer(error: BaseException) -> None:
            raise PluginError(f"{where} cannot be made: {reason_of(error)}") from error

        with caught(answer):
            source: Source = found()

        def load(path: Any) -> Any:
            with blamed_source(source):
                return source.load(path)

        schema = self.schema(plugin.schema) if any("." in table for table in source.writes) else None
        return FrameSource(
            name, tuple(source.suffixes), tuple(source.writes), load, plugin.distribution, plugin.version, schema
        )

    def schema(self, name: str) -> PluginSchema | None:
        """Where the tables of a schema such as "plugin_NAME" are defined; None where no plugin here has it.

        Raises:
            PluginError: the package with its SQL files cannot be imported.
        """
        from importlib.resources import files

        from warehouse.plugin_schemas import PluginSchema

        plugin = next((p for p in self.plugins if p.schema and p.schema == name), None)
        if plugin is None:
            return None
        where = f"plugin {plugin.distribution}: the package {plugin.package} of its tables"
        package = imported(where, f"{plugin.package}:__name__", "install what it needs")
        try:
            return PluginSchema(name, plugin.distribution, plugin.version, files(package))
        except Exception as error:
            raise PluginError(f"{where} has no files: {reason_of(error)}") from error

    def has_run_hooks(self) -> bool:
        """Whether a plugin wants to be told of runs."""
        hooks = self._manager.hook
        return bool(hooks.cinekit_run_started.get_hookimpls() or hooks.cinekit_run_finished.get_hookimpls())

    def run_started(self, plugin: Plugin, run: RunInfo) -> list[str]:
        """Lines that a plugin has to tell when a run begins.

        Raises:
            PluginError: it returns something else than texts. Whatever else it raises, it raises.
        """
        lines = self._asked(plugin.module, "cinekit_run_started", run=run)
        return [of_kind("cinekit_run_started", line, str) for line in lines]

    def run_finished(self, plugin: Plugin, run: RunInfo) -> list[Shown]:
        """Tables that a plugin has to show when a run has ended. Raises as `run_started` does."""
        from toolkit.analyzer import Shown

        return [
            of_kind("cinekit_run_finished", one, Shown)
            for one in self._asked(plugin.module, "cinekit_run_finished", run=run)
        ]

    def _asked(self, module: object, hook: str, **given: Any) -> Iterator[Any]:
        """What one plugin answers to a hook; nothing where it does not implement it."""
        others = self._manager.get_plugins() - {module}
        for answer in self._manager.subset_hook_caller(hook, others)(**given):
            if isinstance(answer, str) or not isinstance(answer, Iterable):
                raise PluginError(f"{hook} returned {type(answer).__name__}, not several")
            yield from answer

    def _find(self, verb: str, name: str) -> tuple[Plugin, ModelEntry]:
        if (verb, name) not in self._models:
            known = [entry.name for entry in self.models(verb)]
            raise UnknownNameError("model", name, known, f"the models are {', '.join(known)}; {ELSEWHERE}")
        return self._models[verb, name]

    def _load(self, point: EntryPoint, blocked: frozenset[str]) -> None:
        distribution, version = source_of(point)
        plugin = Plugin(distribution, version, f"{point.name} = {point.value}")
        self.plugins.append(plugin)
        if distribution in blocked:
            plugin.state, plugin.reason = "blocked", "blocked in the config file"
            return

        def answer(error: BaseException) -> None:
            plugin.state, plugin.reason = "broken", reason_of(error)

        entries: list[ModelEntry] = []
        sources: list[SourceEntry] = []
        began = perf_counter()
        hanging = (
            f"plugin {distribution} was being loaded; if it hangs, name it in 'block' of [plugins] in cinekit.toml"
        )
        with told_if_interrupted(hanging), put_back(top_package(point)) as changed, caught(answer):
            check_fits(point)
            entries, sources = self._register(point, plugin)
        plugin.seconds = perf_counter() - began
        for entry in entries:
            self._offer(plugin, entry)
        for source in sources:
            self._offer_source(plugin, source)
        if plugin.module is not None and plugin.reason and not (plugin.models or plugin.sources):
            self._give_up(plugin)
        if changed and plugin.state == "loaded":
            _add_reason(plugin, f"changes {', '.join(changed)} while it loads; all is put back"[:300])

    def _register(self, point: EntryPoint, plugin: Plugin) -> tuple[list[ModelEntry], list[SourceEntry]]:
        """Load one plugin and ask it what it offers; leave no trace of it where that fails."""
        module = point.load()
        if module in self._manager.get_plugins():
            raise PluginError(f"its module {point.value} is that of another plugin; name it after the distribution")
        try:
            self._manager.register(module)
            self._manager.check_pending()
            self._check_hooks(module, point.value)
            entries = [model_entry(entry) for entry in self._asked(module, "cinekit_models")]
            sources = [source_entry(entry) for entry in self._asked(module, "cinekit_sources")]
            package = self._schema_package(module)
            schema = self._schema_name(point) if package else ""
        except BaseException:
            if module in self._manager.get_plugins():
                self._manager.unregister(module)
            raise
        plugin.module = module
        plugin.schema, plugin.package = schema, package
        return entries, sources

    def _give_up(self, plugin: Plugin) -> None:
        """Ask a plugin nothing more, all of whose models and sources were refused."""
        self._manager.unregister(plugin.module)
        plugin.state, plugin.module, plugin.schema, plugin.package = "broken", None, "", ""

    def _schema_name(self, point: EntryPoint) -> str:
        """The schema of an entry point's tables: its name in lower case, with _ for what is no letter or digit."""
        from warehouse.plugin_schemas import PREFIX

        schema = f"{PREFIX}{re.sub('[^a-z0-9]+', '_', point.name.lower())}"
        for other in self.plugins:
            if other.schema == schema:
                raise PluginError(
                    f"the schema {schema} is already that of {other.distribution}; rename the entry point"
                )
        return schema

    def _schema_package(self, module: object) -> str:
        """The package with a plugin's SQL files; "" where it has none."""
        others = self._manager.get_plugins() - {module}
        answers = self._manager.subset_hook_caller("cinekit_schema", others)()
        return of_kind("cinekit_schema", answers[0], str) if answers else ""

    def _offer_source(self, plugin: Plugin, entry: SourceEntry) -> None:
        taken = self._sources.get(entry.name)
        if entry.name in SOURCES or taken:
            other = taken[0].distribution if taken else OWN
            reason = f"source '{entry.name}' is already offered by {other}; this one is refused"
            _add_reason(plugin, reason)
            return
        plugin.sources.append(entry)
        self._sources[entry.name] = (plugin, entry)

    def _check_hooks(self, module: object, name: str) -> None:
        if not self._manager.get_hookcallers(module):
            place = getattr(module, "__file__", None) or "a file that is not known"
            raise PluginError(f"{name}, out of {place}, has no hook; mark cinekit_models with @hookimpl")

    def _offer(self, plugin: Plugin, entry: ModelEntry) -> None:
        if entry.verb not in VERBS:
            _add_reason(plugin, f"model {entry.name!r} has the unknown verb {entry.verb!r}")
        elif entry.name in VERBS[entry.verb].own:
            _add_reason(plugin, f"'{entry.verb} {entry.name}' is a command of cinekit; the model is refused")
        elif (entry.verb, entry.name) in self._models:
            other = self._models[entry.verb, entry.name][0].distribution
            _add_reason(plugin, f"model '{entry.verb} {entry.name}' is already offered by {other}; this one is refused")
        else:
            plugin.models.append(entry)
            self._models[entry.verb, entry.name] = (plugin, entry)


def _add_reason(plugin: Plugin, reason: str) -> None:
    plugin.reason = "; ".join(filter(None, [plugin.reason, reason]))
