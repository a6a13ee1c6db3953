"""What stands in a block of a page holds: Python runs, SQL finds rows, commands are understood, TOML is read."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer

import cli
from tests.docs.pages import PAGES, ROOT, Block, blocks, commands
from toolkit.host import OWN, Host
from toolkit.session import Session
from warehouse import Warehouse

pytestmark = pytest.mark.slow

LANGUAGES = {"bash", "console", "pycon", "python", "sql", "text", "toml"}
# Pages whose SQL has tests of its own, on data that fit it.
ASKED_ELSEWHERE = ("docs/cookbook.md", "docs/simulator.md")
# Its files make one plugin, which test_tutorial.py runs.
TUTORIAL = "docs/tutorial.md"
# Commands that only read, or take a moment on six titles. Tables of the examples are asked by tests/examples.
CHEAP = re.compile(
    r"(?!.* plugin_)(sql|tables|runs|models|plugins|doctor)(?! new)\b|"
    r"recommend (ease|together) (--like|--viewer 1 --top|--evenness)"
)


def test_every_block_says_what_it_is() -> None:
    unsaid = [str(block) for block in blocks() if block.language not in LANGUAGES]
    assert unsaid == [], f"write one of {', '.join(sorted(LANGUAGES))} behind the ```; text is not run"


@pytest.fixture
def host(page_points: list[EntryPoint], kindred: EntryPoint, example_points: list[EntryPoint]) -> Host:
    """cinekit's own plugins, those of docs/plugins.md and docs/tutorial.md, and the examples."""
    own = [point for point in entry_points(group=OWN) if point.dist and point.dist.name == OWN]
    return Host(points=[*own, *page_points, kindred, *example_points])


@pytest.mark.parametrize("block", [b for b in blocks("python") if b.page != TUTORIAL], ids=str)
def test_python_of_the_pages_runs(block: Block, place: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    code = block.code.rstrip()
    if re.fullmatch(r"def [^\n]*\)(?: -> [^\n:]+)?:?", code):  # a signature, as hooks are shown
        compile(f"{code.removesuffix(':')}: ...", str(block), "exec")
        return
    monkeypatch.setattr("toolkit.host.Host", lambda: host)
    exec(compile(code, str(block), "exec"), {"__name__": "page"})


@pytest.mark.parametrize("block", [b for b in blocks("sql") if b.page not in ASKED_ELSEWHERE], ids=str)
def test_sql_of_the_pages_finds_rows(block: Block, filled: Warehouse) -> None:
    assert filled.query(block.code).height > 0


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_of_the_pages_is_read(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("pycon")}))
def test_what_python_answers_in_the_pages_holds(page: str) -> None:
    result = doctest.testfile(str(ROOT / page), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def understood(arguments: list[str], host: Host) -> str:
    """The command that arguments lead to, parsed as the program parses them, and not run. Raises what they lack."""
    command, name, context, left = cli.command_line(), "cinekit", None, cli.hoisted(arguments)
    while True:
        context = command.make_context(name, list(left), parent=context, obj=Session(host))
        if not hasattr(command, "list_commands"):
            return str(context.command_path)
        left = [*context._protected_args, *context.args]
        if not left and command.invoke_without_command:
            return str(context.command_path)
        name, command, left = command.resolve_command(context, left)


@pytest.mark.parametrize("command", commands())
def test_commands_of_the_pages_are_understood(command: str, host: Host) -> None:
    try:
        assert understood(shlex.split(command), host).startswith("cinekit ")
    except typer.Exit:
        assert "--help" in command


@pytest.mark.parametrize("arguments", commands("pip"))
def test_what_is_installed_has_the_extras_that_are_named(arguments: str) -> None:
    first, *what = shlex.split(arguments)
    assert first == "install"
    for named in (word for word in what if word != "-e"):
        found = re.fullmatch(r"(?P<what>\.|cinekit(?:-\w+)?)(?:\[(?P<extras>[\w,-]+)\])?", named)
        assert found, named
        example = ROOT / "examples" / found["what"]
        assert found["what"] in (".", "cinekit") or example.is_dir()
        projects = [ROOT, *ROOT.glob("examples/*")] if found["what"] == "." else [ROOT]
        known = [
            tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
            for folder in projects
        ]
        assert any(set((found["extras"] or "all").split(",")) <= extras.keys() for extras in known)


@pytest.mark.parametrize("arguments", commands("python"))
def test_scripts_and_modules_that_are_run_are_there(arguments: str) -> None:
    words = shlex.split(arguments)
    if words[0] == "-m":
        assert find_spec(words[1])
    else:
        script = (ROOT / words[0]).read_text(encoding="utf-8")
        assert all(word in script for word in words[1:] if word.startswith("--"))


@pytest.mark.parametrize("arguments", commands("pytest"))
def test_marks_that_tests_are_chosen_by_are_there(arguments: str) -> None:
    chosen = arguments.partition("-m ")[2]
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert not chosen or any(mark.startswith(f"{chosen}:") for mark in marks["markers"])


@pytest.mark.parametrize("wrong", ["recommend eese", "recommend ease --lik x", "evaluate recommend --k ten", "tabels"])
def test_a_wrong_command_would_be_found(wrong: str, host: Host) -> None:
    with pytest.raises(Exception, match=r"eese|--lik|integer|tabels"):
        understood(shlex.split(wrong), host)


@pytest.mark.parametrize("command", [command for command in commands() if CHEAP.match(command)])
def test_cheap_commands_of_the_pages_run(
    command: str, place: Path, host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Session, "host", host)
    assert cli.run(shlex.split(command)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


def test_pages_have_what_is_tested() -> None:
    assert len(PAGES) > 25
    assert len(commands()) > 80
    assert len([command for command in commands() if CHEAP.match(command)]) > 10
