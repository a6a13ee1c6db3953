"""What plugins say of runs: lines when one begins, tables below the command's own, and a fault that costs a line."""

from __future__ import annotations

import inspect
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Run
from tests.entry_points import with_tests
from tests.hooked import HOOKS, Install, install
from toolkit.run_info import RunInfo, run_info
from warehouse import Warehouse

__all__ = ["install"]

TELLING = (
    HOOKS
    + """
@hookimpl
def cinekit_run_started(run):
    print("printed")
    yield f"{run.verb} {run.model} is {run.status} with seed {run.seed}, {run.query('SELECT 40 + 2').item()}"

@hookimpl
def cinekit_run_finished(run):
    print(f"ended: {run.verb} {run.model} {run.status} {run.error}")
    sql = "SELECT verb, model FROM meta.runs WHERE run IN (SELECT unnest($runs))"
    return [Shown("What ran", sql), Shown("Nothing", "SELECT 1 WHERE false")]
"""
)
RAISING = (
    HOOKS
    + """
@hookimpl
def cinekit_run_started(run):
    {0}

@hookimpl
def cinekit_run_finished(run):
    {0}
"""
)


def test_lines_go_before_and_tables_below_those_of_the_command(loaded: Run, install: Install) -> None:
    install(TELLING)
    done = loaded("recommend", "popular", "--top", "2")
    assert done.code == 0
    assert done.err.splitlines()[:2] == ["printed", "recommend popular is running with seed 0, 42"]
    assert "ended: recommend popular done None" in done.err
    assert "printed" not in done.out
    assert done.out.index("title") < done.out.index("What ran") < done.out.rindex("popular")
    assert "Nothing" not in done.out


@pytest.mark.parametrize("form", [("--format", "csv"), ("--output", "out.csv")])
def test_programs_get_rows_alone(loaded: Run, install: Install, form: tuple[str, str]) -> None:
    install(TELLING)
    done = loaded("recommend", "popular", *form)
    assert done.code == 0
    assert "What ran" not in done.out + done.err
    assert "ended: recommend popular done None" in done.err


def test_lines_of_json_are_answered_by_such_lines_alone(
    loaded: Run, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(TELLING)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"history": ["Heat"]}\n')))
    done = loaded("recommend", "popular", "--stdin")
    assert done.code == 0
    assert [list(json.loads(line)) for line in done.out.splitlines()] == [["id", "recommendations"]]
    assert "ended: recommend popular done None" in done.err


def test_failed_runs_are_told_too_and_loads(run: Run, install: Install, tmp_path: Path) -> None:
    install(TELLING)
    (tmp_path / "bad.csv").write_text("viewer,title,rating\na,t,x\n")
    done = run("load", "ratings", "bad.csv")
    assert done.code == 1
    assert "ended: load ratings failed" in done.err
    assert done.err.splitlines()[-1].startswith("cinekit: bad.csv: all 1 rows were refused")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ZeroDivisionError('by\\nnothing')", "failed: ZeroDivisionError: by nothing"),
        ("raise SystemExit(3)", "failed: SystemExit: 3"),
        ("import sys; sys.exit('no')", "failed: SystemExit: no"),
        ("return [1]", "returned int, not "),
        ("return 'text'", "returned str, not several"),
        ("return [Shown('Wrong', 'SELECT * FROM nowhere'), 'x']", "failed: "),
        ("run.query('DROP TABLE raw.ratings'); return []", "failed: "),
        ("run.query(\"COPY raw.ratings TO 'x.csv'\"); return []", "failed: "),
        ("import nothing_here", "failed: ModuleNotFoundError"),
        ("raise BrokenPipeError(32, 'Broken pipe')", "failed: BrokenPipeError: "),
        ("return [Shown('Wrong', 3)]", "failed: "),
    ],
)
def test_a_hook_that_fails_costs_a_line_and_no_exit_code(loaded: Run, install: Install, body: str, reason: str) -> None:
    install(RAISING.format(body))
    done = loaded("recommend", "popular", "--top", "1")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if line.startswith("plugin cinekit-odd: ")]
    assert [line.split()[2] for line in told] == ["cinekit_run_started", "cinekit_run_finished"]
    assert all(reason in line for line in told)
    assert "title" in done.out


def test_a_reader_that_has_had_enough_is_no_fault_of_a_plugin(
    loaded: Run, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(TELLING)
    written = io.StringIO()

    def write(text: str) -> int:
        if "What ran" in text:
            raise BrokenPipeError
        return written.write(text)

    with (Path(os.devnull)).open("w") as nowhere:
        closed = SimpleNamespace(
            write=write, flush=lambda: None, isatty=lambda: False, fileno=nowhere.fileno, encoding="utf-8"
        )
        monkeypatch.setattr(sys, "stdout", closed)
        done = loaded("recommend", "popular", "--top", "2")
    assert "title" in written.getvalue()
    assert (done.code, "failed" in done.err) == (1, False)


def test_a_hook_has_rows_at_hand_and_no_warehouse(warehouse: Warehouse) -> None:
    with warehouse.run("recommend", "popular") as run:
        pass
    info = run_info(warehouse, run.id)
    assert info.query("SELECT 40 + $n", {"n": 2}).item() == 42
    assert info == run_info(warehouse, run.id)
    assert not any(isinstance(value, Warehouse) for value in vars(info).values())
    assert not any(isinstance(getattr(value, "__self__", None), Warehouse) for value in vars(info).values())
    assert list(inspect.signature(RunInfo).parameters)[-1] == "error"
    assert "_ask" not in repr(info)


def test_the_help_of_load_names_the_sources_of_plugins(run: Run, install: Install) -> None:
    install()
    done = run("load", "--help")
    assert done.code == 0
    assert "  odd " in done.out
    assert "  movielens " in done.out
    assert "hooked_odd_source" not in sys.modules


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="interrupts by signal")
@pytest.mark.parametrize("hook", ["cinekit_run_started", "cinekit_run_finished"])
def test_a_hook_that_hangs_is_interrupted(loaded: Run, install: Install, tmp_path: Path, hook: str) -> None:
    install(HOOKS + f"@hookimpl\ndef {hook}(run):\n    print('hanging', flush=True)\n    import time; time.sleep(60)\n")
    script = f"""
import sys
sys.path.insert(0, {str(tmp_path / "site")!r})
from importlib.metadata import entry_points
import cli, toolkit.host
from tests.entry_points import point_of
own = list(entry_points(group="cinekit"))
toolkit.host.installed = lambda: [*own, point_of("cinekit-odd", "odd", "hooked_odd")]
sys.exit(cli.run(["recommend", "popular"]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=with_tests(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "hanging" in line:
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert rest.startswith(f"plugin cinekit-odd: {hook} was interrupted\ncinekit: interrupted; ")
    status = "failed" if hook == "cinekit_run_started" else "done"
    assert f",recommend,popular,{status}," in loaded("runs", "--format", "csv").out
