# ruff: noqa: DTZ001 - times of the warehouse are UTC
from datetime import datetime

import numpy as np
import pytest

from tests.toolkit.panels import Strangers
from toolkit.errors import ModelError, SettingsError, UnknownNameError, UsageError
from toolkit.forecast_rows import forecasts_of
from toolkit.forecasting import forecast
from toolkit.series_requests import ForecastRequest, probabilities_of
from toolkit.settings import build

HOST = Strangers()


def load(warehouse, **series):
    """Daily series of any values, the first on 1 January 2026; None is a missing day."""
    rows = [
        (name, datetime(2026, 1, 1), day, value)
        for name, values in series.items()
        for day, value in enumerate(values)
        if value is not None
    ]
    with warehouse.writing() as con:
        con.executemany("INSERT INTO raw.series VALUES (?, ?::TIMESTAMP + to_days(?::INTEGER), ?, 1)", rows)


def test_forecasts_and_their_quantiles_land_with_the_run(warehouse):
    load(warehouse, a=np.arange(40.0), b=np.full(30, 7.0))
    done = forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=3, level=(80, 95)))
    assert (done.source, done.series, done.horizon, done.frequencies) == ("series", 2, 3, ("day",))
    rows = warehouse.query("SELECT series_id, cutoff, ds, horizon, mean FROM results.forecasts ORDER BY ALL")
    assert rows.row(0) == ("a", datetime(2026, 2, 9), datetime(2026, 2, 10), 1, 39.0)
    assert rows.height == 6
    ends = warehouse.query(
        "SELECT quantile, count(*) AS n, bool_and(isfinite(value)) AS finite FROM results.forecast_quantiles "
        "GROUP BY quantile ORDER BY quantile"
    )
    assert ends.rows() == [(q, 6, True) for q in (0.025, 0.1, 0.5, 0.9, 0.975)]
    facts = warehouse.query(
        "SELECT series_id, length, filled, frequency, season, scale, method FROM results.forecast_series"
    )
    assert facts.sort("series_id").rows() == [("a", 40, 0, "day", 7, 7.0, None), ("b", 30, 0, "day", 7, 0.0, None)]
    assert warehouse.query("SELECT status FROM runs").rows() == [("done",)]


def test_one_bad_series_is_listed_with_its_reason_and_stops_nobody(warehouse):
    load(warehouse, good=np.arange(30.0), bad=[1.0] + [None] * 40 + [2.0])
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.series VALUES ('bad', '2026-01-02 07:31:11', 5, 1)")
    done = forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2))
    assert set(done.refused) == {"bad"}
    rows = warehouse.query("SELECT series_id, reason IS NULL AS forecast FROM forecast_series ORDER BY series_id")
    assert rows.rows() == [("bad", False), ("good", True)]
    assert warehouse.query("SELECT DISTINCT series_id FROM results.forecasts").rows() == [("good",)]


def test_values_whose_squares_are_no_numbers_are_a_reason(warehouse):
    load(warehouse, good=np.arange(30.0), huge=[1.0, 1e308, 2.0, 3.0])
    done = forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2))
    assert list(done.refused) == ["huge"]
    assert "1e+100" in done.refused["huge"]


def test_a_fallback_is_recorded_with_the_forecast(warehouse):
    load(warehouse, long=np.arange(30.0), short=[4.0, 6.0])
    done = forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=2))
    assert sum(done.methods.values()) == 1
    rows = warehouse.query("SELECT method FROM results.forecast_series WHERE series_id = 'short'")
    assert rows.item().startswith("the last value")


def test_what_was_filled_in_is_counted(warehouse):
    load(warehouse, holed=[1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0, 8.0])
    done = forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=1))
    assert done.filled == 1
    assert warehouse.query("SELECT length, filled FROM results.forecast_series").row(0) == (8, 1)


def test_a_kept_model_is_brought_back_while_its_data_are_the_same(warehouse):
    load(warehouse, a=np.arange(60.0), b=np.arange(60.0) * 2)
    first = forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=2))
    again = forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=2))
    longer = forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=3))
    assert (first.reused, again.reused, longer.reused) == (False, True, False)
    sql = "SELECT series_id, horizon, quantile, value FROM results.forecast_quantiles WHERE run = $run ORDER BY ALL"
    assert warehouse.query(sql, {"run": first.run}).equals(warehouse.query(sql, {"run": again.run}))
    load(warehouse, c=np.arange(60.0))
    assert not forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=2)).reused
    assert not forecast(warehouse, HOST, "mean", {}, ForecastRequest(horizon=2, refit=True)).reused


def test_the_same_seed_gives_the_same_rows(warehouse):
    load(warehouse, a=np.random.default_rng(3).normal(5, 1, 80))
    sql = "SELECT series_id, horizon, quantile, value FROM results.forecast_quantiles WHERE run = $run ORDER BY ALL"
    runs = [forecast(warehouse, HOST, "last", {}, ForecastRequest(seed=4)).run for _ in range(2)]
    assert warehouse.query(sql, {"run": runs[0]}).equals(warehouse.query(sql, {"run": runs[1]}))


def test_as_of_uses_nothing_that_came_later(warehouse):
    load(warehouse, a=np.arange(40.0))
    forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2, as_of="2026-01-10"))
    assert warehouse.query("SELECT cutoff, mean FROM results.forecasts").unique().rows() == [
        (datetime(2026, 1, 10), 9.0)
    ]


def test_actuals_that_are_loaded_later_score_a_forecast(warehouse):
    load(warehouse, a=np.arange(40.0))
    forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2))
    assert warehouse.query("SELECT points, mase FROM forecast_accuracy").rows() == []
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.series VALUES ('a', '2026-02-10', 46, 2), ('a', '2026-02-11', 39, 2)")
    # Errors of 7 and 0; values a week apart differ by 7.
    assert warehouse.query("SELECT points, mase, mae FROM forecast_accuracy").rows() == [(2, 0.5, 3.5)]


def test_actuals_of_times_that_were_moved_are_moved_as_well(warehouse):
    rows = [("a", datetime(2026, 1, 5 + day % 2, 18 + day % 3), 7 * day, float(day)) for day in range(20)]
    insert = "INSERT INTO raw.series VALUES (?, ?::TIMESTAMP + to_days(?::INTEGER), ?, 1)"
    with warehouse.writing() as con:
        con.executemany(insert, rows[:18])
    forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2, frequency="week"))
    with warehouse.writing() as con:
        con.executemany(insert, rows[18:])
    assert warehouse.query("SELECT ds, mean, actual FROM forecasts ORDER BY ds").rows() == [
        (datetime(2026, 5, 11), 17.0, 18.0),
        (datetime(2026, 5, 18), 17.0, 19.0),
    ]
    assert warehouse.query("SELECT points FROM forecast_accuracy").item() == 2


def test_programs_get_a_column_for_each_end_of_an_interval(warehouse):
    load(warehouse, a=np.arange(40.0))
    done = forecast(warehouse, HOST, "last", {}, ForecastRequest(horizon=2, level=(80,)))
    rows = forecasts_of(warehouse, done.run, people=False)
    assert rows.columns == ["series_id", "cutoff", "ds", "horizon", "mean", "low_80", "median", "high_80"]
    assert rows.height == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": 10_000}, "2000"),
        ({"level": (99.99,)}, "between 0 and 99.9"),
        ({"as_of": "yesterday"}, "2026-10-01"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, said):
    with pytest.raises(SettingsError, match=said):
        build(ForecastRequest, asked)


def test_wrong_questions_about_series_are_one_line(warehouse):
    with pytest.raises(ModelError, match="load some first"):
        forecast(warehouse, HOST, "last", {}, ForecastRequest())
    load(warehouse, a=np.arange(40.0))
    with pytest.raises(UnknownNameError, match="b"):
        forecast(warehouse, HOST, "last", {}, ForecastRequest(id=("b",)))
    with pytest.raises(UsageError):
        forecast(warehouse, HOST, "last", {}, ForecastRequest(by="genre"))
    with pytest.raises(UnknownNameError, match="fortnight"):
        forecast(warehouse, HOST, "last", {}, ForecastRequest(frequency="fortnight"))
    with pytest.raises(ModelError, match="2025-01-01"):
        forecast(warehouse, HOST, "last", {}, ForecastRequest(as_of="2025-01-01"))


def test_intervals_lie_between_quantiles():
    assert probabilities_of((80.0, 95.0)) == (0.025, 0.1, 0.5, 0.9, 0.975)
