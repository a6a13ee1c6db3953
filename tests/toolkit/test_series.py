# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""Panels out of the warehouse: frequencies, gaps, reasons why not, and events added up by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.frequency import DAY, HOUR, MONTH, WEEK, named, of_months
from toolkit.series import Prepared, prepared
from warehouse import Warehouse

NEW_YEAR = datetime(2024, 1, 1)
Row = tuple[str, datetime, float | None]


def hold(warehouse: Warehouse, rows: Iterable[Row]) -> None:
    columns = {"series_id": pl.String, "observed_at": pl.Datetime("us"), "observation": pl.Float64}
    frame = pl.DataFrame(list(rows), schema=columns, orient="row", strict=False)
    with warehouse.writing() as con:
        con.register("given", frame.to_arrow())
        con.execute("INSERT INTO raw.series SELECT *, 1 FROM given")
        con.unregister("given")


def daily(name: str, values: Iterable[float | None], start: datetime = NEW_YEAR, step: int = 1) -> list[Row]:
    return [(name, start + timedelta(days=step * day), value) for day, value in enumerate(values)]


def prepare(warehouse: Warehouse, *arguments: Any, **options: Any) -> Prepared:
    with warehouse.reading() as con:
        return prepared(con, *arguments, **options)


def reasons(made: Prepared) -> dict[str, str]:
    return dict(made.refused.select("series_id", "reason").rows())


def test_series_end_in_the_last_column_and_begin_when_they_begin(warehouse: Warehouse) -> None:
    hold(warehouse, [*daily("b", [5, 6, 7]), *daily("a", [1, 2, 3, 4, -5], datetime(2020, 2, 27))])
    made = prepare(warehouse)
    (panel,) = made.panels
    assert list(panel.ids) == ["a", "b"]
    np.testing.assert_array_equal(panel.values, [[1, 2, 3, 4, -5], [np.nan, np.nan, 5, 6, 7]])
    assert panel.ends.tolist() == [datetime(2020, 3, 2), datetime(2024, 1, 3)]
    assert panel.frequency == DAY
    assert panel.floors.tolist() == [-np.inf, 0]
    assert np.isnat(panel.released).all()
    assert not made.gaps[0].any()
    assert made.refused.is_empty()
    assert made.tables == ("raw.series",)
    assert made.facts.rows(named=True)[1] == {
        "series_id": "b", "source": "series", "grouping": None, "panel": 0, "row": 1, "frequency": "day", "season": 7,
        "first_at": datetime(2024, 1, 1), "last_at": datetime(2024, 1, 3), "length": 3, "filled": 0, "note": None,
    }  # fmt: skip


def test_series_of_each_frequency_have_a_panel(warehouse: Warehouse) -> None:
    months = [("m", datetime(2023, month, 1), float(month)) for month in range(1, 8)]
    ends = [("e", datetime(2023, month, day), 1.0) for month, day in ((1, 31), (2, 28), (3, 31), (5, 31))]
    thirtieths = [("t", datetime(2023, month, day), 1.0) for month, day in ((1, 30), (2, 28), (3, 30), (4, 30))]
    hours = [("h", NEW_YEAR + timedelta(hours=h), 1.0) for h in range(30)]
    hold(warehouse, [*months, *ends, *thirtieths, *hours, *daily("d", range(9)), *daily("w", range(9), step=7)])
    made = prepare(warehouse)
    ids = {panel.frequency: list(panel.ids) for panel in made.panels}
    assert ids == {DAY: ["d"], MONTH: ["e", "m"], HOUR: ["h"], of_months(1, day=30): ["t"], WEEK: ["w"]}
    monthly = made.panels[made.facts.filter(series_id="e")["panel"].item()]
    np.testing.assert_array_equal(monthly.values, [[np.nan, np.nan, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7]])
    assert made.facts.filter(series_id="e")["filled"].item() == 1
    thirtieth = made.panels[made.facts.filter(series_id="t")["panel"].item()]
    assert [str(day) for day in thirtieth.times()[0].astype("datetime64[D]")] == [
        "2023-01-30", "2023-02-28", "2023-03-30", "2023-04-30",
    ]  # fmt: skip


def test_gaps_are_filled_and_counted(warehouse: Warehouse) -> None:
    values = list(range(12))
    hold(warehouse, [row for row in daily("a", values) if row[2] not in (2, 3, 6)])
    hold(warehouse, daily("null", [1, 2, None, 4, 5, 6, 7, float("nan"), 9, 10]))
    made = prepare(warehouse)
    np.testing.assert_allclose(made.panels[0].values, [values, [np.nan] * 2 + list(range(1, 11))])
    assert made.facts["filled"].to_list() == [3, 2]
    assert made.gaps[0].sum(axis=1).tolist() == [3, 2]
    assert np.flatnonzero(made.gaps[0][0]).tolist() == [2, 3, 6]


def test_one_bad_series_stops_nobody(warehouse: Warehouse) -> None:
    hold(warehouse, daily("good", [1, 2, 3, 4]))
    hold(warehouse, daily("missing", [None, float("nan"), float("inf")]))
    hold(warehouse, [*daily("mixed", range(8)), *daily("mixed", range(8), datetime(2024, 2, 1), 7)])
    hold(warehouse, [("off", NEW_YEAR + timedelta(hours=hour), 1) for hour in (0, 24, 48, 72, 100)])
    hold(warehouse, [("holes", NEW_YEAR + timedelta(days=day), 1) for day in (0, 1, 2, 3, 4, 5, 40)])
    made = prepare(warehouse)
    assert list(made.panels[0].ids) == ["good"]
    found = reasons(made)
    assert set(found) == {"missing", "mixed", "off", "holes"}
    assert found["missing"] == "all its values are missing"
    assert found["mixed"].startswith("mixed frequencies: ")
    assert found["off"].startswith("mixed frequencies: most steps are 1 day, others no multiple of it")
    assert found["holes"] == "34 of its 41 values are missing, which is more than half"
    assert made.refused.columns == ["series_id", "source", "grouping", "reason"]


def test_when_none_can_be_used_the_reasons_are_all_that_there_is(warehouse: Warehouse) -> None:
    hold(warehouse, daily("missing", [None, None]))
    made = prepare(warehouse)
    assert made.panels == []
    assert made.facts.is_empty()
    assert reasons(made) == {"missing": "all its values are missing"}


def test_one_value_takes_the_step_of_the_others(warehouse: Warehouse) -> None:
    hold(warehouse, daily("one", [7]))
    assert prepare(warehouse).panels[0].frequency == DAY
    hold(warehouse, [*daily("w", range(5), step=7), *daily("v", range(5), step=7), *daily("d", range(5))])
    made = prepare(warehouse)
    one = made.facts.filter(series_id="one").row(0, named=True)
    assert (one["frequency"], one["length"], one["note"]) == ("week", 1, "one value; its step is taken to be 1 week")
    assert made.facts.filter(pl.col("series_id") != "one")["note"].null_count() == 3
    assert prepare(warehouse, frequency=HOUR, only=["one"]).panels[0].frequency == HOUR


def test_a_frequency_that_is_given_is_taken(warehouse: Warehouse) -> None:
    hold(warehouse, daily("a", range(10), step=2))
    assert prepare(warehouse).panels[0].frequency == named("2 days")
    made = prepare(warehouse, frequency=DAY)
    np.testing.assert_allclose(made.panels[0].values, [np.arange(0, 9.5, 0.5)])
    assert made.facts["filled"].item() == 9
    assert reasons(prepare(warehouse, frequency=HOUR))["a"] == (
        "423 of its 433 values are missing, which is more than half"
    )
    assert "not whole steps of 1 week apart" in reasons(prepare(warehouse, frequency=WEEK))["a"]
    assert "not whole steps of 1 month apart" in reasons(prepare(warehouse, frequency=MONTH))["a"]


def test_times_are_moved_to_a_frequency_that_is_given_where_one_is_in_each_step(warehouse: Warehouse) -> None:
    # Thursdays, but for a Wednesday and a Sunday; 2024-01-01 is a Monday
    hold(warehouse, [("a", datetime(2024, 1, day, 20), day) for day in (4, 10, 21, 25)])
    hold(warehouse, [("b", datetime(2024, 1, day, 20), day) for day in (4, 10, 12, 21)])
    hold(warehouse, [("c", datetime(2024, 1, day, 20), day) for day in (4, 11, 18, 25)])
    assert set(reasons(prepare(warehouse))) == {"a", "b"}
    made = prepare(warehouse, frequency=WEEK)
    assert made.panels[0].values.tolist() == [[4, 10, 21, 25], [4, 11, 18, 25]]
    assert made.panels[0].ends.tolist() == [datetime(2024, 1, 22), datetime(2024, 1, 25, 20)]
    assert made.facts["note"].to_list() == ["its times were moved to where steps of 1 week begin", None]
    assert set(reasons(made)) == {"b"}


def test_nothing_after_a_day_is_used(warehouse: Warehouse) -> None:
    hours = [("h", NEW_YEAR + timedelta(hours=h), float(h)) for h in range(72)]
    hold(warehouse, [*hours, *daily("late", [1, 2, 3], datetime(2024, 1, 3))])
    made = prepare(warehouse, as_of=date(2024, 1, 2))
    np.testing.assert_array_equal(made.panels[0].values, [np.arange(48)])
    assert reasons(made) == {"late": "it has no values by the end of 2024-01-02"}
    with warehouse.writing() as con:
        con.execute("DELETE FROM raw.series WHERE observed_at >= TIMESTAMP '2024-01-03'")
    again = prepare(warehouse)
    np.testing.assert_array_equal(made.panels[0].values, again.panels[0].values)
    assert made.facts.equals(again.facts)


def test_series_can_be_chosen(warehouse: Warehouse) -> None:
    hold(warehouse, [*daily("a", [1, 2]), *daily("b", [3, 4]), *daily("c", [5, 6])])
    assert list(prepare(warehouse, only=["c", "a"]).panels[0].ids) == ["a", "c"]
    with pytest.raises(UnknownNameError, match="no series 'd'"):
        prepare(warehouse, only=["a", "d"])


def test_series_of_very_different_lengths_are_kept_apart(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    rows = [row for n in range(10) for row in daily(f"short{n}", range(5))]
    hold(warehouse, [*rows, *daily("long", range(300))])
    together = prepare(warehouse)
    assert [panel.values.shape for panel in together.panels] == [(11, 300)]
    monkeypatch.setattr("toolkit.series.ROOMY", 1000)
    apart = prepare(warehouse)
    assert sorted(panel.values.shape for panel in apart.panels) == [(1, 300), (10, 5)]
    assert set(apart.facts["series_id"]) == set(together.facts["series_id"])
    for series, panel, row, length in apart.facts.select("series_id", "panel", "row", "length").iter_rows():
        assert apart.panels[panel].ids[row] == series
        assert apart.panels[panel].values[row, -length:].tolist() == list(range(length))
    monkeypatch.setattr("toolkit.series.LARGEST", 200)
    with pytest.raises(ModelError, match="1 series of up to 300 values do not fit into memory"):
        prepare(warehouse)


def test_many_rows_are_looked_at_in_blocks(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(warehouse, [row for n in range(30) for row in daily(f"s{n:02}", range(5 + n), step=1 + n % 2)])
    at_once = prepare(warehouse)
    monkeypatch.setattr("toolkit.series.BLOCK", 40)
    assert prepare(warehouse).facts.equals(at_once.facts)


def test_rows_may_be_in_any_order(warehouse: Warehouse) -> None:
    rows = [*daily("a", [1, 2, 3]), *daily("b", [4, 5, 6])]
    hold(warehouse, [rows[place] for place in (5, 1, 3, 0, 4, 2)])
    np.testing.assert_array_equal(prepare(warehouse).panels[0].values, [[1, 2, 3], [4, 5, 6]])


def test_without_series_it_is_said_how_to_get_some(warehouse: Warehouse) -> None:
    with pytest.raises(ModelError, match="no series yet; load some first"):
        prepare(warehouse)
    with pytest.raises(UsageError, match="loaded series are not added up"):
        prepare(warehouse, grouping="title")


# -- tickets and watches ---------------------------------------------------------------------------------------------


def sell(warehouse: Warehouse) -> None:
    """Two films called Heat and another; the last purchase is of the afternoon of 9 March."""
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, year, load) VALUES "
            "(1, 't1', 'Heat', 1995, 1), (2, 't2', 'Heat', 2024, 1), (3, 't3', 'Alien', NULL, 1)"
        )
        con.execute("INSERT INTO raw.genres VALUES (1, 'Crime', 1), (2, 'Crime', 1), (2, 'Drama', 1)")
        con.execute(
            "INSERT INTO raw.purchases (viewer_key, title_key, tickets, cinema, purchased_at, load) VALUES "
            "(1, 1, 2, 'Roxy', '2024-01-01 10:00', 1), (1, 1, NULL, 'Roxy', '2024-01-01 23:59', 1), "
            "(1, 1, 4, 'Lux', '2024-01-03 00:00', 1), (1, 2, 5, 'Roxy', '2024-03-06 12:00', 1), "
            "(1, 2, 1, NULL, '2024-03-08 12:00', 1), (1, 3, 7, 'Lux', '2024-03-09 14:00', 1), "
            "(1, 3, 9, 'Lux', NULL, 1)"
        )


def test_tickets_are_added_up_by_day(warehouse: Warehouse) -> None:
    sell(warehouse)
    made = prepare(warehouse, "tickets")
    (panel,) = made.panels
    assert list(panel.ids) == ["all"]
    assert panel.values.shape == (1, 68)  # 1 January to 8 March of a leap year
    assert panel.values[0, :3].tolist() == [3, 0, 4]
    assert panel.values[0, -3:].tolist() == [5, 0, 1]
    assert panel.values.sum() == 13
    assert panel.ends.tolist() == [datetime(2024, 3, 8)]
    assert panel.floors.tolist() == [0]
    assert made.unit == "tickets"
    assert made.facts.select("series_id", "source", "grouping", "length", "filled").row(0) == (
        "all", "tickets", "total", 68, 0,
    )  # fmt: skip
    assert made.notes == (
        "1 tickets without a time were left out",
        "2024-03-09 was left out: its last event is of 14:00, so the day is not over",
    )


def test_a_last_day_counts_where_it_is_over(warehouse: Warehouse) -> None:
    sell(warehouse)
    with warehouse.writing() as con:
        con.execute("UPDATE raw.purchases SET purchased_at = '2024-03-09 20:00' WHERE title_key = 3 AND tickets = 7")
    assert prepare(warehouse, "tickets").panels[0].values[0, -1] == 7
    with warehouse.writing() as con:
        con.execute("UPDATE raw.purchases SET purchased_at = date_trunc('day', purchased_at)")
    made = prepare(warehouse, "tickets")
    assert made.panels[0].values[0, -1] == 7
    assert made.notes == ("1 tickets without a time were left out",)


def test_titles_begin_with_their_first_sale_and_end_with_the_source(warehouse: Warehouse) -> None:
    sell(warehouse)
    made = prepare(warehouse, "tickets", grouping="title")
    (panel,) = made.panels
    assert list(panel.ids) == ["Heat (1995)", "Heat (2024)"]
    assert panel.lengths.tolist() == [68, 3]
    assert panel.values[0, -60:].tolist() == [0] * 60
    assert panel.values[1, -3:].tolist() == [5, 0, 1]
    # the first of them is of a year long before; the other began well after the source did, in its year
    assert np.isnat(panel.released).tolist() == [True, False]
    assert panel.released[1] == np.datetime64("2024-03-06")
    assert made.tables == ("raw.purchases", "raw.titles")
    assert list(prepare(warehouse, "tickets", grouping="title", only=["Heat (2024)"]).panels[0].ids) == ["Heat (2024)"]


def test_titles_of_one_name_and_year_are_told_apart_by_their_ids(warehouse: Warehouse) -> None:
    sell(warehouse)
    with warehouse.writing() as con:
        con.execute("UPDATE raw.titles SET year = 1995 WHERE title_key = 2")
    ids = prepare(warehouse, "tickets", grouping="title").panels[0].ids
    assert list(ids) == ["Heat (1995) [t1]", "Heat (1995) [t2]"]


def test_cinemas_and_genres_have_series_of_their_own(warehouse: Warehouse) -> None:
    sell(warehouse)
    cinemas = prepare(warehouse, "tickets", grouping="cinema").panels[0]
    assert dict(zip(cinemas.ids, np.nansum(cinemas.values, axis=1), strict=True)) == {"Lux": 4, "Roxy": 8}
    assert cinemas.lengths.tolist() == [66, 68]
    genres = prepare(warehouse, "tickets", grouping="genre").panels[0]
    assert dict(zip(genres.ids, np.nansum(genres.values, axis=1), strict=True)) == {"Crime": 13, "Drama": 6}


def test_tickets_as_of_a_day_are_those_of_a_warehouse_without_what_came_later(warehouse: Warehouse) -> None:
    sell(warehouse)
    early = prepare(warehouse, "tickets", grouping="title", as_of=date(2024, 3, 7))
    with warehouse.writing() as con:
        con.execute("DELETE FROM raw.purchases WHERE purchased_at >= TIMESTAMP '2024-03-08'")
        con.execute(
            "INSERT INTO raw.purchases (title_key, tickets, purchased_at, load) VALUES (1, 0, '2024-03-07 22:00', 1)"
        )
    later = prepare(warehouse, "tickets", grouping="title")
    np.testing.assert_array_equal(early.panels[0].values, later.panels[0].values)
    assert early.facts.equals(later.facts)
    np.testing.assert_array_equal(early.panels[0].released, later.panels[0].released)
    with pytest.raises(ModelError, match="no tickets by the end of 2023-12-31; the first are of 2024-01-01"):
        prepare(warehouse, "tickets", as_of=date(2023, 12, 31))


def test_watches_are_minutes_or_else_counted(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.watches VALUES (1, 1, 30.5, '2024-01-01 10:00', 1), (1, 2, 0.1, '2024-01-01 11:00', 1), "
            "(1, 1, NULL, '2024-01-02 12:00', 1), (1, 1, 5, '2024-01-03 21:00', 1)"
        )
    made = prepare(warehouse, "watches")
    assert made.panels[0].values.tolist() == [[30.6, 0, 5]]
    assert (made.unit, made.notes) == ("minutes", ("1 watches without minutes were left out",))
    with warehouse.writing() as con:
        con.execute("UPDATE raw.watches SET minutes = NULL")
    made = prepare(warehouse, "watches")
    assert made.panels[0].values.tolist() == [[2, 1, 1]]
    assert made.unit == "watches"


def test_what_cannot_be_added_up_is_said(warehouse: Warehouse) -> None:
    with pytest.raises(ModelError, match="no tickets with a time; load some first, such as: cinekit load purchases"):
        prepare(warehouse, "tickets")
    with pytest.raises(UsageError, match="watches cannot be added up by cinema; they can by total, title, genre"):
        prepare(warehouse, "watches", grouping="cinema")
    with pytest.raises(UsageError, match="tickets are added up by day"):
        prepare(warehouse, "tickets", frequency=HOUR)
    sell(warehouse)
    with warehouse.writing() as con:
        con.execute("DELETE FROM raw.genres")
    with pytest.raises(ModelError, match="none of the tickets has a genre"):
        prepare(warehouse, "tickets", grouping="genre")
