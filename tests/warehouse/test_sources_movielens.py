# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""MovieLens: every layout says the same, and archives cannot do harm."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "movielens" / "ml-latest-small"
GENRES = ["0"] * 19
LAYOUTS = {
    "csv": {
        "movies.csv": 'movieId,title,genres\n1,"Matrix, The (1999)",Action|Sci-Fi\n2,Léon (1994),(no genres listed)\n',
        "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,1000000000\n1,2,3.0,1000000001\n",
        "links.csv": "movieId,imdbId,tmdbId\n1,0133093,603\n2,0110413,\n",
        "tags.csv": "userId,movieId,tag,timestamp\n1,1,it's good,1000000002\n",
    },
    "dat": {
        "movies.dat": "1::Matrix, The (1999)::Action|Sci-Fi\n2::Léon (1994)::(no genres listed)\n",
        "ratings.dat": "1::1::4::1000000000\n1::2::3::1000000001\n",
        "users.dat": "1::F::25::12::94043\n",
        "tags.dat": "1::1::it's good::1000000002\n",
    },
    "u": {
        "u.item": "1|Matrix, The (1999)|01-Jan-1999||url|" + "|".join(["0", "1", *GENRES[:13], "1", *GENRES[:3]]) + "\n"
        "2|Léon (1994)|01-Jan-1994||url|" + "|".join(GENRES) + "\n",
        "u.data": "1\t1\t4\t1000000000\n1\t2\t3\t1000000001\n",
        "u.user": "1|24|F|technician|85711\n",
    },
}  # fmt: skip


def folder_of(path: Path, files: dict[str, str], encoding: str = "utf-8") -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_bytes(text.encode(encoding))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_layouts(tmp_path: Path, layout: str, encoding: str) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    report = load(warehouse, "movielens", folder_of(tmp_path / "ml", LAYOUTS[layout], encoding))
    assert (report.refused, report.folded) == (0, 0)
    assert warehouse.query("SELECT title_id, name, year FROM raw.titles ORDER BY 1").rows() == [
        ("1", "The Matrix", 1999), ("2", "Léon", 1994)]  # fmt: skip
    assert warehouse.query("SELECT title_key, genre FROM raw.genres ORDER BY 2").rows() == [
        (1, "Action"),
        (1, "Sci-Fi"),
    ]
    assert warehouse.query("SELECT viewer, title_id, rating, rated_at FROM ratings ORDER BY 2").rows() == [
        ("1", "1", 4.0, datetime(2001, 9, 9, 1, 46, 40)), ("1", "2", 3.0, datetime(2001, 9, 9, 1, 46, 41))]  # fmt: skip
    viewer = warehouse.query("SELECT gender, age, occupation, postcode FROM raw.viewers").rows()
    assert viewer == {"csv": [(None, None, None, None)], "dat": [("F", 25, "programmer", "94043")],
                      "u": [("F", 24, "technician", "85711")]}[layout]  # fmt: skip
    if layout != "u":
        assert warehouse.query("SELECT tag FROM tags")["tag"].to_list() == ["it's good"]
    if layout == "csv":
        assert warehouse.query("SELECT imdb_id, tmdb_id FROM raw.titles ORDER BY title_id").rows() == [
            ("tt0133093", "603"), ("tt0110413", None)]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("inner", ["", "ml-latest/"])
def test_an_archive_is_the_same_load_as_its_folder(tmp_path: Path, inner: str) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    load(warehouse, "movielens", folder_of(tmp_path / "ml", LAYOUTS["csv"]))
    with zipfile.ZipFile(tmp_path / "ml.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in LAYOUTS["csv"].items():
            archive.writestr(inner + name, text)
    assert load(warehouse, "movielens", tmp_path / "ml.zip").already_loaded
    other = Warehouse.open(tmp_path / "other.duckdb")
    assert load(other, "movielens", tmp_path / "ml.zip").taken == 5


def test_members_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("../../evil.csv", "x")
        archive.writestr("../../ratings.csv", LAYOUTS["csv"]["ratings.csv"])
    assert load(Warehouse.open(tmp_path / "w.duckdb"), "movielens", tmp_path / "ml.zip").taken == 2
    assert not (tmp_path.parent.parent / "evil.csv").exists()
    assert not (tmp_path.parent.parent / "ratings.csv").exists()


def test_torn_bombs_and_foreign_archives(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", b"0" * (70 << 20))
    with pytest.raises(SourceError, match="far more than its size"):
        load(warehouse, "movielens", tmp_path / "bomb.zip")
    (tmp_path / "torn.zip").write_bytes((tmp_path / "bomb.zip").read_bytes()[:3000])
    with pytest.raises(SourceError, match="torn or no zip archive"):
        load(warehouse, "movielens", tmp_path / "torn.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(SourceError, match=r"holds no ratings\.csv"):
        load(warehouse, "movielens", tmp_path / "other.zip")
    with pytest.raises(SourceError, match="no folder or archive"):
        load(warehouse, "movielens", tmp_path / "gone")


def test_a_torn_row_is_refused_with_its_line(tmp_path: Path) -> None:
    files = LAYOUTS["csv"] | {"ratings.csv": LAYOUTS["csv"]["ratings.csv"] + "1,3,x,5\n1,4\n"}
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    assert load(warehouse, "movielens", folder_of(tmp_path / "ml", files)).refused == 2
    assert warehouse.query("SELECT file, line, reason, content FROM meta.refused_rows ORDER BY line").rows() == [
        ("ratings.csv", 4, "rating is not a number", "1,3,x,5"), ("ratings.csv", 5, "too few columns", "1,4"),
    ]  # fmt: skip


@pytest.mark.skipif(not REAL.is_dir(), reason="the real MovieLens data are not here")
def test_the_real_data(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "w.duckdb")
    report = load(warehouse, "movielens", REAL)
    assert report.tables["raw.ratings"] == 100_836
    assert report.tables["raw.viewers"] == 610
    assert report.tables["raw.titles"] == 9_742
    assert warehouse.query("SELECT name, year FROM raw.titles WHERE title_id = '6'").rows() == [("Heat", 1995)]
