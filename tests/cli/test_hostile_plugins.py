"""Beside broken plugins every command says and does what it does without them; Ctrl-C ends one that hangs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolkit.installed_plugins import APART, GOOD, HOOK, HOSTILE, MEDDLING, install, install_hostile

from .conftest import Ran, Run

pytestmark = pytest.mark.slow

CINEKIT = [sys.executable, "-c", "import cli; cli.main()"]
COMMANDS = (
    ("--help",),
    ("--version",),
    ("recommend", "--help"),
    ("generate", "--help"),
    ("recommend", "ease", "--help"),
    ("recommend", "popular", "--format", "json"),
    ("recommend", "popular", "--top", "0"),
    ("recommend", "nobody-wrote-this"),
    ("evaluate", "recommend", "--help"),
    ("models", "--format", "csv"),
    ("sql", "SELECT count(*) AS n FROM ratings", "--format", "json"),
    ("sql", "SELECT nothing"),
    ("plugins", "new", "ease", "--verb", "recommend"),
    ("load", "ratings", "more.csv"),
    ("load", "nothing-of-that-name", "more.csv"),
    ("analyze", "script", "draft.fountain", "--format", "csv"),
    ("analyze", "script", "missing.fountain"),
    ("predict", "seasonal-naive", "--of", "series", "--horizon", "2", "--format", "csv"),
    ("predict", "seasonal-naive", "--horizon", "0"),
    ("forget", "--viewer", "1"),
    ("forget", "--viewer", "nobody"),
    ("doctor", "--format", "csv"),
)
IN_PROCESS = (HOSTILE.keys() | MEDDLING.keys()) - APART
DRAFT = "INT. HOUSE - DAY\n\nANN\nHello there, what a wonderful day.\n\nBOB\nA terrible night.\n"


@pytest.fixture
def desk(loaded: Run, tmp_path: Path) -> Run:
    """Run a command in a folder with a warehouse and files, as they were at first."""
    sales = [f"a,2026-01-{day:02},{day % 7}" for day in range(1, 29)]
    (tmp_path / "sales.csv").write_text("series,date,value\n" + "\n".join(sales) + "\n")
    (tmp_path / "more.csv").write_text("viewer,title,rating\n1,9,4\n77,1,5\n")
    (tmp_path / "draft.fountain").write_text(DRAFT)
    assert loaded("load", "series", "sales.csv").code == 0
    shutil.copy("cinekit.duckdb", "first.duckdb")

    def call(*command: str | Path) -> Ran:
        shutil.copy("first.duckdb", "cinekit.duckdb")
        return loaded(*command)

    return call


@contextmanager
def installed(kinds: frozenset[str]) -> Iterator[None]:
    """Hostile plugins, as long as it lasts."""
    known = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            install_hostile(Path(folder), kind)
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)
            for name in set(sys.modules) - known:
                if name.startswith("stranger"):
                    del sys.modules[name]


def compare(run: Run, command: tuple[str, ...], kinds: frozenset[str]) -> None:
    alone = run(*command)
    with installed(kinds):
        beside = run(*command)
    lines = [line for line in beside.out.splitlines() if not line.startswith("plugin stranger-")]  # of doctor
    assert (beside.code, hushed(lines)) == (alone.code, hushed(alone.out.splitlines()))
    if alone.code and alone.err:
        assert beside.err.splitlines()[-1] == alone.err.splitlines()[-1]


def hushed(lines: list[str]) -> list[str]:
    """Lines without what differs from one run of a command to the next: the free space of the disk, ids."""
    return [re.sub(r"[\d.,]+ [GM]B|[0-9a-f]{8}-[0-9a-f-]{27}", "", line) for line in lines]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_ends_and_answers_as_without_broken_plugins(desk: Run, command: tuple[str, ...]) -> None:
    compare(desk, command, frozenset(IN_PROCESS))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.frozensets(st.sampled_from(sorted(IN_PROCESS)), min_size=1), command=st.sampled_from(COMMANDS))
def test_nor_does_it_matter_which_of_them_are_there(desk: Run, kinds: frozenset[str], command: tuple[str, ...]) -> None:
    compare(desk, command, kinds)


def ran(folder: Path, site: Path, *command: str) -> Ran:
    """Run a command in a process of its own, beside the plugins of a folder; their threads live for a minute."""
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*CINEKIT, *command], cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False, timeout=45,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "command", [("recommend", "popular", "--format", "json"), ("sql", "SELECT nothing")], ids=" ".join
)
def test_a_process_ends_and_answers_as_without_them(desk: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    site = tmp_path / "site"
    site.mkdir()
    alone = desk(*command)
    for kind in HOSTILE.keys() | MEDDLING.keys():
        install_hostile(site, kind)
    beside = ran(tmp_path, site, *command)
    assert (beside.code, beside.out) == (alone.code, alone.out)
    assert ("popular: " if alone.code == 0 else alone.err) in beside.err  # a stderr that was closed says it too


@pytest.mark.parametrize("kind", MEDDLING)
def test_nor_does_one_of_them_change_it(desk: Run, tmp_path: Path, kind: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    alone = desk("recommend", "popular", "--format", "json")
    distribution = install_hostile(site, kind)
    beside = ran(tmp_path, site, "recommend", "popular", "--format", "json")
    assert (beside.code, beside.out) == (alone.code, alone.out)
    assert "popular: " in beside.err
    rows = json.loads(ran(tmp_path, site, "plugins", "--format", "json").out)
    (row,) = [row for row in rows if row["distribution"] == distribution]
    assert (row["state"], MEDDLING[kind][1] in row["why"]) == ("loaded", True)


def test_each_costs_one_line_of_the_list_and_the_list_stays_json(run: Run) -> None:
    before = json.loads(run("plugins", "--format", "json").out)
    with installed(frozenset(HOSTILE)):
        done = run("plugins", "--format", "json")
        table = run("plugins")
    rows = json.loads(done.out)
    assert done.code == table.code == 0
    assert rows[: len(before)] == before
    added = rows[len(before) :]
    assert [row["distribution"] for row in added] == sorted(f"stranger-{kind}" for kind in HOSTILE)
    assert {row["state"] for row in added} == {"broken"}
    assert all(f"stranger-{kind}" in table.out for kind in HOSTILE)
    assert "\x1b[31m" not in table.out


def test_the_times_of_imports_are_a_column(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(step=0.125)
    monkeypatch.setattr("toolkit.host.perf_counter", lambda: next(ticks))
    rows = json.loads(run("plugins", "--times", "--format", "json").out)
    assert [row["why"] for row in rows] == [""] * len(rows)
    assert [row["seconds"] for row in rows] == [0.125] * len(rows)


@pytest.mark.parametrize("where", ["import", "hook", "model"])
def test_ctrl_c_ends_a_plugin_that_hangs(tmp_path: Path, where: str) -> None:
    hang = "import sys, time; print('here', file=sys.stderr, flush=True); time.sleep(60)"
    code = {"import": hang, "hook": HOOK.format(body=hang)}.get(
        where, GOOD.format(name="late", module="stranger_hangs")
    )
    install(tmp_path, "stranger-hangs", code)
    (tmp_path / "stranger_hangs_model.py").write_text(hang)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = ["recommend", "late"] if where == "model" else ["plugins"]
    process = subprocess.Popen(
        [*CINEKIT, *command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr.readline() == "here\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    loading = "plugin stranger-hangs was being loaded; if it hangs, name it in 'block' of [plugins] in cinekit.toml\n"
    assert err == ("" if where == "model" else loading) + "cinekit: interrupted; nothing half-written was kept\n"
