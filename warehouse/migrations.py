"""Numbered SQL files are the schema: each is applied once, in one transaction together with its record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.clock import utc_now
from warehouse.errors import VersionError
from warehouse.rows import first
from warehouse.transactions import transaction

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import duckdb

FOLDER = Path(__file__).parent / "schema"
_NAME = re.compile(r"\d{4}_.*\.sql")

_RECORD = """
CREATE SCHEMA IF NOT EXISTS meta;
CREATE TABLE IF NOT EXISTS meta.migrations (number INTEGER, name VARCHAR, sha256 VARCHAR, applied_at TIMESTAMP);
COMMENT ON TABLE meta.migrations IS 'Steps of the schema that were applied to this file.';
COMMENT ON COLUMN meta.migrations.number IS 'Number of the step.';
COMMENT ON COLUMN meta.migrations.name IS 'Name of its SQL file.';
COMMENT ON COLUMN meta.migrations.sha256 IS 'SHA-256 of that file as it was applied.';
COMMENT ON COLUMN meta.migrations.applied_at IS 'When it was applied (UTC).';
"""


@dataclass(frozen=True)
class Step:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def steps(folder: Traversable = FOLDER) -> list[Step]:
    """The steps of a schema, in order."""
    files = sorted((f for f in folder.iterdir() if _NAME.fullmatch(f.name)), key=lambda f: f.name)
    return [Step(int(f.name[:4]), f.name, f.read_text(encoding="utf-8")) for f in files]


def pending(con: duckdb.DuckDBPyConnection, path: Path) -> list[Step]:
    """The steps that this file still lacks.

    Raises:
        VersionError: the file has steps that this cinekit does not know, or knows otherwise.
    """
    known = steps()
    found = first(con, "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'meta' AND table_name = 'migrations'")
    if not found or not found[0]:
        others = first(con, "SELECT count(*) FROM duckdb_tables() WHERE NOT internal")
        if others and others[0]:
            raise VersionError(f"{path} is a DuckDB file, but not cinekit's; name another file with --warehouse")
        return known
    applied = dict(con.execute("SELECT number, sha256 FROM meta.migrations").fetchall())
    return lacking(known, applied, path, "cinekit")


def lacking(known: Sequence[Step], applied: Mapping[int, str], path: Path, whose: str) -> list[Step]:
    """The steps that were not applied yet.

    Args:
        known: all steps, in order.
        applied: the hashes of those that were applied, by number.
        path: the warehouse's file, for messages.
        whose: the distribution that they belong to.

    Raises:
        VersionError: steps were applied that are not known, or are known otherwise.
    """
    newest, last = max(applied, default=0), max((step.number for step in known), default=0)
    if newest > last:
        raise VersionError(
            f"{path} was written by a newer {whose} (schema {newest}, this one knows {last}); "
            f"upgrade with: pip install -U {whose}"
        )
    for step in known:
        if step.number in applied and applied[step.number] != step.sha256:
            raise VersionError(
                f"{path}: schema step {step.name} is not the one that this {whose} knows; was it edited?"
            )
    return [step for step in known if step.number not in applied]


def apply(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the steps that are lacking, each in a transaction of its own with its record."""
    for step in pending(con, path):
        with transaction(con):
            con.execute(_RECORD)
            con.execute(step.sql)
            con.execute(
                "INSERT INTO meta.migrations VALUES (?, ?, ?, ?)", [step.number, step.name, step.sha256, utc_now()]
            )
