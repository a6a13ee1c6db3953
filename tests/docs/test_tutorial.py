"""The plugin of docs/tutorial.md, as the page has it, passes its own tests, recommends, explains and is measured."""

from __future__ import annotations

import importlib.util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from tests.docs.pages import files_of
from toolkit.evaluating import EvaluateRequest, evaluate_recommenders
from toolkit.host import OWN, Host
from toolkit.recommending import RecommendRequest, recommend
from warehouse import Warehouse

PAGE = "tutorial.md"
TESTS = "tests/test_kindred.py"
OWN_TESTS = [line[4:].partition("(")[0] for line in files_of(PAGE)[TESTS].splitlines() if line.startswith("def test")]


@pytest.mark.parametrize("name", OWN_TESTS)
def test_its_own_tests_pass(kindred: EntryPoint, tmp_path: Path, name: str) -> None:
    spec = importlib.util.spec_from_file_location("cinekit_kindred_tests", tmp_path / TESTS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    getattr(module, name)()


def test_it_recommends_explains_and_is_measured(kindred: EntryPoint, place: Path) -> None:
    assert len(OWN_TESTS) == 3
    host = Host(points=[*entry_points(group=OWN, name="recommend"), kindred])
    assert [(plugin.state, plugin.reason) for plugin in host.plugins] == [("loaded", "")] * 2
    audience = Warehouse.open(place / "cinekit.duckdb")
    request = RecommendRequest(signal="ratings", min_rating=3, top=2, explain=True)
    done = recommend(audience, host, "kindred", {"least": 1}, request)
    reasons = audience.query("SELECT * FROM results.recommendation_reasons WHERE run = $run", {"run": done.run})
    assert done.viewers + done.empty == 8
    assert reasons.height > 0
    judged = evaluate_recommenders(
        audience,
        host,
        ("popular", "kindred"),
        {"kindred": {"least": 1}},
        EvaluateRequest(signal="ratings", min_rating=2, k=(2,)),
    )
    assert set(judged.metrics["model"]) == {"popular", "kindred"}
