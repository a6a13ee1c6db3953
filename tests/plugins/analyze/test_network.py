"""Who shares scenes and who speaks to whom, and measures of that network."""

from __future__ import annotations

import time
from itertools import pairwise

import polars as pl
import pytest

from plugins.analyze.network import MOST_SHARING, link_frame, measure_frame
from plugins.analyze.script_frame import element_frame, speech_frame

from .by_hand import heading, says, script


def speeches(*spoken: tuple[int, str | None, int]) -> pl.DataFrame:
    """Scene, character and words of each speech."""
    return pl.DataFrame(
        spoken, schema={"scene": pl.Int32, "character": pl.String, "words": pl.Int32}, orient="row"
    ).with_columns(speech=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), together=pl.lit(False))


def links(*pairs: tuple[str, str, str, int]) -> pl.DataFrame:
    """Kind, characters, and scenes or speeches of each link."""
    return pl.DataFrame(
        [(kind, one, other, weight, weight, 1) for kind, one, other, weight in pairs],
        schema={
            "kind": pl.String, "from_character": pl.String, "to_character": pl.String, "scenes": pl.Int32,
            "speeches": pl.Int32, "words": pl.Int32,
        },
        orient="row",
    )  # fmt: skip


def test_a_speech_is_to_the_last_other_speaker_of_the_scene_or_to_the_next() -> None:
    found = link_frame(
        speeches((1, "A", 3), (1, "B", 5), (1, "A", 7), (1, "C", 2), (2, "A", 9), (3, "B", 1), (3, "C", 4))
    )
    assert found.rows() == [
        ("shares", "A", "B", 1, None, None),
        ("shares", "A", "C", 1, None, None),
        ("shares", "B", "C", 2, None, None),
        ("speaks", "A", "B", 1, 2, 10),
        ("speaks", "B", "A", 1, 1, 5),
        ("speaks", "B", "C", 1, 1, 1),
        ("speaks", "C", "A", 1, 1, 2),
        ("speaks", "C", "B", 1, 1, 4),
    ]


def test_what_two_say_together_is_a_speech_of_each_and_to_neither() -> None:
    parts = (
        heading("INT. A - DAY"),
        says("ANN", "Now."),
        says("BOB", "Yes."),
        says("ANN & BOB", "We two."),
        says("CID", "No."),
    )
    spoken = speech_frame(element_frame(script(*parts))[0])
    assert spoken.select("character", "words", "together").rows() == [
        ("ANN", 1, False),
        ("BOB", 1, False),
        ("ANN", 2, True),
        ("BOB", 2, True),
        ("CID", 1, False),
    ]
    speaks = link_frame(spoken).filter(kind="speaks").select("from_character", "to_character", "words").rows()
    assert speaks == [("ANN", "BOB", 1), ("BOB", "ANN", 1), ("CID", "BOB", 1)]
    # MOM AND POP without cues of their own are one.
    one = speech_frame(element_frame(script(heading("INT. A - DAY"), says("MOM AND POP", "Hello.")))[0])
    assert one["character"].to_list() == ["MOM AND POP"]


def test_speeches_in_a_row_are_all_to_the_same() -> None:
    found = link_frame(speeches((1, "A", 1), (1, "A", 1), (1, "B", 1), (1, "B", 1))).filter(kind="speaks")
    assert found.select("from_character", "to_character", "speeches").rows() == [("A", "B", 2), ("B", "A", 2)]


def test_speeches_of_nobody_that_is_known_are_passed_over() -> None:
    found = link_frame(speeches((1, "A", 1), (1, None, 1), (1, "B", 1))).filter(kind="speaks")
    assert found["speeches"].to_list() == [1, 1]


def test_without_scenes_nobody_shares_one_and_all_speak_to_each_other() -> None:
    found = link_frame(speeches((0, "A", 1), (0, "B", 1)))
    assert found["kind"].to_list() == ["speaks", "speaks"]
    measured = measure_frame(["A", "B"], found, scenes=False)
    assert measured.select("degree", "betweenness", "community").row(0) == (None, None, None)
    assert measured["pagerank"].to_list() == pytest.approx([0.5, 0.5])


def test_what_comes_before_the_first_heading_is_a_scene_where_there_are_others() -> None:
    found = link_frame(speeches((0, "A", 1), (0, "B", 1), (1, "A", 1)))
    assert ("shares", "A", "B", 1, None, None) in found.rows()


def test_a_star_has_one_in_its_middle() -> None:
    star = links(("shares", "H", "X", 1), ("shares", "H", "Y", 1), ("shares", "H", "Z", 1))
    measured = measure_frame(["H", "X", "Y", "Z"], star, scenes=True)
    assert measured["degree"].to_list() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    assert measured["betweenness"].to_list() == [1, 0, 0, 0]


def test_pagerank_worked_by_hand() -> None:
    # B says nothing and hands its rank to both: a = .15/2 + .85·b/2 and a + b = 1
    measured = measure_frame(["A", "B"], links(("speaks", "A", "B", 3)), scenes=True)
    assert measured["pagerank"].to_list() == pytest.approx([0.5 / 1.425, 1 - 0.5 / 1.425], abs=1e-5)


def test_communities_are_groups_who_share_scenes_the_largest_first() -> None:
    pairs = [("E", "F"), ("F", "G"), ("E", "G"), ("G", "H"), ("E", "H"), ("A", "B"), ("B", "C"), ("A", "C")]
    known = links(*(("shares", one, other, 5) for one, other in pairs), ("shares", "C", "E", 1))
    measured = measure_frame(list("ABCEFGH"), known, scenes=True)
    assert measured["community"].to_list() == [2, 2, 2, 1, 1, 1, 1]
    assert measured.equals(measure_frame(list("ABCEFGH"), known, scenes=True))


def test_one_character_alone() -> None:
    measured = measure_frame(["A"], link_frame(speeches((1, "A", 5))), scenes=True)
    assert measured.rows() == [("A", 0.0, 0.0, 1.0, 1)]


def test_nobody() -> None:
    found = link_frame(speeches())
    assert found.height == 0
    assert measure_frame([], found, scenes=True).height == 0


def test_many_characters_are_measured_alike_every_time() -> None:
    cast = [f"C{place}" for place in range(320)]
    ring = links(*(("shares", cast[place], cast[place - 1], 1) for place in range(320)))
    first, second = (measure_frame(cast, ring, scenes=True, seed=4) for _ in range(2))
    assert first.equals(second)
    assert first["betweenness"].is_between(0, 1).all()


def test_in_a_scene_of_too_many_only_those_who_follow_each_other_share_it() -> None:
    names = [f"S{place:04d}" for place in range(MOST_SHARING + 1)]
    crowd = [(1, name, 1) for name in names]
    again = [(2, names[0], 1), (2, names[1], 1), (2, names[5], 1), (3, names[0], 1), (3, names[1], 1)]
    shares = link_frame(speeches(*crowd, *again)).filter(kind="shares")
    scenes = {
        (one, other): count for one, other, count in shares.select("from_character", "to_character", "scenes").rows()
    }
    expected = dict.fromkeys(pairwise(names), 1) | {
        (names[0], names[1]): 3, (names[0], names[5]): 1, (names[1], names[5]): 1
    }  # fmt: skip
    assert scenes == expected
    # One fewer, and all of them are linked.
    fewer = link_frame(speeches(*crowd[:-1])).filter(kind="shares")
    assert fewer.height == MOST_SHARING * (MOST_SHARING - 1) // 2


@pytest.mark.slow
def test_a_list_of_four_thousand_names_takes_moments() -> None:
    spoken = speeches(*((1, f"S{place}", 1) for place in range(4_000)))
    began = time.process_time()
    found = link_frame(spoken)
    measured = measure_frame(spoken["character"].to_list(), found, scenes=True)
    assert time.process_time() - began < 8
    assert found.height < 4 * 4_000
    assert measured.height == 4_000
    assert not measured["degree"].has_nulls()
