"""Windows of series, against hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.predict.windows import Origins, in_logarithms, sample_origins, values_ahead, windows_at
from toolkit.frequency import Frequency
from toolkit.panel import Panel

NAN = np.nan
TWO_DAYS = Frequency("day", seconds=86_400, seasons=(2,))


def panel_of(*rows: list[float]) -> Panel:
    n = len(rows)
    return Panel(
        ids=[f"s{row}" for row in range(n)],
        values=np.array(rows, dtype=np.float64),
        ends=np.full(n, np.datetime64("2026-03-31", "us")),
        frequency=TWO_DAYS,
        floors=np.zeros(n),
        released=np.full(n, np.datetime64("NaT", "us")),
    )


def origin(row: int, end: int) -> Origins:
    return Origins(np.array([row]), np.array([end]))


def test_a_window_is_in_units_of_its_own() -> None:
    windows = windows_at(panel_of([9, 1, 3, 5, 7, 100]), origin(0, 5), 4)
    # the last season is 5 and 7, so the level is 6; deviations of 1, 3, 5, 7 from it are 5, 3, 1, 1
    assert windows.level.tolist() == [6]
    assert windows.scale.tolist() == [2.5]
    np.testing.assert_allclose(windows.values, [[-2, -1.2, -0.4, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(windows.unscaled(windows.scaled(np.array([[100.0]]))), [[100]])


def test_what_is_before_the_series_is_0_and_not_known() -> None:
    windows = windows_at(panel_of([NAN, NAN, 4, 8]), origin(0, 4), 6)
    assert windows.known.tolist() == [[False] * 4 + [True] * 2]
    np.testing.assert_allclose(windows.values, [[0, 0, 0, 0, -1, 1]])
    # three values a segment, and the share that is known of each
    np.testing.assert_allclose(windows.segments(3), [[[0, 0, 0, 0], [0, -1, 1, 2 / 3]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("lag", "expected"),
    [(1, [0.4] * 4), (2, [-0.4, 0.4, -0.4, 0.4]), (3, [-1.2, -0.4, 0.4, -1.2]), (4, [-2, -1.2, -0.4, 0.4])],
)
def test_the_naive_forecast_is_what_was_a_lag_ago(lag: int, expected: list[float]) -> None:
    windows = windows_at(panel_of([1, 3, 5, 7]), origin(0, 4), 4)
    np.testing.assert_allclose(windows.naive(lag, 4), [expected], rtol=1e-6)


def test_the_naive_forecast_of_what_had_not_begun_is_the_last_value() -> None:
    windows = windows_at(panel_of([NAN, NAN, 4, 8]), origin(0, 4), 4)
    np.testing.assert_allclose(windows.naive(3, 3), [[1, -1, 1]])


def test_equal_values_are_flat_and_their_scale_divides() -> None:
    windows = windows_at(panel_of([3, 3, 3, 3], [0, 0, 0, 0], [1, 2, 1, 2]), Origins(np.arange(3), np.full(3, 4)), 4)
    assert windows.flat.tolist() == [True, True, False]
    assert windows.scale.tolist() == [1, 1, 0.5]


def test_only_series_above_0_are_taken_as_logarithms() -> None:
    panel, positive = in_logarithms(panel_of([NAN, 1, np.e], [0, 1, 2], [-1, 1, 2]))
    assert positive.tolist() == [True, False, False]
    np.testing.assert_array_equal(panel.values, [[NAN, 0, 1], [0, 1, 2], [-1, 1, 2]])


def test_values_ahead_follow_the_origin() -> None:
    assert values_ahead(panel_of([1, 2, 3, 4, 5]), origin(0, 2), 3).tolist() == [[3, 4, 5]]


def test_origins_have_as_many_values_before_them_as_is_asked() -> None:
    found = sample_origins(
        panel_of([NAN, NAN, 3, 4, 5], [1, 2, 3, 4, 5]), (1, 4), 2, 100, np.random.default_rng(0)
    )  # fmt: skip
    assert list(zip(found.rows.tolist(), found.ends.tolist(), strict=True)) == [(0, 4), (1, 2), (1, 3), (1, 4)]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 2**32))
def test_a_sample_is_some_of_all_origins(lengths: list[int], most: int, seed: int) -> None:
    values = np.where(np.arange(12) >= 12 - np.array(lengths)[:, None], 1.0, NAN)
    panel = panel_of(*values.tolist())
    every = sample_origins(panel, (0, 10), 2, 1000, np.random.default_rng(seed))
    some = sample_origins(panel, (0, 10), 2, most, np.random.default_rng(seed))
    pairs = set(zip(some.rows.tolist(), some.ends.tolist(), strict=True))
    assert len(pairs) == len(some) == min(most, len(every))
    assert pairs <= set(zip(every.rows.tolist(), every.ends.tolist(), strict=True))
    assert len(every) == sum(max(length - 3, 0) for length in lengths)
