"""Names from outside: quoted for SQL, never pasted, and compared with those that are wanted."""

from __future__ import annotations

from collections.abc import Collection


def identifier(name: str) -> str:
    """One name (a column, a file's column), quoted."""
    return '"' + name.replace('"', '""') + '"'


def quoted(table: str) -> str:
    """A table's name, with or without its schema, each part quoted."""
    return ".".join(identifier(part) for part in table.split("."))


def differing(wanted: Collection[str], given: Collection[str]) -> str:
    """Which names are missing from those that are given, and which of these are unknown, five at most; "" if none."""
    missing, unknown = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
    if not missing and not unknown:
        return ""
    return f"missing {', '.join(missing) or 'none'}; unknown {', '.join(unknown[:5]) or 'none'}"
