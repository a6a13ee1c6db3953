"""Filtered and re-ranked lists, through the front door."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import psutil
import pytest

from tests.cli.conftest import Run
from tests.toolkit.installed_plugins import GOOD, install

CRIME = {"Heat", "Casino", "Goodfellas"}


def rows(loaded: Run, *arguments: str) -> list[dict[str, Any]]:
    done = loaded("recommend", *arguments, "--format", "json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def titles(loaded: Run, *arguments: str) -> set[str]:
    return {row["title"] for row in rows(loaded, *arguments)}


# Everybody has seen Notting Hill.
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--genre", "crime"], CRIME),
        (["--genre", "Horror", "--genre", " Crime "], {"Alien", *CRIME}),
        (["--genre", "Sci-Fi", "--not-genre", "Horror"], {"Aliens", "The Matrix"}),
        (["--genre", "Sci-Fi", "--not", "Aliens (1986)", "--not", "Matrix, The"], {"Alien"}),
        (["--year", "1999"], {"The Matrix"}),
        (["--year", "..1986"], {"Alien", "Aliens"}),
        (["--year", "1990..1995"], CRIME),
        (["--year", "1999..", "--genre", "romance"], {"Amélie"}),
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
    assert (done.code, "1 got none" in done.err) == (1, True)


def test_one_rating_out_of_range_takes_nobodys_list_away(loaded: Run, tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    stars = [f"m{viewer},{1 + (viewer + place) % 5},{place}" for viewer in range(30) for place in (2, 3, 4, 5)]
    many.write_text("\n".join(["viewer,title,rating", *stars]) + "\n")
    assert loaded("load", "ratings", many).code == 0
    before = {row["viewer"] for row in rows(loaded, "item-knn")}
    stray = tmp_path / "stray.csv"
    stray.write_text("viewer,title,rating\n9999,1,50\n")
    assert loaded("load", "ratings", stray).code == 0
    done = loaded("recommend", "popular", "--viewer", "1", "--top", "3")
    assert (done.code, "liked from 4 (1 of the ratings is above 5, the top of the scale)" in done.err) == (0, True)
    assert {row["viewer"] for row in rows(loaded, "item-knn")} == before | {"9999"}


def test_where_hardly_anybody_likes_anything_the_threshold_is_named(loaded: Run) -> None:
    done = loaded("recommend", "content", "--min-rating", "6")
    assert (done.code, done.out.count("Heat")) == (1, 0)
    said = "none of 12 viewers likes a title, rated 6 or more; set a lower --min-rating"
    assert said in done.err.splitlines()
    assert "--min-rating" not in loaded("recommend", "content").err


def test_unseen_counts_what_was_seen_under_any_signal(loaded: Run, tmp_path: Path) -> None:
    watches = tmp_path / "watches.csv"
    watches.write_text("viewer,title,watched_at\n2,Heat (1995),2020-01-01\n", encoding="utf-8")
    assert loaded("load", "watches", str(watches)).code == 0
    asked = ("popular", "--signal", "ratings", "--viewer", "2", "--genre", "Crime")
    heard = loaded("sql", "SELECT t.name FROM raw.watches JOIN raw.titles t USING (title_key)", "--format", "csv")
    assert heard.out == "name\nHeat\n"
    assert titles(loaded, *asked) == CRIME
    assert titles(loaded, *asked, "--unseen") == CRIME - {"Heat"}


@pytest.mark.slow
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
        "SELECT contribution / share AS whole, r.score "
        "FROM recommendation_reasons JOIN recommendations r USING (viewer, rank) WHERE viewer = '7'"
    )
    reasons = json.loads(loaded("sql", sql, "--format", "json").out)
    assert reasons
    assert all(reason["whole"] == pytest.approx(reason["score"], rel=1e-3) for reason in reasons)
    recorded = "SELECT settings->>'rerank' AS r FROM runs WHERE verb = 'recommend' ORDER BY started_at DESC LIMIT 1"
    assert json.loads(loaded("sql", recorded, "--format", "json").out) == [{"r": reranker}]


def test_calibrated_shows_the_genres_that_a_viewer_likes(loaded: Run) -> None:
    # Viewer 6 likes Heat and Casino: crime, a thriller and a drama.
    assert [row["title"] for row in rows(loaded, "popular", "--viewer", "6", "--top", "1")] == ["Alien"]
    whole = ("--rerank", "calibrated", "--rerank-strength", "1")
    assert [row["title"] for row in rows(loaded, "popular", "--viewer", "6", "--top", "1", *whole)] == ["Goodfellas"]


def test_the_price_of_reranking_stands_beside_the_gain(loaded: Run) -> None:
    done = loaded("evaluate", "recommend", "ease", "--k", "3", "--rerank", "calibrated", "--rerank", "mmr")
    assert done.code == 0
    assert "diversity@3" in done.out
    sql = "SELECT DISTINCT model FROM metrics WHERE metric = 'ndcg' ORDER BY model"
    kept = json.loads(loaded("sql", sql, "--format", "json").out)
    assert [row["model"] for row in kept] == ["ease", "ease+calibrated", "ease+mmr"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("recommend", "ease", "--rerank-strength", "0.9"), "--rerank-strength does nothing without --rerank;"),
        (("recommend", "ease", "--rerank-candidates", "50"), "--rerank-candidates does nothing without --rerank;"),
        (("recommend", "ease", "--delta", "1e-3"), "--delta does nothing without --epsilon;"),
        (("recommend", "item-knn", "--bound", "3"), "--bound does nothing without --epsilon;"),
        (("evaluate", "recommend", "popular", "--rerank-strength", "0.5"), "does nothing without --rerank;"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(loaded: Run, command: tuple[str, ...], said: str) -> None:
    done = loaded(*command)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert said in done.err


def test_partners_of_options_may_stand_in_the_config(loaded: Run, tmp_path: Path) -> None:
    config = tmp_path / "cinekit.toml"
    config.write_text("[plugins.ease]\ndelta = 0.001\n", encoding="utf-8")
    assert loaded("recommend", "ease", "--viewer", "1").code == 0
    config.write_text("[plugins.ease]\nepsilon = 50.0\n", encoding="utf-8")
    done = loaded("recommend", "ease", "--viewer", "1", "--delta", "1e-3")
    assert "does nothing" not in done.err
    assert done.code != 2


def test_a_word_that_is_no_choice_is_refused_in_plain_words(loaded: Run) -> None:
    done = loaded("recommend", "popular", "--rerank", "foo")
    assert done.code == 2
    assert done.err.startswith("cinekit: Invalid value for '--rerank': 'foo' is not one of 'calibrated'")


def test_nothing_to_explain_is_a_failure_too(loaded: Run) -> None:
    assert loaded("recommend", "popular", "--explain", "--like", "Alien", "--genre", "Horror").code == 1
    assert loaded("recommend", "popular", "--explain").code == 1


def test_on_a_file_system_that_is_read_only_it_is_said_what_to_do(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: Any, **asked: Any) -> Any:
        raise duckdb.IOException('IO Error: Cannot open file "cinekit.duckdb": Read-only file system')

    monkeypatch.setattr(duckdb, "connect", refused)
    done = loaded("recommend", "popular")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "cinekit.duckdb cannot be written to; " in done.err
    assert "name another file with --warehouse" in done.err

    def unwritable(*given: Any, **asked: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "lists.csv")

    monkeypatch.setattr("toolkit.show.check", unwritable)
    done = loaded("recommend", "popular", "--output", "lists.csv")
    assert done.err == "cinekit: lists.csv: Read-only file system; name a place that can be written to\n"


MUTE = """
import numpy as np
from toolkit import Recommender

class Model(Recommender):
    \"\"\"Has a fault.\"\"\"
    name = "mute"

    def fit(self, interactions, tables, seed):
        pass

    def score(self, history):
        return {scores}
"""


@pytest.mark.parametrize(
    ("scores", "code", "says"),
    [
        (
            "np.full(history.shape, np.nan, np.float32)",
            1,
            "12 got none: all scores of mute are 0 or NaN, which says that it knows nothing",
        ),
        ("[[1.0] * history.shape[1]] * history.shape[0]", 1, "cinekit: mute returned scores that are list; score has"),
    ],
    ids=["NaN", "a list"],
)
def test_scores_that_say_nothing_are_put_down_to_the_model(
    loaded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scores: str, code: int, says: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "stranger-mute", GOOD.format(name="mute", module="stranger_mute"))
    (tmp_path / "stranger_mute_model.py").write_text(MUTE.format(scores=scores))
    for module in ("stranger_mute", "stranger_mute_model"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    done = loaded("recommend", "mute")
    assert done.code == code
    assert says in done.err


def test_what_is_loaded_after_a_fit_is_folded_into_it(loaded: Run, tmp_path: Path) -> None:
    first = loaded("recommend", "als", "--fold-in", "--factors", "4")
    assert "als: fitted" in first.err
    likes = "".join(f"{viewer},Ronin (1998),5\n" for viewer in (5, 6, 7, "new"))
    (tmp_path / "later.csv").write_text(f"viewer,title,rating\n{likes}new,Heat (1995),5\n")
    assert loaded("load", "ratings", tmp_path / "later.csv").code == 0
    asked = ("--factors", "4", "--viewer", "new", "--viewer", "8", "--format", "csv")
    done = loaded("recommend", "als", "--fold-in", *asked)
    assert "als: brought back, with what was loaded since folded in, on" in done.err
    lists = [line.split(",") for line in done.out.splitlines()[1:]]
    assert {row[0] for row in lists} == {"new", "8"}
    assert any(row[0] == "8" and "Ronin" in row for row in lists)
    fits = "SELECT count(*) AS n FROM models.fitted f JOIN meta.runs r ON r.settings->>'$.fit.folded_into' = f.run"
    assert loaded("sql", fits, "--format", "csv").out.split() == ["n", "1"]
    for options in (("ease",), ("als", "--refit")):
        refused = loaded("recommend", *options, "--fold-in")
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)


def test_where_memory_is_short_ease_says_why_it_goes_by_nearest_titles(
    loaded: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = (
        "ease: each title is regressed on its 100 nearest alone: 8 titles squared take 0.0 GiB, and 0.0 GiB were free\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
        done = loaded("recommend", "ease", "--explain", "--title-neighbours", "20", "--format", "json")
        assert (done.code, done.err.count(why)) == (0, 1), done.err
        for other in (("recommend", "blend", "--blend", "ease=1,popular=1"), ("evaluate", "recommend", "ease")):
            assert why in loaded(*other).err
        refused = loaded("recommend", "slist")
        assert refused.code == 1
        assert "take ease, als or item-knn, which need less" in refused.err
    again = loaded("recommend", "ease", "--explain", "--title-neighbours", "20", "--format", "json")
    assert "brought back" in again.err
    assert why in again.err
    assert again.out == done.out
    taken = "SELECT DISTINCT settings->>'$.fit.route.taken' AS taken FROM meta.runs WHERE taken IS NOT NULL"
    assert loaded("sql", taken, "--format", "csv").out.splitlines() == ["taken", "nearest titles"]
    # The table's weights add up to the scores.
    sums = """
        SELECT max(abs(score - summed)) < 1e-4 AS same, count(*) > 10 AS many FROM (
            SELECT r.score, sum(n.weight) AS summed
            FROM recommendations r
            JOIN ratings s ON s.viewer_key = r.viewer_key AND s.rating >= 4
            JOIN title_neighbours n ON n.title_key = r.title_key AND n.neighbour_key = s.title_key AND n.model = 'ease'
            WHERE r.model = 'ease' GROUP BY r.viewer_key, r.title_key, r.score
        )
    """
    assert json.loads(loaded("sql", sums, "--format", "json").out) == [{"same": True, "many": True}]
    assert "nearest alone" not in loaded("recommend", "ease", "--refit").err


def test_findings_that_json_cannot_have_are_put_down_to_the_model(
    loaded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "stranger-mute", GOOD.format(name="mute", module="stranger_mute"))
    findings = "\n    def findings(self):\n        return {'mean': np.float32(1)}\n"
    model = MUTE.format(scores="np.ones(history.shape, np.float32)") + findings
    (tmp_path / "stranger_mute_model.py").write_text(model)
    for module in ("stranger_mute", "stranger_mute_model"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    done = loaded("recommend", "mute")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("cinekit: model mute (stranger_mute_model.Model) failed with TypeError")
    assert loaded("sql", "SELECT status FROM runs WHERE model = 'mute'", "--format", "csv").out.split()[1:] == [
        "failed"
    ]
