"""`cinekit predict` as people meet it: what it prints, what it refuses, what SQL finds afterwards."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from toolkit.simulating import simulate_into
from warehouse import Warehouse
from warehouse.loads import load

from .conftest import Run


def write_sales(path: Path, days: int, since: date = date(2026, 1, 1)) -> Path:
    """Two cinemas by day, with a week's pattern."""
    lines = ["unique_id,ds,y"]
    for name, level in (("Odeon", 120), ("Roxy", 40)):
        for day in range(days):
            value = level + 30 * math.sin(2 * math.pi * day / 7) + (day * 37 % 11)
            lines.append(f"{name},{since + timedelta(days=day)},{value:.1f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def sales_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sales")
    load(Warehouse.open(folder / "cinekit.duckdb"), "series", write_sales(folder / "box_office.csv", 120))
    return folder / "cinekit.duckdb"


@pytest.fixture
def sales(run: Run, tmp_path: Path, sales_file: Path) -> Run:
    """Run a command in a folder whose warehouse holds 120 days of sales."""
    shutil.copy(sales_file, tmp_path / "cinekit.duckdb")
    return run


@pytest.fixture(scope="session")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audience") / "cinekit.duckdb"
    simulate_into(Warehouse.open(path), 150, 60, 120, 5)
    return path


def rows(run: Run, sql: str) -> list[dict[str, object]]:
    return json.loads(run("sql", sql, "--format", "json").out)  # type: ignore[no-any-return]


def test_a_forecast_on_a_terminal(sales: Run) -> None:
    done = sales("predict", "tickets", "--horizon", "14", "--level", "80", "--level", "95")
    assert done.code == 0
    assert "ensemble forecast 2 loaded series, by day, 14 steps ahead" in done.err
    for part in ("Odeon", "Roxy", "known until", "2026-04-30"):
        assert part in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 100
    quantiles = rows(sales, "SELECT DISTINCT quantile FROM results.forecast_quantiles ORDER BY 1")
    assert [row["quantile"] for row in quantiles] == [0.025, 0.1, 0.5, 0.9, 0.975]


def test_a_forecast_is_scored_when_what_came_is_loaded(sales: Run, tmp_path: Path) -> None:
    assert sales("predict", "tickets", "--model", "seasonal-naive", "--horizon", "7").code == 0
    assert rows(sales, "SELECT * FROM forecast_accuracy") == []
    assert sales("load", "series", write_sales(tmp_path / "later.csv", 127)).code == 0
    scored = rows(sales, "SELECT * FROM forecast_accuracy ORDER BY mase")
    assert [row["points"] for row in scored] == [7, 7]
    assert all(0 < float(str(row["mase"])) < 5 for row in scored)


def test_programs_get_every_step(sales: Run, tmp_path: Path) -> None:
    done = sales("predict", "theta", "--horizon", "3", "--id", "Roxy", "--format", "json")
    found = json.loads(done.out)
    assert [row["horizon"] for row in found] == [1, 2, 3]
    assert set(found[0]) == {
        "series_id",
        "cutoff",
        "ds",
        "horizon",
        "mean",
        "low_95",
        "low_80",
        "median",
        "high_80",
        "high_95",
    }
    assert sales("predict", "theta", "--output", tmp_path / "all.parquet").code == 0
    assert pl.read_parquet(tmp_path / "all.parquet").height == 56


@pytest.mark.slow
@pytest.mark.parametrize("form", ["svg", "png", "html"])
def test_a_forecast_is_drawn_into_a_file(sales: Run, tmp_path: Path, form: str) -> None:
    pytest.importorskip("altair", reason="plots need Altair")
    pytest.importorskip("vl_convert", reason="plots need vl-convert")
    path = tmp_path / f"plot.{form}"
    done = sales("predict", "seasonal-naive", "--horizon", "7", "--plot", path)
    assert done.code == 0
    assert path.stat().st_size > 2000
    assert f"drew {path}" in done.err


def test_models_are_compared_with_naive2(sales: Run) -> None:
    done = sales("evaluate", "predict", "seasonal-naive", "theta", "--horizon", "7", "--windows", "3")
    assert done.code == 0
    for part in ("naive2", "theta", "owa", "coverage_80"):
        assert part in done.out
    assert "6 windows" in done.err
    found = rows(sales, "SELECT DISTINCT model, task, k FROM metrics WHERE verb = 'predict' ORDER BY model")
    assert found == [{"model": m, "task": "series", "k": 3} for m in ("naive2", "seasonal-naive", "theta")]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("predict", "tickets", "--horizon", "0"), 2, "horizon"),
        (("predict", "tickets", "--horizon", "10000"), 2, "2000"),
        (("predict", "tickets", "--level", "120"), 2, "between 0 and 99.9"),
        (("predict", "tickets", "--model", "prophet"), 2, "the models are"),
        (("predict", "tickets", "--model", "logistic"), 2, "ensemble"),
        (("predict", "tickets", "--id", "Odeom"), 2, "Odeon"),
        (("predict", "tickets", "--as-of", "31.12.2026"), 2, "2026-10-01"),
        (("predict", "tickets", "--as-of", "2020-01-01"), 1, "2020-01-01"),
        (("predict", "tickets", "--by", "genre"), 2, "loaded series"),
        (("predict", "tickets", "--frequency", "fortnight"), 2, "fortnight"),
        (("predict", "tickets", "--plot", "plot.gif"), 2, ".svg, .png or .html"),
        (("predict", "watches"), 1, "load some first"),
        (("predict", "churn"), 1, "load"),
        (("predict", "habits", "--task", "naps"), 2, "habit"),
        (("evaluate", "predict"), 2, "once"),
        (("evaluate", "predict", "theta", "--task", "churn"), 2, "viewers"),
        (("evaluate", "predict", "logistic", "--task", "churn", "--horizon", "3"), 2, "--horizon"),
        (("evaluate", "predict", "theta", "--within", "7d"), 2, "--within"),
        (("evaluate", "predict", "theta", "--horizon", "200"), 1, "too short"),
    ],
)
def test_what_cannot_be_done_is_one_line(sales: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = sales(*arguments)
    assert done.code == code
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    assert said in done.err


def test_one_bad_series_stops_nobody(sales: Run, tmp_path: Path) -> None:
    lines = ["unique_id,ds,y", *(f"Mixed,2026-01-{day:02},5" for day in (1, 2, 3)), "Mixed,2026-01-03 11:07,5"]
    (tmp_path / "bad.csv").write_text("\n".join(lines) + "\n")
    assert sales("load", "series", tmp_path / "bad.csv").code == 0
    done = sales("predict", "series", "--horizon", "7")
    assert done.code == 0
    assert "left out 'Mixed'" in done.err
    assert "forecast 2 loaded series" in done.err


@pytest.mark.slow
def test_what_viewers_do_next(run: Run, audience: Path) -> None:
    warehouse = ("--warehouse", str(audience))
    done = run(*warehouse, "predict", "habits", "--model", "recency")
    assert done.code == 0
    for part in ("active-tomorrow", "next-daypart", "minutes-tomorrow", "next-title"):
        assert part in done.out
    churn = json.loads(run(*warehouse, "predict", "churn", "--within", "2w", "--format", "json").out)
    by_viewer: dict[str, float] = {}
    for row in churn:
        by_viewer[row["viewer_id"]] = by_viewer.get(row["viewer_id"], 0) + row["probability"]
    assert by_viewer
    assert all(total == pytest.approx(1) for total in by_viewer.values())
    judged = run(*warehouse, "evaluate", "predict", "recency", "logistic", "--task", "active-week")
    assert "base-rate" in judged.out
    split = run(
        *warehouse, "evaluate", "predict", "logistic", "gradient-boosting", "--of", "viewers", "--task", "churn"
    )
    assert "viewer-gradient-boosting" in split.out


@pytest.mark.slow
def test_a_plain_table_is_loaded_and_answered(run: Run, tmp_path: Path) -> None:
    minutes = [abs(40 * math.sin(place)) + place % 7 * 10 for place in range(401)]
    lines = ["watch_time,next_watch_time", *(f"{a:.1f},{b:.1f}" for a, b in pairwise(minutes))]
    (tmp_path / "minutes.csv").write_text("\n".join(lines) + "\n")
    done = run("predict", "watch-time", "minutes.csv", "--format", "json")
    assert done.code == 0
    found = json.loads(done.out)
    assert len(found) == 5
    assert sum(row["probability"] for row in found) == pytest.approx(1)
