"""Examples out of a plain table of minutes watched, with those of the next day: five classes of minutes tomorrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError
from toolkit.examples import Examples
from toolkit.tasks import WATCH_TIME, Classes, minute_ranges
from toolkit.viewer_examples import Fitting
from toolkit.viewer_features import THURSDAY, WEEKDAYS

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

WATCH_TIMES = ("raw.watch_times",)
HORIZON = 1
STEPS = 32
LAGS = 7
WINDOWS = (3, 7, 14, 28)
HALF_LIVES = (2, 7, 28)
TEST_SHARE, CALIBRATION_SHARE = 0.2, 0.25
MOST_EXAMPLES = 150_000


@dataclass(frozen=True)
class WatchTimes:
    """A plain table of minutes watched, and for each viewer one row more: the day after the last that has an answer.

    Attributes:
        viewers: (n,) keys; rows are sorted by viewer and time.
        origins: (n,) datetime64[D], the day of the row; where the file has no dates, its place among the viewer's rows,
            counted as days from 1970.
        days: (n,) datetime64[D], the day of the row; NaT where the file has no dates.
        minutes: (n,) watched on the day.
        following: (n,) watched on the next day; NaN where that is not known.
    """

    viewers: IntArray
    origins: NDArray[np.datetime64]
    days: NDArray[np.datetime64]
    minutes: Float64
    following: Float64

    @property
    def labelled(self) -> IntArray:
        """Rows with an answer."""
        return np.flatnonzero(~np.isnan(self.following))

    @property
    def latest(self) -> IntArray:
        """The last row of each viewer, none of which has an answer: what is to be predicted."""
        last = np.ones(self.viewers.size, dtype=np.bool_)
        last[:-1] = self.viewers[1:] != self.viewers[:-1]
        return np.flatnonzero(last & np.isnan(self.following))

    def examples(self, classes: Classes, rows: IntArray) -> Examples:
        """Examples of some rows, made of what was watched up to each; labels where they are known of all.

        The sequence is the last STEPS rows up to the day, in hours.
        """
        past, names, columns = self._past(rows), [], []
        for name, column in self._columns(rows, past).items():
            names.append(name)
            columns.append(column.astype(np.float32))
        labels = classes.labels(self.following[rows])
        return Examples(
            task=classes.task,
            viewers=self.viewers[rows],
            origins=self.origins[rows],
            features=np.column_stack(columns),
            feature_names=tuple(names),
            sequences=(np.nan_to_num(past[:, ::-1, None]) / 60).astype(np.float32),
            channels=("hours",),
            steps=np.count_nonzero(~np.isnan(past), axis=1),
            recent=np.zeros((rows.size, 0), dtype=np.int32),
            labels=None if (labels < 0).any() else labels,
        )

    def _past(self, rows: IntArray) -> Float64:
        """(n, STEPS) minutes of the row and of those before it; NaN before the viewer's first."""
        places = rows[:, None] - np.arange(STEPS)
        own = (places >= 0) & (self.viewers[np.maximum(places, 0)] == self.viewers[rows][:, None])
        return np.where(own, self.minutes[np.maximum(places, 0)], np.nan)

    def _columns(self, rows: IntArray, past: Float64) -> dict[str, Float64]:
        """Features by name, each (n,); minutes as ln(1 + minutes)."""
        known = ~np.isnan(past)
        filled = np.nan_to_num(past)
        found = {f"lag_{lag}": np.log1p(past[:, lag - 1]) for lag in range(1, LAGS + 1)}
        for days in WINDOWS:
            n = known[:, :days].sum(axis=1)
            found[f"mean_{days}"] = np.log1p(filled[:, :days].sum(axis=1) / n)
            found[f"idle_{days}"] = 1 - (filled[:, :days] > 0).sum(axis=1) / n
        for half in HALF_LIVES:
            weights = known * np.exp2(-np.arange(STEPS) / half)
            found[f"rate_{half}"] = np.log1p((filled * weights).sum(axis=1) / weights.sum(axis=1))
        mean = filled[:, :28].sum(axis=1) / known[:, :28].sum(axis=1)
        away = np.where(known[:, :28], filled[:, :28] - mean[:, None], 0)
        found["spread"] = np.log1p(np.sqrt((away**2).sum(axis=1) / known[:, :28].sum(axis=1)))
        found["trend"] = found["mean_3"] - found["mean_28"]
        watched = filled > 0
        found["since_watched"] = np.where(watched.any(axis=1), np.log1p(watched.argmax(axis=1)), np.nan)
        found["steps"] = np.log1p(known.sum(axis=1))
        # What it was on the weekday of tomorrow, where rows are days.
        weekly, same = filled[:, 6::7].sum(axis=1), known[:, 6::7].sum(axis=1)
        found["weekday_mean"] = np.where(same > 0, np.log1p(weekly / np.maximum(same, 1)), np.nan)
        before = np.maximum(rows - 1, 0)
        gap = (self.origins[rows] - self.origins[before]).astype(np.float64)
        found["gap"] = np.log1p(np.where(known[:, 1], gap, np.nan))
        dated = ~np.isnat(self.days[rows])
        weekday = (self.origins[rows].astype(np.int64) + 1 + THURSDAY) % 7
        for number, name in enumerate(WEEKDAYS):
            found[f"tomorrow_{name}"] = np.where(dated, weekday == number, np.nan)
        return found


def read_watch_times(con: duckdb.DuckDBPyConnection) -> WatchTimes:
    """The minutes watched of the warehouse.

    Raises:
        ModelError: there are none, or it is known of none what was watched on the next day.
    """
    found = con.execute(
        "SELECT viewer_key, place, day, watch_time, next_watch_time FROM raw.watch_times WHERE watch_time IS NOT NULL "
        "ORDER BY viewer_key, place, day, watch_time, next_watch_time"
    ).fetchnumpy()
    viewers = np.asarray(found["viewer_key"], dtype=np.int64)
    following = np.ma.filled(np.ma.asarray(found["next_watch_time"], dtype=np.float64), np.nan)
    if not viewers.size:
        raise ModelError(f"{WATCH_TIME}: there are no watch times; load some with cinekit load watch-times FILE")
    if np.isnan(following).all():
        raise ModelError(
            f"{WATCH_TIME}: of none of {viewers.size:,} rows the next day is known; load some with next_watch_time"
        )
    days = np.ma.asarray(found["day"])
    dates = np.where(np.ma.getmaskarray(days), np.datetime64("NaT", "D"), days.data.astype("datetime64[D]"))
    places = np.asarray(found["place"], dtype=np.int64).astype("datetime64[D]")
    origins = np.where(np.isnat(dates), places, dates)
    return _with_last(WatchTimes(viewers, origins, dates, np.asarray(found["watch_time"], np.float64), following))


def watch_time_parts(table: WatchTimes, rows: IntArray, share: float) -> tuple[IntArray, IntArray]:
    """Labelled rows whose answer was known at a day, and those from that day on, about `share` of all.

    Raises:
        ModelError: they cannot be cut in time.
    """
    origins = table.origins[rows].astype(np.int64)
    cut = np.quantile(origins, 1 - share, method="closest_observation")
    earlier, later = rows[origins + HORIZON <= cut], rows[origins >= cut]
    if not earlier.size:
        raise ModelError(f"{WATCH_TIME}: {rows.size:,} rows are too few days to learn from; load more of each viewer")
    return earlier, later


def watch_time_test(table: WatchTimes) -> tuple[IntArray, IntArray]:
    """Rows to train on, and the latest fifth in time to test on. Raises ModelError where there are too few days."""
    return watch_time_parts(table, table.labelled, TEST_SHARE)


def watch_time_fitting(table: WatchTimes, rows: IntArray, seed: int) -> Fitting:
    """What is learnt from some labelled rows, at most MOST_EXAMPLES of them, drawn by the seed.

    Probabilities are calibrated on the latest quarter in time, by a model that was fitted on the earlier rows. The
    bounds of the classes are those of the earlier rows.

    Raises:
        ModelError: there are too few days, or nobody watched anything.
    """
    if rows.size > MOST_EXAMPLES:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_EXAMPLES, replace=False))
    earlier, later = watch_time_parts(table, rows, CALIBRATION_SHARE)
    classes = minute_ranges(WATCH_TIME, HORIZON, table.following[earlier])
    folds = np.isin(rows, later).astype(np.int64)
    return Fitting(classes, table.examples(classes, rows), np.flatnonzero(folds), folds)


def _with_last(table: WatchTimes) -> WatchTimes:
    """The table with a row for the day after each viewer's last one, where what was watched then is known."""
    last = np.ones(table.viewers.size, dtype=np.bool_)
    last[:-1] = table.viewers[1:] != table.viewers[:-1]
    last &= ~np.isnan(table.following)
    row = np.flatnonzero(last)
    place = row + 1
    return WatchTimes(
        viewers=np.insert(table.viewers, place, table.viewers[row]),
        origins=np.insert(table.origins, place, table.origins[row] + np.timedelta64(HORIZON, "D")),
        days=np.insert(table.days, place, table.days[row] + np.timedelta64(HORIZON, "D")),
        minutes=np.insert(table.minutes, place, table.following[row]),
        following=np.insert(table.following, place, np.nan),
    )
