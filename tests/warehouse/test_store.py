from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from warehouse import Warehouse
from warehouse.errors import LockedError, UnknownNameError, VersionError, WarehouseError


def test_opening_makes_the_five_schemas(warehouse: Warehouse) -> None:
    with warehouse.reading() as con:
        schemas = {row[0] for row in con.execute("SELECT schema_name FROM duckdb_schemas()").fetchall()}
    assert {"raw", "features", "models", "results", "meta"} <= schemas


def test_every_table_and_column_has_a_comment(warehouse: Warehouse) -> None:
    with warehouse.reading() as con:
        tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND comment IS NULL").fetchall()
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL").fetchall()
        columns = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert (tables, views, columns) == ([], [], [])


def test_the_schema_has_no_index_and_no_constraint(warehouse: Warehouse) -> None:
    with warehouse.reading() as con:
        assert con.execute("SELECT count(*) FROM duckdb_indexes()").fetchall() == [(0,)]
        assert con.execute("SELECT count(*) FROM duckdb_constraints()").fetchall() == [(0,)]


@pytest.mark.slow
def test_every_view_can_be_read(warehouse: Warehouse) -> None:
    for view in warehouse.tables().filter(pl.col("kind") == "view")["table"]:
        assert warehouse.query(f"SELECT * FROM {view}").height == 0


def test_a_run_and_its_rows_land_together(warehouse: Warehouse) -> None:
    with warehouse.run("load", "test", settings={"a": 1}, seed=3) as run, warehouse.writing() as con:
        con.execute("INSERT INTO raw.genres VALUES (1, 'Drama', 1), (2, 'Noir', 1)")
        run.read(con, ["raw.titles"])
        run.finish(con, {"raw.genres": 2})
    row = warehouse.query("SELECT status, seed, settings, error FROM runs").row(0)
    assert row == ("done", 3, '{"a": 1}', None)
    assert warehouse.query("FROM meta.run_writes").rows() == [(run.id, "raw.genres", 2)]
    assert warehouse.query("FROM meta.run_reads").rows() == [(run.id, "raw.titles", 0, None)]
    assert run.id[14] == "7"  # UUID version 7


def test_a_run_that_raises_leaves_no_rows_and_says_why(warehouse: Warehouse) -> None:
    def fails() -> None:
        with warehouse.run("load", "test"), warehouse.writing() as con:
            con.execute("INSERT INTO raw.genres VALUES (1, 'Drama', 1)")
            raise ValueError("no such luck\nsecond line")

    with pytest.raises(ValueError, match="no such luck"):
        fails()
    assert warehouse.query("FROM raw.genres").height == 0
    assert warehouse.query("SELECT status, error FROM runs").rows() == [("failed", "no such luck")]


def test_a_run_that_forgets_to_finish_is_failed(warehouse: Warehouse) -> None:
    with warehouse.run("load", "test"):
        pass
    assert warehouse.query("SELECT status, error FROM runs").rows() == [("failed", "ended without writing anything")]


def test_a_killed_process_leaves_a_failed_run_and_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "killed.duckdb"
    script = f"""
import os, signal
from warehouse import Warehouse
w = Warehouse.open({str(path)!r})
with w.run("load", "kept") as run, w.writing() as con:
    con.execute("INSERT INTO raw.genres VALUES (1, 'Drama', 1)")
    run.finish(con, {{}})
with w.run("load", "killed") as run:
    (w.artifacts.make(run.id) / "half.npy").write_bytes(b"half")
    with w.writing() as con:
        con.execute("INSERT INTO raw.genres SELECT range, 'x', 2 FROM range(100000)")
        run.finish(con, {{}})
        os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    warehouse = Warehouse.open(path)
    assert warehouse.query("SELECT model, status, error FROM runs ORDER BY run").rows() == [
        ("kept", "done", None),
        ("killed", "failed", "its process was killed"),
    ]
    assert warehouse.query("FROM raw.genres").rows() == [(1, "Drama", 1)]
    assert not warehouse.artifacts.folder.exists()


def test_a_locked_warehouse_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "locked.duckdb"
    Warehouse.open(path)
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            began = time.monotonic()
            with pytest.raises(LockedError, match=rf"locked by process {holder.pid} .*waited 0.3 s"):
                Warehouse.open(path, wait=0.3)
            assert time.monotonic() - began >= 0.3
        finally:
            holder.kill()
    Warehouse.open(path, wait=5)


def test_a_writer_waits_until_another_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    warehouse = Warehouse.open(path, wait=20)
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(0.7)"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with warehouse.writing() as con:
            con.execute("INSERT INTO raw.genres VALUES (1, 'Drama', 1)")
    assert warehouse.query("FROM raw.genres").height == 1


def test_a_file_that_is_no_duckdb_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("these are my notes, and they are long enough for a header " * 100)
    with pytest.raises(WarehouseError, match=r"notes\.duckdb is no DuckDB file"):
        Warehouse.open(path)
    assert path.read_text().startswith("these are my notes")


def test_a_table_that_duckdb_would_open_in_memory_is_no_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("title,year\nAlien,1979\n")
    with pytest.raises(WarehouseError, match=r"many\.csv is no DuckDB file; name another file with --warehouse"):
        Warehouse.open(path)
    assert path.read_text() == "title,year\nAlien,1979\n"


def test_a_duckdb_file_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(VersionError, match="not cinekit's"):
        Warehouse.open(path)


def test_a_newer_schema_is_refused(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO meta.migrations VALUES (9999, '9999_future.sql', 'x', now()::TIMESTAMP)")
    with pytest.raises(VersionError, match=r"written by a newer cinekit \(schema 9999"):
        Warehouse.open(warehouse.path)


def test_a_changed_schema_step_is_refused(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute("UPDATE meta.migrations SET sha256 = 'other' WHERE number = 1")
    with pytest.raises(VersionError, match=r"0001_house\.sql is not the one"):
        Warehouse.open(warehouse.path)


def test_an_older_file_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    warehouse = Warehouse.open(path)
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, '1', 'Heat')")
        views = con.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        ).fetchall()
        for (view,) in views:
            con.execute(f"DROP VIEW main.{view}")
        con.execute("DELETE FROM meta.migrations WHERE number = 2")
    assert Warehouse.open(path).query("SELECT title FROM titles").rows() == [("Heat",)]


def test_a_missing_warehouse_and_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no warehouse at"):
        Warehouse.open(tmp_path / "none.duckdb", create=False)
    with pytest.raises(WarehouseError, match="there is no folder"):
        Warehouse.open(tmp_path / "no" / "folder.duckdb")
    with pytest.raises(WarehouseError, match="is a folder"):
        Warehouse.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_scan_streams_columns_filters_and_limits(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.genres SELECT range, 'g' || range % 3, 1 FROM range(250000)")
    lazy = warehouse.scan("raw.genres")
    assert lazy.collect_schema().names() == ["title_key", "genre", "load"]
    expected = pl.DataFrame({"title_key": [3, 6]}, schema={"title_key": pl.Int32})
    found = lazy.filter((pl.col("genre") == "g0") & pl.col("title_key").is_between(1, 6)).select("title_key").collect()
    assert_frame_equal(found.sort("title_key"), expected)
    assert lazy.head(5).collect().height == 5
    assert lazy.select(pl.len()).collect().item() == 250_000
    with pytest.raises(UnknownNameError, match=r"did you mean 'raw\.genres'"):
        warehouse.scan("raw.genre")


def test_nothing_is_there_twice_in_a_sound_warehouse_and_repeats_are_found(warehouse: Warehouse) -> None:
    assert warehouse.repeated_keys() == []
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id) VALUES (1, 'a'), (2, 'a')")
    assert warehouse.repeated_keys() == ["raw.titles (title_id)"]


def test_an_interrupt_after_the_commit_leaves_a_done_run_with_its_rows_and_files(warehouse: Warehouse) -> None:
    def interrupted() -> None:
        with warehouse.run("load", "test") as run:
            (warehouse.artifacts.make(run.id) / "a.json").write_text("{}")
            with warehouse.writing() as con:
                con.execute("INSERT INTO raw.genres VALUES (1, 'Drama', 1)")
                warehouse.artifacts.record(con, run.id)
                run.finish(con, {"raw.genres": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert warehouse.query("SELECT status FROM runs").rows() == [("done",)]
    assert warehouse.query("FROM raw.genres").height == 1
    assert len(list(warehouse.artifacts.folder.rglob("a.json"))) == 1


def test_a_run_that_another_machine_began_long_ago_is_failed(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        for run, age in (("old", "2 days"), ("new", "1 hour")):
            con.execute(
                "INSERT INTO meta.runs (run, status, host, process_id, process_started, started_at) "
                f"SELECT ?, 'running', 'elsewhere', 1, 0, (now() AT TIME ZONE 'UTC') - INTERVAL '{age}'",
                [run],
            )
    reopened = Warehouse.open(warehouse.path)
    assert reopened.query("SELECT run, status FROM runs ORDER BY run").rows() == [("new", "running"), ("old", "failed")]


def test_artifacts_lie_beside_the_real_file_whatever_link_leads_to_it(warehouse: Warehouse, tmp_path: Path) -> None:
    link = tmp_path / "link.duckdb"
    link.symlink_to(warehouse.path)
    assert Warehouse.open(link).artifacts.folder == warehouse.artifacts.folder
