"""`cinekit tune`: settings are tried on a part of the training data, and judged by another part of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from toolkit import fitting
from toolkit.composite import CompositeRecommender
from toolkit.errors import CinekitError, ModelError, PluginError, UsageError
from toolkit.evaluation import LONGEST, evaluate
from toolkit.matrix import interactions_on
from toolkit.model import setting
from toolkit.own_tables import make_tables
from toolkit.progress import bar
from toolkit.proposals import Proposals, load_optuna
from toolkit.recommended import described
from toolkit.recommender_fitting import SIGNAL_TABLES, DataRequest
from toolkit.search import searched
from toolkit.settings import build
from toolkit.splits import Split, split, without_held_out
from toolkit.trials import METRIC, Score, Study, begun_on
from toolkit.tuned import LATEST

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host, Plugin
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender
    from warehouse import Warehouse

_MINUTE = 60
_LONGEST_ERROR = 300  # characters


class TuneRequest(DataRequest):
    """How good settings of a recommender are searched."""

    trials: int = setting(40, "How many settings to try", ge=1)
    minutes: float | None = setting(None, "Begin no trial after these are over", gt=0)
    split: Literal["random", "last", "time", "viewers"] = setting(
        "random", "What is held out, as in 'cinekit evaluate recommend': once for its test, and once for validation"
    )
    share: float = setting(0.2, "Share that is held out, each time", gt=0, lt=1)
    hold_out: bool = setting(True, "Set aside what 'cinekit evaluate recommend' with the same options tests by")
    k: int = setting(10, "Length of the lists that are judged", ge=1, le=LONGEST)
    seed: int = setting(0, "Random seed", ge=0)
    anew: bool = setting(False, "Begin a new study, where the same command would go on with an earlier one")
    name: str | None = setting(None, "What to call it, for --tuned", min_length=1)


@dataclass(frozen=True)
class Tuned:
    """What a run of `tune` did.

    Attributes:
        run: its id.
        study: the run that began the study.
        earlier: trials of earlier runs that it went on from.
        trials: how many it made.
        failed: how many of these failed.
        first: what the settings to begin with came to; None where they failed.
        best: the best trial of the study.
        space: names of the settings that were searched.
        viewers: how many viewers were judged.
        held_out: liked titles that they had to find.
        signal: what was learnt from, with its size, in words.
        seconds: wall seconds.
    """

    run: str
    study: str
    earlier: int
    trials: int
    failed: int
    first: float | None
    best: Score
    space: tuple[str, ...]
    viewers: int
    held_out: int
    signal: str
    seconds: float


def tune(warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: TuneRequest) -> Tuned:
    """Search for the settings with the highest nDCG on a validation part; each trial lands in models.trials at once.

    The settings to begin with are the first trial, so that the best is never worse in validation. A study goes on where
    an earlier run on the same basis has left it.

    Args:
        warehouse: where from and to.
        host: the plugins.
        name: the recommender.
        settings: those to begin with, where they are not the defaults; what is not searched stays so.
        request: what is wanted.

    Raises:
        UsageError: the model has no settings to search, or is made of other models.
        ModelError: optuna is not installed, nothing can be held out, or all trials have failed.
    """
    began = time.monotonic()
    if request.name == LATEST:
        raise UsageError(f"--name {LATEST} would hide what --tuned {LATEST} means; take another name")
    model = cast("Recommender", build(host.model("recommend", name), settings))
    if isinstance(model, CompositeRecommender):
        part = model.part_names()[0]
        raise UsageError(
            f"{name} is made of other models; tune these, each by itself, such as: cinekit tune recommend {part}"
        )
    space = searched(model)
    if not space:
        raise UsageError(f"{name} has no settings to search, so there is nothing to tune; take {_tunable(host)}")
    load_optuna()
    plugin = host.plugin_of("recommend", name)
    make_tables(warehouse, host, model.reads)
    asked = request.model_dump(mode="json")
    with warehouse.run(
        "tune",
        name,
        settings={"start": model.settings(), "search": {key: str(where) for key, where in space.items()}, **asked},
        seed=request.seed,
        plugin=plugin.distribution,
        plugin_version=plugin.version,
    ) as run:
        # One connection, one moment, as in recommend.
        with warehouse.reading() as con:
            state = fitting.data_state(con, (*SIGNAL_TABLES, "raw.titles", *model.reads), model)
            basis = _basis(plugin, model, request, state)
            begun = None if request.anew else begun_on(con, basis)
            data = interactions_on(con, request.signal, request.min_rating, request.half_life)
            run.read(con, (f"raw.{data.signal}", *model.reads))
            tables = fitting.read_tables(con, model.reads)
        parts = validation(data, request)
        tables = fitting.Tables({table: without_held_out(frame, data, parts) for table, frame in tables.items()})
        study = Study(run, model, basis, request.k, begun)
        _search(warehouse, study, _Judge(model, parts, tables, request), request, began)
        if study.best is None:
            raise ModelError(f"{name}: not one trial could be judged; the first: {study.scores[0].error}")
        with warehouse.writing() as con:
            run.finish(con, {"models.trials": study.added})
    return Tuned(
        run=run.id,
        study=study.id,
        earlier=study.earlier,
        trials=study.added,
        failed=sum(score.value is None for score in study.scores[study.earlier :]),
        first=study.scores[0].value,
        best=study.best,
        space=tuple(space),
        viewers=parts.history.shape[0],
        held_out=int(parts.test.nnz),
        signal=described(data),
        seconds=time.monotonic() - began,
    )


def validation(data: Interactions, request: TuneRequest) -> Split:
    """The split that trials are judged by: within what is left for training once the test is set aside.

    Raises:
        ModelError: nothing can be held out.
    """
    if request.hold_out:
        data = split(request.split, data, share=request.share, seed=request.seed).train
    return split(request.split, data, share=request.share, seed=request.seed + 1)


def _tunable(host: Host) -> str:
    """The recommenders with settings to search, by name."""
    names = []
    for entry in host.models("recommend"):
        with suppress(PluginError):  # one that cannot be imported cannot be tuned, and says so where it is asked for
            model = host.model("recommend", entry.name)
            if searched(model) and not issubclass(model, CompositeRecommender):
                names.append(entry.name)
    return f"another model: {', '.join(names)}" if names else "a model of another plugin, as none here has any"


class _Judge:
    """Fits a recommender with some settings on the training part, and judges it on the validation part."""

    def __init__(
        self, model: Recommender, parts: Split, tables: Mapping[str, pl.DataFrame], request: TuneRequest
    ) -> None:
        self.model = model
        self._parts, self._tables, self._k, self._seed = parts, tables, request.k, request.seed

    def __call__(self, settings: Mapping[str, Any]) -> Score:
        """What these settings come to; settings that a model cannot be fitted with are a trial that failed."""
        import polars as pl

        began = time.process_time()
        try:
            model = build(type(self.model), settings)
            metrics = evaluate({model.name: model}, self._parts, self._tables, (self._k,), self._seed)
        except CinekitError as error:
            line = " ".join(str(error).split())[:_LONGEST_ERROR]
            return Score(settings, None, None, None, time.process_time() - began, line)
        row = metrics.row(by_predicate=pl.col("metric") == METRIC, named=True)
        return Score(settings, row["value"], row["low"], row["high"], time.process_time() - began)


def _search(warehouse: Warehouse, study: Study, judge: _Judge, request: TuneRequest, began: float) -> None:
    """Try settings until there are enough trials, or the time is over; at least one."""
    model = judge.model
    # Another seed for those who go on: the same one would draw again what was tried at first.
    proposals = Proposals(searched(model), type(model).model_fields, request.seed + study.earlier)
    for score in study.scores:
        proposals.learn(score.settings, score.value)
    with bar(f"tuning {model.name}", request.trials) as progress:
        while study.added < request.trials:
            if request.minutes is not None and study.added and time.monotonic() - began > request.minutes * _MINUTE:
                return
            if study.scores:
                number, values = proposals.propose()
                settings = {**model.settings(), **values}
                score = study.known(settings) or judge(settings)
                proposals.answer(number, score.value)
            else:
                score = judge(model.settings())
                proposals.learn(score.settings, score.value)
            study.add(warehouse, score)
            if study.best is not None:
                progress.describe(f"tuning {model.name}, best {METRIC}@{request.k} {study.best.value:.4f}")
            progress(1)


def _basis(plugin: Plugin, model: Recommender, request: TuneRequest, state: str) -> str:
    """A hash of all that has to be the same for the values of two trials to be comparable."""
    known = {
        "model": (model.verb, model.name, plugin.distribution, plugin.version, model.settings()),
        "search": {name: asdict(where) for name, where in searched(model).items()},
        "request": request.model_dump(mode="json", exclude={"trials", "minutes", "anew", "name"}),
        "data": state,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
