"""Labels out of scores: where the middle of each scale is, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import ModelError
from toolkit.labels import labels_of


@pytest.mark.parametrize(
    ("scores", "positive", "negative"),
    [
        ([-1, 0, 1], [2], [0]),
        ([-4, -0.4, -0.41, 0.4, 0.41, 2], [4, 5], [0, 2]),  # half the scale is 4, a tenth of it .4
        ([-0.5, 10], [1], []),  # half the scale is 10: -.5 is within a tenth of it
        ([0, 1, 1], [1, 2], [0]),
        ([1, 2, 3, 4, 5], [3, 4], [0, 1]),
        ([0, 100, 55, 45, 56], [1, 4], [0]),
        ([1, 10, 5, 6], [1, 3], [0, 2]),  # middle 5.5, a tenth of 4.5 is .45
    ],
)
def test_the_middle_of_a_scale_parts_positive_from_negative(
    scores: list[float], positive: list[int], negative: list[int]
) -> None:
    found, kept = labels_of(scores)
    assert np.flatnonzero(found).tolist() == positive
    assert np.flatnonzero(kept & ~found).tolist() == negative


def test_the_middle_itself_is_never_kept_and_a_missing_score_neither() -> None:
    found, kept = labels_of([1, 3, 5, np.nan], neutral=0)
    assert found.tolist() == [False, False, True, False]
    assert kept.tolist() == [True, False, True, False]


@given(st.lists(st.floats(-4, 4), min_size=2).filter(lambda scores: min(scores) < -0.1), st.floats(0.01, 0.9))
def test_turning_signed_scores_round_turns_the_labels_round(scores: list[float], neutral: float) -> None:
    found, kept = labels_of([*scores, 4.0], neutral)
    turned, kept_too = labels_of([-score for score in [*scores, 4.0]], neutral)
    assert kept.tolist() == kept_too.tolist()
    assert (found ^ turned).tolist() == kept.tolist()


@pytest.mark.parametrize(
    ("scores", "neutral", "message"),
    [
        ([], 0.1, "none of the reviews has a score"),
        ([np.nan], 0.1, "none of the reviews has a score"),
        ([3, 3], 0.1, "all 2 reviews have the score 3"),
        ([1, 5], 1.0, "a neutral share of 1 leaves nothing"),
        ([1, 5], -0.1, "a neutral share of -0.1"),
    ],
)
def test_scores_that_tell_nothing_are_refused(scores: list[float], neutral: float, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        labels_of(scores, neutral)
