"""What a plugin author imports. Names are found on first use, so that importing this package costs nothing.

from toolkit import ModelEntry, Recommender, hookimpl, setting
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.analyzer import Analyzer, Shown
    from toolkit.calibration import platt, probability
    from toolkit.classifier import Classifier
    from toolkit.composite import CompositeRecommender
    from toolkit.deprecations import CinekitDeprecationWarning
    from toolkit.document import Document, Workspace
    from toolkit.errors import CinekitError, ModelError, PluginError, SourceError, UsageError
    from toolkit.examples import Examples, Task
    from toolkit.forecaster import Forecast, Forecaster
    from toolkit.frequency import Frequency, Times
    from toolkit.generator import (
        EffectsGenerator,
        Generator,
        MetadataGenerator,
        MusicGenerator,
        ScriptGenerator,
        TitleGenerator,
    )
    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import History, Learner, Training
    from toolkit.live import LiveRecommender, Watched
    from toolkit.materials.effects import EffectsWishes, Images
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.materials.music import MusicWishes, Pieces
    from toolkit.materials.script import Scripts, ScriptWishes
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.model import Model, setting
    from toolkit.panel import Panel
    from toolkit.recommender import Recommender, TrainedRecommender
    from toolkit.run_info import RunInfo
    from toolkit.search import Between, OneOf
    from toolkit.seasonality import deseasonalise, is_seasonal, reseasonalise, seasonal_indices
    from toolkit.sentiment import BoolArray, SentimentModel
    from toolkit.source import Source
    from toolkit.spec import ModelEntry, SourceEntry, hookimpl
    from toolkit.training import Schedule

__all__ = [
    "Analyzer",
    "Between",
    "BoolArray",
    "CinekitDeprecationWarning",
    "CinekitError",
    "Classifier",
    "CompositeRecommender",
    "Document",
    "EffectsGenerator",
    "EffectsWishes",
    "Examples",
    "FloatArray",
    "Forecast",
    "Forecaster",
    "Frequency",
    "Generator",
    "History",
    "Images",
    "IntArray",
    "Interactions",
    "Learner",
    "LiveRecommender",
    "MetadataGenerator",
    "MetadataWishes",
    "Model",
    "ModelEntry",
    "ModelError",
    "MusicGenerator",
    "MusicWishes",
    "OneOf",
    "Panel",
    "Pieces",
    "PluginError",
    "Recommender",
    "Rows",
    "RunInfo",
    "Schedule",
    "ScriptGenerator",
    "ScriptWishes",
    "Scripts",
    "SentimentModel",
    "Shown",
    "Source",
    "SourceEntry",
    "SourceError",
    "Task",
    "Times",
    "TitleGenerator",
    "TitleWishes",
    "Titles",
    "TrainedRecommender",
    "Training",
    "UsageError",
    "Watched",
    "Workspace",
    "deseasonalise",
    "hookimpl",
    "is_seasonal",
    "platt",
    "probability",
    "reseasonalise",
    "seasonal_indices",
    "setting",
]

_HOMES = {
    "Analyzer": "analyzer",
    "Between": "search",
    "BoolArray": "sentiment",
    "CinekitDeprecationWarning": "deprecations",
    "CinekitError": "errors",
    "Classifier": "classifier",
    "CompositeRecommender": "composite",
    "Document": "document",
    "EffectsGenerator": "generator",
    "EffectsWishes": "materials.effects",
    "Examples": "examples",
    "FloatArray": "interactions",
    "Forecast": "forecaster",
    "Forecaster": "forecaster",
    "Frequency": "frequency",
    "Generator": "generator",
    "History": "learning",
    "Images": "materials.effects",
    "IntArray": "interactions",
    "Interactions": "interactions",
    "Learner": "learning",
    "LiveRecommender": "live",
    "MetadataGenerator": "generator",
    "MetadataWishes": "materials.metadata",
    "Model": "model",
    "ModelEntry": "spec",
    "ModelError": "errors",
    "MusicGenerator": "generator",
    "MusicWishes": "materials.music",
    "OneOf": "search",
    "Panel": "panel",
    "Pieces": "materials.music",
    "PluginError": "errors",
    "Recommender": "recommender",
    "Rows": "materials.metadata",
    "RunInfo": "run_info",
    "Schedule": "training",
    "ScriptGenerator": "generator",
    "ScriptWishes": "materials.script",
    "Scripts": "materials.script",
    "SentimentModel": "sentiment",
    "Shown": "analyzer",
    "Source": "source",
    "SourceEntry": "spec",
    "SourceError": "errors",
    "Task": "examples",
    "Times": "frequency",
    "TitleGenerator": "generator",
    "TitleWishes": "materials.titles",
    "Titles": "materials.titles",
    "TrainedRecommender": "recommender",
    "Training": "learning",
    "UsageError": "errors",
    "Watched": "live",
    "Workspace": "document",
    "deseasonalise": "seasonality",
    "hookimpl": "spec",
    "is_seasonal": "seasonality",
    "platt": "calibration",
    "probability": "calibration",
    "reseasonalise": "seasonality",
    "seasonal_indices": "seasonality",
    "setting": "model",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"toolkit.{_HOMES[name]}"), name)
    from toolkit.deprecations import deprecated

    return deprecated(name)


def __dir__() -> list[str]:
    return __all__
