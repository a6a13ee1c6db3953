"""Tables that plugins own: made, or brought up to date, when a model or a source needs them and not before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.host import Host
    from warehouse import Warehouse
    from warehouse.plugin_schemas import PluginSchema

_RELATION = r'(?:"?{schema}"?\s*\.\s*)("(?:[^"]|"")+"|\w+)'
_MADE = (
    r"^\s*(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?{relation}"
    r"|ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?{relation}\s+RENAME\s+TO\s+(\"(?:[^\"]|\"\")+\"|\w+))"
)


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


def tables_of(schema: PluginSchema) -> list[str]:
    """Names of the tables and views that the SQL files of a schema make, such as "plugin_letterboxd.diary"; sorted.

    The files are read, and not run.

    Raises:
        PluginError: they cannot be read.
    """
    from toolkit.errors import PluginError
    from warehouse.migrations import steps

    made = re.compile(_MADE.format(relation=_RELATION.format(schema=schema.name)), re.IGNORECASE | re.MULTILINE)
    try:
        texts = [step.sql for step in steps(schema.folder)]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise PluginError(f"plugin {schema.plugin}: its schema cannot be read: {error}") from error
    names: set[str] = set()
    for created, old, new in (found for text in texts for found in made.findall(text)):
        names.discard(old)
        names.add(created or new)
    return sorted(f"{schema.name}.{name}" for name in names)
