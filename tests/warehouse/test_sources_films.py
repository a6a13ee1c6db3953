"""Films: what matches enriches the titles that are there, the rest are new titles."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from warehouse import Warehouse
from warehouse.loads import load

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    text = (
        'id,title,genres\n1,"Matrix, The (1999)",Action\n2,Amelie! (2001),\n3,Twin (2000),\n300,Three Hundred (1999),\n'
    )
    (tmp_path / "t.csv").write_text(text)
    load(warehouse, "titles", tmp_path / "t.csv")
    return warehouse


@pytest.mark.parametrize("ending", ["parquet", "json", "jsonl"])
def test_films_join_by_name_and_year(warehouse: Warehouse, tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({
        "title": ["The Matrix", "Amélie", "Twin", "Twin", "300", "Solo"],
        "year": [1999, 2002, 1999, 2001, 2006, None],
        "cast": [["Keanu Reeves", "Carrie-Anne Moss"], [], [], [], [], []],
        "genres": [["Action", "Science Fiction"], [], [], [], ["War"], []],
        "href": ["The_Matrix", "Amélie", None, None, "300", None],
        "extract": ["A hacker.", None, None, None, None, None],
    })  # fmt: skip
    path = tmp_path / f"films.{ending}"
    if ending == "parquet":
        frame.write_parquet(path)
    else:
        path.write_text(frame.write_json() if ending == "json" else frame.write_ndjson())
    report = load(warehouse, "films", path)
    assert report.taken + report.folded == 6
    assert any("2 titles matched of 4" in note for note in report.notes)
    titles = warehouse.query("SELECT title_id, name, year, plot, article FROM raw.titles ORDER BY title_key").rows()
    assert titles[:2] == [("1", "The Matrix", 1999, "A hacker.", "The_Matrix"), ("2", "Amelie!", 2001, None, "Amélie")]
    assert [t[0] for t in titles[4:]] == ["Twin (1999)", "Twin (2001)", "300 (film)", "Solo"]
    assert warehouse.query("SELECT genre FROM raw.genres WHERE title_key = 1 ORDER BY 1")["genre"].to_list() == [
        "Action", "Science Fiction"]  # fmt: skip
    assert warehouse.query("SELECT person, billing FROM raw.credits ORDER BY 2").rows() == [
        ("Keanu Reeves", 1), ("Carrie-Anne Moss", 2)]  # fmt: skip


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not here")
@pytest.mark.slow
def test_the_real_films(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    load(warehouse, "movielens", DATA / "movielens" / "ml-latest-small")
    load(warehouse, "films", DATA / "films" / "wikipedia_films.parquet")
    sql = "SELECT title_id, article FROM raw.titles WHERE (name, year) IN (('Heat', 1995), ('Alien', 1979)) ORDER BY 1"
    assert warehouse.query(sql).rows() == [("1214", "Alien_(film)"), ("6", "Heat_(1995_film)")]
    matched = warehouse.query("SELECT count(article) AS n FROM raw.titles WHERE title_key <= 9742")["n"][0]
    assert matched > 6000


def test_rows_of_one_article_name_and_year_are_one_film(warehouse: Warehouse, tmp_path: Path) -> None:
    twice = [
        {
            "title": "Twice",
            "year": 2009,
            "cast": ["A"],
            "genres": ["Drama"],
            "article": "Twice",
            "extract": "Once told.",
        },
        {"title": "Twice", "year": 2009, "cast": ["A", "B"], "genres": ["Drama"], "article": "Twice", "extract": None},
    ]
    path = tmp_path / "films.json"
    path.write_text(json.dumps(twice))
    report = load(warehouse, "films", path)
    assert (report.taken, report.folded, report.refused) == (1, 1, 0)
    assert warehouse.query("SELECT title_id, plot FROM titles WHERE title = 'Twice'").rows() == [
        ("Twice", "Once told.")
    ]
    assert warehouse.query("SELECT person FROM credits WHERE title = 'Twice' ORDER BY person").rows() == [
        ("A",),
        ("B",),
    ]
