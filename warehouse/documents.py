"""Documents: files that were analysed, each content once, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

from warehouse.rows import first
from warehouse.sources.naming import match_key, name_of, year_of

if TYPE_CHECKING:
    import duckdb


# Tables whose rows belong to titles.
OF_TITLES = ("ratings", "watches", "purchases", "tags", "reviews", "genres", "credits", "documents")


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


def known(con: duckdb.DuckDBPyConnection, sha256: str) -> tuple[int | None, str] | None:
    """The title that a document belongs to, and the name that it is listed under; None where it is not there yet."""
    row = first(con, "SELECT title_key, name FROM raw.documents WHERE sha256 = ?", [sha256])
    return None if row is None else (None if row[0] is None else int(row[0]), str(row[1]))


def add_title(con: duckdb.DuckDBPyConnection, text: str) -> int:
    """Add a title called `text`, such as "Heat (1995)", which is also its id, unless another has it; its key."""
    key = _next(con, "raw.titles", "title_key")
    like = con.execute("SELECT title_id FROM raw.titles WHERE starts_with(title_id, ?)", [text]).fetchall()
    taken = {row[0] for row in like}
    spellings = chain([text, f"{text} (title)"], (f"{text} (title {number})" for number in count(2)))
    con.execute(
        f"INSERT INTO raw.titles (title_key, title_id, name, year) "
        f"SELECT $key, $id, coalesce({name_of('text')}, text), {year_of('text')} "
        "FROM (SELECT CAST($text AS VARCHAR) AS text)",
        {"key": key, "id": next(one for one in spellings if one not in taken), "text": text},
    )
    return key


def adopt(con: duckdb.DuckDBPyConnection) -> int:
    """Give documents whose title was named after them to the one title of that name and year that loads have brought.

    The title that had been made for them goes, where nothing else belongs to it. How many titles were taken over.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE stage_adopted AS
        SELECT own.title_key AS old, min(t.title_key) AS new
        FROM raw.titles own JOIN raw.titles t
            ON {match_key("own.name")} = {match_key("t.name")} AND own.year IS NOT DISTINCT FROM t.year
        WHERE t.load IS NOT NULL AND own.load IS NULL AND own.title_key IN (SELECT title_key FROM raw.documents)
        GROUP BY own.title_key HAVING count(*) = 1
        """
    )
    taken = first(con, "SELECT count(*) FROM stage_adopted")
    if not taken or not taken[0]:
        return 0
    con.execute("UPDATE raw.documents d SET title_key = a.new FROM stage_adopted a WHERE d.title_key = a.old")
    used = " UNION ALL ".join(f"SELECT title_key FROM raw.{table}" for table in OF_TITLES)
    con.execute(
        "DELETE FROM raw.titles WHERE title_key IN (SELECT old FROM stage_adopted) "
        f"AND title_key NOT IN (SELECT title_key FROM ({used}) WHERE title_key IS NOT NULL)"
    )
    return int(taken[0])


def _next(con: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    row = first(con, f"SELECT coalesce(max({column}), 0) + 1 FROM {table}")
    return int(row[0]) if row else 1
