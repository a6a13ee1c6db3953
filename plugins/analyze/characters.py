"""The speaking characters of a script, and how women speak to each other where genders are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

GENDERS = ("woman", "man", "nonbinary")
_COLUMNS = (
    "character", "aliases", "speeches", "words", "scenes", "first_scene", "last_scene", "first_page", "last_page",
    "monologues", "longest_speech", "gender",
)  # fmt: skip


def read_genders(given: Sequence[str]) -> dict[str, str]:
    """Gender by name in lower case, out of texts such as "RUTH=woman".

    Raises:
        ValueError: one is no NAME=GENDER, names a gender that is not known, or contradicts another.
    """
    genders: dict[str, str] = {}
    for text in given:
        name, _, gender = (part.strip() for part in text.rpartition("="))
        if not name or gender not in GENDERS:
            raise ValueError(f"{text!r} is no NAME=GENDER with one of {', '.join(GENDERS)}, such as RUTH=woman")
        if genders.setdefault(name.casefold(), gender) != gender:
            raise ValueError(f"{name} is given two genders")
    return genders


def character_frame(speeches: pl.DataFrame, genders: Mapping[str, str], monologue: int = 50) -> pl.DataFrame:
    """The rows of results.characters but for the measures of the network; by words, most first, then by name.

    Args:
        speeches: `speech_frame` of the script.
        genders: gender by name in lower case, as `read_genders` has it; a name that was folded will do.
        monologue: words that make a speech a monologue.
    """
    import polars as pl

    named = speeches.drop_nulls("character")
    gender = pl.coalesce(
        pl.col(column).str.to_lowercase().replace_strict(dict(genders), default=None, return_dtype=pl.String)
        for column in ("character", "cue")
    )
    return (
        named.with_columns(gender=gender if genders else pl.lit(None, pl.String))
        .group_by("character")
        .agg(
            pl.col("written").unique(maintain_order=True).alias("aliases"),
            pl.len().cast(pl.Int32).alias("speeches"),
            pl.col("words").sum().cast(pl.Int32),
            pl.col("scene").filter(pl.col("scene") > 0).n_unique().cast(pl.Int32).alias("scenes"),
            pl.col("scene").min().alias("first_scene"),
            pl.col("scene").max().alias("last_scene"),
            pl.col("page").min().alias("first_page"),
            pl.col("page").max().alias("last_page"),
            (pl.col("words") >= monologue).sum().cast(pl.Int32).alias("monologues"),
            pl.col("words").max().alias("longest_speech"),
            pl.col("gender").drop_nulls().first(),
        )
        .sort(["words", "character"], descending=[True, False])
        .select(_COLUMNS)
    )


def women_pairs(characters: pl.DataFrame, links: pl.DataFrame) -> int | None:
    """Pairs of women of whom one speaks to the other; None where no character has a gender.

    Source: the first two demands of the test in A. Bechdel, "The Rule", 1985: two women, who talk to each other.
    """
    import polars as pl

    if not characters["gender"].is_not_null().any():
        return None
    women = characters.filter(pl.col("gender") == "woman")["character"].implode()
    one, other = pl.col("from_character"), pl.col("to_character")
    return (
        links.filter(pl.col("kind") == "speaks", one.is_in(women), other.is_in(women))
        .select(pl.min_horizontal(one, other).alias("one"), pl.max_horizontal(one, other).alias("other"))
        .n_unique()
    )
