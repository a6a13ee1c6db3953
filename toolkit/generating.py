"""`cinekit generate`: draw samples that are no copies from a fitted generator, and keep them as rows and files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.choosing_generators import best_generator, generator_named, interpolating
from toolkit.errors import UsageError
from toolkit.extras import require
from toolkit.frames import checked, write
from toolkit.generator_fitting import candidate, fetched, ground, losses_of, ready
from toolkit.materials import material_of
from toolkit.progress import bar
from toolkit.sampling import draw, threshold

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from toolkit.generator_fitting import Ground, ReadyGenerator
    from toolkit.host import Host
    from toolkit.materials.material import GenerateRequest, Material
    from toolkit.sampling import Drawn
    from warehouse import Warehouse

GENERATIONS, GENERATION_RUNS = "results.generations", "results.generation_runs"


@dataclass(frozen=True)
class Generated:
    """What a run of `generate` made.

    Attributes:
        run: its id.
        model: the generator.
        chosen: why it was this one, in words; "" where it was asked for.
        ready: how it was fitted.
        held_out: items that its loss is about.
        asked: samples that were asked for.
        made: samples that were kept.
        drawn: samples that were drawn.
        rejected: how many were rejected and why, in words.
        folder: where the files of samples are; None where they are rows alone.
        seconds: how long it took.
    """

    run: str
    model: str
    chosen: str
    ready: ReadyGenerator
    held_out: int
    asked: int
    made: int
    drawn: int
    rejected: str
    folder: Path | None
    seconds: float


def generate(
    warehouse: Warehouse,
    host: Host,
    makes: str,
    name: str | None,
    settings: Mapping[str, Mapping[str, Any]],
    request: GenerateRequest,
) -> Generated:
    """Make new material; samples land in results.generations, with files beside the warehouse.

    Args:
        warehouse: where from and to.
        host: the plugins.
        makes: what is made, such as "titles".
        name: the generator, with or without "<makes>-"; None for the one that was best on what is loaded.
        settings: settings of generators by their full names.
        request: what is wanted.

    Raises:
        UsageError: a wish that cannot be.
        ModelError: too little is loaded, or not one sample could be kept.
    """
    began = time.monotonic()
    kind, chosen = material_of(makes), ""
    if name is not None:
        name = generator_named(host, makes, name)
    require(kind.needs, makes, "generate")
    with bar(f"reading {makes}") as steps:
        with warehouse.reading() as con:
            rows, tables = fetched(con, kind)
        steps.describe(f"preparing {makes}")
        found = ground(kind, request, rows, tables)
    wishes = kind.wishes(request, found.corpus)
    if name is None:
        guided = kind.guided(wishes)
        with warehouse.reading() as con:
            name, chosen = best_generator(con, host, settings, kind, request, tables, interpolates=guided)
    wanted = candidate(host, name, settings.get(name, {}), kind, request, tables)
    if kind.guided(wishes) and not wanted.model.interpolates:
        raise UsageError(f"{name} does not interpolate; {interpolating(host, makes)}, or leave the wish out")
    fitted = ready(warehouse, wanted, found)
    near = threshold(kind, wishes, request.near)
    asked = request.model_dump(mode="json", exclude={"seed", "refit", "minutes"}) | {"near": near}
    plugin = host.plugin_of("generate", name)
    with warehouse.run(
        "generate",
        name,
        settings={**fitted.model.settings(), **asked, "fitted_by": fitted.fitted_by},
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        run.has_read(found.tables.reads)
        train = found.part(found.parts.train)
        with bar(f"drawing {makes}"):
            drawn = draw(
                fitted.model, kind, train, wishes, request.count, request.seed, near, keep_copies=request.keep_copies
            )
        folder = warehouse.artifacts.make(run.id)
        frames = dict(kind.rows(drawn.items, wishes, request, folder, f"{run.id}/"))
        frames[GENERATIONS] = _described(frames[GENERATIONS], fitted, found, drawn, train.names)
        frames[GENERATION_RUNS] = _summary(fitted, kind, request, drawn, near)
        rows = {table: checked(warehouse, table, frame, name) for table, frame in frames.items()}
        with warehouse.writing() as con:
            written = {table: write(con, table, frame, run.id) for table, frame in rows.items()}
            files = warehouse.artifacts.record(con, run.id)
            run.finish(con, {**written, "meta.artifacts": files} if files else written)
    if not files:
        warehouse.artifacts.remove(run.id)
    return Generated(
        run=run.id,
        model=name,
        chosen=chosen,
        ready=fitted,
        held_out=len(found.parts.test),
        asked=request.count,
        made=drawn.distances.size,
        drawn=drawn.drawn,
        rejected=drawn.rejected,
        folder=folder if files else None,
        seconds=time.monotonic() - began,
    )


def _described(frame: pl.DataFrame, fitted: ReadyGenerator, found: Ground, drawn: Drawn, names: Any) -> pl.DataFrame:
    """Rows of results.generations with loss, nearest item and distance."""
    import polars as pl

    kind = found.material
    losses = losses_of(fitted.model, kind.as_corpus(drawn.items, found.corpus))
    each = [None] * frame.height if losses is None else kind.each_loss(losses, drawn.items).tolist()
    return frame.with_columns(
        pl.Series("loss", each, dtype=pl.Float64),
        pl.Series("nearest", [names[place] for place in drawn.nearest.tolist()], dtype=pl.String),
        pl.Series("distance", drawn.distances, dtype=pl.Float64),
    )


def _summary(
    fitted: ReadyGenerator, kind: Material[Any, Any, Any], request: GenerateRequest, drawn: Drawn, near: float
) -> pl.DataFrame:
    import polars as pl

    counts = {
        "asked": request.count,
        "made": drawn.distances.size,
        "drawn": drawn.drawn,
        "verbatim": drawn.verbatim,
        "near_copies": drawn.near_copies,
        "repeated": drawn.repeated,
    }
    row = {"makes": kind.makes, "fitted_by": fitted.fitted_by, **counts, "near": near}
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(counts, pl.Int32))


def generated(warehouse: Warehouse, makes: str, run: str) -> pl.DataFrame:
    """What programs get of a run: the first of the material's tables."""
    return warehouse.query(material_of(makes).shows[0].sql, {"runs": [run]})
