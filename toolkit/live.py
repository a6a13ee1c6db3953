"""A fitted recommender kept open: answers for anybody with a history, at once and without a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from toolkit.composite import recommender, tables_of
from toolkit.errors import UsageError
from toolkit.interactions import UNKNOWN_TIME
from toolkit.isolation import blamed
from toolkit.own_tables import make_tables
from toolkit.reasons import explain as reasons_for
from toolkit.recommender_fitting import (
    Basis,
    ReadyRecommender,
    brought_back,
    check_fold_in,
    read_basis,
    ready,
    state_on,
)
from toolkit.recommending import RecommendRequest, columns_of, ranked, reranker_of, run_of, tables_read
from toolkit.reranking import check_private
from toolkit.reranking import reads as reranker_reads
from toolkit.settings import flag
from toolkit.title_filters import allowed_titles
from toolkit.title_index import TitleIndex
from warehouse.runs import reads_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from toolkit.host import Host, Plugin
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from toolkit.rerankers.reranker import Reranker
    from toolkit.topn import Ranking
    from warehouse import Warehouse

# Wishes that are for viewers in the data, or for rows that a run writes.
_NOT_LIVE = ("viewer", "like", "unseen", "title_neighbours")


class Watched(BaseModel):
    """A title of a history, with what is known of it.

    Attributes:
        title: "Heat (1995)", "Heat", or "id:6", as for `--like`.
        value: the rating on its own scale, or the weight of a watch or purchase; a liked title's unless given.
        time: when; UTC unless it says otherwise.

    .. versionadded:: 0.1
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: str
    value: float | None = None
    time: datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_title(cls, given: Any) -> Any:
        return {"title": given} if isinstance(given, str) else given


class Reason(NamedTuple):
    """A watched title that a score comes from, and its share of the score."""

    title_id: str
    title: str
    share: float


class Recommendation(NamedTuple):
    """A recommended title; `because` has up to five reasons, the largest first, where they were asked for."""

    title_id: str
    title: str
    year: int | None
    rank: int
    score: float
    because: tuple[Reason, ...] = ()


class Answer(NamedTuple):
    """What was recommended; titles of the history that the model has never seen; why nothing was, where that is so."""

    recommendations: list[Recommendation]
    unknown: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class LiveRecommender:
    """A fitted recommender, and all that it takes to answer somebody new.

        live = LiveRecommender.open("cinekit.duckdb", "ease")
        live.for_history(["Heat (1995)", "Alien (1979)"], top=5)

    It may be asked from several threads; they take turns. Nothing is written, and no connection is held.

    Attributes:
        ready: the recommender, and what it was fitted on.
        titles: all titles by name.
        allowed: (n_titles,) True for titles that may be recommended; None for all.
        request: what is asked for every time.
        reranker: what chooses the lists, where the request has one.

    .. versionadded:: 0.1
    """

    ready: ReadyRecommender
    titles: TitleIndex
    allowed: NDArray[np.bool_] | None
    request: RecommendRequest
    reranker: Reranker | None
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)

    @classmethod
    def open(
        cls,
        warehouse: Warehouse | str | Path,
        name: str,
        settings: Mapping[str, Any] | None = None,
        request: RecommendRequest | None = None,
        *,
        host: Host | None = None,
        others: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> LiveRecommender:
        """Bring a saved fit back, or fit the model in a run, as `cinekit recommend` does.

        Args:
            warehouse: a warehouse, or its file.
            name: of the model.
            settings: of the model, where they are not the defaults; no config file is read.
            request: filters, a re-ranker, what is learnt from, and how long a list is unless an answer says so.
            host: the plugins; all that are installed unless given.
            others: settings of other models that this one is made of, by name.

        Raises:
            UsageError: the request has wishes that are for viewers in the data, or a re-ranker that would undo the
                model's privacy; an unknown title or genre.
            ModelError: there is nothing to learn from, no title passes the filters, or there is nothing to re-rank by.
        """
        from toolkit.host import Host
        from warehouse import Warehouse

        request = request or RecommendRequest()
        for wish in _NOT_LIVE:
            if getattr(request, wish):
                raise UsageError(
                    f"{flag(wish)} does not go with live answers, which are for histories that are given with each "
                    "question, and write nothing; leave it out"
                )
        house = warehouse if isinstance(warehouse, Warehouse) else Warehouse.open(warehouse, create=False)
        plugins = host or Host()
        model = recommender(plugins, name, settings or {}, others or {})
        check_private(model, request.rerankers())
        if request.fold_in:
            check_fold_in(model, refit=request.refit)
        plugin = plugins.plugin_of("recommend", name)
        make_tables(house, plugins, tables_of(model))
        basis, allowed, titles, reads = _read(house, model, plugin, request)
        # Before the fit, which would be for nothing where there is nothing to re-rank by.
        reranker = reranker_of(basis, request)
        done = None if request.refit else brought_back(house, basis)
        if done is None:
            with run_of(house, model, plugin, request) as run:
                # Nobody is forgotten while a run goes on, but somebody may have been since the data were read.
                with house.reading() as con:
                    unchanged = state_on(con, model) == basis.state
                if not unchanged:
                    basis, allowed, titles, reads = _read(house, model, plugin, request)
                    reranker = reranker_of(basis, request)
                run.has_read(reads)
                done = ready(house, run, basis, refit=request.refit)
                with house.writing() as con:
                    run.finish(con, done.record(con, house, run))
            basis.checkpoints(house).remove()
        return cls(done, titles, allowed, request, reranker)

    def for_history(
        self, history: Sequence[str | Watched], *, top: int | None = None, explain: bool | None = None
    ) -> list[Recommendation]:
        """The titles that somebody with this history may like, best first; none where nothing is known of them.

        Raises: as `answer` does.
        """
        return self.answer(history, top=top, explain=explain).recommendations

    def answer(
        self, history: Sequence[str | Watched], *, top: int | None = None, explain: bool | None = None
    ) -> Answer:
        """As `for_history`, which titles of the history could not be used, and why nothing is recommended.

        Args:
            history: titles, in any order; one without more is liked. Of a repeated title the last counts.
            top: titles at most; as the request says unless given.
            explain: whether to say which watched titles a score comes from; as the request says unless given.

        Raises:
            UsageError: the history is empty, a title is named by several, a rating is below 0, or a weight is
                not above 0.
            UnknownNameError: no title of that name or id.
            ModelError: the model has seen none of the titles, or cannot give reasons.
        """
        if not history:
            raise UsageError("the history is empty; give a title, such as 'Heat (1995)'")
        if top is not None and top < 1:
            raise UsageError(f"the number of titles to rank must be at least 1, not {top}")
        watched = [Watched.model_validate(each) for each in history]
        with self._turn:
            person, unknown = self._person(watched)
            asked = (self.request, top or self.request.top, self.allowed, self.reranker)
            ranking = ranked(self.ready.basis, person, *asked)
            because = self._because(person, ranking) if (self.request.explain if explain is None else explain) else {}
        places = self.titles.places(person.titles[ranking.column]).tolist()
        rows = zip(ranking.column.tolist(), places, ranking.rank.tolist(), ranking.score.tolist(), strict=True)
        ids, names, years = self.titles.ids, self.titles.names, self.titles.years
        listed = [
            Recommendation(ids[place], names[place], years[place], rank, score, tuple(because.get(column, ())))
            for column, place, rank, score in rows
        ]
        return Answer(listed, unknown, "" if listed else self._why_none(person))

    def _why_none(self, person: Interactions) -> str:
        """Why somebody got no list, in words."""
        if person.signal == "ratings" and not person.liked.nnz:
            return f"nothing in the history is liked, rated {person.threshold:g} or more"
        name = self.ready.basis.model.name
        return f"{name} knows nothing of what goes with this history, or all that it knows is seen or filtered out"

    def _person(self, watched: Sequence[Watched]) -> tuple[Interactions, tuple[str, ...]]:
        """Somebody with this history, and the titles in it that the model has never seen."""
        data = self.ready.basis.data
        names = [each.title for each in watched]
        columns = columns_of(data, [self.titles.key(name, "the title") for name in names], names)
        used = [each for each, column in zip(watched, columns, strict=True) if column >= 0]
        values = [data.liked_value if each.value is None else each.value for each in used]
        if data.signal == "ratings" and min(values) < 0:
            raise UsageError(f"the value {min(values):g} is no rating, as it is below 0; give one from 0 on, or none")
        if data.signal != "ratings" and min(values) <= 0:
            raise UsageError(f"the value {min(values):g} is no weight of {data.signal}; give one above 0, or none")
        times = [UNKNOWN_TIME if each.time is None else _seconds(each.time) for each in used]
        known = times if any(each.time for each in used) else None
        unknown = tuple(name for name, column in zip(names, columns, strict=True) if column < 0)
        return data.of_titles(columns[columns >= 0], values, known), unknown

    def _because(self, person: Interactions, ranking: Ranking) -> dict[int, list[Reason]]:
        """The reasons of each recommended title, by its column."""
        with blamed(self.ready.basis.model):
            found = reasons_for(self.ready.basis.model, person, ranking)
        places = self.titles.places(person.titles[found.because]).tolist()
        because: dict[int, list[Reason]] = {}
        for column, place, share in zip(found.column.tolist(), places, found.share.tolist(), strict=True):
            because.setdefault(column, []).append(Reason(self.titles.ids[place], self.titles.names[place], share))
        return because


class _Read(NamedTuple):
    """All that is read of the warehouse."""

    basis: Basis
    allowed: NDArray[np.bool_] | None
    titles: TitleIndex
    reads: dict[str, tuple[int, int | None]]


def _read(house: Warehouse, model: Recommender, plugin: Plugin, request: RecommendRequest) -> _Read:
    """Read it on one connection, and so at one moment."""
    with house.reading() as con:
        others = reranker_reads(request.rerankers())
        basis = read_basis(con, model, plugin, request, request.seed, others, fold_in=request.fold_in)
        allowed, titles = allowed_titles(con, basis.data.titles, request), TitleIndex(con)
        return _Read(basis, allowed, titles, reads_of(con, tables_read(basis, request)))


def _seconds(time: datetime) -> int:
    """Seconds since 1970; a time without a zone is UTC's."""
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
