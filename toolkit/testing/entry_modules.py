"""The module with a plugin's hooks, which is imported with every command: found, and seen to be light."""

from __future__ import annotations

import sys

import pytest

from toolkit.testing.checks import must
from toolkit.testing.installed_plugins import installed_host
from toolkit.testing.start_up import imported


def entry_module(found: type) -> str:
    """The module that the entry point of a class names: of the plugin that is installed, or else the class's package.

    "" where it is of no package.
    """
    for plugin in installed_host().plugins:
        targets = [*(entry.target for entry in plugin.models), *(entry.target for entry in plugin.sources)]
        if f"{found.__module__}:{found.__qualname__}" in targets:
            return plugin.entry_point.partition(" = ")[2].partition(":")[0]
    module = sys.modules.get(found.__module__)
    package = getattr(module, "__package__", "") or ""
    return package if package != found.__module__ else found.__module__.rpartition(".")[0]


def check_light(module: str, name: str) -> None:
    """Fail where a module imports something heavy; skip where it is not known.

    Args:
        module: with the hooks; "" where it was not found.
        name: of the model or source, for messages.
    """
    if not module:
        pytest.skip(f"{name} is of no package yet: say entry_point = 'the module with the hook'")
    started = imported(module)
    if started.error.startswith("ModuleNotFoundError") and repr(module.partition(".")[0]) in started.error:
        pytest.skip(f"{module} is not found by another Python; install it: pip install -e .")
    must(not started.error, f"{module} cannot be imported: {started.error}; mend it")
    must(
        not started.heavy,
        f"{module} imports {', '.join(started.heavy)}, in {started.seconds:.2f} s; import these in the module of "
        "the model, or where they are used, and keep that of the hook light",
    )
