"""Features of viewers: values worked out by hand, and nothing of the future in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.testing.histories import drawn_history, history_of
from toolkit.viewer_features import ViewerFeatures
from toolkit.viewer_sequences import CHANNELS, STEPS, ViewerSequences

WATCHES = [
    (0, 0, 60, "2025-01-01 12:00"), (0, 1, 30, "2025-01-01 13:30"), (0, 0, 90, "2025-01-08 20:00"),
    (0, 2, 100, "2025-01-10 23:30"), (1, 2, 20, "2025-01-10 01:00"), (0, 3, 10, "2025-01-11 09:00"),
]  # fmt: skip
HISTORY = history_of(
    WATCHES,
    first="2025-01-01",
    last="2025-01-20",
    ratings=[(0, 0, 4, "2025-01-09 00:00"), (0, 1, 2, "2025-01-09 12:00")],
    purchases=[(0, 0, 3, "2025-01-06 00:00")],
)


def told(day: str, viewer: int = 0) -> dict[str, float]:
    features = ViewerFeatures(HISTORY)
    row = features.at(np.array([viewer]), np.array([day], dtype="datetime64[D]"))
    assert row.dtype == np.float32
    return dict(zip(features.names, row[0].tolist(), strict=True))


def test_counts_and_minutes_are_those_of_the_last_days() -> None:
    found = told("2025-01-10")
    assert [round(np.expm1(found[f"watches_{d}"])) for d in (1, 3, 7, 14)] == [1, 2, 2, 4]
    assert [round(np.expm1(found[f"sessions_{d}"])) for d in (1, 3, 7, 14)] == [1, 2, 2, 3]
    # Of the watch that began at half past eleven half an hour was known at midnight.
    assert [round(np.expm1(found[f"minutes_{d}"])) for d in (1, 3, 14)] == [30, 120, 210]
    assert found["watching_at_midnight"] == 1
    assert told("2025-01-11")["watching_at_midnight"] == 0


def test_times_since_are_days_to_the_end_of_the_origin() -> None:
    found = told("2025-01-09")
    assert np.expm1(found["since_last"]) == pytest.approx(28 / 24, rel=1e-5)
    assert np.expm1(found["tenure"]) == pytest.approx(8.5, rel=1e-5)
    assert np.expm1(found["since_purchase"]) == pytest.approx(4, rel=1e-5)
    assert np.expm1(found["since_rating"]) == pytest.approx(0.5, rel=1e-5)
    assert (found["rating_mean"], found["tickets"]) == (3, 3)


def test_gaps_are_between_sessions() -> None:
    found = told("2025-01-11")
    gaps = np.array([7 + 8 / 24, 2 + 3.5 / 24])  # the watch at nine in the morning is another session
    gaps = np.append(gaps, 9.5 / 24)
    assert np.expm1(found["gap_mean"]) == pytest.approx(gaps.mean(), rel=1e-4)
    assert np.expm1(found["gap_spread"]) == pytest.approx(gaps.std(ddof=1), rel=1e-4)
    assert np.isnan(told("2025-01-07")["gap_mean"])
    assert np.isnan(told("2025-01-10", viewer=1)["gap_spread"])


def test_rates_halve_with_the_half_life() -> None:
    # Sessions 6.167 and 13.5 days before the end of 14 January, and two in the days between.
    found = told("2025-01-14")
    ago = np.array([13.5, 6 + 4 / 24, 4 + 0.5 / 24, 3 + 15 / 24])
    kept = (0.5 ** (ago / 7)).sum()
    days = 7 / np.log(2) * (1 - 0.5 ** (13.5 / 7))
    rate = 4.5 / (13.5 + 5)
    assert np.exp(found["rate_7"]) == pytest.approx((kept + 0.5 * rate) / (days + 0.5), rel=1e-4)
    assert np.exp(found["rate"]) == pytest.approx(rate, rel=1e-4)


def test_tomorrow_and_parts_of_the_day() -> None:
    found = told("2025-01-10")  # a Friday
    assert (found["tomorrow_saturday"], found["tomorrow_friday"]) == (1, 0)
    assert found["share_afternoon"] == pytest.approx(1.25 / 4)
    assert found["share_evening"] == pytest.approx(2.25 / 4)
    assert found["titles_variety"] == pytest.approx(3 / 4)
    assert found["genres_variety"] == pytest.approx(2 / 4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), back=st.integers(1, 45))
def test_features_are_identical_where_the_future_is_deleted(seed: int, back: int) -> None:
    history = drawn_history(seed)
    day = history.last_day - np.timedelta64(back, "D")
    known = history.until(day)
    rows = np.flatnonzero(np.diff(known.activity.offsets) > 0)
    origins = np.full(rows.size, day)
    whole, rebuilt = ViewerFeatures(history), ViewerFeatures(known)
    assert whole.names == rebuilt.names
    np.testing.assert_array_equal(whole.at(rows, origins), rebuilt.at(rows, origins))
    for a, b in zip(
        ViewerSequences(history).at(rows, origins), ViewerSequences(known).at(rows, origins), strict=True
    ):  # fmt: skip
        np.testing.assert_array_equal(a, b)
    places = np.arange(5, dtype=np.int32)
    np.testing.assert_array_equal(
        ViewerSequences(history).recent(rows, origins, places), ViewerSequences(known).recent(rows, origins, places)
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_features_do_not_change_with_what_happens_later(seed: int) -> None:
    history, other = drawn_history(seed), drawn_history(seed + 1)
    day = np.datetime64("2025-01-31")
    rows = np.flatnonzero(np.diff(history.until(day).activity.offsets) > 0)
    origins = np.full(rows.size, day)
    # The same past with the future of other viewers.
    end = np.datetime64("2025-02-01", "s").astype(np.int64)
    mixed = {}
    for name in ("activity", "ratings", "purchases"):
        past, future = getattr(history, name), getattr(other, name)
        past, future = past.narrow(past.times < end), future.narrow(future.times >= end)
        who = np.concatenate([past.viewers, future.viewers])
        times = np.concatenate([past.times, future.times])
        order = np.lexsort((times, who))
        mixed[name] = type(past)(
            past.offsets + future.offsets,
            times[order],
            np.concatenate([past.titles, future.titles])[order],
            np.concatenate([past.amounts, future.amounts])[order],
        )
    later = replace(history, **mixed)
    np.testing.assert_array_equal(ViewerFeatures(history).at(rows, origins), ViewerFeatures(later).at(rows, origins))


def test_sequences_hold_the_last_sessions() -> None:
    sequences = ViewerSequences(HISTORY)
    found, steps = sequences.at(np.array([0, 2]), np.array(["2025-01-10", "2025-01-10"], dtype="datetime64[D]"))
    assert found.shape == (2, STEPS, len(CHANNELS))
    assert steps.tolist() == [3, 0]
    assert not found[1].any()
    assert not found[0, :-3].any()
    last = dict(zip(CHANNELS, found[0, -1].tolist(), strict=True))
    assert np.expm1(last["gap_after"]) == pytest.approx(0.5 / 24, rel=1e-4)
    assert np.expm1(last["gap_before"]) == pytest.approx(2 + 3.5 / 24, rel=1e-4)
    assert (last["minutes"], last["watches"]) == (pytest.approx(0.5), 1)
    first = dict(zip(CHANNELS, found[0, -3].tolist(), strict=True))
    assert (first["gap_before"], first["minutes"], first["watches"]) == (0, pytest.approx(1.5), 2)
    assert first["hour_sin"] == pytest.approx(0, abs=1e-6)
    assert first["hour_cos"] == pytest.approx(-1)


def test_recent_titles_are_classes() -> None:
    places = np.array([0, -1, 1, -1, -1], dtype=np.int32)
    found = ViewerSequences(HISTORY).recent(np.array([0]), np.array(["2025-01-10"], dtype="datetime64[D]"), places)
    assert found[0, -5:].tolist() == [-1, 0, -1, 0, 1]
