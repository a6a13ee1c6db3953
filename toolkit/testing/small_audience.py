"""A small audience with all that is known of it: what a recommender is tried on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import numpy as np

from toolkit.interactions import Interactions, canonical_csr
from toolkit.testing.empty_warehouse import empty_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

VIEWERS, TITLES, DAYS, SEED = 30, 60, 40, 7
_TABLES = """
    SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('raw', 'features') ORDER BY 1
"""


@dataclass(frozen=True)
class SmallAudience:
    """Viewers and what they watched.

    Attributes:
        interactions: what a recommender is fitted on.
        tables: every table that may be declared in `reads`, by name; frames of a plugin's own tables may be added.
    """

    interactions: Interactions
    tables: Mapping[str, pl.DataFrame]


def small_audience(catalogue: Literal["interacted", "all"] = "interacted") -> SmallAudience:
    """30 invented viewers, what they watched in 40 days of 60 titles, and the tables that tell more of these.

    `catalogue` is that of the recommender: with "all", titles that nobody has watched are there too. Every call gives
    the same; its arrays are shared.
    """
    return _simulated()[catalogue]


@cache
def _simulated() -> dict[str, SmallAudience]:
    from toolkit.matrix import interactions_on
    from toolkit.simulating import simulate_into

    with TemporaryDirectory(prefix="cinekit-testing-", ignore_cleanup_errors=True) as folder:
        warehouse = empty_warehouse(Path(folder))
        simulate_into(warehouse, VIEWERS, TITLES, DAYS, SEED)
        with warehouse.reading() as con:
            names = [name for (name,) in con.execute(_TABLES).fetchall()]
            tables = {name: con.sql(f"SELECT * FROM {name}").pl() for name in names}
            return {
                catalogue: SmallAudience(interactions_on(con, "watches", None, None, catalogue), tables)
                for catalogue in ("interacted", "all")
            }


def tiny_audiences(audience: SmallAudience) -> Iterator[tuple[str, SmallAudience]]:
    """Audiences of which there is too little, each with what it is in words."""
    data = audience.interactions
    nothing = data.narrow(np.zeros(data.values.nnz, dtype=np.bool_))
    yield "fitted where nobody watched anything", replace(audience, interactions=nothing)
    yield "fitted without a viewer", replace(audience, interactions=data.select(np.zeros(0, dtype=np.int64)))
    yield "fitted where nobody likes anything", replace(audience, interactions=replace(data, threshold=np.inf))
    yield "fitted on one viewer", replace(audience, interactions=data.select(np.zeros(1, dtype=np.int64)))
    yield "fitted on one viewer and one title", replace(audience, interactions=_one_entry(data))
    empty = {name: frame.clear() for name, frame in audience.tables.items()}
    yield "fitted with empty tables", replace(audience, tables=empty)


def tiny_histories(data: Interactions) -> Iterator[tuple[str, Interactions]]:
    """Histories of which there is little, each with what it is in words."""
    yield "asked for no viewer", data.select(np.zeros(0, dtype=np.int64))
    yield "asked for a viewer who watched nothing", data.of_titles(np.zeros(0, dtype=np.int64))
    yield "asked for a stranger who watched one title", data.of_titles([0])


def _one_entry(data: Interactions) -> Interactions:
    """One viewer who watched one title."""
    values = canonical_csr(
        np.full(1, data.liked_value, dtype=np.float32), np.zeros(1, dtype=np.int32), np.array([0, 1]), (1, 1)
    )
    return Interactions(values, data.viewers[:1], data.titles[:1], data.threshold, data.signal)
