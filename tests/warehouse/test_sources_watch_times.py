"""Minutes watched by day and on the next one, out of a plain table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load

HELD = (
    "SELECT viewer_id, place, day, watch_time, next_watch_time FROM raw.watch_times "
    "JOIN raw.viewers USING (viewer_key) ORDER BY viewer_id, place"
)


def written(folder: Path, text: str, name: str = "evenings.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_without_a_viewer_are_of_one_who_is_named_after_the_file(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "watch_time,next_watch_time\n10,20.5\n20.5,0\n0,\n")
    report = load(warehouse, "watch-times", path)
    assert report.taken == 3
    assert "no column says whose row it is: all are of 'evenings'" in report.notes
    assert warehouse.query(HELD).rows() == [
        ("evenings", 1, None, 10, 20.5), ("evenings", 2, None, 20.5, 0), ("evenings", 3, None, 0, None),
    ]  # fmt: skip
    assert load(warehouse, "watch-times", path).already_loaded


def test_a_file_that_has_grown_adds_its_new_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "watch-times", written(tmp_path, "watch_time,next_watch_time\n10,20\n20,\n"))
    report = load(warehouse, "watch-times", written(tmp_path, "watch_time,next_watch_time\n10,20\n20,5\n5,\n"))
    assert (report.taken, report.folded) == (2, 1)
    held = [row[1:] for row in warehouse.query(HELD).rows()]
    assert held == [(1, None, 10, 20), (2, None, 20, 5), (3, None, 5, None)]
    assert warehouse.repeated_keys() == []


def test_each_viewer_has_places_of_their_own(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user_id,watch_time_seconds,next_watch_time_seconds\nb,60,120\na,30,0\nb,120,60\n"
    load(warehouse, "watch-times", written(tmp_path, text))
    assert warehouse.query(HELD).rows() == [("a", 1, None, 0.5, 0), ("b", 1, None, 1, 2), ("b", 2, None, 2, 1)]


def test_days_give_the_order_and_later_files_add_to_them(warehouse: Warehouse, tmp_path: Path) -> None:
    header = "user_id,date,watch_time,next_watch_time\n"
    load(warehouse, "watch-times", written(tmp_path, f"{header}a,2024-01-02,7,8\na,2024-01-01,5,7\n"))
    load(warehouse, "watch-times", written(tmp_path, f"{header}a,2024-01-03,8,9\na,2024-01-02,7,8\n"))
    rows = warehouse.query(HELD).rows()
    assert [row[2:] for row in rows] == [
        (date(2024, 1, 1), 5, 7), (date(2024, 1, 2), 7, 8), (date(2024, 1, 3), 8, 9),
    ]  # fmt: skip
    assert [row[1] for row in rows] == [19723, 19724, 19725]  # days since 1970
    assert warehouse.repeated_keys() == []


def test_what_is_impossible_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    text = (
        "user_id,date,watch_time,next_watch_time\na,2024-01-01,-1,2\na,2024-01-02,,2\na,2024-01-03,1,inf\n"
        "a,2024-01-04,1,20000\na,,1,2\na,2024-01-06,1,2\na,2024-01-06,1,3\na,2024-01-07,1,2\na,2024-01-07,1,2\n"
        ",2024-01-07,1,2\na,2024-01-08,x,2\n"
    )
    report = load(warehouse, "watch-times", written(tmp_path, text))
    assert (report.taken, report.folded, report.refused) == (1, 1, 9)
    twice = "this day is there more than once for the viewer, with other minutes"
    assert dict(warehouse.query("SELECT line, reason FROM meta.refused_rows").rows()) == {
        2: "watch time is negative", 3: "no watch time", 4: "next watch time is not a finite number",
        5: "next watch time is more than a week", 6: "no time", 7: twice, 8: twice, 11: "no viewer id",
        12: "watch time is not a number",
    }  # fmt: skip


def test_both_minutes_are_needed(warehouse: Warehouse, tmp_path: Path) -> None:
    said = "no column for the next; it has watch_time; say which it is with --map next="
    with pytest.raises(SourceError, match=said):
        load(warehouse, "watch-times", written(tmp_path, "watch_time\n1\n"))
    path = written(tmp_path, "watch_time,tomorrow\n1,2\n")
    load(warehouse, "watch-times", path, mapping={"next_watch_time": "tomorrow"})
    assert [row[3:] for row in warehouse.query(HELD).rows()] == [(1, 2)]
