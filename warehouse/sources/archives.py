"""Zip archives: only the members that are needed, within bounds, into a temporary folder."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from warehouse.errors import SourceError
from warehouse.sources.text import MAX_RATIO, MAX_UNPACKED


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
    try:
        with zipfile.ZipFile(path) as archive:
            members = _chosen(archive, wanted)
            _check_size(path, members.values())
            unpacked = {}
            for name, member in members.items():
                target = folder / name
                with archive.open(member) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
                unpacked[name] = target
            return unpacked
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{path} is torn or no zip archive ({error}); fetch it again") from error
    except (RuntimeError, NotImplementedError) as error:
        raise SourceError(f"{path} cannot be unpacked ({error}); unpack it yourself and load the folder") from error


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
