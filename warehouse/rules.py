"""Which rows are impossible, and how rows that say the same fold into one: the whole of what loading decides."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.sources.times import EARLIEST, LATEST

WEEK = 7 * 24 * 60


@dataclass(frozen=True)
class Events:
    """A table of things that viewers did.

    Attributes:
        columns: its columns beside keys and load.
        same: columns in which two rows must agree to be one; the latest by `time` stands, then the later line. Empty
            where only identical rows, time included, are one.
        time: column with the time.
        viewer: a row belongs to a viewer: True, False, or None where it may.
        title: likewise for titles.
    """

    columns: tuple[str, ...]
    same: tuple[str, ...] = ()
    time: str | None = None
    viewer: bool | None = True
    title: bool | None = True

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Columns of the table without load."""
        viewer = ("viewer_key",) if self.viewer is not False else ()
        title = ("title_key",) if self.title is not False else ()
        return viewer + title + self.columns


PAIR = ("viewer_key", "title_key")
EVENTS: dict[str, Events] = {
    "ratings": Events(("rating", "rated_at"), PAIR, "rated_at"),
    "tags": Events(("tag", "tagged_at"), (*PAIR, "tag"), "tagged_at", viewer=None),
    "watches": Events(("minutes", "watched_at"), time="watched_at"),
    "purchases": Events(("tickets", "amount", "cinema", "purchased_at"), time="purchased_at"),
    "reviews": Events(("review_id", "review", "score", "reviewed_at"), ("review_id",), "reviewed_at", None, None),
    "series": Events(("series_id", "observed_at", "observation"), ("series_id", "observed_at"), None, False, False),
    "customers": Events(("churned",), ("viewer_key",), None, title=False),
    "customer_attributes": Events(("attribute", "content"), ("viewer_key", "attribute"), None, title=False),
    "watch_times": Events(
        ("place", "day", "watch_time", "next_watch_time"), ("viewer_key", "place"), None, title=False
    ),
    "simulated_viewers": Events(
        ("taste", "watches_per_day", "joined_at", "left_at"), ("viewer_key",), None, title=False
    ),
    "simulated_titles": Events(("factors", "appeal"), ("title_key",), None, viewer=False),
}


def _minutes(what: str) -> tuple[tuple[str, str], ...]:
    """Rules for minutes; what they are called in reasons."""
    return (
        ("NOT isfinite({})", f"{what} is not a finite number"),
        ("{} < 0", "minutes are negative" if what == "minutes" else f"{what} is negative"),
        (f"{{}} > {WEEK}", "minutes are more than a week" if what == "minutes" else f"{what} is more than a week"),
    )


# (condition under which a row is refused, reason), by the columns that it needs; {} is the column itself.
_COLUMN_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "rating": (
        ("{} IS NULL", "no rating"),
        ("NOT isfinite({})", "rating is not a finite number"),
        ("{} < 0", "rating is negative"),
    ),
    "minutes": _minutes("minutes"),
    "tag": (("{} IS NULL", "no tag"),),
    "tickets": (("{} < 0", "tickets are negative"),),
    "amount": (("NOT isfinite({})", "amount is not a finite number"),),
    "year": (("{} NOT BETWEEN 1870 AND 2200", "year is not between 1870 and 2200"),),
    "runtime_minutes": (("NOT isfinite({})", "runtime is not a finite number"), ("{} < 0", "runtime is negative")),
    "age": (("{} NOT BETWEEN 0 AND 130", "age is not between 0 and 130"),),
    "series_id": (("{} IS NULL", "no series id"),),
    "observed_at": (("{} IS NULL", "no time"),),
    "observation": (("{} IS NULL", "no value"), ("NOT isfinite({})", "value is not a finite number")),
    "watch_time": (("{} IS NULL", "no watch time"), *_minutes("watch time")),
    "next_watch_time": _minutes("next watch time"),
    "review_id": (("{} IS NULL", "no review id"),),
    "review": (("{0} IS NULL OR NOT regexp_matches({0}, '\\S')", "no text"),),
    "score": (("NOT isfinite({})", "score is not a finite number"),),
}
_TIMES = ("rated_at", "watched_at", "tagged_at", "purchased_at", "reviewed_at", "observed_at")


def refusal(table: str, columns: dict[str, str]) -> str:
    """SQL: why a staged row is refused, NULL where it is not; `columns` are the stage's, by name with type."""
    cases = ["WHEN problem IS NOT NULL THEN problem"] if "problem" in columns else []
    events = EVENTS.get(table)
    needs_viewer = table == "viewers" or (events is not None and events.viewer is True)
    needs_title = table in ("titles", "genres", "credits") or (events is not None and events.title is True)
    if needs_viewer:
        cases.append("WHEN viewer_id IS NULL THEN 'no viewer id'")
    if needs_title:
        cases.append("WHEN title_id IS NULL THEN 'no title id'")
    for column in columns:
        cases += [f"WHEN {test.format(column)} THEN '{reason}'" for test, reason in _COLUMN_RULES.get(column, ())]
        if column in _TIMES:
            cases.append(
                f"WHEN NOT ({column} >= TIMESTAMP '{EARLIEST}' AND {column} < TIMESTAMP '{LATEST}') "
                f"THEN 'time is not between {EARLIEST[:4]} and {LATEST[:4]}'"
            )
    return f"CASE {' '.join(cases)} END" if cases else "NULL"
