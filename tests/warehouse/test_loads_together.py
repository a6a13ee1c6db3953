"""Several loads in one warehouse: who is the same, names for ids, what is refused to be mixed, and what is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from toolkit.loading import described
from toolkit.simulating import simulate_into
from warehouse import Warehouse
from warehouse.errors import SourceError, UnknownNameError, UsageError
from warehouse.loads import check_path, load

pytestmark = pytest.mark.slow

MOVIES = "movieId,title,genres\n1,Toy Story (1995),Comedy\n300,Quiz Show (1994),Drama\n5,300 (2006),Action\n"
RATINGS = "userId,movieId,rating,timestamp\n1,1,4,1000\n1,300,5,1000\n2,5,3,1000\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def movielens(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    written(tmp_path, "a/movies.csv", MOVIES)
    written(tmp_path, "a/ratings.csv", RATINGS)
    assert not [n for n in load(warehouse, "movielens", tmp_path / "a").notes if "already" in n]
    return warehouse


def test_ids_that_were_there_already_are_told(movielens: Warehouse, tmp_path: Path) -> None:
    written(tmp_path, "b/movies.csv", "movieId,title,genres\n1,Heat (1995),Crime\n7,Alien (1979),Horror\n")
    path = written(tmp_path, "b/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4,2000\n2,7,4,2000\n9,7,4,1\n")
    assert load(movielens, "movielens", tmp_path / "b").notes == (
        (
            "2 viewers and 1 title were there already under the same ids and are taken to be the same; "
            "load other people's data into another warehouse (--warehouse)"
        ),
    )
    path.write_text(path.read_text() + "9,1,5,3000\n")
    assert load(movielens, "movielens", tmp_path / "b").notes == ()  # the same file has grown
    strangers = load(movielens, "ratings", written(tmp_path, "c.csv", "user,movie_id,rating\nx,x1,5\n"))
    assert not any("already" in note for note in strangers.notes)
    other = load(movielens, "ratings", written(tmp_path, "d.csv", "user,movie_id,rating\nx,x2,5\n"))
    assert other.notes[-1].startswith("1 viewer was there already under the same id and is taken to be the same")


def test_films_that_match_are_not_told_again(movielens: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "f.jsonl", '{"title": "Toy Story", "year": 1995, "article": "Toy_Story", "cast": []}\n')
    assert load(movielens, "films", path).notes == ("1 titles matched of 3 that were there",)


def test_names_find_the_titles_that_are_there(movielens: Warehouse, tmp_path: Path) -> None:
    text = "user,movie\nx,Toy Story (1995)\nx,toy story\nx,300\nx,300 (2006)\nx,Heat (1995)\nx,Toy Story (2020)\n"
    report = load(movielens, "watches", written(tmp_path, "w.csv", text))
    assert "titles known by name: 2 that were there already, 2 new" in report.notes
    sql = "SELECT title_id, count(*) FROM watches GROUP BY ALL ORDER BY 1"
    assert movielens.query(sql).rows() == [("1", 2), ("5", 2), ("Heat (1995)", 1), ("Toy Story (2020)", 1)]
    # What is a new title by its name once is the same title the next time, and does not take another's id.
    more = "user,movie\ny,1\ny,Heat\ny,Heat (1995)\n"
    report = load(movielens, "watches", written(tmp_path, "v.csv", more))
    assert "titles known by name: 1 that were there already, 1 new" in report.notes
    assert load(movielens, "watches", written(tmp_path, "u.csv", more.replace("y", "z"))).tables == {
        "raw.viewers": 1, "raw.watches": 3}  # fmt: skip
    sql = "SELECT title_id, name FROM raw.titles WHERE title_id LIKE '1%' ORDER BY 1"
    assert movielens.query(sql).rows() == [("1", "Toy Story"), ("1 (title)", "1")]


def test_of_several_titles_of_a_name_the_one_in_use_is_meant(warehouse: Warehouse, tmp_path: Path) -> None:
    titles = "id,title\na,Heat (1986)\nb,Heat (1995)\n"
    titles += "c,Solaris (1972)\nd,Solaris (2002)\ne,Twice (1990)\nf,Twice (1990)\n"
    load(warehouse, "titles", written(tmp_path, "t.csv", titles))
    load(warehouse, "ratings", written(tmp_path, "r.csv", "user,title_id,rating\n1,b,5\n1,e,5\n"))
    text = "user,movie\nx,Heat\nx,Solaris\nx,Twice (1990)\n"
    report = load(warehouse, "watches", written(tmp_path, "w.csv", text))
    assert "titles known by name: 1 that were there already, 2 new" in report.notes
    assert warehouse.query("SELECT title_id FROM watches ORDER BY 1")["title_id"].to_list() == [
        "Solaris", "Twice (1990)", "b"]  # fmt: skip


def test_numbers_in_a_column_of_items_are_ids(movielens: Warehouse, tmp_path: Path) -> None:
    report = load(movielens, "watches", written(tmp_path, "w.csv", "user,item\nx,300\nx,5\n"))
    assert not any("by name" in note for note in report.notes)
    assert any(note.startswith("2 titles were there already") for note in report.notes)
    assert movielens.query("SELECT title_id FROM watches ORDER BY 1")["title_id"].to_list() == ["300", "5"]


def test_the_same_content_from_another_path_is_told_with_both(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user,item,rating\n1,2,3\n"
    first = load(warehouse, "ratings", written(tmp_path, "a.csv", text))
    again = load(warehouse, "ratings", written(tmp_path, "b.csv", text))
    assert (again.already_loaded, again.load, again.path) == (True, 1, str(tmp_path / "b.csv"))
    assert list(described(again)) == [
        f"{tmp_path / 'b.csv'} was already loaded, as load 1; nothing was added",
        f"  the same content as load 1, {first.path}",
    ]
    assert load(warehouse, "ratings", tmp_path / "a.csv").notes == ()


def test_a_second_simulation_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    assert simulate_into(warehouse, 4, 8, 10, 1).load == 1
    assert simulate_into(warehouse, 4, 8, 10, 1).already_loaded
    with pytest.raises(UsageError, match=r"test\.duckdb already holds another simulation \(simulation of 4 viewers"):
        simulate_into(warehouse, 4, 8, 10, 2)
    with pytest.raises(UsageError, match="another simulation"):
        simulate_into(warehouse, 4, 8, 10, 1, watches=50)
    (tmp_path / "sim").mkdir()
    pl.DataFrame({"title_id": ["t1"], "name": ["One"]}).write_parquet(tmp_path / "sim" / "titles.parquet")
    with pytest.raises(UsageError, match=r"another simulation .*; name another warehouse with --warehouse"):
        load(warehouse, "simulation", tmp_path / "sim")
    assert warehouse.query("SELECT count(*) AS n FROM meta.loads")["n"][0] == 1


def test_invented_people_do_not_mix_with_real_ones(movielens: Warehouse) -> None:
    with pytest.raises(UsageError, match=r"already holds real data \(movielens .*\); name another warehouse"):
        simulate_into(movielens, 4, 8, 10, 1)


def test_paths_are_checked_before_a_warehouse_is_opened(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "x")
    check_path("ratings", path)
    check_path("movielens", tmp_path)
    for source in ("ratings", "movielens", "simulation", "films"):
        with pytest.raises(SourceError, match="there is no "):
            check_path(source, tmp_path / "gone")
    with pytest.raises(SourceError, match="is a folder"):
        check_path("films", tmp_path)
    with pytest.raises(UnknownNameError, match="movielens"):
        check_path("movilens", path)
    with pytest.raises(SourceError, match="nothing was loaded"):
        check_path("ratings", tmp_path / ("x" * 300))


def test_a_refused_title_leaves_nothing_behind(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "titles.csv"
    path.write_text("id,name,year,genres,cast\n1,Good,1999,Drama,Al\n5,Bad,1500,Horror,Bo\n")
    report = load(warehouse, "titles", path)
    assert (report.taken, report.refused) == (1, 1)
    assert warehouse.query("SELECT title_id FROM raw.titles").rows() == [("1",)]
    assert warehouse.query("SELECT genre FROM raw.genres").rows() == [("Drama",)]
    assert warehouse.query("SELECT person FROM raw.credits").rows() == [("Al",)]


def test_a_later_rating_without_a_time_is_older_than_one_with(warehouse: Warehouse, tmp_path: Path) -> None:
    timed, untimed = tmp_path / "a.csv", tmp_path / "b.csv"
    timed.write_text("viewer,title,rating,time\nu,m,5,2024-01-01\n")
    untimed.write_text("viewer,title,rating\nu,m,1\n")
    load(warehouse, "ratings", timed)
    assert load(warehouse, "ratings", untimed).folded == 1
    assert warehouse.query("SELECT rating FROM raw.ratings").rows() == [(5.0,)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-01 10:00", "2024-01-01 10:00:00"),
        ("2024-01-01T10:00:30.5Z", "2024-01-01 10:00:30.5"),
        ("2024-01-01T10:00:00+02:00", "2024-01-01 08:00:00"),
        ("2024-01-01 10:00:00 -0500", "2024-01-01 15:00:00"),
        ("2024-01-01 10:00:00 America/New_York", None),
        ("2024-01-01 10:00:00 CET", None),
        ("2024-01-01 01:00:00 PM", None),
        ("epoch", None),
    ],
)
def test_a_time_is_read_with_its_zone_or_refused(
    warehouse: Warehouse, tmp_path: Path, written: str, read: str | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"viewer,title,rating,time\nu,m,5,{written}\nu,n,5,2024-01-02 00:00:00\n")
    report = load(warehouse, "ratings", path)
    times = warehouse.query("SELECT rated_at::VARCHAR FROM ratings WHERE title_id = 'm'").rows()
    assert (times, report.refused) == (([(read,)], 0) if read else ([], 1))


@pytest.mark.parametrize("stray", ["nan", "inf"])
def test_an_epoch_that_is_no_number_is_refused(warehouse: Warehouse, tmp_path: Path, stray: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"viewer,title,rating,timestamp\nu,m,5,1700000000.5\nu,n,3,1700000001.5\nu,o,3,{stray}\n")
    assert load(warehouse, "ratings", path).refused == 1


def test_column_names_of_a_file_are_names_and_never_sql(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    hostile = 'x" := 1); DROP TABLE raw.titles; --'
    pl.DataFrame(
        {"title_id": ["a", "b"], "name": ["A", "B"], "year": [1999, 1500], hostile: ["1", "2"], "a, b": ["3", "4"]}
    ).write_parquet(folder / "titles.parquet")
    report = load(warehouse, "simulation", folder)
    assert (report.taken, report.refused) == (1, 1)
    assert "DROP TABLE" in warehouse.query("SELECT content FROM refused").item()


def test_titles_without_ids_are_known_by_name_and_year(warehouse: Warehouse, tmp_path: Path) -> None:
    known, more = tmp_path / "known.csv", tmp_path / "more.csv"
    known.write_text("id,name,year\n300,Quiz Show,1994\n6,Heat,1995\n")
    more.write_text("name,year,runtime\n300,2006,117\nHeat,1986,101\nHeat,1995,170\n")
    load(warehouse, "titles", known)
    load(warehouse, "titles", more)
    rows = warehouse.query("SELECT title_id, title, year, runtime_minutes FROM titles ORDER BY title_key").rows()
    assert rows[:2] == [("300", "Quiz Show", 1994, None), ("6", "Heat", 1995, 170.0)]
    assert [row[1:] for row in rows[2:]] == [("300", 2006, 117.0), ("Heat", 1986, 101.0)]
