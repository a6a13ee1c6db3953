"""Forgetting viewers: rows, results, saved models, refused rows, requests, bytes; and that no load brings them back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse import forgetting as forgetting_module
from warehouse.artifacts import Artifacts
from warehouse.errors import LockedError, UnknownNameError, WarehouseError
from warehouse.forgetting import forget
from warehouse.loads import load
from warehouse.viewer_ids import FORGOTTEN, VARIABLE, key_file

WHO, OTHER = "anna.kowalska", "2anna.kowalska"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """A folder with a warehouse: ratings, reviews, a plugin's table, a model fitted on ratings, another on titles."""
    folder = tmp_path_factory.mktemp("forgetting")
    lines = [f"{who},m{title},{title + 1}" for who in (WHO, OTHER, "b") for title in range(3)]
    ratings = folder / "ratings.csv"
    ratings.write_text("\n".join(["user,item,rating", *lines, f"{WHO},m9,-1", f"{OTHER},m9,-1"]) + "\n")
    reviews = folder / "reviews.csv"
    reviews.write_text(f"review_id,viewer,title,review\nr1,{WHO},m1,fine\nr2,{OTHER},m1,poor\n")
    warehouse = Warehouse.open(shutil.copy(empty_file, folder / "w.duckdb"))
    load(warehouse, "ratings", ratings)
    load(warehouse, "reviews", reviews)
    for reads, name in ((("raw.ratings", "raw.titles"), "ease"), (("raw.titles",), "titles")):
        with warehouse.run("recommend", name, settings={"viewer": [WHO, "b"]}) as run, warehouse.writing() as con:
            run.read(con, reads)
            (warehouse.artifacts.make(run.id) / "state.json").write_text("{}")
            con.execute("INSERT INTO models.fitted (run, model) VALUES (?, ?)", [run.id, name])
            con.execute("INSERT INTO models.title_neighbours VALUES (?, 1, 1, 2, 0.5)", [run.id])
            con.execute(
                "INSERT INTO results.recommendations SELECT ?, viewer_key, 1, 1, 0.5 FROM raw.viewers", [run.id]
            )
            con.execute(
                "INSERT INTO results.review_sentiment (run, review_id) VALUES ($run, 'r1'), ($run, 'r2')",
                {"run": run.id},
            )
            run.finish(con, {"models.fitted": 1, "meta.artifacts": warehouse.artifacts.record(con, run.id)})
    with warehouse.writing() as con:
        con.execute("CREATE SCHEMA plugin_x")
        con.execute("CREATE TABLE plugin_x.moods AS SELECT viewer_key, 'glad' AS mood FROM raw.viewers")
    return folder


@pytest.fixture
def filled(made: Path, tmp_path: Path) -> Warehouse:
    return Warehouse.open(shutil.copytree(made, tmp_path / "copy") / "w.duckdb", wait=5)


@pytest.fixture
def ratings(filled: Warehouse) -> Path:
    return filled.path.with_name("ratings.csv")


def rows(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    return warehouse.query(sql).rows()


def test_rows_go_from_every_table_and_others_stay(filled: Warehouse) -> None:
    done = forget(filled, [WHO])
    assert done.viewers == 1
    assert done.tables == {
        "raw.ratings": 3,
        "raw.reviews": 1,
        "raw.viewers": 1,
        "results.recommendations": 2,
        "results.review_sentiment": 2,
        "plugin_x.moods": 1,
    }
    assert rows(filled, "SELECT viewer, count(*) FROM ratings GROUP BY ALL ORDER BY ALL") == [(OTHER, 3), ("b", 3)]
    assert rows(filled, "SELECT DISTINCT viewer FROM recommendations ORDER BY ALL") == [(OTHER,), ("b",)]
    assert rows(filled, "SELECT DISTINCT review_id FROM results.review_sentiment") == [("r2",)]
    assert rows(filled, "SELECT viewer_key FROM plugin_x.moods ORDER BY ALL") == [(2,), (3,)]
    assert filled.repeated_keys() == []


def test_models_that_learnt_from_them_are_gone_with_their_files_and_others_stay(filled: Warehouse) -> None:
    folders = {
        model: filled.artifacts.folder / run for run, model in rows(filled, "SELECT run, model FROM models.fitted")
    }
    stopped = filled.artifacts.folder / "checkpoints" / "training"
    stopped.mkdir(parents=True)
    assert forget(filled, [WHO]).models == 1
    assert not stopped.exists()
    assert rows(filled, "SELECT model FROM models.title_neighbours JOIN models.fitted USING (run)") == [("titles",)]
    assert rows(filled, "SELECT count(*) FROM models.title_neighbours") == [(1,)]
    assert rows(filled, "SELECT model FROM models.fitted") == [("titles",)]
    assert rows(filled, "SELECT count(*) FROM meta.artifacts") == [(1,)]
    assert [folders[model].exists() for model in ("ease", "titles")] == [False, True]


def test_neither_the_file_nor_a_record_holds_the_id(filled: Warehouse) -> None:
    def times(text: str) -> int:
        return filled.path.read_bytes().replace(OTHER.encode(), b"").count(text.encode())

    assert times(WHO) > 0
    forget(filled, [WHO])
    assert times(WHO) == 0
    assert rows(filled, "SELECT DISTINCT settings->>'viewer' FROM meta.runs WHERE verb = 'recommend'") == [('["b"]',)]
    assert rows(filled, "SELECT line, content FROM meta.refused_rows ORDER BY line") == [
        (11, None), (12, f"{OTHER},m9,-1")]  # fmt: skip
    ((run, settings),) = rows(filled, "SELECT run, settings FROM meta.runs WHERE verb = 'forget' AND status = 'done'")
    assert settings == '{"viewers": 1}'
    assert rows(filled, "SELECT run, length(viewer_hash) FROM meta.forgotten") == [(run, 64)]


def test_the_file_written_anew_is_whole(filled: Warehouse) -> None:
    counted = (
        "SELECT (SELECT count(*) FROM duckdb_columns() WHERE comment <> ''), (SELECT count(*) FROM duckdb_views())"
    )
    before, mode = rows(filled, counted), filled.path.stat().st_mode
    forget(filled, [WHO])
    assert rows(filled, counted) == before
    assert filled.path.stat().st_mode == mode
    assert [path.name for path in filled.path.parent.glob(".*")] == []
    assert Warehouse.open(filled.path).query("FROM titles").height == 3


def test_no_load_brings_them_back(filled: Warehouse, ratings: Path) -> None:
    forget(filled, [WHO])
    assert load(filled, "ratings", ratings).already_loaded
    ratings.write_text(ratings.read_text() + f"b,m7,4\n{WHO},m7,4\n")
    report = load(filled, "ratings", ratings)
    assert (FORGOTTEN, 5) in [reason[:2] for reason in report.reasons]
    assert rows(filled, "SELECT viewer_id FROM raw.viewers ORDER BY ALL") == [(OTHER,), ("b",)]
    assert rows(filled, f"SELECT DISTINCT content FROM refused WHERE reason = '{FORGOTTEN}'") == [(None,)]
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


@pytest.mark.parametrize(
    "line",
    [f"{WHO},m7,bad", f'"{WHO}",m7,bad', f" {WHO} ,m7,bad", f"{WHO},m7", f"{WHO},m7,4,1,2"],
    ids=["no number", "quoted", "blanks", "too few", "too many"],
)
def test_a_row_that_cannot_be_read_does_not_bring_them_back(filled: Warehouse, ratings: Path, line: str) -> None:
    forget(filled, [WHO])
    ratings.write_text(f"user,item,rating\nb,m8,4\n{line}\n{OTHER},m7,bad\n")
    load(filled, "ratings", ratings)
    kept = rows(filled, "SELECT line, content FROM refused WHERE load = (SELECT max(load) FROM refused) ORDER BY line")
    assert kept == [(3, None), (4, f"{OTHER},m7,bad")]
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


def test_a_row_of_json_that_cannot_be_read_does_not_bring_them_back(filled: Warehouse) -> None:
    forget(filled, [WHO])
    lines = filled.path.with_name("ratings.jsonl")
    lines.write_text(
        f'{{"user": "b", "item": "m8", "rating": 4}}\n{{"user": "{WHO}", "item": "m8", "rating": "bad"}}\n'
    )
    load(filled, "ratings", lines)
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


def test_who_was_forgotten_before_is_taken_out_of_what_still_names_him(filled: Warehouse) -> None:
    forget(filled, [WHO])
    with filled.writing() as con:
        con.execute("INSERT INTO meta.refused_rows SELECT 1, 'f.csv', 2, 'rating is not a number', ?", [f"{WHO},m1,x"])
    with pytest.raises(UnknownNameError), filled.run("recommend", "ease", settings={"viewer": [WHO]}):
        raise UnknownNameError("viewer", WHO)
    done = forget(filled, [WHO, "b"])
    assert (done.viewers, done.again) == (1, 1)
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")
    assert rows(filled, "SELECT count(*) FROM meta.forgotten") == [(2,)]
    assert filled.repeated_keys() == []


def test_a_load_without_the_key_says_what_is_missing(filled: Warehouse, ratings: Path) -> None:
    forget(filled, [WHO])
    key_file(filled).unlink()
    ratings.write_text(ratings.read_text() + "b,m7,4\n")
    with pytest.raises(WarehouseError, match="without the key nobody can tell"):
        load(filled, "ratings", ratings)


@pytest.mark.parametrize("known", [True, False])  # a file of an older cinekit does not say which key it was
def test_no_new_key_takes_the_place_of_a_lost_one(filled: Warehouse, ratings: Path, *, known: bool) -> None:
    forget(filled, [WHO])
    key_file(filled).unlink()
    if not known:
        with filled.writing() as con:
            con.execute("DELETE FROM meta.hash_key")
    with pytest.raises(WarehouseError, match="without the key nobody can tell"):
        forget(filled, ["b"])
    ratings.write_text(ratings.read_text() + f"{WHO},m7,4\n")
    with pytest.raises(WarehouseError, match="without the key nobody can tell"):
        load(filled, "ratings", ratings)
    assert not key_file(filled).exists()
    assert rows(filled, "SELECT viewer_id FROM raw.viewers ORDER BY ALL") == [(OTHER,), ("b",)]


def test_another_key_is_refused(filled: Warehouse, ratings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(filled, [WHO])
    monkeypatch.setenv(VARIABLE, "x" * 40)
    ratings.write_text(ratings.read_text() + f"{WHO},m7,4\n")
    for attempt in (lambda: forget(filled, ["b"]), lambda: load(filled, "ratings", ratings)):
        with pytest.raises(WarehouseError, match="not the one that viewers were hashed with"):
            attempt()
    assert rows(filled, "SELECT viewer_id FROM raw.viewers ORDER BY ALL") == [(OTHER,), ("b",)]


def test_an_unknown_viewer_forgets_nobody_and_leaves_no_trace(filled: Warehouse) -> None:
    with pytest.raises(UnknownNameError, match="no viewer 'nobody'"):
        forget(filled, [WHO, "nobody"])
    assert rows(filled, "SELECT count(*) FROM raw.viewers") == [(3,)]
    assert rows(filled, "SELECT count(*) FROM meta.runs WHERE verb = 'forget'") == [(0,)]


def test_nobody_is_forgotten_while_a_run_goes_on(filled: Warehouse) -> None:
    with filled.run("recommend", "ease") as run:
        with pytest.raises(LockedError, match="a run is going on"):
            forget(filled, [WHO])
        with filled.writing() as con:
            run.finish(con, {})
    assert rows(filled, "SELECT count(*) FROM ratings") == [(9,)]


@pytest.mark.parametrize("step", ["_remove_files", "rewrite"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), LockedError("the file is locked")], ids=["Ctrl-C", "a lock"])
def test_what_did_not_go_after_the_commit_is_said_and_goes_with_the_next_call(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def broken(warehouse: Warehouse) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(forgetting_module, step, broken)
        said = r"are forgotten, but .*(interrupted|is locked); run 'cinekit forget' without --viewer to finish"
        with pytest.raises(WarehouseError, match=said):
            forget(filled, [WHO])
    assert rows(filled, "SELECT count(*) FROM raw.viewers") == [(2,)]
    assert len(list(filled.artifacts.folder.iterdir())) == (2 if step == "_remove_files" else 1)
    done = forget(filled, [])
    assert (done.viewers, done.tables, done.models) == (0, {}, 0)
    assert len(list(filled.artifacts.folder.iterdir())) == 1
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


def test_a_copy_that_a_kill_left_goes_with_the_next_call(filled: Warehouse) -> None:
    script = (
        "import os, shutil, signal, sys\n"
        "from warehouse import Warehouse, forgetting\n"
        "shutil.copymode = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"forgetting.forget(Warehouse.open(sys.argv[1]), [{WHO!r}])"
    )
    folder = filled.path.parent
    other = folder / f".{filled.path.name}.new.0123456789ab.new"  # the draft of a warehouse called w.duckdb.new
    other.touch()
    done = subprocess.run([sys.executable, "-c", script, str(filled.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(folder.glob(".*"))) == 2
    forget(Warehouse.open(filled.path), [])
    assert list(folder.glob(".*")) == [other]
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


def test_a_folder_that_stays_is_named_and_the_bytes_go_all_the_same(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Artifacts, "remove", lambda *_: None)
    ((run,),) = rows(filled, "SELECT run FROM models.fitted WHERE model = 'ease'")
    with pytest.raises(WarehouseError, match=f"are forgotten, but .*{run} cannot be removed"):
        forget(filled, [WHO])
    assert WHO.encode() not in filled.path.read_bytes().replace(OTHER.encode(), b"")


def test_an_error_before_the_commit_forgets_nothing(filled: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(forgetting_module, "_blank_texts", broken)
    with pytest.raises(OSError, match="no"):
        forget(filled, [WHO])
    assert rows(filled, "SELECT count(*) FROM ratings") == [(9,)]
    assert rows(filled, "SELECT count(*) FROM models.fitted") == [(2,)]


def test_without_the_key_nobody_is_said_to_be_unknown(filled: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="no viewer 'nobody'"):
        forget(filled, ["nobody"])
    forget(filled, [WHO])
    assert forget(filled, [WHO]).again == 1
    monkeypatch.setenv(VARIABLE, "another key of 32 letters or more")
    with pytest.raises(WarehouseError, match="the key at hand is not the one that viewers were hashed with here"):
        forget(filled, [WHO])
    monkeypatch.delenv(VARIABLE)
    key_file(filled).unlink()
    for viewer in (WHO, "nobody"):
        with pytest.raises(WarehouseError, match="without the key nobody can tell whether they are the same"):
            forget(filled, [viewer])
    assert not key_file(filled).exists()
    assert rows(filled, "SELECT count(*) FROM meta.forgotten") == [(1,)]
