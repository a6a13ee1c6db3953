"""`cinekit evaluate generate`: generators of one kind of material, judged on items that none of them has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from toolkit.choosing_generators import generator_named, generators_of
from toolkit.errors import CinekitError, PluginError, UsageError
from toolkit.frames import checked, write
from toolkit.generator_fitting import candidate, fetched, ground, losses_of, ready
from toolkit.isolation import blamed
from toolkit.materials import MATERIALS, material_of
from toolkit.materials.material import Measure
from toolkit.metric_rows import metric_frame
from toolkit.model import setting
from toolkit.progress import bar
from toolkit.settings import build

if TYPE_CHECKING:
    import polars as pl

    from toolkit.generator import Generator
    from toolkit.generator_fitting import Candidate, Ground
    from toolkit.host import Host
    from toolkit.materials.material import GenerateRequest
    from toolkit.metrics import Float64
    from warehouse import Warehouse

METRICS = "results.metrics"
SPLIT = "held-out"
DRAWS = 200


class EvaluateGeneratorsRequest(BaseModel):
    """How generators are compared."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    samples: int | None = setting(None, "Samples to judge; as many as the measures of each want unless given", ge=50)
    seed: int = setting(0, "Random seed of sampling", ge=0, lt=2**31)
    fit_seed: int = setting(0, "Random seed of the fits", ge=0, lt=2**31)
    temperature: float = setting(1.0, "Temperature of the samples", gt=0, le=3)
    minutes: float | None = setting(None, "Train each for these at most", gt=0)
    refit: bool = setting(False, "Fit again, though the same models were fitted on the same data")
    size: int | None = setting(
        None, "Of effects: pixels a side of the images, 32, 48 or 64", ge=32, le=64, multiple_of=16
    )


@dataclass(frozen=True)
class EvaluatedGenerators:
    """What a run of `evaluate generate` found.

    Attributes:
        run: its id.
        makes: what the generators make.
        metrics: one row a model and metric, as in results.metrics.
        failed: the errors of generators that could not be judged, by name.
        how: how each was fitted, in words, by name.
        train, held_out: items learnt from, and judged on.
    """

    run: str
    makes: str
    metrics: pl.DataFrame
    failed: dict[str, CinekitError]
    how: dict[str, str] = field(default_factory=dict)
    train: int = 0
    held_out: int = 0


def evaluate_generators(
    warehouse: Warehouse,
    host: Host,
    makes: str,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateGeneratorsRequest,
) -> EvaluatedGenerators:
    """Judge each generator by its likelihood of held-out items, where it has one, and by samples before rejection.

    Args:
        warehouse: where from and to.
        host: the plugins.
        makes: what they make.
        names: the generators, with or without "<makes>-"; none for all of them.
        settings: settings of generators by their full names.
        request: how.

    Raises:
        UsageError: nothing that can be made, a generator named twice, or an option that is of another material.
        ModelError: too little is loaded, or not one generator could be judged.
    """
    kind = material_of(makes)
    full = [generator_named(host, makes, name) for name in names] or generators_of(host, makes)
    if len(set(full)) != len(full):
        raise UsageError(f"name each model once, such as: cinekit evaluate generate {makes} {kind.default}")
    asked = generate_request(kind.request, request)
    with warehouse.reading() as con:
        data = fetched(con, kind)
    found = ground(kind, asked, *data)
    failed: dict[str, CinekitError] = {}
    candidates: dict[str, Candidate] = {}
    for name in full:
        try:
            candidates[name] = candidate(host, name, settings.get(name, {}), kind, asked, found.tables)
        except CinekitError as error:
            failed[name] = error
    fits = {name: one.key for name, one in candidates.items()}
    how: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    recorded = {**request.model_dump(mode="json"), "makes": makes, "models": full, "fits": fits}
    with warehouse.run("evaluate", "generate", settings=recorded, seed=request.seed) as run:
        run.has_read(found.tables.reads)
        with bar(f"evaluating {makes}", len(candidates)) as advance:
            for name, one in candidates.items():
                try:
                    fitted = ready(warehouse, one, found)
                    measures = judge(fitted.model, found, request)
                except CinekitError as error:
                    failed[name] = error
                else:
                    how[name] = fitted.how
                    rows += [_row(name, makes, measure, len(found.parts.test)) for measure in measures]
                advance(1)
        if not rows:
            raise next(iter(failed.values()))
        metrics = metric_frame(rows)
        frame = checked(warehouse, METRICS, metrics, "evaluate")
        with warehouse.writing() as con:
            run.finish(con, {METRICS: write(con, METRICS, frame, run.id)})
    return EvaluatedGenerators(
        run.id, makes, metrics, failed, how, len(found.parts.train), len(found.parts.test)
    )  # fmt: skip


def generate_request(kind: type[GenerateRequest], request: EvaluateGeneratorsRequest) -> GenerateRequest:
    """What is asked of a generator in an evaluation.

    Raises:
        UsageError: an option that the material does not have.
    """
    given = request.model_dump(exclude={"samples"}, exclude_none=True)
    foreign = [name for name in given if name not in kind.model_fields]
    if foreign:
        raise UsageError(f"--{foreign[0]} is of other materials; leave it out")
    return build(kind, given)


def judge(model: Generator, found: Ground, request: EvaluateGeneratorsRequest) -> list[Measure]:
    """What the likelihood says of the held-out items, and what samples say, copies among them.

    Raises:
        PluginError: the model fails, or what it gives are no samples of the material.
    """
    kind = found.material
    test = found.part(found.parts.test)
    measures = []
    losses = losses_of(model, test)
    if losses is not None:
        measures.append(_loss(losses, found, test, request.seed))
    wishes = kind.wishes_to_judge(found.corpus, request.temperature)
    with blamed(model):  # what it gives may be no samples at all, which shows where they are judged
        items = model.sample(request.samples or kind.how_many_to_judge(found.parts), wishes, request.seed)
        if not kind.count(items):
            raise PluginError(f"model {model.name} gave no samples")
        measures += kind.judge(items, found.corpus, found.parts, request.seed)
        known = {measure.metric for measure in measures}
        return measures + [one for one in _copies(items, found) if one.metric not in known]


def _loss(losses: Float64, found: Ground, test: Any, seed: int) -> Measure:
    """The mean loss with a percentile bootstrap interval over items."""
    kind, rng = found.material, np.random.default_rng(seed)
    drawn = [rng.integers(len(losses), size=len(losses)) for _ in range(DRAWS)]
    means = [kind.loss_in_unit(losses[places], test.select(places)) for places in drawn]
    low, high = np.quantile(means, [0.025, 0.975])
    return Measure(kind.unit.replace(" ", "_"), kind.loss_in_unit(losses, test), float(low), float(high))


def _copies(items: Any, found: Ground) -> list[Measure]:
    """Shares of samples that are verbatim copies, and that are nearer to one than the material's threshold."""
    kind = found.material
    _, apart = kind.nearest(items, found.part(found.parts.train))
    near = (apart > 0) & (apart < kind.near)
    return [Measure("verbatim", float((apart <= 0).mean())), Measure("near_copies", float(near.mean()))]


def _row(model: str, makes: str, measure: Measure, examples: int) -> dict[str, Any]:
    numbers = {"value": measure.value, "low": measure.low, "high": measure.high}
    return {"model": model, "split": SPLIT, "metric": measure.metric, "task": makes, "examples": examples, **numbers}


def as_table(metrics: pl.DataFrame, makes: str) -> pl.DataFrame:
    """One row a model, one column a metric of those that fit on a terminal; the best first."""
    import polars as pl

    kind = material_of(makes)
    wide = metrics.pivot("metric", index="model", values="value", maintain_order=True)
    key, less_is_better = kind.key
    if key in wide.columns:
        wide = wide.sort(key, descending=not less_is_better, nulls_last=True, maintain_order=True)
    shown = [name for name in kind.headline if name in wide.columns]
    return wide.select("model", *(pl.col(name) for name in shown))


def what_is_made(names: Sequence[str]) -> tuple[str, list[str]]:
    """What is to be judged, which is named first, and the generators after it.

    Raises:
        UsageError: nothing was named.
        UnknownNameError: nothing that can be made.
    """
    if not names:
        raise UsageError(f"say what is made, and by which models: evaluate generate titles ngram gru; {_list()}")
    material_of(names[0])
    return names[0], list(names[1:])


def _list() -> str:
    return f"there are {', '.join(MATERIALS)}"
