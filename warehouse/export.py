"""Every table as a file, for whoever wants to leave, or to take the results elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from warehouse.errors import UsageError, WarehouseError
from warehouse.names import quoted

if TYPE_CHECKING:
    from warehouse.store import Warehouse


def export(warehouse: Warehouse, folder: Path, form: Literal["parquet", "csv"] = "parquet") -> int:
    """Write every table to FOLDER/SCHEMA.TABLE.parquet (or .csv); how many there were.

    The files appear all together: they are written to a folder beside it, which then takes the name.

    Raises:
        UsageError: the folder is there already and is not empty.
        WarehouseError: it cannot be written to.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; name a new folder")
    draft = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    try:
        draft.mkdir(parents=True)
        with warehouse.reading() as con:
            names = con.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
            ).fetchall()
            for (name,) in names:
                # COPY takes no bound file name, so it is written as a literal.
                target = str(draft / f"{name}.{form}").replace("'", "''")
                header = ", HEADER" if form == "csv" else ""
                con.execute(f"COPY (SELECT * FROM {quoted(name)}) TO '{target}' (FORMAT {form}{header})")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise WarehouseError(
            f"cannot write to {folder}: {error.strerror or error}; make room or name another"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return len(names)
