"""Steps of time: how they are named, how times are shifted by them, and how they are found in times."""

from __future__ import annotations

import calendar
import doctest
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import toolkit.frequency
from toolkit.errors import ModelError, UnknownNameError
from toolkit.frequency import DAY, HOUR, MONTH, QUARTER, WEEK, YEAR, Frequency, found, named, of_months, of_seconds
from toolkit.spacing import spacing


def times(*written: str) -> NDArray[np.datetime64]:
    return np.array(written, dtype="datetime64[us]")


def dates(shifted: NDArray[np.datetime64]) -> list[str]:
    return [str(day) for day in shifted.astype("datetime64[D]").tolist()]


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.frequency)
    assert result.attempted >= 2
    assert not result.failed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("day", DAY), ("D", DAY), ("daily", DAY), ("Days", DAY), ("1 day", DAY), ("24h", DAY), ("h", HOUR), ("H", HOUR),
        ("hourly", HOUR), ("60 min", HOUR), ("week", WEEK), ("W-SUN", WEEK), ("7 days", WEEK), ("month", MONTH),
        ("M", MONTH), ("MS", MONTH), ("ME", MONTH), ("monthly", MONTH), ("Q", QUARTER), ("3 months", QUARTER),
        ("QE-DEC", QUARTER), ("year", YEAR), ("A", YEAR), ("Y", YEAR), ("12 months", YEAR), (" annual ", YEAR),
    ],
)  # fmt: skip
def test_a_frequency_is_known_by_its_usual_names(written: str, expected: Frequency) -> None:
    assert named(written) == expected


@pytest.mark.parametrize(
    ("written", "name", "seasons"),
    [
        ("15min", "15 minutes", (96, 672)), ("minute", "minute", (1440, 10080)), ("2 hours", "2 hours", (12, 84)),
        ("5h", "5 hours", (1,)), ("7 hours", "7 hours", (24,)), ("2 weeks", "2 weeks", (26,)),
        ("400 days", "400 days", (1,)),
        ("6 months", "6 months", (2,)), ("5 months", "5 months", (1,)), ("2 years", "2 years", (1,)),
    ],
)  # fmt: skip
def test_seasons_are_those_that_a_step_divides(written: str, name: str, seasons: tuple[int, ...]) -> None:
    frequency = named(written)
    assert (frequency.name, frequency.seasons, frequency.season) == (name, seasons, seasons[0])


def test_every_name_of_a_frequency_names_it() -> None:
    steps = [of_seconds(s) for s in (1, 30, 60, 900, 3600, 14_400, 86_400, 3 * 86_400, 604_800, 28 * 86_400)]
    for frequency in [*steps, *(of_months(months) for months in (1, 2, 3, 6, 12, 24))]:
        assert named(frequency.name) == frequency


@pytest.mark.parametrize("written", ["dayli", "", "0 days", "fortnight", "1.5 hours", "-1 day", "m"])
def test_another_name_is_answered_with_the_choices(written: str) -> None:
    with pytest.raises(UnknownNameError, match=r"no frequency .*there are second, minute, hour, day, week, month"):
        named(written)


def test_month_ends_stay_month_ends_and_other_days_stay_or_are_clipped() -> None:
    ends = times("2024-01-31", "2023-02-28", "2024-02-28", "2024-01-30")
    assert dates(MONTH.shifted(ends, 1)) == ["2024-02-29", "2023-03-31", "2024-03-28", "2024-02-29"]
    assert dates(MONTH.shifted(ends, -12)) == ["2023-01-31", "2022-02-28", "2023-02-28", "2023-01-30"]


def test_a_day_of_the_month_is_found_again_after_a_shorter_month() -> None:
    # 30 April is a month's end, yet the series is of the 30ths
    thirtieths = of_months(1, day=30)
    assert dates(thirtieths.shifted(times("2024-04-30"), np.arange(-2, 2))) == [
        "2024-02-29", "2024-03-30", "2024-04-30", "2024-05-30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (named("15 minutes"), "2024-05-16T17:30"), (HOUR, "2024-05-16T17:00"), (DAY, "2024-05-16"),
        (WEEK, "2024-05-13"), (MONTH, "2024-05-01"), (QUARTER, "2024-04-01"), (YEAR, "2024-01-01"),
    ],
)  # fmt: skip
def test_a_step_begins_where_people_say_it_does(frequency: Frequency, expected: str) -> None:
    assert frequency.begin(times("2024-05-16T17:44:30")).tolist() == times(expected).tolist()
    assert frequency.begin(times(expected)).tolist() == times(expected).tolist()


def test_a_shift_keeps_the_time_of_day_and_what_is_missing() -> None:
    shifted = QUARTER.shifted(times("2024-11-30T18:30", "NaT"), 1)
    assert shifted.dtype == np.dtype("datetime64[us]")
    assert str(shifted[0]) == "2025-02-28T18:30:00.000000"
    assert np.isnat(shifted[1])


def test_steps_broadcast_with_times() -> None:
    grid = HOUR.shifted(times("2024-01-01", "2024-06-01")[:, None], np.arange(-1, 2))
    assert grid.shape == (2, 3)
    assert grid[1].tolist() == times("2024-05-31T23:00", "2024-06-01T00:00", "2024-06-01T01:00").tolist()


@given(
    day=st.dates(date(1900, 1, 1), date(2150, 1, 1)),
    months=st.integers(1, 18),
    steps=st.integers(-60, 60),
)
def test_steps_of_months_agree_with_the_calendar(day: date, months: int, steps: int) -> None:
    shifted = (
        of_months(months).shifted(np.array([day], dtype="datetime64[us]"), steps)[0].astype("datetime64[D]").item()
    )
    year, month = divmod(day.year * 12 + day.month - 1 + steps * months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    assert shifted == date(year, month + 1, last if at_end else min(day.day, last))


@given(steps=st.integers(-500, 500), more=st.integers(-500, 500))
def test_shifting_twice_is_shifting_by_the_sum_where_days_are_fixed(steps: int, more: int) -> None:
    start = times("2024-01-31T12:00", "2024-02-29")
    for frequency in (HOUR, DAY, WEEK, of_months(1, day=31), of_months(3, day=29), of_months(1, day=15)):
        twice = frequency.shifted(frequency.shifted(start, steps), more)
        assert np.array_equal(twice, frequency.shifted(start, steps + more))


@pytest.mark.parametrize(
    "frequency",
    [
        of_seconds(900),
        HOUR,
        DAY,
        of_seconds(3 * 86_400),
        WEEK,
        of_seconds(28 * 86_400),
        MONTH,
        of_months(2),
        QUARTER,
        YEAR,
    ],
)
@pytest.mark.parametrize("start", ["2023-01-01", "2024-01-31", "2024-02-29T06:00", "1969-12-15"])
def test_the_frequency_of_regular_times_is_found_with_gaps_and_in_any_order(frequency: Frequency, start: str) -> None:
    every = frequency.shifted(times(start), np.arange(40))
    kept = np.delete(every, [3, 4, 17])
    assert found(every) == frequency
    assert found(np.flip(kept)) == frequency


def test_the_day_of_the_month_is_found_where_it_is_past_the_end_of_some_months() -> None:
    thirtieths = of_months(1, day=30).shifted(times("2024-01-30"), np.arange(12))
    assert found(thirtieths) == of_months(1, day=30)
    assert found(thirtieths).shifted(thirtieths[1:2], 1).tolist() == thirtieths[2:3].tolist()


def test_working_days_are_days_with_gaps() -> None:
    days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    assert found(days[np.is_busday(days)]) == DAY


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        # two of three steps are needed: here 2 of 4 are a day
        (["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-05", "2024-01-07"], "2 of 4 steps are 1 day"),
        (["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22", "2024-01-24"], "most steps are 1 week"),
        (["2024-01-01", "2024-01-01T00:00:00.5", "2024-01-01T00:00:01"], "mixed frequencies"),
    ],
)
def test_times_without_one_step_have_no_frequency(written: list[str], reason: str) -> None:
    with pytest.raises(ModelError, match=f"no frequency: mixed frequencies|{reason}") as caught:
        found(times(*written))
    assert reason in str(caught.value)


@pytest.mark.parametrize("written", [[], ["2024-01-01"], ["2024-01-01", "2024-01-01"]])
def test_one_time_has_no_frequency(written: list[str]) -> None:
    with pytest.raises(ModelError, match="one value alone has no frequency; give it"):
        found(times(*written))


def test_a_frequency_that_is_given_has_to_divide_the_steps() -> None:
    frame = pl.DataFrame(
        {"series_id": ["a", "a", "b", "b"], "at": times("2024-01-01", "2024-01-15", "2024-01-01", "2024-01-02")}
    )
    assert spacing(frame, WEEK).select("seconds", "months").rows() == [(604_800, 0), (604_800, 0)]
    reasons = spacing(frame, WEEK)["reason"].to_list()
    assert reasons[0] is None
    assert reasons[1].startswith("its times are not whole steps of 1 week apart")
    assert [r is None for r in spacing(frame, MONTH)["reason"]] == [False, False]
    assert spacing(frame, HOUR)["reason"].null_count() == 2
