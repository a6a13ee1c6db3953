"""Reviews scored by a model of sentiment, and models of sentiment judged on labelled ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.analyzing_reviews import ReviewsRequest, score_reviews, scored_reviews
from toolkit.errors import ModelError, UsageError
from toolkit.evaluating_texts import EvaluateTextsRequest, as_table, evaluate_sentiment
from toolkit.host import Host
from toolkit.sentiment_fitting import labelled_reviews
from warehouse import Warehouse
from warehouse.loads import load

from .strangers import strange_host

__all__ = ["strange_host"]
GERMAN = "Ein wunderbarer Film, den ich mir immer wieder ansehen werde :)"


@pytest.fixture
def reviewed(warehouse: Warehouse) -> Warehouse:
    """Thirty that smile and are good, ten that smile and are bad, forty that frown; one in German, one neutral."""
    kinds = [(":)", 5)] * 30 + [(":)", 1)] * 10 + [(":(", 1)] * 40
    rows = [(f"r{n:02}", f"this is what I think of number {n} {face}", score) for n, (face, score) in enumerate(kinds)]
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (1, 't', 'Heat', 1995)")
        con.executemany("INSERT INTO raw.reviews (review_id, review, score, title_key) VALUES (?, ?, ?, 1)", rows)
        con.executemany(
            "INSERT INTO raw.reviews (review_id, review, score) VALUES (?, ?, ?)",
            [
                ("german", GERMAN, 5),
                ("neutral", "this is what I think of it :(", 3),
                ("silent", "this says nothing", None),
            ],
        )
    return warehouse


def test_every_review_is_scored_or_says_why_not(reviewed: Warehouse, strange_host: Host) -> None:
    done = score_reviews(reviewed, strange_host, "smiles", {}, ReviewsRequest())
    assert (done.reviews, done.unread, done.unknown) == (83, 1, 1)
    assert done.how == "fitted on 80 labelled reviews, 1 neutral ones left out"
    rows = reviewed.query("SELECT review_id, probability, sentiment, label, language, model FROM review_sentiment")
    assert rows.filter(review_id="r00").row(0)[1:] == (0.75, 0.5, "positive", "en", "smiles")
    assert rows.filter(review_id="r79").row(0)[1:4] == (0.25, -0.5, "negative")
    assert rows.filter(review_id="german").row(0)[1:5] == (None, None, None, "de")
    assert rows.filter(review_id="silent").row(0)[1:4] == (None, None, None)
    again = score_reviews(reviewed, strange_host, "smiles", {}, ReviewsRequest())
    assert again.how.startswith("brought back")
    assert reviewed.query("SELECT count(*) FROM review_sentiment").item() == 83


def test_people_see_titles_and_programs_see_reviews(reviewed: Warehouse, strange_host: Host) -> None:
    done = score_reviews(reviewed, strange_host, "smiles", {}, ReviewsRequest())
    titles = scored_reviews(reviewed, done.run, people=True)
    assert titles.row(0) == ("Heat", 1995, 80, 0.5, 0.0, 0)
    assert titles["title"].to_list() == ["Heat", "(no title)"]
    assert scored_reviews(reviewed, done.run, people=False).height == 83


def test_models_are_judged_out_of_sample_and_scores_name_their_accuracy(
    reviewed: Warehouse, strange_host: Host
) -> None:
    request = EvaluateTextsRequest(folds=5)
    done = evaluate_sentiment(reviewed, strange_host, ("smiles",), {}, request)
    assert (done.texts, done.positive, done.neutral, done.foreign) == (80, 30, 1, 1)
    table = as_table(done.metrics)
    assert table["accuracy"].item() == pytest.approx(70 / 80)  # wrong about the ten that smile and are bad
    kept = reviewed.query("SELECT verb, split, k, texts, viewers FROM metrics WHERE metric = 'accuracy'").row(0)
    assert kept == ("analyze", "folds", 5, 80, None)
    score_reviews(reviewed, strange_host, "smiles", {}, ReviewsRequest())
    assert reviewed.query("SELECT DISTINCT model_accuracy FROM review_sentiment").item() == pytest.approx(70 / 80)


def test_an_accuracy_is_that_of_the_same_settings(reviewed: Warehouse, strange_host: Host) -> None:
    for folds in (4, 5):
        evaluate_sentiment(reviewed, strange_host, ("smiles",), {}, EvaluateTextsRequest(folds=folds))
    assert reviewed.query("SELECT folds FROM sentiment_quality").rows() == [(5,)]
    score_reviews(reviewed, strange_host, "smiles", {"grin": 0.5}, ReviewsRequest())
    assert reviewed.query("SELECT DISTINCT model_accuracy FROM review_sentiment").rows() == [(None,)]
    score_reviews(reviewed, strange_host, "smiles", {}, ReviewsRequest())
    assert reviewed.query("SELECT count(*), count(model_accuracy) FROM review_sentiment").row(0) == (83, 83)


def test_what_cannot_be_judged_is_said(warehouse: Warehouse, strange_host: Host) -> None:
    with pytest.raises(ModelError, match="cinekit load reviews"):
        evaluate_sentiment(warehouse, strange_host, ("smiles",), {}, EvaluateTextsRequest())
    with pytest.raises(UsageError, match="name each model once"):
        evaluate_sentiment(warehouse, strange_host, ("smiles", "smiles"), {}, EvaluateTextsRequest())
    with pytest.raises(UsageError, match="stamps is no model of sentiment"):
        evaluate_sentiment(warehouse, strange_host, ("stamps",), {}, EvaluateTextsRequest())
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.reviews (review_id, review, score) VALUES ('a', 'x :)', 1), ('b', 'y :)', 1)")
    with pytest.raises(ModelError):
        evaluate_sentiment(warehouse, strange_host, ("smiles",), {}, EvaluateTextsRequest(folds=2))


def test_each_load_is_labelled_on_its_own_scale(warehouse: Warehouse, strange_host: Host) -> None:
    stars = [(f"s{n}", f"stars {n} {':)' if n % 2 else ':('}", 5 if n % 2 else 1, 1) for n in range(30)]
    words = [(f"w{n}", f"words {n} {':)' if n % 2 else ':('}", 1 if n % 2 else -1, 2) for n in range(30)]
    alike = [("all", "one score alone :)", 4, 3)]
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.reviews (review_id, review, score, load) VALUES (?, ?, ?, ?)", [*stars, *words, *alike]
        )
    done = evaluate_sentiment(warehouse, strange_host, ("smiles",), {}, EvaluateTextsRequest(folds=2))
    assert (done.texts, done.positive, done.neutral) == (60, 30, 1)


def test_what_a_grown_file_brings_is_labelled_on_the_scale_of_the_file(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "stars.csv"
    text = "id,text,score\n" + "".join(f"{n},The film number {n}.,{n % 5 + 1}\n" for n in range(10))
    for more in ("", "10,A very dull film.,1\n11,A tedious film.,1\n"):
        path.write_text(text + more, encoding="utf-8")
        load(warehouse, "reviews", path)
    with warehouse.reading() as con:
        found = labelled_reviews(con, 0.1, frozenset({"en"}))
    labels = dict(zip(found.texts, found.positive.tolist(), strict=True))
    assert (labels["A very dull film."], labels["A tedious film."]) == (False, False)
    assert (len(labels), found.neutral) == (10, 2)
