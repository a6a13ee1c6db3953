"""Frames are checked against the table that they go to: one source, the table's own definition."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.errors import PluginError, UnknownNameError, WarehouseError

if TYPE_CHECKING:
    import dataframely as dy
    import duckdb
    import polars as pl

    from warehouse import Warehouse

# Filled in by the host when rows are written.
HOST_COLUMNS = frozenset({"run", "document_key"})


def check_analyzed(warehouse: Warehouse, table: str, model: str) -> None:
    """Raise PluginError where a table, which an analyzer declares, could not take its rows."""
    if "document_key" not in _columns_of(warehouse, table, model):
        raise PluginError(
            f"model {model} writes to {table}, which has no column document_key to tell which document a row is about"
        )


@lru_cache(maxsize=256)
def _columns_of(warehouse: Warehouse, table: str, model: str) -> dict[str, str]:
    """Columns of a table, with their types. Raises PluginError where it is not there, or not for rows of runs."""
    try:
        known = warehouse.table_columns(table)
    except UnknownNameError as error:
        raise PluginError(f"model {model} writes to {table}, which is not there") from error
    if "run" not in known:
        raise PluginError(f"model {model} writes to {table}, which has no column run to tell which run wrote a row")
    return known


@lru_cache(maxsize=256)
def schema_of(warehouse: Warehouse, table: str, model: str) -> type[dy.Schema]:
    """A dataframely schema of a table's columns, without those that the host fills in.

    Raises:
        PluginError: the table is not there, or cannot take rows of a model.
    """
    import dataframely as dy

    columns: dict[str, dy.Column] = {}
    for name, kind in _columns_of(warehouse, table, model).items():
        if name not in HOST_COLUMNS:
            column = _column(kind)
            if column is None:
                raise PluginError(f"model {model} cannot write to {table}: its column {name} is {kind}")
            columns[name] = column
    schema: type[dy.Schema] = type(table.replace(".", "_"), (dy.Schema,), dict(columns))
    return schema


def checked(warehouse: Warehouse, table: str, frame: pl.DataFrame, model: str) -> pl.DataFrame:
    """The frame with exactly the table's columns, cast without loss.

    Raises:
        PluginError: a column is missing, unknown, of another type, or holds NaN or infinity.
    """
    import polars as pl
    from dataframely.exc import ValidationError

    from warehouse.names import differing

    schema = schema_of(warehouse, table, model)
    wanted = schema.column_names()
    differ = differing(wanted, frame.columns)
    if differ:
        raise PluginError(f"model {model} returned other columns than {table} has: {differ}")
    try:
        return pl.DataFrame(schema.validate(schema.cast(frame.select(wanted))))
    except (pl.exceptions.PolarsError, ValidationError) as error:
        # Of rules that rows break it says the number first, and each in a line of a list.
        lines = [line.strip(" *-") for line in str(error).splitlines()]
        reason = "; ".join(line for line in lines if line and not line.endswith("rules failed validation:"))[:300]
        raise PluginError(f"model {model} returned rows that do not fit {table}: {reason}") from error


def write(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame, run: str) -> int:
    """Insert a run's rows into a table, the run's id beside each; how many there were."""
    from warehouse.names import identifier, quoted
    from warehouse.rows import first

    con.register("incoming", frame.to_arrow())
    columns = ", ".join(identifier(c) for c in frame.columns)
    con.execute(f"INSERT INTO {quoted(table)} (run, {columns}) SELECT ?, {columns} FROM incoming", [run])
    con.unregister("incoming")
    written = first(con, f"SELECT count(*) FROM {quoted(table)} WHERE run = ?", [run])
    if written != (frame.height,):
        # DuckDB has been seen to report rows as inserted that it then did not have; better no rows than fewer.
        raise WarehouseError(f"{frame.height} rows went to {table} and {written} arrived; run it again")
    return frame.height


def _column(kind: str) -> dy.Column | None:
    """What holds values of one of DuckDB's types; None of those that no table of ours has."""
    import dataframely as dy

    kinds: dict[str, type[dy.Column]] = {
        "VARCHAR": dy.String,
        "JSON": dy.String,
        "INTEGER": dy.Int32,
        "SMALLINT": dy.Int16,
        "BIGINT": dy.Int64,
        "FLOAT": dy.Float32,
        "DOUBLE": dy.Float64,
        "BOOLEAN": dy.Bool,
        "DATE": dy.Date,
        "BLOB": dy.Binary,
    }
    if kind == "TIMESTAMP":
        return dy.Datetime(nullable=True, time_unit="us")
    if kind.endswith("[]"):
        inner = _column(kind[:-2])
        return inner and dy.List(inner, nullable=True)
    return kinds[kind](nullable=True) if kind in kinds else None
