"""Every question of the cookbook is answered: its SQL finds rows, with the columns that the page promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.host import Host
from toolkit.recommending import RecommendRequest, recommend
from toolkit.simulating import simulate_into
from warehouse import Warehouse

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parents[2] / "docs"
RECIPE = re.compile(
    r"^### (?P<question>.+)\n(?:(?!#).*\n)*?```sql\n(?P<sql>(?:.*\n)*?)```\n\nGives (?P<columns>.+)\.$", re.MULTILINE
)
PAGE = (DOCS / "cookbook.md").read_text(encoding="utf-8")
RECIPES = [(m["question"], m["sql"], re.findall(r"`(\w+)`", m["columns"])) for m in RECIPE.finditer(PAGE)]


@pytest.mark.parametrize(("question", "sql", "columns"), RECIPES, ids=[recipe[0] for recipe in RECIPES])
def test_a_question_of_the_cookbook_is_answered(filled: Warehouse, question: str, sql: str, columns: list[str]) -> None:
    found = filled.query(sql)
    assert found.columns == columns
    assert found.height > 0
    assert all(found[column].null_count() < found.height for column in columns), (
        "a column that is always empty says nothing"
    )


def test_every_block_of_the_cookbook_is_a_question_with_its_columns() -> None:
    assert len(RECIPES) == PAGE.count("```sql") == PAGE.count("\n### ")
    assert len(RECIPES) >= 25


def test_with_all_weights_the_list_made_by_sql_is_the_models(place: Path) -> None:
    rated = Warehouse.open("cinekit.duckdb")
    titles = rated.query("SELECT count(*) FROM raw.titles").item()
    request = RecommendRequest(min_rating=3, top=100, title_neighbours=titles)
    run = recommend(rated, Host(), "ease", {}, request).run
    (sql,) = (sql for _, sql, _ in RECIPES if "round(sum(n.weight), 4)" in sql)
    model = (
        "SELECT title_key, score FROM results.recommendations JOIN viewers USING (viewer_key) "
        "WHERE run = $1 AND viewer = $2 ORDER BY rank"
    )
    longest = 0
    for viewer in map(str, range(1, 9)):
        asked = sql.replace("viewer = '1'", f"viewer = '{viewer}'").replace("rating >= 4", "rating >= 3")
        found, wanted = rated.query(asked), rated.query(model, [run, viewer])
        assert found["title_key"].to_list() == wanted["title_key"].to_list()
        assert found["score"].to_list() == pytest.approx(wanted["score"].to_list(), abs=1e-4)
        longest = max(longest, wanted.height)
    assert longest > 1


def test_the_truth_of_the_simulator_can_be_asked(warehouse: Warehouse) -> None:
    simulate_into(warehouse, 5, 12, 20, 1)
    (sql,) = re.findall(
        r"^```sql\n(.*?)^```", (DOCS / "simulator.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert warehouse.query(sql)["affinity"].is_sorted(descending=True)
    assert warehouse.query(sql).height == 10
