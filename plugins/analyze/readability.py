"""How readable English is: Flesch's reading ease and the grade of Flesch and Kincaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toolkit.words import words_of

if TYPE_CHECKING:
    import polars as pl

_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûü]+")
# An e that is written and not spoken: at the end (make, not table), in -ed and -es (looked, times, not wanted, faces),
# before an ending (something, careful, lately), and in every and evening.
_SILENT = re.compile(
    r"(?<=[aeiouy])(?:[^aeiouy]+(?<![^aeiouywrl]l)e|[^aeiouy]*[^aeiouytd]ed|[^aeiouy]*[^aeiouysxzcgh]es)$"
    r"|(?<=[aeiouy])[^aeiouy]{1,2}e(?=(?:ly|ful|ment|ments|thing|times?|less|ness|body|one|where)$)"
    r"|(?<=^ev)e(?=ry|ning)"
)
# Two vowels that are spoken apart (radio, science, create, being, ritual), and endings without one (didn't, -ism).
_APART = re.compile(
    r"(?<![ctsgxq])i(?:[aou]|e(?=n[ct]|t))|sci(?=e)|(?:^|[^aeiou])(?:eo|ea)(?=$|t(?:e|i|o))|[aeou]ing$|sms?$"
    r"|[aou]y(?=[aeiou])|ey(?=[iou])|(?<=[^aeiouyr])n't$|[^aeiougq]ua(?=l|t)"
)
_ABBREVIATED = r"(?i)\b(mr|mrs|ms|dr|st|sgt|lt|capt|prof|vs|etc)\."
_SENTENCE_END = r"[.!?…]+[\"'”’)\]]*(?:\s|$)"


def syllables(word: str) -> int:
    """Syllables of an English word in lower case: groups of vowels, less silent e's, plus vowels spoken apart.

    Points of hyphenation, another common stand-in, are too few: no word is broken after its first letter.
    """
    count = len(_VOWELS.findall(word)) - len(_SILENT.findall(word)) + len(_APART.findall(word))
    return max(count, 1)


def readability(texts: pl.Series) -> tuple[float | None, float | None]:
    """Reading ease and grade of English texts taken together; None, None without a word.

        ease  = 206.835 - 1.015 · words / sentences - 84.6 · syllables / words
        grade = 0.39 · words / sentences + 11.8 · syllables / words - 15.59

    A sentence ends in a full stop, an exclamation or question mark or an ellipsis, or with its text.

    Source: R. Flesch, "A new readability yardstick", 1948; J. P. Kincaid et al., Navy Research Branch Report 8-75,
    1975.
    """
    import polars as pl

    text = pl.col("text")
    frame = texts.rename("text").to_frame().with_columns(words=words_of(text))
    frame = frame.filter(pl.col("words").list.len() > 0)
    if not frame.height:
        return None, None
    plain = text.str.replace_all(_ABBREVIATED, "$1")
    ends = plain.str.count_matches(_SENTENCE_END)
    open_end = ~plain.str.contains(r"[.!?…]+[\"'”’)\]]*\s*$")
    sentences = int(frame.select((ends + open_end.cast(pl.UInt32)).sum()).item())
    counted = frame["words"].explode().value_counts()
    total = int(counted["count"].sum())
    spoken = counted["words"].map_elements(syllables, return_dtype=pl.Int32)
    per_word, per_sentence = int((spoken * counted["count"]).sum()) / total, total / sentences
    return (
        206.835 - 1.015 * per_sentence - 84.6 * per_word,
        0.39 * per_sentence + 11.8 * per_word - 15.59,
    )
