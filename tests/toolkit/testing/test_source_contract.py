"""A good source keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.hooked import NOTES, ODD, Install, install
from tests.toolkit.testing.failing import failing, fails_alone
from toolkit import Source, SourceError
from toolkit.testing import SourceContract
from toolkit.testing.installed_plugins import installed_host

__all__ = ["install"]

LINES = "ann;Heat (1995);5\nbob;Alien (1979);4\n"


class Stars(Source):
    """Lines of viewer, title and stars."""

    name = "stars"
    suffixes = (".stars",)
    writes = ("ratings",)

    def load(self, path):
        try:
            files = [path] if path.is_file() else sorted(path.glob("*.stars"))
            rows = [line.split(";") for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        except UnicodeDecodeError as error:
            raise SourceError(f"{path} is no text") from error
        if any(len(row) != 3 for row in rows):
            raise SourceError(f"{path} has other lines than viewer;title;stars")
        return {"ratings": pl.DataFrame(rows, {"viewer": str, "name": str, "rating": str}, orient="row")}


class Mute(Stars):
    name = "mute"


Mute.__doc__ = None


class Shouted(Stars):
    """A suffix that no file has."""

    name = "shouted"
    suffixes = (".stars", ".STARS")


class Undeclared(Stars):
    """A table that it does not declare."""

    name = "undeclared"

    def load(self, path):
        return {"watches": super().load(path)["ratings"].drop("rating")}


class Wordy(Stars):
    """Stars that are no numbers."""

    name = "wordy"

    def load(self, path):
        rows = super().load(path)["ratings"]
        return {"ratings": rows.with_columns(pl.col("rating").replace("4", "many"))}


class Empty(Stars):
    """No rows."""

    name = "empty"

    def load(self, path):
        return {"ratings": super().load(path)["ratings"].clear()}


class Random(Stars):
    """Other stars each time."""

    name = "random"

    def load(self, path):
        rows = super().load(path)["ratings"]
        return {"ratings": rows.with_columns(rating=pl.Series(np.random.default_rng().random(rows.height)))}


class Littering(Stars):
    """A file of its own beside what it is given."""

    name = "littering"

    def load(self, path):
        frames = super().load(path)
        (path.parent / "cache.json").write_text("[]")
        return frames


class Talking(Stars):
    """Prints."""

    name = "talking"

    def load(self, path):
        frames = super().load(path)
        print("two rows")
        return frames


class Fragile(Stars):
    """Leaves its reader to stumble."""

    name = "fragile"

    def load(self, path):
        try:
            return super().load(path)
        except SourceError as error:
            raise ValueError("cannot be read") from error


class Patient(Stars):
    """Takes whatever comes."""

    name = "patient"

    def load(self, path):
        try:
            return super().load(path)
        except SourceError:
            return {"ratings": pl.DataFrame(schema={"viewer": str, "name": str, "rating": str})}


PROMISE, NONE_OF_ITS = "test_it_loads_what_it_promises", "test_what_is_none_of_its_files_is_one_error"


def contract_of(source: object, **said: object) -> type[SourceContract]:
    """A contract as an author writes it."""
    return type("TestIt", (SourceContract,), {"source": source, "file": LINES, **said})


@pytest.mark.parametrize("file", [LINES, LINES.encode(), {"a.stars": LINES, "more/b.txt": "left alone"}])
def test_a_good_source_keeps_its_contract(file: object, tmp_path: Path) -> None:
    assert failing(contract_of(Stars, file=file), tmp_path) == {}


def test_a_file_or_a_folder_of_the_author_s_is_copied(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.stars").write_text(LINES)
    for own in (tmp_path / "own", tmp_path / "own" / "a.stars"):
        path = contract_of(Stars, file=own)().given(tmp_path)
        assert Stars().load(path)["ratings"].height == 2
        assert path != own


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "check", "says"),
    [
        (Mute, "test_it_is_documented", "Mute has no docstring"),
        (Shouted, "test_its_suffixes_are_endings", r"no file is found by the suffix \.STARS"),
        (Undeclared, PROMISE, "returned watches, which it does not declare"),
        (Wordy, PROMISE, "a row is refused: rating is not a number"),
        (Empty, PROMISE, "holds no rows; .* or give it another file"),
        (Random, "test_the_same_file_gives_the_same", "read twice, the same file differs in ratings"),
        (Littering, "test_it_does_not_change_its_input", "changes the keys: cache.json of what it is given"),
        (Talking, "test_it_prints_nothing", "prints 'two rows"),
        (Fragile, NONE_OF_ITS, "given a file that is .*: it raised ValueError: cannot be read"),
        (Patient, NONE_OF_ITS, "given a file that is no text: it returned frames; raise SourceError"),
    ],
)
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    source: type[Source], check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(source), check, says, tmp_path)


@pytest.fixture
def installed(install: Install) -> Iterator[Install]:
    """A plugin that contracts find."""
    installed_host.cache_clear()
    yield install
    installed_host.cache_clear()


def test_tables_of_its_own_are_filled_once_its_plugin_is_installed(installed: Install, tmp_path: Path) -> None:
    body = """try:
            stars = path.read_text(encoding="utf-8") if path.is_file() else "5"
        except UnicodeDecodeError as error:
            raise SourceError(f"{path} is no text") from error
        if path.is_dir():
            raise SourceError(f"{path} is a folder")
        return {"plugin_odd.notes": pl.DataFrame({"viewer": "ann", "title": "Heat", "stars": stars, "weight": 1.0})}"""
    installed(body=body, schema=NOTES)
    assert failing(contract_of("odd", file="5"), tmp_path) == {}
    installed(body=body.replace('"stars": stars, ', ""), schema=NOTES)
    del sys.modules["hooked_odd_source"]
    (tmp_path / "again").mkdir()
    assert list(failing(contract_of("odd", file="5"), tmp_path / "again")) == [PROMISE]


def test_tables_of_a_plugin_that_is_not_installed_are_told(tmp_path: Path) -> None:
    made: dict[str, type[Source]] = {}
    exec(ODD.format(body="return {}"), made)
    with pytest.raises(pytest.fail.Exception, match=r"may not write to plugin_odd\.notes.*; install its plugin: pip"):
        contract_of(made["Odd"])().test_it_loads_what_it_promises(tmp_path)


def test_a_contract_without_a_source_or_a_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="TestIt has no file; add a line such as: file = "):
        type("TestIt", (SourceContract,), {"source": Stars})().test_it_is_documented()
    with pytest.raises(pytest.fail.Exception, match="source 'stras'"):
        contract_of("stras")().given(tmp_path)
