"""Languages: told apart where there are words enough, and never English taken for another."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.language import language_of, languages_of

SENTENCES = {
    "en": "A joyless, idiotic, annoying, heavy-handed film that nobody needed.",
    "de": "Eine wunderbare Geschichte mit großartigen Schauspielern.",
    "fr": "Je me suis ennuyé du début à la fin.",
    "es": "Una película maravillosa con actores estupendos.",
    "it": "Mi sono annoiato dall'inizio alla fine.",
    "pt": "Por que você não me disse nada?",
    "ru": "Прекрасный фильм с замечательными актёрами.",
    "zh": "这部电影非常精彩，演员表演出色。",
    "ja": "素晴らしい映画で、俳優の演技も見事だった。",
    "hi": "यह एक शानदार फिल्म है।",
}
LINES = ("I don't know.", "Where's my gun, Popeye?", "Help! Help!", "Oh, no.", "Come on, let's go.", "Boring.",
         "Who is it?", "Stop it, Jean-Luc!", "Yes, sir.", "Okay, okay, okay.", "lol so bad", "Loved it", "Great film",
         "THE END IS NEAR", "Gracias, amigo, but no thanks.")  # fmt: skip


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items())
def test_a_sentence_is_enough(code: str, sentence: str) -> None:
    assert language_of(sentence) == code


@pytest.mark.parametrize("text", ["", "  \n", "?!", "1999 - 2001", "♪♪", "Okay.", "Hmm"])
def test_too_few_words_tell_nothing(text: str) -> None:
    assert language_of(text) is None


def test_short_english_lines_are_not_taken_for_another_language() -> None:
    assert set(languages_of(LINES)) <= {"en", None}


def test_many_texts_are_told_as_one_by_one() -> None:
    texts = [*SENTENCES.values(), *LINES, *SENTENCES.values()]
    assert languages_of(texts) == [language_of(text) for text in texts]
    assert languages_of([]) == []


@pytest.mark.parametrize("code", ["en", "de", "zh"])
def test_a_long_text_is_sampled_from_beginning_to_end(code: str) -> None:
    long = " ".join([SENTENCES[code]] * 5000)
    assert language_of(long) == code
    assert language_of(SENTENCES[code].replace(" ", "") * 5000) in (code, None)
    mostly = " ".join([SENTENCES["fr"]] * 5 + [SENTENCES[code]] * 500)
    assert language_of(mostly) == code


@pytest.mark.slow
def test_one_in_a_thousand_english_reviews_at_most_is_taken_for_another(real_data: Path) -> None:
    text = (real_data / "reviews" / "movieReviewSnippets_GroundTruth.txt").read_text(encoding="utf-8")
    found = languages_of([line.split("\t")[2] for line in text.strip("\n").split("\n")])
    assert len(found) == 10_605
    assert sum(code not in ("en", None) for code in found) <= 10
    assert found.count(None) <= 530
