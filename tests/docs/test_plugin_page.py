"""The plugin of docs/plugins.md, taken from the page as it stands, is found, fitted, explained and measured."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.toolkit.testing.failing import contract_of, failing
from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.errors import ModelError, SettingsError
from toolkit.evaluating import EvaluateRequest, evaluate_recommenders
from toolkit.forecasting import forecast
from toolkit.generating import generate
from toolkit.host import Host
from toolkit.live_lines import StdinRequest
from toolkit.materials import material_of
from toolkit.options import RESERVED
from toolkit.recommending import RecommendRequest, recommend
from toolkit.series_requests import ForecastRequest
from toolkit.spec import ModelEntry
from toolkit.testing import (
    AnalyzerContract,
    ClassifierContract,
    ForecasterContract,
    GeneratorContract,
    RecommenderContract,
)
from toolkit.tuned import TunedRequest
from warehouse import Warehouse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"
# Viewers and titles from 1: titles 1 and 2 go together, and so do 3 and 4.
LIKED = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (3, 4), (4, 3), (4, 4), (4, 1), (5, 1))


@pytest.fixture
def host(page_points: list[EntryPoint]) -> Host:
    """A host that knows the page's plugin alone."""
    return Host(points=page_points)


@pytest.fixture
def rated(warehouse: Warehouse) -> Warehouse:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) SELECT range, 'v' || range FROM range(1, 6)")
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name) "
            "SELECT range, 't' || range, 'Title ' || range FROM range(1, 5)"
        )
        con.executemany("INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (?, ?, 5)", LIKED)
    return warehouse


def test_the_plugin_is_found_and_light(host: Host) -> None:
    (plugin,) = host.plugins
    assert (plugin.distribution, plugin.state, plugin.reason) == ("cinekit-together", "loaded", "")
    assert [entry.name for entry in host.models("recommend")] == ["together"]
    assert "cinekit_together.model" not in sys.modules


def test_the_plugin_recommends_and_explains(host: Host, rated: Warehouse) -> None:
    done = recommend(rated, host, "together", {"evenness": 1}, RecommendRequest(top=2, explain=True))
    assert not done.reused
    rows = rated.query(
        "SELECT viewer, rank, title_key, round(score, 4) AS score FROM recommendations ORDER BY viewer, rank"
    )
    # Viewer 5 likes title 1, which two of the two who like 2 like, and one of the two each who like 3 and 4.
    assert rows.filter(viewer="v5").rows() == [("v5", 1, 2, 1.0), ("v5", 2, 3, 0.5)]
    # Viewer 1 likes 1 and 2: 3 and 4 go with 1 by viewer 4 alone.
    assert rows.filter(viewer="v1").rows() == [("v1", 1, 3, 0.5), ("v1", 2, 4, 0.5)]
    shares = rated.query("SELECT because, share FROM recommendation_reasons WHERE viewer = 'v1'").rows()
    assert shares == [("Title 1", 1.0)] * 2
    assert rated.query("SELECT DISTINCT plugin, plugin_version FROM runs").rows() == [("cinekit-together", "0.1.0")]


def test_the_plugin_is_saved_folds_in_and_is_measured(host: Host, rated: Warehouse) -> None:
    recommend(rated, host, "together", {}, RecommendRequest())
    again = recommend(rated, host, "together", {}, RecommendRequest(like=("Title 2",), top=1))
    assert again.reused
    assert rated.query("SELECT title_key FROM results.recommendations WHERE run = $run", {"run": again.run}).item() == 1
    judged = evaluate_recommenders(rated, host, ("together",), {}, EvaluateRequest(k=(2,)))
    assert judged.metrics.height == 13


def model_of_the_page(heading: str, name: str, folder: Path) -> SimpleNamespace:
    """A host that knows one class of the page alone."""
    text = PAGE.read_text(encoding="utf-8")
    code = re.search(rf"## {heading}.*?```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    file = folder / f"{name}.py"
    file.write_text(code[1], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"page_{name}", file)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return SimpleNamespace(
        model=lambda verb, wanted: vars(module)[name],
        plugin_of=lambda verb, wanted: SimpleNamespace(distribution="c", version="1"),
    )


def test_the_analyzer_of_the_page_takes_a_document_apart(warehouse: Warehouse, tmp_path: Path) -> None:
    known = model_of_the_page("An analyzer", "Credits", tmp_path)
    (tmp_path / "a.names").write_text("Ann\nBob\n\nAnn\nX\n")
    (tmp_path / "b.names").write_text("\n")
    done = analyze(warehouse, known, "credits", {}, AnalyzeRequest(), [tmp_path])
    sql = known.model("analyze", "credits").shows[0].sql
    assert warehouse.query(sql, {"runs": done.runs}).rows() == [("Ann", 2), ("Bob", 1)]
    assert [str(error) for error in done.failed.values()] == ["b.names holds no names; give one a line"]


def test_the_forecaster_of_the_page_forecasts(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.series SELECT 'weekly', TIMESTAMP '2026-01-05' + to_days(d::INTEGER), d % 7, 1 "
            "FROM range(70) t(d)"
        )
    done = forecast(
        warehouse,
        model_of_the_page("A forecaster", "SeasonMean", tmp_path),
        "season-mean",
        {},
        ForecastRequest(horizon=9),
    )
    means = warehouse.query("SELECT mean FROM results.forecasts WHERE run = $run ORDER BY horizon", {"run": done.run})
    assert means["mean"].to_list() == [0, 1, 2, 3, 4, 5, 6, 0, 1]


def test_the_generator_of_the_page_makes_titles(warehouse: Warehouse, tmp_path: Path) -> None:
    firsts, lasts = ("Night", "Day", "House", "Song", "Ship", "Land", "King"), ("Fire", "Snow", "Glass", "Dust", "Rain")
    names = [f"The {first} of {last}" for first in firsts for last in lasts] + [f"The {n} Men" for n in range(40)]
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.titles (title_key, title_id, name) VALUES (?, ?, ?)",
            [(key, f"t{key}", name) for key, name in enumerate(names, 1)],
        )
    known = model_of_the_page("A generator", "Halves", tmp_path)
    known.models = lambda verb: [ModelEntry("generate", "halves", "page:Halves", "Halves.")]
    done = generate(warehouse, known, "titles", "halves", {}, material_of("titles").request(count=5))
    made = warehouse.query("SELECT content FROM results.generations WHERE run = $run", {"run": done.run})
    assert made.height == 5
    assert set(made["content"]).isdisjoint(names)
    assert all(text.startswith("The ") for text in made["content"])


def test_the_plugin_says_what_it_cannot_do(host: Host, rated: Warehouse) -> None:
    with pytest.raises(SettingsError, match="evenness"):
        recommend(rated, host, "together", {"evenness": 2}, RecommendRequest())
    with pytest.raises(ModelError, match="nobody likes anything"):
        recommend(rated, host, "together", {}, RecommendRequest(min_rating=6))


def test_the_page_s_test_file_passes(host: Host, tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    tests: dict[str, object] = {}
    exec((tmp_path / "tests" / "test_together.py").read_text(encoding="utf-8"), tests)
    assert failing(tests["TestTogether"], tmp_path / "checks") == {}
    assert len((tmp_path / "tests" / "test_together.py").read_text().splitlines()) <= 7


@pytest.mark.parametrize(
    ("heading", "name", "contract", "said"),
    [
        ("An analyzer", "Credits", AnalyzerContract, {"document": "Ann\nBob\n\nAnn\n"}),
        ("A forecaster", "SeasonMean", ForecasterContract, {}),
        ("A classifier of viewers", "BaseRate", ClassifierContract, {}),
        ("A generator", "Halves", GeneratorContract, {"settings": {"words": 1}}),
    ],
)
def test_the_models_of_the_page_keep_their_contracts(
    heading: str, name: str, contract: type, said: dict[str, object], tmp_path: Path
) -> None:
    model = model_of_the_page(heading, name, tmp_path).model("", "")
    assert failing(contract_of(contract, model, **said), tmp_path) == {}


def test_the_page_tells_every_check() -> None:
    told = re.findall(r"^\| `(test_\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    kinds = (AnalyzerContract, ClassifierContract, ForecasterContract, GeneratorContract, RecommenderContract)
    assert set(told) == {name for kind in kinds for name in dir(kind) if name.startswith("test_")}
    assert len(told) == len(set(told))


def test_the_names_that_a_setting_of_a_recommender_must_not_have_are_all_told() -> None:
    told = re.search(r"that the command has already: (.*?), or of all commands: (.*?)\.", PAGE.read_text(), re.DOTALL)
    assert told
    of_command, of_all = (re.findall(r"`(\w+)`", names) for names in told.groups())
    kinds = (RecommendRequest, StdinRequest, TunedRequest)
    assert of_command == sorted(name for kind in kinds for name in kind.model_fields)
    assert of_all == sorted(RESERVED)
