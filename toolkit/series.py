"""Panels out of the warehouse: series of one frequency side by side, without gaps, and what was done to get there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from toolkit.errors import ModelError, UsageError
from toolkit.event_series import Grouping, event_series
from toolkit.frequency import DAY, Frequency, frequency_of
from toolkit.gaps import fill_gaps
from toolkit.observations import Observed, loaded_series, moved
from toolkit.panel import Panel

if TYPE_CHECKING:
    from datetime import date

    import duckdb
    import polars as pl

    from toolkit.frequency import Times
    from toolkit.interactions import IntArray
    from toolkit.sentiment import BoolArray

Source = Literal["series", "tickets", "watches"]
# A series of which more than this share is missing is refused: most of it would be made up.
MOST_MISSING = 0.5
HUGE = 1e100
# Series of one frequency share a panel, unless that would be larger than this and mostly empty; and no panel may have
# more cells than the other (4 GB).
ROOMY, LARGEST = 20_000_000, 500_000_000
BLOCK = 4_000_000


@dataclass(frozen=True)
class Prepared:
    """Series that can be forecast, and those that cannot.

    Attributes:
        panels: the series, those of one frequency together; those of very different lengths may be apart.
        gaps: by panel, (n, length) which values were missing and filled in.
        facts: one row a series of the panels, in their order: series_id, source, grouping, panel (place in `panels`),
            row (place in the panel), frequency, season, first_at, last_at, length, filled, and note, null where there
            is nothing to say.
        refused: one row a series that is in no panel: series_id, source, grouping, reason.
        tables: the tables that were read.
        unit: what was added up: tickets, minutes or watches; None of loaded series.
        notes: what a user should know of all of them.
    """

    panels: list[Panel]
    gaps: list[BoolArray]
    facts: pl.DataFrame
    refused: pl.DataFrame
    tables: tuple[str, ...]
    unit: str | None
    notes: tuple[str, ...]


def prepared(
    con: duckdb.DuckDBPyConnection,
    source: Source = "series",
    *,
    grouping: Grouping | None = None,
    frequency: Frequency | None = None,
    as_of: date | None = None,
    only: Sequence[str] | None = None,
) -> Prepared:
    """The series of a source, ready to be forecast.

    Loaded series have the frequency that `toolkit.spacing` finds; gaps are filled as `toolkit.gaps` says, and a series
    of which more than half is missing is refused. Where a frequency is given, times that are no whole steps apart are
    moved to where their steps begin, if there is one in each.

    Tickets and watches are added up by day as `toolkit.event_series`
    says, where a day without any is a 0 and no gap. A series with one value takes the frequency that most others have,
    a day where there are none. Values cannot fall below 0 where they are counts, or where none of the series does.

    Args:
        con: connection to the warehouse.
        source: series (loaded ones), tickets or watches.
        grouping: what tickets or watches are added up by; the total if None.
        frequency: of loaded series, where it is not to be found out.
        as_of: the last day that is known (UTC): nothing after it is used, as if it were that day's evening.
        only: ids of the series that are wanted, None for all.

    Raises:
        UsageError: a grouping of loaded series, or a frequency of others; tickets or watches cannot be grouped so.
        ModelError: there are no such series, or none by that day.
        UnknownNameError: there is no series of an id that is wanted.
    """
    import polars as pl

    if source == "series":
        if grouping is not None:
            raise UsageError("loaded series are not added up by anything; leave the grouping away")
        observed = loaded_series(con, as_of, only)
    else:
        if frequency not in (None, DAY):
            raise UsageError(f"{source} are added up by day; leave the frequency away")
        observed = event_series(con, source, grouping or "total", as_of, only)
        frequency, grouping = DAY, grouping or "total"
    spaced = _spaced(observed, frequency, as_of)
    if source == "series" and frequency is not None and spaced.get_column("off").any():
        observed, done = moved(observed, frequency, spaced.get_column("off").to_numpy())
        note = pl.lit(f"its times were moved to where steps of {frequency.counted} begin")
        spaced = _spaced(observed, frequency, as_of).with_columns(
            pl.when(pl.Series(done)).then(note).otherwise("note").alias("note")
        )
    panels, gaps, places = _panels(observed, spaced)
    described = spaced.with_columns(
        pl.Series("series_id", observed.ids, dtype=pl.String),
        pl.lit(source).alias("source"),
        pl.lit(grouping, pl.String).alias("grouping"),
    )
    refused = described.filter(pl.col("reason").is_not_null()).select("series_id", "source", "grouping", "reason")
    facts = _facts(described, panels, gaps, places)
    return Prepared(panels, gaps, facts, refused, observed.tables, observed.unit, observed.notes)


def _spaced(observed: Observed, frequency: Frequency | None, as_of: date | None) -> pl.DataFrame:
    """One row a series, in order of their codes, as `spacing` returns them, with length, note, and all the reasons."""
    import polars as pl

    codes = pl.DataFrame({"series_id": np.arange(len(observed.ids), dtype=np.int32)})
    times = pl.DataFrame({"series_id": observed.codes, "at": observed.at})
    if observed.until is None:
        spaced = _spacing(times, frequency)
    else:
        days = times.group_by("series_id", maintain_order=True)
        spaced = days.agg(pl.len().cast(pl.Int32).alias("count"), pl.col("at").first().alias("first_at")).with_columns(
            pl.lit(observed.until).cast(pl.Datetime("us")).alias("last_at"),
            pl.lit(DAY.seconds, pl.Int64).alias("seconds"), pl.lit(0, pl.Int64).alias("months"),
            pl.lit(0, pl.Int64).alias("day"), pl.lit(None, pl.String).alias("reason"),
        )  # fmt: skip
    spaced = codes.join(spaced, on="series_id", how="left", maintain_order="left")
    nothing = "all its values are missing" if as_of is None else f"it has no values by the end of {as_of}"
    huge = pl.Series(np.isin(codes["series_id"], observed.codes[np.abs(observed.values) > HUGE]))
    single = frequency or _commonest(spaced)
    alone = (pl.col("count") == 1) & pl.col("seconds").is_null()
    spaced = spaced.with_columns(
        pl.when(pl.col("count").is_null())
        .then(pl.lit(nothing))
        .when(huge)
        .then(pl.lit(f"it has values beyond {HUGE:g}, whose squares are no numbers any more"))
        .otherwise("reason")
        .alias("reason"),
        pl.when(alone).then(single.seconds).otherwise("seconds").alias("seconds"),
        pl.when(alone).then(single.months).otherwise("months").alias("months"),
        pl.when(alone).then(single.day).otherwise("day").alias("day"),
        pl.when(alone).then(pl.lit(f"one value; its step is taken to be {single.counted}")).alias("note"),
        (pl.col("reason").is_not_null() & pl.col("count").is_not_null()).alias("off"),
    )
    return _without_holes(spaced, events=observed.until is not None)


def _spacing(times: pl.DataFrame, frequency: Frequency | None) -> pl.DataFrame:
    """`spacing`, some millions of rows at a time, since it needs several times their memory."""
    import polars as pl

    from toolkit.spacing import spacing

    codes = times.get_column("series_id").to_numpy()
    cuts = np.unique(np.searchsorted(codes, codes[BLOCK::BLOCK]))
    bounds = [0, *cuts[cuts > 0].tolist(), codes.size]
    return pl.concat([spacing(times[low:high], frequency) for low, high in itertools.pairwise(bounds)])


def _commonest(spaced: pl.DataFrame) -> Frequency:
    """The frequency that most series have; a day where none has one."""
    import polars as pl

    known = spaced.filter(pl.col("reason").is_null() & pl.col("seconds").is_not_null())
    counted = (
        known.group_by("seconds", "months", maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    )
    return frequency_of(*counted.select("seconds", "months").row(0)) if counted.height else DAY


def _without_holes(spaced: pl.DataFrame, *, events: bool) -> pl.DataFrame:
    """With the length of each series, gaps included, and a reason where too much of it is missing."""
    import polars as pl

    month = {c: pl.col(c).dt.year().cast(pl.Int64) * 12 + pl.col(c).dt.month() for c in ("first_at", "last_at")}
    steps = (
        pl.when(pl.col("months") > 0)
        .then((month["last_at"] - month["first_at"]) // pl.max_horizontal("months", 1))
        .otherwise((pl.col("last_at") - pl.col("first_at")).dt.total_seconds() // pl.max_horizontal("seconds", 1))
    )
    spaced = spaced.with_columns((steps + 1).alias("length"))
    missing = pl.col("length") - pl.col("count")
    holes = (missing > MOST_MISSING * pl.col("length")) & pl.lit(not events)
    reason = pl.format("{} of its {} values are missing, which is more than half", missing, "length")
    return spaced.with_columns(
        pl.when(pl.col("reason").is_null() & holes).then(reason).otherwise("reason").alias("reason")
    )


def _panels(observed: Observed, spaced: pl.DataFrame) -> tuple[list[Panel], list[BoolArray], IntArray]:
    """The panels, their gaps, and (n, 2) in which panel and row each series is, -1 where in none."""
    import polars as pl

    places = np.full((len(observed.ids), 2), -1, dtype=np.int32)
    panels: list[Panel] = []
    gaps: list[BoolArray] = []
    sound = spaced.filter(pl.col("reason").is_null())
    for frequency, members in _groups(sound):
        codes = members.get_column("series_id").to_numpy()
        places[codes] = np.stack([np.full(codes.size, len(panels)), np.arange(codes.size)], axis=1)
        panel, filled = _panel(observed, frequency, members, codes)
        panels.append(panel)
        gaps.append(filled)
    return panels, gaps, places


def _groups(sound: pl.DataFrame) -> Iterator[tuple[Frequency, pl.DataFrame]]:
    """The series of each panel: of one frequency, and where that would be mostly empty, of similar lengths."""
    import polars as pl

    cells = pl.len().cast(pl.Int64) * pl.col("length").max()
    spread = (cells > ROOMY) & (pl.col("length").sum() * 2 < cells)
    # Classes of lengths are four times as long as the one before, so that a panel is never mostly empty.
    size = pl.when(spread.over("seconds", "months", "day")).then((pl.col("length").log(4)).ceil()).otherwise(0)
    grouped = sound.with_columns(size.alias("size")).group_by("seconds", "months", "day", "size", maintain_order=True)
    for (seconds, months, day, _), members in grouped:
        longest = int(members.get_column("length").to_numpy().max())
        if members.height * longest > LARGEST:
            raise ModelError(
                f"{members.height:,} series of up to {longest:,} values do not fit into memory; "
                "choose some of them, or a grouping with fewer"
            )
        yield frequency_of(int(seconds), int(months), int(day)), members


def _panel(
    observed: Observed, frequency: Frequency, members: pl.DataFrame, codes: IntArray
) -> tuple[Panel, BoolArray]:  # fmt: skip
    width = int(members.get_column("length").to_numpy().max())
    ends = members.get_column("last_at").to_numpy()
    row_of, end_of = np.full(len(observed.ids), -1, dtype=np.int32), np.empty(len(observed.ids), dtype=ends.dtype)
    row_of[codes], end_of[codes] = np.arange(codes.size), ends
    rows = row_of[observed.codes]
    mine = slice(None) if codes.size == len(observed.ids) else rows >= 0
    rows = rows[mine]
    back = _steps_between(observed.at[mine], end_of[observed.codes[mine]], frequency)
    values = np.full((codes.size, width), np.nan)
    values[rows, width - 1 - back] = observed.values[mine]
    if observed.until is None:
        filled = fill_gaps(values, frequency.season)
        lowest = np.nanmin(values, axis=1)
        floors = np.where(lowest < 0, -np.inf, 0.0)
    else:
        begun = np.arange(width) >= width - members.get_column("length").to_numpy()[:, None]
        values[begun & np.isnan(values)] = 0.0
        filled, floors = np.zeros(values.shape, dtype=np.bool_), np.zeros(codes.size)
    ids = [observed.ids[code] for code in codes.tolist()]
    return Panel(ids, values, ends, frequency, floors, observed.released[codes]), filled


def _steps_between(at: Times, ends: Times, frequency: Frequency) -> IntArray:
    """How many steps before the ends times are."""
    if frequency.seconds:
        return (ends - at) // np.timedelta64(frequency.seconds * 1_000_000, "us")
    months: IntArray = (ends.astype("datetime64[M]") - at.astype("datetime64[M]")).astype(np.int64)
    return months // frequency.months


def _facts(described: pl.DataFrame, panels: list[Panel], gaps: list[BoolArray], places: IntArray) -> pl.DataFrame:
    import polars as pl

    names = pl.Series("frequency", [p.frequency.name for p in panels], dtype=pl.String)
    seasons = pl.Series("season", [p.frequency.season for p in panels], dtype=pl.Int32)
    filled = pl.Series("filled", np.concatenate([g.sum(axis=1) for g in gaps]) if gaps else [], dtype=pl.Int32)
    ordered = (
        described.with_columns(pl.Series("panel", places[:, 0]), pl.Series("row", places[:, 1]))
        .filter(pl.col("panel") >= 0)
        .sort("panel", "row")
    )
    return ordered.with_columns(
        names.gather(ordered.get_column("panel")), seasons.gather(ordered.get_column("panel")), filled
    ).select(
        "series_id", "source", "grouping", "panel", "row", "frequency", "season", "first_at", "last_at",
        pl.col("length").cast(pl.Int32), "filled", "note",
    )  # fmt: skip
