"""A small audience of films that everybody knows, typed in by hand, loaded through the front door."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import cli

FILMS = """movieId,title,genres
1,Alien (1979),Horror|Sci-Fi
2,Aliens (1986),Action|Sci-Fi
3,"Matrix, The (1999)",Action|Sci-Fi
4,Heat (1995),Crime|Thriller
5,Casino (1995),Crime|Drama
6,Goodfellas (1990),Crime|Drama
7,Amélie (2001),Comedy|Romance
8,Notting Hill (1999),Comedy|Romance
9,Unseen (2000),(no genres listed)
"""
# viewer: what they liked; 1-4 like space, 5-8 crime, 9-12 romance.
LIKED = {
    1: (1, 2, 3),
    2: (1, 2),
    3: (2, 3, 4),
    4: (1, 3),
    5: (4, 5, 6),
    6: (4, 5),
    7: (5, 6, 1),
    8: (4, 6),
    9: (7, 8),
    10: (7, 8, 5),
    11: (7, 8),
    12: (8, 2),
}


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def movielens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as MovieLens is."""
    folder = tmp_path_factory.mktemp("movielens") / "ml-tiny"
    folder.mkdir()
    (folder / "movies.csv").write_text(FILMS, encoding="utf-8")
    rows = [f"{v},{t},5.0,{1_000_000_000 + 1000 * t + v}" for v, liked in LIKED.items() for t in liked]
    rows += [f"{v},{8 if v < 9 else 4},1.0,1000009999" for v in LIKED if (8 if v < 9 else 4) not in LIKED[v]]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CINEKIT_WAREHOUSE", raising=False)

    def call(*arguments: str | Path) -> Ran:
        code = cli.run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def loaded_file(movielens: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loaded") / "cinekit.duckdb"
    assert cli.run(["--warehouse", str(path), "load", "movielens", str(movielens)]) == 0
    return path


@pytest.fixture
def loaded(run: Run, loaded_file: Path, tmp_path: Path) -> Run:
    """Run a command in a folder whose warehouse holds the small audience."""
    shutil.copy(loaded_file, tmp_path / "cinekit.duckdb")
    return run
