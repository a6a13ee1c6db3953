"""`cinekit tune` as people meet it, and `--tuned` where a model is used."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from warehouse import Warehouse

from .conftest import Run

CINEKIT = [sys.executable, "-c", "import cli; cli.main()"]
TUNE = ("tune", "recommend", "item-knn", "--k", "3", "--trials")


def settings_of(run: Run, verb: str, what: str = "settings") -> Any:
    done = run(
        "sql", f"SELECT {what} AS s FROM runs WHERE verb = '{verb}' ORDER BY run DESC LIMIT 1", "--format", "json"
    )
    return json.loads(json.loads(done.out)[0]["s"])


def test_tuning_shows_the_best_and_how_to_use_it(loaded: Run) -> None:
    done = loaded(*TUNE, "3", "--name", "mine")
    assert done.code == 0
    assert "ndcg@3" in done.out
    assert "neighbours" in done.out
    assert "item-knn: 3 trials" in done.err
    assert "what 'cinekit evaluate' would test by was set aside" in done.err
    assert "the best: --similarity" in done.err
    assert "use it: cinekit recommend item-knn --tuned mine" in done.err
    again = loaded(*TUNE, "1", "--format", "json")
    rows = json.loads(again.out)
    assert "went on from 3 of earlier runs" in again.err
    assert sorted(row["trial"] for row in rows) == [1, 2, 3, 4]
    assert rows == sorted(rows, key=lambda row: (-row["value"], row["trial"]))
    assert [row["best"] for row in rows] == [True, False, False, False]
    as_csv = list(csv.DictReader(io.StringIO(loaded(*TUNE, "1", "--format", "csv").out)))
    assert len(as_csv) == 5


@pytest.mark.slow
def test_options_go_before_tuned_settings_and_these_before_the_config(loaded: Run, tmp_path: Path) -> None:
    (tmp_path / "cinekit.toml").write_text("[plugins.item-knn]\nneighbours = 7\nshrinkage = 3\n")
    assert loaded(*TUNE, "1", "--name", "seven").code == 0
    (tmp_path / "cinekit.toml").write_text("[plugins.item-knn]\nneighbours = 8\nshrinkage = 4\n")
    done = loaded("recommend", "item-knn", "--tuned", "seven", "--shrinkage", "5")
    assert done.code == 0
    assert "settings of trial 1" in done.err
    found = settings_of(loaded, "recommend")
    assert (found["neighbours"], found["shrinkage"], found["similarity"]) == (7, 5.0, "cosine")
    loaded("recommend", "item-knn")
    assert settings_of(loaded, "recommend")["neighbours"] == 8
    judged = loaded("evaluate", "recommend", "item-knn", "popular", "--tuned", "latest", "--k", "3")
    assert judged.code == 0
    assert "item-knn: settings of trial 1" in judged.err
    assert "popular: not tuned" in judged.err
    assert "judged too well" not in judged.err
    assert settings_of(loaded, "evaluate")["models"]["item-knn"]["neighbours"] == 7
    other = loaded("evaluate", "recommend", "item-knn", "--tuned", "latest", "--seed", "1")
    assert "item-knn: judged too well, perhaps" in other.err
    assert "--seed 0" in other.err


@pytest.mark.slow
def test_the_parts_of_a_blend_are_tuned_ones_whatever_else_is_judged(loaded: Run, tmp_path: Path) -> None:
    (tmp_path / "cinekit.toml").write_text("[plugins.item-knn]\nneighbours = 7\n")
    assert loaded(*TUNE, "1", "--name", "seven").code == 0
    blend = 'blend = "item-knn=1,popular=1"'
    (tmp_path / "cinekit.toml").write_text(f"[plugins.item-knn]\nneighbours = 8\n[plugins.blend]\n{blend}\n")
    evaluate = ("evaluate", "recommend", "--k", "3", "blend")
    for judged in [evaluate, (*evaluate, "item-knn")]:
        done = loaded(*judged, "--tuned", "seven")
        assert done.code == 0
        assert "item-knn: settings of trial 1" in done.err
        assert "blend: " not in done.err
        assert settings_of(loaded, "evaluate")["models"]["blend"]["parts"]["item-knn"]["neighbours"] == 7
        assert "item-knn: judged too well" in loaded(*judged, "--tuned", "seven", "--seed", "1").err
        assert loaded(*judged).code == 0
        assert settings_of(loaded, "evaluate")["models"]["blend"]["parts"]["item-knn"]["neighbours"] == 8
    done = loaded("recommend", "blend", "--blend", "popular=1,item-knn=2", "--tuned", "seven")
    assert done.code == 0
    assert "popular: not tuned" in done.err
    assert settings_of(loaded, "recommend")["parts"]["item-knn"]["neighbours"] == 7


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*TUNE, "0"), "--trials"),
        ((*TUNE, "1", "--minutes", "0"), "--minutes"),
        (("tune", "recommend", "nope"), "no model 'nope'"),
        (
            ("tune", "recommend", "popular"),
            "popular has no settings to search, so there is nothing to tune; take another model: als,",
        ),
        (("tune", "recommend", "blend"), "made of other models; tune these, each by itself, such as: cinekit tune"),
        (("recommend", "blend", "--tuned", "latest"), "'cinekit tune recommend ease' makes one"),
        (("tune", "recommend"), "Missing argument 'MODEL'"),
        (("tune", "analyze", "textblob"), "no verb 'analyze'; name a verb, then models of it; verbs here: recommend"),
        ((*TUNE, "1", "--name", "latest"), "take another name"),
        (("recommend", "ease", "--tuned", "latest"), "'cinekit tune recommend ease' makes one"),
        (("evaluate", "recommend", "ease", "--tuned", "mine"), "no tuning of ease 'mine'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(loaded: Run, arguments: tuple[str, ...], says: str) -> None:
    done = loaded(*arguments)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""


def test_without_optuna_one_line_says_what_to_install(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = loaded(*TUNE, "1")
    assert done.code == 1
    assert done.err == "cinekit: tuning needs optuna, which is not installed; pip install 'cinekit[tune]'\n"


def test_help_does_not_import_optuna() -> None:
    script = (
        "import sys, cli; code = cli.run(['tune', 'recommend', '--help']);"
        "print([m for m in ('optuna', 'polars', 'duckdb') if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[] 0"
    assert "--no-hold-out" in done.stdout


@pytest.mark.slow
def test_ctrl_c_keeps_the_trials_that_have_ended(loaded: Run, tmp_path: Path) -> None:
    script = (
        "import cli, os, signal, toolkit.tuning as t\n"
        "real = t.evaluate\n"
        "def second(*a, **k):\n"
        "    if t.done: os.kill(os.getpid(), signal.SIGINT)\n"
        "    t.done = True\n"
        "    return real(*a, **k)\n"
        "t.done, t.evaluate = False, second\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *TUNE, "9"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert "the trials that have ended are kept, and the same command goes on" in done.stderr
    assert "Traceback" not in done.stderr
    rows = Warehouse.open(tmp_path / "cinekit.duckdb").query("SELECT trial, state, run_status FROM trials").rows()
    assert rows == [(1, "done", "failed")]
    assert "went on from 1 of earlier runs" in loaded(*TUNE, "1").err


@pytest.mark.slow
def test_killed_at_random_moments_every_trial_that_was_written_is_whole(loaded: Run, tmp_path: Path) -> None:
    file = tmp_path / "cinekit.duckdb"
    kept = 0
    for attempt in range(5):
        process = subprocess.Popen(
            [*CINEKIT, *TUNE, "500"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            time.sleep(0.5 + 0.13 * attempt)
            if trials(file) > kept:
                break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        warehouse = Warehouse.open(file)
        frame = warehouse.query("SELECT trial, state, value, run_status FROM trials ORDER BY trial")
        assert frame["trial"].to_list() == list(range(1, frame.height + 1))
        assert frame.height > kept
        assert frame["value"].null_count() == 0
        assert set(frame["run_status"]) == {"failed"}
        assert warehouse.repeated_keys() == []
        kept = frame.height
    written = warehouse.query("SELECT sum(row_count) FROM meta.run_writes WHERE table_name = 'models.trials'").item()
    assert written == kept
    assert f"went on from {kept} of earlier runs" in loaded(*TUNE, "1").err


def trials(file: Path) -> int:
    return int(Warehouse.open(file, wait=60).query("SELECT count(*) FROM trials").item())
