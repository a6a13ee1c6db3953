"""Finding the files that a user named, and what each is stored as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError, SourceError, UsageError
from toolkit.lookup import title_named
from warehouse.artifacts import sha256_of
from warehouse.documents import Kept, title_of

if TYPE_CHECKING:
    import duckdb

    from toolkit.document import Document

# "episode.en.srt" belongs to the title of "episode.mkv".
_LANGUAGE = re.compile(r"\.[a-z]{2,3}(-[A-Za-z]{2,4})?$")
_SPACES = re.compile(r"[_\s]+")


def files_at(paths: Sequence[Path], suffixes: tuple[str, ...]) -> tuple[list[Path], dict[str, CinekitError]]:
    """The files at some paths, each once, and what is wrong with the other paths, by path.

    A file is taken whatever its ending; of a folder, and of the folders in it, the files with one of the endings.
    """
    found: dict[Path, None] = {}
    wrong: dict[str, CinekitError] = {}
    for path in paths:
        try:
            found |= dict.fromkeys(_files(path.expanduser(), suffixes))
        except CinekitError as error:
            wrong[str(path)] = error
        except OSError as error:
            wrong[str(path)] = SourceError(f"{path}: {error.strerror or error}")
    return list(found), wrong


def title_after(file: Path, *, folder: bool) -> str:
    """What a title is called that is named after a file, or after the folder that it lies in."""
    name = file.resolve().parent.name if folder else _LANGUAGE.sub("", file.stem)
    return _SPACES.sub(" ", name).strip() or file.name


@dataclass(frozen=True)
class Found:
    """A file before it is analysed.

    Attributes:
        path: where it is.
        sha256: of its content.
        named: what its title is called, if one has to be added.
        title: key of the title that it belongs to; None where there is none yet.
    """

    path: Path
    sha256: str
    named: str
    title: int | None


def identify(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], asked: str | None, *, folder: bool
) -> tuple[list[Found], dict[Path, CinekitError]]:
    """Each file's content and title, and what is wrong with the others.

    A document belongs to the title asked for, else to that of the same content, else to that of its name.
    """
    if asked is not None and not asked.strip():
        raise UsageError("--title is empty; give a title, such as --title 'Heat (1995)'")
    titles: dict[str, int | None] = {}
    found: list[Found] = []
    wrong: dict[Path, CinekitError] = {}
    for path in paths:
        try:
            digest = sha256_of(path)
            named = asked or title_after(path, folder=folder)
            title = title_of(con, digest) if asked is None else None
            if title is None:
                if named not in titles:
                    titles[named] = _title(con, named, asked)
                title = titles[named]
            found.append(Found(path, digest, named, title))
        except CinekitError as error:
            wrong[path] = error
        except OSError as error:
            wrong[path] = SourceError(f"{path}: {error.strerror or error}")
    return found, wrong


def kept(document: Document, sha256: str, kind: str) -> Kept:
    """What a document is stored as, once it was analysed."""
    path = document.path
    return Kept(sha256, path.stat().st_size, kind, path.name, str(path.resolve()), document.known_text)


def _title(con: duckdb.DuckDBPyConnection, named: str, asked: str | None) -> int | None:
    try:
        return title_named(con, named)
    except UsageError as error:
        raise UsageError(f"{error} with --title" if asked is None else str(error)) from error


def _files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
        if not inside:
            raise SourceError(f"{path} holds no file that ends in {', '.join(suffixes)}; name the files themselves")
        return inside
    if not path.exists():
        raise SourceError(f"there is no file {path}; check its name")
    if not path.is_file():
        raise SourceError(f"{path} is no ordinary file; name a file or a folder")
    return [path]
