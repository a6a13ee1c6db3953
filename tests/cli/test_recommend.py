"""Filtered and re-ranked lists, through the front door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run

SPACE, CRIME = {"Alien", "Aliens", "The Matrix"}, {"Heat", "Casino", "Goodfellas"}


def rows(loaded: Run, *arguments: str) -> list[dict[str, Any]]:
    done = loaded("recommend", *arguments, "--format", "json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def titles(loaded: Run, *arguments: str) -> set[str]:
    return {row["title"] for row in rows(loaded, *arguments)}


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--genre", "crime"], CRIME),
        (["--genre", "Horror", "--genre", " Crime "], {"Alien", *CRIME}),
        (["--genre", "Sci-Fi", "--not-genre", "Horror"], {"Aliens", "The Matrix"}),
        (["--genre", "Sci-Fi", "--not", "Aliens (1986)", "--not", "Matrix, The"], {"Alien"}),
        (["--year", "1999"], {"The Matrix", "Notting Hill"}),
        (["--year", "..1986"], {"Alien", "Aliens"}),
        (["--year", "1990..1995"], CRIME),
        (["--year", "1999..", "--genre", "romance"], {"Amélie", "Notting Hill"}),
    ],
)
def test_only_titles_that_pass_every_filter(loaded: Run, filters: list[str], wanted: set[str]) -> None:
    assert titles(loaded, "popular", *filters) == wanted


def test_filters_act_before_the_list_is_cut(loaded: Run) -> None:
    found = rows(loaded, "ease", "--viewer", "2", "--genre", "Crime", "--top", "2")
    assert [row["rank"] for row in found] == [1, 2]
    assert {row["title"] for row in found} < CRIME
    assert titles(loaded, "ease", "--like", "Heat", "--genre", "Crime") == {"Casino", "Goodfellas"}


def test_filters_can_leave_titles_without_a_history(loaded: Run) -> None:
    done = loaded("recommend", "content", "--like", "Alien", "--year", "2000")
    assert (done.code, "1 got none" in done.err) == (0, True)


def test_unseen_counts_what_was_seen_under_any_signal(loaded: Run, tmp_path: Any) -> None:
    watches = tmp_path / "watches.csv"
    watches.write_text("viewer,title,watched_at\n2,Heat (1995),2020-01-01\n", encoding="utf-8")
    assert loaded("load", "watches", str(watches)).code == 0
    asked = ("popular", "--signal", "ratings", "--viewer", "2", "--genre", "Crime")
    heard = loaded("sql", "SELECT t.name FROM raw.watches JOIN raw.titles t USING (title_key)", "--format", "csv")
    assert heard.out == "name\nHeat\n"
    assert titles(loaded, *asked) == CRIME
    assert titles(loaded, *asked, "--unseen") == CRIME - {"Heat"}


@pytest.mark.parametrize("reranker", ["calibrated", "mmr", "debiased"])
def test_reranked_lists_keep_the_models_scores_and_reasons(loaded: Run, reranker: str) -> None:
    own = rows(loaded, "ease", "--viewer", "7", "--top", "8")
    scores = {row["title"]: row["score"] for row in own}
    same = rows(loaded, "ease", "--viewer", "7", "--top", "8", "--rerank", reranker, "--rerank-strength", "0")
    assert same == own
    found = rows(loaded, "ease", "--viewer", "7", "--top", "4", "--rerank", reranker, "--explain")
    assert [row["rank"] for row in found] == [1, 2, 3, 4][: len(found)]
    assert all(row["score"] == scores[row["title"]] for row in found)
    sql = (
        "SELECT rank, sum(contribution) AS parts, any_value(r.score) AS score "
        "FROM recommendation_reasons JOIN recommendations r USING (viewer, rank) "
        "WHERE viewer = '7' AND contribution > 0 GROUP BY rank ORDER BY rank LIMIT 1"
    )
    first = json.loads(loaded("sql", sql, "--format", "json").out)[0]
    assert first["parts"] == pytest.approx(first["score"], rel=1e-4)
    recorded = "SELECT settings->>'rerank' AS r FROM runs WHERE verb = 'recommend' ORDER BY started_at DESC LIMIT 1"
    assert json.loads(loaded("sql", recorded, "--format", "json").out) == [{"r": reranker}]


def test_calibrated_shows_all_genres_that_a_viewer_likes(loaded: Run) -> None:
    # Viewer 10 likes two comedies and Casino, viewer 4 Alien and The Matrix.
    own = rows(loaded, "popular", "--viewer", "4", "--top", "1")
    calibrated = rows(
        loaded, "popular", "--viewer", "4", "--top", "1", "--rerank", "calibrated", "--rerank-strength", "1"
    )
    assert own[0]["title"] not in SPACE
    assert calibrated[0]["title"] == "Aliens"


def test_the_price_of_reranking_stands_beside_the_gain(loaded: Run) -> None:
    done = loaded("evaluate", "recommend", "ease", "--k", "3", "--rerank", "calibrated", "--rerank", "mmr")
    assert done.code == 0
    assert "diversity@3" in done.out
    sql = "SELECT DISTINCT model FROM metrics WHERE metric = 'ndcg' ORDER BY model"
    kept = json.loads(loaded("sql", sql, "--format", "json").out)
    assert [row["model"] for row in kept] == ["ease", "ease+calibrated", "ease+mmr"]
