"""Contracts that an author of a plugin subclasses to test a model, and the small data that they try it on.

    from toolkit.testing import RecommenderContract
    from cinekit_together.model import Together

    class TestTogether(RecommenderContract):
        model = Together

Run by pytest, each check that fails says in one line what is to be done. pytest is imported here and nowhere else.

.. versionadded:: 0.1
"""

from typing import Any

from toolkit.testing.analyzer import AnalyzerContract
from toolkit.testing.classifier import ClassifierContract
from toolkit.testing.contract import ModelContract, SavedContract
from toolkit.testing.forecaster import ForecasterContract
from toolkit.testing.generator import GeneratorContract
from toolkit.testing.made_series import made_series, panel_of
from toolkit.testing.recommender import RecommenderContract
from toolkit.testing.sentiment import SentimentContract
from toolkit.testing.small_audience import SmallAudience, small_audience
from toolkit.testing.small_corpora import SmallCorpus, small_corpus
from toolkit.testing.small_documents import write_small_document
from toolkit.testing.small_examples import small_examples
from toolkit.testing.source import SourceContract

__all__ = [
    "AnalyzerContract",
    "ClassifierContract",
    "ForecasterContract",
    "GeneratorContract",
    "ModelContract",
    "RecommenderContract",
    "SavedContract",
    "SentimentContract",
    "SmallAudience",
    "SmallCorpus",
    "SourceContract",
    "made_series",
    "panel_of",
    "small_audience",
    "small_corpus",
    "small_examples",
    "write_small_document",
]


def __getattr__(name: str) -> Any:
    from toolkit.deprecations import deprecated

    return deprecated(f"testing.{name}")
