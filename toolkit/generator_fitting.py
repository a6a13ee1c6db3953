"""A generator made ready: brought back, taken up again where its training was stopped, or fitted; a fit is a run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit import fitting
from toolkit.errors import ModelError, PluginError, UnknownNameError, UsageError
from toolkit.generator import Generator
from toolkit.isolation import blamed
from toolkit.learning import Training
from toolkit.saving import save
from toolkit.settings import build
from warehouse.rows import first

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
class Ground:
    """What generators of one kind of material are fitted on: the corpus and its parts."""

    material: Material[Any, Any, Any]
    request: GenerateRequest
    corpus: Any
    parts: Parts

    def part(self, places: IntArray) -> Any:
        """The items of a part."""
        return self.corpus.select(places)


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


def generator_named(host: Host, makes: str, name: str) -> str:
    """The full name of the generator that is meant: "gru" of titles is "titles-gru".

    Raises:
        UnknownNameError: no model of that name.
        UsageError: it makes something else.
    """
    names = [entry.name for entry in host.models("generate")]
    prefix = f"{makes}-"
    full = prefix + name if prefix + name in names else name
    if full not in names:
        own = [one.removeprefix(prefix) for one in names if one.startswith(prefix)]
        raise UnknownNameError("model", name, own, f"of {makes} there are {', '.join(own)}")
    kind = host.model("generate", full)
    if not issubclass(kind, Generator):
        raise PluginError(f"model generate {full} is no Generator")
    if kind.makes != makes:
        raise UsageError(f"{full} makes {kind.makes}, not {makes}; ask cinekit generate {kind.makes}")
    return full


def generators_of(host: Host, makes: str) -> list[str]:
    """Names of all generators of one kind of material, those whose module cannot be imported left out."""
    names = []
    for entry in host.models("generate"):
        try:
            kind = host.model("generate", entry.name)
        except PluginError:  # one that is broken is no offer, and stops nobody
            continue
        if issubclass(kind, Generator) and kind.makes == makes:
            names.append(entry.name)
    return names


def ground(con: duckdb.DuckDBPyConnection, material: Material[Any, Any, Any], request: GenerateRequest) -> Ground:
    """Read the corpus, and part it.

    Raises:
        ModelError: nothing is loaded, or too little.
    """
    corpus: Corpus = material.read(con, request)
    if len(corpus) < material.least:
        found = f"only {len(corpus):,} of the {material.least} that are needed" if len(corpus) else "nothing"
        raise ModelError(f"{material.makes}: there is {found} to learn from; load more, such as: {material.load}")
    parts = material.parts(corpus)
    if not len(parts.train):
        raise ModelError(f"{material.makes}: no item is left to learn from beside those held out; load more")
    return Ground(material, request, corpus, parts)


def ready(warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], ground: Ground) -> ReadyGenerator:
    """Build a generator by its full name, and bring it back or fit it where it has to be.

    Where its training was stopped by a kill, by Ctrl-C or by --minutes, it goes on from the last epoch.

    Raises:
        ModelError: it cannot be fitted on these data.
    """
    model, plugin = build(host.model("generate", name), settings), host.plugin_of("generate", name)
    if not isinstance(model, Generator):
        raise PluginError(f"model generate {name} is no Generator")
    request = ground.request
    fit_settings = {**model.settings(), **ground.material.shapes(request)}
    with warehouse.reading() as con:
        state = fitting.data_state(con, ground.material.reads, model)
        saved = fitting.find_fitted(con, plugin, model, fit_settings, request.fit_seed, state)
        kept = None if saved is None else first(con, KEPT, [saved])
    checkpoints = fitting.checkpoints_of(warehouse, plugin, model, fit_settings, request.fit_seed, state)
    if request.refit:
        checkpoints.remove()
    elif saved is not None and kept is not None and (kept[0] or request.minutes is None):
        fitting.bring_back(warehouse, model, saved)
        more = "" if kept[0] else f", stopped by its minutes after {kept[2]} epochs; --minutes goes on with it"
        how = f"brought back, as its data have not changed{more}"
        return ReadyGenerator(model, saved, how, bool(kept[0]), kept[1])
    return _fit(warehouse, plugin, model, fit_settings, ground, state, checkpoints)


def _fit(
    warehouse: Warehouse,
    plugin: Plugin,
    model: Generator,
    settings: Mapping[str, Any],
    ground: Ground,
    state: str,
    checkpoints: Checkpoints,
) -> ReadyGenerator:
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
        with warehouse.reading() as con:
            run.read(con, material.reads)
        train = ground.part(ground.parts.train)
        training = Training(request.fit_seed, f"training {model.name}", request.minutes, checkpoints)
        with blamed(model):
            model.fit(train, ground.part(ground.parts.valid), training)
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
                con, warehouse, run, plugin, model, settings, request.fit_seed, state, sizes
            )  # fmt: skip
            run.finish(con, written)
    if training.finished:
        checkpoints.remove()
    epochs = f", {training.epochs} epochs" if training.epochs else ""
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
