"""`cinekit plugins new`: from an empty folder to a model that is installed, tested and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .conftest import Run

ROOT = Path(__file__).resolve().parents[2]
# Those that need nothing but cinekit come first, and are used before what the others need is installed.
VERBS = ("recommend", "analyze", "predict", "generate")


def test_it_writes_and_says_what_next(run: Run, tmp_path: Path) -> None:
    done = run("plugins", "new", "Mine_Too", "--verb", "analyze", "--folder", tmp_path)
    folder = tmp_path / "cinekit-mine-too"
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == [
        f"wrote {folder}; what next:",
        f"  cd {folder}",
        "  pip install -e '.[test]'",
        "  pytest",
        "  cinekit analyze mine-too README.md",
    ]
    again = run("plugins", "new", "mine-too", "--verb", "analyze")
    assert (again.code, again.err) == (2, f"cinekit: {folder} is there already; take another name or --folder\n")


@pytest.mark.parametrize("arguments", [["x"], ["x", "--verb", "guess"], ["3d", "--verb", "predict"], ["--verb"]])
def test_wrong_use_is_exit_2_and_writes_nothing(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    done = run("plugins", "new", *arguments)
    assert (done.code, done.out) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_the_list_is_shown_without_a_command(run: Run) -> None:
    rows = json.loads(run("plugins", "--format", "json").out)
    assert {row["distribution"] for row in rows} >= {"cinekit"}
    assert set(rows[0]) == {"distribution", "version", "entry point", "state", "models", "sources", "tables", "why"}


@pytest.mark.slow
def test_each_plugin_is_installed_tested_and_used_as_it_is(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    bin_ = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "CINEKIT"))}

    def call(program: str, *arguments: str | Path, cwd: Path = tmp_path) -> str:
        command = [str(bin_ / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    call("pip", "install", "-q", ROOT)  # not editable: the templates have to be in the wheel
    call("cinekit", "simulate", "--viewers", "200", "--titles", "150")
    for verb in VERBS:
        name = f"mine-{verb}"
        call("cinekit", "plugins", "new", name, "--verb", verb)
        folder = tmp_path / f"cinekit-{name}"
        call("pip", "install", "-q", "-e", ".[test]", cwd=folder)
        call("pytest", "-q", cwd=folder)
        call("mypy", "--strict", f"cinekit_{name.replace('-', '_')}", cwd=folder)
        document = [folder / "README.md"] if verb == "analyze" else []
        assert json.loads(call("cinekit", verb, name, *document, "--format", "json"))
        listed = json.loads(call("cinekit", "plugins", "--format", "json"))
        assert (listed[-1]["state"], listed[-1]["why"]) == ("loaded", "")
    ran = json.loads(
        call("cinekit", "sql", "SELECT DISTINCT plugin FROM runs WHERE status = 'done'", "--format", "json")
    )
    assert {row["plugin"] for row in ran} >= {f"cinekit-mine-{verb}" for verb in VERBS}
