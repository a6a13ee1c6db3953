"""Readability of English, and the syllables that it counts."""

from __future__ import annotations

import polars as pl
import pytest

from plugins.analyze.readability import readability, syllables

WORDS = {
    1: "the cat walked looks stares eye eyes loved used smiled cried they queue ease us i a",
    2: "table people little wanted again away over about kitchen minute open okay being going places passes needed",
    3: "area idea video radio beautiful remember together different suddenly family notices serious previous",
    4: "interesting actually definitely experience curiosity",
}


def test_syllables() -> None:
    assert [(word, syllables(word)) for word in WORDS[1].split()] == [(word, 1) for word in WORDS[1].split()]
    assert [(word, syllables(word)) for word in WORDS[2].split()] == [(word, 2) for word in WORDS[2].split()]
    assert [(word, syllables(word)) for word in WORDS[3].split()] == [(word, 3) for word in WORDS[3].split()]
    off = [abs(syllables(word) - 4) for word in WORDS[4].split()]
    assert max(off) <= 1


def test_words_without_vowels_have_a_syllable() -> None:
    assert [syllables(word) for word in ("mr", "hm", "42", "привет")] == [1, 1, 1, 1]


def test_a_published_value() -> None:
    # six words of a syllable each in one sentence: the standing example of a score of 116
    ease, grade = readability(pl.Series(["The cat sat on the mat."]))
    assert ease == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    assert grade == pytest.approx(0.39 * 6 + 11.8 - 15.59)


@pytest.mark.parametrize(
    ("texts", "sentences"),
    [
        (["The cat sat. On the mat."], 2),
        (["The cat sat on the mat"], 1),
        (["The cat sat", "on the mat"], 2),
        (["Mr. Cat sat on the mat."], 1),
        (["The cat sat on the mat?!..."], 1),
        (["“The cat sat!” On the mat…"], 2),
        (["The cat sat 2.5 the mat."], 1),
    ],
)
def test_where_sentences_end(texts: list[str], sentences: int) -> None:
    _, grade = readability(pl.Series(texts))
    words = 7 if "2.5" in texts[0] else 6
    assert grade == pytest.approx(0.39 * words / sentences + 11.8 - 15.59)


def test_nothing_to_read() -> None:
    assert readability(pl.Series(["", "?!", "..."])) == (None, None)
    assert readability(pl.Series([], dtype=pl.String)) == (None, None)
