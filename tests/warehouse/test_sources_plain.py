# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""Plain tables: formats, names of columns, times, encodings, and every kind of broken file."""

from __future__ import annotations

import gzip
import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load
from warehouse.sources.columns import resolve


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "w.duckdb")


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2020-01-01", "2020-01-01T10:00:00+02:00"], [datetime(2020, 1, 1), datetime(2020, 1, 1, 8)]),
        (["2020-01-01 10:00:00Z", ""], [datetime(2020, 1, 1, 10), None]),
        (["1577872800", "1577872801"], [datetime(2020, 1, 1, 10), datetime(2020, 1, 1, 10, 0, 1)]),
        (["1577872800.5", "1577872801"], [datetime(2020, 1, 1, 10, 0, 0, 500000), datetime(2020, 1, 1, 10, 0, 1)]),
        (["1577872800000", "1577872800500"], [datetime(2020, 1, 1, 10), datetime(2020, 1, 1, 10, 0, 0, 500000)]),
        (["20200101", "20200102"], [datetime(2020, 1, 1), datetime(2020, 1, 2)]),
    ],
)
def test_times_are_read_as_utc(
    warehouse: Warehouse, tmp_path: Path, times: list[str], expected: list[datetime | None]
) -> None:
    lines = "".join(f"u{n},t,{time}\n" for n, time in enumerate(times))
    load(warehouse, "watches", written(tmp_path, "w.csv", "user,item,timestamp\n" + lines))
    frame = warehouse.query("SELECT watched_at FROM watches ORDER BY viewer")
    assert frame["watched_at"].to_list() == expected


def test_formats_agree(tmp_path: Path, empty_file: Path) -> None:
    frame = pl.DataFrame({"userId": [1, 2], "movieId": [10, 20], "rating": [4.5, 3.0], "timestamp": [10**9, 10**9 + 1]})
    frame.write_csv(tmp_path / "a.csv")
    frame.write_csv(tmp_path / "a.tsv", separator="\t")
    frame.write_csv(tmp_path / "semicolon.csv", separator=";")
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ndjson(tmp_path / "a.jsonl")
    (tmp_path / "a.json").write_text(frame.write_json())
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    names = ["a.csv", "a.tsv", "semicolon.csv", "a.parquet", "a.jsonl", "a.json", "a.csv.gz"]
    seen = []
    for name in names:
        warehouse = Warehouse.open(shutil.copy(empty_file, tmp_path / f"{name}.duckdb"))
        assert load(warehouse, "ratings", tmp_path / name).taken == 2
        seen.append(warehouse.query("SELECT viewer, title_id, rating, rated_at FROM ratings ORDER BY viewer").rows())
    assert all(rows == seen[0] for rows in seen)


def test_seconds_become_minutes_and_a_mapping_settles_names(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "watches", written(tmp_path, "a.csv", "user,item,watch_seconds\nv,t,90\n"))
    path = written(tmp_path, "b.csv", "who,what,for how long\nv,u,90\n")
    with pytest.raises(SourceError, match=r"no column for the viewer; it has who, what, for how long; .*--map viewer="):
        load(warehouse, "watches", path)
    load(warehouse, "watches", path, mapping={"viewer": "who", "title": "what", "minutes": "for how long"})
    assert warehouse.query("SELECT minutes FROM watches ORDER BY title_id")["minutes"].to_list() == [1.5, 90.0]


def test_ambiguous_and_mistaken_columns_are_named() -> None:
    with pytest.raises(SourceError, match=r"viewer could be column 'user' or 'customer_id'; .*--map viewer=COLUMN"):
        resolve("watches", ["user", "customer_id", "title"], {}, "f.csv")
    with pytest.raises(SourceError, match="no such column"):
        resolve("watches", ["user", "title"], {"viewer": "cust"}, "f.csv")
    with pytest.raises(SourceError, match="watches have no 'colour'"):
        resolve("watches", ["user", "title"], {"colour": "user"}, "f.csv")
    assert resolve("ratings", ["User ID", "MOVIE-ID", "Stars"], {}, "f") == {
        "viewer": "User ID", "title": "MOVIE-ID", "rating": "Stars"}  # fmt: skip


def test_names_serve_as_ids(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "watches", written(tmp_path, "a.csv", 'user,movie\nv,"Matrix, The (1999)"\n'))
    assert warehouse.query("SELECT title_id, name, year FROM raw.titles").rows() == [
        ("Matrix, The (1999)", "The Matrix", 1999)]  # fmt: skip


def test_titles_with_lists(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "id,title,year,genres,cast,runtime,director\n"
    text += '1,Heat,1995,"Crime, Drama","Al Pacino,Robert De Niro",170 min,Michael Mann\n'
    load(warehouse, "titles", written(tmp_path, "t.csv", text))
    assert warehouse.query("SELECT year, runtime_minutes FROM raw.titles").rows() == [(1995, 170.0)]
    assert warehouse.query("SELECT genre FROM raw.genres ORDER BY 1")["genre"].to_list() == ["Crime", "Drama"]
    assert warehouse.query("SELECT person, role, billing FROM raw.credits ORDER BY role, billing").rows() == [
        ("Al Pacino", "cast", 1), ("Robert De Niro", "cast", 2), ("Michael Mann", "director", 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "encoding", "read_as"),
    [
        ("Amélie".encode(), None, "utf-8"),
        ("Amélie".encode("utf-8-sig"), None, "utf-8"),
        ("Amélie".encode("latin-1"), None, "cp1252"),
        ("Amélie".encode("utf-16"), None, "utf-16"),
        ("Amélie".encode("mac-roman"), "mac-roman", "mac-roman"),
    ],
)
def test_encodings_never_garble(
    warehouse: Warehouse, tmp_path: Path, content: bytes, encoding: str | None, read_as: str
) -> None:
    codec = encoding or {"utf-8": "utf-8"}.get(read_as, read_as)
    head, tail = "id,title\n1,", "\n"
    if content.startswith(b"\xef\xbb\xbf"):
        text = (head + "Amélie" + tail).encode("utf-8-sig")
    else:
        text = (head + content.decode(codec) + tail).encode(codec)
    report = load(warehouse, "titles", written(tmp_path, "t.csv", text), encoding=encoding)
    assert report.encoding == read_as
    assert warehouse.query("SELECT name FROM raw.titles")["name"].to_list() == ["Amélie"]
    assert f'"read_as": "{read_as}"' in warehouse.query("SELECT options::VARCHAR AS o FROM meta.loads")["o"][0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n", "blank lines"),
        ("header.csv", b"user,item\n", "a header and no rows"),
        ("torn.csv", b'user,item\n1,2\n3,"4\n5,6\n7,8\n', "line 3: a quote opens"),
        ("nul.csv", b"user,item\n1,\x002\n", "NUL"),
        ("mixed.csv", "user,item\n1,é\n".encode() + "2,é\n".encode("latin-1"), "broken bytes in line 3"),
        ("cp.csv", b"user,item\n1,\x81\n", "not cp1252 at or after line"),
        ("torn.csv.gz", gzip.compress(b"user,item\n1,2\n" * 50, mtime=0)[:-12], "torn or no gzip"),
        ("torn.parquet", b"PAR1 and no more", "no Parquet file"),
        ("parquet.csv", b"PAR1 and no more", "is a Parquet file"),
        ("notes.docx", b"user,item\n1,2\n", "ends like none"),
        ("bad.jsonl", b"user,item\n1,2\n", "no JSON objects"),
        ("bad.json", b'[{"user": 1', "no valid JSON"),
        ("twice.csv", b"user,item,item\n1,2,3\n", "two columns called 'item'"),
    ],
)
def test_broken_files_are_one_clear_line(
    warehouse: Warehouse, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(SourceError, match=message) as raised:
        load(warehouse, "watches", written(tmp_path, name, content))
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)
    assert warehouse.query("SELECT count(*) AS n FROM raw.viewers")["n"][0] == 0


def test_missing_files_and_folders(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path, "there.csv", "x")
    with pytest.raises(SourceError, match=r"no file .*gone\.csv; its folder holds there\.csv"):
        load(warehouse, "watches", tmp_path / "gone.csv")
    with pytest.raises(SourceError, match="is a folder"):
        load(warehouse, "watches", tmp_path)


def test_a_bad_json_line_is_refused_by_its_line(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "w.jsonl", '{"user": 1, "item": 2}\n\n{"user": 1\n{"user": 3, "item": "x"}\n')
    report = load(warehouse, "watches", path)
    assert (report.taken, report.refused) == (2, 1)
    assert warehouse.query("SELECT line, reason FROM meta.refused_rows").rows() == [(3, "not a JSON object")]


def test_refused_rows_of_parquet_have_their_number(warehouse: Warehouse, tmp_path: Path) -> None:
    pl.DataFrame({"user": [1, 2, None], "item": [1, 1, 1], "rating": [5.0, -5.0, 5.0]}).write_parquet(
        tmp_path / "r.parquet"
    )
    assert load(warehouse, "ratings", tmp_path / "r.parquet").refused == 2
    assert warehouse.query("SELECT line, reason FROM meta.refused_rows ORDER BY 1").rows() == [
        (2, "rating is negative"), (3, "no viewer id")]  # fmt: skip


def test_files_with_wildcards_and_quotes_in_their_names(warehouse: Warehouse, tmp_path: Path) -> None:
    assert load(warehouse, "watches", written(tmp_path, "it's [1]*?.csv", "user,item\n1,2\n")).taken == 1
