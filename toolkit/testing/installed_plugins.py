"""The plugins that are installed where tests run, and the tables that they own, as contracts give them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError
from toolkit.fitting import read_tables
from toolkit.host import Host
from toolkit.own_tables import make_tables
from toolkit.testing.checks import fail
from toolkit.testing.empty_warehouse import shared_warehouse
from warehouse.plugin_schemas import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from warehouse import Warehouse


@cache
def installed_host() -> Host:
    """The plugins that are installed; they stay the same while tests run."""
    return Host()


def warehouse_with(name: str, tables: Iterable[str]) -> Warehouse:
    """The shared warehouse with those of the tables that plugins own; fails where a model's plugin is not installed."""
    warehouse, own = shared_warehouse(), [table for table in tables if table.startswith(PREFIX)]
    try:
        for table in own:
            if installed_host().schema(table.partition(".")[0]) is None:
                fail(
                    f"{name}: no plugin that is installed owns {table}; install yours, with cinekit_schema among its "
                    "hooks: pip install -e ."
                )
        make_tables(warehouse, installed_host(), own)
    except CinekitError as error:
        fail(f"{name}: {error}; correct its SQL files")
    return warehouse


def own_frames(name: str, tables: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Those of the tables that plugins own, without rows."""
    own = [table for table in tables if table.startswith(PREFIX)]
    warehouse = warehouse_with(name, own)
    try:
        with warehouse.reading() as con:
            return read_tables(con, own)
    except CinekitError as error:
        fail(f"{name}: {error}; correct reads, or its SQL files")
