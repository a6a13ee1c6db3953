"""A generator made ready: brought back, taken up again where its training was stopped, or fitted; a fit is a run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit import fitting
from toolkit.errors import ModelError, PluginError
from toolkit.generator import Generator
from toolkit.isolation import blamed
from toolkit.learning import Training
from toolkit.progress import bar
from toolkit.saving import save
from toolkit.settings import build
from warehouse.rows import first
from warehouse.runs import reads_of

if TYPE_CHECKING:
    import duckdb

    from toolkit.host import Host, Plugin
    from toolkit.interactions import IntArray
    from toolkit.materials.material import Corpus, GenerateRequest, Material, Parts
    from toolkit.metrics import Float64
    from warehouse import Warehouse
    from warehouse.checkpoints import Checkpoints

KEPT = "SELECT coalesce(finished, true), loss, epochs FROM models.fitted WHERE run = ?"


@dataclass(frozen=True)
class TableState:
    """Which data a corpus is of: what is known of its tables on the connection that fetched it.

    Attributes:
        loads: each table with its rows and loads, as `fitting.loads_of` gives them.
        reads: rows and latest load of each, for the lineage of runs.
    """

    loads: list[Any]
    reads: dict[str, tuple[int, int | None]]


@dataclass(frozen=True)
class Ground:
    """What generators of one kind of material are fitted on: the corpus and its parts, and which data it is of."""

    material: Material[Any, Any, Any]
    request: GenerateRequest
    corpus: Any
    parts: Parts
    tables: TableState

    def part(self, places: IntArray) -> Any:
        """The items of a part."""
        return self.corpus.select(places)


@dataclass(frozen=True)
class Candidate:
    """A generator that is not fitted yet, with all that decides a fit of it.

    Attributes:
        model: the generator.
        plugin: what offers it.
        settings: the model's, and options that change the corpus.
        seed: of the fit.
        state: of the data and of the model's code, as `fitting.data_state` has it.
    """

    model: Generator
    plugin: Plugin
    settings: Mapping[str, Any]
    seed: int
    state: str

    @property
    def key(self) -> str:
        """A hash that is equal for two fits that would come to the same."""
        return fitting.fit_key(self.plugin, self.model, self.settings, self.seed, self.state)

    def saved(self, con: duckdb.DuckDBPyConnection) -> str | None:
        """The run that fitted it; None where none did."""
        return fitting.find_fitted(con, self.plugin, self.model, self.settings, self.seed, self.state)


@dataclass(frozen=True)
class ReadyGenerator:
    """A generator that can sample.

    Attributes:
        model: the fitted model.
        fitted_by: the run that fitted it.
        how: how it came to that, in words.
        finished: whether its training came to its end.
        loss: mean loss on the items held out to judge it, in the material's unit; None without a likelihood.
    """

    model: Generator
    fitted_by: str
    how: str
    finished: bool
    loss: float | None


def fetched(con: duckdb.DuckDBPyConnection, material: Material[Any, Any, Any]) -> tuple[Any, TableState]:
    """The rows that a corpus is made of, and the state of their tables."""
    # One connection, one moment: a load in between would pair one state of the data with a fit on another.
    tables = TableState(fitting.loads_of(con, material.reads), reads_of(con, material.reads))
    return material.read(con), tables


def ground(material: Material[Any, Any, Any], request: GenerateRequest, rows: Any, tables: TableState) -> Ground:
    """Make the corpus of what was fetched, and part it.

    Raises:
        ModelError: nothing is loaded, or too little.
    """
    corpus: Corpus = material.corpus(rows, request)
    if len(corpus) < material.least:
        found = f"are only {len(corpus):,} of the {material.least} that are needed" if len(corpus) else "is nothing"
        raise ModelError(f"{material.makes}: there {found} to learn from; load more, such as: {material.load}")
    parts = material.parts(corpus)
    if not len(parts.train):
        raise ModelError(
            f"{material.makes}: all {len(corpus):,} belong together, such as sequels, versions or frames; these are "
            "held out together, so that none is left to learn from; load others"
        )
    return Ground(material, request, corpus, parts, tables)


def candidate(
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    material: Material[Any, Any, Any],
    request: GenerateRequest,
    tables: TableState,
) -> Candidate:
    """Build a generator by its full name.

    Raises:
        SettingsError: a setting is out of its bounds.
        PluginError: it cannot be imported, or is no generator.
    """
    model, plugin = build(host.model("generate", name), settings), host.plugin_of("generate", name)
    if not isinstance(model, Generator):
        raise PluginError(f"model generate {name} is no Generator")
    fit_settings = {**model.settings(), **material.shapes(request)}
    return Candidate(model, plugin, fit_settings, request.fit_seed, fitting.state_of(tables.loads, model))


def ready(warehouse: Warehouse, candidate: Candidate, ground: Ground) -> ReadyGenerator:
    """Bring a generator back, or fit it where it has to be.

    Where its training was stopped by a kill, by Ctrl-C or by --minutes, it goes on from the last epoch.

    Raises:
        ModelError: it cannot be fitted on these data.
    """
    model, request = candidate.model, ground.request
    with warehouse.reading() as con:
        saved = candidate.saved(con)
        kept = None if saved is None else first(con, KEPT, [saved])
    checkpoints = fitting.checkpoints_of(warehouse, candidate.key)
    if request.refit:
        fitting.begin_anew(checkpoints, saved)
    elif saved is not None and kept is not None and (kept[0] or request.minutes is None):
        with bar(f"bringing back {model.name}"):
            fitting.bring_back(warehouse, model, saved)
        epochs = f"{kept[2]} epoch{'s' * (kept[2] != 1)}"
        more = "" if kept[0] else f", stopped by its minutes after {epochs}; --minutes goes on with it"
        how = f"brought back, as its data have not changed{more}"
        return ReadyGenerator(model, saved, how, bool(kept[0]), kept[1])
    return _fit(warehouse, candidate, ground, checkpoints)


def _fit(warehouse: Warehouse, candidate: Candidate, ground: Ground, checkpoints: Checkpoints) -> ReadyGenerator:
    model, plugin, settings = candidate.model, candidate.plugin, candidate.settings
    request, material, began = ground.request, ground.material, time.monotonic()
    recorded = {**settings, "minutes": request.minutes}
    with warehouse.run(
        "fit",
        model.name,
        settings=recorded,
        seed=request.fit_seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        run.has_read(ground.tables.reads)
        train = ground.part(ground.parts.train)
        training = Training(request.fit_seed, f"training {model.name}", request.minutes, checkpoints)
        with bar(f"fitting {model.name}") as steps:
            with blamed(model):
                model.fit(train, ground.part(ground.parts.valid), training)
            steps.describe(f"judging {model.name}")
            loss = held_out_loss(model, ground)
        save(model, warehouse.artifacts.make(run.id))
        sizes = {
            "items": len(train),
            "makes": material.makes,
            "epochs": training.epochs,
            "finished": training.finished,
            "loss": loss,
        }
        with warehouse.writing() as con:
            written = fitting.record(
                con, warehouse, run, plugin, model, settings, candidate.seed, candidate.state, sizes
            )  # fmt: skip
            run.finish(con, written)
    if training.finished:
        checkpoints.remove()
    epochs = f", {training.epochs} epoch{'s' * (training.epochs > 1)}" if training.epochs else ""
    resumed = f", {training.resumed} of them before it was stopped" if training.resumed else ""
    more = "" if training.finished else "; stopped by its minutes, with more of them it goes on"
    how = f"fitted on {len(train):,} in {time.monotonic() - began:.1f} s{epochs}{resumed}{more}"
    return ReadyGenerator(model, run.id, how, training.finished, loss)


def held_out_loss(model: Generator, ground: Ground) -> float | None:
    """Mean loss on the items held out to judge a model, in the material's unit; None without a likelihood."""
    test = ground.part(ground.parts.test)
    losses = losses_of(model, test)
    return None if losses is None else ground.material.loss_in_unit(losses, test)


def losses_of(model: Generator, corpus: Any) -> Float64 | None:
    """(n,) losses of items in nats; None without a likelihood, or without items.

    Raises:
        PluginError: the model gave something else.
    """
    if not len(corpus):
        return None
    with blamed(model):
        found = model.losses(corpus)
    if found is None:
        return None
    losses = np.asarray(found, dtype=np.float64)
    if losses.shape != (len(corpus),) or not np.isfinite(losses).all():
        raise PluginError(
            f"model {model.name} gave losses of shape {losses.shape} for {len(corpus)} items, or no numbers"
        )
    return losses
