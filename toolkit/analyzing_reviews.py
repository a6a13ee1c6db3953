"""`cinekit analyze sentiment`: the reviews of the warehouse, scored by a model of sentiment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.frames import checked, write
from toolkit.language import languages_of
from toolkit.model import setting
from toolkit.progress import bar
from toolkit.scoring import probabilities
from toolkit.sentiment_fitting import LOAD_SOME, REVIEWS, LabelledRequest, ready

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from toolkit.sentiment import SentimentModel
    from warehouse import Warehouse


class ReviewsRequest(LabelledRequest):
    """What is asked of a model of sentiment, beside its own settings."""

    refit: bool = setting(False, "Fit again even where a model fitted on the same data is saved")


class NamedReviewsRequest(ReviewsRequest):
    """The same where the model is named by an option."""

    model: str = setting("textblob", "Model of sentiment; 'cinekit models' lists them")


@dataclass(frozen=True)
class ScoredReviews:
    """What a run over reviews did.

    Attributes:
        run: its id.
        reviews: how many there were.
        unread: how many of them are in a language that the model does not read.
        unknown: how many others hold no word that it knows.
        how: how the model came to be ready, in words.
        seconds: wall seconds, fitting included.
    """

    run: str
    reviews: int
    unread: int
    unknown: int
    how: str
    seconds: float


def score_reviews(
    warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: ReviewsRequest
) -> ScoredReviews:
    """Score every review; results land in results.review_sentiment.

    Raises:
        UsageError: no model of sentiment of that name.
        ModelError: there are no reviews, or none to learn from.
    """
    began = time.monotonic()
    prepared = ready(
        warehouse,
        host,
        name,
        settings,
        kind="review",
        neutral=request.neutral,
        seed=request.seed,
        refit=request.refit,
    )
    model, plugin = prepared.model, host.plugin_of("analyze", name)
    asked = request.model_dump(mode="json", include=set(ReviewsRequest.model_fields) - {"seed"})
    with warehouse.run(
        "analyze",
        name,
        settings={**model.settings(), **asked, "sentiment_settings": model.settings(), "sentiment_fit": prepared.fit},
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        with warehouse.reading() as con:
            sql = f"SELECT review_id, review FROM {REVIEWS} WHERE review IS NOT NULL ORDER BY review_id"
            reviews = con.sql(sql).pl()
            run.read(con, (REVIEWS,))
        if reviews.is_empty():
            raise ModelError(f"there are no reviews; {LOAD_SOME}")
        with bar(f"scoring with {name}"):
            scored = _scored(reviews, model)
        rows = checked(warehouse, "results.review_sentiment", scored, name)
        with warehouse.writing() as con:
            run.finish(con, {"results.review_sentiment": write(con, "results.review_sentiment", rows, run.id)})
    unread = int((~_read(scored, model)).sum())
    return ScoredReviews(
        run=run.id,
        reviews=scored.height,
        unread=unread,
        unknown=scored["sentiment"].null_count() - unread,
        how=prepared.how,
        seconds=time.monotonic() - began,
    )


def scored_reviews(warehouse: Warehouse, run: str, *, people: bool) -> pl.DataFrame:
    """A run's reviews; for people a row a title, those with most reviews first."""
    titles = """
        SELECT coalesce(t.name, '(no title)') AS title, t.year, count(*) AS reviews,
               avg((s.label = 'positive')::INTEGER) AS positive, avg(s.sentiment) AS sentiment,
               count(*) - count(s.sentiment) AS "not scored"
        FROM results.review_sentiment s JOIN raw.reviews r USING (review_id) LEFT JOIN raw.titles t USING (title_key)
        WHERE s.run = $run GROUP BY t.title_key, t.name, t.year ORDER BY reviews DESC, title LIMIT 20
    """
    each = """
        SELECT s.review_id, t.name AS title, s.sentiment, s.probability, s.label, s.language, r.score, r.review
        FROM results.review_sentiment s JOIN raw.reviews r USING (review_id) LEFT JOIN raw.titles t USING (title_key)
        WHERE s.run = $run ORDER BY s.review_id
    """
    return warehouse.query(titles if people else each, {"run": run})


def _scored(reviews: pl.DataFrame, model: SentimentModel) -> pl.DataFrame:
    """Rows of results.review_sentiment; those in a language that the model does not read have no score."""
    import polars as pl

    texts = reviews["review"].to_list()
    languages = pl.Series("language", languages_of(texts), dtype=pl.String)
    probability = np.full(len(texts), np.nan)
    read = _read(reviews.with_columns(languages), model)
    chosen = np.flatnonzero(read)
    probability[chosen] = probabilities(model, [texts[row] for row in chosen], "review")
    return reviews.select(
        "review_id",
        pl.Series("sentiment", 2 * probability - 1).fill_nan(None),
        pl.Series("probability", probability).fill_nan(None),
    ).with_columns(
        pl.when(pl.col("probability") >= 0.5)
        .then(pl.lit("positive"))
        .when(pl.col("probability") < 0.5)
        .then(pl.lit("negative"))
        .alias("label"),
        languages,
    )


def _read(frame: pl.DataFrame, model: SentimentModel) -> np.ndarray:
    """(n,) whether the model reads each row's language; what is too short to tell is taken to be in its own."""
    language = frame["language"]
    read: np.ndarray = (language.is_null() | language.is_in(sorted(model.languages))).to_numpy()
    return read
