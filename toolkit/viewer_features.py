"""Numbers about viewers as of a day: what they did lately, how regularly, and when, out of nothing but what was known.

Every number of a viewer and an origin is a difference of sums up to the origin, or of the last event before it, so
nothing later can be in it: a history with everything after the origin deleted gives the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.event_sums import Gaps, between, days_since, decayed, decayed_at, first_of_kind
from toolkit.history import DAY, History, midnight_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64

WINDOWS = (1, 3, 7, 14, 28, 90)
HALF_LIVES = (3, 7, 14, 28, 90)
PURCHASE_WINDOWS = (28, 90)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = ("night", "morning", "afternoon", "evening")
HORIZONS = (1, 7, 28)
AUDIENCE_DAYS = 28
BREAK = 900  # seconds in which the next watch may follow at once
STAY = 365.0
MOST_SILENCE = 30.0
THURSDAY = 3  # the weekday of the first day of 1970


class ViewerFeatures:
    """Features of viewers of one history, for any pairs of a viewer and an origin.

    Attributes:
        names: (n_features,).
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._session_rates = [decayed(history.sessions, half) for half in HALF_LIVES]
        self._first = _first_times(history)
        self.names: tuple[str, ...] = tuple(self._columns(np.zeros(0, np.int64), np.zeros(0, "datetime64[D]")))

    def at(self, rows: IntArray, origins: NDArray[np.datetime64]) -> FloatArray:
        """(n, n_features) float32 of viewers, by row of the history, at the end of days; NaN where not known."""
        columns = self._columns(np.asarray(rows, dtype=np.int64), origins)
        return np.column_stack([column.astype(np.float32) for column in columns.values()])

    def _columns(self, rows: IntArray, origins: NDArray[np.datetime64]) -> dict[str, Float64]:
        ends = midnight_after(origins)
        tenure = (ends - self._first[rows]) / DAY
        found = {"age": self._history.ages[rows].astype(np.float64), "tenure": np.log1p(tenure)}
        found |= self._audience(origins)
        found |= self._recent(rows, ends)
        found |= self._rates(rows, ends, tenure)
        found |= self._rhythm(rows, origins, ends, tenure)
        found |= self._taste(rows, ends)
        found |= self._ratings(rows, ends)
        found |= self._purchases(rows, origins, ends, tenure)
        return found

    def _audience(self, origins: NDArray[np.datetime64]) -> dict[str, Float64]:
        """The weekday of tomorrow, and whether all viewers together watch more or less of late.

        How much they watch is left out: it is the same for all at an origin, and with a few dozen origins a model takes
        it for what it happens to go with.
        """
        days, place = np.unique(origins, return_inverse=True)
        times = np.sort(self._history.sessions.times)
        ends = midnight_after(days)
        week, weeks = (
            np.searchsorted(times, ends) - np.searchsorted(times, ends - n * DAY) for n in (7, AUDIENCE_DAYS)
        )
        tomorrow = _weekday(origins + 1)
        return {
            "audience_trend": np.log((week + 1) * AUDIENCE_DAYS / 7 / (weeks + 1))[place],
            **{f"tomorrow_{name}": (tomorrow == day).astype(np.float64) for day, name in enumerate(WEEKDAYS)},
        }

    def _recent(self, rows: IntArray, ends: IntArray) -> dict[str, Float64]:
        """How much there was in the last days, and how long ago the last was."""
        history, activity = self._history, self._history.activity
        place = activity.before(rows, ends)
        watched = np.concatenate([[0], np.cumsum(activity.amounts)]) if history.minutes else None
        # Of the watch that runs on at the origin the minutes after it are not known yet.
        ago = self._until_end(rows, place, ends)
        over = np.where(ago < 0, -ago, 0).astype(np.int64)
        found = {
            "since_last": np.log1p(days_since(activity, rows, place, ends)),
            "watching_at_midnight": (ago <= 0).astype(np.float64),
            "just_ended": ((ago > 0) & (ago < BREAK)).astype(np.float64),
        }
        for days in WINDOWS:
            begins = ends - days * DAY
            since = activity.before(rows, begins)
            found[f"watches_{days}"] = np.log1p(place - since)
            found[f"sessions_{days}"] = np.log1p(between(history.sessions, rows, begins, ends))
            if watched is None:
                found[f"minutes_{days}"] = np.full(rows.size, np.nan)
            else:
                found[f"minutes_{days}"] = np.log1p((watched[place] - watched[since] - over) / 60)
        return found

    def _until_end(self, rows: IntArray, place: IntArray, ends: IntArray) -> Float64:
        """(n,) seconds from the end of the last watch to the origin, below 0 where it runs on; NaN where not known."""
        activity = self._history.activity
        known = place > activity.offsets[rows]
        if self._history.signal != "watches" or not known.any():
            return np.full(rows.size, np.nan)
        last = np.maximum(place - 1, 0)
        return np.where(known, ends - activity.times[last] - activity.amounts[last], np.nan)

    def _rates(self, rows: IntArray, ends: IntArray, tenure: Float64) -> dict[str, Float64]:
        """Sessions a day: all in all, and the latest counting most; gaps; what the silence since the last says."""
        sessions = self._history.sessions
        place = sessions.before(rows, ends)
        count = (place - sessions.offsets[rows]).astype(np.float64)
        since = days_since(sessions, rows, place, ends)
        rate = (count + 0.5) / (tenure + 5)
        found = {"rate": np.log(rate), "sessions": np.log1p(count)}
        for half, total in zip(HALF_LIVES, self._session_rates, strict=True):
            kept = decayed_at(sessions, total, half, rows, place, ends)
            days = half / np.log(2) * (1 - np.exp2(-tenure / half))
            found[f"rate_{half}"] = np.log((kept + 0.5 * rate) / (days + 0.5))
        # Until the last session the rate was this. The odds that somebody with it has left during the silence since are
        # (e^(rate · silence) - 1) / (rate · STAY): Schmittlein, Morrison & Colombo 1987, for long stays.
        spell = np.maximum(tenure - np.nan_to_num(since), 0)
        busy = (count + 0.5) / (spell + 5)
        found |= {
            "busy_rate": np.log(busy),
            "silence": np.log1p(busy * since),
            "odds_gone": np.log1p(np.expm1(np.minimum(busy * since, MOST_SILENCE)) / busy / STAY),
        }
        gaps = Gaps(sessions)
        mean, spread = gaps.at(rows, place)
        found |= {
            "gap_mean": np.log1p(mean),
            "gap_spread": np.log1p(spread),
            "recency_to_gap": np.log1p(since / np.maximum(mean, 1e-3)),
        }
        for days in HORIZONS:
            found[f"odds_{days}"] = np.log(np.expm1(np.minimum(np.exp(found["rate_28"]) * days, 20.0)))
        return found

    def _rhythm(
        self, rows: IntArray, origins: NDArray[np.datetime64], ends: IntArray, tenure: Float64
    ) -> dict[str, Float64]:  # fmt: skip
        """Sessions on the weekday of tomorrow, and the parts of day that sessions began in."""
        sessions = self._history.sessions
        place, since = sessions.before(rows, ends), sessions.offsets[rows]
        count = place - since
        weekday, tomorrow = _weekday((sessions.times // DAY).astype("datetime64[D]")), _weekday(origins + 1)
        own = np.zeros(rows.size)
        for day in range(7):
            summed = np.concatenate([[0], np.cumsum(weekday == day)])
            asked = tomorrow == day
            own[asked] = (summed[place] - summed[since])[asked]
        found = {"weekday_rate": np.log((own + 0.5) / (tenure / 7 + 2)), "weekday_lift": (own + 1) / (count / 7 + 1)}
        hour = sessions.times % DAY // 3600
        for number, name in enumerate(PARTS):
            summed = np.concatenate([[0], np.cumsum(hour // 6 == number)])
            found[f"share_{name}"] = (summed[place] - summed[since] + 0.25) / (count + 1)
        summed = np.concatenate([[0], np.cumsum(hour >= 22)])
        found["share_late"] = (summed[place] - summed[since] + 0.1) / (count + 1)
        if not self._history.timed:
            found |= {name: np.full(rows.size, np.nan) for name in found if name.startswith("share_")}
        return found

    def _taste(self, rows: IntArray, ends: IntArray) -> dict[str, Float64]:
        """How many different titles and genres somebody has watched, to all watches."""
        activity = self._history.activity
        place, since = activity.before(rows, ends), activity.offsets[rows]
        count = np.maximum(place - since, 1)
        found = {}
        for name, kinds in (("titles", activity.titles), ("genres", self._history.genres[activity.titles])):
            summed = np.concatenate([[0], np.cumsum(first_of_kind(activity.viewers, kinds))])
            found[f"{name}_variety"] = (summed[place] - summed[since]) / count
        return found

    def _ratings(self, rows: IntArray, ends: IntArray) -> dict[str, Float64]:
        ratings = self._history.ratings
        place, since = ratings.before(rows, ends), ratings.offsets[rows]
        summed = np.concatenate([[0], np.cumsum(ratings.amounts)])
        count = place - since
        mean = np.where(count > 0, (summed[place] - summed[since]) / np.maximum(count, 1) / 100, np.nan)
        return {
            "ratings": np.log1p(count),
            "ratings_28": np.log1p(between(ratings, rows, ends - 28 * DAY, ends)),
            "rating_mean": mean,
            "since_rating": np.log1p(days_since(ratings, rows, place, ends)),
        }

    def _days_to_purchase(self, origins: NDArray[np.datetime64]) -> Float64:
        """(n,) days that all viewers seen by an origin took to a purchase, on average."""
        days, place = np.unique(origins, return_inverse=True)
        found = np.zeros(days.size)
        for number, end in enumerate(midnight_after(days)):
            seen = np.maximum(end - self._first, 0).sum() / DAY
            found[number] = seen / (np.count_nonzero(self._history.purchases.times < end) + 1)
        return found[place]

    def _purchases(
        self, rows: IntArray, origins: NDArray[np.datetime64], ends: IntArray, tenure: Float64
    ) -> dict[str, Float64]:  # fmt: skip
        purchases = self._history.purchases
        place, since = purchases.before(rows, ends), purchases.offsets[rows]
        tickets = np.concatenate([[0], np.cumsum(purchases.amounts)])
        count = place - since
        found = {
            "purchases": np.log1p(count),
            "purchase_rate": np.log((count + 1) / (tenure + self._days_to_purchase(origins))),
            "since_purchase": np.log1p(days_since(purchases, rows, place, ends)),
            "tickets": np.where(count > 0, (tickets[place] - tickets[since]) / np.maximum(count, 1), np.nan),
        }
        for days in PURCHASE_WINDOWS:
            found[f"purchases_{days}"] = np.log1p(between(purchases, rows, ends - days * DAY, ends))
        return found


def _weekday(days: NDArray[np.datetime64]) -> IntArray:
    """(n,) 0 Monday … 6 Sunday."""
    weekday: IntArray = (days.astype("datetime64[D]").astype(np.int64) + THURSDAY) % 7
    return weekday


def _first_times(history: History) -> IntArray:
    """(n_viewers,) when each viewer was first seen; the end of the history of those who never were."""
    never = int(midnight_after(np.array([history.last_day]))[0])
    first = np.full(history.viewers.size, never)
    for events in (history.activity, history.ratings, history.purchases):
        seen = np.diff(events.offsets) > 0
        first[seen] = np.minimum(first[seen], events.times[events.offsets[:-1][seen]])
    return first
