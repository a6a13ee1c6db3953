"""SQL that reads times: ISO text with or without zone, and epochs in seconds or finer. All in UTC."""

from __future__ import annotations

EARLIEST, LATEST = "1880-01-01", "2200-01-01"
# A date, or a date with a time to the minute or finer; a zone that is named, or of another form, is refused.
NAIVE = r"\s*\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*"
ANOTHER_FORM = "is in another form than most of the column"
# An epoch of 1e11 is the year 5138 in seconds and 1973 in milliseconds: the unit of a whole column shows.
UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (float("inf"), 1_000_000_000))


def units_per_second(typical: float) -> int:
    """Ticks per second of an epoch column whose typical absolute value is given."""
    return next(ticks for limit, ticks in UNITS if typical < limit)


def from_epoch(column: str, ticks: int) -> str:
    """SQL: an epoch number as TIMESTAMP; NULL where it is out of all bounds (`problem` tells it from a missing one)."""
    bounded = f"{column} BETWEEN {-2_840_140_800 * ticks} AND {7_258_118_400 * ticks}"
    if ticks <= 1_000_000:
        micros = (
            f"CAST(round({column} * {1_000_000 // ticks}) AS BIGINT)"
            if ticks < 1_000_000
            else f"CAST({column} AS BIGINT)"
        )
    else:
        micros = f"CAST({column} // 1000 AS BIGINT)"
    return f"CASE WHEN {bounded} THEN make_timestamp({micros}) END"


def from_text(column: str) -> str:
    """SQL: ISO text as TIMESTAMP; a zone is applied, text without one is taken for UTC; NULL where it is no time."""
    zone = "\\s*(Z|z|UTC|GMT|[+-]\\d\\d(:?\\d\\d)?)$"
    zoned = f"regexp_matches({column}, ':\\d\\d(\\.\\d+)?{zone}')"
    # DuckDB 1 wants seconds before a zone.
    whole = f"regexp_replace({column}, '^([^:]*:\\d\\d){zone}', '\\1:00\\2')"
    # DuckDB's plain cast reads a zone and ignores it, and wants a colon in it where it heeds it.
    tidy = f"regexp_replace(regexp_replace({whole}, '\\s*([+-]\\d\\d)(\\d\\d)$', '\\1:\\2'), '\\s*(UTC|GMT|z)$', 'Z')"
    return (
        f"CASE WHEN {zoned} THEN TRY_CAST({tidy} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
        f"WHEN regexp_full_match({column}, '{NAIVE}') THEN TRY_CAST({column} AS TIMESTAMP) END"
    )


def from_compact_date(column: str) -> str:
    """SQL: whole numbers such as 20240131 as TIMESTAMP."""
    return f"try_strptime(CAST({column} AS VARCHAR), '%Y%m%d')"


def another_form(given: str) -> str:
    """SQL: whether text is a time in any of the forms; asked of text that is none in its column's form."""
    return (
        f"(regexp_full_match({given}, '-?\\d{{9,}}(\\.\\d+)?') OR {from_compact_date(given)} IS NOT NULL "
        f"OR {from_text(given)} IS NOT NULL)"
    )


def problem(given: str, read: str, what: str, *, text: bool = False) -> str:
    """SQL: why a time that was given could not be read, else NULL; of text also whether it is of another form."""
    reason = f"'{what} is not a time that can be read (ISO text, or seconds or milliseconds since 1970, from 1880 on)'"
    if text:
        reason = f"CASE WHEN {another_form(given)} THEN '{what} {ANOTHER_FORM}' ELSE {reason} END"
    return f"CASE WHEN {given} IS NOT NULL AND {read} IS NULL THEN {reason} END"
