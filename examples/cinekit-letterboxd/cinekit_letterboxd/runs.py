"""What the plugin has to say about runs of others."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit import RunInfo, Shown

OLD = 30  # days

THERE = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'plugin_letterboxd'"
AGE = "SELECT current_date - max(watched_on) AS days FROM plugin_letterboxd.diary"
WATCHLIST = """
    SELECT viewer_id AS viewer, rank, name AS title, year, added_on
    FROM results.recommendations
    JOIN plugin_letterboxd.current_watchlist USING (viewer_key, title_key)
    JOIN raw.titles USING (title_key) JOIN raw.viewers USING (viewer_key)
    WHERE run IN (SELECT unnest($runs))
    ORDER BY viewer, rank
"""


def age_of_diary(run: RunInfo) -> Iterator[str]:
    """One line where the newest entry of all diaries is older than a month."""
    if run.verb != "load" and run.query(THERE).item():
        days = run.query(AGE).item()
        if days is not None and days > OLD:
            yield f"the newest entry of the Letterboxd diary is {days} days old; export again"


def on_watchlist(run: RunInfo) -> Iterator[Shown]:
    """One table below recommendations; it is left out where it has no rows."""
    if run.verb == "recommend" and run.status == "done" and run.query(THERE).item():
        yield Shown("On your watchlist already", WATCHLIST)
