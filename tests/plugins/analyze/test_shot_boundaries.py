"""Shot boundaries: cuts, dissolves and fades at known frames, and what is no change of shot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.analyze.ramps import margin_of
from plugins.analyze.shot_boundaries import (
    CHUNK,
    CLOSEST,
    HOLD,
    MARGIN,
    BoundaryFinder,
    Thresholds,
    Transition,
    features_of,
    lagged_squares,
    spread_of,
    transitions_of,
)
from tests.plugins.analyze.drawn_video import cut, dissolve, drawn_clip, fade_in, fade_out, plain, shot
from toolkit.simulated_clip import clip_truth

LONG = 40  # frames of a shot


def found(
    frames: np.ndarray, pieces: tuple[int, ...] = (64,), thresholds: Thresholds | None = None
) -> list[Transition]:
    """Transitions of frames that are handed over in pieces of such sizes, again and again."""
    finder, start, given_so_far, turn = BoundaryFinder(thresholds), 0, [], 0
    while start < len(frames):
        size = pieces[turn % len(pieces)]
        given_so_far += finder.add(frames[start : start + size])
        start, turn = start + size, turn + 1
    return [*given_so_far, *finder.finish()]


def changes(frames: np.ndarray) -> list[tuple[str, int]]:
    return [(one.kind, one.frame) for one in found(frames)]


def near(frames: np.ndarray, *expected: tuple[str, int], within: int = 2) -> None:
    """Each kind as expected, each frame within so many."""
    reported = changes(frames)
    assert [kind for kind, _ in reported] == [kind for kind, _ in expected], reported
    assert all(abs(at - true) <= within for (_, at), (_, true) in zip(reported, expected, strict=True)), reported


# What is found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 4, 9])
def test_transitions_of_a_drawn_clip_are_the_true_ones_and_its_flash_is_none(seed: int) -> None:
    truth = clip_truth(seed)
    near(drawn_clip(seed), *((one.kind, one.frame) for one in truth.transitions))


def test_a_cut_is_exact_to_the_frame() -> None:
    assert changes(cut(shot(1, 37), shot(2, 50), shot(3, 61))) == [("cut", 37), ("cut", 87)]


def test_a_cut_between_two_dark_pictures() -> None:
    assert changes(cut(shot(1, LONG, 4, 60), shot(2, LONG, 4, 60))) == [("cut", LONG)]


def test_a_cut_between_two_pictures_that_move() -> None:
    moving = cut(shot(1, LONG, moving=0.3), shot(2, LONG, moving=-0.3))
    assert changes(moving) == [("cut", LONG)]


@pytest.mark.parametrize("length", [10, 16, 24, 36])
def test_a_dissolve_of_any_usual_length(length: int) -> None:
    near(cut(dissolve(shot(1, 80), shot(2, 80), length)), ("dissolve", 80 - length // 2))


def test_a_dissolve_between_two_pictures_that_move() -> None:
    film = cut(dissolve(shot(1, 90, moving=0.15), shot(2, 90, moving=0.15), 20))
    near(film, ("dissolve", 80))


def test_the_frames_of_a_dissolve_are_about_those_that_are_mixed() -> None:
    (one,) = found(cut(dissolve(shot(1, 80), shot(2, 80), 20)))
    assert abs(one.first - 60) <= 4
    assert abs(one.last - 80) <= 4
    assert 0.5 <= one.confidence <= 1


@pytest.mark.parametrize("level", [0, 255])
def test_a_fade_through_black_or_white_is_one_change(level: int) -> None:
    film = cut(fade_out(shot(1, 60), 14, level), plain(level, 6), fade_in(shot(2, 60), 14, level))
    near(film, ("fade", 63))


def test_a_fade_out_that_a_cut_follows_is_one_change() -> None:
    (one,) = found(cut(fade_out(shot(1, 60), 14), plain(0, 6), shot(2, 60)))
    assert one.kind == "fade"
    assert 44 <= one.frame <= 68


@pytest.mark.parametrize("starts", [60, CHUNK - 40, CHUNK + MARGIN - 30, CHUNK + MARGIN + 5])
@pytest.mark.parametrize("holds", [HOLD + 24, 2 * MARGIN])
def test_a_plain_picture_that_stands_long_is_a_shot_of_its_own_wherever_it_lies(starts: int, holds: int) -> None:
    film = cut(fade_out(shot(1, starts), 14), plain(0, holds), fade_in(shot(2, 60), 14))
    near(film, ("fade", starts - 7), ("fade", starts + holds + 7), within=5)


def test_a_long_plain_picture_at_either_end_is_a_shot_too() -> None:
    film = cut(plain(0, HOLD + 20), fade_in(shot(1, 100), 14))
    near(film, ("fade", HOLD + 20 + 7), within=5)
    near(film[::-1], ("fade", 100 - 7), within=5)


def test_many_changes_over_many_judgements_are_each_given_once() -> None:
    lengths = np.random.default_rng(3).integers(20, 90, 40)
    film = cut(*(shot(number, int(length)) for number, length in enumerate(lengths)))
    assert changes(film) == [("cut", int(at)) for at in np.cumsum(lengths)[:-1]]


# What is no change


def test_a_picture_that_moves_is_one_shot() -> None:
    assert found(cut(shot(1, 200, moving=0.2))) == []


@pytest.mark.parametrize("lasts", [1, 2, 3])
def test_a_flash_is_no_change(lasts: int) -> None:
    film = shot(1, 2 * LONG)
    film[LONG : LONG + lasts] += 150
    assert found(cut(film)) == []


def test_flicker_is_no_change() -> None:
    light = 1 + 0.03 * np.random.default_rng(0).standard_normal(150)
    assert found(cut(shot(1, 150) * light[:, None, None, None])) == []


@pytest.mark.parametrize("level", [0, 20])
def test_something_that_passes_in_front_of_the_lens_is_no_change(level: int) -> None:
    whole = shot(1, 140, moving=0.03)
    film = cut(fade_out(whole[:70], 10, level), plain(level, 8), fade_in(whole[70:], 10, level))
    assert found(film) == []


def test_a_film_that_begins_and_ends_with_a_fade_is_one_shot() -> None:
    assert found(cut(plain(0, 8), fade_out(fade_in(shot(1, 100), 14), 14), plain(0, 8))) == []


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5, 9])
def test_a_film_of_a_few_frames_has_no_change(frames: int) -> None:
    assert found(cut(shot(1, 10))[:frames]) == []


def test_a_plain_film_has_no_change() -> None:
    assert found(cut(plain(0, 300))) == []


def test_changes_are_at_least_so_far_apart() -> None:
    film = cut(*(shot(number, 3) for number in range(40)))
    frames = [one.frame for one in found(film)]
    assert all(later - earlier >= CLOSEST for earlier, later in pairwise(frames))


# How it is given


@pytest.fixture(scope="module")
def long_film() -> np.ndarray:
    parts = [dissolve(shot(3 * n, 80), shot(3 * n + 1, 70), 16) for n in range(5)]
    faded = [fade_in(fade_out(shot(3 * n + 2, 90), 12), 12) for n in range(5)]
    return cut(*(part for pair in zip(parts, faded, strict=True) for part in pair))


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=5))
@example([1])
@example([2000])
def test_the_answer_is_the_same_whatever_the_sizes_of_the_pieces(long_film: np.ndarray, pieces: list[int]) -> None:
    assert found(long_film, tuple(pieces)) == found(long_film)


def test_what_is_settled_does_not_change_any_more(long_film: np.ndarray) -> None:
    finder, settled = BoundaryFinder(), 0
    for start in range(0, len(long_film), 100):
        new = finder.add(long_film[start : start + 100])
        assert all(settled <= one.frame < finder.settled for one in new)
        settled = finder.settled
    assert 0 < settled < len(long_film)
    assert all(one.frame >= settled for one in finder.finish())


def test_what_is_kept_does_not_grow_with_the_film() -> None:
    finder, picture, kept = BoundaryFinder(), cut(shot(1, 64)), []
    for _ in range(60):
        finder.add(picture)
        kept.append(len(finder._features))
    assert max(kept) < CHUNK + 2 * MARGIN + 64


def test_a_whole_fade_and_what_lies_around_it_fits_into_the_margin() -> None:
    assert margin_of() + HOLD <= MARGIN


def test_the_thresholds_decide() -> None:
    film = cut(dissolve(shot(1, 60), shot(2, 60), 16), shot(3, 40))
    assert [one.kind for one in found(film)] == ["dissolve", "cut"]
    assert [one.kind for one in found(film, thresholds=Thresholds(gradual=1.0))] == ["cut"]
    assert [one.kind for one in found(film, thresholds=Thresholds(cut=1000.0))] == ["dissolve"]


# What it is reckoned from


def test_the_distance_of_features_is_a_root_mean_square_over_pixels() -> None:
    grey, white = np.full((2, 3, 3), 51, np.uint8), np.full((2, 3, 3), 255, np.uint8)
    features = features_of(np.stack([grey, white]))
    assert features.shape == (2, 18)
    assert np.linalg.norm(features[1] - features[0]) == pytest.approx(0.8, abs=1e-6)  # of luma alone: 1 - 51 / 255


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(0, 40), st.integers(1, 12), st.integers(0, 2**31))
@example(3, 10, 4, 0)
def test_lagged_squares_are_those_of_plain_subtraction(count: int, lag: int, width: int, seed: int) -> None:
    features = np.random.default_rng(seed).random((count, width), dtype=np.float32)
    squares = lagged_squares(features, lag)
    assert squares.shape == (count, lag + 1)
    for step in range(lag + 1):
        there = max(0, count - step)
        expected = ((features[step:] - features[:there]) ** 2).sum(axis=1)
        np.testing.assert_allclose(squares[:there, step], expected, atol=1e-5 * width)
        assert np.isinf(squares[there:, step]).all() or step == 0


def test_spread_is_1_where_all_pixels_differ_alike_and_small_where_one_does() -> None:
    first = np.zeros((2, 3 * 50), dtype=np.float32)
    last = first.copy()
    last[0, :50], last[1, 0] = 0.5, 0.5
    assert spread_of(first, last).tolist() == pytest.approx([1.0, 1 / 50])


def test_confidence_grows_with_how_clear_a_cut_is() -> None:
    def confidence(moving: float) -> float:
        (one,) = found(cut(shot(1, LONG, moving=moving), shot(2, LONG, moving=moving)))
        return one.confidence

    assert 1 > confidence(0.0) > confidence(0.3) >= 0.5


def test_transitions_of_a_whole_film_are_in_order(long_film: np.ndarray) -> None:
    frames = [one.frame for one in transitions_of(features_of(long_film), Thresholds())]
    assert frames == sorted(frames)
    assert len(frames) > 5
