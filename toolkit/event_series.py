"""Tickets and watches added up by day: in total, by title, by cinema, by genre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from toolkit.errors import ModelError, UsageError
from toolkit.observations import Observed, chosen, plain
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb

    from toolkit.frequency import Times
    from toolkit.interactions import IntArray

Grouping = Literal["total", "title", "cinema", "genre"]
ALL = "all"
DAY_IS_OVER = time(20)
# A title whose first event is so soon after the source's may have been out long before.
NEW_DAYS = 28


@dataclass(frozen=True)
class Events:
    """Events that can be added up.

    Attributes:
        table, time: where they are, and the column with their time.
        groupings: what they can be added up by.
        load: how to get some.
    """

    table: str
    time: str
    groupings: tuple[Grouping, ...]
    load: str


EVENTS: dict[str, Events] = {
    "tickets": Events("raw.purchases", "purchased_at", ("total", "title", "cinema", "genre"),
                      "cinekit load purchases tickets.csv"),
    "watches": Events("raw.watches", "watched_at", ("total", "title", "genre"), "cinekit load watches history.csv"),
}  # fmt: skip


def event_series(
    con: duckdb.DuckDBPyConnection, source: str, grouping: Grouping = "total", as_of: date | None = None,
    only: Sequence[str] | None = None,
) -> Observed:  # fmt: skip
    """Tickets bought, or minutes watched, by day (UTC).

    A purchase without a number of tickets counts as one. Where no watch has minutes, watches are counted instead;
    else those without are left out. A series begins on the day of its first event, and all of them end with the last
    day of the source, those of titles whose run is over too: whether a run is over is not known before. The last day
    with events counts where the last event is of 20:00 or later, or where the source has dates without times of day;
    else it is not over yet, and left out. What has several genres counts in each of them.

    A title is taken to be released on the day of its first event, where this is more than 28 days after the source's
    first, and the title is not of a year before it.

    Args:
        con: connection to the warehouse.
        source: tickets or watches.
        grouping: what they are added up by; of the total the one series is called "all".
        as_of: the last day that is known, None for all that there is.
        only: names of the series that are wanted, None for all.

    Raises:
        UsageError: the source cannot be added up by that.
        ModelError: there are no such events with a time, or none by that day.
        UnknownNameError: there is no series of a name that is wanted.
    """
    events = EVENTS[source]
    if grouping not in events.groupings:
        raise UsageError(f"{source} cannot be added up by {grouping}; they can by {', '.join(events.groupings)}")
    since, until, left_out = _days(con, source, events, as_of)
    value, unit, notes = _value(con, source)
    key, joined, tables = _key(grouping)
    rows = con.execute(
        f"""
        SELECT key, CAST({events.time} AS DATE) AS day, CAST(sum({value}) AS DOUBLE) AS value
        FROM (SELECT e.*, {key} AS key FROM {events.table} e {joined})
        WHERE {events.time} < $until::TIMESTAMP + INTERVAL 1 DAY AND key IS NOT NULL AND {value} IS NOT NULL
        GROUP BY ALL ORDER BY key, day
        """,
        {"until": until},
    ).fetchnumpy()
    keys, codes = np.unique(np.asarray(rows["key"]), return_inverse=True)
    if not keys.size:
        raise ModelError(f"none of the {source} has a {grouping} to add them up by; add up the total")
    ids = _title_names(con, keys.tolist()) if grouping == "title" else [str(key) for key in keys]
    days = plain(rows["day"], "datetime64[D]")
    begins = days[np.searchsorted(codes, np.arange(keys.size))]
    released = _released(con, keys, begins, since) if grouping == "title" else np.full(keys.size, np.datetime64("NaT"))
    observed = Observed(
        ids=ids,
        codes=codes.astype(np.int32),
        at=days.astype("datetime64[us]"),
        values=plain(rows["value"], float),
        until=np.datetime64(until, "us"),
        released=released.astype("datetime64[us]"),
        tables=(events.table, *tables),
        unit=unit,
        notes=(*left_out, *notes),
    )
    return observed if only is None else _only(observed, only, grouping)


def _days(
    con: duckdb.DuckDBPyConnection, source: str, events: Events, as_of: date | None
) -> tuple[date, date, tuple[str, ...]]:
    """The first day with events, and the last one that is over and known; what to say of days left out.

    Raises:
        ModelError: there are no events with a time, or none on a day that is over and known.
    """
    row = first(
        con,
        f"SELECT min({events.time}), max({events.time}), bool_and(CAST({events.time} AS TIME) = TIME '00:00'), "
        f"count(*) FILTER ({events.time} IS NULL) FROM {events.table}",
    )
    begin, end, dated, timeless = row or (None, None, None, 0)
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        raise ModelError(f"there are no {source} with a time; load some first, such as: {events.load}")
    over = bool(dated) or end.time() >= DAY_IS_OVER
    until = end.date() if over else end.date() - timedelta(days=1)
    notes = [f"{timeless:,} {source} without a time were left out"] if timeless else []
    if as_of is not None and as_of < until:
        until = as_of
    elif not over:
        notes.append(f"{end.date()} was left out: its last event is of {end:%H:%M}, so the day is not over")
    if until < begin.date():
        raise ModelError(f"there are no {source} by the end of {until}; the first are of {begin.date()}")
    return begin.date(), until, tuple(notes)


def _value(con: duckdb.DuckDBPyConnection, source: str) -> tuple[str, str, list[str]]:
    """SQL of what is added up, its unit, and what to say of it."""
    if source == "tickets":
        return "coalesce(tickets, 1)", "tickets", []
    watches, timed = first(con, "SELECT count(*), count(minutes) FROM raw.watches") or (0, 0)
    if not timed:
        return "1", "watches", ["watches are counted, as none has minutes"]
    some = f"{watches - timed:,} watches without minutes were left out"
    # As decimals, whose sum does not depend on the order in which threads add them up.
    return "CAST(minutes AS DECIMAL(18, 3))", "minutes", [some] if timed < watches else []


def _key(grouping: Grouping) -> tuple[str, str, tuple[str, ...]]:
    """SQL of what events are told apart by, what it takes to join, and the tables that this reads."""
    if grouping == "title":
        return "e.title_key", "", ("raw.titles",)
    if grouping == "cinema":
        return "e.cinema", "", ()
    if grouping == "genre":
        return "g.genre", "JOIN raw.genres g USING (title_key)", ("raw.genres",)
    return f"'{ALL}'", "", ()


def _title_names(con: duckdb.DuckDBPyConnection, keys: list[int]) -> list[str]:
    """Names of titles; with the year where several have the name, and with the id where they have the year too."""
    rows = con.execute(
        """
        WITH called AS (SELECT *, coalesce(name, title_id) AS called FROM raw.titles),
        dated AS (SELECT *, CASE WHEN count(*) OVER (PARTITION BY called) > 1 AND year IS NOT NULL
                                 THEN called || ' (' || year || ')' ELSE called END AS dated FROM called),
        named AS (SELECT title_key, CASE WHEN count(*) OVER (PARTITION BY dated) > 1
                                         THEN dated || ' [' || title_id || ']' ELSE dated END AS series_id FROM dated)
        SELECT series_id FROM named WHERE title_key IN (SELECT unnest($keys)) ORDER BY title_key
        """,
        {"keys": keys},
    ).fetchall()
    return [row[0] for row in rows]


def _released(con: duckdb.DuckDBPyConnection, keys: IntArray, begins: Times, since: date) -> Times:
    """The day of the first event where that is likely the release; NaT elsewhere."""
    rows = con.execute(
        "SELECT coalesce(year, 0) AS year FROM raw.titles WHERE title_key IN (SELECT unnest($keys)) ORDER BY title_key",
        {"keys": keys.tolist()},
    ).fetchnumpy()
    year, began = plain(rows["year"], np.int64), begins.astype("datetime64[Y]").astype(np.int64) + 1970
    new = (begins > np.datetime64(since, "D") + np.timedelta64(NEW_DAYS, "D")) & ((year == 0) | (year >= began))
    return np.where(new, begins, np.datetime64("NaT"))


def _only(observed: Observed, only: Sequence[str], grouping: Grouping) -> Observed:
    ids = chosen(list(observed.ids), only, grouping)
    wanted = np.isin(np.array(observed.ids), ids)
    rows = wanted[observed.codes]
    place = (np.cumsum(wanted) - 1).astype(np.int32)
    return Observed(
        ids, place[observed.codes[rows]], observed.at[rows], observed.values[rows], observed.until,
        observed.released[wanted], observed.tables, observed.unit, observed.notes,
    )  # fmt: skip
