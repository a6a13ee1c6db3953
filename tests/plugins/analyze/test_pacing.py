"""A script as a whole."""

from __future__ import annotations

import polars as pl
import pytest

from plugins.analyze.pacing import pacing_frame
from plugins.analyze.script_frame import element_frame, scene_frame, speech_frame

from .by_hand import action, heading, says, script


def pacing_of(*parts: object, **known: object) -> dict[str, object]:
    frame, pages = element_frame(script(*parts))  # type: ignore[arg-type]
    return pacing_frame(frame, scene_frame(frame, speech_frame(frame)), "fountain", pages, **known).row(0, named=True)  # type: ignore[arg-type]


def test_hand_worked_pacing() -> None:
    # lines: 1 + 2 + 2 + 1, then 3 + 41, then 3 + 2
    found = pacing_of(
        heading("INT. A"), action("One two."), says("RUTH", "Three."),
        heading("INT. B"), action("x\n" * 39 + "x"), heading("INT. C"), action("y"),
        characters=1, women=2, readability=(80.0, 4.0),
    )  # fmt: skip
    assert found == {
        "format": "fountain", "pages": 1, "eighths": 8, "minutes": pytest.approx(1.0), "scenes": 3,
        "scene_eighths": pytest.approx(8 / 3), "median_scene_eighths": 1.0, "cuts_per_page": pytest.approx(2.0),
        "words": 44, "dialogue_words": 1, "dialogue_share": pytest.approx(1 / 44), "characters": 1, "women_pairs": 2,
        "reading_ease": 80.0, "reading_grade": 4.0,
    }  # fmt: skip


def test_what_has_no_meaning_is_null() -> None:
    found = pacing_of(action("..."))
    assert found["scenes"] == 0
    for name in ("scene_eighths", "median_scene_eighths", "cuts_per_page", "dialogue_share", "women_pairs"):
        assert found[name] is None


def test_one_scene_has_no_cut() -> None:
    assert pacing_of(heading("INT. A"))["cuts_per_page"] == 0


def test_the_row_has_the_types_of_its_table() -> None:
    frame, pages = element_frame(script(action("x")))
    schema = pacing_frame(frame, scene_frame(frame, speech_frame(frame)), "text", pages).schema
    assert schema["minutes"] == schema["scene_eighths"] == schema["dialogue_share"] == pl.Float64
    assert schema["pages"] == schema["women_pairs"] == pl.Int32
