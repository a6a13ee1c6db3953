"""Fitting a model, or bringing back the one that was saved, while its data has not changed."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.composite import CompositeRecommender
from toolkit.errors import ModelError, PluginError
from toolkit.learning import Training
from toolkit.model import Model
from toolkit.recommender import TrainedRecommender
from toolkit.saving import restore, save
from warehouse.checkpoints import FOLDER as CHECKPOINTS
from warehouse.checkpoints import Checkpoints
from warehouse.clock import utc_now
from warehouse.names import identifier, quoted
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.host import Plugin
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from toolkit.sentiment import BoolArray, SentimentModel
    from warehouse import Run, Warehouse

REPLACES = "replaces"  # beside the checkpoints of a fit that is made again: the run whose fit it replaces


def data_state(con: duckdb.DuckDBPyConnection, tables: Iterable[str], model: Model) -> str:
    """A hash of which loads have changed the tables, and of the model's code: while it is the same, so is a fit.

    The code counts, that of the classes which the model builds on and of its parts too, because a plugin that its
    author is working on keeps its version.
    """
    return state_of(loads_of(con, tables), model)


def loads_of(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> list[Any]:
    """Each table with its rows and the loads that have changed it, as they are on this connection."""
    known = []
    for table in sorted(set(tables)):
        rows = first(con, f"SELECT count(*) FROM {quoted(table)}")
        loads = first(con, "SELECT list(load ORDER BY load) FROM meta.load_tables WHERE table_name = ?", [table])
        known.append((table, rows, loads))
    return known


def state_of(loads: Sequence[Any], model: Model) -> str:
    """The hash that is `data_state`, of what `loads_of` gave."""
    models = [model, *(model._parts.values() if isinstance(model, CompositeRecommender) else ())]
    kinds = [kind for one in models for kind in type(one).__mro__ if issubclass(kind, Model)]
    sources = [inspect.getsourcefile(kind) for kind in kinds]
    code = [hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else None for source in sources]
    return hashlib.sha256(json.dumps([code, *loads]).encode()).hexdigest()


def find_fitted(
    con: duckdb.DuckDBPyConnection,
    plugin: Plugin,
    model: Model,
    settings: Mapping[str, Any],
    seed: int,
    state: str | None,
) -> str | None:
    """The run that fitted the same model, with the same settings and seed, on the same data; None where none did.

    Without a `state`, on whatever data there were then: the latest.
    """
    row = first(
        con,
        """
        SELECT f.run FROM models.fitted f JOIN meta.runs r USING (run)
        WHERE r.status = 'done' AND f.verb = ? AND f.model = ? AND f.plugin = ? AND f.plugin_version = ?
          AND f.settings::VARCHAR = ? AND f.seed = ? AND f.data_state = coalesce(?, f.data_state)
        ORDER BY f.fitted_at DESC LIMIT 1
        """,
        [model.verb, model.name, plugin.distribution, plugin.version, _canonical(settings), seed, state],
    )
    return row[0] if row else None


def bring_back(warehouse: Warehouse, model: Model, fitted_by: str) -> None:
    """Restore a saved model after its files' hashes were checked."""
    with warehouse.reading() as con:
        files = warehouse.artifacts.checked(con, fitted_by)
    restore(model, files)


def fit_key(plugin: Plugin, model: Model, settings: Mapping[str, Any], seed: int, state: str) -> str:
    """A hash that is equal for two fits that would come to the same."""
    known = [model.verb, model.name, plugin.distribution, plugin.version, dict(settings), seed, state]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:20]


def checkpoints_of(warehouse: Warehouse, key: str) -> Checkpoints:
    """Where training is kept, by its `fit_key`, so that another run of the same goes on with it."""
    return Checkpoints(warehouse.artifacts.folder / CHECKPOINTS / key)


def begin_anew(checkpoints: Checkpoints, saved: str | None) -> None:
    """Remove what was kept, unless by a fit that began anew beside the same saved one, or none, and was stopped."""
    known = checkpoints.load(REPLACES)
    if known is None or known[1] != {"run": saved}:
        checkpoints.remove()
        checkpoints.save(REPLACES, {}, {"run": saved})


def fit_and_save(
    warehouse: Warehouse,
    run: Run,
    model: Recommender,
    interactions: Interactions,
    tables: Mapping[str, pl.DataFrame],
    seed: int,
    checkpoints: Checkpoints,
) -> int:
    """Fit a model and write its files into the run's folder; `record` lists them when the run ends.

    Returns:
        Epochs that an earlier run had done and left in `checkpoints`; 0 for a model that does not learn in epochs.

    Raises:
        ModelError: there is nothing to learn from.
    """
    if interactions.values.nnz == 0 and model.catalogue == "interacted":
        raise ModelError(f"{model.name} has nothing to learn from: no viewer has an interaction; load some first")
    training = Training(seed, f"training {model.name}", checkpoints=checkpoints)
    if isinstance(model, TrainedRecommender):
        model.train(interactions, tables, training)
    else:
        model.fit(interactions, tables, seed)
    save(model, warehouse.artifacts.make(run.id))
    return training.resumed


def fit_texts(
    warehouse: Warehouse, run: Run, model: SentimentModel, texts: Sequence[str], positive: BoolArray, seed: int
) -> None:
    """Fit a model of sentiment and write its files into the run's folder, as `fit_and_save` does."""
    model.fit(texts, positive, seed)
    save(model, warehouse.artifacts.make(run.id))


def record(
    con: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    run: Run,
    plugin: Plugin,
    model: Model,
    settings: Mapping[str, Any],
    seed: int,
    state: str,
    sizes: Mapping[str, Any],
) -> dict[str, int]:
    """Record a fitted model and its files, in the transaction that ends its run; what it wrote, by table.

    `sizes` says what it was fitted on: columns of models.fitted, such as texts.
    """
    values: dict[str, Any] = {
        "run": run.id,
        "verb": model.verb,
        "model": model.name,
        "plugin": plugin.distribution,
        "plugin_version": plugin.version,
        "settings": _canonical(settings),
        "seed": seed,
        "data_state": state,
        **sizes,
        "fitted_at": utc_now(),
    }
    columns = ", ".join(identifier(column) for column in values)
    con.execute(f"INSERT INTO models.fitted ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
    return {"models.fitted": 1, "meta.artifacts": warehouse.artifacts.record(con, run.id)}


class Tables(dict[str, "pl.DataFrame"]):
    """The tables that a model declared, by name; asking for another one is a PluginError."""

    def __missing__(self, name: str) -> pl.DataFrame:
        raise PluginError(f"the model asks for the table {name!r}, which its author has to add to reads")


def read_tables(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> Tables:
    """The tables that a model declared, as Polars frames.

    Raises:
        ModelError: one of them is not in the warehouse.
    """
    import duckdb

    frames = Tables()
    for name in names:
        try:
            frames[name] = con.sql(f"SELECT * FROM {quoted(name)}").pl()
        except duckdb.CatalogException as error:
            raise ModelError(f"the model reads the table {name!r}, which the warehouse does not have") from error
    return frames


def _canonical(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)
