"""What viewers do next, as rows of results.probabilities."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.host import Host
from toolkit.predicting_viewers import LIKELIEST, likeliest_viewers, predict_viewers, predicted_viewers
from toolkit.simulating import simulate_into
from toolkit.viewer_fitting import classifier_named
from toolkit.viewer_requests import ChurnRequest, HabitsRequest, PurchaseRequest, WatchTimeRequest
from warehouse import Warehouse

HABITS = ("active-tomorrow", "minutes-tomorrow", "next-title")


@pytest.fixture(scope="module")
def host() -> Host:
    return Host()


@pytest.fixture(scope="module")
def simulated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated audience, made once."""
    warehouse = Warehouse.open(tmp_path_factory.mktemp("viewers") / "viewers.duckdb")
    simulate_into(warehouse, 80, 40, 90, 3)
    return warehouse.path


@pytest.fixture
def simulated(simulated_file: Path, tmp_path: Path) -> Warehouse:
    shutil.copy(simulated_file, tmp_path / "viewers.duckdb")
    return Warehouse.open(tmp_path / "viewers.duckdb")


def rows_of(warehouse: Warehouse, run: str) -> pl.DataFrame:
    return warehouse.query(
        "SELECT * EXCLUDE run FROM results.probabilities WHERE run = $run ORDER BY ALL", {"run": run}
    )


def test_every_viewer_gets_probabilities_of_every_habit(simulated: Warehouse, host: Host) -> None:
    done = predict_viewers(simulated, host, "recency", {}, HabitsRequest(task=HABITS, model="recency"))
    assert done.models == {"active-tomorrow": "recency", "minutes-tomorrow": "recency", "next-title": "markov"}
    assert not done.skipped
    rows = rows_of(simulated, done.run)
    assert str(done.as_of) == "2025-03-31"
    seen = simulated.query("SELECT count(DISTINCT viewer_key) FROM raw.watches").item()
    assert rows.group_by("task").agg(pl.col("viewer_key").n_unique())["viewer_key"].to_list() == [seen] * 3
    sums = rows.group_by("task", "viewer_key").agg(pl.col("probability").sum(), pl.len())
    full = sums.filter(pl.col("task") != "next-title")
    assert full["probability"].to_numpy() == pytest.approx(1, abs=1e-9)
    titles = sums.filter(task="next-title")
    assert titles["len"].unique().to_list() == [LIKELIEST]
    assert titles["probability"].max() <= 1 + 1e-9
    ordered = rows.filter(task="next-title").sort("viewer_key", "place")
    assert (ordered["probability"].diff().fill_null(0)[np.flatnonzero(ordered["place"] > 1).tolist()] <= 0).all()
    classes = simulated.query(
        "SELECT task, class, low, high FROM results.task_classes WHERE task = 'minutes-tomorrow' ORDER BY place"
    )
    assert classes["low"][0] == 0
    assert classes["low"].to_list()[1:] == classes["high"].to_list()[:-1]
    recorded = simulated.query(
        "SELECT settings->>'$.tasks' AS tasks, status FROM meta.runs WHERE run = $run", {"run": done.run}
    )
    assert recorded.row(0) == ('["active-tomorrow","minutes-tomorrow","next-title"]', "done")


def test_the_same_seed_gives_the_same_rows(simulated: Warehouse, host: Host) -> None:
    request = PurchaseRequest(within="14d")
    first, again = (predict_viewers(simulated, host, "logistic", {}, request) for _ in range(2))
    assert rows_of(simulated, first.run).equals(rows_of(simulated, again.run))
    assert rows_of(simulated, first.run)["horizon"].unique().to_list() == [14]


def test_what_came_after_the_day_changes_nothing(simulated: Warehouse, host: Host) -> None:
    request = ChurnRequest(as_of="2025-03-10", within="14d")
    before = predict_viewers(simulated, host, "recency", {}, request)
    with simulated.writing() as con:
        for table, column in (("watches", "watched_at"), ("ratings", "rated_at"), ("purchases", "purchased_at")):
            con.execute(f"DELETE FROM raw.{table} WHERE {column} >= TIMESTAMP '2025-03-11'")
        con.execute("INSERT INTO raw.watches (viewer_key, title_key, minutes, watched_at) "
                    "VALUES (1, 1, 5, TIMESTAMP '2025-03-11 23:30')")  # fmt: skip
    after = predict_viewers(simulated, host, "recency", {}, request)
    assert rows_of(simulated, before.run).equals(rows_of(simulated, after.run))


def test_people_see_who_is_expected_and_programs_see_every_row(simulated: Warehouse, host: Host) -> None:
    done = predict_viewers(simulated, host, "recency", {}, ChurnRequest(within="14d"))
    people = predicted_viewers(simulated, done.run, people=True)
    assert people["answer"].to_list() == ["no", "yes"]
    assert people["expected viewers"].sum() == pytest.approx(done.viewers["churn"])
    every = predicted_viewers(simulated, done.run, people=False)
    assert every.height == 2 * done.viewers["churn"]
    likeliest = likeliest_viewers(simulated, done.run, most=3)
    assert likeliest.height == 3
    assert likeliest["probability"].is_sorted(descending=True)
    assert likeliest["probability"][0] == every.filter(pl.col("class") == "yes")["probability"].max()


def test_names_of_forecasters_mean_their_sisters_for_viewers(host: Host) -> None:
    assert classifier_named(host, "gradient-boosting") == "viewer-gradient-boosting"
    assert classifier_named(host, "lstm") == "viewer-lstm"
    assert classifier_named(host, "recency") == "recency"
    with pytest.raises(UsageError, match="theta forecasts series"):
        classifier_named(host, "theta")
    with pytest.raises(UnknownNameError):
        classifier_named(host, "oracle")


def test_what_cannot_be_answered_is_said(simulated: Warehouse, warehouse: Warehouse, host: Host) -> None:
    with pytest.raises(UsageError, match="--as-of 2031-01-01 is not within the days that are known, 2025-01-01 to"):
        predict_viewers(simulated, host, "recency", {}, HabitsRequest(as_of="2031-01-01"))
    with pytest.raises(UsageError, match="popularity cannot do churn"):
        predict_viewers(simulated, host, "popularity", {}, ChurnRequest())
    with pytest.raises(ModelError, match="nothing that viewers did has a time"):
        predict_viewers(warehouse, host, "recency", {}, HabitsRequest())
    with pytest.raises(ModelError, match="there are no customers"):
        predict_viewers(warehouse, host, "recency", {}, ChurnRequest(of="customers"))
    failed = warehouse.query("SELECT status FROM meta.runs")["status"].to_list()
    assert failed == ["failed", "failed"]


def test_tasks_that_can_be_answered_are_answered(simulated: Warehouse, host: Host) -> None:
    with simulated.writing() as con:
        con.execute("UPDATE raw.watches SET minutes = NULL")
        con.execute("UPDATE raw.titles SET runtime_minutes = NULL")
    request = HabitsRequest(task=("active-tomorrow", "minutes-tomorrow"))
    done = predict_viewers(simulated, host, "recency", {}, request)
    assert list(done.viewers) == ["active-tomorrow"]
    assert "no minutes are known" in str(done.skipped["minutes-tomorrow"])


def test_plain_tables_are_predicted_without_times(warehouse: Warehouse, host: Host) -> None:
    random = np.random.default_rng(0)
    minutes = random.integers(0, 120, (20, 30))
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.viewers (viewer_key, viewer_id) VALUES (?, ?)", [(n, f"v{n}") for n in range(90)]
        )
        con.executemany(
            "INSERT INTO raw.watch_times (viewer_key, place, watch_time, next_watch_time) VALUES (?, ?, ?, ?)",
            [(v, p + 1, int(minutes[v, p]), int(minutes[v, p + 1])) for v in range(20) for p in range(29)],
        )
        con.executemany(
            "INSERT INTO raw.customers VALUES (?, ?, 1)", [(n, n % 3 == 0 if n < 80 else None) for n in range(90)]
        )
        con.executemany(
            "INSERT INTO raw.customer_attributes VALUES (?, 'plan', ?, 1)",
            [(n, "basic" if n % 3 == 0 or n % 7 == 0 else "full") for n in range(90)],
        )
    watched = predict_viewers(warehouse, host, "markov", {}, WatchTimeRequest())
    assert (watched.as_of, watched.viewers) == (None, {"watch-time": 20})
    rows = rows_of(warehouse, watched.run)
    assert rows.select("as_of", "horizon").null_count().row(0) == (rows.height, rows.height)
    assert rows.group_by("viewer_key").agg(pl.col("probability").sum())["probability"].to_numpy() == pytest.approx(1)
    left = predict_viewers(warehouse, host, "logistic", {}, ChurnRequest())  # customers, as there are some
    assert left.viewers == {"customer-churn": 10}
    assert sorted(rows_of(warehouse, left.run)["viewer_key"].unique()) == list(range(80, 90))
    likely = likeliest_viewers(warehouse, left.run)
    assert set(likely["viewer"].head(3)) <= {"v81", "v84", "v87"}  # of the basic plan
    with pytest.raises(UsageError, match="--as-of is of no use to customer-churn"):
        predict_viewers(warehouse, host, "logistic", {}, ChurnRequest(as_of="2025-01-01"))
