from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.toolkit.installed_plugins import GOOD, install
from toolkit.testing.start_up import HEAVY

from .conftest import Run

MANY = 50


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, cli; code = cli.run(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[] 0"
    assert "recommend" in done.stdout


@pytest.mark.parametrize(("command", "asked"), [(["--help"], 0), (["recommend", "--help"], MANY)])
def test_help_beside_many_plugins_imports_none_of_their_models(tmp_path: Path, command: list[str], asked: int) -> None:
    for number in range(MANY):
        module = f"stranger_{number}"
        install(tmp_path, f"stranger-{number}", GOOD.format(name=f"small-{number}", module=module))
        (tmp_path / f"{module}_model.py").write_text("import numpy\n")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import cli; code = cli.run({command!r});"
        "theirs = [m for m in sys.modules if m.startswith('stranger_')];"
        "models = [m for m in theirs if m.endswith('_model')];"
        f"print(len(theirs), models, [m for m in {HEAVY!r} if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == f"{asked} [] [] 0"
    assert done.stdout.count("Does what it does.") == asked


def test_the_list_of_models_imports_no_model() -> None:
    script = (
        "import sys, cli; cli.run(['recommend', '--help']);"
        "print([m for m in sys.modules if m.startswith('plugins.recommend.')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for name in (
        "als",
        "blend",
        "bpr",
        "content",
        "ease",
        "hybrid",
        "item-knn",
        "multvae",
        "popular",
        "rp3beta",
        "sasrec",
        "slist",
        "user-knn",
    ):
        assert f"  {name} " in done.stdout


def test_a_models_help_lists_its_settings_with_bounds_and_defaults(run: Run) -> None:
    done = run("recommend", "ease", "--help")
    assert done.code == 0
    assert "--regularisation" in done.out
    assert "more than 0" in " ".join(done.out.split())
    assert "--explain" in done.out


def test_recommending_to_everybody(loaded: Run) -> None:
    done = loaded("recommend", "ease", "--regularisation", "1", "--format", "json")
    assert done.code == 0
    rows = json.loads(done.out)
    first = {row["viewer"]: row["title"] for row in rows if row["rank"] == 1}
    assert first["2"] == "The Matrix"  # likes Alien and Aliens
    assert first["6"] == "Goodfellas"  # likes Heat and Casino
    seen = {("2", "Alien"), ("2", "Aliens"), ("2", "Notting Hill")}  # the last was rated 1, but seen
    assert seen.isdisjoint((row["viewer"], row["title"]) for row in rows)
    again = loaded("recommend", "ease", "--regularisation", "1", "--format", "json")
    assert "brought back" in again.err
    assert json.loads(again.out) == rows


def test_one_viewer_explained_with_shares_that_sum_to_one(loaded: Run) -> None:
    done = loaded("recommend", "ease", "--viewer", "2", "--top", "3", "--explain")
    assert done.code == 0
    assert "Alien" in done.out
    sql = (
        "SELECT rank, sum(share) AS whole, sum(contribution) AS parts, any_value(r.score) AS score "
        "FROM recommendation_reasons JOIN recommendations r USING (viewer, rank) "
        "WHERE viewer = '2' GROUP BY rank ORDER BY rank"
    )
    rows = json.loads(loaded("sql", sql, "--format", "json").out)
    assert rows[0]["whole"] == pytest.approx(1, abs=1e-4)
    assert rows[0]["parts"] == pytest.approx(rows[0]["score"], rel=1e-4)


def test_somebody_new_by_what_they_like_without_refitting(loaded: Run) -> None:
    loaded("recommend", "ease")
    done = loaded("recommend", "ease", "--like", "Heat (1995)", "--like", "casino", "--format", "csv")
    assert done.code == 0
    assert "brought back" in done.err
    assert done.out.splitlines()[1].startswith(",1,Goodfellas,1990,")
    assert "Heat" not in done.out


def test_a_title_without_a_history_is_named(loaded: Run) -> None:
    both = loaded("recommend", "ease", "--like", "Unseen", "--like", "Heat")
    assert both.code == 0
    assert "nobody has watched 'Unseen'" in both.err
    alone = loaded("recommend", "ease", "--like", "Unseen")
    assert alone.code == 1
    assert "take a model that also ranks titles without one" in alone.err


@pytest.mark.parametrize(
    "model", ["popular", "user-knn", "item-knn", "rp3beta", "content", "als", "slist", "ease", "hybrid"]
)
def test_every_model_recommends_and_is_measured(loaded: Run, model: str) -> None:
    assert loaded("recommend", model).code == 0
    count = json.loads(loaded("sql", "SELECT count(*) AS n FROM recommendations", "--format", "json").out)
    assert count[0]["n"] > 12
    done = loaded("evaluate", "recommend", model, "--k", "3", "--format", "json")
    assert done.code == 0
    metrics = {row["metric"]: row["value"] for row in json.loads(done.out)}
    assert 0 <= metrics["ndcg"] <= 1


@pytest.mark.parametrize("model", ["ease", "hybrid", "item-knn", "rp3beta"])
def test_sql_recommends_and_explains_out_of_a_table_as_the_model_does(loaded: Run, model: str) -> None:
    wrote = loaded("recommend", model, "--explain", "--title-neighbours", "20")
    assert wrote.code == 0
    sql = (
        "WITH table_scores AS (SELECT l.viewer_key, n.title_key, sum(n.weight) AS score FROM title_neighbours n "
        "JOIN ratings l ON l.title_key = n.neighbour_key AND l.rating >= 4 WHERE n.model = $m GROUP BY ALL) "
        "SELECT r.viewer, r.rank, r.score, s.score AS by_table FROM recommendations r "
        "JOIN table_scores s USING (viewer_key, title_key)"
    ).replace("$m", f"'{model}'")
    rows = json.loads(loaded("sql", sql, "--format", "json").out)
    assert len(rows) > 12
    assert [row["by_table"] for row in rows] == pytest.approx([row["score"] for row in rows], rel=1e-4, abs=1e-6)
    reasons = (
        "SELECT w.contribution, n.weight FROM recommendation_reasons w JOIN title_neighbours n "
        "ON n.run = w.run AND n.title_key = w.title_key AND n.neighbour_key = w.because_title_key"
    )
    rows = json.loads(loaded("sql", reasons, "--format", "json").out)
    assert len(rows) > 12
    assert [row["weight"] for row in rows] == pytest.approx([row["contribution"] for row in rows], rel=1e-4, abs=1e-6)


def test_the_table_of_a_model_is_that_of_its_latest_run_and_needs_no_new_fit(loaded: Run) -> None:
    loaded("recommend", "ease", "--title-neighbours", "5")
    again = loaded("recommend", "ease", "--title-neighbours", "2")
    assert "brought back" in again.err
    loaded("recommend", "ease")
    loaded("recommend", "item-knn", "--title-neighbours", "1")
    sql = "SELECT model, max(rank) AS longest FROM title_neighbours GROUP BY model ORDER BY model"
    rows = json.loads(loaded("sql", sql, "--format", "json").out)
    assert [(row["model"], row["longest"]) for row in rows] == [("ease", 2), ("item-knn", 1)]


def test_a_model_that_is_no_table_fails_and_leaves_no_rows(loaded: Run) -> None:
    done = loaded("recommend", "popular", "--title-neighbours", "5")
    assert done.code == 1
    assert "popular is no sum of weights between titles; leave out --title-neighbours" in done.err
    sql = "SELECT (SELECT count(*) FROM results.recommendations) + (SELECT count(*) FROM models.title_neighbours) AS n"
    assert json.loads(loaded("sql", sql, "--format", "json").out) == [{"n": 0}]


def test_a_title_that_nobody_has_seen_is_recommended_by_what_describes_it(loaded: Run, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("title,genres\nEvent Horizon (1997),Horror|Sci-Fi\n")
    assert loaded("load", "titles", "titles.csv").code == 0
    sql = "SELECT viewer, rank FROM recommendations_by_model WHERE model = '{}' AND title = 'Event Horizon'"
    for model in ("ease", "hybrid"):
        assert loaded("recommend", model, "--top", "20").code == 0
    found = json.loads(loaded("sql", sql.format("hybrid"), "--format", "json").out)
    assert {"1", "2", "3", "4"} <= {row["viewer"] for row in found}
    assert json.loads(loaded("sql", sql.format("ease"), "--format", "json").out) == []


def test_evaluation_is_one_table_and_is_kept(loaded: Run) -> None:
    done = loaded("evaluate", "recommend", "popular", "ease", "--k", "3", "--k", "5")
    assert done.code == 0
    assert "ndcg@3" in done.out
    kept = json.loads(loaded("sql", "SELECT DISTINCT model, k FROM metrics ORDER BY ALL", "--format", "json").out)
    assert [(row["model"], row["k"]) for row in kept] == [("ease", 3), ("ease", 5), ("popular", 3), ("popular", 5)]


def test_evaluation_says_who_can_be_told_apart(loaded: Run) -> None:
    done = loaded("evaluate", "recommend", "popular", "ease", "--k", "3", "--k", "5")
    assert "ndcg@3: " in done.err
    assert "popular" in done.err
    sql = "SELECT model, other_model, p_holm FROM metric_differences WHERE metric = 'capped_recall' ORDER BY k"
    kept = json.loads(loaded("sql", sql, "--format", "json").out)
    assert [(row["model"], row["other_model"]) for row in kept] == [("popular", "ease")] * 2
    assert all(0 < row["p_holm"] <= 1 for row in kept)
    assert "told apart" not in loaded("evaluate", "recommend", "ease").err


def test_groups_of_viewers_are_judged_apart(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ml-small"
    folder.mkdir()
    viewers = [(v, "F" if v <= 25 else "M" if v <= 50 else "", 18 + v % 2 * 30) for v in range(1, 56)]
    users = [f"{v}::{gender}::{age}::{v % 3}::00000" for v, gender, age in viewers]
    (folder / "users.dat").write_text("\n".join(users) + "\n", encoding="utf-8")
    titles = [f"{t}::Film {t} (1990)::{'Drama' if t % 2 else 'War|Drama'}" for t in range(1, 13)]
    (folder / "movies.dat").write_text("\n".join(titles) + "\n", encoding="latin-1")
    ratings = [f"{v}::{1 + (v * 5 + t * t) % 12}::5::{1_000_000_000 + t}" for v, *_ in viewers for t in (0, 1, 2, 3, 5)]
    (folder / "ratings.dat").write_text("\n".join(dict.fromkeys(ratings)) + "\n", encoding="utf-8")
    assert run("load", "movielens", folder).code == 0
    done = run("evaluate", "recommend", "popular", "--by", "gender", "--by", "age")
    assert done.code == 0, done.err
    assert "by gender: groups of fewer than 20 viewers are left out, 5 viewers in all: not known" in done.err
    assert done.out.index("ndcg@10") < done.out.index("best less worst")
    sql = "SELECT viewer_group, viewers FROM group_metrics WHERE metric = 'ndcg' ORDER BY grouping DESC, viewer_group"
    kept = json.loads(run("sql", sql, "--format", "json").out)
    assert [(row["viewer_group"], row["viewers"]) for row in kept] == [
        ("F", 25), ("M", 25), ("18 to 24", 27), ("45 to 49", 28),
    ]  # fmt: skip
    sql = "SELECT viewers, (SELECT count(*) FROM group_metrics WHERE metric = 'ndcg_gap') AS gaps FROM metrics"
    assert json.loads(run("sql", sql + " WHERE metric = 'ndcg'", "--format", "json").out) == [
        {"viewers": 55, "gaps": 2}
    ]


def test_settings_come_from_the_config_and_options_beat_it(loaded: Run, tmp_path: Path) -> None:
    (tmp_path / "cinekit.toml").write_text("[plugins.ease]\nregularisation = 3\ndiagonal_share = 0.25\n")
    loaded("recommend", "ease", "--regularisation", "4")
    sql = "SELECT settings->>'regularisation' AS r, settings->>'diagonal_share' AS d FROM runs WHERE verb = 'recommend'"
    assert json.loads(loaded("sql", sql, "--format", "json").out) == [{"r": "4.0", "d": "0.25"}]
    (tmp_path / "cinekit.toml").write_text("[plugins.ease]\nregularization = 3\n")
    done = loaded("recommend", "ease")
    assert done.code == 2
    assert "did you mean 'regularisation'" in done.err


def test_options_of_every_command_stand_anywhere(run: Run, loaded_file: Path) -> None:
    for arguments in (
        ("--warehouse", loaded_file, "tables"),
        ("tables", "--warehouse", loaded_file),
        ("tables", f"--warehouse={loaded_file}"),
    ):
        assert run(*arguments).code == 0


def test_sql_in_every_form(loaded: Run, tmp_path: Path) -> None:
    query = "SELECT title, year, genres FROM titles WHERE title_id = '7'"
    assert "Amélie" in loaded("sql", query).out
    assert json.loads(loaded("sql", query, "--format", "json").out)[0]["year"] == 2001
    csv = loaded("sql", query, "--format", "csv").out
    assert csv == 'title,year,genres\nAmélie,2001,"[""Comedy"", ""Romance""]"\n'
    assert loaded("sql", query, "--output", "a.parquet").code == 0
    assert pl.read_parquet(tmp_path / "a.parquet")["title"].to_list() == ["Amélie"]


def test_lists_of_things(loaded: Run) -> None:
    loaded("recommend", "popular")
    assert "raw.ratings" in loaded("tables").out
    assert "title_id" in loaded("tables", "raw.titles").out
    assert "popular" in loaded("runs").out
    assert "item-knn" in loaded("models").out
    assert "cinekit" in loaded("plugins").out
    doctor = loaded("doctor")
    assert doctor.code == 0
    assert "warehouse" in doctor.out


def test_export_writes_every_table_or_nothing(loaded: Run, tmp_path: Path) -> None:
    assert loaded("export", tmp_path / "out").code == 0
    assert pl.read_parquet(tmp_path / "out" / "raw.titles.parquet").height == 9
    again = loaded("export", tmp_path / "out")
    assert again.code == 2
    assert "is there already" in again.err
    (tmp_path / "file").touch()
    nowhere = loaded("export", tmp_path / "file" / "out")
    assert (nowhere.code, len(nowhere.err.splitlines())) == (1, 1)
    assert f"cannot write to {tmp_path / 'file' / 'out'}: Not a directory; make room or name another" in nowhere.err
    assert loaded("export", tmp_path / "csv", "--format", "csv").code == 0
    assert (tmp_path / "csv" / "raw.titles.csv").read_text(encoding="utf-8").startswith("title_key,title_id,name")


def test_loading_the_same_again_adds_nothing(loaded: Run, movielens: Path) -> None:
    before = loaded("sql", "SELECT count(*) FROM ratings", "--format", "csv").out
    done = loaded("load", "movielens", movielens)
    assert done.code == 0
    assert "already" in done.err
    assert loaded("sql", "SELECT count(*) FROM ratings", "--format", "csv").out == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["xyz"], 2, "No such command 'xyz'. See 'cinekit --help'."),
        (["evaluate", "ease"], 2, "no verb 'ease'; name a verb, then models of it"),
        (["recomend"], 2, "did you mean"),
        (["recommend", "eese"], 2, "did you mean 'ease'"),
        (["recommend", "ease", "--viewer", "99"], 2, "no viewer '99'; the nearest are"),
        (["recommend", "ease", "--like", "Alienz"], 2, "'Alien"),
        (["recommend", "ease", "--viewer", "1", "--like", "Heat"], 2, "not both"),
        (["recommend", "ease", "--regularisation", "0"], 2, "--regularisation"),
        (["recommend", "ease", "--regularisation", "x"], 2, "--regularisation"),
        (["recommend", "ease", "--top", "0"], 2, "--top"),
        (["recommend", "ease", "--signal", "wishes"], 2, "--signal"),
        (["recommend", "ease", "--genre", "Horor"], 2, "no genre 'Horor'; did you mean 'Horror'?"),
        (["recommend", "ease", "--not-genre", "Crimes"], 2, "did you mean 'Crime' or"),
        (["recommend", "ease", "--not", "Alienz"], 2, "'Alien"),
        (["recommend", "ease", "--not", " "], 2, "--not is empty"),
        (["recommend", "ease", "--year", "nineties"], 2, "--year: 'nineties' says no years"),
        (["recommend", "ease", "--year", "1999..1990"], 2, "ends before it begins"),
        (["recommend", "ease", "--year", "1899"], 1, "no title is left"),
        (["recommend", "ease", "--rerank", "mrr"], 2, "--rerank"),
        (["recommend", "ease", "--rerank-strength", "2"], 2, "--rerank-strength"),
        (["evaluate", "recommend", "ease", "--rerank", "mrr"], 2, "no re-ranker 'mrr'; did you mean 'mmr'?"),
        (["evaluate", "recommend", "ease", "--rerank", "mmr", "--rerank", "mmr"], 2, "name each re-ranker once"),
        (["recommend", "popular", "--explain"], 1, "popular"),
        (["recommend", "ease", "--signal", "watches"], 1, "load"),
        (["recommend", "ease", "--min-rating", "6"], 1, "threshold"),
        (["evaluate", "recommend"], 2, "name each model once"),
        (["evaluate", "recommend", "ease", "--by", "sex"], 2, "--by: Input should be 'gender', 'age' or 'occupation'"),
        (["evaluate", "recommend", "ease", "--by", "gender"], 1, "nobody who is judged has a known gender"),
        (["evaluate", "recommend", "ease", "ease"], 2, "name each model once"),
        (["evaluate", "recommend", "nothing"], 2, "no model 'nothing'"),
        (["sql", "DROP TABLE raw.titles"], 1, "refused"),
        (["sql", "SELECT nme FROM titles"], 1, "nme"),
        (["sql"], 2, "query"),
        (["tables", "raw.title"], 2, "did you mean 'raw.titles'"),
        (["load", "movielens", "missing"], 1, "missing"),
        (["load", "vhs", "missing"], 2, "vhs"),
        (["load", "ratings", "missing.csv", "--map", "viewer"], 2, "--map"),
        (["--config", "missing.toml", "models"], 2, "missing.toml"),
        (["--warehouse", "no/such/folder.duckdb", "tables"], 1, "there is no warehouse at"),
        (["simulate", "--viewers", "0"], 2, "viewer"),
    ],
)
def test_wrong_use_is_one_clear_line(loaded: Run, arguments: list[str], code: int, words: str) -> None:
    done = loaded(*arguments)
    assert (done.code, done.out) == (code, "")
    lines = [line for line in done.err.splitlines() if not line.startswith(("ease: fitted", "popular: fitted"))]
    assert len(lines) == 1
    assert words.lower() in lines[0].lower()
    assert lines[0].startswith("cinekit: ")


def test_a_failed_run_shows_as_failed_and_leaves_no_rows(loaded: Run) -> None:
    loaded("recommend", "popular", "--explain")
    rows = json.loads(loaded("sql", "SELECT status, error FROM runs WHERE verb = 'recommend'", "--format", "json").out)
    assert [row["status"] for row in rows] == ["failed"]
    assert "popular" in rows[0]["error"]
    assert loaded("sql", "SELECT count(*) AS n FROM results.recommendations", "--format", "csv").out == "n\n0\n"


def test_a_traceback_only_with_debug(loaded: Run) -> None:
    with pytest.raises(Exception, match="no model 'eese'"):
        loaded("--debug", "recommend", "eese")


@pytest.mark.slow
def test_the_demo_says_what_is_not_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.demo.find_spec", lambda name: None)
    done = run("demo")
    assert done.code == 0
    assert "pip install 'cinekit[analyze,video]'" in done.err
    assert "Cast" not in done.out


@pytest.mark.slow
def test_demo(run: Run, tmp_path: Path) -> None:
    done = run("demo")
    assert done.code == 0
    for part in ("ndcg@10", "nb-svm", "Cast", "dissolve", "titles-gru", "Made up"):
        assert part in done.out
    assert (tmp_path / "cinekit-demo.duckdb").exists()
    assert {file.name for file in (tmp_path / "cinekit-demo").iterdir()} == {"script.fountain", "clip.mkv", "clip.srt"}
    queries = [line.partition(" sql ")[2].strip('"') for line in done.err.splitlines() if " sql " in line]
    assert len(queries) == 10
    for query in queries:
        answer = run("--warehouse", "cinekit-demo.duckdb", "sql", query, "--format", "csv")
        assert answer.code == 0
        assert len(answer.out.splitlines()) > 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize(("redirected", "code"), [(">/dev/full", 1), (">&-", 0), ("| true; exit ${PIPESTATUS[0]}", 1)])
def test_what_cannot_be_written_is_one_line_or_none(tmp_path: Path, redirected: str, code: int) -> None:
    command = f"{sys.executable} -c 'import cli; cli.main()' plugins --format json {redirected}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    said = "cinekit: the disk: No space left on device\n" if "full" in redirected else ""
    assert (done.returncode, done.stderr) == (code, said)
