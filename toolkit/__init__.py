"""What a plugin author imports. Names are found on first use, so that importing this package costs nothing.

from toolkit import ModelEntry, Recommender, hookimpl, setting
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.analyzer import Analyzer, Shown
    from toolkit.classifier import Classifier
    from toolkit.document import Document, Workspace
    from toolkit.errors import CinekitError, ModelError, PluginError, SourceError, UsageError
    from toolkit.examples import Examples, Task
    from toolkit.forecaster import Forecast, Forecaster
    from toolkit.frequency import Frequency
    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.model import Model, setting
    from toolkit.panel import Panel, Times
    from toolkit.recommender import Recommender
    from toolkit.sentiment import BoolArray, SentimentModel
    from toolkit.spec import ModelEntry, hookimpl

__all__ = [
    "Analyzer",
    "BoolArray",
    "CinekitError",
    "Classifier",
    "Document",
    "Examples",
    "FloatArray",
    "Forecast",
    "Forecaster",
    "Frequency",
    "IntArray",
    "Interactions",
    "Model",
    "ModelEntry",
    "ModelError",
    "Panel",
    "PluginError",
    "Recommender",
    "SentimentModel",
    "Shown",
    "SourceError",
    "Task",
    "Times",
    "UsageError",
    "Workspace",
    "hookimpl",
    "setting",
]

_HOMES = {
    "Analyzer": "analyzer",
    "BoolArray": "sentiment",
    "CinekitError": "errors",
    "Classifier": "classifier",
    "Document": "document",
    "Examples": "examples",
    "FloatArray": "interactions",
    "Forecast": "forecaster",
    "Forecaster": "forecaster",
    "Frequency": "frequency",
    "IntArray": "interactions",
    "Interactions": "interactions",
    "Model": "model",
    "ModelEntry": "spec",
    "ModelError": "errors",
    "Panel": "panel",
    "PluginError": "errors",
    "Recommender": "recommender",
    "SentimentModel": "sentiment",
    "Shown": "analyzer",
    "SourceError": "errors",
    "Task": "examples",
    "Times": "panel",
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
