"""Histories: what is read, where observation ends, and what is cut away."""

from __future__ import annotations

import numpy as np
import pytest

from toolkit.errors import ModelError
from toolkit.history import History, midnight_after, read_history
from toolkit.testing.histories import history_of
from warehouse import Warehouse


def filled(warehouse: Warehouse, table: str, rows: list[tuple[object, ...]]) -> None:
    """Viewers 1 and 2, titles 1 and 2 of 100 minutes, and rows of a table of events."""
    columns = {
        "watches": "viewer_key, title_key, minutes, watched_at",
        "ratings": "viewer_key, title_key, rating, rated_at",
        "purchases": "viewer_key, title_key, tickets, purchased_at",
    }[table]
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id, age) VALUES (1, 'a', 30), (2, 'b', NULL)")
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, runtime_minutes) "
            "VALUES (1, 'x', 'Heat', 100), (2, 'y', NULL, 100)"
        )
        con.execute("INSERT INTO raw.genres (title_key, genre) VALUES (1, 'Drama'), (1, 'Action')")
        con.executemany(f"INSERT INTO raw.{table} ({columns}) VALUES (?, ?, ?, ?)", rows)


def read(warehouse: Warehouse) -> History:
    with warehouse.reading() as con:
        return read_history(con)


def test_watches_are_sorted_by_viewer_and_time_and_runtimes_stand_for_missing_minutes(warehouse: Warehouse) -> None:
    rows = [(2, 1, 10.5, "2025-03-02 20:00"), (1, 2, None, "2025-03-02 10:00"), (1, 1, 30, "2025-03-01 09:00"),
            (2, 2, 20, "2025-03-02 23:30"), (2, 2, 20, None)]  # fmt: skip
    filled(warehouse, "watches", rows)
    history = read(warehouse)
    assert history.viewers.tolist() == [1, 2]
    assert history.activity.offsets.tolist() == [0, 2, 4]
    assert history.activity.titles.tolist() == [0, 1, 0, 1]
    assert history.activity.amounts.tolist() == [1800, 6000, 630, 1200]
    assert (history.ages[0], np.isnan(history.ages[1])) == (30, True)
    assert (history.signal, history.timed, history.minutes) == ("watches", True, True)
    assert history.title_names == ("Heat", "y")
    assert history.genres[0] >= 0
    assert history.genres[1] == -1


@pytest.mark.parametrize(
    ("last", "day"), [("2025-03-04 22:59:59", "2025-03-03"), ("2025-03-04 23:00:00", "2025-03-04")]
)
def test_a_day_is_complete_where_something_happened_in_its_last_hour(
    warehouse: Warehouse, last: str, day: str
) -> None:  # fmt: skip
    filled(warehouse, "watches", [(1, 1, 30, "2025-03-01 09:00"), (2, 1, 30, last)])
    history = read(warehouse)
    assert (str(history.first_day), str(history.last_day)) == ("2025-03-01", day)
    assert history.activity.times.size == (2 if day == "2025-03-04" else 1)


def test_days_without_times_are_whole(warehouse: Warehouse) -> None:
    filled(warehouse, "watches", [(1, 1, 30, "2025-03-01"), (2, 1, 30, "2025-03-04")])
    history = read(warehouse)
    assert (str(history.last_day), history.timed) == ("2025-03-04", False)


def test_ratings_stand_for_watches_where_there_are_none(warehouse: Warehouse) -> None:
    filled(warehouse, "ratings", [(1, 1, 4.5, "2025-03-01 23:10"), (2, 1, 3, "2025-03-01 12:00")])
    history = read(warehouse)
    assert (history.signal, history.minutes) == ("ratings", False)
    assert history.activity.amounts.tolist() == [450, 300]


def test_nothing_with_a_time_is_said(warehouse: Warehouse) -> None:
    filled(warehouse, "watches", [(1, 1, 30, None)])
    with pytest.raises(ModelError, match="has a time"):
        read(warehouse)


def test_less_than_a_day_is_said(warehouse: Warehouse) -> None:
    filled(warehouse, "watches", [(1, 1, 30, "2025-03-01 10:00")])
    with pytest.raises(ModelError, match="no complete day"):
        read(warehouse)


def test_until_keeps_the_viewers_and_the_minutes_that_were_known() -> None:
    watches = [(0, 0, 90, "2025-01-01 23:30"), (0, 1, 50, "2025-01-02 12:00"), (2, 1, 50, "2025-01-02 12:00")]
    history = history_of(watches, first="2025-01-01", last="2025-01-03")
    known = history.until(np.datetime64("2025-01-01"))
    assert known.viewers.tolist() == history.viewers.tolist()
    assert known.activity.offsets.tolist() == [0, 1, 1, 1]
    assert known.activity.amounts.tolist() == [1800]  # half an hour until midnight
    assert str(known.last_day) == "2025-01-01"
    assert history.activity.amounts.tolist() == [5400, 3000, 3000]


def test_sessions_begin_after_a_pause_of_more_than_half_an_hour() -> None:
    watches = [(0, 0, 60, "2025-01-01 10:00"), (0, 1, 30, "2025-01-01 11:30"), (0, 1, 30, "2025-01-01 12:31"),
               (1, 0, 10, "2025-01-01 12:35")]  # fmt: skip
    history = history_of(watches, first="2025-01-01", last="2025-01-03")
    assert history.starts.tolist() == [True, False, True, True]
    assert history.sessions.offsets.tolist() == [0, 2, 3, 3]


def test_places_before_a_time_are_those_of_the_viewer() -> None:
    watches = [(0, 0, 5, "2025-01-01 10:00"), (0, 0, 5, "2025-01-03 10:00"), (2, 0, 5, "2025-01-02 00:00")]
    activity = history_of(watches, first="2025-01-01", last="2025-01-04").activity
    ends = midnight_after(np.array(["2025-01-01", "2025-01-02", "2025-01-09", "2024-01-01"], dtype="datetime64[D]"))
    assert activity.before(np.zeros(4, dtype=np.int64), ends).tolist() == [1, 1, 2, 0]
    assert activity.before(np.full(4, 1), ends).tolist() == [2, 2, 2, 2]
    assert activity.before(np.full(4, 2), ends).tolist() == [2, 3, 3, 2]  # midnight is of the next day
