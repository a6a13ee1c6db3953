"""`cinekit recommend`: read, fit or bring back, rank, explain, and write it all in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.composite import recommender, tables_of
from toolkit.errors import ModelError, UsageError
from toolkit.frames import checked, write
from toolkit.isolation import blamed
from toolkit.lookup import title_keys, viewer_keys
from toolkit.matrix import seen_on
from toolkit.model import setting
from toolkit.own_tables import make_tables
from toolkit.progress import bar
from toolkit.reasons import explain
from toolkit.recommended import Recommended, described, drowned, hardly_liked
from toolkit.recommender_fitting import SIGNAL_TABLES, Basis, DataRequest, check_fold_in, findings_of, read_basis, ready
from toolkit.reranking import RERANKERS, RerankerName, RerankRequest, check_private, rerank
from toolkit.reranking import reads as reranker_reads
from toolkit.title_filters import TitleFilters, allowed_titles, filter_tables
from toolkit.title_neighbours import title_neighbours
from toolkit.topn import Ranking, knows_nobody, rank_all
from warehouse.viewer_ids import stored_ids

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from toolkit.host import Host, Plugin
    from toolkit.interactions import IntArray, Interactions
    from toolkit.recommender import Recommender
    from toolkit.rerankers.reranker import Reranker
    from warehouse import Run, Warehouse

TITLE_NEIGHBOURS = "models.title_neighbours"


class RecommendRequest(RerankRequest, TitleFilters, DataRequest):
    """What is asked of a recommender, beside the model's own settings."""

    viewer: tuple[str, ...] = setting((), "Only this viewer; may be repeated")
    like: tuple[str, ...] = setting((), "For somebody new who likes this title; may be repeated")
    top: int = setting(10, "Titles a viewer", ge=1, le=10_000)
    unseen: bool = setting(False, "Leave out what the viewer has rated, watched or bought, whatever is learnt from")
    rerank: RerankerName | None = setting(
        None, "Choose the list out of more candidates: by the viewer's genres, for variety, or less by popularity"
    )
    explain: bool = setting(False, "Also say which watched titles each score comes from")
    title_neighbours: int | None = setting(
        None, "Also write this many weights of each title as a table, title_neighbours, to recommend by SQL", ge=1
    )
    seed: int = setting(0, "Random seed", ge=0)
    refit: bool = setting(False, "Fit again even where a model fitted on the same data is saved")
    fold_in: bool = setting(
        False, "Fold viewers and titles that were loaded since into a saved fit, instead of fitting again"
    )

    def rerankers(self) -> tuple[RerankerName, ...]:
        """The re-ranker, if there is one."""
        return (self.rerank,) if self.rerank else ()


def recommend(
    warehouse: Warehouse,
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    request: RecommendRequest,
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recommended:
    """Recommend with one model; results land in results.recommendations, and what else is asked for beside them.

    A model that is made of others takes their settings from `others`, by name.

    Raises:
        UsageError: both viewers and likes are given; an unknown viewer, title or genre; a re-ranker that would undo
            the model's privacy.
        ModelError: there is nothing to learn from, no title passes the filters, or the model cannot give what
            is asked for.
    """
    if request.viewer and request.like:
        raise UsageError("give --viewer or --like, not both: one is in the data, the other is not")
    began = time.monotonic()
    request = request.model_copy(update={"viewer": _known_viewers(warehouse, request.viewer)})
    model = recommender(host, name, settings, others or {})
    check_private(model, request.rerankers())
    if request.fold_in:
        check_fold_in(model, refit=request.refit)
    plugin = host.plugin_of("recommend", name)
    make_tables(warehouse, host, tables_of(model))
    with run_of(warehouse, model, plugin, request) as run:
        with warehouse.reading() as con:
            basis, wishes = _read(con, model, plugin, request)
            run.read(con, tables_read(basis, request))
        reranker = reranker_of(basis, request)
        done = ready(warehouse, run, basis, refit=request.refit)
        history, unknown = _history(basis.data, wishes, request)
        seen = None if wishes.seen is None else wishes.seen[history.rows]
        with bar("ranking", history.shape[0]) as advance:
            ranking = ranked(basis, history, request, request.top, wishes.allowed, reranker, seen, advance)
        with blamed(model):
            silent = not ranking.row.size and knows_nobody(model, history)
        frames = {"results.recommendations": _recommendations(history, ranking)}
        with blamed(model):
            if request.explain:
                frames["results.recommendation_reasons"] = _reasons(model, history, ranking)
            if request.title_neighbours:
                frames[TITLE_NEIGHBOURS] = title_neighbours(model, basis.data.titles, request.title_neighbours)
        frames = {table: checked(warehouse, table, frame, name) for table, frame in frames.items()}
        with warehouse.writing() as con:
            writes = {table: write(con, table, frame, run.id) for table, frame in frames.items()}
            writes |= done.record(con, warehouse, run)
            run.finish(con, writes)
    basis.checkpoints(warehouse).remove()
    lengths = np.bincount(ranking.row, minlength=history.shape[0])
    return Recommended(
        run=run.id,
        viewers=int((lengths > 0).sum()),
        empty=int((lengths == 0).sum()),
        rows=writes["results.recommendations"],
        weights=writes.get(TITLE_NEIGHBOURS, 0),
        signal=described(basis.data),
        hardly_liked=hardly_liked(basis.data),
        reused=done.reused,
        folded=done.folded,
        resumed=done.resumed,
        seconds=time.monotonic() - began,
        unknown=unknown,
        silent=silent,
        drowned=drowned(history, lengths, request.top, wishes.allowed, seen) if model.private else 0,
        findings=findings_of(model),
    )


def _known_viewers(warehouse: Warehouse, viewers: Sequence[str]) -> tuple[str, ...]:
    """The viewers as the warehouse has them. Raises UnknownNameError before there is a run, which would keep the id."""
    stored = stored_ids(warehouse, viewers)
    if stored:
        with warehouse.reading() as con:
            viewer_keys(con, stored)
    return stored


@dataclass(frozen=True)
class _Wishes:
    """What names in a request stand for: keys of viewers and titles, what may be recommended, and what was seen."""

    viewers: list[int]
    liked: list[int]
    allowed: NDArray[np.bool_] | None
    seen: csr_array | None


def _read(
    con: duckdb.DuckDBPyConnection, model: Recommender, plugin: Plugin, request: RecommendRequest
) -> tuple[Basis, _Wishes]:
    """All that a run reads, on one connection."""
    viewers, liked = viewer_keys(con, request.viewer), title_keys(con, request.like)
    others = reranker_reads(request.rerankers())
    basis = read_basis(con, model, plugin, request, request.seed, others, fold_in=request.fold_in)
    allowed = allowed_titles(con, basis.data.titles, request)
    seen = seen_on(con, basis.data) if request.unseen and not request.like else None
    return basis, _Wishes(viewers, liked, allowed, seen)


def reranker_of(basis: Basis, request: RecommendRequest) -> Reranker | None:
    """The re-ranker that is asked for; ModelError where the data do not have what it needs."""
    return RERANKERS[request.rerank](basis.data, basis.tables) if request.rerank else None


def ranked(
    basis: Basis,
    history: Interactions,
    request: RecommendRequest,
    top: int,
    allowed: NDArray[np.bool_] | None,
    reranker: Reranker | None,
    seen: csr_array | None = None,
    advance: Callable[[int], None] | None = None,
) -> Ranking:
    """The best `top` titles of all viewers of a history, chosen by `reranker` where there is one; as `rank_all`."""
    n = request.candidates(top) if reranker else top
    with blamed(basis.model):
        ranking = rank_all(basis.model, history, n, advance=advance, allowed=allowed, seen=seen)
    if reranker is None:
        return ranking
    return rerank(reranker, ranking, history, n=top, strength=request.rerank_strength)


def run_of(
    warehouse: Warehouse, model: Recommender, plugin: Plugin, request: RecommendRequest
) -> AbstractContextManager[Run]:
    """The run of a recommender, which records its settings and what is asked."""
    recorded = {**model.settings(), **request.model_dump(mode="json", exclude={"seed"})}
    return warehouse.run(
        "recommend",
        model.name,
        settings=recorded,
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    )


def tables_read(basis: Basis, request: RecommendRequest) -> tuple[str, ...]:
    """The tables that a run reads."""
    looked_at = (*sorted(basis.tables), *filter_tables(request), *(SIGNAL_TABLES if request.unseen else ()))
    return tuple(dict.fromkeys((f"raw.{basis.data.signal}", *looked_at)))


def _history(data: Interactions, wishes: _Wishes, request: RecommendRequest) -> tuple[Interactions, tuple[str, ...]]:
    """Whom to rank for: everybody, the chosen viewers, or somebody new; and the likes that the model has not seen."""
    if request.like:
        columns = columns_of(data, wishes.liked, request.like)
        unknown = tuple(name for name, column in zip(request.like, columns, strict=True) if column < 0)
        return data.of_titles(columns[columns >= 0]), unknown
    if request.viewer:
        row_of = {int(key): row for row, key in enumerate(data.viewers)}
        missing = [name for name, key in zip(request.viewer, wishes.viewers, strict=True) if key not in row_of]
        if missing:
            others = " or ".join(table.removeprefix("raw.") for table in SIGNAL_TABLES if table != f"raw.{data.signal}")
            raise ModelError(
                f"viewer {missing[0]!r} has no {data.signal}, which is what was learnt from; "
                f"try --signal {others}, or describe the viewer with --like"
            )
        return data.select(np.array([row_of[key] for key in dict.fromkeys(wishes.viewers)])), ()
    return data, ()


def columns_of(data: Interactions, keys: Sequence[int], names: Sequence[str]) -> IntArray:
    """(n,) the column of each title, of a title_key and a name; -1 where the model has never seen it.

    Raises ModelError where it has seen none of them.
    """
    place = np.minimum(np.searchsorted(data.titles, keys), data.titles.size - 1)
    columns: IntArray = np.where(data.titles[place] == keys, place, -1)
    if (columns < 0).all():
        raise ModelError(
            f"nobody has watched {' or '.join(names)}; like a title with a history, "
            "or take a model that also ranks titles without one"
        )
    return columns


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
    frame = pl.DataFrame(
        {
            "viewer_key": history.viewers[reasons.row].astype(np.int32),
            "title_key": history.titles[reasons.column].astype(np.int32),
            "reason": reasons.reason,
            "because_title_key": history.titles[reasons.because].astype(np.int32),
            "contribution": reasons.contribution,
            "share": reasons.share,
        }
    )
    return frame.with_columns(pl.col("viewer_key").replace(-1, None))
