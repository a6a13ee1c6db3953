"""Shots while they grow: what is kept of them, and their means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analyze.shot_record import MEASURES, MOST_PICTURES, MOST_SAMPLES, Shot, Thinned


@given(st.integers(0, 3000), st.integers(1, 30))
def test_at_most_so_many_are_kept_and_they_are_evenly_chosen(offered: int, most: int) -> None:
    thinned: Thinned[str] = Thinned(most)
    for frame in range(offered):
        thinned.offer(frame, str(frame))
    frames = [frame for frame, _ in thinned.items]
    assert len(frames) <= most
    assert len(frames) >= min(offered, most / 2)
    assert frames[:1] == ([0] if offered else [])
    assert len(set(np.diff(frames).tolist())) <= 1
    assert all(item == str(frame) for frame, item in thinned.items)


def test_few_are_all_kept() -> None:
    thinned: Thinned[int] = Thinned(4)
    for frame in (3, 5, 9, 10):
        thinned.offer(frame, 2 * frame)
    assert thinned.items == [(3, 6), (5, 10), (9, 18), (10, 20)]
    assert thinned.nearest(6.9) == (5, 10)
    assert thinned.nearest(1000) == (10, 20)


def test_of_nothing_nothing_is_nearest() -> None:
    assert Thinned[int](4).nearest(3) is None


def test_means_are_over_frames_and_that_of_motion_over_the_steps_between_them() -> None:
    shot = Shot(10, 0.4)
    small = np.zeros((2, 2, 3), np.uint8)
    for motion, light in ((0.0, 10.0), (3.0, 20.0), (5.0, 60.0)):
        shot.add(np.array([light, 1, 2, 3, motion]), small, None)
    assert shot.means == pytest.approx({"brightness": 30, "contrast": 1, "saturation": 2, "warmth": 3, "motion": 4})
    assert tuple(shot.means) == MEASURES


def test_a_shot_of_one_frame_has_no_motion() -> None:
    shot = Shot(0, 0.0)
    shot.add(np.array([10.0, 1, 2, 3, 0]), np.zeros((2, 2, 3), np.uint8), None)
    assert shot.means["motion"] == 0
    assert shot.means["brightness"] == 10


def test_a_long_shot_keeps_few_pictures() -> None:
    shot = Shot(100, 4.0)
    small, large = np.zeros((2, 2, 3), np.uint8), np.zeros((4, 4, 3), np.uint8)
    for number in range(5000):
        shot.add(np.zeros(5), small, large if number % 8 == 0 else None)
    assert shot.frames == 5000
    assert len(shot.samples.items) <= MOST_SAMPLES
    assert len(shot.pictures.items) <= MOST_PICTURES
    nearest = shot.pictures.nearest(2600)
    assert nearest is not None
    assert abs(nearest[0] - 2600) < 5000 / MOST_PICTURES
