"""An empty warehouse: its file is made once a process, since that takes longer than most tests."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse import Warehouse


def empty_warehouse(folder: Path) -> Warehouse:
    """A new warehouse in a folder, with every table and no data."""
    from warehouse import Warehouse

    path = folder / "cinekit.duckdb"
    shutil.copy(_empty()[0].path, path)
    return Warehouse.open(path, wait=5)


@cache
def shared_warehouse() -> Warehouse:
    """A warehouse with every table, in which checks may record runs and make a plugin's tables, and nothing else."""
    folder = Path(_empty()[1].name) / "shared"
    folder.mkdir()
    return empty_warehouse(folder)


@cache
def _empty() -> tuple[Warehouse, TemporaryDirectory[str]]:
    """A warehouse that nobody writes into, and its folder, which goes when the process ends."""
    from warehouse import Warehouse

    folder = TemporaryDirectory(prefix="cinekit-testing-", ignore_cleanup_errors=True)
    return Warehouse.open(Path(folder.name) / "empty.duckdb", wait=5), folder
