"""Finding viewers and titles by what people call them; whatever is not found is answered with the nearest names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolkit.errors import UnknownNameError, UsageError
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb

_NAME_AND_YEAR = re.compile(r"^(?P<name>.+?)\s*\((?P<year>\d{4})\)$")


def viewer_keys(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[int]:
    """The viewer_key of each viewer id.

    Raises:
        UnknownNameError: no viewer of that id.
    """
    return [_viewer_key(con, viewer) for viewer in ids]


def title_keys(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[int]:
    """The title_key of each title: "Heat (1995)", "Heat" where only one is called so, or its id.

    Raises:
        UnknownNameError: no title of that name.
        UsageError: several titles have that name.
    """
    return [_title_key(con, name) for name in names]


def _viewer_key(con: duckdb.DuckDBPyConnection, viewer: str) -> int:
    row = first(con, "SELECT viewer_key FROM raw.viewers WHERE viewer_id = ?", [viewer])
    if row:
        return int(row[0])
    near = con.execute(
        "SELECT viewer_id FROM raw.viewers ORDER BY levenshtein(viewer_id, $v), length(viewer_id), viewer_id LIMIT 3",
        {"v": viewer},
    ).fetchall()
    raise UnknownNameError("viewer", viewer, hint=_offer(n[0] for n in near))


def _title_key(con: duckdb.DuckDBPyConnection, title: str) -> int:
    match = _NAME_AND_YEAR.match(title.strip())
    name, year = (match["name"], int(match["year"])) if match else (title.strip(), None)
    rows = con.execute(
        """
        SELECT title_key, name, year, title_id FROM raw.titles
        WHERE strip_accents(lower(name)) = strip_accents(lower($name)) AND ($year IS NULL OR year = $year)
        ORDER BY title_key
        """,
        {"name": name, "year": year},
    ).fetchall()
    rows = (
        rows
        or con.execute(
            "SELECT title_key, name, year, title_id FROM raw.titles WHERE title_id = ? OR name = ?", [title, title]
        ).fetchall()
    )
    if len(rows) == 1:
        return int(rows[0][0])
    if rows:
        several = ", ".join(f"{n} ({y}) id {i}" for _, n, y, i in rows[:4])
        raise UsageError(f"{len(rows)} titles are called {title!r}: {several}; add the year, or give the id")
    near = con.execute(
        """
        SELECT name || coalesce(' (' || year || ')', '') FROM raw.titles
        ORDER BY jaro_winkler_similarity(strip_accents(lower(name)), strip_accents(lower($name))) DESC,
                 abs(coalesce(year, 0) - coalesce($year, 0)), title_key
        LIMIT 3
        """,
        {"name": name, "year": year},
    ).fetchall()
    raise UnknownNameError("title", title, hint=_offer(n[0] for n in near))


def _offer(names: object) -> str:
    offered = [repr(n) for n in names]  # type: ignore[attr-defined]
    return f"the nearest are {', '.join(offered)}" if offered else "the warehouse has none yet; load some first"
