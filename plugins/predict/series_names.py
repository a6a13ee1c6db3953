"""Which titles are of one series, and in what order: read out of their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import IntArray

_ROMANS = (
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii",
    "xviii", "xix", "xx",
)  # fmt: skip
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {
    **{word: place for place, word in enumerate(_ROMANS, start=1)},
    **{word: place for place, word in enumerate(_WORDS, start=1)},
}
_ROMAN = "|".join(sorted(_ROMANS, key=len, reverse=True))
_NUMBER = rf"\d{{1,4}}|{_ROMAN}|{'|'.join(_WORDS)}"
_GAP = r"[\s:,.\-–]*"
# A season, and a number in it, each as far as the name has it; the first pattern that fits is taken.
_PATTERNS = (
    rf"^(?P<stem>.+?){_GAP}\bs(?P<season>\d{{1,4}})[\s.]?e(?P<number>\d{{1,4}})\b",
    rf"^(?P<stem>.+?){_GAP}\b(?P<season>\d{{1,2}})x(?P<number>\d{{1,3}})\b",
    rf"^(?P<stem>.+?){_GAP}\b(?:season|series)\s+(?P<season>{_NUMBER})\b.*?\b(?:episode|ep\.?)\s+(?P<number>{_NUMBER})\b",
    rf"^(?P<stem>.+?){_GAP}\b(?:season|series)\s+(?P<season>{_NUMBER})\b(?P<number>)",
    rf"^(?P<stem>.+?){_GAP}\b(?:part|chapter|episode|volume|vol\.?|book)\s+(?P<number>{_NUMBER})\b(?P<season>)",
    # A bare number ends the name, or what stands before a colon or a dash; four digits are a year.
    rf"^(?P<stem>.+?)\s+(?P<number>\d{{1,2}}|{_ROMAN})(?:\s*[:–-].*)?$(?P<season>)",
)
_SEASON = 10_000


def next_in_series(names: Sequence[str]) -> IntArray:
    """(n,) place of the title that comes next in the series of each, -1 where there is none.

    Titles are of one series where their names are the same before "S02E05", "2x05", "Season 2", "Episode 5", "Part II",
    "Vol. 2", or a number such as "2" or "II"; a name without any is the first of its series. What stands in
    parentheses, case and a leading article do not count.

    >>> next_in_series(["Rocky", "Rocky III", "Alien", "Rocky II", "Dark S01E01", "Dark S01E02"]).tolist()
    [3, -1, -1, 1, 5, -1]
    """
    import polars as pl

    read = _read(pl.Series("name", list(names), dtype=pl.String)).sort("stem", "order", "place")
    stem, order, place = (read[name].to_numpy() for name in ("stem", "order", "place"))
    following = np.full(len(names), -1, dtype=np.int64)
    if not len(names):
        return following
    # Titles with the same number, such as a remake, are all followed by the first of the next number.
    new = np.ones(len(names), dtype=np.bool_)
    new[1:] = (stem[1:] != stem[:-1]) | (order[1:] != order[:-1])
    begins = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    after = np.minimum(group + 1, begins.size - 1)
    same = (group + 1 < begins.size) & (stem[begins[after]] == stem)
    following[place] = np.where(same, place[begins[after]], -1)
    return following


def _read(names: pl.Series) -> pl.DataFrame:
    """The stem of each name, its order in the series, and its place among the names."""
    import polars as pl

    plain = (
        pl.col("name").str.to_lowercase().str.replace_all(r"\([^()]*\)", " ").str.replace_all(r"\s+", " ")
        .str.strip_chars().str.replace(r"^(the|a|an) ", "")
    )  # fmt: skip
    found = [pl.col("plain").str.extract_groups(pattern) for pattern in _PATTERNS]

    def part(field: str) -> pl.Expr:
        return pl.coalesce(
            pl.when(groups.struct.field("stem").is_not_null()).then(groups.struct.field(field).fill_null(""))
            for groups in found
        )

    def number(expression: pl.Expr) -> pl.Expr:
        words = expression.replace_strict(_NUMBERS, default=None, return_dtype=pl.Int64)
        return pl.coalesce(expression.cast(pl.Int64, strict=False), words)

    read = pl.DataFrame({"name": names}).with_row_index("place").with_columns(plain=plain)
    read = read.with_columns(stem=part("stem"), season=number(part("season")), number=number(part("number")))
    order = pl.col("season").fill_null(0) * _SEASON + pl.col("number").fill_null(0)
    return read.select(
        pl.col("place").cast(pl.Int64),
        stem=pl.coalesce(pl.col("stem").str.strip_chars(" :,.-–!"), pl.col("plain").str.strip_chars(" :,.-–!")),
        order=pl.when(pl.col("stem").is_null()).then(1).otherwise(order),
    )
