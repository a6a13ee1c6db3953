"""Privacy through the front door: fits with epsilon, viewers who are forgotten, loads under pseudonyms."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from plugins.recommend import private_gram
from tests.cli.conftest import Run
from warehouse import viewer_ids


def rows(run: Run, query: str) -> list[tuple[object, ...]]:
    return pl.read_json(run("sql", query, "--format", "json").out.encode()).rows()


def test_a_private_fit_records_its_budget_and_is_used_again(loaded: Run) -> None:
    first = loaded("recommend", "ease", "--epsilon", "1e6", "--format", "csv")
    assert (first.code, "fitted" in first.err) == (0, True)
    again = loaded("recommend", "ease", "--epsilon", "1e6", "--format", "csv")
    assert "brought back" in again.err
    assert again.out == first.out
    assert "Unseen" not in first.out
    budget = "SELECT (settings->>'epsilon')::DOUBLE AS e, (settings->>'delta')::DOUBLE AS d FROM models.fitted"
    assert rows(loaded, budget) == [(1e6, 1e-6)]
    spent = "SELECT (settings->>'$.fit.privacy.epsilon')::DOUBLE AS e, settings->>'$.fit.privacy.unit' AS unit, "
    back = "settings->>'$.fit.brought_back' IN (SELECT run FROM models.fitted) AS back FROM meta.runs"
    assert rows(loaded, f"{spent}{back} WHERE verb = 'recommend' ORDER BY run") == [
        (1e6, "viewer", None),
        (None, None, True),
    ]


def test_the_budget_that_the_docs_ask_for_counts_the_models_of_a_blend(loaded: Run, tmp_path: Path) -> None:
    (tmp_path / "cinekit.toml").write_text("[plugins.ease]\nepsilon = 1e6\n")
    refused = loaded("recommend", "blend", "--blend", "ease,popular")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    for command in (("blend", "--blend", "ease=1,popular=1"), ("ease",), ("popular",)):
        assert loaded("recommend", *command).code == 0
    page = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    ((query, _),) = re.findall(r"^(    SELECT model, sum(.*\n)+?)\n", page, flags=re.MULTILINE)
    assert rows(loaded, query) == [("ease", 2e6, 2e-6)]
    assert loaded("recommend", "ease").code == 0
    assert loaded("forget", "--viewer", "1").code == 0
    assert rows(loaded, query) == [("ease", 2e6, 2e-6)]


def test_too_small_an_epsilon_is_said_in_a_line(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever the noise is: none of it reaches two of its own standard deviations here.
    monkeypatch.setattr(private_gram, "normal_noise", np.zeros)
    done = loaded("recommend", "item-knn", "--epsilon", "0.001")
    assert done.code == 1
    assert "learns nothing with epsilon 0.001" in done.err


@pytest.mark.parametrize("reranker", ["mmr", "debiased"])
@pytest.mark.parametrize("form", [(), ("--stdin",)])
def test_a_private_model_is_not_re_ranked_by_what_others_watched(loaded: Run, reranker: str, form: tuple[str]) -> None:
    done = loaded("recommend", "ease", "--epsilon", "1e6", "--rerank", reranker, *form)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert f"--rerank {reranker} goes by what others watched" in done.err
    assert rows(loaded, "SELECT count(*) AS n FROM models.fitted") == [(0,)]


def test_a_private_model_is_re_ranked_by_genres(loaded: Run) -> None:
    assert loaded("recommend", "ease", "--epsilon", "1e6", "--rerank", "calibrated").code == 0


def test_who_is_there_under_an_id_and_a_pseudonym_counts_once(
    loaded: Run, movielens: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(viewer_ids, "check_kind", lambda *_, **__: None)
        assert loaded("load", "movielens", movielens, "--pseudonymise").code == 0
    done = loaded("forget", "--viewer", "1", "--viewer", "2")
    assert "viewers forgotten: 2 (" in done.err
    assert "under an id and under its pseudonym" in done.err
    assert rows(loaded, "SELECT count(*) AS n FROM viewers") == [(20,)]


@pytest.mark.slow
def test_who_is_forgotten_is_in_no_list_and_no_saved_model(loaded: Run, movielens: Path) -> None:
    assert loaded("recommend", "ease").code == 0
    done = loaded("forget", "--viewer", "1", "--viewer", "12")
    assert done.code == 0
    assert "viewers forgotten: 2 (" in done.err
    assert "saved models removed: 1" in done.err
    assert rows(loaded, "SELECT count(*) AS n FROM viewers") == [(10,)]
    assert rows(loaded, "SELECT count(DISTINCT viewer) AS n FROM recommendations") == [(10,)]
    assert "fitted" in loaded("recommend", "ease").err
    assert loaded("recommend", "ease", "--viewer", "1").code == 2
    assert "already loaded" in loaded("load", "movielens", movielens).err
    assert loaded("forget", "--viewer", "nobody").code == 2
    again = loaded("forget", "--viewer", "1")
    assert (again.code, "forgotten before: 1" in again.err) == (0, True)


def test_ids_beside_pseudonyms_are_wrong_use(loaded: Run, tmp_path: Path) -> None:
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("user,item,rating\n99,1,5\n")
    done = loaded("load", "ratings", ratings, "--pseudonymise")
    assert (done.code, len(done.err.splitlines()), "without --pseudonymise" in done.err) == (2, 1, True)


def test_pseudonyms_stand_for_viewers_everywhere_and_the_id_still_asks(run: Run, movielens: Path) -> None:
    assert run("load", "movielens", movielens, "--pseudonymise").code == 0
    done = run("recommend", "popular", "--viewer", "7", "--format", "json")
    assert done.code == 0
    (viewer,) = pl.read_json(done.out.encode())["viewer"].unique()
    assert rows(run, "SELECT min(length(viewer)) AS s, max(length(viewer)) AS l FROM viewers") == [(64, 64)]
    asked = "SELECT settings->>'viewer' AS v FROM meta.runs WHERE verb = 'recommend'"
    assert rows(run, asked) == [(f'["{viewer}"]',)]
    assert run("recommend", "popular", "--viewer", str(viewer)).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unknown", "forgotten"])
def test_an_id_that_is_not_known_is_said_to_the_user_and_kept_nowhere(
    run: Run, movielens: Path, tmp_path: Path, kind: str
) -> None:
    assert run("load", "movielens", movielens, "--pseudonymise").code == 0
    who = "zebra0042quokka"
    if kind == "forgotten":
        (tmp_path / "more.csv").write_text(f"user,item,rating\n{who},1,5\n")
        assert run("load", "ratings", tmp_path / "more.csv", "--pseudonymise").code == 0
        assert run("forget", "--viewer", who).code == 0
    before = rows(run, "SELECT count(*) AS n FROM meta.runs")
    done = run("recommend", "popular", "--viewer", who)
    assert (done.code, f"no viewer '{who}'" in done.err) == (2, True)
    assert rows(run, "SELECT count(*) AS n FROM meta.runs") == before
    kept = f"SELECT count(*) AS n FROM meta.runs WHERE contains(concat(settings::VARCHAR, error), '{who}')"
    assert rows(run, kept) == [(0,)]


@pytest.mark.slow
def test_lists_that_noise_makes_short_are_said_to_be(loaded: Run) -> None:
    done = loaded("recommend", "ease", "--epsilon", "1e6", "--top", "9")
    assert "12 got fewer than 9: with epsilon, what noise hides is not known" in done.err
    assert "got fewer" not in loaded("recommend", "ease", "--epsilon", "1e6", "--top", "1").err
    for filters in (("--genre", "Horror"), ("--year", "1995"), ("--genre", "Crime", "--unseen")):
        filtered = loaded("recommend", "ease", "--epsilon", "1e6", "--top", "9", *filters)
        assert (filtered.code, "got fewer" in filtered.err) == (0, False)
    assert "got fewer" not in loaded("recommend", "ease", "--top", "9").err
