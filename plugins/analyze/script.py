"""Screenplays: scenes, characters, who speaks to whom, pacing, themes and readability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import field_validator

from plugins.analyze.characters import character_frame, read_genders, women_pairs
from plugins.analyze.network import link_frame, measure_frame
from plugins.analyze.pacing import pacing_frame
from plugins.analyze.readability import readability
from plugins.analyze.script_frame import (
    COUNTED,
    each_speaker,
    element_frame,
    scene_frame,
    speech_frame,
    stored_elements,
)
from plugins.analyze.script_shows import SHOWS
from plugins.analyze.themes import theme_frames
from toolkit.analyzer import Analyzer, Shown
from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.screenplay.elements import SPOKEN
from toolkit.words import count_words

if TYPE_CHECKING:
    import polars as pl

    from toolkit.document import Document, Workspace
    from toolkit.screenplay.elements import Screenplay

_DECLARED = frozenset({".fountain", ".spmd", ".fdx"})
_PRINTED = ("action", "centred", "transition")


class Script(Analyzer):
    """Scenes, characters, who speaks to whom, pacing and themes of screenplays.

    Reads Fountain, Final Draft, indented plain text and PDF. Pages are laid out by the usual rules, and a page counts
    as a minute. docs/scripts.md defines every number. Genders are never guessed from names: pairs of women who speak
    to each other are counted where --gender says who is one.
    """

    name: ClassVar[str] = "script"
    kind: ClassVar[str] = "script"
    suffixes: ClassVar[tuple[str, ...]] = (".fountain", ".spmd", ".fdx", ".txt", ".pdf")
    writes: ClassVar[tuple[str, ...]] = (
        "results.script_elements", "results.scenes", "results.characters", "results.character_links",
        "results.script_pacing", "results.themes", "results.scene_themes",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = SHOWS

    gender: tuple[str, ...] = setting((), "Gender of a character as NAME=woman, =man or =nonbinary; may be repeated")
    monologue: int = setting(50, "Words that make a speech a monologue", ge=1)
    themes: int = setting(5, "Themes to find; 0 for none", ge=0, le=50)
    theme_words: int = setting(8, "Words that tell a theme", ge=1, le=100)
    page_lines: int = setting(55, "Lines of a page", ge=20, le=100)

    @field_validator("gender")
    @classmethod
    def _readable(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        read_genders(given)
        return given

    def analyze(self, document: Document, workspace: Workspace) -> Mapping[str, pl.DataFrame]:
        """Rows of all its tables. Raises SourceError where a file cannot be read, ModelError where it is no script."""
        from toolkit.screenplay.reading import read_screenplay

        screenplay = read_screenplay(document)
        _check(screenplay, document)
        return self.derive(screenplay, workspace.seed)

    def derive(self, screenplay: Screenplay, seed: int = 0) -> Mapping[str, pl.DataFrame]:
        """Rows of all its tables, out of a screenplay that was read."""
        import polars as pl

        from toolkit.language import language_of

        elements, pages = element_frame(screenplay, self.page_lines)
        speeches = speech_frame(elements)
        scenes = scene_frame(elements, speeches, self.page_lines)
        links = link_frame(speeches)
        characters = character_frame(speeches, read_genders(self.gender), self.monologue)
        # In the order of the story, so that numbers of communities do not hang on counts of words.
        cast = speeches["character"].drop_nulls().unique(maintain_order=True).to_list()
        measures = measure_frame(cast, links, scenes.height > 0, seed)
        texts = elements.filter(pl.col("kind").is_in(COUNTED))["text"]
        language = language_of("\n".join(texts))
        themes, scene_themes = theme_frames(elements, language, self.themes, self.theme_words, seed)
        return {
            "results.script_elements": stored_elements(elements),
            "results.scenes": scenes,
            "results.characters": characters.join(measures, on="character", how="left", maintain_order="left"),
            "results.character_links": links,
            "results.script_pacing": pacing_frame(
                elements,
                scenes,
                screenplay.format,
                pages,
                self.page_lines,
                characters.height,
                women_pairs(characters, links),
                readability(texts) if language == "en" else (None, None),
            ),
            "results.themes": themes,
            "results.scene_themes": scene_themes,
        }

    def lines(self, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
        """What is spoken and sung; the share of a line is that of the words up to its middle, action included.

        Of what several say together, `character` has each of them on a line of its own.
        """
        import polars as pl

        kind, words = pl.col("kind"), pl.col("words")
        counted = frames["results.script_elements"].with_columns(
            words=pl.when(kind.is_in(COUNTED)).then(count_words(pl.col("text"))).otherwise(0)
        )
        middle = words.cum_sum() - words / 2
        return (
            counted.with_columns(share=middle / words.sum())
            .filter(kind.is_in(SPOKEN), words > 0)
            .select(
                pl.col("element").alias("place"),
                "text",
                pl.when(pl.col("scene") > 0).then("scene").alias("scene"),
                each_speaker(counted["character"]).list.join("\n"),
                "share",
                pl.lit(None, pl.Float64).alias("seconds"),
            )
        )


def _check(screenplay: Screenplay, document: Document) -> None:
    """Raise ModelError where nothing looks like a script; files of writing programs may be action and nothing else."""
    kinds = {element.kind for element in screenplay.elements}
    declared = document.suffix in _DECLARED
    if not kinds & {"scene heading", "character", *SPOKEN, *(_PRINTED if declared else ())}:
        raise ModelError(
            f"{document.name} has nothing that looks like a script: no scene heading such as INT. KITCHEN - DAY, and "
            "no name in capitals above what is said; is it the right file?"
        )
