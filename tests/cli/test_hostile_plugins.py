"""Beside broken plugins every command says and does what it does without them; Ctrl-C ends one that hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolkit.installed_plugins import GOOD, HOOK, HOSTILE, install, install_hostile

from .conftest import Run

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
)


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
    assert (beside.code, beside.out) == (alone.code, alone.out)
    if alone.code:
        assert beside.err.splitlines()[-1] == alone.err.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_ends_and_answers_as_without_broken_plugins(loaded: Run, command: tuple[str, ...]) -> None:
    compare(loaded, command, frozenset(HOSTILE))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.frozensets(st.sampled_from(sorted(HOSTILE)), min_size=1), command=st.sampled_from(COMMANDS))
def test_nor_does_it_matter_which_of_them_are_there(
    loaded: Run, kinds: frozenset[str], command: tuple[str, ...]
) -> None:
    compare(loaded, command, kinds)


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


def test_the_times_of_imports_are_a_column(run: Run) -> None:
    rows = json.loads(run("plugins", "--times", "--format", "json").out)
    assert [row["why"] for row in rows] == [""] * len(rows)
    assert all(0 <= row["seconds"] < 0.2 for row in rows)


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
    assert err == "cinekit: interrupted; nothing half-written was kept\n"
