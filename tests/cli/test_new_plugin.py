"""`cinekit plugins new`: from an empty folder to a model that is installed, tested and used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.examples.environment import Environment, environment

from .conftest import Run

__all__ = ["environment"]

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
@pytest.mark.parametrize("verb", VERBS)
def test_each_plugin_is_installed_tested_and_used_as_it_is(environment: Environment, tmp_path: Path, verb: str) -> None:
    def call(*command: str | Path, cwd: Path = tmp_path) -> str:
        return environment.run(*map(str, command), cwd=cwd).stdout

    name = f"mine-{verb}"
    folder = tmp_path / f"cinekit-{name}"
    call("cinekit", "simulate", "--viewers", "200", "--titles", "150")
    call("cinekit", "plugins", "new", name, "--verb", verb)
    environment.install_editable(folder)
    call("pytest", "-q", cwd=folder)
    call("mypy", "--strict", f"cinekit_{name.replace('-', '_')}", cwd=folder)
    document = [folder / "README.md"] if verb == "analyze" else []
    assert json.loads(call("cinekit", verb, name, *document, "--format", "json"))
    (listed,) = [row for row in json.loads(call("cinekit", "plugins", "--format", "json"))
                 if row["distribution"] == folder.name]  # fmt: skip
    assert (listed["state"], listed["models"], listed["why"]) == ("loaded", name, "")
    sql = "SELECT DISTINCT plugin FROM runs WHERE status = 'done' AND verb <> 'load'"
    assert json.loads(call("cinekit", "sql", sql, "--format", "json")) == [{"plugin": folder.name}]
