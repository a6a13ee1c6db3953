"""The host: finds plugins through entry points, one by one, so that one that is broken stops nobody."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from toolkit.errors import CinekitError, PluginError, UnknownNameError
from toolkit.model import Model
from toolkit.source import Source
from toolkit.spec import GROUP, Hooks, ModelEntry, SourceEntry
from toolkit.verbs import VERBS
from warehouse.sources import SOURCES

if TYPE_CHECKING:
    from toolkit.analyzer import Shown
    from toolkit.run_info import RunInfo
    from warehouse.plugin_schemas import PluginSchema
    from warehouse.sources.frames import FrameSource

OWN = "cinekit"
Kind = TypeVar("Kind")


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
        schema: the schema of its own tables, such as "plugin_letterboxd"; "" where it has none.
        package: where the SQL files are that make these.
        module: what its entry point names, once it is loaded.
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
        found = entry_points(group=GROUP) if points is None else points
        for point in sorted(found, key=lambda p: (_distribution(p)[0] != OWN, _distribution(p)[0], p.name)):
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
        found = _imported(where, entry.target, extra)
        check_model(where, found, verb, name)
        _check_tables(where, found, plugin, "results")
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
        from toolkit.isolation import blamed_source
        from warehouse.sources.frames import PLAIN, FrameSource

        if name not in self._sources:
            known = sorted([*SOURCES, *self._sources])
            raise UnknownNameError("source", name, known, f"there are {', '.join(known)}")
        plugin, entry = self._sources[name]
        where = f"plugin {plugin.distribution}: source {name!r} ({entry.target})"
        found = _imported(where, entry.target, "install what it needs")
        _check_source(where, found, name)
        _check_tables(where, found, plugin, *PLAIN)
        try:
            source: Source = found()
        except (Exception, SystemExit) as error:
            raise PluginError(f"{where} cannot be made: {type(error).__name__}: {error}") from error

        def load(path: Any) -> Any:
            with blamed_source(source):
                return source.load(path)

        schema = self.schema(plugin.schema) if any("." in table for table in source.writes) else None
        return FrameSource(
            name, tuple(source.suffixes), tuple(source.writes), load, plugin.distribution, plugin.version, schema
        )

    def schema(self, name: str) -> PluginSchema | None:
        """Where the tables of a schema such as "plugin_letterboxd" are defined; None where no plugin here has it.

        Raises:
            PluginError: the package with its SQL files cannot be found.
        """
        from importlib.resources import files

        from warehouse.plugin_schemas import PluginSchema

        plugin = next((p for p in self.plugins if p.schema and p.schema == name), None)
        if plugin is None:
            return None
        try:
            return PluginSchema(name, plugin.distribution, plugin.version, files(plugin.package))
        except (Exception, SystemExit) as error:
            raise PluginError(f"plugin {plugin.distribution}: no package {plugin.package}: {error}") from error

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
        return [_of_kind("cinekit_run_started", line, str) for line in lines]

    def run_finished(self, plugin: Plugin, run: RunInfo) -> list[Shown]:
        """Tables that a plugin has to show when a run has ended. Raises as `run_started` does."""
        from toolkit.analyzer import Shown

        return [
            _of_kind("cinekit_run_finished", one, Shown)
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
            raise UnknownNameError("model", name, known, f"the models are {', '.join(known)}")
        return self._models[verb, name]

    def _load(self, point: EntryPoint, blocked: frozenset[str]) -> None:
        distribution, version = _distribution(point)
        plugin = Plugin(distribution, version, f"{point.name} = {point.value}")
        self.plugins.append(plugin)
        if distribution in blocked:
            plugin.state, plugin.reason = "blocked", "blocked in the config file"
            return
        try:
            entries, sources = self._register(point, plugin)
        except (Exception, SystemExit) as error:
            plugin.state = "broken"
            plugin.reason = str(error) if isinstance(error, CinekitError) else f"{type(error).__name__}: {error}"
            plugin.reason = " ".join(plugin.reason.split())[:300]
            return
        for entry in entries:
            self._offer(plugin, entry)
        for source in sources:
            self._offer_source(plugin, source)
        if plugin.reason and not (plugin.models or plugin.sources):
            plugin.state = "broken"

    def _register(self, point: EntryPoint, plugin: Plugin) -> tuple[list[ModelEntry], list[SourceEntry]]:
        """Load one plugin and ask it what it offers; leave no trace of it where that fails."""
        module = point.load()
        if module in self._manager.get_plugins():
            raise PluginError("the same module is registered by another entry point")
        try:
            self._manager.register(module)
            self._manager.check_pending()
            entries = [_entry(entry) for entry in self._asked(module, "cinekit_models")]
            sources = [_source_entry(entry) for entry in self._asked(module, "cinekit_sources")]
            package = self._schema_package(module)
            schema = self._schema_name(point) if package else ""
        except BaseException:
            if module in self._manager.get_plugins():
                self._manager.unregister(module)
            raise
        plugin.module = module
        plugin.schema, plugin.package = schema, package
        return entries, sources

    def _schema_name(self, point: EntryPoint) -> str:
        """The schema of an entry point's tables: its name in lower case, with _ for what is no letter or digit."""
        schema = f"plugin_{re.sub('[^a-z0-9]+', '_', point.name.lower())}"
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
        return _of_kind("cinekit_schema", answers[0], str) if answers else ""

    def _offer_source(self, plugin: Plugin, entry: SourceEntry) -> None:
        taken = self._sources.get(entry.name)
        if entry.name in SOURCES or taken:
            other = taken[0].distribution if taken else OWN
            reason = f"source '{entry.name}' is already offered by {other}; this one is refused"
            plugin.reason = "; ".join(filter(None, [plugin.reason, reason]))
            return
        plugin.sources.append(entry)
        self._sources[entry.name] = (plugin, entry)

    def _offer(self, plugin: Plugin, entry: ModelEntry) -> None:
        reasons = []
        if entry.verb not in VERBS:
            reasons.append(f"model {entry.name!r} has the unknown verb {entry.verb!r}")
        elif (entry.verb, entry.name) in self._models:
            other = self._models[entry.verb, entry.name][0].distribution
            reasons.append(f"model '{entry.verb} {entry.name}' is already offered by {other}; this one is refused")
        else:
            plugin.models.append(entry)
            self._models[entry.verb, entry.name] = (plugin, entry)
        plugin.reason = "; ".join(filter(None, [plugin.reason, *reasons]))


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def _entry(offered: object) -> ModelEntry:
    if not isinstance(offered, ModelEntry):
        raise PluginError(f"cinekit_models returned {type(offered).__name__}, not ModelEntry")
    parts = (offered.verb, offered.name, offered.target, offered.help)
    if not all(isinstance(part, str) and part for part in parts):
        raise PluginError(f"cinekit_models returned {offered}: verb, name, target and help are texts")
    return offered


def _source_entry(offered: object) -> SourceEntry:
    if not isinstance(offered, SourceEntry):
        raise PluginError(f"cinekit_sources returned {type(offered).__name__}, not SourceEntry")
    parts = (offered.name, offered.target, offered.help)
    if not all(isinstance(part, str) and part for part in parts):
        raise PluginError(f"cinekit_sources returned {offered}: name, target and help are texts")
    return offered


def _of_kind(hook: str, offered: object, kind: type[Kind]) -> Kind:
    if not isinstance(offered, kind):
        raise PluginError(f"{hook} returned {type(offered).__name__}, not {kind.__name__}")
    return offered


def _imported(where: str, target: str, extra: str) -> Any:
    """What an entry names.

    Raises:
        PluginError: it cannot be imported; `extra` says how what it needs is installed.
    """
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] != module.split(".")[0]:
            raise PluginError(f"{where} needs {error.name}, which is not installed; {extra}") from error
        raise PluginError(f"{where} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{where} cannot be imported: {type(error).__name__}: {error}") from error


def _check_source(where: str, found: object, name: str) -> None:
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


def _check_tables(where: str, found: type[Model | Source], plugin: Plugin, *allowed: str) -> None:
    """Raise PluginError where it writes to tables that are neither the plugin's own nor such as its kind may fill."""
    for table in getattr(found, "writes", ()):
        first = table.partition(".")[0]
        if first not in allowed and not (plugin.schema and first == plugin.schema and "." in table):
            own = f"{plugin.schema}." if plugin.schema else "tables of its own, which cinekit_schema would give it"
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
