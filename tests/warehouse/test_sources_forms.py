"""How values of plain tables are written: decimal commas, ids as floats, mixed times; and columns of no use."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from warehouse import Warehouse
from warehouse.loads import LoadReport, load


def loaded(warehouse: Warehouse, source: str, path: Path, text: str) -> LoadReport:
    path.write_text(text)
    return load(warehouse, source, path)


def reasons(warehouse: Warehouse) -> list[tuple[int, str]]:
    return warehouse.query("SELECT line, reason FROM meta.refused_rows ORDER BY line").rows()


def test_columns_that_were_not_used_are_named(warehouse: Warehouse, tmp_path: Path) -> None:
    report = loaded(warehouse, "watches", tmp_path / "w.csv", ",user,movie_id,watch_tme,rating\n0,1,2,90,5\n")
    assert "not used: one without a name, watch_tme, rating" in report.notes
    report = loaded(warehouse, "watches", tmp_path / "v.csv", "user,movie_id\n1,3\n")
    assert not any("not used" in note for note in report.notes)
    many = ",".join(f"c{n}" for n in range(25))
    report = loaded(warehouse, "watches", tmp_path / "x.csv", f"user,movie_id,{many}\n1,4{',' * 25}\n")
    assert any(note.endswith("c19 and 5 more") for note in report.notes)


@pytest.mark.parametrize(("delimiter", "name"), [(";", "r.csv"), ("\t", "r.tsv")])
def test_decimal_commas(warehouse: Warehouse, tmp_path: Path, delimiter: str, name: str) -> None:
    text = "user;movie_id;rating\n1;1;4\n1;2;4,5\n1;3;0,25\n1;4;1.234,5\n".replace(";", delimiter)
    assert loaded(warehouse, "ratings", tmp_path / name, text).refused == 1
    assert warehouse.query("SELECT rating FROM ratings ORDER BY title_id")["rating"].to_list() == [4.0, 4.5, 0.25]
    assert reasons(warehouse) == [(5, "rating is not a number")]


def test_decimal_points_beside_semicolons(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "user;movie_id;rating\n1;1;4\n1;2;4.5\n1;3;4,5\n"
    assert loaded(warehouse, "ratings", tmp_path / "r.csv", text).taken == 2
    assert warehouse.query("SELECT rating FROM ratings ORDER BY title_id")["rating"].to_list() == [4.0, 4.5]
    assert reasons(warehouse) == [(4, "rating is not a number (a decimal comma?)")]


def test_amounts_minutes_and_lengths_with_decimal_commas(warehouse: Warehouse, tmp_path: Path) -> None:
    loaded(warehouse, "purchases", tmp_path / "p.csv", "user;movie_id;tickets;amount\n1;1;2;12,50\n")
    loaded(warehouse, "watches", tmp_path / "w.csv", "user;movie_id;seconds\n1;1;90,0\n")
    loaded(warehouse, "titles", tmp_path / "t.csv", "id;title;runtime\n1;Heat;170,5 min\n")
    sql = "SELECT tickets, amount, minutes, runtime_minutes FROM raw.purchases, raw.watches, raw.titles"
    assert warehouse.query(sql).rows() == [(2, 12.5, 1.5, 170.5)]


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl"])
def test_a_refused_number_with_a_comma_says_so(warehouse: Warehouse, tmp_path: Path, name: str) -> None:
    pl.DataFrame({"user": [1, 1, 1], "movie_id": [1, 2, 3], "rating": ["4", "4,5", "good"]}).write_csv(
        tmp_path / "r.csv"
    )
    pl.read_csv(tmp_path / "r.csv").write_ndjson(tmp_path / "r.jsonl")
    assert load(warehouse, "ratings", tmp_path / name).refused == 2
    shift = 1 if name == "r.csv" else 0
    assert reasons(warehouse) == [
        (2 + shift, "rating is not a number (a decimal comma?)"), (3 + shift, "rating is not a number")]  # fmt: skip


def ids(warehouse: Warehouse) -> list[tuple[str, str]]:
    return warehouse.query("SELECT viewer, title_id FROM ratings ORDER BY ALL").rows()


@pytest.mark.slow
def test_ids_written_as_floats(tmp_path: Path, warehouse: Warehouse) -> None:
    text = "userId,item,rating\n,1.0,3\n1.0,10.0,4\n2.0,,4\n"
    report = loaded(warehouse, "ratings", tmp_path / "r.csv", text)
    assert "ids such as 1.0 in userId are read as 1" in report.notes
    assert (report.taken, report.refused) == (1, 2)
    assert ids(warehouse) == [("1", "10")]
    frame = pl.DataFrame({"user": [1.0, None, float("nan"), 3.0], "item": ["a", "b", "c", "d"], "rating": [1, 1, 1, 1]})
    frame.write_parquet(tmp_path / "r.parquet")
    frame.write_ndjson(tmp_path / "r.jsonl")
    for name in ("r.parquet", "r.jsonl"):
        other = Warehouse.open(tmp_path / f"{name}.duckdb")
        assert load(other, "ratings", tmp_path / name).refused == 2
        assert ids(other) == [("1", "a"), ("3", "d")]


def test_ids_that_merely_look_alike_stay(tmp_path: Path, warehouse: Warehouse) -> None:
    text = "user,item,rating\n1.0,v1.0,3\n1.5,v2.0,4\n2.0,3,4\n"
    loaded(warehouse, "ratings", tmp_path / "r.csv", text)
    assert ids(warehouse) == [("1.0", "v1.0"), ("1.5", "v2.0"), ("2.0", "3")]


OTHER = "time is in another form than most of the column"


@pytest.mark.parametrize("name", ["w.csv", "w.jsonl"])
@pytest.mark.parametrize(
    ("times", "refused"),
    [
        (["2024-01-31", "2024-02-01T10:00:00Z", "20240131", "never"], {2: OTHER, 3: "time is not"}),
        (["2024-01-31", "2024-02-01", "1577872800"], {2: OTHER}),
        (["1577872800", "1577872801", "1577872802", "2024-01-31", "never"], {3: OTHER, 4: "time is not a whole"}),
        (["1577872800.5", "1577872801", "1577872801", "2024-01-31 10:00"], {3: OTHER}),
        (["20240131", "20240201", "20240202", "2024-01-31", "20240231"], {3: OTHER, 4: "time is not"}),
    ],
)
def test_times_of_another_form_are_told(
    warehouse: Warehouse, tmp_path: Path, name: str, times: list[str], refused: dict[int, str]
) -> None:
    frame = pl.DataFrame({"user": range(len(times)), "movie_id": ["t"] * len(times), "time": times})
    frame.write_csv(tmp_path / "w.csv")
    frame.write_ndjson(tmp_path / "w.jsonl")
    load(warehouse, "watches", tmp_path / name)
    first = 2 if name == "w.csv" else 1
    found = {line - first: reason for line, reason in reasons(warehouse)}
    assert found.keys() == refused.keys()
    assert all(found[row].startswith(reason) for row, reason in refused.items())
    assert warehouse.query("SELECT min(watched_at) AS t FROM watches")["t"][0].year >= 2020
