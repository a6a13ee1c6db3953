"""SQL that a user wrote, run where it can change nothing; and tables as Polars frames."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from warehouse.connection import first_line
from warehouse.errors import QueryError
from warehouse.names import identifier, quoted
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from warehouse.store import Warehouse

READING = "only reading statements run here (SELECT, FROM, WITH, DESCRIBE, EXPLAIN without ANALYZE)"


def select(warehouse: Warehouse, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Rows of one reading statement (SELECT, FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN).

    Raises:
        QueryError: refused, or wrong; the text says where.
    """
    import duckdb
    from polars.exceptions import PolarsError

    with warehouse._connection(read_only=True, locked=True) as con:
        try:
            _check(con, sql)
            relation = con.sql(sql, params=params)
            if relation is None:
                raise QueryError("the SQL returns no rows; only reading statements are allowed")
            frame: pl.DataFrame = _polars_ready(relation).pl()
        except duckdb.Error as error:
            raise QueryError(_readable(error)) from error
        except (ValueError, PolarsError) as error:
            raise QueryError(f"the answer cannot be shown: {first_line(error)}; name and cast its columns") from error
    return frame


def scan(warehouse: Warehouse, table: str) -> pl.LazyFrame:
    """A LazyFrame over a table or view that opens the file only while it is collected."""
    import polars as pl
    from polars.io.plugins import register_io_source

    known = warehouse.table_columns(table)
    with warehouse.reading() as con:
        schema = con.sql(f"SELECT * FROM {quoted(table)} LIMIT 0").pl().schema

    def batches(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        columns = ", ".join(identifier(c) for c in with_columns or known)
        limit = f" LIMIT {int(n_rows)}" if n_rows is not None and predicate is None else ""
        with warehouse.reading() as con:
            reader = con.sql(f"SELECT {columns} FROM {quoted(table)}{limit}").to_arrow_reader(batch_size or 100_000)
            left = n_rows
            for batch in reader:
                frame = pl.DataFrame(pl.from_arrow(batch))
                if predicate is not None:
                    frame = frame.filter(predicate)
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                yield frame
                if left == 0:
                    break

    return register_io_source(batches, schema=schema, validate_schema=True)


def tables(warehouse: Warehouse) -> pl.DataFrame:
    """Tables and views of users' interest: views first, then schema by schema."""
    with warehouse.reading() as con:
        listed = con.execute(
            """
            SELECT schema_name, view_name AS name, 'view' AS kind, comment, 0 AS place FROM duckdb_views()
            WHERE NOT internal AND schema_name NOT IN ('information_schema', 'pg_catalog')
            UNION ALL
            SELECT schema_name, table_name, 'table', comment, 1 FROM duckdb_tables() WHERE NOT internal
            ORDER BY place, schema_name, name
            """
        ).fetchall()
        counts = {}
        for schema, name, kind, _, _ in listed:
            if kind == "table":
                row = first(con, f"SELECT count(*) FROM {quoted(f'{schema}.{name}')}")
                counts[schema, name] = row[0] if row else 0
    import polars as pl

    return pl.DataFrame(
        {
            "table": [name if schema == "main" else f"{schema}.{name}" for schema, name, *_ in listed],
            "kind": [kind for _, _, kind, *_ in listed],
            "rows": [counts.get((schema, name)) for schema, name, *_ in listed],
            "what it is": [comment for *_, comment, _ in listed],
        },
        schema={"table": pl.String, "kind": pl.String, "rows": pl.Int64, "what it is": pl.String},
    )


def columns(warehouse: Warehouse, table: str) -> pl.DataFrame:
    """Columns of a table or view: name, type, comment."""
    import polars as pl

    known = warehouse.table_columns(table)
    schema, _, name = table.rpartition(".")
    with warehouse.reading() as con:
        rows = con.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?",
            [schema or "main", name],
        ).fetchall()
    comments = dict(rows)
    return pl.DataFrame(
        {"column": list(known), "type": list(known.values()), "what it is": [comments[c] for c in known]},
        schema={"column": pl.String, "type": pl.String, "what it is": pl.String},
    )


def _check(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError unless the SQL is one reading statement."""
    import duckdb

    kinds = _kinds(con, sql)
    if len(kinds) != 1:
        raise QueryError(f"give one statement, not {len(kinds)}")
    explained = re.match(r"\s*EXPLAIN\s+(?P<what>.*)", sql, re.IGNORECASE | re.DOTALL)
    if kinds[0] == duckdb.StatementType.EXPLAIN and explained:
        # EXPLAIN ANALYZE runs what it explains, and that might be a COPY over the warehouse itself.
        kinds = _kinds(con, explained["what"])
    if kinds != [duckdb.StatementType.SELECT]:
        kind = str(kinds[0]).rpartition(".")[2] if kinds else "nothing"
        raise QueryError(f"{kind} is refused: {READING}")


def _kinds(con: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.StatementType]:
    try:
        return [statement.type for statement in con.extract_statements(sql)]
    except ValueError as error:
        # A kind of statement that DuckDB's Python package has no name for.
        raise QueryError(f"refused: {READING}") from error


def _polars_ready(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The same rows, with types that Polars has no counterpart for as text."""
    foreign = [re.search(r"INTERVAL|UNION|BIT\b", str(kind)) is not None for kind in relation.types]
    if not any(foreign):
        return relation
    names = [identifier(name) for name in relation.columns]
    return relation.project(
        ", ".join(f"{n}::VARCHAR AS {n}" if text else n for n, text in zip(names, foreign, strict=True))
    )


def _readable(error: duckdb.Error) -> str:
    """One line of DuckDB's message, with its suggestion where there is one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    offers = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))]
    text = first_line(error).rstrip("!")
    return "; ".join([text, *(o for o in offers if o not in text)])
