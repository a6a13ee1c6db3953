from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli


def test_the_front_door_imports_the_toolkit_and_the_warehouse_and_no_plugin() -> None:
    tree = ast.parse(Path(cli.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {name.split(".")[0] for name in names}
    assert {"toolkit", "warehouse"} <= rooms
    assert "plugins" not in rooms
    assert rooms.isdisjoint({"duckdb", "polars", "numpy", "sklearn", "scipy"})


def test_the_contracts_and_pytest_are_imported_by_tests_alone() -> None:
    script = (
        "import sys, cli; cli.run(['plugins']);"
        "print([m for m in sys.modules if m.split('.')[0] in ('pytest', '_pytest') or m.startswith('toolkit.testing')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["toolkit", "warehouse", "plugins"])
def test_a_package_of_the_same_name_is_named_when_it_stands_before_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("theirs = 1\n")
    script = "import sys, cli; sys.path.insert(0, sys.argv.pop(1)); cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), "doctor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert str(tmp_path / f"{name}.py") in said
    assert "shadows" in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("theirs", ["{}/__init__.py", "{}.py", "{}/notes.py"], ids=["packages", "modules", "folders"])
def test_what_a_stranger_s_checkout_is_called_does_no_harm(tmp_path: Path, theirs: str) -> None:
    for name in ("toolkit", "warehouse", "plugins", "cli"):
        file = tmp_path / theirs.format(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text("raise RuntimeError('theirs')\n")
    command = Path(sys.executable).with_name("cinekit")
    if not command.exists():
        pytest.skip("cinekit is not installed as a command in this environment")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for asked in (["doctor"], ["recommend", "popular", "--help"]):
        done = subprocess.run(
            [str(command), *asked], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if asked == ["doctor"]:
            assert f"another of that name is at {tmp_path / 'toolkit'}" in done.stdout
