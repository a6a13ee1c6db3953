"""Opening the DuckDB file: waiting for other processes, and saying in one line what stands in the way."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import LockedError, VersionError, WarehouseError

if TYPE_CHECKING:
    import duckdb

# Nobody's SQL, ours included, may pick up Python variables by name or fetch extensions from the network.
BASE_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
}
# SQL that a user wrote: no files, no network, no extensions, and no way to switch these back on.
LOCKED_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    **BASE_CONFIG,
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "lock_configuration": True,
}


def connect(path: Path, *, read_only: bool, wait: float, locked: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the file, retrying for up to `wait` seconds while another process holds it.

    Raises:
        LockedError: still held after `wait` seconds; names the process.
        VersionError: written by a DuckDB that is newer than the one installed.
        WarehouseError: not a DuckDB file, or unreadable.
    """
    import duckdb

    _check_file(path)
    deadline = time.monotonic() + wait
    pause = 0.02
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=LOCKED_CONFIG if locked else BASE_CONFIG)
        except (duckdb.IOException, duckdb.ConnectionException, duckdb.BinderException) as error:
            if not _is_lock(error):
                raise _explained(path, error) from error
            if time.monotonic() >= deadline:
                raise LockedError(_who_holds(path, error, wait)) from error
        except duckdb.Error as error:
            raise _explained(path, error) from error
        time.sleep(min(pause * random.uniform(0.5, 1.5), max(deadline - time.monotonic(), 0.001)))
        pause = min(pause * 1.6, 1.0)


def _check_file(path: Path) -> None:
    """Raise WarehouseError where a file is none of DuckDB's, which takes others, such as CSV, for tables in memory."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be opened: {error.strerror or error}; change its permissions, or name another file with "
            "--warehouse"
        ) from error
    if head and head[8:] != b"DUCK":
        raise WarehouseError(f"{path} is no DuckDB file; name another file with --warehouse")


def first_line(error: Exception) -> str:
    """The first line of an exception's text, without DuckDB's prefix of its kind."""
    text = str(error).strip().splitlines()
    return re.sub(r"^[A-Z][\w ]*Error: ", "", text[0]) if text else type(error).__name__


def _is_lock(error: Exception) -> bool:
    # A second connection of the same process with other options is refused by DuckDB like a foreign lock.
    return bool(re.search(r"set lock on file|different configuration|already attached", str(error)))


def _who_holds(path: Path, error: Exception, wait: float) -> str:
    import psutil

    found = re.search(r"PID (\d+)", str(error))
    holder = "another connection of this process"
    if found:
        holder = f"process {found[1]}"
        try:
            holder += f" ({' '.join(psutil.Process(int(found[1])).cmdline())[:80]})"
        except psutil.Error:
            holder += " (of another user, or just ended)"
    return f"{path} is locked by {holder}; waited {wait:g} s; try again when it has ended, or wait longer with --wait"


def _explained(path: Path, error: Exception) -> WarehouseError:
    text = first_line(error)
    if re.search("Permission denied|Read-only file system", text):
        return WarehouseError(
            f"{path} cannot be written to; change its permissions, or name another file with --warehouse"
        )
    if re.search(r"newer version of DuckDB|storage version|version number", text):
        return VersionError(f"{path} was written by a newer DuckDB; upgrade with: pip install -U duckdb ({text})")
    return WarehouseError(f"{path} cannot be opened: {text}")
