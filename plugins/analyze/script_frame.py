"""A screenplay as frames: its elements with scene, speaker, page and length; its scenes; its speeches."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from plugins.analyze.headings import read_heading
from toolkit.screenplay.elements import SPOKEN
from toolkit.screenplay.pages import lay_out
from toolkit.words import count_words

if TYPE_CHECKING:
    import polars as pl

    from toolkit.screenplay.elements import Screenplay

COUNTED = (*sorted(SPOKEN), "action", "centred")  # elements whose words are the script's words
# What may stand inside a speech without ending it.
_INSIDE = (*sorted(SPOKEN), "parenthetical", "note", "boneyard", "page break")
_TEXTS = ("kind", "text", "markup", "extension", "dual", "scene_number", "key", "revision")
ELEMENT_COLUMNS = (
    "element", "kind", "text", "markup", "line", "scene", "character", "extension", "dual", "scene_number", "depth",
    "key", "revision", "page",
)  # fmt: skip
SCENE_COLUMNS = (
    "scene", "heading", "setting", "place", "time_of_day", "scene_number", "page", "eighths", "minutes", "words",
    "dialogue_words", "speeches", "speakers", "first_element", "last_element",
)  # fmt: skip


def element_frame(screenplay: Screenplay, page_lines: int = 55) -> tuple[pl.DataFrame, int]:
    """One row an element, and the number of pages.

    Beside the columns of results.script_elements: `lines` that it takes on its page, `words`, `said` (its words if
    they are spoken or sung), `speech` that it belongs to (counted from 1), and `cue` (the name in it, not folded).
    """
    import polars as pl

    elements = screenplay.elements
    lines, pages, count = lay_out(elements, page_lines)
    columns = {name: list(map(attrgetter(name), elements)) for name in _TEXTS}
    numbers = {name: list(map(attrgetter(name), elements)) for name in ("line", "depth")}
    cues, named = _speakers(screenplay)
    frame = pl.DataFrame(
        {
            **columns,
            "line": pl.Series(numbers["line"], dtype=pl.Int32),
            "depth": pl.Series(numbers["depth"], dtype=pl.Int16),
            "lines": pl.Series(lines, dtype=pl.Int32),
            "page": pl.Series(pages, dtype=pl.Int32),
            "cue": pl.Series(cues, dtype=pl.String),
            "named": pl.Series(named, dtype=pl.String),
        },
        schema_overrides=dict.fromkeys(_TEXTS, pl.String),
    )
    kind = pl.col("kind")
    is_cue = kind == "character"
    speech = pl.when(is_cue).then(is_cue.cum_sum()).when(~kind.is_in(_INSIDE)).then(0).forward_fill()
    belongs = is_cue | kind.is_in([*SPOKEN, "parenthetical"])
    frame = frame.with_columns(
        element=pl.int_range(1, pl.len() + 1, dtype=pl.Int32),
        scene=(kind == "scene heading").cum_sum().cast(pl.Int32),
        speech=pl.when(belongs & (speech > 0)).then(speech).cast(pl.Int32),
        words=pl.when(kind.is_in(COUNTED)).then(count_words(pl.col("text"))).otherwise(0).cast(pl.Int32),
    )
    return frame.with_columns(
        said=pl.when(kind.is_in(SPOKEN)).then(pl.col("words")).otherwise(0).cast(pl.Int32),
        character=pl.when(pl.col("speech").is_not_null()).then(pl.col("named").first().over("speech")),
    ), count


def _speakers(screenplay: Screenplay) -> tuple[list[str | None], list[str | None]]:
    """The name in each cue, and what it is folded into; None elsewhere, and where a cue has no name."""
    from toolkit.screenplay.cues import fold_speakers, speaker_of

    texts = dict.fromkeys(element.text for element in screenplay.elements if element.kind == "character")
    alone, folded = {text: speaker_of(text) for text in texts}, fold_speakers(list(texts))
    cues = [element.text if element.kind == "character" else "" for element in screenplay.elements]
    return [alone.get(text) or None for text in cues], [folded.get(text) or None for text in cues]


def stored_elements(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of results.script_elements: NULL where a script says nothing."""
    import polars as pl

    nothing = [
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
        for name in ("markup", "extension", "dual", "scene_number", "key", "revision")
    ]
    counted = [pl.when(pl.col(name) > 0).then(pl.col(name)).alias(name) for name in ("line", "depth", "page")]
    return frame.with_columns(*nothing, *counted).select(ELEMENT_COLUMNS)


def scene_frame(frame: pl.DataFrame, speeches: pl.DataFrame, page_lines: int = 55) -> pl.DataFrame:
    """The rows of results.scenes, out of the elements and `speech_frame`."""
    import polars as pl

    heading = pl.col("kind") == "scene heading"
    scenes = (
        frame.filter(pl.col("scene") > 0)
        .group_by("scene", maintain_order=True)
        .agg(
            pl.col("text").first().alias("heading"),
            pl.col("scene_number").first(),
            pl.col("page").first(),
            pl.col("lines").sum(),
            pl.col("words").sum().cast(pl.Int32),
            pl.col("said").sum().cast(pl.Int32).alias("dialogue_words"),
            pl.col("speech").drop_nulls().n_unique().cast(pl.Int32).alias("speeches"),
            pl.col("element").first().alias("first_element"),
            pl.col("element").last().alias("last_element"),
        )
    )
    speakers = speeches.group_by("scene").agg(
        pl.col("character").drop_nulls().n_unique().cast(pl.Int32).alias("speakers")
    )
    scenes = scenes.join(speakers, on="scene", how="left", maintain_order="left").with_columns(
        pl.col("speakers").fill_null(0)
    )
    read = [read_heading(text) for text in frame.filter(heading)["text"]]
    parts = pl.DataFrame(
        {
            "setting": [one.setting or None for one in read],
            "place": [one.place or None for one in read],
            "time_of_day": [one.time_of_day or None for one in read],
            "number": [one.number for one in read],
        },
        schema=dict.fromkeys(("setting", "place", "time_of_day", "number"), pl.String),
    )
    number = pl.when(pl.col("scene_number") != "").then("scene_number").otherwise("number")
    eighths = (pl.col("lines") * 8 / page_lines).round().clip(lower_bound=1)
    return (
        scenes.hstack(parts)
        .with_columns(
            scene_number=pl.when(number != "").then(number),
            eighths=eighths.cast(pl.Int32),
            minutes=pl.col("lines") / page_lines,
        )
        .select(SCENE_COLUMNS)
    )


def each_speaker(names: pl.Series) -> pl.Expr:
    """Column `character` as lists: of what several say together, each of them. `names` are all of the script."""
    import polars as pl

    from toolkit.screenplay.cues import speakers_in

    alone = set(names.drop_nulls())
    each = {name: list(speakers_in(name, alone)) for name in alone}
    return pl.col("character").replace_strict(each, default=None, return_dtype=pl.List(pl.String))


def speech_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a speech and speaker: speech, scene, page, character, cue, written (the cue as it is written), words.

    `together` says that others speak it too: "A & B", where both have cues of their own, is a speech of each.
    """
    import polars as pl

    written = pl.concat_str("text", "extension", separator=" ").str.strip_chars()
    return (
        frame.filter(pl.col("speech").is_not_null())
        .with_columns(written=written)
        .group_by("speech", maintain_order=True)
        .agg(
            pl.col("scene", "page", "character", "cue", "written").first(),
            pl.col("said").sum().cast(pl.Int32).alias("words"),
        )
        .with_columns(character=each_speaker(frame["character"]))
        .with_columns(together=pl.col("character").list.len().fill_null(1) > 1)
        .explode("character")
    )
