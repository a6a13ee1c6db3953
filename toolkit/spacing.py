"""Which regular step the times of each series have, for many series at once, and why a series has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.frequency import frequency_of

if TYPE_CHECKING:
    import polars as pl

    from toolkit.frequency import Frequency

# At least this share of the steps of a series must be its median step; else it is two series, or none.
REGULAR = 2 / 3
SECOND, DAY = 1_000_000, 86_400_000_000  # in microseconds
MONTH_DAYS = 28


def spacing(times: pl.DataFrame, given: Frequency | None = None) -> pl.DataFrame:
    """The step of each series.

    It is the median of the steps between neighbours. At least two of three steps must be it, and all of them multiples
    of it: what is missing then is a gap. Steps are of months where they are of 28 days and more and all the times stand
    on one day of the month (or the last one, where a month is shorter) and at one time of day. A frequency that is
    given is taken as it is, and only has to divide all steps.

    Args:
        times: columns series_id (of any type) and at (Datetime), sorted by both, without repeated or missing times.
        given: the frequency, where it is not to be found out.

    Returns:
        One row a series, in order: series_id, count (of values), first_at, last_at, seconds, months, day (as in
        Frequency; null where there is one value), and reason, why the series has no frequency, else null.
    """
    import polars as pl

    by_seconds = _steps(times, pl.col("at").dt.timestamp("us"), None if given is None else given.seconds * SECOND)
    monthly = pl.col("unit") >= MONTH_DAYS * DAY if given is None else pl.lit(bool(given.months))
    # The calendar is asked only where it may matter, as it is dear.
    long = times.join(by_seconds.filter(monthly), on="series_id", how="semi", maintain_order="left")
    number = pl.col("at").dt.year().cast(pl.Int64) * 12 + pl.col("at").dt.month()
    by_months = _steps(long, number, None if given is None else given.months).join(
        _days(long), on="series_id", maintain_order="left"
    )
    if given is None:
        by_months = by_months.filter("one_day")
    found = pl.concat(
        [
            by_months.select(
                "series_id", "regular", pl.lit(0, pl.Int64).alias("seconds"), pl.col("unit").alias("months"), "day",
                off=pl.col("off") | ~pl.col("one_day"),
            ),
            by_seconds.join(by_months, on="series_id", how="anti").select(
                "series_id", "regular", pl.col("unit") // SECOND, pl.lit(0, pl.Int64).alias("months"),
                pl.lit(0, pl.Int64).alias("day"), off=pl.col("off") | (pl.col("unit") % SECOND != 0),
            ).rename({"unit": "seconds"}),
        ]
    )  # fmt: skip
    counted = by_seconds.select("series_id", "count", "first_at", "last_at")
    return _with_reasons(counted.join(found, on="series_id", maintain_order="left"), given)


def _steps(times: pl.DataFrame, number: pl.Expr, given: int | None) -> pl.DataFrame:
    """By a number that stands for time: the median step of each series, how many are it, whether one is off it."""
    import polars as pl

    inside = pl.col("series_id") == pl.col("series_id").shift(1)
    steps = times.select("series_id", "at", pl.when(inside).then(number - number.shift(1)).alias("step"))
    step = pl.col("step")
    # The lower median of whole numbers is one itself. A frequency of months has no seconds, and the other way round.
    unit = step.quantile(0.5, "lower").cast(pl.Int64) if given is None else pl.lit(given or None, pl.Int64)
    return steps.group_by("series_id", maintain_order=True).agg(
        pl.len().cast(pl.Int32).alias("count"),
        pl.col("at").first().alias("first_at"),
        pl.col("at").last().alias("last_at"),
        unit.alias("unit"),
        (step == unit).sum().cast(pl.Int64).alias("regular"),
        (step % unit != 0).any().alias("off"),
    )


def _days(times: pl.DataFrame) -> pl.DataFrame:
    """Whether the times of each series stand on one day of the month, and which it is, as in Frequency."""
    import polars as pl

    at = pl.col("at")
    days = times.select(
        "series_id", at.dt.day().cast(pl.Int64).alias("day"), at.dt.month_end().dt.day().cast(pl.Int64).alias("last"),
        (at.dt.timestamp("us") % DAY).alias("clock"),
    )  # fmt: skip
    day, last, clock = pl.col("day"), pl.col("last"), pl.col("clock")
    return (
        days.group_by("series_id", maintain_order=True)
        .agg(
            highest=day.max(),
            ends=(day == last).all(),
            one_day=(day == pl.min_horizontal(day.max(), last)).all() & (clock.min() == clock.max()),
        )
        .select("series_id", "one_day", pl.when(pl.col("ends") | (pl.col("highest") < MONTH_DAYS))
                .then(0).otherwise("highest").alias("day"))
    )  # fmt: skip


def _with_reasons(found: pl.DataFrame, given: Frequency | None) -> pl.DataFrame:
    import polars as pl

    steps = pl.col("count") - 1
    mixed = pl.col("regular") < (steps * REGULAR if given is None else 0)
    found = found.with_columns(mixed=(steps > 0) & mixed, off=(steps > 0) & pl.col("off"))
    bad = found.filter(pl.col("mixed") | pl.col("off")).select("seconds", "months").unique(maintain_order=True)
    names = [frequency_of(max(seconds, 1), months).counted for seconds, months in bad.iter_rows()]
    found = found.join(
        bad.with_columns(pl.Series("step", names, dtype=pl.String)), on=["seconds", "months"], how="left",
        maintain_order="left",
    )  # fmt: skip
    advice = "; load what is of another frequency as a series of its own"
    if given is None:
        off = pl.format(f"mixed frequencies: most steps are {{}}, others no multiple of it{advice}", "step")
    else:
        off = pl.lit(f"its times are not whole steps of {given.counted} apart; give another frequency, or none")
    few = pl.format(f"mixed frequencies: {{}} of {{}} steps are {{}}{advice}", "regular", steps, "step")
    several = pl.col("count") > 1
    return found.select(
        "series_id", "count", "first_at", "last_at",
        *(pl.when(several).then(column).alias(column) for column in ("seconds", "months", "day")),
        pl.when("off").then(off).when("mixed").then(few).alias("reason"),
    )  # fmt: skip
