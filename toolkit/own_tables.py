"""Tables that plugins own: made, or brought up to date, when a model or a source needs them and not before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.host import Host
    from warehouse import Warehouse


def make_tables(warehouse: Warehouse, host: Host, tables: Iterable[str]) -> None:
    """See to it that those of the tables are there that belong to plugins which are installed.

    Raises:
        PluginError: a step of a plugin's schema is refused or fails.
        VersionError: the warehouse has steps of a newer plugin.
    """
    from warehouse.plugin_schemas import PREFIX, ensure

    schemas = {table.partition(".")[0] for table in tables if table.startswith(PREFIX)}
    for name in sorted(schemas):
        schema = host.schema(name)
        if schema is not None:
            ensure(warehouse, schema)
