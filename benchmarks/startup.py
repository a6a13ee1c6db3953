"""Start-up: `cinekit --help` against `python -c 'import typer'`, taking turns; its imports; many plugins."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Report, Row, alternate, machine, phase, serve

PLUGINS = 50
PLUGIN = """
from toolkit import ModelEntry, hookimpl

@hookimpl
def cinekit_models():
    return [ModelEntry("recommend", "small-{number}", "small_{number}.model:Model", "Recommends little.")]
"""
METADATA = """\
Metadata-Version: 2.1
Name: cinekit-small-{number}
Version: 0.1.0
Requires-Dist: cinekit>=0.1
"""
ENTRY_POINT = """\
[cinekit]
small-{number} = small_{number}
"""
HEAVY = ("keras", "sklearn", "textblob", "polars", "duckdb", "numpy")
SHOW_IMPORTS = """
import runpy, sys
sys.argv = ["cinekit", "--help"]
try:
    runpy.run_path(sys.executable_of_cinekit, run_name="__main__")
finally:
    print(*sys.modules, file=sys.stderr)
"""


def command_of_cinekit() -> str:
    """The console script beside this Python, or on the path.

    Raises:
        SystemExit: it is not installed.
    """
    beside = Path(sys.executable).with_name("cinekit")
    found = str(beside) if beside.exists() else shutil.which("cinekit")
    if found is None:
        raise SystemExit("cinekit is not installed; pip install -e '.[benchmark]' first")
    return found


def python_path(folder: str | None) -> str:
    """The Python path as it is, with a folder before it where one is named."""
    return os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a command as a child, with one more folder on the Python path where one is named."""
    environment = {**os.environ, "PYTHONPATH": python_path(arguments.get("folder"))}
    with phase("command"):
        subprocess.run(arguments["command"], check=True, capture_output=True, env=environment)  # noqa: S603
    return {}


def write_plugins(folder: Path, count: int) -> None:
    """Small plugins, as pip leaves them: a package and its metadata each."""
    for number in range(count):
        package, info = folder / f"small_{number}", folder / f"cinekit_small_{number}-0.1.0.dist-info"
        package.mkdir()
        info.mkdir()
        (package / "__init__.py").write_text(PLUGIN.format(number=number))
        (info / "METADATA").write_text(METADATA.format(number=number))
        (info / "entry_points.txt").write_text(ENTRY_POINT.format(number=number))


def with_plugins(repeat: int) -> list[Row]:
    """Helps with many small plugins installed, against the same with none."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_plugins(Path(folder), PLUGINS)
        helps = {"cinekit --help": ["--help"], "cinekit recommend --help": ["recommend", "--help"]}
        runs = {}
        for name, arguments in helps.items():
            command = [command_of_cinekit(), *arguments]
            runs[name] = ("run", {"command": command})
            runs[f"{name}, {PLUGINS} plugins"] = ("run", {"command": command, "folder": folder})
        measured = alternate(__file__, runs, repeat)
        shown = subprocess.run(  # noqa: S603
            [command_of_cinekit(), "recommend", "--help"],
            check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": python_path(folder)},
        )  # fmt: skip
        if shown.stdout.count("Recommends little.") != PLUGINS:
            raise SystemExit("the plugins are not found; what was measured says nothing")
    for name in helps:
        few, many = (measured[each].phases["command"] for each in (name, f"{name}, {PLUGINS} plugins"))
        bar = 1.5 if name == "cinekit --help" else None
        rows += [Row(name, few), Row(f"… {PLUGINS} plugins", many, against="none", held=many.cpu / few.cpu, bar=bar)]
    return rows


def imported_by_help() -> list[str]:
    """The heavy packages that `cinekit --help` imports."""
    source = SHOW_IMPORTS.replace("sys.executable_of_cinekit", repr(command_of_cinekit()))
    done = subprocess.run([sys.executable, "-c", source], check=False, capture_output=True, text=True)  # noqa: S603
    modules = set(done.stderr.split())
    if "typer" not in modules:
        raise SystemExit(f"cinekit --help failed:\n{done.stderr[-2000:]}")
    return [name for name in HEAVY if name in modules]


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=10, help="runs of each, of which the median counts")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    report = Report("start-up", machine(["cinekit", "typer", "rich", "pluggy", "pydantic"]))
    commands = {
        "python -c 'import typer'": [sys.executable, "-c", "import typer"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "cinekit --help": [command_of_cinekit(), "--help"],
    }
    runs = {name: ("run", {"command": command}) for name, command in commands.items()}
    measured = alternate(__file__, runs, options.repeat)
    spent = {name: found.phases["command"] for name, found in measured.items()}
    ours, peer, bare = "cinekit --help", "python -c 'import typer'", "python -c pass"
    heavy = imported_by_help()
    report.section(
        f"Start-up, medians of {options.repeat}",
        [
            Row(bare, spent[bare]),
            Row(peer, spent[peer]),
            Row(ours, spent[ours], against=peer, held=spent[ours].cpu / spent[peer].cpu, bar=1.5),
            Row("heavy packages imported", note=", ".join(heavy) or "none", held=len(heavy), bar=0, unit="of them"),
        ],
    )
    report.section(f"With {PLUGINS} small plugins, medians of {options.repeat}", with_plugins(options.repeat))
    return report.finish(options.json)


if __name__ == "__main__":
    serve({"run": run})
    raise SystemExit(main())
