"""An empty warehouse: its file is made once a process, since that takes longer than most tests, and copied."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse import Warehouse


def empty_warehouse(folder: Path) -> Warehouse:
    """A new warehouse in a folder, with every table and no rows."""
    from warehouse import Warehouse

    path = folder / "cinekit.duckdb"
    shutil.copy(Path(_template().name) / "empty.duckdb", path)
    return Warehouse.open(path, wait=5)


@cache
def _template() -> TemporaryDirectory[str]:
    """The folder of the file that is copied; it goes when the process ends."""
    from warehouse import Warehouse

    folder = TemporaryDirectory(prefix="cinekit-testing-", ignore_cleanup_errors=True)
    Warehouse.open(Path(folder.name) / "empty.duckdb")
    return folder
