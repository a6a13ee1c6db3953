# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""A simulated folder: every table in it, the truth in its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load


def test_a_folder_of_parquet(tmp_path: Path) -> None:
    folder = tmp_path / "audience"
    (folder / "watches").mkdir(parents=True)
    day = datetime(2024, 1, 1)
    pl.DataFrame({"title_id": ["t1", "t2"], "name": ["One", "Two"], "year": [1999, 2000]}).write_parquet(
        folder / "titles.parquet"
    )
    pl.DataFrame({"viewer_id": ["v1"], "age": [30]}).write_parquet(folder / "viewers.parquet")
    truth = {"viewer_id": ["v1"], "taste": [[0.5, 1.0]], "watches_per_day": [0.1], "joined_at": [day]}
    pl.DataFrame(truth).write_parquet(
        folder / "simulated_viewers.parquet")  # fmt: skip
    pl.DataFrame({"title_id": ["t1"], "factors": [[0.5, 1.0]], "appeal": [0.1]}).write_parquet(
        folder / "simulated_titles.parquet"
    )
    for part, title in enumerate(["t1", "t2"]):
        pl.DataFrame({"viewer_id": ["v1"], "title_id": [title], "minutes": [50.0], "watched_at": [day]}).write_parquet(
            folder / "watches" / f"{part}.parquet")  # fmt: skip
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    report = load(warehouse, "simulation", folder)
    assert report.tables == {"raw.viewers": 1, "raw.titles": 2, "raw.watches": 2, "raw.simulated_viewers": 1,
                             "raw.simulated_titles": 1}  # fmt: skip
    assert (report.taken, report.refused, report.folded) == (5, 0, 0)
    assert warehouse.query("SELECT title_id, minutes FROM watches ORDER BY 1").rows() == [("t1", 50.0), ("t2", 50.0)]
    assert warehouse.query("SELECT age FROM raw.viewers")["age"].to_list() == [30]
    assert load(warehouse, "simulation", folder).already_loaded


def test_folders_that_are_none(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    with pytest.raises(SourceError, match="there is no folder"):
        load(warehouse, "simulation", tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no table"):
        load(warehouse, "simulation", tmp_path / "empty")
    (tmp_path / "empty" / "titles.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="torn or no Parquet"):
        load(warehouse, "simulation", tmp_path / "empty")
