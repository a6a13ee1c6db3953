"""A model of sentiment, ready to score: brought back, or fitted on the labelled reviews of the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from toolkit import fitting
from toolkit.errors import ModelError, PluginError, UsageError
from toolkit.isolation import blamed
from toolkit.labels import NEUTRAL, labels_of
from toolkit.language import languages_of
from toolkit.model import setting
from toolkit.progress import bar
from toolkit.sentiment import SentimentModel
from toolkit.settings import build

if TYPE_CHECKING:
    import duckdb

    from toolkit.host import Host, Plugin
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray
    from warehouse import Warehouse

REVIEWS = "raw.reviews"
LOAD_SOME = "load some first, such as: cinekit load reviews reviews.csv --label sentiment"


class LabelledRequest(BaseModel):
    """Which reviews count as labelled."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    neutral: float = setting(
        NEUTRAL,
        "Half of this share of the scale of scores, about its middle, is neutral: neither good nor bad",
        ge=0,
        lt=1,
    )
    seed: int = setting(0, "Random seed", ge=0)


@dataclass(frozen=True)
class Labelled:
    """Reviews whose score says whether they are positive.

    Attributes:
        texts: the reviews.
        positive: (n,) whether each is.
        neutral: how many were left out because their score is about the middle of the scale.
        foreign: how many because they are in languages that nobody asked for.
    """

    texts: list[str]
    positive: BoolArray
    neutral: int
    foreign: int


@dataclass(frozen=True)
class Ready:
    """A model that can score, how it came to that, in words, and the run that fitted it, None where none did."""

    model: SentimentModel
    how: str
    fit: str | None = None


def sentiment_model(host: Host, name: str, settings: Mapping[str, Any]) -> SentimentModel:
    """Make a model of sentiment of its settings.

    Raises:
        UsageError: it is no model of sentiment.
    """
    kind = host.model("analyze", name)
    if not issubclass(kind, SentimentModel):
        others = [entry.name for entry in host.models("analyze") if _is_sentiment(host, entry.name)]
        raise UsageError(f"{name} is no model of sentiment; these are: {', '.join(others)}")
    return build(kind, settings)


def readers(host: Host, language: str) -> list[str]:
    """The models of sentiment that read a language, by name."""
    names = [entry.name for entry in host.models("analyze") if _is_sentiment(host, entry.name)]
    return [name for name in names if language in getattr(host.model("analyze", name), "languages", ())]


def labelled_reviews(con: duckdb.DuckDBPyConnection, neutral: float, languages: frozenset[str]) -> Labelled:
    """The reviews that have a score, without those about the middle of the scale and those in other languages.

    Raises:
        ModelError: there are none.
    """
    rows = con.execute(
        f"""
        SELECT review, score, dense_rank() OVER (
            ORDER BY coalesce(l.path, CAST(r.load AS VARCHAR), ''), l.options::JSON -> '$.mapping') AS scale
        FROM {REVIEWS} r LEFT JOIN meta.loads l USING (load)
        WHERE score IS NOT NULL AND review IS NOT NULL ORDER BY review_id
        """
    ).fetchnumpy()
    if not len(rows["score"]):
        raise ModelError(f"there are no reviews with a score to learn from; {LOAD_SOME}")
    positive, kept = _labels(np.asarray(rows["score"], dtype=np.float64), np.asarray(rows["scale"]), neutral)
    texts = [str(text) for text in rows["review"]]
    read = np.array([language is None or language in languages for language in languages_of(texts)])
    chosen = np.flatnonzero(kept & read)
    return Labelled([texts[row] for row in chosen], positive[chosen], int((~kept).sum()), int((kept & ~read).sum()))


def _labels(scores: Float64, scales: IntArray, neutral: float) -> tuple[BoolArray, BoolArray]:
    """`labels_of` the scores of each file, since each may be on a scale of its own.

    Loads of one path with the same columns are one file that has grown: a few rows that it brought do not show the
    scale.

    Raises:
        ModelError: not one file tells positive from negative.
    """
    positive, kept = np.zeros(scores.size, dtype=np.bool_), np.zeros(scores.size, dtype=np.bool_)
    useless: ModelError | None = None
    for scale in np.unique(scales):
        rows = np.flatnonzero(scales == scale)
        try:
            positive[rows], kept[rows] = labels_of(scores[rows], neutral)
        except ModelError as error:  # of a file in which all are alike nothing can be told
            useless = error
    if not kept.any() and useless is not None:
        raise useless
    return positive, kept


def ready(
    warehouse: Warehouse,
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    *,
    kind: str,
    neutral: float,
    seed: int,
    refit: bool = False,
) -> Ready:
    """Build a model, and bring it back or fit it where it has to be; a fit is a run of its own.

    A model that needs no training is fitted for reviews only, where labelled ones are loaded: that is its calibration.

    Raises:
        UsageError: it is no model of sentiment.
        ModelError: it has to be fitted, and there are no labelled reviews.
    """
    model = sentiment_model(host, name, settings)
    if not model.trained and kind != "review":
        return Ready(model, "as it comes")
    plugin = host.plugin_of("analyze", name)
    fit_settings = {**model.settings(), "neutral": neutral}
    with warehouse.reading() as con:
        state = fitting.data_state(con, (REVIEWS,), model)
        saved = fitting.find_fitted(con, plugin, model, fit_settings, seed, state)
        if saved is None or refit:
            try:
                labelled = labelled_reviews(con, neutral, model.languages)
            except ModelError:
                if model.trained:
                    raise
                return Ready(model, "as it comes, since no labelled reviews are loaded")
    if saved is not None and not refit:
        fitting.bring_back(warehouse, model, saved)
        return Ready(model, "brought back, as its data have not changed", saved)
    try:
        fitted_by = _fit(warehouse, plugin, model, labelled, fit_settings, seed, state)
    except ModelError as error:
        if model.trained:
            raise
        return Ready(sentiment_model(host, name, settings), f"as it comes, since {error}")
    neutrals = f", {labelled.neutral:,} neutral ones left out" if labelled.neutral else ""
    return Ready(model, f"fitted on {len(labelled.texts):,} labelled reviews{neutrals}", fitted_by)


def _fit(
    warehouse: Warehouse,
    plugin: Plugin,
    model: SentimentModel,
    labelled: Labelled,
    settings: Mapping[str, Any],
    seed: int,
    state: str,
) -> str:
    """Fit a model and save it; the run that did."""
    with warehouse.run(
        "fit", model.name, settings=settings, seed=seed, plugin=plugin.distribution, plugin_version=plugin.version
    ) as run:
        with warehouse.reading() as con:
            run.read(con, (REVIEWS,))
        with bar(f"fitting {model.name}"), blamed(model):
            fitting.fit_texts(warehouse, run, model, labelled.texts, labelled.positive, seed)
        sizes = {"texts": len(labelled.texts)}
        with warehouse.writing() as con:
            run.finish(con, fitting.record(con, warehouse, run, plugin, model, settings, seed, state, sizes))
    return run.id


def _is_sentiment(host: Host, name: str) -> bool:
    try:
        return issubclass(host.model("analyze", name), SentimentModel)
    except PluginError:  # one that is broken is no offer, and stops nobody
        return False
