"""Times of series in the forms that people write them in; a column has one form, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.errors import SourceError
from warehouse.sources.times import ANOTHER_FORM, from_compact_date, from_epoch, from_text, units_per_second

if TYPE_CHECKING:
    from warehouse.sources.staging import Staging
    from warehouse.sources.table import Table

_CLOCK = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_PARTS = rf"^(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}){_CLOCK}$"
_QUARTER = r"^(\d{4})[- ]?[Qq]([1-4])$"
_WEEK = r"^(\d{4})-?[Ww](\d{2})$"
_DAY_FIRST, _MONTH_FIRST, _EPOCH, _ISO = "day first", "month first", "epoch", "ISO"
# Midnight and its offset.
_AFTER_DATE = r"[ T]00:00(?::00(?:\.0+)?)?\s*(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$"
YEAR_MONTHS = 12


@dataclass(frozen=True)
class Form:
    """How a time is written: the pattern of a text, SQL that reads a text, and an example."""

    pattern: str
    read: Callable[[str], str]
    example: str


def _ordered(order: str) -> Callable[[str], str]:
    """SQL that reads day, month and year, given as places of the pattern in the order of ISO."""
    return lambda given: from_text(f"regexp_replace({given}, '{_PARTS}', '{order}')")


def _first_of_quarter(given: str) -> str:
    year, quarter = (f"CAST(regexp_extract({given}, '{_QUARTER}', {place}) AS INTEGER)" for place in (1, 2))
    return f"make_date({year}, 3 * {quarter} - 2, 1)"


def _first_of_week(given: str) -> str:
    numbers = f"regexp_replace({given}, '{_WEEK}', '\\1-\\2')"
    monday = f"try_strptime({numbers} || '-1', '%G-%V-%u')"
    return f"CASE WHEN strftime({monday}, '%G-%V') = {numbers} THEN {monday} END"  # not week 53 of a year of 52


# A text is of the first form that it fits, but for day and month, which one text alone cannot tell apart.
FORMS: dict[str, Form] = {
    "year": Form(r"^(1[89]|2[01])\d{2}$", lambda given: f"make_date(CAST({given} AS INTEGER), 1, 1)", "2024"),
    "compact": Form(r"^(1[89]|2[01])\d{6}$", from_compact_date, "20240131"),
    "month": Form(
        r"^\d{4}[-/.]\d{1,2}$", lambda given: from_text(f"(regexp_replace({given}, '[/.]', '-') || '-1')"), "2024-01"
    ),
    "quarter": Form(_QUARTER, _first_of_quarter, "2024Q1"),
    "week": Form(
        _WEEK,
        _first_of_week,
        "2024-W05",
    ),
    "year first": Form(
        rf"^\d{{4}}[/.]\d{{1,2}}[/.]\d{{1,2}}{_CLOCK}$",
        lambda given: from_text(f"regexp_replace({given}, '[/.]', '-', 'g')"),
        "2024/01/31",
    ),
    _DAY_FIRST: Form(_PARTS, _ordered(r"\3-\2-\1\4"), "31/01/2024, the day first"),
    _MONTH_FIRST: Form(_PARTS, _ordered(r"\3-\1-\2\4"), "01/31/2024, the month first"),
}  # fmt: skip
_EPOCHS = r"^-?\d{9,}(\.\d+)?$"


def read_dates(staging: Staging, table: Table, column: str) -> tuple[str, str]:
    """SQL of a column's values as TIMESTAMP in UTC, and of why one cannot be read.

    The form is that of most of the first 1000 rows: ISO text, with a zone or in UTC; an epoch; 20240131; a year, a
    month, a quarter or an ISO week, which stand for their first day; 2024/01/31; or day and month before the year,
    in the order that a number above 12 shows somewhere in the column. Of midnights with several offsets, as summer time
    makes them, the dates are taken: in UTC they would not be days apart.

    Raises:
        SourceError: hardly a value can be read; or which number is the day does not show, or both orders do.
    """
    kind = table.types[column].upper()
    if kind.startswith(("TIMESTAMP", "DATE")):
        raw = table.raw(column)
        zoned = f"({raw} AT TIME ZONE 'UTC')" if "TIME ZONE" in kind else f"CAST({raw} AS TIMESTAMP)"
        return zoned, "NULL"
    given = table.text(column)
    form = _form(staging, table, column)
    if form == _DAY_FIRST:
        form = _order(staging, table, column)
    if form == _ISO and _local_midnights(staging, table, column):
        staging.notes.append(f"times of {column} are midnights of a zone whose offset changes: their dates are taken")
        given = f"regexp_replace({given}, '{_AFTER_DATE}', '')"
    example = {_ISO: "2024-01-31", _EPOCH: "1706659200, an epoch"}.get(form) or FORMS[form].example
    if form != _ISO:
        staging.notes.append(f"times of {column} are as {example}")
    fits = _fits(form, given)
    value = from_text(given) if form == _ISO else _epoch(staging, given) if form == _EPOCH else FORMS[form].read(given)
    read = f"CASE WHEN {fits} THEN CAST({value} AS TIMESTAMP) END"
    others = " OR ".join(_fits(other, given) for other in (_ISO, _EPOCH, *FORMS))
    problem = (
        f"CASE WHEN {given} IS NULL OR {read} IS NOT NULL THEN NULL "
        f"WHEN NOT ({fits}) AND ({others}) THEN 'time {ANOTHER_FORM} (as {example})' "
        "ELSE 'time is not a time that can be read' END"
    )
    return read, problem


def _fits(form: str, given: str) -> str:
    """SQL: whether text is of a form."""
    if form == _ISO:
        return f"({from_text(given)}) IS NOT NULL"
    return f"regexp_matches({given}, '{_EPOCHS if form == _EPOCH else FORMS[form].pattern}')"


def _form(staging: Staging, table: Table, column: str) -> str:
    """The form of most of the first rows.

    Raises:
        SourceError: none of them is of any.
    """
    sample = table.sample(staging, column)
    cases = " ".join(f"WHEN {_fits(form, 'v')} THEN '{form}'" for form in (*FORMS, _EPOCH, _ISO))
    found = staging.con.execute(
        f"SELECT form, min(v) FROM (SELECT v, CASE {cases} END AS form FROM {sample} WHERE v IS NOT NULL) "
        "GROUP BY form ORDER BY form IS NULL, count(*) DESC, form LIMIT 1"
    ).fetchall()
    if not found:
        raise SourceError(f"{table.file}: no row of the first ones has a time in column {column}; write dates there")
    form, value = found[0]
    if form is None:
        raise SourceError(
            f"{table.file}: {column} holds no times, but such as {value!r}; write dates, such as 2024-01-31, "
            "or say which column has them with --map time=COLUMN"
        )
    return str(form)


def _order(staging: Staging, table: Table, column: str) -> str:
    """Whether the day or the month stands first, by the numbers above 12 in the whole column.

    Raises:
        SourceError: there are none, or in both places.
    """
    numbers = [f"TRY_CAST(regexp_extract(v, '{_PARTS}', {place}) AS INTEGER)" for place in (1, 2)]
    highest = ", ".join(f"max({number}), arg_max(v, {number})" for number in numbers)
    first, one, second, other = staging.con.execute(
        f"SELECT {highest} FROM (SELECT {table.text(column)} AS v FROM {table.relation})", table.parameters
    ).fetchall()[0]
    if first > YEAR_MONTHS and second > YEAR_MONTHS:
        raise SourceError(
            f"{table.file}: {column} has dates in two formats, such as {one} and {other}; write them as 2024-01-31"
        )
    if first <= YEAR_MONTHS and second <= YEAR_MONTHS:
        raise SourceError(
            f"{table.file}: whether {one} of {column} is day/month or month/day does not show, as no number is above "
            "12; write them as 2024-01-31"
        )
    return _DAY_FIRST if first > YEAR_MONTHS else _MONTH_FIRST


def _local_midnights(staging: Staging, table: Table, column: str) -> bool:
    """Whether all times of a column are midnights with an offset, and the offsets differ."""
    if not staging.count(f"SELECT count(*) FROM \"stage_sample\" WHERE regexp_matches(v, '{_AFTER_DATE}')"):
        return False
    offset = f"regexp_replace(regexp_extract(v, '{_AFTER_DATE}', 1), '^[A-Za-z]+$', '+00')"
    offset = f"rpad(replace({offset}, ':', ''), 5, '0')"
    asked = (
        f"SELECT bool_and(regexp_matches(v, '{_AFTER_DATE}')) AND count(DISTINCT {offset}) > 1 "
        f"FROM (SELECT {table.text(column)} AS v FROM {table.relation})"
    )
    return bool(staging.count(asked, table.parameters))


def _epoch(staging: Staging, given: str) -> str:
    """SQL: epochs of the unit that their median among the first rows tells."""
    sizes = '(SELECT abs(TRY_CAST(v AS DOUBLE)) AS size FROM "stage_sample")'
    ticks = units_per_second(staging.count(f"SELECT quantile_disc(size, 0.5) FROM {sizes}"))
    whole = not staging.count("SELECT count(*) FROM \"stage_sample\" WHERE contains(v, '.')")
    return from_epoch(f"TRY_CAST({given} AS {'BIGINT' if whole else 'DOUBLE'})", ticks)
