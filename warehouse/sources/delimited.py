"""Delimited text into a temporary table: DuckDB reads it, and every record that it rejects is kept with its line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.lines import RecordPositions
from warehouse.sources.staging import CONTENT_CHARACTERS, RowLocator, Staging, file_pattern
from warehouse.sources.times import ANOTHER_FORM, another_form

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from warehouse.sources.text import File

HEAD = 1 << 18
DECIMAL_COMMA = r"[+-]?\d*,\d+"
KINDS = {
    "DOUBLE": "a number", "FLOAT": "a number", "BIGINT": "a whole number", "INTEGER": "a whole number",
    "SMALLINT": "a whole number",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Attributes:
        columns: every column in order, with the type of DuckDB that it is read as.
        delimiter: one or more characters between fields.
        quote: character around fields that hold delimiters or line ends; "" where there is none.
        header: the first record names the columns.
        labels: what to call columns when one of their values cannot be read; else their names.
    """

    columns: Mapping[str, str]
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A delimited file that was read.

    Attributes:
        relation: the temporary table.
        ordinal: SQL of a record's place among those accepted, from 0.
        locate: finds line and text of accepted records.
        rows: accepted records.
    """

    relation: str
    ordinal: str
    locate: RowLocator
    rows: int


def first_records(file: File, delimiter: str, quote: str, count: int = 2) -> list[list[str]]:
    """The first records of a text file, for its header.

    Raises:
        SourceError: nothing but blank lines.
    """
    with file.path.open("r", encoding="utf-8-sig", newline="") as stream:
        head = stream.read(HEAD)
    reader = csv.reader(
        head.splitlines(keepends=True), delimiter=delimiter, quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )  # fmt: skip
    records: list[list[str]] = []
    try:
        for record in reader:
            if record:
                records.append(record)
            if len(records) == count:
                break
    except csv.Error as error:
        if len(records) < 2:  # later rows are only looked at; the reader proper will say what is wrong with them
            raise SourceError(f"{file.name} cannot be read as delimited text: {error}") from error
    if not records:
        raise SourceError(f"{file.name} holds nothing but blank lines; nothing to load")
    return records


def read(staging: Staging, name: str, file: File, layout: Layout, select: str, *, counted: bool = True) -> Reading:
    """Read a delimited file into the temporary table stage_<name>.

    Args:
        staging: the load.
        name: of the table.
        file: text that is valid UTF-8.
        layout: how it is written.
        select: what to keep, in SQL over the layout's columns.
        counted: rejected records count as rows of the load.

    Raises:
        SourceError: a quote opens and is never closed, so that lines after it would be lost.
    """
    con = staging.con
    rejects, scans = identifier(f"stage_rejects_{name}"), identifier(f"stage_scans_{name}")
    relation = staging.table(
        name, f"SELECT {select} FROM {read_csv(layout, reject_name=name)}", parameters(file, layout)
    )  # fmt: skip
    rejected = staging.table(
        "rejected",
        # The position of a record that follows blank lines is that of the first of these.
        f"""
        SELECT min(line_byte_position - 1 + strlen(csv_line) - strlen(ltrim(csv_line, chr(10) || chr(13)))) AS start,
               arg_min(error_type::VARCHAR, column_idx) AS kind, arg_min(column_name, column_idx) AS column_name,
               arg_min(error_message, column_idx) AS message,
               arg_min(trim(csv_line, chr(10) || chr(13)), column_idx) AS content
        FROM {rejects} GROUP BY line_byte_position
        """,
    )
    con.execute(f"DROP TABLE {rejects}")
    con.execute(f"DROP TABLE {scans}")
    starts = con.execute(f"SELECT CAST(start AS BIGINT) AS start FROM {rejected} ORDER BY start").fetchnumpy()["start"]
    # Rows that a transaction has not committed yet count from a large number on.
    base, rows = con.execute(f"SELECT coalesce(min(rowid), 0), count(*) FROM {relation}").fetchall()[0]
    if len(starts):
        _refuse(staging, file, layout, starts, counted)

    def locate(ordinals: NDArray[np.int64]) -> pa.Table:
        return RecordPositions(
            file.path, layout.quote, header=layout.header, rejected=starts, accepted=rows
        ).locate(ordinals)  # fmt: skip

    return Reading(relation, f"(rowid - {base})", locate, rows)


def read_csv(layout: Layout, *, reject_name: str | None = None) -> str:
    """The call of DuckDB's reader; bind `parameters` to it."""
    columns = ", ".join(
        f"{_text(name)}: {_text(kind)}" for name, kind in layout.columns.items()
    )  # fmt: skip
    rejects = (
        f", store_rejects = true, rejects_table = {_text('stage_rejects_' + reject_name)}, "
        f"rejects_scan = {_text('stage_scans_' + reject_name)}, rejects_limit = 0"
        if reject_name
        else ", ignore_errors = true"
    )
    return (
        f"read_csv($file, auto_detect = false, columns = {{{columns}}}, delim = $delimiter, quote = $quote, "
        f"escape = $quote, header = {'true' if layout.header else 'false'}, max_line_size = 16777216{rejects})"
    )


def parameters(file: File, layout: Layout) -> dict[str, str]:
    """What to bind to `read_csv`."""
    return {"file": file_pattern(file.path), "delimiter": layout.delimiter, "quote": layout.quote}


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _refuse(staging: Staging, file: File, layout: Layout, starts: NDArray[np.int64], counted: bool) -> None:
    import pyarrow as pa

    nothing = np.empty(0, dtype=np.int64)
    lines = RecordPositions(file.path, "", header=False, rejected=nothing, accepted=-1).line(starts)
    staging.con.register("stage_rejected_lines", pa.table({"start": starts, "line": lines}))
    swallowed = staging.con.execute(
        "SELECT line FROM stage_rejected JOIN stage_rejected_lines USING (start) "
        "WHERE kind = 'UNQUOTED VALUE' AND contains(content, chr(10)) ORDER BY line LIMIT 1"
    ).fetchall()
    if swallowed:
        raise SourceError(
            f"{file.name}, line {swallowed[0][0]}: a quote opens and is not closed on its line; "
            "repair the line and load again"
        )
    kinds = " ".join(
        f"WHEN {_text(name)} THEN {not_a_number('refused_value', layout.labels.get(name, name), kind)}"
        for name, kind in layout.columns.items()
    )
    staging.con.execute(
        f"""
        INSERT INTO stage_refused
        SELECT $file, line,
            CASE kind
                WHEN 'CAST' THEN CASE column_name {kinds} ELSE message END
                WHEN 'MISSING COLUMNS' THEN 'too few columns' WHEN 'TOO MANY COLUMNS' THEN 'too many columns'
                WHEN 'UNQUOTED VALUE' THEN 'a quote is not closed, or text follows it'
                WHEN 'LINE SIZE OVER MAXIMUM' THEN 'longer than 16 MB'
                ELSE message END,
            left(content, {CONTENT_CHARACTERS}), $counted
        FROM (SELECT *, regexp_extract(message, 'string "(.*)" to ', 1) AS refused_value FROM stage_rejected)
        JOIN stage_rejected_lines USING (start)
        """,
        {"file": file.name, "counted": counted},
    )
    staging.con.unregister("stage_rejected_lines")


def not_a_number(value: str, label: str, kind: str) -> str:
    """SQL: why text is refused in a column of numbers of a type of DuckDB."""
    reason = f"{label} is not {KINDS.get(kind, kind)}"
    comma = f"WHEN regexp_full_match({value}, '{DECIMAL_COMMA}') THEN {_text(reason + ' (a decimal comma?)')}"
    if label == "time":
        comma = f"WHEN {another_form(value)} THEN {_text(f'time {ANOTHER_FORM}')}"
    return f"CASE {comma} ELSE {_text(reason)} END"


def text_lines(staging: Staging, name: str, file: File, column: str) -> Reading:
    """Read a file line by line, unparsed, into the temporary table stage_<name> with one column."""
    layout = Layout({column: "VARCHAR"}, delimiter="\x01", quote="", header=False)
    return read(staging, name, file, layout, identifier(column))


def checked_path(path: Path, endings: tuple[str, ...], what: str) -> str:
    """The ending of a path, of those that are known.

    Raises:
        SourceError: it has another one.
    """
    name = path.name.lower()
    ending = next((e for e in endings if name.endswith(e)), None)
    if ending is None:
        raise SourceError(f"{path} ends like none of {what} ({', '.join(endings)}); rename it if it is one of these")
    return ending
