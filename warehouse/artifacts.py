"""Files beside the warehouse: arrays and JSON in formats that cannot run code, each with a hash that is checked."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import ArtifactError

if TYPE_CHECKING:
    import duckdb

SUFFIXES = frozenset({".npy", ".npz", ".json", ".arrow", ".parquet", ".keras", ".png", ".gif", ".mid", ".fountain"})


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Artifacts:
    """The folder of a warehouse's artifacts: one folder a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, run: str) -> Path:
        """Make the folder for a run's files."""
        target = self.folder / run
        try:
            with suppress(FileNotFoundError):  # another process has just removed the empty folder of all
                target.mkdir(parents=True, exist_ok=True)
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtifactError(
                f"cannot make the folder {target}: {error.strerror or error}"
                "; make room there, or change its permissions"
            ) from error
        return target

    def record(self, con: duckdb.DuckDBPyConnection, run: str) -> int:
        """Record the files of a run's folder with their hashes, in the transaction that ends the run.

        Raises:
            ArtifactError: a file is of a kind that is not saved here.
        """
        files = sorted(f for f in (self.folder / run).rglob("*") if f.is_file())
        for file in files:
            if file.suffix not in SUFFIXES:
                raise ArtifactError(f"{file}: artifacts are {', '.join(sorted(SUFFIXES))}")
            con.execute(
                "INSERT INTO meta.artifacts VALUES (?, ?, ?, ?)",
                [run, file.relative_to(self.folder).as_posix(), sha256_of(file), file.stat().st_size],
            )
        return len(files)

    def checked(self, con: duckdb.DuckDBPyConnection, run: str) -> dict[str, Path]:
        """The files of a run by name, after their hashes were checked.

        Raises:
            ArtifactError: a file is missing, lies outside the folder, or is not the one that was saved.
        """
        rows = con.execute("SELECT path, sha256 FROM meta.artifacts WHERE run = ?", [run]).fetchall()
        found = {}
        for name, expected in rows:
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
                raise ArtifactError(f"{self.folder / name} is missing; fit the model again with --refit")
            if sha256_of(path) != expected:
                raise ArtifactError(f"{path} is not the file that was saved; fit the model again with --refit")
            found[path.name] = path
        return found

    def remove(self, run: str) -> None:
        """Remove a run's files, and the folder of all where they were the only ones."""
        shutil.rmtree(self.folder / run, ignore_errors=True)
        with suppress(OSError):  # others lie in it, or it was never made
            self.folder.rmdir()
