"""The host: finds plugins through entry points, one by one, so that one that is broken stops nobody."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import pluggy

from toolkit.errors import CinekitError, PluginError, UnknownNameError
from toolkit.model import Model
from toolkit.spec import GROUP, Hooks, ModelEntry
from toolkit.verbs import VERBS

OWN = "cinekit"


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
    """

    distribution: str
    version: str
    entry_point: str
    state: str = "loaded"
    reason: str = ""
    models: list[ModelEntry] = field(default_factory=list)


class Host:
    """Every plugin that is installed, and the models that they offer."""

    def __init__(self, block: Iterable[str] = (), points: Iterable[EntryPoint] | None = None) -> None:
        self.plugins: list[Plugin] = []
        self._models: dict[tuple[str, str], tuple[Plugin, ModelEntry]] = {}
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
        module, _, attribute = entry.target.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name and error.name.split(".")[0] != module.split(".")[0]:
                extra = f"pip install 'cinekit[{verb}]'" if plugin.distribution == OWN else "install what it needs"
                raise PluginError(f"{where} needs {error.name}, which is not installed; {extra}") from error
            raise PluginError(f"{where} cannot be imported: {error}") from error
        except (Exception, SystemExit) as error:
            raise PluginError(f"{where} cannot be imported: {type(error).__name__}: {error}") from error
        check_model(where, found, verb, name)
        if not (found.__doc__ or "").strip():
            raise PluginError(f"{where} has no docstring; its first line is its help")
        return found  # type: ignore[no-any-return]

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
            entries = self._register(point)
        except (Exception, SystemExit) as error:
            plugin.state = "broken"
            plugin.reason = str(error) if isinstance(error, CinekitError) else f"{type(error).__name__}: {error}"
            plugin.reason = " ".join(plugin.reason.split())[:300]
            return
        for entry in entries:
            self._offer(plugin, entry)

    def _register(self, point: EntryPoint) -> list[ModelEntry]:
        """Load one plugin and ask it for its models; leave no trace of it where that fails."""
        module = point.load()
        before = set(self._manager.get_plugins())
        if module in before:
            raise PluginError("the same module is registered by another entry point")
        try:
            self._manager.register(module)
            self._manager.check_pending()
            caller = self._manager.subset_hook_caller("cinekit_models", before)
            entries = [_entry(entry) for offered in caller() for entry in offered]
        except BaseException:
            if module in self._manager.get_plugins():
                self._manager.unregister(module)
            raise
        return entries

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
        if plugin.reason and not plugin.models:
            plugin.state = "broken"


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def _entry(offered: object) -> ModelEntry:
    if not isinstance(offered, ModelEntry):
        raise PluginError(f"cinekit_models returned {type(offered).__name__}, not ModelEntry")
    parts = (offered.verb, offered.name, offered.target, offered.help)
    if not all(isinstance(part, str) and part for part in parts):
        raise PluginError(f"cinekit_models returned {offered}: verb, name, target and help are texts")
    return offered


def check_model(where: str, found: object, verb: str, name: str) -> None:
    """Raise PluginError where a class, that an entry or a test names, is no whole model of that verb and name."""
    if not (inspect.isclass(found) and issubclass(found, Model)):
        raise PluginError(f"{where} is no subclass of toolkit.Model")
    if inspect.isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        raise PluginError(f"{where} does not define {missing}")
    if getattr(found, "verb", None) != verb or getattr(found, "name", None) != name:
        raise PluginError(f"{where} calls itself {getattr(found, 'verb', '?')} {getattr(found, 'name', '?')}")
