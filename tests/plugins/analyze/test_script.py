"""Scripts from a file to frames, and from frames to what people see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from plugins.analyze.script import Script
from plugins.analyze.subtitles import Subtitles
from toolkit.analyzer import Analyzer
from toolkit.arc import levels
from toolkit.document import Document, Workspace
from toolkit.errors import CinekitError, ModelError
from toolkit.frames import checked
from toolkit.words import count_words
from warehouse import Warehouse

from .by_hand import action, heading, says, script

FOUNTAIN = """Title: The Ferry

FADE IN:

INT. KITCHEN - NIGHT

RUTH waits. Rain is on the window, and nobody has come to the house for a very long time.

RUTH (V.O.)
You came back to me.

BEN
(quietly)
I never went away.

EXT. HARBOUR - DAWN

ANNA
Ruth!

RUTH
I am here, Anna. Where else would I be?
"""


def analyzed(folder: Path, text: str, name: str = "ferry.fountain", **settings: Any) -> dict[str, pl.DataFrame]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return dict(Script(**settings).analyze(Document(file), Workspace(folder)))


def test_a_fountain_script_from_end_to_end(tmp_path: Path) -> None:
    frames = analyzed(tmp_path, FOUNTAIN, gender=("RUTH=woman", "Anna=woman", "BEN=man"))
    assert set(frames) == set(Script.writes)
    assert frames["results.scenes"].select("setting", "place", "time_of_day", "speakers").rows() == [
        ("INT", "KITCHEN", "NIGHT", 2),
        ("EXT", "HARBOUR", "DAWN", 2),
    ]
    assert frames["results.characters"].select("character", "words", "gender", "degree").rows() == [
        ("RUTH", 14, "woman", 1.0),
        ("BEN", 4, "man", 0.5),
        ("ANNA", 1, "woman", 0.5),
    ]
    pacing = frames["results.script_pacing"].row(0, named=True)
    assert (pacing["format"], pacing["scenes"], pacing["women_pairs"], pacing["dialogue_words"]) == (
        "fountain",
        2,
        1,
        19,
    )
    assert 60 < pacing["reading_ease"] < 121
    elements = frames["results.script_elements"]
    assert elements["element"].to_list() == list(range(1, elements.height + 1))
    assert elements.filter(kind="character")["character"].to_list() == ["RUTH", "BEN", "ANNA", "RUTH"]
    assert elements.filter(kind="parenthetical")["character"].to_list() == ["BEN"]
    assert elements.filter(kind="title page")["page"].to_list() == [None]


def test_lines_are_what_is_spoken_where_it_stands_in_the_story(tmp_path: Path) -> None:
    frames = analyzed(tmp_path, FOUNTAIN)
    lines = Script().lines(frames)
    assert lines is not None
    words = frames["results.script_pacing"]["words"].item()
    assert lines["text"].to_list()[:2] == ["You came back to me.", "I never went away."]
    assert lines["scene"].to_list() == [1, 1, 2, 2]
    assert lines["character"].to_list() == ["RUTH", "BEN", "ANNA", "RUTH"]
    assert lines["share"].to_list()[-1] == pytest.approx(1 - 4.5 / words)
    assert lines["share"].is_sorted()
    assert lines.schema == {
        "place": pl.Int32, "text": pl.String, "scene": pl.Int32, "character": pl.String, "share": pl.Float64,
        "seconds": pl.Float64,
    }  # fmt: skip


def derived(*parts: Any, form: str = "fountain", **settings: Any) -> dict[str, pl.DataFrame]:
    return dict(Script(**settings).derive(script(*parts, form=form)))


@pytest.mark.parametrize(
    "parts",
    [
        [action("A poem that nobody speaks")],
        [says("RUTH", "A play."), says("BEN", "Without scenes.")],
        [heading("INT. A"), says("RUTH", "Alone.")],
        [heading("INT. A")],
        [says("", "A cue with an extension only.", extension="(V.O.)")],
        [heading("ВНУТРИ"), says("АННА", "Да."), says("李", "好。")],
    ],
)
def test_unusual_scripts_have_rows_that_fit_their_tables(warehouse: Warehouse, parts: list[Any]) -> None:
    frames = derived(*parts)
    for table, frame in frames.items():
        assert checked(warehouse, table, frame, "script").height == frame.height
    assert frames["results.script_pacing"].height == 1
    lines = Script().lines(frames)
    assert lines is not None
    assert lines["share"].is_between(0, 1).all()


def test_subtitles_have_rows_that_fit_their_tables(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello", encoding="utf-8")
    for table, frame in Subtitles().analyze(Document(file), Workspace(tmp_path)).items():
        assert checked(warehouse, table, frame, "subtitles").height == 1


@pytest.mark.parametrize("model", [Script, Subtitles])
def test_what_people_see_can_be_asked_for(warehouse: Warehouse, model: type[Analyzer]) -> None:
    for shown in model.shows:
        found = warehouse.query(shown.sql, {"runs": ["nobody"]})
        assert found.height == 0
        assert set(shown.bars) <= set(found.columns)
        assert found.columns[0] == "document"


def test_other_languages_have_no_readability(tmp_path: Path) -> None:
    text = FOUNTAIN.replace(
        "You came back to me.", "Du bist endlich zu mir zurückgekommen, und ich habe so lange auf dich gewartet."
    ).replace("Rain is on the window, and nobody has come to the house for a very long time.", "Regen am Fenster.")
    text = text.replace("I never went away.", "Ich war doch niemals wirklich fort von hier.")
    text = text.replace("I am here, Anna. Where else would I be?", "Ich bin hier. Wo sollte ich denn sonst sein?")
    pacing = analyzed(tmp_path, text)["results.script_pacing"].row(0, named=True)
    assert (pacing["reading_ease"], pacing["reading_grade"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "text"), [("a.txt", "Just a note to myself.\n"), ("b.fountain", "# Act one\n\n= Nothing happens.\n")]
)
def test_what_is_no_script_is_refused_and_says_what_was_looked_for(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ModelError, match=r"INT\. KITCHEN - DAY") as caught:
        analyzed(tmp_path, text, name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(name)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CinekitError, match="empty"):
        analyzed(tmp_path, "")


def test_settings_are_validated() -> None:
    for wrong in ({"gender": ("RUTH=w",)}, {"monologue": 0}, {"themes": -1}, {"page_lines": 5}, {"theme_words": 0}):
        with pytest.raises(ValidationError):
            Script(**wrong)  # type: ignore[arg-type]


def test_the_same_script_has_the_same_rows() -> None:
    parts = [part for place in range(8) for part in (heading(f"INT. {place}"), action("sea boat"), says("RUTH", "Oh."))]
    first, second = derived(*parts), derived(*parts)
    assert all(first[table].equals(second[table]) for table in first)


PARTS = st.one_of(
    st.builds(heading, st.sampled_from(["INT. A - DAY", "EXT. B", "", "KÜCHE"])),
    st.builds(action, st.text(max_size=30)),
    st.builds(
        says,
        st.sampled_from(["RUTH", "BEN", "Ruth", "", "李"]),
        st.text(max_size=20),
        extension=st.sampled_from(["", "(V.O.)"]),
        dual=st.sampled_from(["", "left", "right"]),
    ),
)


@given(st.lists(PARTS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_counts_of_scenes_characters_and_the_whole_agree(parts: list[Any]) -> None:
    frames = derived(*parts, themes=0)
    scenes, characters, links, pacing = (
        frames[f"results.{name}"] for name in ("scenes", "characters", "character_links", "script_pacing")
    )
    elements, whole = frames["results.script_elements"], pacing.row(0, named=True)
    assert scenes.height == whole["scenes"] == elements.filter(kind="scene heading").height
    assert characters.height == whole["characters"]
    assert characters["words"].sum() <= whole["dialogue_words"] <= whole["words"]
    assert scenes["words"].sum() <= whole["words"]
    assert links.filter(kind="speaks")["speeches"].sum() <= characters["speeches"].sum()
    assert characters.height == 0 or characters["pagerank"].sum() == pytest.approx(1, abs=1e-4)
    if scenes.height:
        assert scenes["last_element"].to_list() == [
            *(first - 1 for first in scenes["first_element"][1:]),
            elements.height,
        ]
        assert characters.height == 0 or characters["degree"].is_between(0, 1).all()


@pytest.mark.slow
def test_a_pair_of_one_script_in_two_formats_gives_the_same(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "screenplays/vilcans+screenplain/examples"
    for stem in ("Brick-and-Steel", "The-Last-Birthday-Card"):
        pair = [
            Script().analyze(Document(folder / f"{stem}{ending}"), Workspace(tmp_path))
            for ending in (".fountain", ".fdx")
        ]
        for table in ("scenes", "characters", "character_links", "themes"):
            first, second = (
                frames[f"results.{table}"].drop("first_element", "last_element", strict=False) for frames in pair
            )
            assert first.equals(second), (stem, table)


@pytest.mark.slow
def test_a_play_of_forty_thousand_lines(real_data: Path, tmp_path: Path) -> None:
    frames = Script().analyze(Document(real_data / "plays/shakespeare.txt"), Workspace(tmp_path))
    cast = frames["results.characters"]
    assert {"ROMEO", "JULIET", "CORIOLANUS"} <= set(cast["character"])
    assert cast["pagerank"].sum() == pytest.approx(1, abs=1e-4)


def test_characters_of_sentiment_are_the_characters(tmp_path: Path) -> None:
    text = "INT. A - DAY\n\n" + "".join(
        f"{name}\n{words}\n\n"
        for name, words in (("ANN", "Good."), ("BOB", "Bad thing."), ("ANN & BOB", "We win."), ("MOM & POP", "Fine."))
    )
    frames = analyzed(tmp_path, text)
    lines = Script(themes=0).lines(frames)
    assert lines is not None
    scored = levels(lines.with_columns(words=count_words(pl.col("text")), sentiment=pl.lit(0.5)))
    spoken = scored.filter(level="character").select("character", "words").sort("character")
    assert spoken.equals(frames["results.characters"].select("character", "words").sort("character"))
    assert scored.filter(level="line")["character"].to_list() == ["ANN", "BOB", "ANN & BOB", "MOM & POP"]
