"""Speaking characters, their genders as given, and pairs of women."""

from __future__ import annotations

import polars as pl
import pytest

from plugins.analyze.characters import character_frame, read_genders, women_pairs
from plugins.analyze.network import link_frame
from plugins.analyze.script_frame import element_frame, speech_frame

from .by_hand import action, heading, says, script

LONG = "word " * 50
PARTS = (
    says("NARRATOR", "Once.", extension="(V.O.)"),
    heading("INT. A - DAY"),
    says("RUTH", "One two three."),
    says("JOSÉ", LONG),
    action("x\n" * 60),
    heading("INT. B - DAY"),
    says("RUTH", "(low)", "Four.", "Five six.", extension="(CONT'D)"),
    says("ANNA", "Seven."),
)


def speeches_of(*parts: object) -> pl.DataFrame:
    return speech_frame(element_frame(script(*parts))[0])  # type: ignore[arg-type]


def test_hand_worked_cast() -> None:
    cast = character_frame(speeches_of(*PARTS), {})
    assert cast.rows(named=True) == [
        {
            "character": "JOSÉ", "aliases": ["JOSÉ"], "speeches": 1, "words": 50, "scenes": 1, "first_scene": 1,
            "last_scene": 1, "first_page": 1, "last_page": 1, "monologues": 1, "longest_speech": 50, "gender": None,
        },
        {
            "character": "RUTH", "aliases": ["RUTH", "RUTH (CONT'D)"], "speeches": 2, "words": 6, "scenes": 2,
            "first_scene": 1, "last_scene": 2, "first_page": 1, "last_page": 2, "monologues": 0, "longest_speech": 3,
            "gender": None,
        },
        {
            "character": "ANNA", "aliases": ["ANNA"], "speeches": 1, "words": 1, "scenes": 1, "first_scene": 2,
            "last_scene": 2, "first_page": 2, "last_page": 2, "monologues": 0, "longest_speech": 1, "gender": None,
        },
        {
            "character": "NARRATOR", "aliases": ["NARRATOR (V.O.)"], "speeches": 1, "words": 1, "scenes": 0,
            "first_scene": 0, "last_scene": 0, "first_page": 1, "last_page": 1, "monologues": 0, "longest_speech": 1,
            "gender": None,
        },
    ]  # fmt: skip


def test_what_makes_a_monologue_is_a_setting() -> None:
    assert character_frame(speeches_of(*PARTS), {}, 51)["monologues"].sum() == 0
    assert character_frame(speeches_of(*PARTS), {}, 3)["monologues"].sum() == 3


def test_pairs_of_women_count_where_genders_are_given() -> None:
    speeches = speeches_of(*PARTS)
    links = link_frame(speeches)
    pairs = {
        given: women_pairs(character_frame(speeches, read_genders(given)), links)
        for given in ((), ("RUTH=woman",), ("ruth=woman", "Anna=woman"), ("RUTH=man", "ANNA=woman"), ("NOBODY=woman",))
    }
    assert list(pairs.values()) == [None, 0, 1, 0, None]


def test_two_women_who_share_no_scene_are_no_pair() -> None:
    speeches = speeches_of(heading("INT. A"), says("RUTH", "x"), heading("INT. B"), says("ANNA", "x"))
    cast = character_frame(speeches, read_genders(("RUTH=woman", "ANNA=woman")))
    assert women_pairs(cast, link_frame(speeches)) == 0


@pytest.mark.parametrize("given", ["RUTH", "=woman", "RUTH=", "RUTH=female", ""])
def test_genders_that_say_nothing_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="NAME=GENDER"):
        read_genders((given,))


def test_two_genders_for_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two genders"):
        read_genders(("RUTH=woman", "Ruth=man"))


def test_a_cue_with_nothing_but_an_extension_is_nobody() -> None:
    speeches = speeches_of(heading("INT. A"), says("", "Hello?", extension="(V.O.)"), says("RUTH", "Who is there?"))
    assert speeches["character"].to_list() == [None, "RUTH"]
    assert character_frame(speeches, {})["character"].to_list() == ["RUTH"]


def test_nobody_speaks() -> None:
    cast = character_frame(speeches_of(heading("INT. A"), action("x")), {"ruth": "woman"})
    assert cast.height == 0
    assert women_pairs(cast, link_frame(speeches_of(action("x")))) is None
