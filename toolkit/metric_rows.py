"""Rows of results.metrics, the same for all that is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


def metric_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A frame of rows with the columns of results.metrics but `run`; null where a row lacks one."""
    import polars as pl

    words, numbers, counts = (
        ("model", "split", "metric", "task", "grouping", "viewer_group"),
        ("value", "low", "high"),
        ("viewers", "texts", "series", "examples"),
    )
    schema = {
        **dict.fromkeys(words, pl.String), "k": pl.Int32, **dict.fromkeys(numbers, pl.Float64),
        **dict.fromkeys(counts, pl.Int32),
    }  # fmt: skip
    return pl.DataFrame(list(rows), schema=schema)
