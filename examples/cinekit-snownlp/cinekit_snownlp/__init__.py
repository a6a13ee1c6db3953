"""Sentiment of Chinese texts for cinekit, by the library snownlp."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The one model, whose module is imported when it is used."""
    return [ModelEntry("analyze", "snownlp", "cinekit_snownlp.model:SnowNlp", "Sentiment of Chinese by snownlp.")]
