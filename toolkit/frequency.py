"""How far apart the values of a series are, and how long its seasons last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from toolkit.interactions import IntArray

Times = NDArray[np.datetime64]
"""Points in time: datetime64 of any unit and shape, UTC; NaT where one is not known."""

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
YEAR_DAYS = 365
MONDAY = np.datetime64("1969-12-29", "us")


@dataclass(frozen=True)
class Frequency:
    """A regular step of time.

    Attributes:
        name: such as "hour", "day", "week", "month", "quarter", "year", or "15 minutes".
        seconds: length of the step; 0 where it is made of months.
        months: length of the step in months; 0 where it is made of seconds.
        seasons: lengths of its seasons in steps, the main one first, such as (24, 168) of hours; (1,) of none.
        day: day of the month that steps of months land on, or the month's last where it is shorter; 0 to keep the day
            of the time that is shifted, and the last day of a month on last days.
    """

    name: str
    seconds: int = 0
    months: int = 0
    seasons: tuple[int, ...] = (1,)
    day: int = 0

    @property
    def season(self) -> int:
        """The main season, in steps."""
        return self.seasons[0]

    @property
    def counted(self) -> str:
        """The step with its number, such as "1 day" or "15 minutes"."""
        return self.name if self.name[0].isdigit() else f"1 {self.name}"

    def shifted(self, times: Times, steps: int | IntArray) -> Times:
        """Times some steps later, or earlier where steps are negative.

        Args:
            times: datetime64 of any shape; NaT stays NaT.
            steps: whole numbers, of a shape that broadcasts with that of `times`.

        Returns:
            datetime64[us]. Steps of months go by the calendar: 31 January and one month is 28 or 29 February, and that
            and one month is 31 March. The time of day is kept.

        >>> MONTH.shifted(np.array(["2024-01-31", "2024-01-15"], "datetime64[us]"), 1).astype("datetime64[D]").tolist()
        [datetime.date(2024, 2, 29), datetime.date(2024, 2, 15)]
        """
        exact: Times = np.asarray(times).astype("datetime64[us]")
        counts = np.asarray(steps, dtype=np.int64)
        if self.seconds:
            later: Times = exact + (counts * self.seconds * 1_000_000).astype("timedelta64[us]")
            return later
        days = exact.astype("datetime64[D]")
        month: Times = days.astype("datetime64[M]")
        day = (days - month.astype("datetime64[D]")).astype(np.int64) + 1
        wanted = np.where(day == _month_days(month), 31, day) if not self.day else np.full_like(day, self.day)
        target: Times = month + counts * np.timedelta64(self.months, "M")
        landed = np.minimum(wanted, _month_days(target)) - 1
        shifted: Times = target.astype("datetime64[D]") + landed.astype("timedelta64[D]") + (exact - days)
        return np.where(np.isnat(target), np.datetime64("NaT"), shifted).astype("datetime64[us]")

    def begin(self, times: Times) -> Times:
        """When the steps begin in which times are: of a week on Monday, of a month on its first day, at midnight.

        >>> WEEK.begin(np.array(["2024-01-03T20:15"], "datetime64[us]")).astype("datetime64[D]").tolist()
        [datetime.date(2024, 1, 1)]
        """
        exact: Times = np.asarray(times).astype("datetime64[us]")
        if self.seconds:
            since = exact - MONDAY
            begun: Times = exact - since % np.timedelta64(self.seconds * 1_000_000, "us")
            return begun
        months = exact.astype("datetime64[M]").astype(np.int64)
        first: Times = (months - months % self.months).astype("datetime64[M]").astype("datetime64[us]")
        return first


HOUR = Frequency("hour", seconds=HOUR_SECONDS, seasons=(24, 168))
DAY = Frequency("day", seconds=DAY_SECONDS, seasons=(7, YEAR_DAYS))
WEEK = Frequency("week", seconds=WEEK_SECONDS, seasons=(52,))
MONTH = Frequency("month", months=1, seasons=(12,))
QUARTER = Frequency("quarter", months=3, seasons=(4,))
YEAR = Frequency("year", months=12, seasons=(1,))

# Unit: its length in seconds or months, and what else people write for it; M is a month, as in pandas.
UNITS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "second": (1, 0, ("s", "sec", "secs", "secondly")),
    "minute": (MINUTE_SECONDS, 0, ("min", "mins", "t", "minutely")),
    "hour": (HOUR_SECONDS, 0, ("h", "hr", "hrs", "hourly")),
    "day": (DAY_SECONDS, 0, ("d", "daily")),
    "week": (WEEK_SECONDS, 0, ("w", "weekly")),
    "month": (0, 1, ("me", "ms", "mo", "monthly")),
    "quarter": (0, 3, ("q", "qe", "qs", "quarterly")),
    "year": (0, 12, ("y", "ye", "ys", "a", "yearly", "annual", "annually")),
}
CHOICES = "second, minute, hour, day, week, month, quarter, year, or some of them, such as '15 minutes'"


def named(text: str) -> Frequency:
    """The frequency that a word stands for, such as "day", "daily", "D", "15 minutes" or "15min".

    Raises:
        UnknownNameError: there is none.

    >>> named("15 minutes").seasons
    (96, 672)
    """
    parts = re.fullmatch(r"(\d{0,6})\s*([A-Za-z]+)(-[A-Za-z]{3})?", text.strip())
    count = int((parts and parts[1]) or 1)
    word = "" if parts is None else "month" if parts[2] == "M" else parts[2].lower()
    for unit, (seconds, months, others) in UNITS.items():
        if word in (unit, f"{unit}s", *others) and count:
            return of_seconds(count * seconds) if seconds else of_months(count * months)
    raise UnknownNameError("frequency", text, UNITS, hint=f"there are {CHOICES}")


def of_seconds(seconds: int) -> Frequency:
    """The frequency of a step of some seconds. Its seasons are the day and the week, of longer steps the year."""
    for constant in (HOUR, DAY, WEEK):
        if constant.seconds == seconds:
            return constant
    unit = max((size, unit) for unit, (size, _, _) in UNITS.items() if size and seconds % size == 0)
    if seconds < DAY_SECONDS:
        seasons = [whole // seconds for whole in (DAY_SECONDS, WEEK_SECONDS) if whole % seconds == 0]
    else:
        year = YEAR_DAYS * DAY_SECONDS // seconds
        seasons = [year] if year > 1 else []
    return Frequency(_counted(seconds // unit[0], unit[1]), seconds=seconds, seasons=tuple(seasons) or (1,))


def of_months(months: int, day: int = 0) -> Frequency:
    """The frequency of a step of some months, which lands on a day of the month; see `Frequency.day`."""
    size, unit = (12, "year") if months % 12 == 0 else (3, "quarter") if months == 3 else (1, "month")
    seasons = (12 // months,) if 12 % months == 0 else (1,)
    return Frequency(_counted(months // size, unit), months=months, seasons=seasons, day=day)


def found(times: Times) -> Frequency:
    """The frequency of one series, by the rule of `toolkit.spacing`, which finds those of many at once.

    Args:
        times: (n,) datetime64 in any order.

    Raises:
        ModelError: there are fewer than two times, or they lie on no regular grid.
    """
    import polars as pl

    from toolkit.spacing import spacing

    at = np.unique(np.asarray(times).astype("datetime64[us]"))
    if at.size < 2:
        raise ModelError("one value alone has no frequency; give it, such as --frequency day")
    row = spacing(pl.DataFrame({"series_id": np.zeros(at.size, dtype=np.int32), "at": at})).row(0, named=True)
    if row["reason"] is not None:
        raise ModelError(f"the times have no frequency: {row['reason']}")
    return frequency_of(row["seconds"], row["months"], row["day"])


def frequency_of(seconds: int, months: int, day: int = 0) -> Frequency:
    """The frequency of a step that is made of seconds, or else of months."""
    return of_months(months, day) if months else of_seconds(seconds)


def _counted(count: int, unit: str) -> str:
    return unit if count == 1 else f"{count} {unit}s"


def _month_days(months: NDArray[np.datetime64]) -> IntArray:
    """How many days months have."""
    first, following = (m.astype("datetime64[D]") for m in (months, months + np.timedelta64(1, "M")))
    days: IntArray = (following - first).astype(np.int64)
    return days
