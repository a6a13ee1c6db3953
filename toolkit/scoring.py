"""Sentiment of what is spoken in a document, by a model of sentiment: lines, scenes, characters, the whole, the arc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import PluginError
from toolkit.isolation import blamed
from toolkit.words import count_words

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.sentiment import SentimentModel

    Float64 = NDArray[np.float64]


def checked_lines(lines: pl.DataFrame, model: str) -> pl.DataFrame:
    """What `Analyzer.lines` returned, in the types that it promises.

    Raises:
        PluginError: a column is missing or of another type, or a place, text or share is null.
    """
    import polars as pl

    wanted = {"place": pl.Int32, "text": pl.String, "scene": pl.Int32, "character": pl.String, "share": pl.Float64,
              "seconds": pl.Float64}  # fmt: skip
    missing = [name for name in wanted if name not in lines.columns]
    if missing:
        raise PluginError(f"model {model}: its lines have no column {', '.join(missing)}")
    try:
        cast = lines.select(pl.col(name).cast(kind) for name, kind in wanted.items())
    except pl.exceptions.PolarsError as error:
        raise PluginError(
            f"model {model}: its lines are of other types: {' '.join(str(error).split())[:200]}"
        ) from error
    empty = [name for name in ("place", "text", "share") if cast[name].null_count()]
    if empty:
        raise PluginError(f"model {model}: its lines have nulls in {', '.join(empty)}")
    return cast


def probabilities(model: SentimentModel, texts: list[str], kind: str) -> Float64:
    """(n,) what a model scores texts: from 0 to 1, or NaN.

    Raises:
        PluginError: another number of them, or one out of bounds.
    """
    with blamed(model):
        scores = np.asarray(model.score(texts, kind), dtype=np.float64)
    if scores.shape != (len(texts),):
        raise PluginError(f"model {model.name} gave scores of shape {scores.shape} for {len(texts)} texts")
    if ((scores < 0) | (scores > 1)).any():
        raise PluginError(f"model {model.name} gave probabilities outside 0 to 1")
    return scores


def language_of_lines(lines: pl.DataFrame) -> str | None:
    """Language of the lines together, as an ISO 639-1 code; None where there are too few words to tell."""
    from toolkit.language import language_of

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

    from toolkit.arc import arc, levels

    probability = probabilities(model, lines["text"].to_list(), kind)
    sentiment = pl.Series("sentiment", 2 * probability - 1, dtype=pl.Float64).fill_nan(None)
    scored = lines.with_columns(sentiment, count_words(pl.col("text")).alias("words"))
    frames = {"results.sentiment": levels(scored)}
    if sentiment.null_count() < lines.height:
        frames["results.arcs"] = arc(scored["share"], scored["sentiment"], scored["words"], scored["seconds"])
    return frames
