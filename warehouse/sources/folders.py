"""Sources of many files, in folders and archives: found and hashed, so that a bad one stops no other."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path

from warehouse.errors import SourceError
from warehouse.sources.archives import unpack_endings
from warehouse.sources.text import Content, File

Digest = str


def check_files(path: Path, endings: Sequence[str], source: str) -> None:
    """Find out whether a path holds what a source wants.

    Raises:
        SourceError: nothing there, a folder without such files, or a file of another kind.
    """
    if not path.exists():
        raise SourceError(f"there is no file or folder {path}; check its name")
    if path.is_dir():
        if next(_inside(path, endings), None) is None:
            raise SourceError(f"{path} holds no {source}: no file in it ends in {_listed(endings)}")
    elif path.suffix.lower() != ".zip" and path.suffix.lower() not in endings:
        raise SourceError(f"{path} is not read as {source}: its name has to end in {_listed([*endings, '.zip'])}")


def gather_files(paths: Sequence[Path], folder: Path, endings: Sequence[str], source: str) -> Content:
    """Find and hash all files with certain endings.

    Args:
        paths: files, folders with folders in them, and .zip archives.
        folder: where archives are unpacked.
        endings: endings with their dots, in lower case.
        source: what the files are, for messages.

    Returns:
        Files by name: below the folder or in the archive that they lie in, "/" between parts; of one file its own
        name. Names that two files would have are given with the path. The hash is that of sorted names and contents,
        and so the same for a folder and its archive. Archives that cannot be read stand in `unread`.

    Raises:
        SourceError: a path is not there, holds no such file, or is of another kind.
    """
    content = Content(paths[0])
    digests: dict[str, Digest] = {}
    seen: set[Path] = set()
    for path in paths:
        check_files(path, endings, source)
        try:
            found = _found(path, folder, endings, source)
        except SourceError as error:
            content.unread[path.name] = str(error).removeprefix(f"{path} ")
            found = {path.name: path}
        whole = _text(path.as_posix())
        for name, file in found.items():
            real = file.resolve()
            if real in seen:
                continue
            seen.add(real)
            unique = name if name not in digests else whole if file == path else f"{whole}/{name}"
            digests[unique], size = _hashed(file)
            content.size += size
            if name not in content.unread:
                content.files[unique] = File(unique, file)
    listing = "\n".join(f"{name} {digests[name]}" for name in sorted(digests))
    content.sha256 = hashlib.sha256(listing.encode()).hexdigest()
    content.files = dict(sorted(content.files.items()))
    return content


def _found(path: Path, folder: Path, endings: Sequence[str], source: str) -> dict[str, Path]:
    if path.is_dir():
        return {_text(file.relative_to(path).as_posix()): file for file in _inside(path, endings)}
    if path.suffix.lower() != ".zip":
        return {_text(path.name): path}
    # Of several archives each has its own numbers.
    unpacked = unpack_endings(path, endings, Path(tempfile.mkdtemp(dir=folder)))
    if not unpacked:
        raise SourceError(f"holds no {source}: nothing in it ends in {_listed(endings)}")
    return unpacked


def _inside(path: Path, endings: Collection[str]) -> Iterator[Path]:
    """Files in a folder and the folders in it; hidden ones, which no user made, are left out."""
    for file in path.rglob("*"):
        parts = file.relative_to(path).parts
        if file.suffix.lower() in endings and not any(part.startswith(".") for part in parts) and file.is_file():
            yield file


def _text(name: str) -> str:
    """A name that can be stored: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _hashed(file: Path) -> tuple[Digest, int]:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), file.stat().st_size


def _listed(endings: Sequence[str]) -> str:
    return ", ".join(chain(endings[:-1], [f"or {endings[-1]}"])).replace(", or", " or")
