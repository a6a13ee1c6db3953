"""Tables of plugins: made once by numbered files, with comments, and nothing outside the plugin's schema is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import Warehouse
from warehouse.connection import connect
from warehouse.errors import PluginError, VersionError, WarehouseError
from warehouse.plugin_schemas import PluginSchema, ensure, refusal

pytestmark = pytest.mark.slow

SOUND = """
-- A note; nothing of it is a statement.
CREATE TABLE plugin_x.notes ("delete" INTEGER DEFAULT (length('GENERATED ALWAYS AS')), load INTEGER);
COMMENT ON TABLE plugin_x.notes IS 'Notes; of a plugin.';
COMMENT ON COLUMN plugin_x.notes."delete" IS 'INSERT a number.';
COMMENT ON COLUMN plugin_x.notes.load IS 'The load.';
"""
ADDED = "ALTER TABLE plugin_x.notes ADD COLUMN more VARCHAR; COMMENT ON COLUMN plugin_x.notes.more IS 'More.';"

# DuckDB 1 has no WITH that changes rows.
CHANGES = "DELETE changes rows" if duckdb.__version__ >= "2" else "cannot be applied"
# Bytes of the comment in front, taken for characters, would hide the statement behind its own last comment.
HIDDEN = "/*" + "é" * 33 + "*/" + "DELETE FROM raw      . titles " + "-- CREATE VIEW plugin_x . v AS SELECT"
K_B = "COMMENT ON COLUMN plugin_x.k.b IS 'B.'"
K_A = "COMMENT ON COLUMN plugin_x.k.a IS 'A.'"


@pytest.fixture
def schema(tmp_path: Path) -> PluginSchema:
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0001_notes.sql").write_text(SOUND)
    return PluginSchema("plugin_x", "cinekit-x", "1.0", folder)


class FullDisk:
    """A connection whose statements that begin so fail as on a full disk, a COMMIT being rolled back."""

    def __init__(self, con: duckdb.DuckDBPyConnection, moment: str) -> None:
        self.con = con
        self.moment = moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)

    def execute(self, sql: str | duckdb.Statement, *given: Any) -> duckdb.DuckDBPyConnection:
        text = sql if isinstance(sql, str) else sql.query
        if text.strip().startswith(self.moment) or f"\n{self.moment}" in text:
            if self.moment == "COMMIT":
                self.con.execute("ROLLBACK")
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")
        return self.con.execute(sql, *given)


def catalogue(house: Warehouse) -> list[tuple[object, ...]]:
    """All tables, views and columns with their comments, and the rows of a table that tests fill."""
    return house.query(
        "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() UNION ALL "
        "SELECT 'rows', title_id, name, NULL, NULL FROM raw.titles ORDER BY ALL"
    ).rows()


def test_files_are_applied_once_in_their_order_with_a_record(warehouse: Warehouse, schema: PluginSchema) -> None:
    ensure(warehouse, schema)
    ensure(warehouse, schema)
    with warehouse.writing() as con:
        con.execute("INSERT INTO plugin_x.notes VALUES (7, 1)")
    (schema.folder / "0002_more.sql").write_text(ADDED)
    ensure(warehouse, schema)
    assert warehouse.query("FROM plugin_x.notes").rows() == [(7, 1, None)]
    record = "SELECT plugin_schema, number, name, plugin FROM meta.plugin_migrations ORDER BY number"
    assert warehouse.query(record).rows() == [
        ("plugin_x", 1, "0001_notes.sql", "cinekit-x"), ("plugin_x", 2, "0002_more.sql", "cinekit-x")]  # fmt: skip
    assert warehouse.repeated_keys() == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DROP TABLE raw.ratings", "is none of CREATE TABLE"),
        ("CREATE TABLE raw.mine (a INTEGER)", "with plugin_x. before the name"),
        ("CREATE TABLE mine (a INTEGER)", "with plugin_x. before the name"),
        ("CREATE TEMP TABLE mine (a INTEGER)", "with plugin_x. before the name"),
        ("CREATE OR REPLACE VIEW main.recommendations AS SELECT 1 AS one", "with plugin_x. before the name"),
        ("ALTER TABLE raw.titles ALTER name SET DATA TYPE VARCHAR USING 'gone'", "with plugin_x. before the name"),
        ("COMMENT ON COLUMN plugin_x.raw.titles.name IS 'mine'", "with plugin_x. before the name"),
        ("CREATE /* plugin_x. */ TABLE raw.mine (a INTEGER)", "with plugin_x. before the name"),
        ("INSERT INTO plugin_x.notes VALUES (1, 1)", "is none of CREATE TABLE"),
        ("UPDATE raw.titles SET name = 'gone'", "is none of CREATE TABLE"),
        ("CREATE TABLE plugin_x.mine AS SELECT 1 AS one", "is none of CREATE TABLE"),
        ("CREATE TABLE plugin_x.mine (a) AS SELECT name FROM raw.titles", "fills the table with rows"),
        ("CREATE TABLE plugin_x.m (a) AS WITH d AS (DELETE FROM raw.titles RETURNING 1) FROM d", CHANGES),
        ("CREATE VIEW plugin_x.v AS WITH d AS (DELETE FROM raw.titles RETURNING 1) FROM d", CHANGES),
        ("CREATE VIEW plugin_x.v AS FROM read_csv('/etc/passwd')", "cannot be applied"),
        ("COPY raw.titles TO 'out.csv'", "is none of CREATE TABLE"),
        ("ATTACH 'other.duckdb' AS other", "is none of CREATE TABLE"),
        ("COMMIT; DROP TABLE raw.ratings", "is none of CREATE TABLE"),
        ("SET enable_external_access = true", "is none of CREATE TABLE"),
        ("CREATE MACRO plugin_x.f() AS 1", "is none of CREATE TABLE"),
        ("SELEC 1", "cannot be applied"),
        (HIDDEN, "is none of CREATE TABLE"),
        ("CREATE TABLE plugin_x.m (/*(*/ a) AS SELECT name FROM raw.titles", "fills the table with rows"),
        ("CREATE TABLE plugin_x.m (a) AS\u00a0SELECT name FROM raw.titles", "fills the table with rows"),
        ("CREATE TABLE plugin_x.m (a) AS/**/SELECT name FROM raw.titles", "fills the table with rows"),
        ("CREATE TABLE plugin_x.mine (a INTEGER)", "plugin_x.mine has no COMMENT"),
        ("ALTER TABLE plugin_x.notes ADD COLUMN b INTEGER", "plugin_x.notes.b has no COMMENT"),
        ("ALTER TABLE plugin_x.notes RENAME load TO viewer", "has a column viewer"),
        ("ALTER TABLE plugin_x.notes ALTER load TYPE VARCHAR", "plugin_x.notes.load is VARCHAR, not INTEGER"),
        ('ALTER TABLE plugin_x.notes RENAME load TO "Viewer_ID"', "Viewer_ID is looked for as viewer_id"),
        ('ALTER TABLE plugin_x.notes RENAME load TO "REVIEW_ID"', "REVIEW_ID is looked for as review_id"),
        (
            f"CREATE TABLE plugin_x.k (b INTEGER, a INTEGER AS (b)); COMMENT ON TABLE plugin_x.k IS 'K.'; {K_A}; {K_B}",
            "plugin_x.k has a column that is generated",
        ),
        (
            f"CREATE TABLE plugin_x.k (a INTEGER PRIMARY KEY); COMMENT ON TABLE plugin_x.k IS 'K.'; {K_A}",
            "has a PRIMARY KEY constraint",
        ),
    ],
)  # fmt: skip
def test_a_file_that_reaches_further_is_refused_whole(
    warehouse: Warehouse, schema: PluginSchema, sql: str, reason: str
) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, 't', 'Heat')")
    ensure(warehouse, schema)
    before = catalogue(warehouse)
    (schema.folder / "0002_more.sql").write_text(f"{ADDED}\n{sql};")
    with pytest.raises(PluginError, match=r"plugin cinekit-x: 0002_more\.sql") as caught:
        ensure(warehouse, schema)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert catalogue(warehouse) == before
    assert warehouse.query("SELECT max(number) FROM meta.plugin_migrations").item() == 1


WORDS = st.text(st.characters(exclude_characters="*/'\"", exclude_categories=["C", "Z"]), max_size=40)
NAMES = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=8).map(lambda name: f"e{name}")


@given(note=WORDS, name=NAMES)
def test_any_text_may_stand_in_names_and_comments(note: str, name: str) -> None:
    for sound in (
        f"-- {note}\nCREATE TABLE plugin_x.{name} (a INTEGER /* {note} */, {name} VARCHAR -- {note}\n)",
        f"COMMENT ON COLUMN plugin_x.{name}.{name} IS 'What {note} says.'",
        f"CREATE VIEW plugin_x.\"{name}{note}\" AS SELECT '{note}' AS {name}",
    ):
        assert refusal(sound, "plugin_x") is None


@given(note=WORDS, name=NAMES, place=st.integers(0, 80))
def test_no_text_hides_what_is_run(note: str, name: str, place: int) -> None:
    hidden = f"{' ' * place}CREATE VIEW plugin_x . v AS SELECT"
    for unsound in (
        f"/*{note}*/DELETE FROM raw.titles -- {hidden}",
        f"CREATE TABLE plugin_x.{name} (a /*{note}*/) AS/*{note}*/SELECT 1 AS a -- {hidden}",
        f"CREATE VIEW plugin_x.{name} AS WITH {name} AS (/*{note}*/DELETE/*{note}*/FROM raw.titles) FROM {name}",
    ):
        assert refusal(unsound, "plugin_x") is not None


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("DELETE FROM raw.titles", "raw.titles"),
        ("DROP VIEW main.recommendations", "main.recommendations"),
        ("COMMENT ON COLUMN raw.titles.name IS 'mine'", "raw.titles"),
        ("ALTER TABLE meta.runs ADD COLUMN mine INTEGER", "meta.runs"),
        ("CREATE TABLE main.mine (a INTEGER)", "main.mine"),
    ],
)
def test_what_changes_outside_is_rolled_back_whatever_its_text_looked_like(
    warehouse: Warehouse, schema: PluginSchema, monkeypatch: pytest.MonkeyPatch, sql: str, changed: str
) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, 't', 'Heat')")
    before = catalogue(warehouse)
    monkeypatch.setattr("warehouse.plugin_schemas.refusal", lambda statement, schema: None)
    (schema.folder / "0001_notes.sql").write_text(f"{SOUND}\n{sql};")
    with pytest.raises(PluginError, match=rf"0001_notes\.sql is refused: it changes {changed}, which is not its own"):
        ensure(warehouse, schema)
    assert catalogue(warehouse) == before


@pytest.mark.parametrize("moment", ["CHECKPOINT", "CREATE SCHEMA", "CREATE TABLE", "INSERT", "COMMIT"])
def test_a_full_disk_is_said_and_leaves_nothing(
    warehouse: Warehouse, schema: PluginSchema, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def connect_to_a_full_disk(*given: Any, **options: Any) -> Any:
        return FullDisk(connect(*given, **options), moment)

    monkeypatch.setattr("warehouse.store.connect", connect_to_a_full_disk)
    with pytest.raises(WarehouseError, match=r"test\.duckdb: .*No space left on device; make room") as caught:
        ensure(warehouse, schema)
    assert type(caught.value) is WarehouseError
    monkeypatch.undo()
    assert warehouse.query("SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'plugin_x'").is_empty()


def test_steps_of_a_newer_plugin_and_edited_ones_are_refused(warehouse: Warehouse, schema: PluginSchema) -> None:
    more = schema.folder / "0002_more.sql"
    more.write_text(ADDED)
    ensure(warehouse, schema)
    more.write_text(ADDED + "--")
    with pytest.raises(VersionError, match=r"0002_more.sql is not the one that this cinekit-x knows"):
        ensure(warehouse, schema)
    more.unlink()
    with pytest.raises(VersionError, match=r"written by a newer cinekit-x \(schema 2, .* pip install -U cinekit-x"):
        ensure(warehouse, schema)


def test_another_distribution_does_not_get_the_tables(warehouse: Warehouse, schema: PluginSchema) -> None:
    ensure(warehouse, schema)
    with pytest.raises(PluginError, match=r"plugin other: the tables of plugin_x .* belong to cinekit-x"):
        ensure(warehouse, replace(schema, plugin="other"))


def test_a_schema_without_files_is_said(warehouse: Warehouse, schema: PluginSchema) -> None:
    (schema.folder / "0001_again.sql").write_text(SOUND)
    with pytest.raises(PluginError, match=r"files such as 0001_tables\.sql, each of a number"):
        ensure(warehouse, schema)
