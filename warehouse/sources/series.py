"""Time series out of a plain table with one row a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warehouse.errors import SourceError
from warehouse.sources.columns import resolve_noted
from warehouse.sources.dates import read_dates
from warehouse.sources.staging import Stage, Staging, literal
from warehouse.sources.tables import gather, open_table, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["gather", "stage"]

# Columns such as V1, 17, 2024-01 or 2024-01-31, of a table with one row a series.
_WIDE = re.compile(r"[A-Za-z]?\d{1,4}|\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_WIDE_COLUMNS, _WIDE_SHARE = 6, 0.7


def stage(staging: Staging) -> None:
    """Stage one file.

    Rows of one series and time with different values are refused, or added up where the load is told to.

    Raises:
        SourceError: it cannot be read, has one row a series, or columns are missing or ambiguous; its times are of no
            one form.
    """
    table = open_table(staging)
    if not staging.mapping:
        _refuse_wide(list(table.types), table.file)
    columns = resolve_noted(staging, list(table.types), table.file)
    problems = [] if table.problem == "NULL" else [table.problem]
    value, why = table.number(staging, columns["value"], "DOUBLE", "value")
    problems += [why] if why else []
    time, why = read_dates(staging, table, columns["time"])
    problems.append(why)
    series = table.id(staging, columns["id"]) if "id" in columns else literal(stem(table.file))
    if "id" not in columns:
        staging.notes.append(f"no column says which series a row is of: all are of {stem(table.file)!r}")
    select = f"{series} AS series_id, {time} AS observed_at, {value} AS observation"
    relation, ordinal, locate = table.read(staging, "plain", f"{select}, coalesce({', '.join(problems)}) AS problem")
    columns_read = "series_id, observed_at, observation, problem"
    read = staging.view("series_read", f"SELECT {ordinal} AS ordinal, {columns_read} FROM {relation}")
    staging.add(Stage("series", _told_apart(staging, read), table.file, locate))


def _refuse_wide(columns: Sequence[str], file: str) -> None:
    """See to it that a row is a value.

    Raises:
        SourceError: most columns are named like times, or by number.
    """
    wide = [column for column in columns if _WIDE.fullmatch(column)]
    if len(wide) >= _WIDE_COLUMNS and len(wide) >= _WIDE_SHARE * len(columns):
        raise SourceError(
            f"{file} is wide: one row a series, its values in columns {wide[0]} to {wide[-1]}; write one row a value, "
            "with the columns unique_id, ds (a date) and y, as UNPIVOT in SQL or unpivot of Polars does"
        )


def _told_apart(staging: Staging, read: str) -> str:
    """The rows that were read, with those of one series and time added up, or refused where they disagree."""
    sound = "problem IS NULL AND series_id IS NOT NULL AND observed_at IS NOT NULL AND isfinite(observation)"
    # Hashes first: of most files nothing is left to be grouped by text.
    hashed = "hash(series_id, observed_at)"
    differ = "" if staging.add_up else "AND min(observation) < max(observation)"
    twice = staging.table(
        "twice",
        "SELECT series_id, observed_at, sum(observation ORDER BY observation) AS total, count(*) AS rows "
        f"FROM {read} WHERE {sound} AND "
        f"{hashed} IN (SELECT {hashed} FROM {read} WHERE {sound} GROUP BY 1 HAVING count(*) > 1) "
        f"GROUP BY series_id, observed_at HAVING count(*) > 1 {differ}",
    )
    times, rows = staging.con.execute(f"SELECT count(*), coalesce(sum(rows), 0) FROM {twice}").fetchall()[0]
    if not times:
        return read
    if staging.add_up:
        staging.notes.append(
            f"{rows:,} rows were added up into {times:,} value{'s' * (times != 1)}, one a series and time"
        )
        replaced = f"CASE WHEN {sound} THEN coalesce(t.total, observation) ELSE observation END AS observation"
    else:
        reason = "this time is there more than once in the series, with other values; add them up with --sum"
        replaced = f"CASE WHEN {sound} AND t.total IS NOT NULL THEN '{reason}' ELSE problem END AS problem"
    return staging.view(
        "series",
        f"SELECT r.* REPLACE ({replaced}) FROM {read} r LEFT JOIN {twice} t USING (series_id, observed_at)",
    )
