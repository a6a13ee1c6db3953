"""Scenes: hand-made looks of shots, and which of them belong together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plugins.analyze.shot_scenes import scenes_of


def scenes(looks: str, seconds: float = 5.0, alike: float = 1.0, window: float = 30.0) -> list[int]:
    """Scenes of shots of one length whose looks are letters, each letter 10 from the next."""
    places = np.array([[10.0 * ord(look)] for look in looks])
    starts = seconds * np.arange(len(looks))
    return scenes_of(places, starts, starts + seconds, alike=alike, window=window).tolist()


def test_a_dialogue_cut_back_and_forth_is_one_scene() -> None:
    assert scenes("ABABAB") == [1] * 6


def test_two_places_are_two_scenes() -> None:
    assert scenes("AABB") == [1, 1, 2, 2]


def test_what_lies_between_two_alike_shots_belongs_to_their_scene() -> None:
    assert scenes("AXYADD") == [1, 1, 1, 1, 2, 2]


def test_links_that_overlap_make_one_scene_and_those_that_touch_do_not() -> None:
    assert scenes("ABACBC") == [1] * 6
    assert scenes("ABACDC") == [1, 1, 1, 2, 2, 2]


def test_a_scene_comes_back_only_within_the_window() -> None:
    # The second A begins 10 seconds after the first one ended.
    assert scenes("AXYA", window=10.0) == [1, 1, 1, 1]
    assert scenes("AXYA", window=9.9) == [1, 2, 3, 4]


def test_how_alike_looks_are_decides() -> None:
    assert scenes("AB", alike=9.9) == [1, 2]
    assert scenes("AB", alike=10.0) == [1, 1]


def test_one_shot_is_one_scene() -> None:
    assert scenes("A") == [1]


@given(st.text("ABCD", min_size=1, max_size=40), st.floats(1, 60), st.floats(0.5, 20))
def test_scenes_are_numbered_in_order_without_a_gap(looks: str, window: float, seconds: float) -> None:
    numbers = scenes(looks, seconds, window=window)
    assert numbers[0] == 1
    assert set(np.diff(numbers).tolist()) <= {0, 1}


@given(st.text("ABCD", min_size=2, max_size=30))
def test_a_longer_window_never_makes_more_scenes(looks: str) -> None:
    assert scenes(looks, window=60)[-1] <= scenes(looks, window=12)[-1]
