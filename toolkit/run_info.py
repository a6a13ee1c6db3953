"""What a hook is told of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from warehouse import Warehouse

    _Params = Sequence[Any] | Mapping[str, Any] | None


@dataclass(frozen=True)
class RunInfo:
    """A run of this command, as meta.runs has it.

    Attributes:
        id: its id, as in every table of results.
        verb, model: what was asked for.
        plugin: the distribution that the model is from.
        settings: the settings and the request.
        seed: the random seed; None where nothing is random.
        status: "running", "done" or "failed".
        error: why it failed; None where it did not.

    .. versionadded:: 0.1
    """

    id: str
    verb: str
    model: str
    plugin: str
    settings: Mapping[str, Any]
    seed: int | None
    status: str
    error: str | None
    _ask: Callable[[str, _Params], pl.DataFrame] = field(init=False, repr=False, compare=False)

    def query(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Rows of one SELECT on the run's warehouse, read-only, without access to files or network.

        Raises QueryError where it is refused or wrong.
        """
        return self._ask(sql, params)


def run_info(warehouse: Warehouse, run: str) -> RunInfo:
    """What the warehouse says of a run."""
    with warehouse.reading() as con:
        (verb, model, plugin, settings, seed, status, error), *_ = con.execute(
            "SELECT verb, model, plugin, settings::VARCHAR, seed, status, error FROM meta.runs WHERE run = ?", [run]
        ).fetchall()
    info = RunInfo(run, verb, model, plugin, json.loads(settings), seed, status, error)

    def ask(sql: str, params: _Params) -> pl.DataFrame:
        return warehouse.query(sql, params)

    # Not the warehouse, with which a hook could write, nor a method, which has the warehouse at hand.
    object.__setattr__(info, "_ask", ask)
    return info
