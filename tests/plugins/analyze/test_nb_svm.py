"""NB-SVM: learns what parts positive from negative, calibrates it, is saved, and says where it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.analyze.nb_svm import NbSvm
from toolkit.errors import ModelError
from toolkit.labels import labels_of
from toolkit.saving import restore, save
from toolkit.sentiment import BoolArray
from toolkit.text_evaluation import evaluate_texts

GOOD = ("superb", "moving", "not bad at all", "a joy", "funny")
BAD = ("dull", "tedious", "bad", "not a joy", "lifeless")
PLACES = ("film", "story", "cast", "plot", "score", "camera")


def reviews(count: int, noise: float, seed: int = 0) -> tuple[list[str], BoolArray]:
    """Invented reviews, of which a share has the wrong label."""
    random = np.random.default_rng(seed)
    positive = random.random(count) < 0.4
    shown = positive ^ (random.random(count) < noise)
    texts = [f"The {random.choice(PLACES)} is {random.choice(GOOD if yes else BAD)}" for yes in shown]
    return texts, positive


@pytest.fixture(scope="module")
def fitted() -> NbSvm:
    model = NbSvm()
    model.fit(*reviews(600, 0.1), seed=0)
    return model


def test_words_and_pairs_of_words_decide(fitted: NbSvm) -> None:
    said = ["superb", "dull", "not bad at all", "bad", "a joy", "not a joy"]
    scores = fitted.score([f"The cast is {words}" for words in said], "review")
    assert (scores > 0.5).tolist() == [True, False, True, False, True, False]


def test_probabilities_are_as_often_right_as_they_say(fitted: NbSvm) -> None:
    texts, positive = reviews(4000, 0.1, seed=1)
    scores = fitted.score(texts, "review")
    assert scores.mean() == pytest.approx(positive.mean(), abs=0.03)
    # one label in ten is wrong, so that nothing is surer than that; two numbers cannot fit every word
    for called in (scores >= 0.5, scores < 0.5):
        assert scores[called].mean() == pytest.approx(positive[called].mean(), abs=0.08)
    assert 0.005 < scores.min() < scores.max() < 0.995


def test_copies_of_a_text_do_not_make_it_sure_of_noise() -> None:
    random = np.random.default_rng(0)
    words = np.array([f"word{n}" for n in range(60)])
    texts = [" ".join(random.choice(words, 12)) for _ in range(400)]
    positive = random.random(200) < 0.5
    model = NbSvm()
    model.fit(texts[:200] * 3, np.tile(positive, 3), seed=0)
    # Labels at random tell nothing of new texts, however often they are repeated.
    assert np.abs(model.score(texts[200:], "review") - 0.5).mean() < 0.2


def test_reviews_that_are_all_alike_are_refused() -> None:
    with pytest.raises(ModelError, match="1 positive and 1 negative different reviews"):
        NbSvm().fit(["Good", " good "] * 10 + ["bad"] * 20, np.repeat([True, False], 20), seed=0)


def test_nothing_known_is_no_answer(fitted: NbSvm) -> None:
    scores = fitted.score(["", "zzz qqq", "***", "zzz superb"], "review")
    assert np.isnan(scores).tolist() == [True, True, True, False]
    assert fitted.score([], "review").shape == (0,)


def test_the_kind_of_text_changes_nothing_and_case_neither(fitted: NbSvm) -> None:
    texts = ["A superb story", "the plot is dull"]
    assert np.array_equal(fitted.score(texts, "script"), fitted.score([t.upper() for t in texts], "review"))


def test_the_weights_of_the_paper_by_hand() -> None:
    # one word tells all: p = (20 + 1, 0 + 1), q = (0 + 1, 20 + 1), r = ±ln 21; with interpolation 0 both weigh alike
    model = NbSvm(longest=1, interpolation=0.0)
    texts = [word + "." * marks for word in ("good", "bad") for marks in range(20)]  # marks are no words
    model.fit(texts, np.repeat([True, False], 20), seed=0)
    good, bad = model.score(["good", "bad"], "review")
    # Platt's targets are 21 / 22 and 1 / 22; a model of all texts goes a little beyond those of four folds
    assert (good, bad) == pytest.approx((21 / 22, 1 / 22), abs=0.01)
    assert model._grams == ["bad", "good"]
    assert model._weights[1] == pytest.approx(-model._weights[0])


def test_settings_choose_the_features() -> None:
    texts, positive = reviews(200, 0)
    single, rare = NbSvm(longest=1), NbSvm(least_texts=2)
    single.fit([*texts, "unique superb"], np.append(positive, True), seed=0)
    rare.fit([*texts, "unique superb"], np.append(positive, True), seed=0)
    assert not any(" " in gram for gram in single._grams)
    assert "unique" in single._grams
    assert "unique" not in rare._grams


def test_the_same_seed_gives_the_same_model() -> None:
    texts, positive = reviews(200, 0.2)
    models = NbSvm(), NbSvm()
    for model in models:
        model.fit(texts, positive, seed=3)
    assert np.array_equal(models[0]._weights, models[1]._weights)


def test_it_is_saved_and_brought_back(fitted: NbSvm, tmp_path: Path) -> None:
    save(fitted, tmp_path)
    again = NbSvm()
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    texts = ["superb", "dull", "nothing known: zzz"]
    assert np.array_equal(again.score(texts, "review"), fitted.score(texts, "review"), equal_nan=True)


@pytest.mark.parametrize(
    ("texts", "positive", "message"),
    [
        (["good"] * 40, [True] * 40, "nb-svm needs 20 positive and 20 negative reviews .* and has 40 and 0"),
        (["good"] * 30, [True] * 19 + [False] * 11, "has 19 and 11"),
        ([], [], "has 0 and 0"),
        (["..."] * 40, [True, False] * 20, "nb-svm finds no n-gram in 1 of 40 reviews"),
    ],
)
def test_too_little_to_learn_from_is_said(texts: list[str], positive: list[bool], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        NbSvm().fit(texts, np.array(positive, dtype=bool), seed=0)


@pytest.mark.slow
def test_it_reads_film_reviews(real_data: Path) -> None:
    text = (real_data / "reviews" / "movieReviewSnippets_GroundTruth.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.strip("\n").split("\n")]
    positive, kept = labels_of([float(row[1]) for row in rows])
    texts = [row[2] for row, wanted in zip(rows, kept, strict=True) if wanted]
    frame = evaluate_texts({"nb-svm": NbSvm()}, texts, positive[kept], folds=5)
    values = dict(frame.select("metric", "value").iter_rows())
    assert values["accuracy"] > 0.81
    assert values["ece"] < 0.05
    assert values["answered"] > 0.99
