"""What a word is: one definition for everything that counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Letters, marks and digits of any script; apostrophes inside belong to the word, hyphens part words.
WORD = r"\w+(?:['’]\w+)*"


def count_words(text: pl.Expr) -> pl.Expr:
    """Words of each text, as Int32; 0 of a null. Scripts that write no spaces count one word a run of characters."""
    import polars as pl

    return text.str.count_matches(WORD).fill_null(0).cast(pl.Int32)


def words_of(text: pl.Expr) -> pl.Expr:
    """The words of each text, in lower case, typewriter's apostrophes for all, as a list."""
    return text.str.to_lowercase().str.replace_all("’", "'").str.extract_all(WORD)
