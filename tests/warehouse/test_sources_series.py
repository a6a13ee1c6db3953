# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""Time series: columns, dates in the forms that people write, rows that are there twice, and what is refused."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError, UsageError
from warehouse.loads import LoadReport, load

pytestmark = pytest.mark.slow

Rows = list[tuple[str, datetime, float]]


def written(folder: Path, text: str, name: str = "gross.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def held(warehouse: Warehouse) -> Rows:
    return warehouse.query("SELECT series_id, observed_at, observation FROM raw.series ORDER BY ALL").rows()


def refused(warehouse: Warehouse) -> dict[int, str]:
    return dict(warehouse.query("SELECT line, reason FROM meta.refused_rows").rows())


def reasons(report: LoadReport) -> dict[str, int]:
    return {reason: rows for reason, rows, _, _ in report.reasons}


def times(warehouse: Warehouse) -> list[datetime]:
    return [time for _, time, _ in held(warehouse)]


@pytest.mark.parametrize(
    "header",
    ["unique_id,ds,y", "series,date,value", "item_id,timestamp,sales", "Store,Week,Units Sold", "title,day,tickets",
     "cinema_id,month,box_office", "movie,Date,Gross", "channel,period,viewers"],
)  # fmt: skip
def test_usual_names_are_known(warehouse: Warehouse, tmp_path: Path, header: str) -> None:
    report = load(warehouse, "series", written(tmp_path, f"{header}\na,2024-01-01,1.5\nb,2024-01-01,-2\n"))
    assert (report.taken, report.refused, report.folded) == (2, 0, 0)
    assert held(warehouse) == [("a", datetime(2024, 1, 1), 1.5), ("b", datetime(2024, 1, 1), -2)]


def test_the_names_of_the_trade_go_before_other_columns(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "title,date,month,count,unique_id,ds,y\nx,2020-01-01,1,9,a,2024-01-01,1\n"
    report = load(warehouse, "series", written(tmp_path, text))
    assert held(warehouse) == [("a", datetime(2024, 1, 1), 1)]
    assert report.notes == ("columns: id = unique_id, time = ds, value = y", "not used: title, date, month, count")


def test_two_columns_that_could_be_meant_are_asked_for(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "date,title,cinema,tickets\n2024-01-01,Heat,Roxy,3\n")
    with pytest.raises(SourceError, match="id could be column 'title' or 'cinema'; say which with --map id=COLUMN"):
        load(warehouse, "series", path)
    load(warehouse, "series", path, mapping={"unique_id": "cinema", "y": "tickets"})
    assert held(warehouse) == [("Roxy", datetime(2024, 1, 1), 3)]


@pytest.mark.parametrize("name", ["box office.csv", "box office.csv.gz", "box office.tsv"])
def test_without_ids_the_series_is_called_like_the_file(warehouse: Warehouse, tmp_path: Path, name: str) -> None:
    text = "ds,y\n2024-01-01,1\n".replace(",", "\t" if name.endswith("tsv") else ",")
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    report = load(warehouse, "series", path)
    assert held(warehouse) == [("box office", datetime(2024, 1, 1), 1)]
    assert "no column says which series a row is of: all are of 'box office'" in report.notes


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["2024-02-29", "2024-03-01 18:30"], [datetime(2024, 2, 29), datetime(2024, 3, 1, 18, 30)]),
        (["2024-01-01T00:00+02:00", "2024-07-01T00:00:00+02"], [datetime(2023, 12, 31, 22), datetime(2024, 6, 30, 22)]),
        (["2024-01-01T12:00+02:00", "2024-07-01 00:00:00Z"], [datetime(2024, 1, 1, 10), datetime(2024, 7, 1)]),
        # summer time begins: the days are meant
        (["2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00"], [datetime(2024, 3, 31), datetime(2024, 4, 1)]),
        (["20240131", "20240201"], [datetime(2024, 1, 31), datetime(2024, 2, 1)]),
        (["1704067200", "1704153600"], [datetime(2024, 1, 1), datetime(2024, 1, 2)]),
        (["1704067200500", "1704153600000"], [datetime(2024, 1, 1, 0, 0, 0, 500_000), datetime(2024, 1, 2)]),
        (["1704067200.5", "1704153600"], [datetime(2024, 1, 1, 0, 0, 0, 500_000), datetime(2024, 1, 2)]),
        (["2023", "2024"], [datetime(2023, 1, 1), datetime(2024, 1, 1)]),
        (["2023-12", "2024-1"], [datetime(2023, 12, 1), datetime(2024, 1, 1)]),
        (["2023/11", "2023/12"], [datetime(2023, 11, 1), datetime(2023, 12, 1)]),
        (["2023Q4", "2024-q1"], [datetime(2023, 10, 1), datetime(2024, 1, 1)]),
        (["2020-W53", "2021W01"], [datetime(2020, 12, 28), datetime(2021, 1, 4)]),
        (["2024/01/31", "2024/2/1 06:00"], [datetime(2024, 1, 31), datetime(2024, 2, 1, 6)]),
        (["03/04/2024", "13/04/2024"], [datetime(2024, 4, 3), datetime(2024, 4, 13)]),
        (["03/04/2024", "04/13/2024 20:15"], [datetime(2024, 3, 4), datetime(2024, 4, 13, 20, 15)]),
        (["3.4.2024", "31.12.2024"], [datetime(2024, 4, 3), datetime(2024, 12, 31)]),
    ],
)
def test_times_are_read_in_the_form_of_their_column(
    warehouse: Warehouse, tmp_path: Path, given: list[str], expected: list[datetime]
) -> None:
    report = load(warehouse, "series", written(tmp_path, "ds,y\n" + "".join(f"{time},1\n" for time in given)))
    assert times(warehouse) == expected
    assert report.refused == 0


def test_the_order_of_day_and_month_may_show_in_a_late_row(warehouse: Warehouse, tmp_path: Path) -> None:
    lines = [f"{month:02}/{1 + n % 12:02}/{2000 + n // 12},1\n" for n in range(1200) for month in (1,)]
    report = load(warehouse, "series", written(tmp_path, "ds,y\n" + "".join(lines) + "28/01/2100,1\n"))
    assert times(warehouse)[1] == datetime(2000, 2, 1)
    assert "times of ds are as 31/01/2024, the day first" in report.notes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["03/04/2024", "04/05/2024"],
            "whether 04/05/2024 of ds is day/month or month/day does not show.*write them as",
        ),
        (["13/04/2024", "04/13/2024"], "ds has dates in two formats, such as 13/04/2024 and 04/13/2024; write them as"),
        (["1", "2", "3"], "ds holds no times, but such as '1'; write dates, such as 2024-01-31"),
        (["Monday", "Tuesday"], "ds holds no times, but such as 'Monday'"),
        (["", ""], "no row of the first ones has a time in column ds"),
    ],
)
def test_a_column_without_one_form_is_refused(
    warehouse: Warehouse, tmp_path: Path, given: list[str], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        load(warehouse, "series", written(tmp_path, "ds,y\n" + "".join(f"{time},1\n" for time in given)))
    assert held(warehouse) == []


def test_dates_of_another_form_than_most_are_refused_and_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    given = ["2024-01-01", "2024-01-02", "03/01/2024", "2024-01-04", "1704067200", "2024W53", "2023-02-29", "soon", ""]
    load(warehouse, "series", written(tmp_path, "ds,y\n" + "".join(f"{time},1\n" for time in given)))
    assert len(held(warehouse)) == 3
    another = "time is in another form than most of the column (as 2024-01-31)"
    unread = "time is not a time that can be read"
    assert refused(warehouse) == {4: another, 6: another, 7: another, 8: unread, 9: unread, 10: "no time"}


def test_values_that_are_none_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    values = {"1.5": None, "": "no value", "x": "value is not a number", "inf": "value is not a finite number",
              "nan": "value is not a finite number", '"2,5"': "value is not a number (a decimal comma?)",
              "-3e2": None}  # fmt: skip
    text = "ds,y\n" + "".join(f"2024-01-{day:02},{value}\n" for day, value in enumerate(values, start=1))
    report = load(warehouse, "series", written(tmp_path, text))
    assert [value for _, _, value in held(warehouse)] == [1.5, -300]
    assert refused(warehouse) == {line: reason for line, reason in enumerate(values.values(), start=2) if reason}
    assert (report.taken, report.refused) == (2, 5)


def test_decimal_commas_are_read_beside_semicolons(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "series", written(tmp_path, "ds;y\n2024-01-01;1,5\n2024-01-02;20\n"))
    assert [value for _, _, value in held(warehouse)] == [1.5, 20]


def test_times_that_are_there_twice_are_refused_or_added_up(warehouse: Warehouse, tmp_path: Path) -> None:
    text = (
        "unique_id,ds,y\na,2024-01-01,1\na,2024-01-01,2\na,2024-01-02,3\na,2024-01-02,3\na,2024-01-03,4\n"
        "b,2024-01-01,5\na,2024-01-01,x\n"
    )
    path = written(tmp_path, text)
    report = load(warehouse, "series", path)
    assert (report.taken, report.refused, report.folded) == (3, 3, 1)
    twice = "this time is there more than once in the series, with other values; add them up with --sum"
    assert reasons(report) == {twice: 2, "value is not a number": 1}
    assert held(warehouse) == [
        ("a", datetime(2024, 1, 2), 3), ("a", datetime(2024, 1, 3), 4), ("b", datetime(2024, 1, 1), 5),
    ]  # fmt: skip
    added = load(warehouse, "series", path, add_up=True)
    assert not added.already_loaded
    assert (added.taken + added.folded, added.refused) == (6, 1)
    assert "4 rows were added up into 2 values, one a series and time" in added.notes
    assert held(warehouse) == [
        ("a", datetime(2024, 1, 1), 3), ("a", datetime(2024, 1, 2), 6), ("a", datetime(2024, 1, 3), 4),
        ("b", datetime(2024, 1, 1), 5),
    ]  # fmt: skip
    assert load(warehouse, "series", path, add_up=True).already_loaded
    assert load(warehouse, "series", path).already_loaded
    assert warehouse.repeated_keys() == []


def test_a_later_load_replaces_and_the_same_one_adds_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "series", written(tmp_path, "id,ds,y\na,2024-01-01,1\na,2024-01-02,2\n"))
    assert load(warehouse, "series", tmp_path / "gross.csv").already_loaded
    report = load(warehouse, "series", written(tmp_path, "id,ds,y\na,2024-01-01,1\na,2024-01-02,9\na,2024-01-03,3\n"))
    assert (report.taken, report.folded) == (2, 1)
    assert [value for _, _, value in held(warehouse)] == [1, 9, 3]
    assert warehouse.repeated_keys() == []


def test_a_wide_table_is_refused_with_the_way_out(warehouse: Warehouse, tmp_path: Path) -> None:
    numbered = ",".join(f"V{n}" for n in range(1, 30)) + "\n" + ",".join(["H1", *("1" * 28)]) + "\n"
    with pytest.raises(
        SourceError, match="is wide: one row a series, its values in columns V1 to V29; write one row a"
    ):
        load(warehouse, "series", written(tmp_path, numbered))
    dated = "unique_id," + ",".join(f"2024-{m:02}" for m in range(1, 13)) + "\n" + ",".join(["a", *("1" * 12)]) + "\n"
    with pytest.raises(SourceError, match="columns 2024-01 to 2024-12; write one row a value"):
        load(warehouse, "series", written(tmp_path, dated))


def test_a_table_without_times_or_values_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="no column for the time; it has unique_id, y; say which it is with --map time"
    ):
        load(warehouse, "series", written(tmp_path, "unique_id,y\na,1\n"))
    with pytest.raises(SourceError, match="no column for the value; it has unique_id, ds; say which"):
        load(warehouse, "series", written(tmp_path, "unique_id,ds\na,2024-01-01\n"))


def test_parquet_and_json_are_read(warehouse: Warehouse, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"unique_id": [1, 1, 2, 2], "ds": [datetime(2024, 1, day) for day in (1, 2, 2, 2)], "y": [1.0, None, 3.0, 4.0]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    report = load(warehouse, "series", tmp_path / "a.parquet")
    assert held(warehouse) == [("1", datetime(2024, 1, 1), 1)]
    assert report.refused == 3
    path = written(
        tmp_path, '{"series": "j", "date": "2024-02-01", "value": 2}\n{"series": "j", "date": null}\n', "a.jsonl"
    )
    report = load(warehouse, "series", path)
    assert held(warehouse)[-1] == ("j", datetime(2024, 2, 1), 2)
    assert reasons(report) == {"no time": 1}


def test_only_series_are_added_up(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ratings take no --sum"):
        load(warehouse, "ratings", written(tmp_path, "user,item,rating\n1,1,1\n"), add_up=True)
