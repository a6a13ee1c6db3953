"""Scenes: what headings say, and what scenes come to."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analyze.headings import Heading, read_heading
from plugins.analyze.script_frame import element_frame, scene_frame, speech_frame

from .by_hand import action, heading, says, script


@pytest.mark.parametrize(
    ("text", "setting", "place", "time"),
    [
        ("INT. KITCHEN - DAY", "INT", "KITCHEN", "DAY"),
        ("EXT KITCHEN - NIGHT", "EXT", "KITCHEN", "NIGHT"),
        ("int. house - kitchen - night", "INT", "house - kitchen", "night"),
        ("INT. HOUSE – KITCHEN — NIGHT", "INT", "HOUSE - KITCHEN", "NIGHT"),
        ("INT. HOUSE -- DAY", "INT", "HOUSE", "DAY"),
        ("INT. HOUSE -NIGHT", "INT", "HOUSE", "NIGHT"),
        ("INT. HOUSE - KITCHEN", "INT", "HOUSE - KITCHEN", ""),
        ("INT./EXT. CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("INT/EXT CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("EXT./INT. CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("INT. / EXT. CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("I/E CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("I/E. CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("I./E. CAR - DAY", "INT/EXT", "CAR", "DAY"),
        ("EST. HARBOUR - DAWN", "", "HARBOUR", "DAWN"),
        ("INTERIOR: SALOON - EVENING", "INT", "SALOON", "EVENING"),
        ("EXT. DRIVE-IN - LATE AFTERNOON", "EXT", "DRIVE-IN", "LATE AFTERNOON"),
        ("EXT. ROAD - THE NEXT DAY", "EXT", "ROAD", "THE NEXT DAY"),
        ("EXT. ROAD - MOMENTS LATER", "EXT", "ROAD", "MOMENTS LATER"),
        ("EXT. ROAD - 3 A.M.", "EXT", "ROAD", "3 A.M."),
        ("EXT. ROAD - DAY/NIGHT", "EXT", "ROAD", "DAY/NIGHT"),
        ("EXT. ROAD - MAGIC HOUR", "EXT", "ROAD", "MAGIC HOUR"),
        ("EXT. ROAD - DAY (1955)", "EXT", "ROAD", "DAY"),
        ("EXT. ROAD - DAY - FLASHBACK", "EXT", "ROAD", "DAY"),
        ("EXT. ROAD (FLASHBACK) - DAY", "EXT", "ROAD", "DAY"),
        ("INT. SAN FRANCISCO APARTMENT, DAY", "INT", "SAN FRANCISCO APARTMENT", "DAY"),
        ("EXT. HOUSE, CONTINUED", "EXT", "HOUSE", "CONTINUED"),
        ("EXT. HOUSE - CONT'D", "EXT", "HOUSE", "CONT'D"),
        ("EXT. HOUSE, A BIT LATER", "EXT", "HOUSE", "A BIT LATER"),
        ("INT. KITCHEN. NIGHT", "INT", "KITCHEN", "NIGHT"),
        ("INT. DAY CARE - HALL", "INT", "DAY CARE - HALL", ""),
        ("INT. HOUSE - DAY ROOM", "INT", "HOUSE - DAY ROOM", ""),
        ("INT. CUISINE - NUIT", "INT", "CUISINE", "NUIT"),
        ("INNEN. KÜCHE - TAG", "INT", "KÜCHE", "TAG"),
        ("AUSSEN. HAFEN - NACHT", "EXT", "HAFEN", "NACHT"),
        ("CHEZ MARIE - JOUR", "", "CHEZ MARIE", "JOUR"),
        ("台所・夜", "", "台所・夜", ""),
        ("НАТ. УЛИЦА", "", "НАТ. УЛИЦА", ""),
        ("SNIPER SCOPE POV", "", "SNIPER SCOPE POV", ""),
        ("INTERVIEW ROOM - DAY", "", "INTERVIEW ROOM", "DAY"),
        ("EXTRA LARGE", "", "EXTRA LARGE", ""),
        ("INT.", "INT", "", ""),
        ("INT. - DAY", "INT", "DAY", ""),
        ("", "", "", ""),
    ],
)
def test_headings_in_the_usual_spellings(text: str, setting: str, place: str, time: str) -> None:
    assert read_heading(text) == Heading(setting, place, time)


@pytest.mark.parametrize(
    ("text", "number", "place"),
    [
        ("12 INT. KITCHEN - DAY 12", "12", "KITCHEN"),
        ("A12. INT. KITCHEN - DAY", "A12", "KITCHEN"),
        ("12A) INT. KITCHEN - DAY", "12A", "KITCHEN"),
        ("12 ANGRY MEN", "", "12 ANGRY MEN"),
    ],
)
def test_numbers_in_headings(text: str, number: str, place: str) -> None:
    found = read_heading(text)
    assert (found.number, found.place) == (number, place)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["INT", ".", "/", "EXT", " - ", "DAY", "(", ")", "12 ", "—"])).map("".join)
)
def test_whatever_a_heading_says_something_of_it_is_kept(text: str) -> None:
    found = read_heading(text)
    assert found.setting in ("", "INT", "EXT", "INT/EXT")
    assert found.setting or found.place or not text.split()


def scenes_of(*parts: object, page_lines: int = 55) -> pl.DataFrame:
    frame, _ = element_frame(script(*parts), page_lines)  # type: ignore[arg-type]
    return scene_frame(frame, speech_frame(frame), page_lines)


def test_hand_worked_scenes() -> None:
    scenes = scenes_of(
        action("Fade in."),
        heading("INT. KITCHEN - DAY", "1"),
        action("Ruth waits for him."),
        says("RUTH", "You came.", "(low)", "Why?"),
        says("BEN", "I don't know."),
        says("RUTH", "Go."),
        heading("2 EXT. HARBOUR"),
        action("x\n" * 53 + "x"),
    )
    assert scenes.rows(named=True) == [
        {
            "scene": 1, "heading": "INT. KITCHEN - DAY", "setting": "INT", "place": "KITCHEN", "time_of_day": "DAY",
            "scene_number": "1", "page": 1, "eighths": 2, "minutes": 16 / 55, "words": 11, "dialogue_words": 7,
            "speeches": 3, "speakers": 2, "first_element": 2, "last_element": 11,
        },
        {
            "scene": 2, "heading": "2 EXT. HARBOUR", "setting": "EXT", "place": "HARBOUR", "time_of_day": None,
            "scene_number": "2", "page": 1, "eighths": 8, "minutes": 58 / 55, "words": 54, "dialogue_words": 0,
            "speeches": 0, "speakers": 0, "first_element": 12, "last_element": 13,
        },
    ]  # fmt: skip


def test_a_scene_of_one_line_is_an_eighth() -> None:
    assert scenes_of(heading("INT. A"))["eighths"].to_list() == [1]


def test_a_script_without_headings_has_no_scenes() -> None:
    scenes = scenes_of(action("x"), says("RUTH", "Yes."))
    assert scenes.height == 0
    assert scenes.width == 15


def test_words_are_counted_in_any_script_and_apostrophes_belong_to_them() -> None:
    scenes = scenes_of(heading("INT. A"), action("Don't, o’clock; well-known हिन्दी में - 42 ÉTÉ"))
    assert scenes["words"].to_list() == [8]


def test_minutes_of_scenes_add_up_to_the_script() -> None:
    parts = [part for place in range(40) for part in (heading(f"INT. {place}"), action("word " * 40), says("A", "b"))]
    frame, _ = element_frame(script(*parts))
    assert scene_frame(frame, speech_frame(frame))["minutes"].sum() == pytest.approx(frame["lines"].sum() / 55)
