"""Finding the files that a user named, and what each is stored as."""

from __future__ import annotations

import re
from collections.abc import Sequence
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


def kept(document: Document, kind: str) -> Kept:
    """What a document is stored as, once it was analysed."""
    path = document.path
    return Kept(sha256_of(path), path.stat().st_size, kind, path.name, str(path.resolve()), document.known_text)


def resolve_title(con: duckdb.DuckDBPyConnection, sha256: str, asked: str | None, named: str) -> int | None:
    """The title that a document belongs to: the one asked for, else that of the same content, else that of its name.

    Returns:
        Its key; None where there is no title of that name yet.

    Raises:
        UsageError: several titles have that name.
    """
    if asked is None:
        known = title_of(con, sha256)
        if known is not None:
            return known
    elif not asked.strip():
        raise UsageError("--title is empty; give a title, such as --title 'Heat (1995)'")
    try:
        return title_named(con, asked or named)
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
