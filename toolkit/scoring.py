"""Sentiment of what is spoken in a document, by a model of sentiment: lines, scenes, characters, the whole, the arc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.arc import arc, levels
from toolkit.isolation import blamed
from toolkit.language import language_of
from toolkit.words import count_words

if TYPE_CHECKING:
    import polars as pl

    from toolkit.sentiment import SentimentModel


def language_of_lines(lines: pl.DataFrame) -> str | None:
    """Language of the lines together, as an ISO 639-1 code; None where there are too few words to tell."""
    return language_of("\n".join(lines["text"].to_list()))


def reads(model: SentimentModel, language: str | None) -> bool:
    """Whether a model reads a language; what is too short to tell is taken to be in its own."""
    return language is None or language in model.languages


def score_lines(lines: pl.DataFrame, model: SentimentModel, kind: str) -> dict[str, pl.DataFrame]:
    """Rows of results.sentiment and results.arcs for lines in a language that the model reads.

    Args:
        lines: as `Analyzer.lines` returns them.
        model: fitted, if it has to be.
        kind: kind of document, such as "script".
    """
    import polars as pl

    with blamed(model):
        probability = np.asarray(model.score(lines["text"].to_list(), kind), dtype=np.float64)
    sentiment = pl.Series("sentiment", 2 * probability - 1, dtype=pl.Float64).fill_nan(None)
    scored = lines.with_columns(sentiment, count_words(pl.col("text")).alias("words"))
    frames = {"results.sentiment": levels(scored)}
    if sentiment.null_count() < lines.height:
        frames["results.arcs"] = arc(scored["share"], scored["sentiment"], scored["words"], scored["seconds"])
    return frames
