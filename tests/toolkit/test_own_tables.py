"""Models that read and write tables of their plugin: made when they are used, written with the run, and none else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.hooked import HOOKS, Install, install
from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.errors import PluginError
from toolkit.host import Host
from toolkit.inventory import plugins
from toolkit.recommending import RecommendRequest, recommend
from warehouse import Warehouse

__all__ = ["install"]

CODE = (
    HOOKS
    + """
from toolkit import ModelEntry
@hookimpl
def cinekit_models():
    return [
        ModelEntry("analyze", "counter", "hooked_odd_source:Counter", "Counts."),
        ModelEntry("recommend", "reader", "hooked_odd_source:Reader", "Reads."),
    ]
@hookimpl
def cinekit_schema():
    return "hooked_odd_schema"
"""
)
MODELS = '''
import numpy as np
import polars as pl
from toolkit import Analyzer, Recommender

class Counter(Analyzer):
    """Counts."""
    name = "counter"
    kind = "text"
    suffixes = (".txt",)
    writes = ("plugin_odd.counts",)

    def analyze(self, document, workspace):
        return {"plugin_odd.counts": pl.DataFrame({"words": [len(document.text().split())]})}

class Reader(Recommender):
    """Reads."""
    name = "reader"
    reads = ("plugin_odd.counts",)

    def fit(self, interactions, tables, seed):
        self._words = int(tables["plugin_odd.counts"]["words"].sum())

    _words: int

    def score(self, history):
        return np.full(history.shape, self._words + 1, dtype=np.float32)
'''
COUNTS = """
CREATE TABLE plugin_odd.counts (run VARCHAR, document_key INTEGER, words INTEGER);
COMMENT ON TABLE plugin_odd.counts IS 'Counts.';
COMMENT ON COLUMN plugin_odd.counts.run IS 'Run.';
COMMENT ON COLUMN plugin_odd.counts.document_key IS 'Document.';
COMMENT ON COLUMN plugin_odd.counts.words IS 'Words.';
"""


@pytest.fixture
def host(install: Install, tmp_path: Path) -> Host:
    found = install(CODE, schema=COUNTS)
    (tmp_path / "site" / "hooked_odd_source.py").write_text(MODELS)
    return found


def test_an_analyzer_fills_its_own_table_and_a_recommender_reads_it(
    warehouse: Warehouse, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one two three")
    host.models("analyze")
    assert not warehouse.query("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'plugin_odd'").height
    done = analyze(warehouse, host, "counter", {}, AnalyzeRequest(), [tmp_path / "a.txt"])
    assert warehouse.query("SELECT run, words FROM plugin_odd.counts").rows() == [(done.runs[0], 3)]
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) VALUES (1, 'a'), (2, 'b')")
        con.execute("INSERT INTO raw.titles (title_key, title_id) VALUES (11, 's'), (12, 't')")
        con.execute("INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (1, 11, 5), (2, 12, 5)")
    made = recommend(warehouse, host, "reader", {}, RecommendRequest())
    assert warehouse.query("SELECT DISTINCT score FROM results.recommendations").rows() == [(4.0,)]
    read = warehouse.query("SELECT row_count FROM meta.run_reads WHERE run = $r AND table_name LIKE 'plugin%'",
                           {"r": made.run})  # fmt: skip
    assert read.rows() == [(1,)]


def test_a_table_that_was_never_filled_is_there_and_empty(warehouse: Warehouse, host: Host) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) VALUES (1, 'a'), (2, 'b')")
        con.execute("INSERT INTO raw.titles (title_key, title_id) VALUES (11, 's'), (12, 't')")
        con.execute("INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (1, 11, 5), (2, 12, 5)")
    recommend(warehouse, host, "reader", {}, RecommendRequest())
    assert isinstance(warehouse.query("FROM plugin_odd.counts"), pl.DataFrame)


STEPS = """
-- CREATE TABLE plugin_odd.noted (a INTEGER);
CREATE TABLE IF NOT EXISTS plugin_odd.old (a INTEGER); -- what was
create or replace view "plugin_odd" . "New ones" AS SELECT 'CREATE TABLE plugin_odd.said' AS a FROM plugin_odd.old;
COMMENT ON TABLE plugin_odd.counts IS 'As CREATE VIEW plugin_odd.views makes them.';
ALTER TABLE plugin_odd.old RENAME TO newer;
ALTER TABLE plugin_odd.counts RENAME words TO letters;
"""


def test_the_list_of_plugins_names_the_tables_that_sql_files_make(install: Install, tmp_path: Path) -> None:
    host = install(CODE, schema=COUNTS)
    folder = tmp_path / "site" / "hooked_odd_schema"
    assert plugins(host)["tables"].to_list() == ["plugin_odd.counts"]
    (folder / "0002_more.sql").write_text(STEPS)
    assert plugins(host)["tables"].to_list() == ['plugin_odd."New ones", plugin_odd.counts, plugin_odd.newer']
    (folder / "0002_more.sql").write_bytes(b"\xff")
    assert plugins(host)["tables"].to_list() == ["plugin_odd, whose SQL files cannot be read"]


@pytest.mark.parametrize("table", ["raw.ratings", "meta.runs", "plugin_other.t", "models.fitted", "plugin_odd"])
def test_a_model_may_not_write_elsewhere(host: Host, tmp_path: Path, table: str) -> None:
    file = tmp_path / "site" / "hooked_odd_source.py"
    file.write_text(MODELS.replace('writes = ("plugin_odd.counts",)', f'writes = ("{table}",)'))
    with pytest.raises(PluginError, match=rf"may not write to {table}, but to results and plugin_odd\."):
        host.model("analyze", "counter")


@pytest.mark.parametrize("column", ["run", "document_key"])
def test_an_own_table_that_cannot_take_rows_is_refused_before_anything_is_read(
    warehouse: Warehouse, install: Install, tmp_path: Path, column: str
) -> None:
    lines = [line for line in COUNTS.splitlines() if f"counts.{column} " not in line]
    kind = {"run": "VARCHAR", "document_key": "INTEGER"}[column]
    host = install(CODE, schema="\n".join(lines).replace(f"{column} {kind}, ", ""))
    (tmp_path / "site" / "hooked_odd_source.py").write_text(MODELS.replace("len(document", "1 / 0 * len(document"))
    (tmp_path / "a.txt").write_text("one")
    with pytest.raises(PluginError, match=f"model counter writes to plugin_odd.counts, which has no column {column}"):
        analyze(warehouse, host, "counter", {}, AnalyzeRequest(), [tmp_path / "a.txt"])
    assert warehouse.query("SELECT 1 FROM meta.runs").is_empty()


def test_a_table_of_results_that_is_not_about_documents_is_refused(
    warehouse: Warehouse, host: Host, tmp_path: Path
) -> None:
    file = tmp_path / "site" / "hooked_odd_source.py"
    file.write_text(MODELS.replace("plugin_odd.counts", "results.recommendations"))
    (tmp_path / "a.txt").write_text("one")
    with pytest.raises(PluginError, match=r"writes to results\.recommendations, which has no column document_key"):
        analyze(warehouse, host, "counter", {}, AnalyzeRequest(), [tmp_path / "a.txt"])
