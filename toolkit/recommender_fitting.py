"""A recommender made ready: read at one moment, brought back or fitted, and recorded with the run that fitted it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from toolkit import fitting
from toolkit.composite import catalogue_of, tables_of
from toolkit.errors import UsageError
from toolkit.isolation import blamed
from toolkit.matrix import interactions_on
from toolkit.model import setting
from toolkit.progress import bar

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.host import Plugin
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from warehouse import Run, Warehouse
    from warehouse.checkpoints import Checkpoints

SIGNAL_TABLES = ("raw.ratings", "raw.watches", "raw.purchases")


class DataRequest(BaseModel):
    """Which interactions a recommender learns from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    signal: Literal["auto", "ratings", "watches", "purchases"] = setting(
        "auto", "What to learn from; auto takes what there are most of"
    )
    min_rating: float | None = setting(
        None, "Ratings from this on count as liked; unless given, four fifths of the top of their scale"
    )
    half_life: float | None = setting(
        None, "Days after which a watch weighs half; unless given, age is no matter", gt=0
    )


@dataclass(frozen=True)
class Basis:
    """A recommender, and all that decides a fit of it.

    Attributes:
        model: the recommender.
        plugin: what offers it.
        settings: the model's, and which interactions it learns from.
        seed: of the fit.
        state: of the data and of the model's code, as `fitting.data_state` has it.
        data: the interactions.
        tables: what the model, and whoever else asked, reads beside them, by name.
        saved: the run that fitted the same before; None where none did.
        earlier: the run that fitted it on what there was before later loads, where they may be folded into that fit.
    """

    model: Recommender
    plugin: Plugin
    settings: Mapping[str, Any]
    seed: int
    state: str
    data: Interactions
    tables: Mapping[str, pl.DataFrame]
    saved: str | None
    earlier: str | None = None

    def checkpoints(self, warehouse: Warehouse) -> Checkpoints:
        """Where a training that is stopped is kept."""
        key = fitting.fit_key(self.plugin, self.model, self.settings, self.seed, self.state)
        return fitting.checkpoints_of(warehouse, key)


@dataclass(frozen=True)
class ReadyRecommender:
    """A recommender that can score.

    Attributes:
        basis: what it was fitted on.
        reused: whether a saved fit was brought back.
        folded: whether viewers and titles that came since were then folded into it.
        resumed: epochs of training that an earlier run, which was stopped, had done.
    """

    basis: Basis
    reused: bool
    resumed: int
    folded: bool = False

    def record(self, con: duckdb.DuckDBPyConnection, warehouse: Warehouse, run: Run) -> dict[str, int]:
        """Record a new fit and its files, in the transaction that ends its run; what it wrote, by table.

        The run's settings get a "fit" beside them: what the fit came to, or which run's was brought back.
        """
        basis, data = self.basis, self.basis.data
        if self.reused:
            run.note(con, "fit", {"folded_into": basis.earlier} if self.folded else {"brought_back": basis.saved})
            return {}
        run.note(con, "fit", findings_of(basis.model))
        sizes = {"viewers": data.shape[0], "titles": data.shape[1], "interactions": int(data.values.nnz)}
        return fitting.record(
            con, warehouse, run, basis.plugin, basis.model, basis.settings, basis.seed, basis.state, sizes
        )


def read_basis(
    con: duckdb.DuckDBPyConnection,
    model: Recommender,
    plugin: Plugin,
    request: DataRequest,
    seed: int,
    others: Iterable[str] = (),
    *,
    fold_in: bool = False,
) -> Basis:
    """Read what a fit needs on one connection, and so at one moment: a load in between would make two of it.

    `others` are tables that are read beside the model's own; with `fold_in` a fit on data of before will do.

    Raises:
        ModelError: there is nothing to learn from.
        UsageError: the request does not fit the signal.
    """
    reads = tables_of(model)
    settings = {**model.settings(), **request.model_dump(mode="json", include=set(DataRequest.model_fields))}
    state = state_on(con, model)
    data = interactions_on(con, request.signal, request.min_rating, request.half_life, catalogue_of(model))
    saved = fitting.find_fitted(con, plugin, model, settings, seed, state)
    earlier = fitting.find_fitted(con, plugin, model, settings, seed, None) if fold_in and saved is None else None
    tables = fitting.read_tables(con, {*reads, *others})
    return Basis(model, plugin, settings, seed, state, data, tables, saved, earlier)


def state_on(con: duckdb.DuckDBPyConnection, model: Recommender) -> str:
    """What `Basis.state` is of data as they are on this connection."""
    return fitting.data_state(con, (*SIGNAL_TABLES, "raw.titles", *tables_of(model)), model)


def brought_back(warehouse: Warehouse, basis: Basis) -> ReadyRecommender | None:
    """The recommender as it was saved, and what came since if that is wanted; None where it was not fitted before."""
    saved = basis.saved or basis.earlier
    if saved is None:
        return None
    fitting.bring_back(warehouse, basis.model, saved)
    folded = basis.saved is None
    if folded:
        with blamed(basis.model):
            basis.model.fold_in(basis.data)
    return ReadyRecommender(basis, reused=True, resumed=0, folded=folded)


def findings_of(model: Recommender) -> dict[str, Any]:
    """What the fit of a model came to that no setting says. Raises PluginError where JSON cannot have it."""
    with blamed(model):
        found = model.findings()
        json.dumps(found)
    return found


def check_fold_in(model: Recommender, *, refit: bool) -> None:
    """See to it that what is loaded after a fit can be folded into it. Raises UsageError where it cannot."""
    from toolkit.recommender import Recommender

    if refit:
        raise UsageError("--fold-in keeps a fit, and --refit makes another; leave one of them out")
    if type(model).fold_in is Recommender.fold_in:
        raise UsageError(f"{model.name} takes nothing up that is loaded after its fit; leave out --fold-in")


def ready(warehouse: Warehouse, run: Run, basis: Basis, *, refit: bool) -> ReadyRecommender:
    """Bring a recommender back, or fit it and write its files; a training that was stopped is gone on with.

    Raises:
        ModelError: it cannot be fitted on these data.
    """
    saved = None if refit else brought_back(warehouse, basis)
    if saved is not None:
        return saved
    model, checkpoints = basis.model, basis.checkpoints(warehouse)
    if refit:
        fitting.begin_anew(checkpoints, basis.saved)
    with bar(f"fitting {model.name}"), blamed(model):
        resumed = fitting.fit_and_save(warehouse, run, model, basis.data, basis.tables, basis.seed, checkpoints)
    return ReadyRecommender(basis, reused=False, resumed=resumed)
