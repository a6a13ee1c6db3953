"""Features of times: against the calendar of the standard library, and holidays that everybody knows."""

from __future__ import annotations

from math import cos, pi

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.calendar import calendar_features
from toolkit.errors import UnknownNameError
from toolkit.frequency import DAY, HOUR, MONTH, QUARTER, WEEK, YEAR, Frequency, named

NEVER = np.array(["NaT"], dtype="datetime64[us]")


def features(
    start: str, count: int, frequency: Frequency, country: str | None = None, released: str = "NaT"
) -> dict[str, list[float]]:
    times = frequency.shifted(np.array([[start]], dtype="datetime64[us]"), np.arange(count))
    made, names = calendar_features(times, np.array([released], dtype="datetime64[us]"), frequency, country)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    assert made.shape == (1, count, len(names))
    return {name: made[0, :, place].tolist() for place, name in enumerate(names)}


def test_weekdays_weeks_and_months_are_those_of_the_calendar() -> None:
    days = np.arange("1999-12-20", "2031-01-10", dtype="datetime64[D]")
    made, names = calendar_features(days[None].astype("datetime64[us]"), NEVER, DAY)
    got = made[0][:, [names.index(name) for name in ("weekday", "week_of_year", "month")]]
    expected = [[d.weekday(), d.isocalendar()[1], d.month] for d in days.tolist()]
    assert got.tolist() == expected


def test_hours_stand_only_where_steps_are_shorter_than_a_day() -> None:
    hourly = features("2024-03-04T06:30", 3, HOUR)
    assert hourly["hour"] == [6.5, 7.5, 8.5]
    assert hourly["day_cosine"][0] == pytest.approx(cos(2 * pi * 6.5 / 24), abs=1e-6)
    assert hourly["weekday"] == [0, 0, 0]
    assert "hour" not in features("2024-03-04", 3, DAY)


@pytest.mark.parametrize(
    ("frequency", "present", "absent"),
    [
        (named("15 minutes"), {"hour", "weekday", "week_of_year", "month", "holiday"}, {"holidays"}),
        (DAY, {"weekday", "week_of_year", "month", "day_before_holiday", "day_after_holiday"}, {"hour", "holidays"}),
        (WEEK, {"week_of_year", "month", "holidays"}, {"hour", "weekday", "holiday"}),
        (MONTH, {"month", "holidays"}, {"hour", "weekday", "week_of_year", "holiday"}),
        (YEAR, {"days_since_release"}, {"month", "holidays", "holiday", "year_sine"}),
    ],
)
def test_only_what_differs_between_steps_is_made(frequency: Frequency, present: set[str], absent: set[str]) -> None:
    names = set(features("2024-03-04", 5, frequency, "GB"))
    assert present <= names
    assert not absent & names
    without = set(features("2024-03-04", 5, frequency))
    assert {name for name in names - without if "holiday" not in name} == set()


def test_christmas_is_a_holiday_and_so_is_the_day_after_it_in_britain() -> None:
    britain = features("2024-12-24", 4, DAY, "GB")
    assert britain["holiday"] == [0, 1, 1, 0]
    assert britain["day_before_holiday"] == [1, 1, 0, 0]
    assert britain["day_after_holiday"] == [0, 0, 1, 1]
    assert features("2024-12-24", 4, DAY, "us")["holiday"] == [0, 1, 0, 0]


def test_a_region_has_its_own_holidays() -> None:
    assert features("2025-03-31", 2, DAY, "US-CA")["holiday"] == [1, 0]  # Cesar Chavez Day
    assert features("2025-03-31", 2, DAY, "US")["holiday"] == [0, 0]


def test_weeks_and_months_have_as_many_holidays_as_lie_in_them() -> None:
    # Christmas and Boxing Day; then New Year's Day
    assert features("2024-12-23", 3, WEEK, "GB")["holidays"] == [2, 1, 0]
    # a month counts as a whole, whether its first or its last day stands for it
    assert features("2024-11-30", 3, MONTH, "GB")["holidays"] == [0, 2, 1]
    assert features("2024-11-01", 3, MONTH, "GB")["holidays"] == [0, 2, 1]
    assert features("2024-10-01", 2, QUARTER, "GB")["holidays"] == features("2024-12-31", 2, QUARTER, "GB")["holidays"]


def test_days_since_release_begin_with_the_release() -> None:
    made = features("2024-05-01", 4, DAY, released="2024-05-03T18:00")
    assert made["released"] == [0, 0, 1, 1]
    assert made["days_since_release"] == [0, 0, 0, 1]
    unknown = features("2024-05-01", 4, DAY)
    assert unknown["released"] == unknown["days_since_release"] == [0, 0, 0, 0]


def test_every_series_has_its_own_times_and_release() -> None:
    times = np.array([["2024-01-01", "2024-01-02"], ["2020-07-04", "2020-07-05"]], dtype="datetime64[us]")
    released: NDArray[np.datetime64] = np.array(["2023-12-31", "NaT"], dtype="datetime64[us]")
    both, names = calendar_features(times, released, DAY, "US")
    for row in range(2):
        alone, same = calendar_features(times[row : row + 1], released[row : row + 1], DAY, "US")
        assert same == names
        assert np.array_equal(alone[0], both[row])


def test_no_series_have_no_features() -> None:
    none = np.empty((0, 5), dtype="datetime64[us]")
    made, names = calendar_features(none, none[:, 0], DAY, "GB")
    assert made.shape == (0, 5, len(names))


@pytest.mark.parametrize(
    ("country", "hint"),
    [
        ("XX", "give its code of ISO 3166"),
        ("", "give its code"),
        ("Britain", "give its code"),
        ("US-ZZ", "US has AK, AL"),
    ],
)
def test_an_unknown_country_is_named(country: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"with public holidays '{country}'.*{hint}"):
        features("2024-01-01", 2, DAY, country)
