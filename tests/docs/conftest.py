"""A warehouse in which every verb has left something: what the pages' SQL and commands are run against."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, files_of
from tests.entry_points import point_of
from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.analyzing_reviews import ReviewsRequest, score_reviews
from toolkit.errors import ModelError
from toolkit.evaluating import EvaluateRequest, evaluate_recommenders
from toolkit.forecasting import forecast
from toolkit.generating import generate
from toolkit.host import Host
from toolkit.materials import material_of
from toolkit.recommending import RecommendRequest, recommend
from toolkit.series_requests import ForecastRequest
from toolkit.simulated_script import draw_script, draw_subtitles
from warehouse import Warehouse
from warehouse.loads import load

HOOK = """
from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models():
    return [ModelEntry("recommend", "kindred", "cinekit_kindred.model:KindredModel", "What kindred viewers like.")]
"""
TITLES = ("Heat (1995)", "Alien (1979)", "Fargo (1996)", "Brazil (1985)", "Amélie (2001)", "Gattaca (1997)")
GENRES = ("Crime|Thriller", "Horror|Sci-Fi", "Crime|Comedy", "Sci-Fi|Comedy", "Romance|Comedy", "Sci-Fi|Drama")
FIRSTS, LASTS = ("Night", "Day", "House", "Song", "Ship", "Land", "King"), ("Fire", "Snow", "Glass", "Dust", "Rain")
BEGAN = 1_700_000_000


@pytest.fixture
def page_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """The entry points of the plugin of docs/plugins.md, written to files as the page has it."""
    found = files_of("plugins.md")
    project = tomllib.loads(found["pyproject.toml"])["project"]
    with _importable(tmp_path, found, monkeypatch, "cinekit_together"):
        yield _points(project)


@pytest.fixture
def kindred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EntryPoint]:
    """The entry point of the plugin of docs/tutorial.md, with the hook as `cinekit plugins new` writes it."""
    found = {**files_of("tutorial.md"), "cinekit_kindred/__init__.py": HOOK}
    with _importable(tmp_path, found, monkeypatch, "cinekit_kindred"):
        yield point_of("cinekit-kindred", "kindred", "cinekit_kindred", "0.1.0")


@pytest.fixture
def example_points(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """The entry points of the distributions in examples/, whose packages can be imported."""
    points = []
    for file in sorted(ROOT.glob("examples/*/pyproject.toml")):
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        monkeypatch.syspath_prepend(str(file.parent))
        points += _points(project)
    return points


@contextmanager
def _importable(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch, package: str) -> Iterator[None]:
    for path, code in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    yield
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]


def _points(project: dict[str, Any]) -> list[EntryPoint]:
    """The entry points of the project of a pyproject.toml."""
    points = project["entry-points"]["cinekit"].items()
    return [point_of(project["name"], name, value, project["version"]) for name, value in points]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Ratings of six titles, reviews, a script, subtitles, shots, a series, made-up titles, and what models said."""
    folder = tmp_path_factory.mktemp("filled")
    warehouse = Warehouse.open(folder / "cinekit.duckdb")
    host = Host()
    _loaded(warehouse, folder)
    _recommended(warehouse, host)
    _analysed(warehouse, host, folder)
    _forecast(warehouse, host, folder)
    _by_hand(warehouse)
    generate(warehouse, host, "titles", "ngram", {}, material_of("titles").request(count=5))
    with pytest.raises(ModelError, match="no title is left"):  # one run has failed
        recommend(warehouse, host, "ease", {}, RecommendRequest(min_rating=3, year="1895"))
    return warehouse


@pytest.fixture
def place(filled: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the warehouse and the files that the pages name."""
    shutil.copy(filled.path, tmp_path / "cinekit.duckdb")
    shutil.copytree(filled.path.with_name("cinekit.duckdb.files"), tmp_path / "cinekit.duckdb.files")
    (tmp_path / "draft.fountain").write_text(draw_script(7), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CINEKIT_WAREHOUSE", raising=False)
    return tmp_path


def _file(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _loaded(warehouse: Warehouse, folder: Path) -> None:
    """Eight viewers who rated four or five of six titles each, with one row refused; 55 titles without a rating."""
    named = [f"{name[:-7]},{name[-5:-1]},{genres}" for name, genres in zip(TITLES, GENRES, strict=True)]
    others = [f"The {first} of {last},1990,Drama" for first in FIRSTS for last in LASTS]
    load(
        warehouse,
        "titles",
        _file(folder, "titles.csv", "title,year,genres", *named, *others, *(f"Men of {n},," for n in range(20))),
    )
    people = [f"{viewer},{'FM'[viewer % 2]}" for viewer in range(1, 9)]
    load(warehouse, "viewers", _file(folder, "viewers.csv", "viewer,gender", *people))
    rows = [
        f"{viewer},{title},{1 + (viewer * place) % 5},{BEGAN + 100 * viewer + place}"
        for viewer in range(1, 9)
        for place, title in enumerate(TITLES, start=1)
        if (viewer + place) % 4
    ]
    refused = f"9,Heat (1995),many,{BEGAN}"
    load(warehouse, "ratings", _file(folder, "ratings.csv", "viewer,title,rating,timestamp", *rows, refused))
    said = [
        f'{n},{TITLES[n % 6]},{v},"{t}"'
        for n, (v, t) in enumerate([(5, "wonderful and moving"), (1, "a dull, awful bore")] * 6)
    ]
    load(warehouse, "reviews", _file(folder, "reviews.csv", "id,title,score,review", *said))


def _recommended(warehouse: Warehouse, host: Host) -> None:
    """Two models run, one with reasons and as a table, and both measured."""
    for model in ("popular", "ease"):
        table = {"explain": True, "title_neighbours": 5} if model == "ease" else {}
        recommend(warehouse, host, model, {}, RecommendRequest(min_rating=3, top=3, **table))
    evaluate_recommenders(warehouse, host, ("popular", "ease"), {}, EvaluateRequest(min_rating=2, k=(2,)))


def _analysed(warehouse: Warehouse, host: Host, folder: Path) -> None:
    script, subtitles = folder / "script.fountain", folder / "film.srt"
    script.write_text(draw_script(7), encoding="utf-8")
    subtitles.write_text(draw_subtitles(7), encoding="utf-8")
    genders = {"gender": ("ADA=woman", "OONA=woman", "FARID=man")}
    analyze(warehouse, host, "script", genders, AnalyzeRequest(title="Heat (1995)"), [script])
    analyze(warehouse, host, "subtitles", {}, AnalyzeRequest(title="Heat (1995)"), [subtitles])
    score_reviews(warehouse, host, "textblob", {}, ReviewsRequest())


def _forecast(warehouse: Warehouse, host: Host, folder: Path) -> None:
    """Twenty weeks of a series, a forecast of the last, which is loaded afterwards."""
    day = datetime.fromisoformat("2026-01-05")
    lines = [f"rex,{day + timedelta(n):%Y-%m-%d},{20 + 10 * (n % 7) + n % 3}" for n in range(140)]
    load(warehouse, "series", _file(folder, "known.csv", "id,date,value", *lines[:133]))
    forecast(warehouse, host, "seasonal-naive", {}, ForecastRequest(horizon=7))
    forecast(warehouse, host, "theta", {}, ForecastRequest(horizon=7))
    load(warehouse, "series", _file(folder, "all.csv", "id,date,value", *lines))
    # Fewer than there are ratings, which stay what is learnt from.
    sold = [f"{1 + n % 8},{TITLES[n % 6]},{2 + n % 7},{day + timedelta(2 * n, hours=20)}" for n in range(30)]
    load(warehouse, "purchases", _file(folder, "purchases.csv", "viewer,title,tickets,purchased_at", *sold))


def _by_hand(warehouse: Warehouse) -> None:
    """Shots of a video, and who leaves, as runs would have written them: real ones take seconds."""
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO meta.runs (run, verb, model, status, started_at, ended_at, settings) VALUES "
            "('shots', 'analyze', 'video', 'done', now(), now(), '{}'), "
            "('churn', 'predict', 'recency', 'done', now(), now(), '{}')"
        )
        con.execute(
            "INSERT INTO raw.documents BY NAME SELECT 99 AS document_key, 'ff' AS sha256, 'video' AS kind, "
            "'heat.mkv' AS name, 'heat.mkv' AS path, 1 AS bytes, 1 AS title_key, 'shots' AS run"
        )
        con.execute("INSERT INTO results.analyses BY NAME SELECT 'shots' AS run, 99 AS document_key")
        con.execute(
            "INSERT INTO results.shots BY NAME SELECT 'shots' AS run, 99 AS document_key, n AS shot, "
            "2.0 * n AS starts_at, "
            "2.0 * n + 2 AS ends_at, n::DOUBLE AS seconds, if(n % 3 = 0, 'dissolve', 'cut') AS opened_by "
            "FROM range(1, 11) t(n)"
        )
        con.execute(
            "INSERT INTO results.palettes BY NAME SELECT 'shots' AS run, 99 AS document_key, 1 AS place, "
            "'#101018' AS colour, 6.0 AS lightness, 0.4 AS share"
        )
        con.execute(
            "INSERT INTO results.probabilities BY NAME SELECT 'churn' AS run, viewer_key, 'churn' AS task, "
            "DATE '2026-03-01' AS as_of, 28 AS horizon, class, place, "
            "if(class = 'yes', viewer_key / 10, 1 - viewer_key / 10) AS probability "
            "FROM raw.viewers, (VALUES ('no', 1), ('yes', 2)) c(class, place) WHERE viewer_key <= 8"
        )
