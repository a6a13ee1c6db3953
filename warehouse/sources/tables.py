"""Plain tables in any of their formats, opened as columns: delimited text, Parquet, JSON lines, a JSON array."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.delimited import (
    Layout,
    Reading,
    checked_path,
    first_records,
    read_csv,
    text_lines,
)
from warehouse.sources.delimited import parameters as csv_parameters
from warehouse.sources.staging import Staging, file_pattern
from warehouse.sources.table import SAMPLE, Table
from warehouse.sources.text import Content, File, existing_file, hash_file, read_text

if TYPE_CHECKING:
    import polars as pl

DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
JSON = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
PARQUET = (".parquet", ".pq")
DELIMITERS = (",", "\t", ";", "|")
HEAD_RECORDS = 20
_ORDINAL = "ordinal of the row"  # no field is called so
# A field between tabs that opens with a quote and is not closed by one at its end.
ODD_QUOTE = re.compile(r'(?:^|\t)"(?!(?:[^"]|"")*"(?:\t|$))')


def gather(path: Path, folder: Path, encoding: str | None) -> Content:
    """Read and hash one plain file.

    Raises:
        SourceError: no such file, or one that is empty, of an unknown ending, or no valid text.
    """
    existing_file(path)
    ending = checked_path(path, (*DELIMITED, *JSON, *PARQUET), "CSV, TSV, JSON lines and Parquet")
    content = Content(path)
    if ending in PARQUET:
        digest, size = hash_file(path)
        content.add("", File(path.name, path), digest, size)
    else:
        file, digest, size = read_text(path, path.name, folder, encoding)
        content.add("", file, digest, size)
    return content


def open_table(staging: Staging) -> Table:
    """The load's file as columns.

    Raises:
        SourceError: it has no rows, or is not what its ending says.
    """
    file = staging.content.files[""]
    name = file.name.lower()
    if name.endswith(PARQUET):
        return _parquet(staging, file)
    return _json(staging, file) if name.endswith(JSON) else _delimited(staging, file)


def stem(name: str) -> str:
    """The name of a file without its ending."""
    ending = next((e for e in (*DELIMITED, *JSON, *PARQUET) if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)] or name


def _blank_to_null(text: str) -> str:
    return f"nullif(trim({text}), '')"


def _delimited(staging: Staging, file: File) -> Table:
    tabbed = file.name.lower().removesuffix(".gz").endswith((".tsv", ".tab"))
    with file.path.open("r", encoding="utf-8-sig") as stream:
        first = stream.readline(1 << 16)
    delimiter = "\t" if tabbed else max(DELIMITERS, key=first.count)
    quote = "" if delimiter == "\t" and _quotes_are_text(file) else '"'
    if not quote:
        staging.notes.append("quotes are read as part of the text: some open a field and are not closed")
    records = first_records(file, delimiter, quote, HEAD_RECORDS)
    columns = [c.strip() for c in records[0]]
    header = not _by_number(staging.mapping, columns)
    if not header:
        columns = [str(number) for number in range(1, len(columns) + 1)]
        staging.notes.append("columns are named by number: the first line is taken for a row, not for a header")
    elif len(records) < 2:
        raise SourceError(f"{file.name} holds a header and no rows; nothing to load")
    if len(set(columns)) < len(columns):
        twice = next(c for c in columns if columns.count(c) > 1)
        raise SourceError(f"{file.name} has two columns called {twice!r}; rename one of them")
    layout = Layout({f"c{number}": "VARCHAR" for number in range(len(columns))}, delimiter, quote, header=header)
    numbers = {column: f"c{number}" for number, column in enumerate(columns)}
    return Table(
        file.name,
        dict.fromkeys(columns, "VARCHAR"),
        # The reader makes NULL of an empty field; few fields hold a space, and looking is cheaper than trimming.
        lambda column: (
            f"CASE WHEN contains({numbers[column]}, ' ') THEN {_blank_to_null(numbers[column])} "
            f"ELSE {numbers[column]} END"
        ),
        lambda column: numbers[column],
        read_csv(layout),
        parameters=csv_parameters(file, layout),
        layout=layout,
        source=file,
        head=records[int(header) :],
    )


def _quotes_are_text(file: File) -> bool:
    """Whether quotes in text between tabs are its own: one that opens a field is not closed, in lines of one width.

    Where fields with line ends inside are quoted, lines have different numbers of tabs.
    """
    with file.path.open("rb") as stream:
        if not any(b'"' in block for block in iter(lambda: stream.read(1 << 20), b"")):
            return False
    tabs, odd = -1, False
    with file.path.open("r", encoding="utf-8-sig") as lines:
        for line in filter(str.strip, lines):
            width = line.count("\t")
            if not width or tabs not in (-1, width):
                return False
            tabs = width
            odd = odd or ('"' in line and ODD_QUOTE.search(line.rstrip("\r\n")) is not None)
    return odd


def _by_number(mapping: Mapping[str, str], columns: list[str]) -> bool:
    """Whether the user names columns by number, counted from 1, which says that there is no header."""
    named = set(mapping.values())
    return bool(named) and all(name.isdecimal() for name in named) and not named <= set(columns)


def _parquet(staging: Staging, file: File) -> Table:
    import duckdb

    parameters = {"file": file_pattern(file.path)}
    try:
        described = staging.con.execute("DESCRIBE SELECT * FROM read_parquet($file)", parameters).fetchall()
    except duckdb.Error as error:
        raise SourceError(f"{file.name} is torn or no Parquet file; write or fetch it again") from error
    types = {row[0]: row[1] for row in described}
    if not staging.count("SELECT count(*) FROM read_parquet($file)", parameters):
        raise SourceError(f"{file.name} holds no rows; nothing to load")
    relation = "read_parquet($file, file_row_number = true)"
    return Table(
        file.name, types, _text_of(types), identifier, relation, parameters=parameters, ordinal="file_row_number"
    )


def frame_table(staging: Staging, name: str, file: str, frame: pl.DataFrame) -> Table:
    """A frame as columns.

    Args:
        staging: the load, on whose connection it is put into stage_<name>.
        name: a name that no other frame of the load has.
        file: what its rows are said to be from, where they are refused.
        frame: the frame.
    """
    relation = staging.frame(name, frame.with_row_index(_ORDINAL))
    types = {row[0]: row[1] for row in staging.con.execute(f"DESCRIBE {relation}").fetchall() if row[0] != _ORDINAL}
    ordinal = f"CAST({identifier(_ORDINAL)} AS BIGINT)"
    return Table(file, types, _text_of(types), identifier, relation, ordinal=ordinal)


def _text_of(types: Mapping[str, str]) -> Callable[[str], str]:
    """What gives the SQL of the text of columns that have types."""

    def text(column: str) -> str:
        value = f"to_json({identifier(column)})" if types[column].endswith("]") else identifier(column)
        return _blank_to_null(f"CAST({value} AS VARCHAR)")

    return text


def _json(staging: Staging, file: File) -> Table:
    import duckdb

    with file.path.open("r", encoding="utf-8-sig") as stream:
        array = stream.read(4096).lstrip().startswith("[")
    reading: Reading | None = None
    if array:
        try:
            staging.table(
                "json",
                "SELECT row_number() OVER () - 1 AS ordinal, CAST(json AS VARCHAR) AS line "
                "FROM read_json_objects($file, format = 'array', maximum_object_size = 67108864)",
                {"file": file_pattern(file.path)},
            )
        except duckdb.Error as error:
            raise SourceError(f"{file.name} is no valid JSON: {str(error).splitlines()[0]}") from error
        source = '"stage_json"'
    else:
        reading = text_lines(staging, "json", file, "line")
        source = staging.view(
            "json_lines", f"SELECT {reading.ordinal} AS ordinal, line FROM stage_json WHERE trim(line) <> ''"
        )
    objects = staging.view(
        "objects",
        "SELECT ordinal, "
        "CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT' THEN line END END AS object "
        f"FROM {source}",
    )
    keys = staging.con.execute(
        "SELECT key FROM (SELECT unnest(json_keys(object)) AS key, ordinal "
        f"FROM (SELECT * FROM {objects} LIMIT {SAMPLE})) "
        "GROUP BY key ORDER BY min(ordinal), key"
    ).fetchall()
    if not keys:
        raise SourceError(f"{file.name} holds no JSON objects, one a line; nothing to load")

    def text(column: str) -> str:
        # A pointer of RFC 6901: the first slash starts it, others within the name are escaped.
        pointer = "/" + column.replace("~", "~0").replace("/", "~1").replace("'", "''")
        return _blank_to_null(f"json_extract_string(object, '{pointer}')")

    return Table(
        file.name, {row[0]: "VARCHAR" for row in keys}, text, text, objects, ordinal="ordinal",
        problem="CASE WHEN object IS NULL THEN 'not a JSON object' END",
        locate=reading.locate if reading else None,
    )  # fmt: skip
