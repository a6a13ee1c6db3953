"""Loading several paths at once: one load or several, and what becomes of those that fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import mido
import pytest
from PIL import Image

from tests.cli.conftest import Run
from warehouse import Warehouse


def piece(path: Path, pitch: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = mido.MidiFile()
    notes = [mido.Message("note_on", note=pitch, velocity=64), mido.Message("note_off", note=pitch, time=480)]
    file.tracks.append(mido.MidiTrack(notes))
    file.save(path)
    return path


def rows(run: Run, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("sql", query, "--format", "json").out)
    return found


def test_files_given_together_are_one_load(run: Run, tmp_path: Path) -> None:
    files = [piece(tmp_path / "scores" / f"{pitch}.mid", pitch) for pitch in range(60, 72)]
    (tmp_path / "chorales.json").write_text('{"train": [[[60, 55], [62, 59]]]}')
    done = run("load", "music", "chorales.json", *files)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == [
        "load 1 (music): 13 pieces taken, 0 refused, 0 folded into others",
        "  raw.pieces 13, raw.notes 16",
    ]
    again = run("load", "music", *reversed(files), "chorales.json")
    assert again.code == 0
    assert "was already loaded, as load 1; nothing was added" in again.err
    assert rows(run, "SELECT path, rows_taken FROM loads") == [
        {"path": f"{tmp_path / 'chorales.json'} and 12 more", "rows_taken": 13}
    ]


def test_refused_files_are_told_by_reason_without_a_line(run: Run, tmp_path: Path) -> None:
    files = [piece(tmp_path / "scores/a.mid", 60), tmp_path / "scores/b.mid", tmp_path / "scores/c.mid"]
    for torn in files[1:]:
        torn.write_bytes(files[0].read_bytes()[:-4])
    done = run("load", "music", "scores")
    assert done.code == 0
    assert done.err.splitlines() == [
        "load 1 (music): 1 pieces taken, 2 refused, 0 folded into others",
        "  raw.pieces 1, raw.notes 1",
        "  refused 2: is cut short; export or copy it again (first in b.mid)",
        "  all of them: cinekit sql 'SELECT * FROM refused'",
    ]


def test_tables_given_together_are_a_load_each_in_their_order(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("viewer,title,rating\n1,x,3\n")
    (tmp_path / "b.csv").write_text("viewer,title,rating\n1,x,5\n2,y,4\n")
    done = run("load", "ratings", "a.csv", "b.csv")
    assert done.code == 0
    assert [line for line in done.err.splitlines() if line.startswith("load")] == [
        "load 1 (ratings): 1 rows taken, 0 refused, 0 folded into others",
        "load 2 (ratings): 2 rows taken, 0 refused, 0 folded into others",
    ]
    assert rows(run, "SELECT viewer, rating FROM ratings ORDER BY ALL") == [
        {"viewer": "1", "rating": 5.0},
        {"viewer": "2", "rating": 4.0},
    ]


def test_a_path_that_fails_stops_no_other_and_is_told_last(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("viewer,title,rating\n1,x,3\n")
    (tmp_path / "bad.csv").write_text("viewer,title,rating\n1,x,\n")
    (tmp_path / "z.csv").write_text("viewer,title,rating\n2,y,4\n")
    done = run("load", "ratings", "missing.csv", "a.csv", "bad.csv", "z.csv")
    assert done.code == 1
    lines = done.err.splitlines()
    assert [line[:6] for line in lines if line.startswith("load")] == ["load 1", "load 2"]
    assert lines[-2].startswith("cinekit: there is no file missing.csv")
    assert lines[-1].startswith("cinekit: bad.csv: all 1 rows were refused")


def test_a_file_of_another_kind_among_several_is_told_and_the_others_are_one_load(run: Run, tmp_path: Path) -> None:
    piece(tmp_path / "a.mid", 60)
    (tmp_path / "README").write_text("scores")
    done = run("load", "music", "README", "a.mid", "missing")
    assert done.code == 1
    assert "load 1 (music): 1 pieces taken" in done.err
    assert done.err.splitlines()[-2:] == [
        "cinekit: README is not read as music: its name has to end in .mid, .midi, .json or .zip",
        "cinekit: there is no file or folder missing; check its name",
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["images", "missing"], 1),
        (["scripts", "missing", "gone"], 1),
        (["images", "empty"], 1),
        (["imagse", "empty"], 2),
        (["music", "empty", "--map", "viewer"], 2),
        (["music", "empty", "--label", "x"], 2),
        (["music"], 2),
    ],
)
def test_nothing_to_load_makes_no_warehouse(run: Run, tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "empty").mkdir()
    done = run("load", *arguments)
    assert done.code == code
    assert all(line.startswith(("cinekit: ", "Usage: ")) for line in done.err.splitlines())
    assert not (tmp_path / "cinekit.duckdb").exists()


@pytest.mark.slow
@pytest.mark.parametrize("end", ["killed", "interrupted"])
def test_a_load_that_is_cut_off_leaves_nothing(tmp_path: Path, end: str) -> None:
    Image.new("RGBA", (4, 4), (1, 2, 3, 4)).save(tmp_path / "a.png")
    name = {"killed": "SIGKILL", "interrupted": "SIGINT"}[end]
    script = (
        "import os, signal, cli, warehouse.loads as loads\n"
        f"def cut(*arguments): os.kill(os.getpid(), signal.{name})\n"
        "loads.record = cut\n"  # the rows are written, and the transaction is open
        "cli.main()"
    )
    environment = {key: value for key, value in os.environ.items() if key != "CINEKIT_WAREHOUSE"}
    done = subprocess.run(
        [sys.executable, "-c", script, "load", "images", "a.png"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == (-signal.SIGKILL if end == "killed" else 130)
    warehouse = Warehouse.open(tmp_path / "cinekit.duckdb")
    found = warehouse.query(
        "SELECT (SELECT count(*) FROM raw.images), (SELECT count(*) FROM meta.loads), status FROM runs"
    )
    assert found.rows() == [(0, 0, "failed")]
    assert warehouse.repeated_keys() == []
