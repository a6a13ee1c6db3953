"""A script as a whole: its length, how long its scenes are, how much of it is spoken, how readable it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def pacing_frame(
    elements: pl.DataFrame,
    scenes: pl.DataFrame,
    script_format: str,
    pages: int,
    page_lines: int = 55,
    characters: int = 0,
    women: int | None = None,
    readability: tuple[float | None, float | None] = (None, None),
) -> pl.DataFrame:
    """The one row of results.script_pacing.

    Args:
        elements: `element_frame` of the script.
        scenes: `scene_frame` of it.
        script_format: what it was read as.
        pages: how many there are.
        page_lines: lines of a page.
        characters: how many speak.
        women: pairs of women of whom one speaks to the other; None where genders are not given.
        readability: reading ease and grade; None where they have no meaning.
    """
    import polars as pl

    lines, words, said = (int(elements[name].sum()) for name in ("lines", "words", "said"))
    minutes = lines / page_lines
    has_scenes, eighths = scenes.height > 0, scenes["eighths"].cast(pl.Float64)
    ease, grade = readability
    row = {
        "format": (script_format, pl.String),
        "pages": (pages, pl.Int32),
        "eighths": (round(minutes * 8), pl.Int32),
        "minutes": (minutes, pl.Float64),
        "scenes": (scenes.height, pl.Int32),
        "scene_eighths": (eighths.mean(), pl.Float64),
        "median_scene_eighths": (eighths.median(), pl.Float64),
        "cuts_per_page": ((scenes.height - 1) / minutes if has_scenes and minutes else None, pl.Float64),
        "words": (words, pl.Int32),
        "dialogue_words": (said, pl.Int32),
        "dialogue_share": (said / words if words else None, pl.Float64),
        "characters": (characters, pl.Int32),
        "women_pairs": (women, pl.Int32),
        "reading_ease": (ease, pl.Float64),
        "reading_grade": (grade, pl.Float64),
    }
    return pl.DataFrame(
        {name: [value] for name, (value, _) in row.items()}, schema={name: kind for name, (_, kind) in row.items()}
    )
