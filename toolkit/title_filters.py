"""Which titles may be recommended: filters by genre, year and name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, field_validator

from toolkit.errors import ModelError, UnknownNameError
from toolkit.lookup import title_keys
from toolkit.model import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray

_YEARS = re.compile(r"(?P<only>\d{1,4})|(?P<first>\d{1,4})?\.\.(?P<last>\d{1,4})?")


class TitleFilters(BaseModel):
    """Which titles are wanted; a title has to pass every filter that is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    genre: tuple[str, ...] = setting((), "Only titles of this genre; repeated, of any of them")
    not_genre: tuple[str, ...] = setting((), "No titles of this genre; may be repeated")
    year: str | None = setting(None, "Only titles of this year, or of years such as 1990..1999, 1990.. or ..1999")
    not_: tuple[str, ...] = setting((), "Not this title; may be repeated")

    @field_validator("year")
    @classmethod
    def _is_years(cls, year: str | None) -> str | None:
        if year is not None:
            first, last = years(year)
            if first > last:
                raise ValueError(f"{year!r} ends before it begins; give the earlier year first")
        return year


def filter_tables(filters: TitleFilters) -> tuple[str, ...]:
    """The tables that tell which titles pass; none without a filter."""
    genres = ("raw.genres",) if filters.genre or filters.not_genre else ()
    return (*genres, "raw.titles") if genres or filters.year or filters.not_ else ()


def years(text: str) -> tuple[int, int]:
    """The first and the last year of "1995", "1990..1999", "1990.." or "..1999". Raises ValueError for another text."""
    found = _YEARS.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(f"{text!r} says no years; give a year or a range, such as 1995 or 1990..1999")
    return int(found["only"] or found["first"] or 0), int(found["only"] or found["last"] or 9999)


def allowed_titles(con: DuckDBPyConnection, titles: IntArray, filters: TitleFilters) -> NDArray[np.bool_] | None:
    """(n_titles,) True where a title passes; None without a filter.

    Genres are compared without case. A title without a genre is of none, and one without a year of no years.

    Args:
        con: a connection to the warehouse.
        titles: (n_titles,) title_key of each title that could be recommended.
        filters: what is wanted.

    Raises:
        UnknownNameError: no genre, or no title, of that name.
        UsageError: several titles have the name of one that is not wanted.
        ModelError: no title passes.
    """
    if not filter_tables(filters):
        return None
    passes = np.ones(titles.size, dtype=np.bool_)
    for wanted, genres in ((True, filters.genre), (False, filters.not_genre)):
        if genres:
            passes &= np.isin(titles, _of_genres(con, genres)) == wanted
    if filters.year:
        first, last = years(filters.year)
        passes &= np.isin(
            titles, _keys(con, "SELECT title_key FROM raw.titles WHERE year BETWEEN ? AND ?", first, last)
        )
    passes &= ~np.isin(titles, title_keys(con, filters.not_, "--not"))
    if not passes.any():
        raise ModelError(
            f"no title is left: of {titles.size:,} that could be recommended not one passes the filters; loosen them"
        )
    return passes


def _of_genres(con: DuckDBPyConnection, asked: Sequence[str]) -> IntArray:
    """Keys of the titles that are of any of these genres."""
    rows = con.execute("SELECT DISTINCT genre FROM raw.genres ORDER BY genre").fetchall()
    known = [genre for (genre,) in rows]
    wanted = {genre.strip().casefold() for genre in asked}
    names = [genre for genre in known if genre.casefold() in wanted]
    found = {genre.casefold() for genre in names}
    for genre in asked:
        if genre.strip().casefold() not in found:
            hint = "" if known else "no title has a genre; load titles with genres first"
            raise UnknownNameError("genre", genre.strip(), known, hint)
    return _keys(con, "SELECT DISTINCT title_key FROM raw.genres WHERE genre IN (SELECT unnest(?))", names)


def _keys(con: DuckDBPyConnection, query: str, *values: object) -> IntArray:
    """(n,) title_keys of a query of one column."""
    keys: IntArray = con.execute(query, list(values)).fetchnumpy()["title_key"]
    return keys
