"""What viewers did and when, as columns sorted by viewer and time: what predictions about viewers are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray, Signal

DAY = 86_400
LAST_HOUR = 23 * 3600
PAUSE = 1800

# What counts as activity: the first of these that has any times. Beside it how much of it there is, as a whole number,
# so that sums do not depend on what else is summed.
_EVENTS: dict[Signal, tuple[str, str]] = {
    "watches": ("watched_at", "round(60 * coalesce(minutes, runtime_minutes))"),
    "ratings": ("rated_at", "round(100 * rating)"),
    "purchases": ("purchased_at", "tickets"),
}
EVENT_TABLES = tuple(f"raw.{name}" for name in _EVENTS)
TABLES = ("raw.viewers", "raw.titles", "raw.genres", *EVENT_TABLES)


@dataclass(frozen=True)
class Events:
    """Events of one kind, by viewer and time.

    Attributes:
        offsets: (n_viewers + 1,) where the events of each viewer begin.
        times: (n,) int64 seconds since 1970 (UTC).
        titles: (n,) int32 place of the title in the history's titles.
        amounts: (n,) int64 seconds watched, hundredths of a rating, or tickets; 0 where that is not known.
    """

    offsets: IntArray
    times: IntArray
    titles: IntArray
    amounts: IntArray

    @property
    def viewers(self) -> IntArray:
        """(n,) row of the viewer of each event."""
        return np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))

    def before(self, rows: IntArray, times: IntArray) -> IntArray:
        """(n,) for pairs of a viewer's row and a time: place after the viewer's last event before that time."""
        if not self.times.size:
            return np.zeros(rows.size, dtype=np.int64)
        first, span, keys = self._keys
        found: IntArray = np.searchsorted(keys, rows * span + np.clip(times - first, 0, span - 1))
        return found

    @cached_property
    def _keys(self) -> tuple[int, int, IntArray]:
        """First time, length of the time covered, and viewer and time of each event as one ascending number."""
        first = int(self.times.min())
        span = int(self.times.max()) - first + 2
        return first, span, self.viewers * span + (self.times - first)

    def narrow(self, keep: NDArray[np.bool_]) -> Events:
        """The events where `keep`, (n,), is True."""
        counted = np.concatenate([[0], np.cumsum(keep)])
        return Events(counted[self.offsets], self.times[keep], self.titles[keep], self.amounts[keep])


@dataclass(frozen=True)
class History:
    """Everything that is known of viewers up to the end of a day.

    Attributes:
        viewers: (n_viewers,) keys, ascending.
        ages: (n_viewers,) float32 years; NaN where not known.
        titles: (n_titles,) keys, ascending.
        title_ids, title_names: (n_titles,) their ids and names.
        genres: (n_titles,) int32 number of a title's first genre in the alphabet; -1 where it has none.
        activity: what counts as being active: watches; ratings, or else purchases, where there are no watches.
        signal: which of them it is.
        ratings, purchases: the others, as far as there are any.
        first_day, last_day: datetime64[D], first and last day that are known (UTC).
        timed: whether times of day are known, rather than only days.
        minutes: whether it is known how long somebody watched.
    """

    viewers: IntArray
    ages: FloatArray
    titles: IntArray
    title_ids: tuple[str, ...]
    title_names: tuple[str, ...]
    genres: IntArray
    activity: Events
    signal: Signal
    ratings: Events
    purchases: Events
    first_day: np.datetime64
    last_day: np.datetime64
    timed: bool
    minutes: bool

    @cached_property
    def starts(self) -> NDArray[np.bool_]:
        """(n,) whether an activity begins a session: more than PAUSE after the one before it had ended."""
        times = self.activity.times
        watched = self.activity.amounts if self.signal == "watches" else np.zeros_like(times)
        starts = np.ones(times.size, dtype=np.bool_)
        starts[1:] = times[1:] - (times + watched)[:-1] > PAUSE
        starts[self.activity.offsets[:-1][np.diff(self.activity.offsets) > 0]] = True
        return starts

    @cached_property
    def sessions(self) -> Events:
        """The first activity of each session."""
        return self.activity.narrow(self.starts)

    def until(self, day: np.datetime64) -> History:
        """What was known at the end of `day`. The viewers stay, so that their rows mean the same.

        A watch counts when it begins; of the one that runs on at the end of the day only the minutes until then are
        known.
        """
        end = int(midnight_after(np.array([day]))[0])
        activity, ratings, purchases = (
            events.narrow(events.times < end) for events in (self.activity, self.ratings, self.purchases)
        )
        if self.signal == "watches" and activity.times.size:
            amounts = activity.amounts.copy()
            last = activity.offsets[1:][np.diff(activity.offsets) > 0] - 1
            amounts[last] = np.minimum(amounts[last], end - activity.times[last])
            activity = replace(activity, amounts=amounts)
        known = min(day, self.last_day)
        return replace(self, activity=activity, ratings=ratings, purchases=purchases, last_day=known)


def midnight_after(days: NDArray[np.datetime64]) -> IntArray:
    """(n,) seconds since 1970 at the end of days."""
    seconds: IntArray = (days.astype("datetime64[D]").astype(np.int64) + 1) * DAY
    return seconds


def read_history(con: duckdb.DuckDBPyConnection) -> History:
    """All that viewers did, up to the last complete day.

    The day of the last event is complete where something happened in its last hour, or where no event has a time of
    day; otherwise the day before it is the last complete one, and what happened since is left out. Events without a
    time are left out. Where minutes are missing, the runtime of the title stands for them.

    Raises:
        ModelError: nothing that viewers did has a time.
    """
    viewers = con.execute("SELECT viewer_key, age FROM raw.viewers ORDER BY viewer_key").fetchnumpy()
    keys = np.asarray(viewers["viewer_key"], dtype=np.int64)
    titles = con.execute(
        "SELECT title_key, title_id, coalesce(name, title_id) AS name, genre FROM raw.titles LEFT JOIN "
        "(SELECT title_key, dense_rank() OVER (ORDER BY min(genre)) AS genre FROM raw.genres GROUP BY title_key) "
        "USING (title_key) ORDER BY title_key"
    ).fetchall()
    title_keys = np.array([row[0] for row in titles], dtype=np.int64)
    events = {signal: _events(con, signal, keys, title_keys) for signal in _EVENTS}
    signal = next((name for name, found in events.items() if found.times.size), None)
    if signal is None:
        raise ModelError("nothing that viewers did has a time; load watches, ratings or purchases with times")
    times = np.concatenate([found.times for found in events.values()])
    timed = bool(np.any(times % DAY))
    last = int(times.max())
    complete = last // DAY - (timed and last % DAY < LAST_HOUR)
    history = History(
        viewers=keys,
        ages=np.ma.filled(np.ma.asarray(viewers["age"]).astype(np.float32), np.nan),
        titles=title_keys,
        title_ids=tuple(row[1] for row in titles),
        title_names=tuple(row[2] for row in titles),
        genres=np.array([-1 if row[3] is None else row[3] for row in titles], dtype=np.int32),
        activity=events[signal],
        signal=signal,
        ratings=events["ratings"],
        purchases=events["purchases"],
        first_day=np.datetime64(int(times.min()) // DAY, "D"),
        last_day=np.datetime64(int(complete), "D"),
        timed=timed,
        minutes=signal == "watches" and bool(events["watches"].amounts.any()),
    )
    if history.last_day < history.first_day:
        raise ModelError("what viewers did covers no complete day; load a longer history")
    return history.until(history.last_day)


def _events(con: duckdb.DuckDBPyConnection, signal: Signal, viewers: IntArray, titles: IntArray) -> Events:
    """The events of a table that have a viewer, a title and a time."""
    time, amount = _EVENTS[signal]
    runtime = "LEFT JOIN raw.titles USING (title_key)" if signal == "watches" else ""
    found = con.execute(
        f"SELECT viewer_key, title_key, floor(epoch({time}))::BIGINT AS time, coalesce({amount}, 0)::BIGINT AS amount "
        f"FROM raw.{signal} {runtime} WHERE {time} IS NOT NULL AND viewer_key IS NOT NULL AND title_key IS NOT NULL "
        "ORDER BY viewer_key, time, title_key, amount"
    ).fetchnumpy()
    offsets = np.searchsorted(np.asarray(found["viewer_key"]), np.append(viewers, np.iinfo(np.int64).max))
    return Events(
        offsets=offsets.astype(np.int64),
        times=np.asarray(found["time"], dtype=np.int64),
        titles=np.searchsorted(titles, np.asarray(found["title_key"])).astype(np.int32),
        amounts=np.asarray(found["amount"], dtype=np.int64),
    )
