"""Loading: what a load takes, folds, refuses and records, whatever the source."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import Warehouse
from warehouse.errors import SourceError, UnknownNameError, UsageError
from warehouse.loads import load


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "w.duckdb")


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    return warehouse.query(sql).rows()


def counts(report: object) -> tuple[int, int, int]:
    return report.taken, report.refused, report.folded  # type: ignore[attr-defined]


def test_a_table_with_usual_names_loads_as_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "w.csv", "audience_id,movie_id,watch_time\na1,m1,90\na2,m1,\na1,m2,30.5\n")
    report = load(warehouse, "watches", path)
    assert counts(report) == (3, 0, 0)
    assert report.load == 1
    assert report.tables == {"raw.viewers": 2, "raw.titles": 2, "raw.watches": 3}
    assert rows(warehouse, "SELECT viewer_key, viewer_id FROM raw.viewers ORDER BY 1") == [(1, "a1"), (2, "a2")]
    assert rows(warehouse, "SELECT viewer_key, title_key, minutes FROM raw.watches ORDER BY ALL") == [
        (1, 1, 90.0), (1, 2, 30.5), (2, 1, None)]  # fmt: skip


def test_the_same_content_is_loaded_once(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user,item,rating\n1,2,3\n"
    first = load(warehouse, "ratings", written(tmp_path, "a.csv", text))
    again = load(warehouse, "ratings", written(tmp_path, "b.csv", text))
    assert again.already_loaded
    assert again.load == first.load == 1
    assert rows(warehouse, "SELECT count(*) FROM meta.loads") == [(1,)]
    other = load(warehouse, "ratings", tmp_path / "a.csv", mapping={"viewer": "user"})
    assert not other.already_loaded
    assert counts(other) == (0, 0, 1)


def test_the_latest_rating_stands_then_the_later_line(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user,item,rating,timestamp\nv,t,1,200\nv,t,2,100\nv,u,3,100\nv,u,4,100\nw,t,5,\n"
    assert counts(load(warehouse, "ratings", written(tmp_path, "a.csv", text))) == (3, 0, 2)
    assert rows(warehouse, "SELECT viewer, title_id, rating FROM ratings ORDER BY ALL") == [
        ("v", "t", 1.0), ("v", "u", 4.0), ("w", "t", 5.0)]  # fmt: skip


def test_a_later_load_replaces_what_is_not_rated_later(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "ratings", written(tmp_path, "a.csv", "user,item,rating,timestamp\nv,t,1,200\nv,u,1,200\n"))
    report = load(
        warehouse, "ratings", written(tmp_path, "b.csv", "user,item,rating,timestamp\nv,t,2,199\nv,u,3,200\nx,y,4,1\n")
    )
    assert counts(report) == (2, 0, 1)
    assert rows(warehouse, "SELECT viewer, title_id, rating FROM ratings ORDER BY ALL") == [
        ("v", "t", 1.0), ("v", "u", 3.0), ("x", "y", 4.0)]  # fmt: skip


def test_identical_watches_fold_and_are_not_added_again(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user,item,minutes,time\nv,t,10,2020-01-01\nv,t,10,2020-01-01\nv,t,11,2020-01-01\n"
    assert counts(load(warehouse, "watches", written(tmp_path, "a.csv", text))) == (2, 0, 1)
    more = text + "v,t,12,2020-01-01\n"
    assert counts(load(warehouse, "watches", written(tmp_path, "b.csv", more))) == (1, 0, 3)


def test_watches_without_a_time_are_all_kept_but_not_added_twice(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user,item,minutes\nv,t,10\nv,t,10\n"
    assert counts(load(warehouse, "watches", written(tmp_path, "a.csv", text))) == (2, 0, 0)
    assert counts(load(warehouse, "watches", written(tmp_path, "b.csv", text + "v,t,10\nv,t,\n"))) == (2, 0, 2)
    assert rows(warehouse, "SELECT count(*) FROM raw.watches") == [(4,)]


def test_impossible_rows_are_kept_with_line_and_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    text = (
        "user,item,rating,time\n"
        "v,t,1,2020-01-01\n"
        ",t,1,2020-01-01\n"  # 3
        "\n"
        'v,"two\nlines",-1,2020-01-01\n'  # 5
        "v,,1,2020-01-01\n"  # 7
        "v,u,nan,2020-01-01\n"
        "v,u,good,2020-01-01\n"  # 9
        "v,u,1,yesterday\n"
        "v,u,1,1066-10-14\n"
        "v,u\n"  # 12
        "v,u,1,2020-01-01,5\n"
        "v,u,,2020-01-01\n"
        "v,u,2,\n"
    )
    report = load(warehouse, "ratings", written(tmp_path, "r.csv", text))
    assert counts(report) == (2, 10, 0)
    assert sum(reason[1] for reason in report.reasons) == 10
    refused = rows(warehouse, "SELECT line, reason, content FROM meta.refused_rows ORDER BY line")
    assert [(line, reason.split(" (")[0]) for line, reason, _ in refused] == [
        (3, "no viewer id"), (5, "rating is negative"), (7, "no title id"), (8, "rating is not a finite number"),
        (9, "rating is not a number"), (10, "time is not a time that can be read"),
        (11, "time is not between 1880 and 2200"),
        (12, "too few columns"), (13, "too many columns"), (14, "no rating")]  # fmt: skip
    assert refused[0][2] == ",t,1,2020-01-01"
    assert refused[1][2] == 'v,"two\nlines",-1,2020-01-01'
    assert refused[7][2] == "v,u"


def test_refused_content_is_cut(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "ratings", written(tmp_path, "r.csv", f"user,item,rating\nv,{'é' * 900},-1\nv,t,1\n"))
    assert rows(warehouse, "SELECT length(content) FROM meta.refused_rows") == [(500,)]


def test_when_every_row_is_refused_nothing_is_loaded(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"r\.csv: all 2 rows were refused, the first in line 2: rating is negative"):
        load(warehouse, "ratings", written(tmp_path, "r.csv", "user,item,rating\nv,t,-1\nv,t,-2\n"))
    assert rows(warehouse, "SELECT count(*) FROM meta.loads") == [(0,)]
    assert rows(warehouse, "SELECT count(*) FROM raw.viewers") == [(0,)]
    assert rows(warehouse, "SELECT status FROM meta.runs") == [("failed",)]


def test_an_unknown_source_and_a_needless_mapping(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="movielens"):
        load(warehouse, "movilens", tmp_path)
    with pytest.raises(UsageError, match="--map"):
        load(warehouse, "movielens", tmp_path, mapping={"viewer": "x"})


def test_later_titles_fill_in_and_correct(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "watches", written(tmp_path, "w.csv", "user,movie_id\nv,m1\n"))
    assert rows(warehouse, "SELECT name FROM raw.titles") == [("m1",)]
    load(
        warehouse,
        "titles",
        written(tmp_path, "t.csv", "id,title,genres,plot\nm1,Heat (1995),Crime|Drama,Cops\nm2,Alien,,\n"),
    )
    report = load(
        warehouse, "titles", written(tmp_path, "u.csv", "id,title,genres,plot\nm1,Heat,Crime,\nm2,Aliens,,\n")
    )
    assert counts(report) == (1, 0, 1)
    assert rows(warehouse, "SELECT title_id, name, year, plot FROM raw.titles ORDER BY 1") == [
        ("m1", "Heat", 1995, "Cops"), ("m2", "Aliens", None, None)]  # fmt: skip
    assert rows(warehouse, "SELECT genre FROM raw.genres ORDER BY 1") == [("Crime",), ("Drama",)]


IDS = st.sampled_from(["1", "2", "007", "x y", "é", "", " ", '"q"'])
NUMBERS = st.sampled_from(["1", "2.5", "-1", "", "nan", "inf", "many", "0"])
TIMES = st.sampled_from(["", "2020-01-01", "2020-01-02T03:04:05Z", "never", "1700-01-01"])


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(IDS, IDS, NUMBERS, TIMES), min_size=1, max_size=12), st.sampled_from(["ratings", "watches"]))
def test_every_row_is_taken_refused_or_folded(empty_file: Path, lines: list[tuple[str, ...]], source: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(shutil.copy(empty_file, Path(folder) / "w.duckdb"))
        quoted = ["".join(["user,item,", "rating" if source == "ratings" else "minutes", ",time"])]
        quoted += [",".join('"' + f.replace('"', '""') + '"' for f in line) for line in lines]
        path = written(Path(folder), "f.csv", "\n".join(quoted) + "\n")
        try:
            report = load(warehouse, source, path)
        except SourceError as error:
            if f"all {len(lines)} rows were refused" in str(error):
                return
            raise
        assert sum(counts(report)) == len(lines)
        assert rows(warehouse, f"SELECT count(*) FROM raw.{source}") == [(report.taken,)]
        refused = rows(warehouse, "SELECT line, content FROM meta.refused_rows ORDER BY line")
        assert len(refused) == report.refused
        assert all(content == quoted[line - 1] for line, content in refused)


def test_more_new_viewers_than_a_row_group_holds_are_all_there(warehouse: Warehouse, tmp_path: Path) -> None:
    """DuckDB 2.0 can lose rows that a transaction inserts, 122,880 and more at once, into a table just made empty."""
    path = tmp_path / "many.csv"
    path.write_text("viewer,title,rating\n" + "\n".join(f"v{n},t{n % 7},4" for n in range(130_000)) + "\n")
    report = load(warehouse, "ratings", path)
    assert report.taken == 130_000
    counted = "SELECT (SELECT count(*) FROM raw.viewers), (SELECT count(DISTINCT viewer_key) FROM raw.ratings)"
    assert warehouse.query(counted).row(0) == (130_000, 130_000)
    assert warehouse.query("SELECT count(*) FROM ratings WHERE viewer = 'v129999'").item() == 1
