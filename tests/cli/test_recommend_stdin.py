"""`cinekit recommend MODEL --stdin`, through the front door."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from tests.cli.conftest import Ran, Run

CINEKIT = [sys.executable, "-c", "import cli; cli.main()"]


def asked(loaded: Run, monkeypatch: pytest.MonkeyPatch, lines: list[Any], *arguments: str) -> Ran:
    """How a command ended that was given these lines."""
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    return loaded("recommend", *arguments, "--stdin")


def answers(done: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("options", [[], ["--genre", "Crime", "--top", "2"], ["--rerank", "mmr"]])
def test_answers_are_those_of_likes(loaded: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    done = asked(loaded, monkeypatch, [{"history": ["Heat", "id:1"], "id": 7}], "ease", *options)
    assert done.code == 0, done.err
    rows = json.loads(
        loaded("recommend", "ease", "--like", "Heat", "--like", "Alien", *options, "--format", "json").out
    )
    (found,) = answers(done)
    assert found == {
        "id": 7,
        "recommendations": [
            {"title_id": row["title_id"], "title": row["title"], "year": row["year"], "rank": row["rank"],
             "score": pytest.approx(row["score"])}
            for row in rows
        ],
    }  # fmt: skip
    assert "fitted, on" in done.err
    assert "answered 1 of 1 lines" in done.err


def test_bad_lines_stop_nothing(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"id": 1, "history": ["Heat"]},
        "no JSON",
        {"id": 2, "history": ["Heaat"]},
        {"id": 3, "history": ["Alien"]},
    ]
    done = asked(loaded, monkeypatch, lines, "ease", "--explain")
    assert done.code == 0
    assert [(line["id"], "error" in line) for line in answers(done)] == [
        *((1, False), (None, True), (2, True), (3, False))
    ]
    assert answers(done)[0]["recommendations"][0]["because"] == [{"title_id": "4", "title": "Heat", "share": 1.0}]
    assert "answered 2 of 4 lines, the others with an error" in done.err


def test_the_exit_code_says_whether_any_line_could_be_answered(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(loaded, monkeypatch, ["x", {"history": []}], "popular").code == 1
    done = asked(loaded, monkeypatch, [], "popular")
    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--like", "Heat"], "--like does not go"),
        (["--viewer", "1"], "--viewer does not go"),
        (["--unseen"], "--unseen does not go"),
        (["--title-neighbours", "5"], "--title-neighbours does not go"),
        (["--format", "json"], "leave out --format"),
        (["--output", "rows.csv"], "leave out --format and --output"),
    ],
)
def test_what_does_not_go_with_it(loaded: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str) -> None:
    done = asked(loaded, monkeypatch, [{"history": ["Heat"]}], "ease", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert loaded("sql", "SELECT count(*) AS n FROM runs WHERE verb = 'recommend'", "--format", "csv").out == "n\n0\n"


@pytest.mark.slow
def test_each_answer_comes_at_once_and_the_warehouse_is_free_meanwhile(loaded: Run, tmp_path: Path) -> None:
    assert loaded("recommend", "ease").code == 0
    command = [*CINEKIT, "recommend", "ease", "--stdin"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for title in ("Heat", "Alien"):
            process.stdin.write(json.dumps({"id": title, "history": [title]}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == title
            with duckdb.connect(tmp_path / "cinekit.duckdb") as con:
                con.execute("CREATE TABLE written_meanwhile AS SELECT 1; DROP TABLE written_meanwhile")
        # Whoever read the answers has had enough.
        process.stdout.close()
        process.stdin.write(b'{"history": ["Heat"]}\n' * 3)
        process.stdin.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "brought back" in said
