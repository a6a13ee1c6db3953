"""Gaps of series are filled by a line, or by the season before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from toolkit.gaps import fill_gaps

NAN = float("nan")


@pytest.mark.parametrize(
    ("season", "given_values", "expected"),
    [
        (1, [1, NAN, 3], [1, 2, 3]),
        (1, [2, NAN, NAN, NAN, 10], [2, 4, 6, 8, 10]),
        (7, [NAN, NAN, 0, NAN, NAN, 3], [NAN, NAN, 0, 1, 2, 3]),
        # as long as a season: a line still; longer: the season before, again and again
        (2, [1, 5, NAN, NAN, 2], [1, 5, 4, 3, 2]),
        (2, [1, 5, NAN, NAN, NAN, 2], [1, 5, 1, 5, 1, 2]),
        (2, [NAN, 1, 5, NAN, NAN, NAN, NAN, NAN, 9], [NAN, 1, 5, 1, 5, 1, 5, 1, 9]),
        # no whole season before the gap: what is missing of it is on the line
        (3, [4, 8, NAN, NAN, NAN, NAN, 3], [4, 8, 7, 4, 8, 4, 3]),
        # the season before has a gap of its own, which was bridged
        (2, [1, NAN, 5, NAN, NAN, NAN, 2], [1, 3, 5, 3, 5, 3, 2]),
    ],
)
def test_gaps_are_filled(season: int, given_values: list[float], expected: list[float]) -> None:
    values = np.array([given_values])
    filled = fill_gaps(values, season)
    np.testing.assert_allclose(values, [expected])
    assert filled[0].tolist() == [
        np.isnan(v) and not np.isnan(e) for v, e in zip(given_values, expected, strict=True)
    ]  # fmt: skip


@given(
    values=arrays(np.float64, (3, 15), elements=st.one_of(st.just(NAN), st.floats(-1e300, 1e300))),
    season=st.integers(1, 6),
)
def test_what_was_there_stays_and_nothing_is_missing_afterwards(
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]], season: int
) -> None:
    values[:, -1] = 1.0
    before = values.copy()
    filled = fill_gaps(values, season)
    known = ~np.isnan(before)
    assert np.array_equal(values[known], before[known])
    begins = known.argmax(axis=1)[:, None]
    assert np.array_equal(np.isnan(values), np.arange(15) < begins)
    assert np.array_equal(filled, ~known & ~np.isnan(values))
    low, high = np.nanmin(before, axis=1), np.nanmax(before, axis=1)
    slack = 1e-9 * np.maximum(abs(low), abs(high))[:, None]
    inside = np.where(filled, values, 1.0)
    assert ((inside >= low[:, None] - slack) & (inside <= high[:, None] + slack)).all()


def test_rows_are_filled_by_themselves() -> None:
    random = np.random.default_rng(0)
    values = np.where(random.random((40, 60)) < 0.4, NAN, random.normal(size=(40, 60)))
    values[:, -1] = 0
    together = values.copy()
    fill_gaps(together, 7)
    for row in range(40):
        alone = values[row : row + 1].copy()
        fill_gaps(alone, 7)
        assert np.array_equal(alone[0], together[row], equal_nan=True)
