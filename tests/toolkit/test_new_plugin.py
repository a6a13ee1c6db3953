from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import CinekitError, UsageError
from toolkit.host import Host
from toolkit.new_plugin import LONGEST, STARTS, checked_name, new_plugin, next_steps
from toolkit.verbs import VERBS
from warehouse.runs import cinekit_version

from .strangers import strange_host

__all__ = ["strange_host"]

HOST = Host()
FILES = {
    ".github/workflows/test.yml",
    ".gitignore",
    "README.md",
    "cinekit_{module}/__init__.py",
    "cinekit_{module}/model.py",
    "cinekit_{module}/py.typed",
    "pyproject.toml",
    "tests/test_model.py",
}


def files_in(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }


def test_there_is_a_template_of_every_verb() -> None:
    assert set(STARTS) == set(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_plugin_is_a_whole_distribution_whose_host_finds_its_model(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"first-try-{verb}"
    module = name.replace("-", "_")
    folder = new_plugin(HOST, name, verb, tmp_path)
    assert folder == tmp_path / f"cinekit-{name}"
    assert list(tmp_path.iterdir()) == [folder]
    files = files_in(folder)
    assert set(files) == {path.format(module=module) for path in FILES}
    assert len(files[f"cinekit_{module}/model.py"].splitlines()) <= 40
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["name"] == folder.name
    assert project["entry-points"]["cinekit"] == {name: f"cinekit_{module}"}
    assert project["dependencies"][0].startswith("cinekit")
    assert project["dependencies"][0].endswith(f">={cinekit_version()}")
    assert "python-version: ${{ matrix.python }}" in files[".github/workflows/test.yml"]
    info = folder / f"{folder.name}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {folder.name}\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[cinekit]\n{name} = cinekit_{module}\n")
    monkeypatch.syspath_prepend(str(folder))
    host = Host()
    assert host.plugin_of(verb, name).reason == ""
    (entry,) = host.plugin_of(verb, name).models
    assert (host.model(verb, name).__doc__ or "").splitlines()[0] == entry.help
    assert next_steps(folder, verb)[-1].startswith(f"cinekit {verb} {name}")


@pytest.mark.parametrize("verb", sorted(VERBS))
@pytest.mark.parametrize("name", ["x", "none", "model", "abc", "class", "a-rather-long-name-of-a-plugin-model"])
def test_whatever_its_name_the_code_passes_the_defaults_of_ruff(tmp_path: Path, verb: str, name: str) -> None:
    folder = new_plugin(HOST, name, verb, tmp_path)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--isolated", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run([*ruff, *command, "."], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    for path, code in files_in(folder).items():
        if path.endswith(".py"):
            compile(code, path, "exec")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "cannot be the name of a plugin"),
        ("../x", "cannot be the name"),
        ("/tmp/x", "cannot be the name"),
        ("..", "cannot be the name"),
        ("a/b", "cannot be the name"),
        ("a\\b", "cannot be the name"),
        ("-x", "cannot be the name"),
        ("x-", "cannot be the name"),
        ("3d", "cannot be the name"),
        ("ä", "cannot be the name"),
        ("a b", "cannot be the name"),
        ("x\n", "cannot be the name"),
        ("$name", "cannot be the name"),
        ("x" * (LONGEST + 1), "cannot be the name"),
        ("cinekit-x", "leave out 'cinekit-'"),
        ("ease", "'recommend ease' is there already, in cinekit;"),
        ("Item_KNN", "'recommend item-knn' is there already"),
    ],
)
def test_names_that_cannot_be_are_refused_in_one_line(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        new_plugin(HOST, name, "recommend", tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_names_of_another_verb_are_free_and_commands_are_not() -> None:
    assert checked_name(HOST, "ease", "predict") == "ease"
    with pytest.raises(UsageError, match="'predict tickets' is a command of cinekit"):
        checked_name(HOST, "tickets", "predict")


@pytest.mark.parametrize("name", ["abc", "code", "queue", "select", "Lambda", "class"])
def test_modules_and_words_of_python_are_free_as_the_package_has_a_name_of_its_own(name: str) -> None:
    assert checked_name(HOST, name, "recommend") == name.lower()


def test_models_of_other_plugins_are_refused_and_those_of_the_same_distribution_are_not(strange_host: Host) -> None:
    with pytest.raises(UsageError, match="'analyze smiles' is there already, in cinekit-strange; take another name"):
        checked_name(strange_host, "Smiles", "analyze")
    assert checked_name(strange_host, "smiles", "recommend") == "smiles"
    strange_host.plugin_of("analyze", "smiles").distribution = "cinekit-smiles"
    assert checked_name(strange_host, "smiles", "analyze") == "smiles"


@given(st.text(st.characters(codec="ascii"), max_size=12))
def test_a_name_that_is_taken_is_one_part_of_a_path(name: str) -> None:
    try:
        normal = checked_name(HOST, name, "recommend")
    except UsageError:
        return
    assert Path(f"cinekit-{normal}").parts == (f"cinekit-{normal}",)
    assert f"cinekit_{normal.replace('-', '_')}".isidentifier()
    assert checked_name(HOST, normal, "recommend") == normal


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cinekit-mine").mkdir()
    with pytest.raises(UsageError, match="cinekit-mine is there already"):
        new_plugin(HOST, "mine", "recommend", tmp_path)
    (tmp_path / "cinekit-link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="cinekit-link is there already"):
        new_plugin(HOST, "link", "recommend", tmp_path)
    with pytest.raises(UsageError, match=r"there is no folder .*nowhere"):
        new_plugin(HOST, "mine", "recommend", tmp_path / "nowhere")
    assert list((tmp_path / "cinekit-mine").iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_plugin_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    write, written = Path.write_text, []

    def failing(path: Path, *arguments: object, **others: object) -> object:
        written.append(path)
        if len(written) == 4:
            raise error
        return write(path, *arguments, **others)

    monkeypatch.setattr(Path, "write_text", failing)
    with pytest.raises((CinekitError, KeyboardInterrupt)) as caught:
        new_plugin(HOST, "mine", "recommend", tmp_path)
    assert list(tmp_path.iterdir()) == []
    full = f"cannot write {tmp_path / 'cinekit-mine'}: No space left on device; make room or name another"
    assert str(caught.value) in (full, "")


def test_a_kill_in_the_midst_leaves_no_plugin_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from toolkit import host, new_plugin as new;"
        "Path.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "new.new_plugin(host.Host(), 'mine', 'recommend', Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "cinekit-mine").exists()
    (left,) = tmp_path.iterdir()
    assert (new_plugin(HOST, "mine", "recommend", tmp_path) / "pyproject.toml").exists()
    assert left.exists()
    shutil.rmtree(tmp_path / "cinekit-mine")
    os.utime(left, (0, 0))
    new_plugin(HOST, "mine", "recommend", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cinekit-mine"]
