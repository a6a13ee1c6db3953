from __future__ import annotations

from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import QueryError

REFUSED = {
    "write": "INSERT INTO raw.genres VALUES (1, 'x', 1)",
    "update": "UPDATE raw.genres SET genre = 'x'",
    "delete": "DELETE FROM raw.genres",
    "create": "CREATE TABLE t (a INTEGER)",
    "temporary table": "CREATE TEMP TABLE t AS SELECT 1",
    "drop": "DROP TABLE raw.genres",
    "copy out": "COPY raw.genres TO '{folder}/out.csv'",
    "copy in": "COPY raw.genres FROM '{folder}/secret.csv'",
    "attach": "ATTACH '{folder}/other.duckdb' AS other",
    "read_csv": "SELECT * FROM read_csv('{folder}/secret.csv')",
    "file by name": "SELECT * FROM '{folder}/secret.csv'",
    "read_text": "SELECT * FROM read_text('{folder}/secret.csv')",
    "read_blob": "SELECT * FROM read_blob('{folder}/secret.csv')",
    "glob": "SELECT * FROM glob('{folder}/*')",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "set": "SET enable_external_access = true",
    "reset": "RESET enable_external_access",
    "pragma": "PRAGMA enable_profiling",
    "export": "EXPORT DATABASE '{folder}/all'",
    "call": "CALL pragma_version()",
    "explain analyze of a write": "EXPLAIN ANALYZE DELETE FROM raw.genres",
    "copy over the warehouse under explain": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/test.duckdb'",
    "copy over its log under explain": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/test.duckdb.wal'",
    "explain analyze behind a comment": "/* a */ EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/test.duckdb.wal'",
    "explain analyze of a select": "EXPLAIN ANALYZE SELECT 1",
    "plain explain of a copy": "EXPLAIN COPY (SELECT 1) TO '{folder}/test.duckdb.wal'",
    "deeply nested": "SELECT " + "[" * 100 + "1" + "]" * 100 + " AS a",
    "two columns of one name, one foreign": "SELECT INTERVAL 1 DAY AS a, 2 AS a",
    "two statements": "SELECT 1; DROP TABLE raw.genres",
    "none": "  -- nothing",
    "network": "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "python variable": "SELECT * FROM secret_frame",
    "checkpoint": "CHECKPOINT",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_users_sql_cannot_leave_the_warehouse(warehouse: Warehouse, tmp_path: Path, sql: str) -> None:
    secret_frame = warehouse.query("SELECT 1 AS a")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QueryError) as caught:
        warehouse.query(sql.format(folder=tmp_path))
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before
    assert warehouse.query("SELECT count(*) AS n FROM raw.titles").item() == 0
    assert secret_frame.height == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "FROM titles",
        "WITH a AS (SELECT 1 AS b) FROM a",
        "DESCRIBE titles",
        "SHOW TABLES",
        "SUMMARIZE raw.genres",
        "EXPLAIN SELECT 1",
        "VALUES (1)",
    ],
)
def test_reading_statements_run(warehouse: Warehouse, sql: str) -> None:
    assert warehouse.query(sql).width >= 1


def test_parameters_are_bound(warehouse: Warehouse) -> None:
    assert warehouse.query("SELECT $a AS a", {"a": "'; DROP TABLE x"}).item() == "'; DROP TABLE x"
    assert warehouse.query("SELECT ? + ? AS a", [1, 2]).item() == 3


def test_a_misspelt_name_is_answered_with_the_nearest(warehouse: Warehouse) -> None:
    with pytest.raises(QueryError, match=r'titels does not exist.*Did you mean "titles"'):
        warehouse.query("SELECT * FROM titels")


def test_types_without_a_polars_counterpart_come_as_text(warehouse: Warehouse) -> None:
    assert warehouse.query("SELECT INTERVAL 90 MINUTE AS a, 1 AS b").rows() == [("01:30:00", 1)]
    assert warehouse.query("SELECT sum(range) AS a FROM range(3)").item() == 3
