"""Documents: files that were analysed, each content once, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.rows import first
from warehouse.sources.naming import name_of, year_of

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Kept:
    """A document as it goes into raw.documents.

    Attributes:
        sha256, bytes: of the file.
        kind: kind of document, such as "script".
        name, path: what the file is called, and where it lies.
        content: its text; None of documents that are not text.
    """

    sha256: str
    bytes: int
    kind: str
    name: str
    path: str
    content: str | None = None


def keep(con: duckdb.DuckDBPyConnection, document: Kept, title_key: int, run: str, *, move: bool) -> int:
    """Store a document unless its content is there already; its key.

    Args:
        con: connection inside the run's transaction.
        document: the document.
        title_key: the title that a new document belongs to.
        run: the run that brings it.
        move: whether a document that is there already goes over to that title.
    """
    row = first(con, "SELECT document_key, title_key FROM raw.documents WHERE sha256 = ?", [document.sha256])
    if row:
        if move or row[1] is None:
            con.execute("UPDATE raw.documents SET title_key = ? WHERE document_key = ?", [title_key, row[0]])
        return int(row[0])
    key = _next(con, "raw.documents", "document_key")
    values = [document.sha256, document.kind, document.name, document.path, document.bytes]
    con.execute(
        "INSERT INTO raw.documents (document_key, sha256, kind, name, path, bytes, title_key, content, run) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [key, *values, title_key, document.content, run],
    )
    return key


def title_of(con: duckdb.DuckDBPyConnection, sha256: str) -> int | None:
    """The title that a document belongs to; None where the document is not there yet."""
    row = first(con, "SELECT title_key FROM raw.documents WHERE sha256 = ?", [sha256])
    return None if row is None or row[0] is None else int(row[0])


def add_title(con: duckdb.DuckDBPyConnection, text: str) -> int:
    """Add a title called `text`, such as "Heat (1995)", which is also its id; its key."""
    key = _next(con, "raw.titles", "title_key")
    taken = "CASE WHEN EXISTS (FROM raw.titles WHERE title_id = $text) THEN $text || ' (title)' ELSE $text END"
    con.execute(
        f"INSERT INTO raw.titles (title_key, title_id, name, year) "
        f"SELECT $key, {taken}, coalesce({name_of('text')}, text), {year_of('text')} "
        "FROM (SELECT CAST($text AS VARCHAR) AS text)",
        {"key": key, "text": text},
    )
    return key


def _next(con: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    row = first(con, f"SELECT coalesce(max({column}), 0) + 1 FROM {table}")
    return int(row[0]) if row else 1
