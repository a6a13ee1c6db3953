"""`cinekit generate`: draw samples that are no copies from a fitted generator, and keep them as rows and files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.frames import checked, write
from toolkit.generator_fitting import generator_named, ground, losses_of, ready
from toolkit.materials import material_of
from toolkit.sampling import draw
from warehouse.rows import first

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
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
    with warehouse.reading() as con:
        if name is None:
            name, chosen = best_generator(con, host, kind)
        name = generator_named(host, makes, name)
        found = ground(con, kind, request)
    wishes = kind.wishes(request, found.corpus, host.model("generate", name))  # type: ignore[arg-type]
    fitted = ready(warehouse, host, name, settings.get(name, {}), found)
    near = kind.near if request.near is None else request.near
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
        with warehouse.reading() as con:
            run.read(con, kind.reads)
        train = found.part(found.parts.train)
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


def best_generator(con: duckdb.DuckDBPyConnection, host: Host, kind: Material[Any, Any, Any]) -> tuple[str, str]:
    """The generator that was best on what is loaded, and why it is taken: by its evaluation, else by its fit's loss.

    The material's default where none was measured since the last load.
    """
    metric, less_is_better = kind.key
    direction = "ASC" if less_is_better else "DESC"
    known = [entry.name for entry in host.models("generate")]
    since = "SELECT coalesce(max(loaded_at), '-infinity') FROM meta.loads JOIN meta.load_tables USING (load) "
    since += "WHERE list_contains($tables, table_name)"
    measured = f"""
        SELECT m.model, m.value FROM results.metrics m JOIN meta.runs r USING (run)
        WHERE r.status = 'done' AND r.model = 'generate' AND m.task = $makes AND m.metric = $metric
          AND list_contains($known, m.model) AND r.ended_at > ({since})
        QUALIFY row_number() OVER (PARTITION BY m.model ORDER BY r.ended_at DESC) = 1
        ORDER BY m.value {direction}, m.model LIMIT 1
    """
    given = {"tables": list(kind.reads), "makes": kind.makes, "known": known}
    row = first(con, measured, {**given, "metric": metric})
    if row:
        return str(row[0]), f"the best of those judged on these {kind.makes}, {metric} {row[1]:.4g}"
    fitted = f"""
        SELECT f.model, f.loss FROM models.fitted f JOIN meta.runs r USING (run)
        WHERE r.status = 'done' AND f.makes = $makes AND f.loss IS NOT NULL AND list_contains($known, f.model)
          AND f.fitted_at > ({since})
        ORDER BY f.loss, f.model LIMIT 1
    """
    row = first(con, fitted, given)
    if row:
        return str(row[0]), f"the best of those fitted on these {kind.makes}, {row[1]:.4g} {kind.unit}"
    return f"{kind.makes}-{kind.default}", f"as none was judged on these {kind.makes} yet: {judge_them(kind.makes)}"


def judge_them(makes: str) -> str:
    """The command that judges all generators of a kind of material."""
    return f"cinekit evaluate generate {makes}"


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
