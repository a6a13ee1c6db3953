"""What a source hands over: temporary views with rows to merge, and the rows that it had to refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.names import identifier

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

    from warehouse.sources.text import Content

# Given ordinals (int64, ascending), their rows as a table (ordinal, line, content).
RowLocator = Callable[["NDArray[np.int64]"], "pa.Table"]

CONTENT_CHARACTERS = 500  # how much of a refused row is kept


@dataclass(frozen=True)
class Stage:
    """Rows for one table.

    Attributes:
        table: name of the table in schema raw, without the schema; of a plugin's own table the whole name.
        relation: temporary view with the columns of that table (viewer_id and title_id in place of keys; columns may
            be missing), ``ordinal`` (the row's place in its file, from 0), and perhaps ``problem`` (why to refuse it).
        file: the file's name as a user knows it.
        locate: finds line and text of rows of a text file; None where ordinal + 1 is the row's number.
        counted: the rows are rows of the source; False where they are drawn out of rows that another stage counts.
        fills: only what is missing is filled in, nothing that is there is replaced.
    """

    table: str
    relation: str
    file: str
    locate: RowLocator | None = None
    counted: bool = True
    fills: bool = False

    @property
    def own(self) -> bool:
        """Whether the rows go to a table of a plugin's own."""
        return "." in self.table


@dataclass
class Staging:
    """One load while its rows are being staged.

    Attributes:
        con: connection inside the load's transaction.
        source: name of the source.
        content: what was found at the path, read and hashed.
        mapping: columns that the user named, by what they hold.
        add_up: values of one series and time are to be added up.
        stages: what has been staged so far, in the order in which keys are given.
        notes: what a user should know about how the files were read.
        named_by_id: the ids of titles are names, perhaps with a year.
    """

    con: duckdb.DuckDBPyConnection
    source: str
    content: Content
    mapping: Mapping[str, str] = field(default_factory=dict)
    add_up: bool = False
    stages: list[Stage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    named_by_id: bool = False

    def __post_init__(self) -> None:
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE stage_refused "
            "(file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR, counted BOOLEAN)"
        )

    def view(self, name: str, sql: str) -> str:
        """Make a temporary view called stage_<name>; its quoted name."""
        relation = identifier(f"stage_{name}")
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW {relation} AS {sql}")
        return relation

    def table(self, name: str, sql: str, parameters: Any = None) -> str:
        """Make a temporary table called stage_<name>; its quoted name."""
        relation = identifier(f"stage_{name}")
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {sql}", parameters)
        return relation

    def add(self, stage: Stage) -> None:
        """Hand a stage over."""
        self.stages.append(stage)

    def frame(self, name: str, frame: pl.DataFrame) -> str:
        """Make a temporary table called stage_<name> of a Polars frame; its quoted name."""
        self.con.register("stage_frame", frame)
        relation = self.table(name, "FROM stage_frame")
        self.con.unregister("stage_frame")
        return relation

    def refuse(self, files: Mapping[str, str]) -> None:
        """Refuse whole files, by name with the reason."""
        self.con.execute(
            "INSERT INTO stage_refused SELECT unnest(?::VARCHAR[]), NULL, unnest(?::VARCHAR[]), NULL, true",
            [list(files), list(files.values())],
        )

    def count(self, sql: str, parameters: Any = None) -> int:
        """The one number that a query returns; 0 for NULL."""
        # DuckDB 2 takes a result that is not read to its end for unfinished work, which bars registering a frame.
        return int(self.con.execute(sql, parameters).fetchall()[0][0] or 0)


def literal(text: str | Path) -> str:
    """Text as a literal of SQL, for statements that take no parameters (views)."""
    return "'" + str(text).replace("'", "''") + "'"


def file_pattern(path: Path) -> str:
    """A path for DuckDB's readers, which would take its ``*``, ``?`` and ``[`` for wildcards."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
