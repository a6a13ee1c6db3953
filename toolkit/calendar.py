"""What the calendar says of the times of series: weekday, week, month, hour, public holidays, days since release."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UnknownNameError
from toolkit.frequency import DAY_SECONDS, HOUR_SECONDS

if TYPE_CHECKING:
    from toolkit.frequency import Frequency, Times
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64

    Columns = dict[str, FloatArray | IntArray]

DAY_HOURS, WEEK_DAYS, YEAR_DAYS, YEAR_MONTHS, MONTH_DAYS = 24, 7, 365.2425, 12, 31
THURSDAY = 3  # of 1 January 1970, and the day that says which year an ISO week is of; Monday is 0


def calendar_features(
    times: Times, released: Times, frequency: Frequency, country: str | None = None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Features of times: those that can differ between the steps of a frequency.

    Steps shorter than a day have the hour; those of up to a day the weekday (0 is Monday); those of seconds the ISO
    week; those shorter than a year the month. Sine and cosine of the day, the week and the year stand beside them.
    With a country, a step of up to a day says whether it is a public holiday, the day before one or the day after; a
    longer one how many public holidays are in it (a step of days begins at its time; a month, and a quarter, is the
    calendar's). Every step has the days since release, and whether the title is out: both are 0 before the release,
    and where it is not known.

    Args:
        times: (n, k) datetime64.
        released: (n,) datetime64, NaT where not known.
        frequency: the step of the times.
        country: ISO 3166 code, such as GB, or with a region, such as US-CA; None for no holidays.

    Returns:
        (n, k, n_features) float32 without NaN, and the names of the features. The names depend on the frequency and on
        whether there is a country, on nothing else.

    Raises:
        UnknownNameError: there is no such country.
    """
    exact = np.asarray(times).astype("datetime64[us]")
    days = exact.astype("datetime64[D]")
    public = None if country is None else _public_holidays(country, *_years(days))
    by_cell: Columns = {}
    if frequency.seconds and frequency.seconds < DAY_SECONDS:
        hours = (exact - days) / np.timedelta64(HOUR_SECONDS, "s")
        by_cell = {"hour": hours, **_cycle("day", hours / DAY_HOURS)}
    by_cell |= _since_release(days, np.asarray(released).astype("datetime64[D]"))
    by_day: Columns = {}
    first, last = (days.min(), days.max()) if days.size else (np.datetime64(0, "D"), np.datetime64(0, "D"))
    if frequency.months < YEAR_MONTHS:
        # Once for every day that there is between the first and the last, then looked up by every cell.
        every = np.arange(first, last + np.timedelta64(1, "D"))
        by_day = _dates(every, frequency) | ({} if public is None else _holidays(every, frequency, public))
    names = (*by_cell, *by_day)
    features = np.empty((*exact.shape, len(names)), dtype=np.float32)
    places = (days - first).astype(np.int32)
    for place, name in enumerate(names):
        features[..., place] = by_cell[name] if name in by_cell else by_day[name].astype(np.float32)[places]
    return features, names


def _dates(every: Times, frequency: Frequency) -> Columns:
    """What dates say by themselves, by days one after another."""
    numbers = every.astype(np.int64)
    month = every.astype("datetime64[M]")
    columns: Columns = {}
    weekday = (numbers + THURSDAY) % WEEK_DAYS
    if frequency.seconds and frequency.seconds <= DAY_SECONDS:
        columns |= {"weekday": weekday, **_cycle("week", weekday / WEEK_DAYS)}
    if frequency.seconds:
        thursday = every + (THURSDAY - weekday).astype("timedelta64[D]")
        columns["week_of_year"] = _day_of_year(thursday) // WEEK_DAYS + 1
    columns["month"] = month.astype(np.int64) % YEAR_MONTHS + 1
    return columns | _cycle("year", _day_of_year(every) / YEAR_DAYS)


def _day_of_year(days: Times) -> IntArray:
    """Days since 1 January of the year."""
    since: IntArray = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return since


def _cycle(name: str, turns: Float64) -> Columns:
    angle = 2 * np.pi * turns
    return {f"{name}_sine": np.sin(angle), f"{name}_cosine": np.cos(angle)}


def _holidays(every: Times, frequency: Frequency, public: Times) -> Columns:
    """Public holidays on, before and after days one after another, or in the step that each of them stands for."""
    if frequency.seconds and frequency.seconds <= DAY_SECONDS:
        day = np.timedelta64(1, "D")
        return {
            "holiday": np.isin(every, public).astype(np.float64),
            "day_before_holiday": np.isin(every + day, public).astype(np.float64),
            "day_after_holiday": np.isin(every - day, public).astype(np.float64),
        }
    if frequency.seconds:
        begin, end = every, every + np.timedelta64(frequency.seconds // DAY_SECONDS, "D")
    else:
        # Of months that do not divide the year, only the month of the time.
        length = frequency.months if YEAR_MONTHS % frequency.months == 0 else 1
        first = every.astype("datetime64[M]").astype(np.int64) // length * length
        begin, end = (m.astype("datetime64[M]").astype("datetime64[D]") for m in (first, first + length))
    return {"holidays": (np.searchsorted(public, end) - np.searchsorted(public, begin)).astype(np.float64)}


def _years(days: Times) -> tuple[int, int]:
    """The years that holidays are needed for: those of the days, and of the steps that reach beyond them."""
    if not days.size:
        return (1970, 1970)
    low, high = days.min() - np.timedelta64(MONTH_DAYS, "D"), days.max() + np.timedelta64(366, "D")
    return int(low.astype("datetime64[Y]").astype(int)) + 1970, int(high.astype("datetime64[Y]").astype(int)) + 1970


@lru_cache(maxsize=16)
def _public_holidays(country: str, first: int, last: int) -> Times:
    """(n,) datetime64[D] ascending, the public holidays of a country in some years.

    Raises:
        UnknownNameError: there is no such country.
    """
    import holidays

    code, _, region = country.strip().upper().partition("-")
    known = holidays.list_supported_countries()
    if code not in known:
        hint = "give its code of ISO 3166, such as GB, or with a region, such as US-CA"
        raise UnknownNameError("country with public holidays", country, known, hint=hint)
    if region and region not in known[code]:
        offered = f"{code} has {', '.join(known[code])}" if known[code] else f"{code} has none"
        raise UnknownNameError(
            "region with public holidays", country, [f"{code}-{r}" for r in known[code]], hint=offered
        )
    found = holidays.country_holidays(code, subdiv=region or None, years=range(first, last + 1))
    return np.sort(np.array(list(found), dtype="datetime64[D]"))


def _since_release(days: Times, released: Times) -> Columns:
    since = days - released[:, None]
    out = since >= np.timedelta64(0, "D")  # NaT compares false
    return {"released": out.astype(np.float32), "days_since_release": np.where(out, since.astype(np.int64), 0)}
