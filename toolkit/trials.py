"""What tuning has tried, kept in models.trials: one short transaction a trial, so that a kill loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from warehouse.clock import utc_now
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.model import Model
    from warehouse import Run, Warehouse

METRIC = "ndcg"


@dataclass(frozen=True)
class Score:
    """What came of one trial.

    Attributes:
        settings: all settings of the model.
        value: the metric on the validation part; None where the trial failed.
        low: lower end of its interval.
        high: upper end of its interval.
        cpu_seconds: processor time, of all threads.
        error: why it failed, in one line.
    """

    settings: Mapping[str, Any]
    value: float | None
    low: float | None
    high: float | None
    cpu_seconds: float
    error: str | None = None


class Study:
    """The trials of one model on one basis, by this run and by earlier ones.

    Attributes:
        id: the run that began it.
        scores: of all trials, in their order.
        earlier: how many of them are of earlier runs.
    """

    def __init__(self, run: Run, model: Model, basis: str, k: int, begun: tuple[str, list[Score]] | None) -> None:
        self.id, self.scores = begun or (run.id, [])
        self.scores = list(self.scores)
        self.earlier = len(self.scores)
        self._run, self._model, self._basis, self._k = run, model, basis, k

    def add(self, warehouse: Warehouse, score: Score) -> None:
        """Write a trial, in a transaction of its own: it stays, however its run ends."""
        row: dict[str, Any] = {
            "run": self._run.id,
            "study": self.id,
            "basis": self._basis,
            "verb": self._model.verb,
            "model": self._model.name,
            "trial": len(self.scores) + 1,
            "settings": json.dumps(dict(score.settings)),
            "metric": METRIC,
            "k": self._k,
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "cpu_seconds": score.cpu_seconds,
            "state": "failed" if score.value is None else "done",
            "error": score.error,
            "ended_at": utc_now(),
        }
        columns = ", ".join(f'"{column}"' for column in row)
        with warehouse.writing() as con:
            con.execute(
                f"INSERT INTO models.trials ({columns}) VALUES ({', '.join('?' * len(row))})", list(row.values())
            )
            self._run.keep(con, {"models.trials": self.added + 1})
        self.scores.append(score)

    def known(self, settings: Mapping[str, Any]) -> Score | None:
        """What the same settings came to before, at no cost; None where they are new, or have failed."""
        found = next((s for s in self.scores if s.value is not None and s.settings == settings), None)
        return replace(found, cpu_seconds=0.0) if found else None

    @property
    def added(self) -> int:
        """How many trials this run has made."""
        return len(self.scores) - self.earlier

    @property
    def best(self) -> Score | None:
        """The best that did not fail, of equal ones the first; None where all failed."""
        return max((s for s in self.scores if s.value is not None), key=lambda s: s.value or 0.0, default=None)


def begun_on(con: duckdb.DuckDBPyConnection, basis: str) -> tuple[str, list[Score]] | None:
    """The latest study on a basis with its trials; None where there is none."""
    row = first(con, "SELECT max(study) FROM models.trials WHERE basis = ?", [basis])
    if row is None or row[0] is None:
        return None
    rows = con.execute(
        'SELECT settings, "value", low, high, cpu_seconds, error FROM models.trials WHERE study = ? '
        "ORDER BY trial, run",
        [row[0]],
    ).fetchall()
    return row[0], [Score(json.loads(settings), *rest) for settings, *rest in rows]


def tried(warehouse: Warehouse, study: str) -> pl.DataFrame:
    """The trials of a study, the best first, failed ones last."""
    return warehouse.query(
        'SELECT * FROM trials WHERE study = $study ORDER BY "value" DESC NULLS LAST, trial, run', {"study": study}
    )
