"""Plain tables in any of their formats, seen as columns of text: delimited text, Parquet, JSON lines, a JSON array."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.delimited import (
    Layout,
    Reading,
    checked_path,
    first_records,
    not_a_number,
    read,
    read_csv,
    text_lines,
)
from warehouse.sources.delimited import parameters as csv_parameters
from warehouse.sources.staging import RowLocator, Staging, file_pattern
from warehouse.sources.text import Content, File, existing_file, hash_file, read_text

if TYPE_CHECKING:
    import polars as pl

DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
JSON = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
PARQUET = (".parquet", ".pq")
DELIMITERS = (",", "\t", ";", "|")
SAMPLE = 1000
# Delimiters beside which numbers may have decimal commas, and how much of a column is looked at for them: all of it
# where the delimiter itself hints at them.
DECIMAL_COMMAS = {";": "", "\t": f"LIMIT {SAMPLE}"}
HEAD_RECORDS = 20
_ORDINAL = "ordinal of the row"  # no field is called so
# A field between tabs that opens with a quote and is not closed by one at its end.
ODD_QUOTE = re.compile(r'(?:^|\t)"(?!(?:[^"]|"")*"(?:\t|$))')


@dataclass(frozen=True)
class Table:
    """A file as columns.

    Attributes:
        file: the file's name.
        types: its columns, with DuckDB's types; VARCHAR for formats without types.
        text: SQL of a column's value as text, NULL where blank; arrays as JSON.
        raw: SQL of a column's value as the file has it.
        relation: what to select from, with its parameters.
        problem: SQL of why a row cannot be read at all; NULL otherwise.
        layout, source: how delimited text is read.
        ordinal, locate: SQL of a row's place in its file, and what finds rows of text, for the other formats.
        typed: columns of delimited text that are read as numbers: type and label.
        head: the first rows of delimited text, each a list of fields.
    """

    file: str
    types: dict[str, str]
    text: Callable[[str], str]
    raw: Callable[[str], str]
    relation: str
    problem: str = "NULL"
    parameters: dict[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    source: File | None = None
    ordinal: str | None = None
    locate: RowLocator | None = None
    typed: dict[str, tuple[str, str]] = field(default_factory=dict)
    head: list[list[str]] = field(default_factory=list)

    def sample(self, staging: Staging, column: str) -> str:
        """A temporary table of up to 1000 values of a column, as text: column v."""
        return staging.table(
            "sample", f"SELECT {self.text(column)} AS v FROM {self.relation} LIMIT {SAMPLE}", self.parameters
        )

    def id(self, staging: Staging, column: str) -> str:
        """SQL of a column's value as an id: 1.0 is 1 where all ids look so, as Pandas writes numbers beside gaps."""
        given = self.text(column)
        kind = self.types[column]
        if self.layout is not None:
            place = list(self.types).index(column)
            first = [record[place].strip() for record in self.head if place < len(record)]
            if any(value and not value.endswith(".0") for value in first):
                return given
        elif kind in ("FLOAT", "DOUBLE"):
            given = f"CASE WHEN isfinite({self.raw(column)}) THEN {given} END"
        elif kind != "VARCHAR" and not kind.startswith("DECIMAL"):
            return given
        sampled = f"SELECT {given} AS v FROM {self.relation} LIMIT {SAMPLE}"
        matching = f"SELECT bool_and(regexp_full_match(v, '\\d+\\.0+')) FROM ({sampled})"
        if not staging.count(matching, self.parameters):
            return given
        staging.notes.append(f"ids such as 1.0 in {column} are read as 1")
        return f"regexp_replace({given}, '\\.0+$', '')"

    def decimal_comma(self, staging: Staging, column: str) -> bool:
        """Whether the numbers of a column have decimal commas, not points; never in text divided by commas."""
        if self.layout is None or self.layout.delimiter not in DECIMAL_COMMAS:
            return False
        # Three digits after a comma or a point may be thousands, and tell nothing.
        decimals = "regexp_full_match(v, '[+-]?\\d*{}(\\d{{1,2}}|\\d{{4,}})')"
        counted = (
            f"SELECT bool_or({decimals.format(',')}) AND NOT bool_or({decimals.format('[.]')}) FROM "
            f"(SELECT {self.text(column)} AS v FROM {self.relation} {DECIMAL_COMMAS[self.layout.delimiter]})"
        )
        return bool(staging.count(counted, self.parameters))

    def number(self, staging: Staging, column: str, kind: str, label: str) -> tuple[str, str | None]:
        """SQL of a column's value as a number, and of why it is none (None where the reader refuses itself)."""
        given = self.text(column)
        commas = self.decimal_comma(staging, column)
        if self.layout is not None and not commas:
            name = self.raw(column)
            if self.typed.setdefault(name, (kind, label))[0] == kind:
                return name, None
        number = f"TRY_CAST({given} AS {kind})"
        if commas:
            number = f"CASE WHEN NOT contains({given}, '.') THEN TRY_CAST(replace({given}, ',', '.') AS {kind}) END"
        why = not_a_number(given, label, kind)
        return number, f"CASE WHEN {given} IS NOT NULL AND {number} IS NULL THEN {why} END"

    def read(self, staging: Staging, name: str, select: str) -> tuple[str, str, RowLocator | None]:
        """Read it into stage_<name>; the table, SQL of its ordinals, and what finds rows of text."""
        if self.layout is not None and self.source is not None:
            kinds = {c: self.typed.get(c, ("VARCHAR", c))[0] for c in self.layout.columns}
            labels = {c: label for c, (_, label) in self.typed.items()}
            layout = replace(self.layout, columns=kinds, labels=labels)
            reading = read(staging, name, self.source, layout, select)
            return reading.relation, reading.ordinal, reading.locate
        relation = staging.table(
            name, f"SELECT {self.ordinal} AS ordinal, {select} FROM {self.relation}", self.parameters
        )
        return relation, "ordinal", self.locate


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
