"""Settings that a tuning found best, taken by name where a model is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from toolkit.errors import UnknownNameError
from toolkit.model import setting
from toolkit.settings import flag
from warehouse.rows import first
from warehouse.runs import reads_of

if TYPE_CHECKING:
    from warehouse import Warehouse

LATEST = "latest"

_BEST = """
    WITH tried AS (
        SELECT t.*, r.settings AS asked, r.settings->>'$.name' AS name FROM models.trials t JOIN meta.runs r USING (run)
        WHERE t.verb = $verb AND t.model = $model AND t.state = 'done'
    ), chosen AS (
        SELECT run, study FROM tried WHERE $which IN ($latest, run, name) ORDER BY run DESC LIMIT 1
    )
    SELECT t.settings, t.metric, t.k, t."value", t.trial, t.run, t.asked
    FROM tried t JOIN chosen c ON t.study = c.study AND t.run <= c.run
    ORDER BY t."value" DESC, t.trial, t.run LIMIT 1
"""
_READS = "SELECT table_name, row_count, load FROM meta.run_reads WHERE run = ?"
_NAMES = """
    SELECT DISTINCT r.settings->>'$.name' AS name FROM models.trials t JOIN meta.runs r USING (run)
    WHERE t.verb = $verb AND t.model = $model AND t.state = 'done' AND name IS NOT NULL
"""
# What decides which entries a split holds out.
_DECISIVE = {
    "random": ("signal", "split", "share", "seed"),
    "last": ("signal", "split"),
    "time": ("signal", "split", "share"),
    "viewers": ("signal", "split", "share", "seed"),
}


class TunedRequest(BaseModel):
    """Whether settings come from a tuning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tuned: str | None = setting(
        None, "Take the best settings of 'cinekit tune': latest for its latest run, or a run's name or id"
    )


@dataclass(frozen=True)
class TunedSettings:
    """Settings that a tuning found best.

    Attributes:
        settings: all settings of the model.
        metric: what they were judged by.
        k: length of the lists that were judged.
        value: the metric on the validation part.
        trial: which trial of its study it was.
        run: the run that tried them.
        asked: settings of that run: its split, share, seed and so on.
        outdated: whether what it read has changed since, by a load or because viewers were forgotten.
    """

    settings: Mapping[str, Any]
    metric: str
    k: int
    value: float
    trial: int
    run: str
    asked: Mapping[str, Any]
    outdated: bool

    def __str__(self) -> str:
        return f"settings of trial {self.trial} of {self.run}, {self.metric}@{self.k} {self.value:.4f} in validation"

    def met(self, asked: Mapping[str, Any]) -> str:
        """Why the tuning may have met what an evaluation holds out; empty where it has set the very same aside."""
        if not self.asked["hold_out"]:
            return "it was tuned with --no-hold-out"
        if self.outdated:
            return "the data have changed since it was tuned"
        for name in _DECISIVE[asked["split"]]:
            if self.asked[name] != asked[name]:
                return f"it was tuned with {flag(name)} {self.asked[name]}"
        return ""


def tuned(warehouse: Warehouse, verb: str, model: str, which: str) -> TunedSettings:
    """The best settings of a study, as of its latest run, or of one by name or id; runs that were stopped count.

    Raises:
        UnknownNameError: the model was not tuned, or not by such a run.
    """
    of = {"verb": verb, "model": model}
    with warehouse.reading() as con:
        row = first(con, _BEST, {**of, "which": which, "latest": LATEST})
        if row is None:
            names = [name for (name,) in con.execute(_NAMES, of).fetchall()]
            raise UnknownNameError(f"tuning of {model}", which, names, f"'cinekit tune {verb} {model}' makes one")
        settings, metric, k, value, trial, run, asked = row
        read = {table: (rows, load) for table, rows, load in con.execute(_READS, [run]).fetchall()}
        outdated = reads_of(con, read) != read
    return TunedSettings(json.loads(settings), metric, k, value, trial, run, json.loads(asked), outdated)
