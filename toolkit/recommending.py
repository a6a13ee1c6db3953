"""`cinekit recommend`: read, fit or bring back, rank, explain, and write it all in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from pydantic import BaseModel, ConfigDict

from toolkit import fitting
from toolkit.errors import ModelError, UsageError
from toolkit.frames import checked, write
from toolkit.isolation import blamed
from toolkit.lookup import title_keys, viewer_keys
from toolkit.matrix import interactions_on
from toolkit.model import setting
from toolkit.progress import bar
from toolkit.reasons import explain
from toolkit.settings import build
from toolkit.topn import Ranking, rank_all
from warehouse.viewer_ids import stored_ids

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from warehouse import Warehouse

SIGNAL_TABLES = ("raw.ratings", "raw.watches", "raw.purchases")


class DataRequest(BaseModel):
    """Which interactions a recommender learns from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    signal: Literal["auto", "ratings", "watches", "purchases"] = setting(
        "auto", "What to learn from; auto takes what there are most of"
    )
    min_rating: float | None = setting(
        None, "Ratings from this on count as liked; unless given, four fifths of the highest"
    )
    half_life: float | None = setting(
        None, "Days after which a watch weighs half; unless given, age is no matter", gt=0
    )


class RecommendRequest(DataRequest):
    """What is asked of a recommender, beside the model's own settings."""

    viewer: tuple[str, ...] = setting((), "Only this viewer; may be repeated")
    like: tuple[str, ...] = setting((), "For somebody new who likes this title; may be repeated")
    top: int = setting(10, "Titles a viewer", ge=1, le=10_000)
    explain: bool = setting(False, "Also say which watched titles each score comes from")
    seed: int = setting(0, "Random seed", ge=0)
    refit: bool = setting(False, "Fit again even where a model fitted on the same data is saved")


@dataclass(frozen=True)
class Recommended:
    """What a run of `recommend` did.

    Attributes:
        run: its id.
        viewers: how many viewers got a list.
        empty: how many got none: the model knows nothing of what they like, or they have seen all that it knows.
        rows: how many recommendations were written.
        signal: what was learnt from, with its size, in words.
        reused: whether a saved model was brought back instead of fitted.
        seconds: wall seconds for reading, fitting, ranking, writing.
        unknown: liked titles that the model has never seen, which could not be used.
    """

    run: str
    viewers: int
    empty: int
    rows: int
    signal: str
    reused: bool
    seconds: float
    unknown: tuple[str, ...] = ()


def recommend(
    warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: RecommendRequest
) -> Recommended:
    """Recommend with one model; results land in results.recommendations and results.recommendation_reasons.

    Raises:
        UsageError: both viewers and likes are given; an unknown viewer or title.
        ModelError: there is nothing to learn from, or the model cannot explain itself.
    """
    if request.viewer and request.like:
        raise UsageError("give --viewer or --like, not both: one is in the data, the other is not")
    began = time.monotonic()
    request = request.model_copy(update={"viewer": stored_ids(warehouse, request.viewer)})
    model = cast("Recommender", build(host.model("recommend", name), settings))
    plugin = host.plugin_of("recommend", name)
    recorded = {**model.settings(), **request.model_dump(mode="json", exclude={"seed"})}
    with warehouse.run(
        "recommend",
        name,
        settings=recorded,
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        fit_settings = {**model.settings(), **request.model_dump(mode="json", include=set(DataRequest.model_fields))}
        # One connection, one moment: a load in between would pair one state of the data with a fit on another.
        with warehouse.reading() as con:
            state = fitting.data_state(con, (*SIGNAL_TABLES, "raw.titles", *model.reads), model)
            chosen = viewer_keys(con, request.viewer)
            liked = title_keys(con, request.like)
            data = interactions_on(con, request.signal, request.min_rating, request.half_life, model.catalogue)
            run.read(con, (f"raw.{data.signal}", *model.reads))
            saved = fitting.find_fitted(con, plugin, model, fit_settings, request.seed, state)
            tables = fitting.read_tables(con, model.reads)
        reused = saved is not None and not request.refit
        if saved is not None and not request.refit:
            fitting.bring_back(warehouse, model, saved)
        else:
            with bar(f"fitting {name}"), blamed(model):
                fitting.fit_and_save(warehouse, run, model, data, tables, request.seed)
        history, unknown = _history(data, chosen, liked, request)
        with bar("ranking", history.shape[0]) as advance, blamed(model):
            ranking = rank_all(model, history, request.top, advance=advance)
        frames = {"results.recommendations": _recommendations(history, ranking)}
        if request.explain:
            with blamed(model):
                frames["results.recommendation_reasons"] = _reasons(model, history, ranking)
        frames = {table: checked(warehouse, table, frame, name) for table, frame in frames.items()}
        with warehouse.writing() as con:
            writes = {table: write(con, table, frame, run.id) for table, frame in frames.items()}
            if not reused:
                sizes = {"viewers": data.shape[0], "titles": data.shape[1], "interactions": int(data.values.nnz)}
                writes |= fitting.record(con, warehouse, run, plugin, model, fit_settings, request.seed, state, sizes)
            run.finish(con, writes)
    return Recommended(
        run=run.id,
        viewers=int(np.unique(ranking.row).size),
        empty=history.shape[0] - int(np.unique(ranking.row).size),
        rows=writes["results.recommendations"],
        signal=described(data),
        reused=reused,
        seconds=time.monotonic() - began,
        unknown=unknown,
    )


def described(data: Interactions) -> str:
    """What was learnt from, in words, such as "100,836 ratings of 610 viewers and 9,724 titles, liked from 4"."""
    what = "ratings" if data.signal == "ratings" else f"viewer-title pairs from {data.signal}"
    liked = f", liked from {data.threshold:g}" if data.signal == "ratings" else ""
    return f"{data.values.nnz:,} {what} of {data.shape[0]:,} viewers and {data.shape[1]:,} titles{liked}"


def recommended(warehouse: Warehouse, run: str, *, explain: bool = False, viewers: int | None = None) -> pl.DataFrame:
    """A run's recommendations with names, as people read them; of the first `viewers` viewers only where given.

    Columns: viewer (NULL for somebody described with --like), rank, title, year, score, title_id, and because where
    reasons are wanted: the largest three as text.
    """
    reasons = """
        LEFT JOIN (
            SELECT x.title_key, x.viewer_key,
                   string_agg(b.name || ' ' || round(100 * share)::INTEGER || ' %', ', ' ORDER BY reason) AS because
            FROM results.recommendation_reasons x JOIN raw.titles b ON b.title_key = because_title_key
            WHERE run = $run AND reason <= 3 GROUP BY ALL
        ) w ON w.title_key = r.title_key AND w.viewer_key IS NOT DISTINCT FROM r.viewer_key
    """
    sql = f"""
        SELECT v.viewer_id AS viewer, r.rank, t.name AS title, t.year, r.score, t.title_id
               {", w.because" if explain else ""}
        FROM results.recommendations r
        JOIN raw.titles t USING (title_key) LEFT JOIN raw.viewers v USING (viewer_key)
        {reasons if explain else ""}
        WHERE r.run = $run AND ($viewers IS NULL OR r.viewer_key IS NULL OR r.viewer_key IN (
            SELECT DISTINCT viewer_key FROM results.recommendations WHERE run = $run ORDER BY viewer_key LIMIT $viewers
        ))
        ORDER BY r.viewer_key, r.rank
    """
    return warehouse.query(sql, {"run": run, "viewers": viewers})


def _history(
    data: Interactions, chosen: list[int], liked: list[int], request: RecommendRequest
) -> tuple[Interactions, tuple[str, ...]]:
    """Whom to rank for: everybody, the chosen viewers, or somebody new; and the likes that the model has not seen."""
    if request.like:
        column_of = {int(key): column for column, key in enumerate(data.titles)}
        known = [column_of[key] for key in liked if key in column_of]
        unknown = tuple(name for name, key in zip(request.like, liked, strict=True) if key not in column_of)
        if not known:
            raise ModelError(
                f"nobody has watched {' or '.join(unknown)}; like a title with a history, or ask the model 'content'"
            )
        return data.of_titles(known), unknown
    if request.viewer:
        row_of = {int(key): row for row, key in enumerate(data.viewers)}
        missing = [name for name, key in zip(request.viewer, chosen, strict=True) if key not in row_of]
        if missing:
            others = " or ".join(table.removeprefix("raw.") for table in SIGNAL_TABLES if table != f"raw.{data.signal}")
            raise ModelError(
                f"viewer {missing[0]!r} has no {data.signal}, which is what was learnt from; "
                f"try --signal {others}, or describe the viewer with --like"
            )
        return data.select(np.array([row_of[key] for key in dict.fromkeys(chosen)])), ()
    return data, ()


def _recommendations(history: Interactions, ranking: Ranking) -> pl.DataFrame:
    import polars as pl

    frame = pl.DataFrame(
        {
            "viewer_key": history.viewers[ranking.row].astype(np.int32),
            "title_key": history.titles[ranking.column].astype(np.int32),
            "rank": ranking.rank.astype(np.int32),
            "score": ranking.score.astype(np.float32),
        }
    )
    return frame.with_columns(pl.col("viewer_key").replace(-1, None))


def _reasons(model: Recommender, history: Interactions, ranking: Ranking) -> pl.DataFrame:
    import polars as pl

    reasons = explain(model, history, ranking)
    row, column, because = (reasons[c].to_numpy() for c in ("row", "column", "because_column"))
    return reasons.select(
        pl.Series("viewer_key", history.viewers[row].astype(np.int32)).replace(-1, None),
        pl.Series("title_key", history.titles[column].astype(np.int32)),
        "reason",
        pl.Series("because_title_key", history.titles[because].astype(np.int32)),
        "contribution",
        "share",
    )
