"""Pages: how many lines elements take, and where pages end."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.screenplay.elements import Element, Kind
from toolkit.screenplay.pages import lay_out

from .by_hand import action, heading, says

WORD = "abcd"


def words(count: int) -> str:
    """Text of five columns a word, one less in all."""
    return " ".join([WORD] * count)


@pytest.mark.parametrize(
    ("element", "lines"),
    [
        (action(words(12)), 1),  # 59 columns of 60
        (action(words(13)), 2),  # 64
        (action("a" * 60), 1),
        (action("a" * 61), 2),
        (action("a" * 121), 3),
        (action(f"{'a' * 30} {'b' * 30}"), 2),
        (action("one\ntwo\n\nfour"), 4),
        (Element("dialogue", words(7)), 1),  # 34 of 35
        (Element("dialogue", words(8)), 2),
        (Element("parenthetical", words(5)), 1),  # 24 of 25
        (Element("parenthetical", words(6)), 2),
        (Element("centred", "THE END"), 1),
        (Element("title page", "A title", key="Title"), 0),
        (Element("note", words(40)), 0),
        (Element("section", "Act one", depth=1), 0),
        (Element("synopsis", words(40)), 0),
        (Element("boneyard", words(40)), 0),
        (Element("page break"), 0),
    ],
)
def test_lines_of_one_element(element: Element, lines: int) -> None:
    assert lay_out([element])[0].tolist() == [lines]


def test_blank_lines_stand_between_elements_and_not_within_a_speech() -> None:
    elements = [
        action("x"), heading("INT. A"), action("x"), *says("RUTH", "Yes.", "(low)", "No."), *says("BEN", "What?"),
        Element("transition", "CUT TO:"),
    ]  # fmt: skip
    assert lay_out(elements)[0].tolist() == [1, 3, 2, 2, 1, 1, 1, 2, 1, 2]


def test_a_page_holds_55_lines() -> None:
    lines, pages, count = lay_out([action("x")] * 57)
    # 28 elements take 1 + 27 · 2 = 55 lines
    assert pages.tolist() == [1] * 28 + [2] * 28 + [3]
    assert lines.tolist() == [1, *[2] * 27, 1, *[2] * 27, 1]
    assert count == 3


def test_a_long_element_runs_on() -> None:
    _, pages, count = lay_out([action("\n".join("x" * 130)), action("y")])
    assert pages.tolist() == [1, 3]
    assert count == 3


def test_a_heading_and_a_cue_stay_with_what_follows() -> None:
    filled = [action("x")] * 26  # 51 lines
    assert lay_out([*filled, heading("INT. A"), action("x")])[1].tolist()[-2:] == [2, 2]
    assert lay_out([*filled, action("x"), *says("RUTH", "Yes.")])[1].tolist()[-3:] == [1, 2, 2]


def test_a_forced_break_begins_a_page_once() -> None:
    elements = [Element("page break"), action("x"), Element("page break"), Element("page break"), action("y")]
    assert lay_out(elements)[1].tolist() == [1, 1, 2, 2, 2]
    assert lay_out(elements)[2] == 2


def test_dual_dialogue_counts_once() -> None:
    short, long = says("RUTH", "Yes.", dual="left"), says("BEN", "One\ntwo\nthree", dual="right")
    assert lay_out([action("x"), *short, *long])[0].tolist() == [1, 2, 1, 0, 2]
    assert lay_out([action("x"), *says("RUTH", "One\ntwo\nthree", dual="left"), *says("BEN", "No.", dual="right")])[
        0
    ].tolist() == [1, 2, 3, 0, 0]


def test_two_pairs_of_dual_dialogue_are_apart() -> None:
    pair = [*says("RUTH", "One\ntwo", dual="left"), *says("BEN", "No.", dual="right")]
    assert lay_out([*pair, *pair])[0].tolist() == [1, 2, 0, 0, 2, 2, 0, 0]


def test_pages_of_other_lengths() -> None:
    assert lay_out([action("x")] * 20, 20)[2] == 2


def test_nothing_has_no_pages() -> None:
    assert lay_out([])[2] == 0
    assert lay_out([Element("note", "x")])[2] == 0


@given(
    st.lists(
        st.builds(
            Element,
            kind=st.sampled_from(get_args(Kind)),
            text=st.text(st.sampled_from("ab \n"), max_size=200),
            dual=st.sampled_from(["", "left", "right"]),
        ),
        max_size=60,
    ),
    st.integers(20, 60),
)
def test_pages_hold_what_they_can_and_never_run_back_by_more_than_a_dual_speech(
    elements: list[Element], page_lines: int
) -> None:
    lines, pages, count = lay_out(elements, page_lines)
    assert (lines >= 0).all()
    assert lines.sum() <= count * page_lines
    assert pages.max(initial=0) <= count + 1  # a break may begin a page that stays empty
    beside = [page for element, page in zip(elements, pages.tolist(), strict=True) if element.dual != "right" and page]
    assert beside == sorted(beside)
