from __future__ import annotations

import polars as pl
import pytest

from toolkit.errors import PluginError
from toolkit.frames import HOST_COLUMNS, checked
from warehouse import Warehouse

TABLE = "results.recommendations"
GOOD = pl.DataFrame({"viewer_key": [1], "title_key": [2], "rank": [1], "score": [0.5]})


def test_a_fitting_frame_gets_the_tables_types_and_order(warehouse: Warehouse) -> None:
    frame = checked(warehouse, TABLE, GOOD.select("score", "rank", "title_key", "viewer_key"), "m")
    assert dict(frame.schema) == {
        "viewer_key": pl.Int32,
        "title_key": pl.Int32,
        "rank": pl.Int32,
        "score": pl.Float32,
    }


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (GOOD.drop("score"), "missing score; unknown none"),
        (GOOD.with_columns(extra=pl.lit(1)), "missing none; unknown extra"),
        (GOOD.with_columns(rank=pl.lit("first")), "do not fit results.recommendations"),
        (GOOD.with_columns(score=pl.lit(float("nan"))), "do not fit results.recommendations: Column 'score' failed"),
        (GOOD.with_columns(score=pl.lit(float("inf"))), "Column 'score' failed"),
        (GOOD.with_columns(title_key=pl.lit(2**40)), "do not fit"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_with_the_models_name(
    warehouse: Warehouse, frame: pl.DataFrame, reason: str
) -> None:
    with pytest.raises(PluginError, match="model m ") as caught:
        checked(warehouse, TABLE, frame, "m")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_frame_of_very_many_columns_is_refused_before_any_is_looked_at(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame({f"c{number:05}": [1] for number in range(20_000)})
    converted: list[object] = []
    monkeypatch.setattr(pl.DataFrame, "select", lambda self, *columns: converted.append(columns))
    with pytest.raises(PluginError, match=r"unknown c00000, c00001, c00002, c00003, c00004$") as caught:
        checked(warehouse, TABLE, frame, "m")
    assert len(str(caught.value)) < 300
    assert converted == []


def test_every_table_has_a_schema(warehouse: Warehouse) -> None:
    for table in warehouse.tables().filter(pl.col("kind") == "table")["table"]:
        columns = warehouse.table_columns(table)
        if "run" not in columns:
            continue  # no run writes to it
        empty = pl.DataFrame(schema=dict.fromkeys([c for c in columns if c not in HOST_COLUMNS], pl.Null))
        assert checked(warehouse, table, empty, "m").height == 0
