"""Themes: topics over scenes."""

from __future__ import annotations

import polars as pl
import pytest

from plugins.analyze.script_frame import element_frame
from plugins.analyze.themes import theme_frames

from .by_hand import action, heading, says, script

SEA = "The harbour, the ship, an anchor and sails; salt water under the ship."
COURT = "The judge reads; a lawyer and the jury listen while the witness swears before the judge."


def elements_of(*parts: object) -> pl.DataFrame:
    return element_frame(script(*parts))[0]  # type: ignore[arg-type]


def words_in(text: str) -> set[str]:
    return {word.strip(".,;").lower() for word in text.split()}


def two_stories(scenes: int = 4) -> pl.DataFrame:
    return elements_of(
        *(
            part
            for place in range(scenes)
            for part in (
                heading(f"INT. PLACE {place} - DAY"),
                action(SEA if place % 2 else COURT),
                says("RUTH", "Ruth doesn't know Ruth's brother."),
            )
        )
    )


def test_scenes_about_two_things_have_two_themes() -> None:
    themes, scenes = theme_frames(two_stories(), "en", themes=2, words=5)
    words = [set(group["word"]) for _, group in themes.group_by("theme", maintain_order=True)]
    about = [words_in(SEA), words_in(COURT)]
    assert {words[0] <= about[0], words[0] <= about[1]} == {True, False}
    assert {words[1] <= about[0], words[1] <= about[1]} == {True, False}
    assert not words[0] & words[1]
    strongest = scenes.sort("scene", "share").group_by("scene", maintain_order=True).last()["theme"].to_list()
    assert strongest[0] == strongest[2] != strongest[1] == strongest[3]


def test_shares_of_a_scene_sum_to_one_and_weights_fall() -> None:
    themes, scenes = theme_frames(two_stories(10), "en", themes=3)
    assert scenes.group_by("scene").agg(pl.col("share").sum())["share"].to_list() == pytest.approx([1.0] * 10)
    for _, group in themes.group_by("theme"):
        assert group["weight"].is_sorted(descending=True)
        assert group["weight"].sum() <= 1 + 1e-9
        assert group["place"].to_list() == list(range(1, group.height + 1))


def test_the_same_script_has_the_same_themes() -> None:
    first, second = (theme_frames(two_stories(), "en", 2, seed=3) for _ in range(2))
    assert first[0].equals(second[0])
    assert first[1].equals(second[1])


def test_names_stop_words_and_short_words_are_left_out() -> None:
    words = set(theme_frames(two_stories(), "en", 2, words=50)[0]["word"])
    assert words
    assert not words & {"ruth", "ruth's", "the", "an", "and", "doesn't", "while"}


def test_other_languages_leave_out_what_most_scenes_have() -> None:
    common = "und der die das"
    own = ["hafen schiff anker", "richter urteil gericht", "hafen schiff segel", "richter zeuge gericht"] * 3
    frame = elements_of(*(part for text in own for part in (heading("INNEN. X"), action(f"{common} {text}"))))
    words = set(theme_frames(frame, "de", 2)[0]["word"])
    assert words
    assert not words & set(common.split())


def test_there_is_no_more_than_a_theme_for_two_scenes() -> None:
    for scenes in (3, 4, 8):
        themes, _ = theme_frames(two_stories(scenes), "en", themes=40)
        assert 1 <= themes["theme"].n_unique() <= scenes // 2


@pytest.mark.parametrize(
    "frame",
    [
        elements_of(action(SEA)),
        elements_of(heading("INT. A"), action(SEA), heading("INT. B"), action(COURT)),
        elements_of(*(part for _ in range(5) for part in (heading("INT. A"), action("the and of")))),
        elements_of(*(part for _ in range(5) for part in (heading("INT. A"), action(SEA)))),
        elements_of(),
    ],
)
def test_scripts_that_have_no_themes(frame: pl.DataFrame) -> None:
    themes, scenes = theme_frames(frame, "en")
    assert themes.height == scenes.height == 0
    assert themes.columns == ["theme", "place", "word", "weight"]
    assert scenes.columns == ["scene", "theme", "share"]


def test_no_themes_are_wanted() -> None:
    assert theme_frames(two_stories(), "en", themes=0)[0].height == 0
