"""Ramps: the share and score of stretches that were made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.analyze.ramps import LENGTHS, Ramp, best_of, find_ramps, margin_of
from plugins.analyze.shot_boundaries import features_of, lagged_squares
from tests.plugins.analyze.drawn_video import cut, shot

LAG = 96


def mixed(first: np.ndarray, last: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return ((1 - shares)[:, None] * first + shares[:, None] * last).astype(np.float32)


def even(length: int, around: int = 60) -> np.ndarray:
    """Shares of a dissolve whose first frame is `around`, its last `around + length`."""
    return np.clip((np.arange(2 * around + length + 1) - around) / length, 0, 1)


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    first, last = np.random.default_rng(0).random((2, 300)) / np.sqrt(300)
    return first, last


@pytest.mark.parametrize("length", LENGTHS)
def test_an_even_dissolve_is_found_where_it_is_with_nothing_taken_off_its_score(
    pictures: tuple[np.ndarray, np.ndarray], length: int
) -> None:
    features = mixed(*pictures, even(length))
    best = best_of(find_ramps(lagged_squares(features, LAG)))[0]
    assert (best.first, best.last) == (60, 60 + length)
    apart = float(np.linalg.norm(pictures[1] - pictures[0]))
    assert best.distance == pytest.approx(apart, rel=1e-3)
    # ¼ ln of how far apart the pictures are against no motion and the floor of .02, and no unevenness or rest
    assert best.score == pytest.approx(0.25 * np.log(apart / 0.02), abs=0.02)


def test_an_uneven_change_scores_less(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    straight, bent = (best_of(find_ramps(lagged_squares(mixed(*pictures, shares), LAG)))[0].score
                      for shares in (even(20), even(20) ** 1.5))  # fmt: skip
    assert bent < straight - 0.05


def test_what_is_left_over_counts_against_a_ramp(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    features = mixed(*pictures, even(20))
    detour = features.copy()
    detour[61:80] += np.random.default_rng(1).normal(0, 0.4 / np.sqrt(300), 300).astype(np.float32)
    plain_score, with_detour = (best_of(find_ramps(lagged_squares(rows, LAG)))[0].score for rows in (features, detour))
    assert with_detour < plain_score - 0.1


def test_a_pan_has_no_ramp_that_is_worth_a_dissolve() -> None:
    features = features_of(cut(shot(1, 160, moving=0.2)))
    assert all(ramp.score < -0.1 for ramp in find_ramps(lagged_squares(features, LAG)))


def test_a_still_picture_has_no_ramp() -> None:
    assert find_ramps(lagged_squares(features_of(cut(shot(1, 160))), LAG)) == []


@pytest.mark.parametrize("frames", [1, 2, 5, 12])
def test_a_film_that_is_too_short_for_a_ramp_has_none(frames: int) -> None:
    features = np.random.default_rng(0).random((frames, 30), dtype=np.float32)
    assert find_ramps(lagged_squares(features, min(LAG, frames - 1))) == []


def test_the_best_ramps_do_not_overlap() -> None:
    ramps = [Ramp(10, 20, 0.3, 0.2), Ramp(12, 22, 0.5, 0.2), Ramp(21, 31, 0.1, 0.2), Ramp(40, 50, 0.2, 0.2)]
    assert best_of(ramps) == [ramps[1], ramps[3], ramps[2]]


def test_confidence_runs_from_a_half_to_1() -> None:
    scores = (-0.2, 0.05, 2.0)
    assert [Ramp(0, 9, score, 0.2).confidence(-0.2) for score in scores] == pytest.approx([0.5, 0.75, 1.0])


def test_the_longest_ramp_takes_twice_its_length() -> None:
    assert margin_of() == 80
    assert margin_of((6,)) == 12
