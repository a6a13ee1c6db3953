"""What users see of predictions: hand-made rows of runs and of what came true later, with numbers worked by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from toolkit.event_series import event_series
from toolkit.history import read_history
from toolkit.tasks import HORIZONS, classes_of, horizon_of, outcomes
from warehouse import Warehouse

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02} {hour:02}:00")


CUTOFF = at(1)


def rows(con: duckdb.DuckDBPyConnection, table: str, *values: tuple[Any, ...]) -> None:
    con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)


def ran(
    con: duckdb.DuckDBPyConnection, run: str, model: str, hour: int, status: str = "done", settings: str = "{}"
) -> None:
    con.execute(
        "INSERT INTO meta.runs (run, verb, model, status, ended_at, settings) VALUES (?, 'predict', ?, ?, ?, ?)",
        [run, model, status, at(2, hour), settings],
    )


def forecast(
    con: duckdb.DuckDBPyConnection,
    run: str,
    means: list[float],
    *,
    source: str = "series",
    grouping: str | None = None,
    series_id: str = "a",
    scale: float | None = 2.0,
    half_width: float = 1.0,
) -> None:
    """A forecast of the days after CUTOFF, with intervals of 80 % of that half width, and of 95 % twice as wide."""
    series = (run, source, series_id, grouping, CUTOFF, "day", 7, CUTOFF - 9 * DAY, 10, 0, scale, None, None)
    rows(con, "results.forecast_series", series)
    for step, mean in enumerate(means, 1):
        point = (run, series_id, CUTOFF, CUTOFF + step * DAY, step)
        rows(con, "results.forecasts", (*point, mean))
        for quantile, sides in ((0.1, -1), (0.9, 1), (0.025, -2), (0.975, 2), (0.5, 0)):
            rows(con, "results.forecast_quantiles", (*point, quantile, mean + sides * half_width))


def observe(con: duckdb.DuckDBPyConnection, *values: float | None, series_id: str = "a") -> None:
    rows(con, "raw.series", *((series_id, CUTOFF + step * DAY, v, 1) for step, v in enumerate(values, 1)))


def bought(
    con: duckdb.DuckDBPyConnection, *purchases: tuple[int | None, int | None, str | None, datetime | None]
) -> None:
    rows(
        con, "raw.purchases", *((1, title, tickets, 9.0, cinema, time, 1) for title, tickets, cinema, time in purchases)
    )


def titled(con: duckdb.DuckDBPyConnection, *titles: tuple[int, str, str | None, int | None]) -> None:
    con.executemany("INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (?, ?, ?, ?)", titles)


def viewed(con: duckdb.DuckDBPyConnection, *watches: tuple[int, int, float | None, datetime]) -> None:
    rows(con, "raw.watches", *((*watch, 1) for watch in watches))


def test_loaded_series_are_shown_as_they_are_without_what_is_missing(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        observe(con, 4, None, float("nan"), 6)
    assert warehouse.query("FROM series ORDER BY ds").rows() == [
        ("series", None, "a", CUTOFF + DAY, 4.0),
        ("series", None, "a", CUTOFF + 4 * DAY, 6.0),
    ]


def test_tickets_are_added_up_by_day_up_to_the_last_day_that_is_over(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        titled(con, (1, "t1", "Heat", 1995), (2, "t2", "Ran", 1985))
        rows(con, "raw.genres", (1, "Crime", 1), (2, "Crime", 1), (2, "Drama", 1))
        bought(
            con,
            (1, 2, "Odeon", at(1, 9)),
            (1, None, "Odeon", at(1, 23)),
            (2, 5, None, at(3, 12)),
            (2, 5, None, None),
            (1, 7, "Rex", at(4, 19)),
        )
    found = warehouse.query(
        "SELECT grouping, series_id, list(y ORDER BY ds) AS y FROM series GROUP BY ALL ORDER BY ALL"
    )
    assert found.rows() == [
        ("cinema", "Odeon", [3.0, 0.0, 0.0]),
        ("genre", "Crime", [3.0, 0.0, 5.0]),
        ("genre", "Drama", [5.0]),
        ("title", "Heat", [3.0, 0.0, 0.0]),
        ("title", "Ran", [5.0]),
        ("total", "all", [3.0, 0.0, 5.0]),
    ]


def test_the_last_day_counts_from_eight_in_the_evening_or_where_there_are_only_dates(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        bought(con, (None, 1, None, at(1, 9)), (None, 1, None, at(2, 20)))
        viewed(con, (1, 1, 50, at(1, 0)), (1, 1, 70, at(2, 0)))
    found = warehouse.query(
        "SELECT source, list(y ORDER BY ds) FROM series WHERE grouping = 'total' GROUP BY ALL ORDER BY ALL"
    )
    assert found.rows() == [("tickets", [1.0, 1.0]), ("watches", [50.0, 70.0])]


@pytest.mark.parametrize(
    ("minutes", "added"), [((30, 45), [30.0, 45.0]), ((30, None), [30.0, 0.0]), ((None, None), [1, 1])]
)
def test_watches_are_counted_only_where_none_has_minutes(
    warehouse: Warehouse, minutes: tuple[float | None, float | None], added: list[float]
) -> None:
    with warehouse.writing() as con:
        viewed(con, *((1, 1, some, at(day, 21)) for day, some in enumerate(minutes, 1)))
    assert warehouse.query("SELECT y FROM series ORDER BY ds")["y"].to_list() == added


@pytest.mark.parametrize("grouping", ["total", "title", "cinema", "genre"])
def test_the_series_shown_are_those_that_are_forecast(warehouse: Warehouse, grouping: Any) -> None:
    with warehouse.writing() as con:
        titled(con, (1, "t1", "Heat", 1995), (2, "t2", "Heat", 1986), (3, "t3", "Ran", None), (4, "t4", None, None))
        titled(con, (5, "t5", "Ran", None), (6, "t6", "Heat", None), (7, "t7", "Alone", 1999), (8, "t8", "Alone", 2001))
        rows(con, "raw.genres", (1, "Crime", 1), (2, "Crime", 1), (3, "Drama", 1))
        bought(con, *((title, title, f"c{title % 2}", at(title, 21)) for title in range(1, 8)))
        bought(con, (1, 9, "c1", at(8, 12)))
        read = event_series(con, "tickets", grouping)
    shown = warehouse.query(
        "SELECT series_id, ds, y FROM series WHERE grouping = $grouping AND y > 0 ORDER BY ALL", {"grouping": grouping}
    )
    expected = pl.DataFrame(
        {"series_id": [read.ids[code] for code in read.codes], "ds": pl.Series(read.at), "y": read.values}
    )
    assert shown.rows() == expected.sort("series_id", "ds").rows()
    assert warehouse.query("SELECT max(ds) FROM series").item() == at(7)


def test_a_forecast_shows_its_intervals_and_what_came_true_once_it_is_loaded(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "theta", 1)
        forecast(con, "r1", [5, 6])
    query = "SELECT horizon, mean, low_80, high_80, low_95, high_95, actual, model, run FROM forecasts ORDER BY horizon"
    assert warehouse.query(query).rows() == [
        (1, 5.0, 4.0, 6.0, 3.0, 7.0, None, "theta", "r1"),
        (2, 6.0, 5.0, 7.0, 4.0, 8.0, None, "theta", "r1"),
    ]
    with warehouse.writing() as con:
        observe(con, 4)
    assert warehouse.query(query)["actual"].to_list() == [4.0, None]


def test_intervals_that_were_not_asked_for_are_null(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "theta", 1)
        forecast(con, "r1", [5])
        con.execute("DELETE FROM results.forecast_quantiles WHERE quantile NOT IN (0.1, 0.9)")
    assert warehouse.query("SELECT low_80, high_80, low_95, high_95 FROM forecasts").rows() == [(4.0, 6.0, None, None)]
    with warehouse.writing() as con:
        observe(con, 4)
    assert warehouse.query("SELECT coverage_80, coverage_95 FROM forecast_accuracy").rows() == [(1.0, None)]


def test_forecasts_are_scored_anew_when_new_actuals_are_loaded(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "theta", 1)
        forecast(con, "r1", [8, 25, 0, 7], scale=2.0, half_width=2.0)
    query = "SELECT points, mase, smape, wape, mae, coverage_80, coverage_95 FROM forecast_accuracy"
    assert warehouse.query(query).rows() == []
    with warehouse.writing() as con:
        observe(con, 10, 20, 0)
    # Errors 2, 5 and 0; intervals of 80 % are two to either side, of 95 % four.
    assert warehouse.query(query).row(0) == pytest.approx(
        (3, 7 / 3 / 2, 200 * (2 / 18 + 5 / 45) / 3, 7 / 30, 7 / 3, 2 / 3, 2 / 3)
    )
    with warehouse.writing() as con:
        rows(con, "raw.series", ("a", CUTOFF + 4 * DAY, 10.0, 2))
    assert warehouse.query(query).row(0) == pytest.approx(
        (4, 10 / 4 / 2, 200 * (2 / 18 + 5 / 45 + 3 / 17) / 4, 10 / 40, 10 / 4, 2 / 4, 3 / 4)
    )


def test_accuracy_has_every_finished_run_and_the_best_first(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        for hour, (run, model, mean) in enumerate([("r1", "theta", 7), ("r2", "holt", 9), ("r3", "theta", 8)], 1):
            ran(con, run, model, hour)
            forecast(con, run, [mean])
        ran(con, "r4", "holt", 5, "failed")
        ran(con, "r5", "holt", 6, "running")
        forecast(con, "r4", [10])
        forecast(con, "r5", [10])
        observe(con, 10)
    found = warehouse.query("SELECT * FROM forecast_accuracy ORDER BY mase")
    assert found.select("model", "run", "mase").rows() == [
        ("holt", "r2", 0.5),
        ("theta", "r3", 1.0),
        ("theta", "r1", 1.5),
    ]


@pytest.mark.parametrize("scale", [0.0, None])
def test_a_series_without_a_scale_has_no_mase(warehouse: Warehouse, scale: float | None) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "theta", 1)
        forecast(con, "r1", [5], scale=scale)
        observe(con, 0)
    assert warehouse.query("SELECT mae, mase, smape, wape FROM forecast_accuracy").rows() == [(5.0, None, 200.0, None)]


def test_forecasts_are_those_of_the_latest_finished_run(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        runs = [("r1", "theta", 5, "done"), ("r2", "holt", 3, "done"), ("r3", "theta", 1, "done")]
        runs += [("r4", "theta", 7, "failed"), ("r5", "theta", 8, "running")]
        for run, model, hour, status in runs:
            ran(con, run, model, hour, status)
            forecast(con, run, [1])
        forecast(con, "r2", [2], series_id="b")
        ran(con, "r6", "theta", 9)
        gave_up = ("r6", "series", "a", None, None, None, None, None, 1, 0, None, None, "one value is too few")
        rows(con, "results.forecast_series", gave_up)
    assert warehouse.query("SELECT series_id, run FROM forecasts ORDER BY ALL").rows() == [("a", "r1"), ("b", "r2")]
    assert warehouse.query("SELECT series_id, model, run FROM forecasts_by_model ORDER BY ALL").rows() == [
        ("a", "holt", "r2"),
        ("a", "theta", "r1"),
        ("b", "holt", "r2"),
    ]
    assert warehouse.query("SELECT series_id, reason, run FROM forecast_series ORDER BY ALL").rows() == [
        ("a", "one value is too few", "r6"),
        ("b", None, "r2"),
    ]


def test_a_title_and_a_cinema_of_one_name_are_two_series(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        titled(con, (1, "t1", "Rex", 1995))
        bought(con, (1, 3, "Rex", at(1, 9)), (None, 4, "Rex", at(2, 9)), (1, 2, None, at(3, 21)))
        for hour, grouping in enumerate(["title", "cinema", "total"], 1):
            ran(con, grouping, "theta", hour)
            series_id = "all" if grouping == "total" else "Rex"
            forecast(con, grouping, [1, 1, 1], source="tickets", grouping=grouping, series_id=series_id)
    query = "SELECT grouping, list(actual ORDER BY ds) AS actual FROM forecasts GROUP BY ALL ORDER BY ALL"
    assert warehouse.query(query).rows() == [
        ("cinema", [4.0, 0.0, None]),
        ("title", [0.0, 2.0, None]),
        ("total", [4.0, 2.0, None]),
    ]


def test_of_a_series_whose_name_has_gone_nothing_is_made_up(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        bought(con, (None, 3, "Odeon", at(1, 9)), (None, 4, "Odeon", at(3, 21)))
        ran(con, "r1", "theta", 1)
        forecast(con, "r1", [1, 1], source="tickets", grouping="cinema", series_id="Rex")
    assert warehouse.query("SELECT actual FROM forecasts")["actual"].to_list() == [None, None]


AS_OF = date(2026, 3, 1)
YES_NO = ("no", "yes")


def asked(
    con: duckdb.DuckDBPyConnection, run: str, viewer: int, task: str, horizon: int | None, **given: float
) -> None:
    as_of = None if horizon is None else AS_OF
    values = [(run, viewer, task, as_of, horizon, c, place, p) for place, (c, p) in enumerate(given.items(), 1)]
    rows(con, "results.probabilities", *values)


def people(con: duckdb.DuckDBPyConnection, count: int) -> None:
    con.execute(
        "INSERT INTO raw.viewers (viewer_key, viewer_id) SELECT range, 'v' || range FROM range(1, ?)", [count + 1]
    )


def answers(warehouse: Warehouse, task: str) -> dict[str, str]:
    found = warehouse.query("SELECT viewer, class FROM outcomes WHERE task = $task", {"task": task})
    return dict(found.iter_rows())


def test_probabilities_are_those_of_the_latest_finished_run_of_each_viewer_and_task(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 2)
        titled(con, (1, "t1", "Heat", 1995))
        ran(con, "r1", "recency", 1)
        ran(con, "r2", "logistic", 2, settings='{"models": {"next-title": "markov", "churn": "logistic"}}')
        ran(con, "r3", "logistic", 3, "failed")
        for run, probability in (("r1", 0.25), ("r2", 0.5), ("r3", 0.75)):
            asked(con, run, 1, "churn", 28, no=1 - probability, yes=probability)
        asked(con, "r1", 2, "churn", 28, no=0.9, yes=0.1)
        asked(con, "r2", 1, "next-title", 28, t1=0.3)
    found = warehouse.query(
        "SELECT viewer, task, place, class, title, probability, model, run FROM probabilities ORDER BY ALL"
    )
    assert found.rows() == [
        ("v1", "churn", 1, "no", None, 0.5, "logistic", "r2"),
        ("v1", "churn", 2, "yes", None, 0.5, "logistic", "r2"),
        ("v1", "next-title", 1, "t1", "Heat", 0.3, "markov", "r2"),
        ("v2", "churn", 1, "no", None, 0.9, "recency", "r1"),
        ("v2", "churn", 2, "yes", None, 0.1, "recency", "r1"),
    ]


def test_what_came_true_is_known_once_its_last_day_is_complete(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 2)
        titled(con, (1, "t1", "Heat", 1995))
        ran(con, "r1", "recency", 1)
        for viewer in (1, 2):
            for task, horizon in (("active-tomorrow", 1), ("active-week", 7), ("churn", 7)):
                asked(con, "r1", viewer, task, horizon, no=0.5, yes=0.5)
        viewed(con, (1, 1, 60, at(1, 23)), (2, 1, 60, at(2, 22)))
    assert answers(warehouse, "active-tomorrow") == {}
    with warehouse.writing() as con:
        viewed(con, (2, 1, 60, at(2, 23)))
    assert answers(warehouse, "active-tomorrow") == {"v1": "no", "v2": "yes"}
    assert answers(warehouse, "active-week") == {}
    with warehouse.writing() as con:
        viewed(con, (2, 1, 60, at(9, 0)))
    assert answers(warehouse, "active-week") == {"v1": "no", "v2": "yes"}
    assert answers(warehouse, "churn") == {"v1": "yes", "v2": "no"}


def test_minutes_part_of_day_and_title_of_what_came_next(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 4)
        titled(con, (1, "t1", "Heat", 1995), (2, "t2", "Ran", 1985))
        con.execute("UPDATE raw.titles SET runtime_minutes = 170 WHERE title_key = 1")
        ran(con, "r1", "recency", 1)
        minutes = [("0", 0, 1 / 60), ("under 40", 1 / 60, 40), ("40 or more", 40, None)]
        for place, (name, low, high) in enumerate(minutes, 1):
            rows(con, "results.task_classes", ("r1", "minutes-tomorrow", name, place, low, high))
        for place, (name, low) in enumerate([("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18)], 1):
            rows(con, "results.task_classes", ("r1", "next-daypart", name, place, low, low + 6))
        for viewer in range(1, 5):
            asked(con, "r1", viewer, "minutes-tomorrow", 1, **{"0": 0.5, "under 40": 0.3, "40 or more": 0.2})
            asked(con, "r1", viewer, "next-daypart", 2, night=0.1, morning=0.2, afternoon=0.3, evening=0.4)
            asked(con, "r1", viewer, "next-title", 2, t1=0.6, t2=0.1)
        viewed(
            con,
            (1, 2, 15, at(2, 18)),
            (1, 1, 25, at(2, 17)),
            (2, 2, 1 / 60, at(2, 5)),
            (3, 1, None, at(3, 6)),
            (4, 1, 60, at(4, 12)),
        )
    assert answers(warehouse, "minutes-tomorrow") == {"v1": "40 or more", "v2": "under 40", "v3": "0", "v4": "0"}
    assert answers(warehouse, "next-daypart") == {"v1": "afternoon", "v2": "night", "v3": "morning"}
    assert answers(warehouse, "next-title") == {"v1": "t1", "v2": "t2", "v3": "t1"}
    assert warehouse.query("SELECT title FROM outcomes WHERE viewer = 'v2' AND task = 'next-title'").item() == "Ran"


def test_a_session_that_runs_over_midnight_is_not_the_next_one(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 1)
        titled(con, (1, "t1", "Heat", 1995), (2, "t2", "Ran", 1985))
        ran(con, "r1", "recency", 1)
        for place, (name, low) in enumerate([("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18)], 1):
            rows(con, "results.task_classes", ("r1", "next-daypart", name, place, low, low + 6))
        asked(con, "r1", 1, "next-daypart", 1, night=0.1, morning=0.2, afternoon=0.3, evening=0.4)
        asked(con, "r1", 1, "next-title", 1, t1=0.6, t2=0.1)
        viewed(con, (1, 1, 60, at(1, 23)), (1, 2, 30, at(2, 0)), (1, 1, 20, at(2, 20)), (1, 1, 20, at(4, 12)))
    assert answers(warehouse, "next-daypart") == {"v1": "evening"}
    assert answers(warehouse, "next-title") == {"v1": "t2"}


def test_a_watch_without_minutes_is_as_long_as_its_title(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 1)
        con.execute("INSERT INTO raw.titles (title_key, title_id, runtime_minutes) VALUES (1, 't1', 170)")
        ran(con, "r1", "recency", 1)
        rows(
            con,
            "results.task_classes",
            *(("r1", "minutes-tomorrow", *c) for c in (("less", 1, 0, 170), ("more", 2, 170, None))),
        )
        asked(con, "r1", 1, "minutes-tomorrow", 1, less=0.5, more=0.5)
        viewed(con, (1, 1, None, at(2, 23)))
    assert answers(warehouse, "minutes-tomorrow") == {"v1": "more"}


def test_ratings_are_activity_where_there_are_no_watches_and_purchases_are_their_own(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 3)
        titled(con, (1, "t1", "Heat", 1995))
        ran(con, "r1", "recency", 1)
        for viewer in (1, 2, 3):
            asked(con, "r1", viewer, "active-week", 7, no=0.5, yes=0.5)
            asked(con, "r1", viewer, "purchase", 7, no=0.5, yes=0.5)
        rows(con, "raw.ratings", (1, 1, 4.0, at(8, 23), 1))
        rows(con, "raw.purchases", (2, 1, 1, 9.0, None, at(2, 9), 1), (3, 1, 1, 9.0, None, at(9, 9), 1))
    assert answers(warehouse, "active-week") == {"v1": "yes", "v2": "no", "v3": "no"}
    assert answers(warehouse, "purchase") == {"v1": "no", "v2": "yes", "v3": "no"}


def test_of_plain_tables_what_is_loaded_later_came_true(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 3)
        ran(con, "r1", "logistic", 1)
        rows(
            con,
            "results.task_classes",
            *(("r1", "watch-time", *c) for c in (("less", 1, 0, 60), ("more", 2, 60, None))),
        )
        for viewer in (1, 2, 3):
            asked(con, "r1", viewer, "customer-churn", None, no=0.5, yes=0.5)
            asked(con, "r1", viewer, "watch-time", 1, less=0.5, more=0.5)
        rows(con, "raw.customers", (1, True, 1), (2, False, 1), (3, None, 1))
        rows(
            con,
            "raw.watch_times",
            (1, 1, AS_OF, 10.0, 60.0, 1),
            (2, 1, AS_OF, 10.0, None, 1),
            (3, 1, AS_OF, 5.0, None, 1),
        )
        rows(con, "raw.watch_times", (2, 2, AS_OF + DAY, 59.0, None, 1))
    assert answers(warehouse, "customer-churn") == {"v1": "yes", "v2": "no"}
    assert answers(warehouse, "watch-time") == {"v1": "more", "v2": "less"}


def test_calibration_counts_what_came_true_by_tenths_of_probability(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        people(con, 5)
        titled(con, (1, "t1", "Heat", 1995))
        for run, status, hour in (("r1", "done", 1), ("r2", "done", 2), ("r3", "failed", 3)):
            ran(con, run, "logistic", hour, status)
        for viewer, probability in enumerate((0.12, 0.18, 0.9, 1.0, 0.15), 1):
            run = "r2" if viewer == 5 else "r1"
            asked(con, run, viewer, "active-tomorrow", 1, no=1 - probability, yes=probability)
            asked(con, "r3", viewer, "active-tomorrow", 1, no=0.5, yes=0.5)
        asked(con, "r2", 1, "active-tomorrow", 1, no=0.88, yes=0.12)  # asked again, it counts once
        asked(con, "r1", 1, "next-title", 1, t1=0.6, t2=0.3)
        asked(con, "r1", 2, "next-title", 1, t1=0.7, t2=0.2)
        viewed(con, (1, 1, 60, at(2, 9)), (3, 1, 60, at(2, 10)), (4, 1, 60, at(2, 23)))
    found = warehouse.query("FROM calibration ORDER BY ALL")
    low = (0.12 + 0.18 + 0.15) / 3, 1 / 3, (0.88**2 + 0.18**2 + 0.15**2) / 3
    expected = [
        ("logistic", "active-tomorrow", 1, "yes", 2, 3, *low),
        ("logistic", "active-tomorrow", 1, "yes", 10, 2, 0.95, 1.0, 0.1**2 / 2),
        ("logistic", "next-title", 1, None, 4, 1, 0.3, 0.0, 0.3**2),
        ("logistic", "next-title", 1, None, 7, 1, 0.6, 1.0, 0.4**2),
    ]
    assert [row[:6] for row in found.rows()] == [row[:6] for row in expected]
    for row, wanted in zip(found.rows(), expected, strict=True):
        assert row[6:] == pytest.approx(wanted[6:])


def test_metrics_of_several_tasks_stand_side_by_side_and_the_latest_is_shown(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        for run, hour, status in (("r1", 1, "done"), ("r2", 2, "done"), ("r3", 3, "failed")):
            con.execute(
                "INSERT INTO meta.runs (run, verb, model, status, ended_at) VALUES (?, 'evaluate', 'predict', ?, ?)",
                [run, status, at(2, hour)],
            )
        columns = "run, model, split, metric, task, value, examples"
        add = f"INSERT INTO results.metrics ({columns}) VALUES (?, 'm', 'cutoff', 'brier', ?, ?, 9)"
        con.executemany(
            add, [("r1", "churn", 0.1), ("r1", "purchase", 0.2), ("r2", "churn", 0.3), ("r3", "churn", 0.4)]
        )
    found = warehouse.query("SELECT verb, task, value, series, examples, run FROM metrics ORDER BY task")
    assert found.rows() == [("predict", "churn", 0.3, None, 9, "r2"), ("predict", "purchase", 0.2, None, 9, "r1")]


@pytest.mark.parametrize("table", ["watches", "ratings", "purchases"])
def test_what_came_true_is_what_models_are_trained_on(warehouse: Warehouse, table: str) -> None:
    rng = np.random.default_rng(7)
    count, viewers = 120, 12
    seconds = [*np.sort(rng.integers(0, 70 * 86_400, count)).tolist(), 71 * 86_400 - 60]
    times = [datetime.fromisoformat("2026-01-20 00:00") + timedelta(seconds=second) for second in seconds]
    events = list(
        zip(
            rng.integers(1, viewers + 1, count + 1).tolist(), rng.integers(1, 6, count + 1).tolist(), times, strict=True
        )
    )
    everybody, earlier, origin = np.arange(viewers), np.datetime64("2026-02-01"), np.datetime64(AS_OF)
    expected = {}
    with warehouse.writing() as con:
        people(con, viewers)
        titled(con, *((key, f"t{key}", None, None) for key in range(1, 6)))
        if table != "purchases":
            rows(con, f"raw.{table}", *((viewer, title, 1.0, time, 1) for viewer, title, time in events))
        rows(con, "raw.purchases", *((viewer, title, 1, 9.0, None, time, 1) for viewer, title, time in events[::-3]))
        history = read_history(con)
        ran(con, "r1", "recency", 1)
        for name in HORIZONS:
            if name == "minutes-tomorrow" and not history.minutes:
                continue
            horizon = horizon_of(name)
            classes = classes_of(
                name, horizon, history, outcomes(name, history, everybody, np.full(viewers, earlier), horizon)
            )
            bounds = zip(classes.task.classes, classes.low, classes.high, strict=True)
            rows(con, "results.task_classes", *(("r1", name, c, p, *ends) for p, (c, *ends) in enumerate(bounds, 1)))
            for viewer in history.viewers.tolist():
                asked(con, "r1", viewer, name, horizon, **dict.fromkeys(classes.task.classes, 0.5))
            labels = classes.labels(outcomes(name, history, everybody, np.full(viewers, origin), horizon))
            expected[name] = {f"v{v + 1}": classes.task.classes[label] for v, label in enumerate(labels) if label >= 0}
    assert {name: answers(warehouse, name) for name in expected} == expected
    assert len(expected) == (7 if table == "watches" else 6)
    assert all(len({*found.values()}) > 1 for name, found in expected.items() if name != "active-tomorrow")
