"""Zip archives: only the members that are needed, within bounds, into a temporary folder."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from warehouse.errors import SourceError
from warehouse.sources.text import MAX_RATIO, MAX_UNPACKED

MOST_MEMBERS = 100_000


def unpack(path: Path, wanted: Collection[str], folder: Path) -> dict[str, Path]:
    """Unpack members by their last name, in lower case, wherever in the archive they stand.

    The names of members are only compared, never used as paths, so none can lead out of the folder.

    Args:
        path: the archive.
        folder: where the members are put.
        wanted: names that are looked for, in lower case.

    Returns:
        Name: unpacked file.

    Raises:
        SourceError: torn, no zip archive, encrypted, or unpacking to far more than its size.
    """
    with _opened(path) as archive:
        members = _chosen(archive, wanted)
        return _written(path, archive, {folder / name: (name, member) for name, member in members.items()})


def unpack_endings(path: Path, endings: Collection[str], folder: Path) -> dict[str, Path]:
    """Unpack all members with certain endings into files that are numbered, so that no name can lead out of the folder.

    Args:
        path: the archive.
        endings: endings with their dots, in lower case.
        folder: where the members are put; it exists.

    Returns:
        Path in the archive, "/" between its parts, without a folder that all members lie in: unpacked file. Hidden
        files are left out.

    Raises:
        SourceError: torn, no zip archive, encrypted, unpacking to far more than its size or to too many files.
    """
    with _opened(path) as archive:
        named: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        for member in archive.infolist():
            pure = PurePosixPath(member.filename.replace("\\", "/"))
            parts = tuple(part for part in pure.parts if part not in ("/", ".."))
            hidden = "__MACOSX" in parts or any(part.startswith(".") for part in parts)
            if parts and not member.is_dir() and not hidden and pure.suffix.lower() in endings:
                named.setdefault(parts, member)
        if len(named) > MOST_MEMBERS:
            raise SourceError(f"{path} holds more than {MOST_MEMBERS:,} files; load folders of it")
        tops = {parts[0] if len(parts) > 1 else "" for parts in named}
        skipped = int(len(tops) == 1 and "" not in tops)
        targets = {
            folder / f"{number}{PurePosixPath(parts[-1]).suffix.lower()}": ("/".join(parts[skipped:]), member)
            for number, (parts, member) in enumerate(sorted(named.items(), key=lambda item: item[0]))
        }
        return _written(path, archive, targets)


def lay_out(files: Mapping[str, Path], folder: Path) -> Path:
    """Move unpacked files to where their names say, below a folder; the folder.

    Args:
        files: what `unpack_endings` returned.
        folder: a folder that is not there yet.

    Raises:
        SourceError: a name leads out of the folder.
        OSError: a name is too long, or that of a file and of a folder.
    """
    folder.mkdir()
    for name, file in files.items():
        target = folder.joinpath(*filter(None, name.split("/")))
        if not target.resolve().is_relative_to(folder.resolve()):
            raise SourceError(f"the archive holds {name}, which leads out of its folder; unpack it yourself")
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
    return folder


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{path} is torn or no zip archive ({error}); fetch it again") from error
    except (RuntimeError, NotImplementedError) as error:
        raise SourceError(f"{path} cannot be unpacked ({error}); unpack it yourself and load the folder") from error


def _written(
    path: Path, archive: zipfile.ZipFile, targets: Mapping[Path, tuple[str, zipfile.ZipInfo]]
) -> dict[str, Path]:  # fmt: skip
    """Members written to files; name: file."""
    _check_size(path, [member for _, member in targets.values()])
    unpacked = {}
    for target, (name, member) in targets.items():
        with archive.open(member) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        unpacked[name] = target
    return unpacked


def _chosen(archive: zipfile.ZipFile, wanted: Collection[str]) -> dict[str, zipfile.ZipInfo]:
    chosen: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        name = parts[-1].lower() if parts else ""
        # Of two of one name the one nearer to the top is meant; macOS puts shadows of all files into a folder.
        if member.is_dir() or name not in wanted or "__MACOSX" in parts:
            continue
        if name not in chosen or member.filename.count("/") < chosen[name].filename.count("/"):
            chosen[name] = member
    return chosen


def _check_size(path: Path, members: Collection[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED or total > max(path.stat().st_size * MAX_RATIO, 64 << 20):
        raise SourceError(
            f"{path} unpacks to {total:,} bytes, far more than its size; unpack it yourself if it is sound"
        )
