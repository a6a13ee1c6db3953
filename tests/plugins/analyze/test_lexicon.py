"""TextBlob's lexicon: its own polarities, a threshold for each kind of text, and nothing downloaded."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analyze.lexicon import TextBlobLexicon
from toolkit.errors import ModelError
from toolkit.polarity import polarity
from toolkit.saving import restore, save

TEXTS = ["A great film.", "not good", "very good!", "It is terribly dull, isn't it?", "The horror... the HORROR!",
         "I love it :-)", "So beautiful & moving (not really)", "never boring", "n't", "“Wonderful”"]  # fmt: skip
WORDS = ["good", "bad", "not", "very", "n't", "film", "!", "?", ".", "...", ":)", "(!)", "the", "3", "dull", "ly-ly"]


def theirs(texts: list[str]) -> list[float]:
    from textblob.en import sentiment

    scores = [sentiment(text) for text in texts]
    return [score[0] if score.assessments else float("nan") for score in scores]


def test_polarities_are_those_of_textblob() -> None:
    assert polarity(TEXTS) == pytest.approx(theirs(TEXTS), nan_ok=True)
    assert polarity(["not good", "excellent", "the of"]) == pytest.approx([-0.35, 1, np.nan], nan_ok=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_row_of_words_gets_what_textblob_gives(words: list[str]) -> None:
    text = " ".join(words)
    assert polarity([text]) == pytest.approx(theirs([text]), nan_ok=True)


@given(st.text(max_size=60))
def test_any_text_has_a_polarity_or_none(text: str) -> None:
    (score,) = polarity([text])
    assert np.isnan(score) or -1 <= score <= 1


def test_long_runs_of_marks_take_no_time() -> None:
    began = time.process_time()
    assert polarity(["!" * 1_000_000 + " good", "(" * 1_000_000]) == pytest.approx([0.7, np.nan], nan_ok=True)
    assert time.process_time() - began < 1


def test_neither_nltk_nor_scikit_learn_is_imported_to_score() -> None:
    code = (
        "import sys; from plugins.analyze.lexicon import TextBlobLexicon as L; L().score(['good'], 'script');"
        "print([m for m in ('nltk', 'sklearn', 'textblob') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_unfitted_it_calls_reviews_positive_from_a_polarity_of_eleven_hundredths() -> None:
    model = TextBlobLexicon()
    # "new" is .136 and "real" is .2; "first" is .25, and "first good bad" is near 0
    for kind in ("review", "script", "subtitles"):
        scores = model.score(["excellent", "real", "good bad", "horrible", "of the"], kind)
        assert (scores[:4] > 0.5).tolist() == [True, True, False, False]
        assert np.isnan(scores[4])
    assert model.score(["new"], "review")[0] == pytest.approx(0.5, abs=0.03)


def test_dialogue_has_a_neutral_point_of_its_own() -> None:
    model = TextBlobLexicon()
    # "new" is .136: above the .11 of reviews, below the .15 of dialogue
    assert model.score(["new"], "review")[0] > 0.5
    for kind in ("script", "subtitles"):
        assert model.score(["new"], kind)[0] < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("text", ["_" * 1_000_000, ":) " * 100_000, "!?" * 500_000])
def test_a_megabyte_of_marks_takes_a_moment(text: str) -> None:
    began = time.process_time()
    TextBlobLexicon().score([text], "script")
    assert time.process_time() - began < 15


def test_fitting_moves_the_threshold_of_reviews_and_of_nothing_else() -> None:
    model, before = TextBlobLexicon(), TextBlobLexicon()
    # every review says good at least; those that mean it say excellent
    model.fit(["excellent film", "good film"] * 40, np.array([True, False] * 40), seed=0)
    assert (model.score(["excellent", "good"], "review") > 0.5).tolist() == [True, False]
    assert (before.score(["excellent", "good"], "review") > 0.5).tolist() == [True, True]
    assert np.array_equal(model.score(["good"], "script"), before.score(["good"], "script"))


def test_fitted_probabilities_are_the_shares_that_were_seen() -> None:
    # Platt's targets are (30 + 1) / (30 + 2) and 1 / (30 + 2); 20 of 30 good ones are positive, and 10 of 30 bad ones
    texts = ["good"] * 30 + ["bad"] * 30
    positive = np.array([True] * 20 + [False] * 10 + [True] * 10 + [False] * 20)
    model = TextBlobLexicon()
    model.fit(texts, positive, seed=0)
    high, low = 31 / 32, 1 / 32
    assert model.score(["good", "bad"], "review") == pytest.approx(
        [(20 * high + 10 * low) / 30, (10 * high + 20 * low) / 30], abs=1e-4
    )


def test_calibration_is_saved_and_brought_back(tmp_path: Path) -> None:
    model, again = TextBlobLexicon(), TextBlobLexicon()
    model.fit(["excellent film", "good film"] * 40, np.array([True, False] * 40), seed=0)
    save(model, tmp_path)
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    assert np.array_equal(again.score(TEXTS, "review"), model.score(TEXTS, "review"), equal_nan=True)


@pytest.mark.parametrize(
    ("texts", "positive", "message"),
    [
        (["good", "bad"] * 19, [True, False] * 19, "knows words in 19 positive and 19 negative reviews, and needs 20"),
        (["of the"] * 60, [True, False] * 30, "knows words in 0 positive and 0 negative"),
        (["good"] * 60, [True] * 60, "60 positive and 0 negative"),
        (["good", "bad"] * 30, [False, True] * 30, "are the labels the wrong way round"),
    ],
)
def test_what_it_cannot_be_calibrated_on_is_said(texts: list[str], positive: list[bool], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        TextBlobLexicon().fit(texts, np.array(positive), seed=0)
