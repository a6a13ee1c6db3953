"""Tables of plugins: numbered SQL files as our own, applied in the plugin's own schema, and kept from all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.clock import utc_now
from warehouse.connection import first_line
from warehouse.errors import PluginError
from warehouse.migrations import Step, lacking, steps
from warehouse.names import identifier
from warehouse.sources.staging import literal
from warehouse.transactions import transaction

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import duckdb

    from warehouse.store import Warehouse

PREFIX = "plugin_"
ALLOWED = "CREATE TABLE, CREATE [OR REPLACE] VIEW, ALTER TABLE and COMMENT ON"
# DuckDB 2 lets a WITH change rows, even those that a CREATE TABLE or a view selects from.
_CHANGING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"})
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
# A word without what follows it: DuckDB 1 gives comments no tokens of their own.
_WORD = re.compile(r'"(?:[^"]|"")*"|(?:(?!--|/\*)\S)*')
# Everything outside a schema: tables and views with their SQL and comments, columns with their types and comments.
_OUTSIDE = """
    SELECT schema_name, table_name, NULL AS column_name, sql, comment FROM duckdb_tables() WHERE schema_name <> $schema
    UNION ALL
    SELECT schema_name, view_name, NULL, sql, comment FROM duckdb_views() WHERE schema_name <> $schema AND NOT internal
    UNION ALL
    SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()
    WHERE schema_name <> $schema AND NOT internal
"""
# What rows are given beside a table's own columns when they are loaded, and so no column can be called.
RESERVED = frozenset({"ordinal", "problem", "title", "viewer"})
# Columns that mean the same in every table, and so have one type.
KEYS = {"viewer_key": "INTEGER", "title_key": "INTEGER", "document_key": "INTEGER", "load": "INTEGER",
        "viewer_id": "VARCHAR", "title_id": "VARCHAR", "run": "VARCHAR"}  # fmt: skip
# Columns that forgetting, pseudonyms and loads go by, letter by letter.
_LOOKED_FOR = frozenset({*KEYS, "review_id"})


@dataclass(frozen=True)
class PluginSchema:
    """Where the tables of a plugin are defined.

    Attributes:
        name: the schema, such as "plugin_NAME".
        plugin: the distribution.
        version: its version.
        folder: the folder with its numbered SQL files.
    """

    name: str
    plugin: str
    version: str
    folder: Traversable


def ensure(warehouse: Warehouse, schema: PluginSchema) -> None:
    """Apply the steps that the warehouse lacks, each in a transaction of its own with its record.

    Raises:
        VersionError: the warehouse has steps of a newer plugin, or others.
        PluginError: the schema belongs to another distribution, or a step is refused, fails, or is found to have
            changed something outside the schema; nothing of it stays.
        WarehouseError: the warehouse cannot be written to, as where the disk is full.
    """
    with warehouse.reading() as con:
        if not _pending(con, warehouse, schema):
            return
    # Locked as a user's own SQL is: no files, no network.
    with warehouse._connection(read_only=False, locked=True) as con:
        con.execute("CHECKPOINT")
        for step in _pending(con, warehouse, schema):
            with transaction(con):
                _apply(con, schema, step)


def tables_of(schema: PluginSchema) -> list[str]:
    """Names of the tables and views that the SQL files of a schema make, such as "plugin_NAME.notes"; sorted.

    The files are read, and not run.

    Raises:
        PluginError: they cannot be read.
    """
    own = rf'(?:{schema.name}|"{schema.name}") \. ({_NAME})'
    made = re.compile(
        rf"CREATE (?:TABLE|(?:OR REPLACE )?VIEW) (?:IF NOT EXISTS )?{own}"
        rf"|ALTER TABLE (?:IF EXISTS )?{own} RENAME TO ({_NAME})",
        re.IGNORECASE,
    )
    names: set[str] = set()
    for step in _steps(schema):
        for created, old, new in made.findall(" ".join(word for word, _ in _words(step.sql))):
            names.discard(old)
            names.add(created or new)
    return sorted(f"{schema.name}.{name}" for name in names)


def _steps(schema: PluginSchema) -> list[Step]:
    try:
        return steps(schema.folder)
    except (OSError, ValueError) as error:  # of the latter, text that is no UTF-8
        raise PluginError(f"plugin {schema.plugin}: its schema cannot be read: {error}") from error


def _pending(con: duckdb.DuckDBPyConnection, warehouse: Warehouse, schema: PluginSchema) -> list[Step]:
    rows = con.execute(
        "SELECT number, sha256, plugin FROM meta.plugin_migrations WHERE plugin_schema = ?", [schema.name]
    ).fetchall()
    others = [plugin for _, _, plugin in rows if plugin != schema.plugin]
    if others:
        raise PluginError(
            f"plugin {schema.plugin}: the tables of {schema.name} in {warehouse.path} belong to {others[0]}; "
            "rename the entry point of one of them"
        )
    known = _steps(schema)
    if not known or len({step.number for step in known}) < len(known):
        raise PluginError(f"plugin {schema.plugin}: its schema needs files such as 0001_tables.sql, each of a number")
    return lacking(known, {number: sha256 for number, sha256, _ in rows}, warehouse.path, schema.plugin)


def _apply(con: duckdb.DuckDBPyConnection, schema: PluginSchema, step: Step) -> None:
    """Run one step, look at what it made, and record it."""
    import duckdb

    where = f"plugin {schema.plugin}: {step.name}"
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema.name)}")
    before = _outside(con, schema.name)
    try:
        for statement in con.extract_statements(step.sql):
            refused = refusal(statement.query, schema.name)
            if refused:
                raise PluginError(f"{where} is refused: {refused}; no table of it was made")
            con.execute(statement)
    except duckdb.IOException:  # a full disk is no fault of the step
        raise
    except (duckdb.Error, ValueError) as error:  # DuckDB's package has no name for some kinds of statements
        raise PluginError(f"{where} cannot be applied: {first_line(error)}; no table of it was made") from error
    changed = sorted({f"{row[0]}.{row[1]}" for row in before ^ _outside(con, schema.name)})
    wrong = f"it changes {changed[0]}, which is not its own" if changed else _fault(con, schema.name)
    if wrong:
        raise PluginError(f"{where} is refused: {wrong}; no table of it was made")
    con.execute(
        "INSERT INTO meta.plugin_migrations VALUES (?, ?, ?, ?, ?, ?, ?)",
        [schema.name, step.number, step.name, step.sha256, schema.plugin, schema.version, utc_now()],
    )


def refusal(statement: str, schema: str) -> str | None:
    """Why a statement may not run for a plugin; None where it may.

    It has to name a table or view of the plugin's schema outright, and must not change rows; what ALTER TABLE does to
    those of its own tables is its own affair.
    """
    words = _words(statement)
    text, shown = " ".join(word for word, _ in words).rstrip("; "), " ".join(statement.split())[:60]
    own = rf'(?:{schema}|"{schema}") \. {_NAME}'
    head = re.compile(
        rf"(?P<table>CREATE TABLE (?:IF NOT EXISTS )?{own} \()"
        rf"|CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?{own} (?!\.)|ALTER TABLE (?:IF EXISTS )?{own} (?!\.)"
        rf"|COMMENT ON (?:TABLE|VIEW) {own} IS|COMMENT ON COLUMN {own} \. {_NAME} IS",
        re.IGNORECASE,
    ).match(text)
    if head is None:
        return f"'{shown}' is none of {ALLOWED}, with {schema}. before the name"
    changing = [word for word, kind in words if kind in ("keyword", "identifier") and word.upper() in _CHANGING]
    if changing:
        return f"{changing[0]} changes rows; a column of that name stands in double quotes"
    if head["table"] and _selects(words):
        return f"'{shown}' fills the table with rows, which would stem from no load; make a view"
    return None


def _words(statement: str) -> list[tuple[str, str]]:
    """The words of a statement, each with its kind, without comments."""
    import duckdb

    # Places are counted in bytes.
    encoded, tokens = statement.encode(), duckdb.tokenize(statement)
    ends = [*(place for place, _ in tokens[1:]), len(encoded)]
    return [
        (_word(encoded[place:end].decode()), str(kind).rpartition(".")[2])
        for (place, kind), end in zip(tokens, ends, strict=True)
        if not str(kind).endswith("comment")
    ]


def _word(text: str) -> str:
    found = _WORD.match(text)
    return found[0] if found else ""


def _selects(words: list[tuple[str, str]]) -> bool:
    """Whether a CREATE TABLE has an AS beyond its list of columns."""
    depth = 0
    for word, kind in words:
        if kind == "operator":
            depth += word.count("(") - word.count(")")
        elif kind == "keyword" and word.upper() == "AS" and not depth:
            return True
    return False


def _outside(con: duckdb.DuckDBPyConnection, schema: str) -> set[tuple[Any, ...]]:
    """All that is outside a schema, and how many rows each table there has."""
    found = con.execute(_OUTSIDE, {"schema": schema}).fetchall()
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name <> ? ORDER BY ALL", [schema]
    ).fetchall()
    counts = [
        f"SELECT {literal(name)}, {literal(table)}, count(*) FROM {identifier(name)}.{identifier(table)}"
        for name, table in tables
    ]
    return {*found, *con.execute(" UNION ALL ".join(counts)).fetchall()}


def _fault(con: duckdb.DuckDBPyConnection, schema: str) -> str | None:
    """What is wrong with the tables of a schema, such as a missing comment; None where nothing is."""
    relations = (
        "(SELECT schema_name, table_name AS name, comment FROM duckdb_tables() UNION ALL "
        "SELECT schema_name, view_name, comment FROM duckdb_views()) WHERE schema_name = $schema"
    )
    columns = "duckdb_columns() WHERE schema_name = $schema"
    asked = (
        f"SELECT name FROM {relations} AND coalesce(comment, '') = '' "
        f"UNION ALL SELECT table_name || '.' || column_name FROM {columns} AND coalesce(comment, '') = '' ORDER BY 1"
    )
    bare = con.execute(asked, {"schema": schema}).fetchall()
    if bare:
        return f"{schema}.{bare[0][0]} has no COMMENT, which every table and column needs"
    bound = con.execute(
        "SELECT table_name, constraint_type FROM duckdb_constraints() "
        "WHERE schema_name = ? AND constraint_type <> 'NOT NULL' ORDER BY ALL",
        [schema],
    ).fetchall()
    if bound:
        return f"{schema}.{bound[0][0]} has a {bound[0][1]} constraint; tables have none but NOT NULL"
    return _fault_of_columns(con, schema)


def _fault_of_columns(con: duckdb.DuckDBPyConnection, schema: str) -> str | None:
    for table, sql in con.execute(
        "SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = ? ORDER BY ALL", [schema]
    ).fetchall():
        words = [word for word, _ in _words(sql)]
        if ("GENERATED", "ALWAYS", "AS") in zip(words, words[1:], words[2:], strict=False):
            return f"{schema}.{table} has a column that is generated, which no load can fill; make a view of it"
    for table, column, kind in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = ? ORDER BY ALL", [schema]
    ).fetchall():
        if column.lower() in RESERVED:
            return f"{schema}.{table} has a column {column}; call it {column}_key or {column}_id, or something else"
        if column.lower() in _LOOKED_FOR and column != column.lower():
            return f"{schema}.{table}.{column} is looked for as {column.lower()}; write it so, in lower case"
        if KEYS.get(column.lower(), kind) != kind:
            return f"{schema}.{table}.{column} is {kind}, not {KEYS[column.lower()]}"
    return None
