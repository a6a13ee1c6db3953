"""`cinekit analyze` as people meet it: what it prints, what it refuses, what SQL finds afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from toolkit.simulated_script import draw_script, draw_subtitles

from .conftest import Run

PRAISE = ("a lovely film", "wonderful and moving", "great fun", "a delight to watch", "the best film of the year")
BLAME = ("an awful film", "boring and long", "a terrible mess", "dull to watch", "the worst film of the year")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "The Wall (2001).fountain"
    path.write_text(draw_script(3), encoding="utf-8")
    return path


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    lines = ["id,text,sentiment"]
    lines += [f"p{n},{PRAISE[n % 5]} {n},positive" for n in range(40)]
    lines += [f"n{n},{BLAME[n % 5]} {n},negative" for n in range(40)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows(run: Run, sql: str) -> list[dict[str, object]]:
    return json.loads(run("sql", sql, "--format", "json").out)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_a_script_on_a_terminal(run: Run, script: Path) -> None:
    done = run("analyze", "script", script)
    assert done.code == 0
    for part in ("Scenes", "Cast", "INT. ", "Emotional arc of The Wall (2001).fountain", "█"):
        assert part in done.out
    assert "an index" in done.err
    cast = rows(run, "SELECT character, words, sentiment, centrality FROM characters ORDER BY words DESC")
    assert len(cast) == 7
    assert all(isinstance(row["words"], int) for row in cast)
    assert sum(float(str(row["centrality"])) for row in cast) == pytest.approx(1)
    assert rows(run, "SELECT title, year, kind FROM documents") == [
        {"title": "The Wall", "year": 2001, "kind": "script"}
    ]


@pytest.mark.slow
def test_programs_get_the_first_table(run: Run, script: Path, tmp_path: Path) -> None:
    scenes = json.loads(run("analyze", "script", script, "--sentiment", "none", "--format", "json").out)
    assert [row["scene"] for row in scenes] == list(range(1, 12))
    assert run("analyze", "script", script, "--output", tmp_path / "scenes.parquet").code == 0
    assert pl.read_parquet(tmp_path / "scenes.parquet").height == 11
    assert rows(run, "SELECT count(*) AS runs FROM runs WHERE verb = 'analyze'") == [{"runs": 2}]
    assert rows(run, "SELECT count(*) AS n FROM scenes") == [{"n": 11}]


@pytest.mark.slow
def test_good_files_are_analysed_beside_bad_ones(run: Run, script: Path, tmp_path: Path) -> None:
    bad = {
        "zip.fdx": b"PK\x03\x04rest of a zip archive",
        "bomb.fdx": b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><FinalDraft>&b;</FinalDraft>',
        "binary.fountain": bytes(range(256)) * 40,
        "empty.fountain": b"",
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    done = run("analyze", "script", *(tmp_path / name for name in bad), script)
    assert done.code == 1
    said = [line for line in done.err.splitlines() if line.startswith("cinekit: ")]
    assert len(said) == len(bad)
    for name in bad:
        assert sum(name in line for line in said) == 1
    assert "Traceback" not in done.err
    assert rows(run, "SELECT document FROM scripts") == [{"document": script.name}]


def test_one_bad_file_is_one_line(run: Run, tmp_path: Path) -> None:
    done = run("analyze", "script", tmp_path / "none.fountain")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "there is no file" in done.err
    assert not (tmp_path / "cinekit.duckdb").exists()
    assert run("analyze", "script").code == 2
    done = run("analyze", "scrpt", tmp_path)
    assert done.code == 2
    assert "did you mean 'script'" in done.err
    (tmp_path / "torn.srt").write_text(
        "1\n00:00:05,000 --> 00:00:06,000\nLater\n\n2\n00:00:01,000 --> 00:00:02,000\nNow\n"
    )
    done = run("analyze", "subtitles", tmp_path / "torn.srt")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "torn.srt" in done.err


def test_subtitles_know_the_speaker_and_the_sentiment(run: Run, tmp_path: Path) -> None:
    (tmp_path / "clip.en.srt").write_text(draw_subtitles(3), encoding="utf-8")
    assert run("analyze", "subtitles", tmp_path / "clip.en.srt").code == 0
    found = rows(run, "SELECT speaker, text, starts_at, shot, sentiment FROM cues ORDER BY cue")
    assert len(found) == 9
    assert all(row["speaker"] and row["shot"] is None for row in found)
    assert rows(run, "SELECT title FROM documents") == [{"title": "clip"}]


@pytest.mark.slow
def test_reviews_are_loaded_scored_and_the_models_compared(run: Run, reviews: Path) -> None:
    assert run("load", "reviews", reviews, "--label", "sentiment").code == 0
    done = run("analyze", "sentiment", "--model", "nb-svm")
    assert done.code == 0
    assert "was not measured: cinekit evaluate analyze nb-svm" in done.err
    judged = run("evaluate", "analyze", "textblob", "nb-svm", "--folds", "5")
    assert judged.code == 0
    assert "nb-svm" in judged.out
    again = run("analyze", "nb-svm", "--format", "json")
    assert "brought back" in again.err
    by_id = {row["review_id"]: row["label"] for row in json.loads(again.out)}
    assert (by_id["p3"], by_id["n3"]) == ("positive", "negative")
    measured = rows(run, "SELECT DISTINCT model, model_accuracy > 0.9 AS good FROM review_sentiment")
    assert measured == [{"model": "nb-svm", "good": True}]


def test_wrong_use_says_what_to_do(run: Run, reviews: Path, tmp_path: Path) -> None:
    done = run("load", "ratings", reviews, "--label", "sentiment")
    assert done.code == 2
    assert "--label is for reviews" in done.err
    run("load", "reviews", reviews, "--label", "sentiment")
    assert "script is no model of sentiment" in run("evaluate", "analyze", "script").err
    assert "no model 'nb'" in run("analyze", "sentiment", "--model", "nb").err
    (tmp_path / "a.fountain").write_text("INT. HOUSE - DAY\n\nANN\nHello there.\n")
    assert run("analyze", "script", tmp_path / "a.fountain", "--title", " ").code == 2
    (tmp_path / "cinekit.toml").write_text("[plugins.script]\nmonolog = 3\n")
    done = run("analyze", "script", tmp_path / "a.fountain")
    assert done.code == 2
    assert "did you mean 'monologue'" in done.err


@pytest.mark.slow
def test_genders_are_the_users(run: Run, script: Path) -> None:
    assert run("analyze", "script", script, "--sentiment", "none").code == 0
    assert rows(run, "SELECT DISTINCT gender FROM characters") == [{"gender": None}]
    assert rows(run, "SELECT women_pairs FROM scripts") == [{"women_pairs": None}]
    names = [str(row["character"]) for row in rows(run, "SELECT character FROM characters ORDER BY words DESC")]
    given = [part for name in names for part in ("--gender", f"{name}=woman")]
    assert run("analyze", "script", script, "--sentiment", "none", *given).code == 0
    assert int(str(rows(run, "SELECT women_pairs FROM scripts")[0]["women_pairs"])) > 0
