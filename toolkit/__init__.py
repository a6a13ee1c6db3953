"""What a plugin author imports. Names are found on first use, so that importing this package costs nothing.

from toolkit import ModelEntry, Recommender, hookimpl, setting
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.errors import CinekitError, ModelError, PluginError, UsageError
    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.model import Model, setting
    from toolkit.recommender import Recommender
    from toolkit.spec import ModelEntry, hookimpl

__all__ = [
    "CinekitError",
    "FloatArray",
    "IntArray",
    "Interactions",
    "Model",
    "ModelEntry",
    "ModelError",
    "PluginError",
    "Recommender",
    "UsageError",
    "hookimpl",
    "setting",
]

_HOMES = {
    "CinekitError": "errors",
    "FloatArray": "interactions",
    "IntArray": "interactions",
    "Interactions": "interactions",
    "Model": "model",
    "ModelEntry": "spec",
    "ModelError": "errors",
    "PluginError": "errors",
    "Recommender": "recommender",
    "UsageError": "errors",
    "hookimpl": "spec",
    "setting": "model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    return getattr(import_module(f"toolkit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
