"""Every SQL block of the pages runs on a small warehouse, and finds something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.evaluating import EvaluateRequest, evaluate_recommenders
from toolkit.host import Host
from toolkit.recommending import RecommendRequest, recommend
from toolkit.simulating import simulate_into
from warehouse import Warehouse
from warehouse.loads import load

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.DOTALL | re.MULTILINE)
TITLES = ("Heat (1995)", "Alien (1979)", "Fargo (1996)", "Brazil (1985)", "Amélie (2001)", "Gattaca (1997)")


def blocks(page: str) -> list[str]:
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Eight viewers who rated four or five of six titles each, one row refused, two models run and measured."""
    folder = tmp_path_factory.mktemp("cookbook")
    rows = [
        f"{viewer},{title},{1 + (viewer * place) % 5},{1_700_000_000 + 100 * viewer + place}"
        for viewer in range(1, 9)
        for place, title in enumerate(TITLES, start=1)
        if (viewer + place) % 4
    ]
    file = folder / "ratings.csv"
    file.write_text("\n".join(["viewer,title,rating,timestamp", *rows, "9,Heat (1995),many,1700000000"]) + "\n")
    warehouse = Warehouse.open(folder / "cookbook.duckdb")
    load(warehouse, "ratings", file)
    host = Host()
    for model in ("popular", "ease"):
        table = {"explain": True, "title_neighbours": 5} if model == "ease" else {}
        request = RecommendRequest(min_rating=3, top=3, **table)
        recommend(warehouse, host, model, {}, request)
    evaluate_recommenders(warehouse, host, ("popular", "ease"), {}, EvaluateRequest(min_rating=2, k=(2,)))
    return warehouse


@pytest.mark.parametrize("sql", blocks("warehouse.md"))
def test_a_query_of_the_cookbook_finds_something(rated: Warehouse, sql: str) -> None:
    assert rated.query(sql).height > 0


def test_with_all_weights_the_list_made_by_sql_is_the_models(rated: Warehouse) -> None:
    request = RecommendRequest(min_rating=3, top=100, title_neighbours=len(TITLES))
    run = recommend(rated, Host(), "ease", {}, request).run
    (sql,) = (block for block in blocks("warehouse.md") if "round(sum(n.weight), 4)" in block)
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


def test_the_cookbook_is_there() -> None:
    assert len(blocks("warehouse.md")) >= 8


def test_the_truth_of_the_simulator_can_be_asked(warehouse: Warehouse) -> None:
    simulate_into(warehouse, 5, 12, 20, 1)
    (sql,) = blocks("simulator.md")
    assert warehouse.query(sql)["affinity"].is_sorted(descending=True)
    assert warehouse.query(sql).height == 10
