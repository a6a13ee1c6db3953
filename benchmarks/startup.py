"""Start-up: `cinekit --help` against `python -c 'import typer'`, taking turns; and what it must not import."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import Report, Row, alternate, machine, phase, serve

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


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a command as a child."""
    with phase("command"):
        subprocess.run(arguments["command"], check=True, capture_output=True)  # noqa: S603
    return {}


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
    return report.finish(options.json)


if __name__ == "__main__":
    serve({"run": run})
    raise SystemExit(main())
