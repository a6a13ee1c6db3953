"""What a plugin author imports. Names are found on first use, so that importing this package costs nothing.

from toolkit import ModelEntry, Recommender, hookimpl, setting
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.analyzer import Analyzer, Shown
    from toolkit.document import Document, Workspace
    from toolkit.errors import CinekitError, ModelError, PluginError, SourceError, UsageError
    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.model import Model, setting
    from toolkit.recommender import Recommender
    from toolkit.sentiment import BoolArray, SentimentModel
    from toolkit.spec import ModelEntry, hookimpl

__all__ = [
    "Analyzer",
    "BoolArray",
    "CinekitError",
    "Document",
    "FloatArray",
    "IntArray",
    "Interactions",
    "Model",
    "ModelEntry",
    "ModelError",
    "PluginError",
    "Recommender",
    "SentimentModel",
    "Shown",
    "SourceError",
    "UsageError",
    "Workspace",
    "hookimpl",
    "setting",
]

_HOMES = {
    "Analyzer": "analyzer",
    "BoolArray": "sentiment",
    "CinekitError": "errors",
    "Document": "document",
    "FloatArray": "interactions",
    "IntArray": "interactions",
    "Interactions": "interactions",
    "Model": "model",
    "ModelEntry": "spec",
    "ModelError": "errors",
    "PluginError": "errors",
    "Recommender": "recommender",
    "SentimentModel": "sentiment",
    "Shown": "analyzer",
    "SourceError": "errors",
    "UsageError": "errors",
    "Workspace": "document",
    "hookimpl": "spec",
    "setting": "model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    return getattr(import_module(f"toolkit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
