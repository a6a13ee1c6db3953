"""A file as columns of text or of other types, whatever its format: what the readers of plain tables ask it for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from warehouse.sources.delimited import Layout, not_a_number, read

if TYPE_CHECKING:
    from warehouse.sources.staging import RowLocator, Staging
    from warehouse.sources.text import File

SAMPLE = 1000
# Delimiters beside which numbers may have decimal commas, and how much of a column is looked at for them: all of it
# where the delimiter itself hints at them.
DECIMAL_COMMAS = {";": "", "\t": f"LIMIT {SAMPLE}"}


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
