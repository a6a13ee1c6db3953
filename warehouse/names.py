"""Names from outside, quoted for SQL: never pasted."""

from __future__ import annotations


def identifier(name: str) -> str:
    """One name (a column, a file's column), quoted."""
    return '"' + name.replace('"', '""') + '"'


def quoted(table: str) -> str:
    """A table's name, with or without its schema, each part quoted."""
    return ".".join(identifier(part) for part in table.split("."))
