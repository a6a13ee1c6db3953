"""Measuring: each thing in a fresh process of its own, CPU beside wall and peak memory, and bars that hold or not.

A script's tasks are functions from a dict of arguments to a dict of findings; inside them, `phase` measures what
counts. The script calls `serve` first, which answers where it was started to run one task, and `alternate` to run
tasks side by side.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Task = Callable[[dict[str, Any]], dict[str, Any]]

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
MARK = "--task"
HEADINGS = ("what", "CPU s", "wall s", "peak MB", "against", "value", "bar", "holds?", "note")
WORDS = ("what", "against", "note")
_phases: dict[str, dict[str, float]] = {}


@dataclass(frozen=True)
class Spent:
    """CPU seconds (user and system, children included) and wall seconds: medians where there were several runs."""

    cpu: float
    wall: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.cpu + other.cpu, self.wall + other.wall)


@dataclass(frozen=True)
class Measured:
    """What the runs of one task came to: phases by name, the highest peak in MB, findings of the last run."""

    phases: dict[str, Spent]
    peak_mb: float
    found: dict[str, Any]

    def total(self, *names: str) -> Spent:
        """Several phases together."""
        return sum((self.phases[name] for name in names), Spent(0, 0))


@dataclass
class Row:
    """One line of a table. `bar` is the largest value allowed of `held`; without one, nothing is held to anything."""

    what: str
    spent: Spent | None = None
    peak_mb: float | None = None
    note: str = ""
    against: str = ""
    held: float | None = None
    bar: float | None = None
    unit: str = "×"

    @property
    def holds(self) -> bool | None:
        """Whether the bar holds; None where there is no bar."""
        return None if self.bar is None or self.held is None else self.held <= self.bar


@dataclass
class Report:
    """Sections of rows, printed as they come and written as JSON in the end."""

    title: str
    about: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, list[Row]] = field(default_factory=dict)

    def section(self, name: str, rows: Sequence[Row]) -> None:
        """Keep and print one section."""
        from rich.console import Console
        from rich.table import Table

        self.sections[name] = list(rows)
        table = Table(title=name, title_justify="left")
        lines = [_cells(row) for row in rows]
        filled = [place for place in range(len(HEADINGS)) if any(line[place] for line in lines)]
        for place in filled:
            words = HEADINGS[place] in WORDS
            table.add_column(HEADINGS[place], justify="left" if words else "right", no_wrap=not words)
        for line in lines:
            table.add_row(*(line[place] for place in filled))
        wide = None if sys.stdout.isatty() else 150
        Console(width=wide).print(table)

    def finish(self, file: Path | None) -> int:
        """Write the JSON where a file is given; the exit code: 1 when a bar is missed."""
        missed = [f"{name}: {row.what}" for name, rows in self.sections.items() for row in rows if row.holds is False]
        if file is not None:
            sections = {
                name: [asdict(row) | {"holds": row.holds} for row in rows] for name, rows in self.sections.items()
            }
            whole = {"title": self.title, "about": self.about, "missed": missed, "sections": sections}
            file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        print("every bar holds" if not missed else "MISSED: " + "; ".join(missed))
        return 1 if missed else 0


def _cells(row: Row) -> list[str]:
    verdict = {None: "", True: "holds", False: "MISSED"}[row.holds]
    held, bar = (f"{value:,.2f} {row.unit}" if value is not None else "" for value in (row.held, row.bar))
    return [
        row.what,
        f"{row.spent.cpu:.2f}" if row.spent else "",
        f"{row.spent.wall:.2f}" if row.spent else "",
        f"{row.peak_mb:,.0f}" if row.peak_mb is not None else "",
        row.against,
        held,
        f"≤ {bar}" if bar else "",
        verdict,
        row.note,
    ]


def machine(packages: Sequence[str]) -> dict[str, Any]:
    """What the figures were measured on."""
    versions = {}
    for name in packages:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine(), **versions}


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Inside a task: measure the block as a phase."""
    began = now()
    yield
    since(began, name)


def now() -> Spent:
    """What this process has spent so far."""
    return Spent(_cpu(), time.perf_counter())


def since(began: Spent, name: str) -> None:
    """Inside a task: what was spent since then is a phase."""
    _phases[name] = {"cpu": _cpu() - began.cpu, "wall": time.perf_counter() - began.wall}


def _cpu() -> float:
    """CPU seconds of this process, its threads, and its children that have ended."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def _peak_mb() -> float:
    """Peak resident memory. Linux hands ru_maxrss on from the process that started us, so its own count is read."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def serve(tasks: Mapping[str, Task]) -> None:
    """Where this process was started to run one task, run it, print what came of it, and exit."""
    if MARK not in sys.argv[1:2]:
        return
    found = tasks[sys.argv[2]](json.loads(sys.argv[3]))
    sys.stdout.flush()
    print("\n" + json.dumps({"phases": _phases, "peak_mb": _peak_mb(), "found": found}))
    raise SystemExit(0)


def alternate(
    script: str | Path,
    runs: Mapping[str, tuple[str, dict[str, Any]]],
    repeat: int = 1,
    threads: int | None = None,
    elsewhere: Mapping[str, tuple[Path, Path]] | None = None,
) -> dict[str, Measured]:
    """Run tasks of a script, each in a process of its own, one after the other and all of them `repeat` times.

    Args:
        script: file with the tasks.
        runs: by any name, the task and its arguments.
        repeat: how often; taking turns spreads what else the machine does over all of them.
        threads: for BLAS, OpenMP and Polars; all cores unless given.
        elsewhere: by task, the Python and the script that run it, where these are not this Python and `script`.

    Raises:
        SystemExit: a task failed; its error is shown.
    """
    kept: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    environment = {**os.environ, **(dict.fromkeys(THREADS, str(threads)) if threads else {})}
    for _ in range(repeat):
        for name, (task, arguments) in runs.items():
            if sys.stderr.isatty():
                print(f"… {name}", file=sys.stderr, flush=True)
            python, file = (elsewhere or {}).get(task, (sys.executable, script))
            command = [str(python), str(file), MARK, task, json.dumps(arguments, default=str)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
            kept[name].append(json.loads(done.stdout.splitlines()[-1]))
    return {name: _median(outcomes) for name, outcomes in kept.items()}


def _median(outcomes: Sequence[Mapping[str, Any]]) -> Measured:
    phases = {
        name: Spent(*(statistics.median(each["phases"][name][kind] for each in outcomes) for kind in ("cpu", "wall")))
        for name in outcomes[-1]["phases"]
    }
    return Measured(phases, max(each["peak_mb"] for each in outcomes), outcomes[-1]["found"])
