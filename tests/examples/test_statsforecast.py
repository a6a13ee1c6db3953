"""cinekit-statsforecast, installed and run as a stranger would."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.examples.environment import Environment

pytestmark = pytest.mark.slow
NAME = "cinekit-statsforecast"


def test_its_own_tests_pass(environment: Environment) -> None:
    environment.run("python", "-m", "pytest", "-q", cwd=environment.install(NAME))


def test_its_types_are_sound(environment: Environment) -> None:
    environment.run("python", "-m", "mypy", cwd=environment.install(NAME))


def test_its_models_forecast_and_are_kept(environment: Environment, tmp_path: Path) -> None:
    environment.install(NAME)
    first = date(2026, 1, 5)
    rows = [f"odeon,{first + timedelta(day)},{100 + day + 20 * (day % 7 == 5)}" for day in range(56)]
    (tmp_path / "box_office.csv").write_text("\n".join(["unique_id,ds,y", *rows]) + "\n")
    environment.run("cinekit", "load", "series", "box_office.csv", cwd=tmp_path)
    command = ("cinekit", "predict", "ets", "--of", "series", "--horizon", "7", "--format", "csv")
    printed = list(csv.DictReader(io.StringIO(environment.run(*command, cwd=tmp_path).stdout)))
    assert [row["ds"][:10] for row in printed] == [str(first + timedelta(day)) for day in range(56, 63)]
    expected = [100 + day + 20 * (day % 7 == 5) for day in range(56, 63)]
    assert [float(row["mean"]) for row in printed] == pytest.approx(expected, abs=2)
    sql = "SELECT r.model, plugin, count(*) AS n FROM results.forecasts JOIN meta.runs r USING (run) GROUP BY ALL"
    kept = environment.run("cinekit", "sql", sql, "--format", "csv", cwd=tmp_path).stdout
    assert kept.splitlines() == ["model,plugin,n", "ets,cinekit-statsforecast,7"]
    assert "arima, auto-theta, ets" in environment.run("cinekit", "plugins", "--format", "csv", cwd=tmp_path).stdout
