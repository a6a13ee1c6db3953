"""Minutes watched by day, and on the day after, out of a plain table."""

from __future__ import annotations

from warehouse.sources.columns import resolve_noted
from warehouse.sources.dates import read_dates
from warehouse.sources.staging import Stage, Staging, literal
from warehouse.sources.tables import gather, open_table, stem

__all__ = ["gather", "stage"]

# Field of the file: column of the table.
TARGETS = {
    "minutes": "watch_time",
    "seconds": "watch_time",
    "next": "next_watch_time",
    "next_seconds": "next_watch_time",
}


def stage(staging: Staging) -> None:
    """Stage one file. Without a column of viewers all rows are of one, who is named after the file.

    Where there are dates, rows of one viewer and day with different minutes are refused.

    Raises:
        SourceError: it cannot be read, or columns are missing or ambiguous; its dates are of no one form.
    """
    table = open_table(staging)
    columns = resolve_noted(staging, list(table.types), table.file)
    problems = [] if table.problem == "NULL" else [table.problem]
    viewer = table.id(staging, columns["viewer"]) if "viewer" in columns else literal(stem(table.file))
    if "viewer" not in columns:
        staging.notes.append(f"no column says whose row it is: all are of {stem(table.file)!r}")
    select = {"viewer_id": viewer, "observed": "NULL::TIMESTAMP"}
    for name, target in TARGETS.items():
        if name in columns:
            number, why = table.number(staging, columns[name], "DOUBLE", target.replace("_", " "))
            select[target] = f"{number} / 60" if name.endswith("seconds") else number
            problems += [why] if why else []
    if "time" in columns:
        select["observed"], why = read_dates(staging, table, columns["time"])
        problems += [why, f"CASE WHEN {table.text(columns['time'])} IS NULL THEN 'no time' END"]
    select["problem"] = f"coalesce({', '.join(problems)}, NULL)" if problems else "NULL::VARCHAR"
    relation, ordinal, locate = table.read(staging, "plain", ", ".join(f"{sql} AS {c}" for c, sql in select.items()))
    staging.add(Stage("watch_times", _placed(staging, relation, ordinal), table.file, locate))


def _placed(staging: Staging, relation: str, ordinal: str) -> str:
    """The rows with their place among the viewer's: that of the row, or of the day where there are dates."""
    row = f"row_number() OVER (PARTITION BY viewer_id ORDER BY {ordinal})"
    # The number of the day is the same in every load, so that a later file adds its days to those of an earlier one.
    place = f"coalesce(date_diff('day', DATE '1970-01-01', CAST(observed AS DATE)), {row})"
    differ = " OR ".join(
        f"min({column}) OVER same < max({column}) OVER same OR count({column}) OVER same NOT IN (0, count(*) OVER same)"
        for column in ("watch_time", "next_watch_time")
    )
    reason = "this day is there more than once for the viewer, with other minutes"
    return staging.view(
        "watch_times",
        f"SELECT {ordinal} AS ordinal, viewer_id, CAST({place} AS INTEGER) AS place, CAST(observed AS DATE) AS day, "
        "watch_time, next_watch_time, "
        f"CASE WHEN problem IS NOT NULL THEN problem WHEN observed IS NOT NULL AND ({differ}) THEN '{reason}' END "
        "AS problem "
        f"FROM {relation} WINDOW same AS (PARTITION BY viewer_id, CAST(observed AS DATE), problem IS NULL)",
    )
