"""What counts as a word, for all who count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Letters, marks and digits of any script, with apostrophes inside: "don't" is one word, "half-light" are two.
WORD = "[\\p{L}\\p{M}\\p{N}]+(?:['\u2019][\\p{L}\\p{M}\\p{N}]+)*"


def count_words(column: str) -> pl.Expr:
    """Words of each text of a column."""
    import polars as pl

    return pl.col(column).str.count_matches(WORD)
