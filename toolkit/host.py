"""The host: finds plugins through entry points, one by one, so that one that is broken stops nobody."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint
from time import perf_counter

import pluggy

from toolkit.errors import PluginError, UnknownNameError
from toolkit.installed import OWN, check_fits, installed, source_of
from toolkit.isolation import foreign, reason_of
from toolkit.model import Model
from toolkit.spec import Hooks, ModelEntry
from toolkit.verbs import VERBS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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
        seconds: how long importing it and asking its hooks took.
    """

    distribution: str
    version: str
    entry_point: str
    state: str = "loaded"
    reason: str = ""
    models: list[ModelEntry] = field(default_factory=list)
    seconds: float = 0.0


class Host:
    """Every plugin that is installed, and the models that they offer."""

    def __init__(self, block: Iterable[str] = (), points: Iterable[EntryPoint] | None = None) -> None:
        self.plugins: list[Plugin] = []
        self._models: dict[tuple[str, str], tuple[Plugin, ModelEntry]] = {}
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
        module, _, attribute = entry.target.partition(":")
        try:
            with foreign():
                found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name and error.name.split(".")[0] != module.split(".")[0]:
                extra = f"pip install 'cinekit[{verb}]'" if plugin.distribution == OWN else "install what it needs"
                raise PluginError(f"{where} needs {error.name}, which is not installed; {extra}") from error
            raise PluginError(f"{where} cannot be imported: {error}") from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(f"{where} cannot be imported: {reason_of(error)}") from error
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
        distribution, version = source_of(point)
        plugin = Plugin(distribution, version, f"{point.name} = {point.value}")
        self.plugins.append(plugin)
        if distribution in blocked:
            plugin.state, plugin.reason = "blocked", "blocked in the config file"
            return
        began = perf_counter()
        try:
            check_fits(point)
            with foreign():
                entries = self._register(point)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plugin.state, plugin.reason = "broken", reason_of(error)
            return
        finally:
            plugin.seconds = perf_counter() - began
        for entry in entries:
            self._offer(plugin, entry)

    def _register(self, point: EntryPoint) -> list[ModelEntry]:
        """Load one plugin and ask it for its models; leave no trace of it where that fails."""
        module = point.load()
        before = set(self._manager.get_plugins())
        if module in before:
            raise PluginError(f"its module {point.value} is that of another plugin; name it after the distribution")
        try:
            self._manager.register(module)
            self._manager.check_pending()
            self._check_hooks(module, point.value)
            caller = self._manager.subset_hook_caller("cinekit_models", before)
            entries = [_entry(entry) for offered in caller() for entry in offered]
        except BaseException:
            if module in self._manager.get_plugins():
                self._manager.unregister(module)
            raise
        return entries

    def _check_hooks(self, module: object, name: str) -> None:
        if not self._manager.get_hookcallers(module):
            place = getattr(module, "__file__", None) or "a file that is not known"
            raise PluginError(f"{name}, out of {place}, has no hook; mark cinekit_models with @hookimpl")

    def _offer(self, plugin: Plugin, entry: ModelEntry) -> None:
        reasons = []
        if entry.verb not in VERBS:
            reasons.append(f"model {entry.name!r} has the unknown verb {entry.verb!r}")
        elif entry.name in VERBS[entry.verb].own:
            reasons.append(f"'{entry.verb} {entry.name}' is a command of cinekit; the model is refused")
        elif (entry.verb, entry.name) in self._models:
            other = self._models[entry.verb, entry.name][0].distribution
            reasons.append(f"model '{entry.verb} {entry.name}' is already offered by {other}; this one is refused")
        else:
            plugin.models.append(entry)
            self._models[entry.verb, entry.name] = (plugin, entry)
        plugin.reason = "; ".join(filter(None, [plugin.reason, *reasons]))
        if plugin.reason and not plugin.models:
            plugin.state = "broken"


def _entry(offered: object) -> ModelEntry:
    if not isinstance(offered, ModelEntry):
        raise PluginError(f"cinekit_models returned {type(offered).__name__}, not ModelEntry")
    parts = (offered.verb, offered.name, offered.target, offered.help)
    if not all(isinstance(part, str) and part and part.isprintable() for part in parts):
        raise PluginError(f"cinekit_models returned {offered}: verb, name, target and help are texts of one line")
    if not _NAME.fullmatch(offered.name):
        raise PluginError(f"cinekit_models returned the name {offered.name!r}: take letters, digits and hyphens")
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
