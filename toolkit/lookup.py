"""Finding viewers and titles by what people call them; whatever is not found is answered with the nearest names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import UnknownNameError, UsageError
from warehouse.rows import first
from warehouse.sources.naming import ARTICLES, match_key, name_of, year_of

if TYPE_CHECKING:
    import duckdb

_BY_ID = "id:"
_LISTED = 5
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4`", "'"))
_TRAILING_ARTICLE = re.compile(rf", (?:{'|'.join(ARTICLES)})(?=\s*(?:[()]|$))", re.IGNORECASE)

# What a text may mean: whether it says a year, and the fields of a _Title for each title, ordered by key.
Match = tuple[bool, list[dict[str, Any]]]
# Tiers of a match: the name as it is written, a spelling of it, another name of the title.
_WRITTEN, _SPELT, _OTHER = 1, 2, 3


def _key(name: str) -> str:
    """SQL: the match key; of a name of punctuation only, which has none, the name itself."""
    return f"coalesce({match_key(name)}, lower({name}))"


# "Seven (a.k.a. Se7en)" is called Seven and also Se7en; so are original names given: "The Hole (Le Trou)".
_PARENTHESES = r"(?:\s\([^()]*\))+$"
_OTHER_NAMES = (
    f"regexp_extract_all(regexp_extract(name, '{_PARENTHESES}'), "
    r"'\((?i:a\.?k\.?a\.?:?\s+)?([^()]+)\)', 1)"
)
# What is known of all titles, whatever is asked: other queries read it by these names.
DERIVED = {
    "written": f"""
        SELECT title_key, year, lower(name) AS name FROM raw.titles
        UNION ALL
        SELECT title_key, year, regexp_replace(lower(name), '{_PARENTHESES}', '') AS name
        FROM raw.titles WHERE ends_with(name, ')')
    """,
    "called": f"""
        SELECT title_key, {_key("name")} AS key, {_SPELT} AS tier FROM raw.titles
        UNION ALL
        SELECT title_key, {_key("other")} AS key, {_OTHER} AS tier
        FROM (SELECT title_key, unnest({_OTHER_NAMES}) AS other FROM raw.titles WHERE ends_with(name, ')'))
    """,
    "counted": """
        SELECT title_key, count(*) AS interactions
        FROM (SELECT title_key FROM raw.ratings UNION ALL SELECT title_key FROM raw.watches
              UNION ALL SELECT title_key FROM raw.purchases)
        GROUP BY title_key
    """,
}
_ASKED = f"""asked AS MATERIALIZED (
    SELECT *, {_key("name")} AS key
    FROM (SELECT text, coalesce({name_of("spelling")}, spelling) AS name, {year_of("spelling")} AS year
          FROM (SELECT unnest($texts) AS text, unnest($spellings) AS spelling))
)"""
_CANDIDATES = f"""
    {_ASKED}, found AS (
        SELECT text, title_key, NULL AS tier FROM raw.titles JOIN asked ON title_id = text
        UNION ALL
        SELECT text, title_key, {_WRITTEN} AS tier FROM raw.titles t JOIN asked a ON lower(t.name) = lower(text)
        UNION ALL
        SELECT text, title_key, {_WRITTEN} AS tier FROM written w JOIN asked a ON w.name = lower(a.name)
        WHERE a.year IS NULL OR w.year = a.year
        UNION ALL
        SELECT text, title_key, c.tier FROM called c JOIN asked a USING (key) JOIN raw.titles t USING (title_key)
        WHERE a.year IS NULL OR t.year = a.year
    ), best AS (
        SELECT text, title_key, min(tier) AS tier FROM found GROUP BY ALL
    )
    SELECT text, a.year IS NOT NULL AS with_year,
           list({{'key': title_key, 'name': t.name, 'year': t.year, 'id': title_id, 'tier': tier}} ORDER BY title_key)
    FROM asked a JOIN best USING (text) JOIN raw.titles t USING (title_key) GROUP BY ALL
"""
# Similarities are rounded, since one that is a hair greater says less than that people know the title.
_NEAREST = f"""
    {_ASKED}, compared AS (
        SELECT title_key, list_has_all(string_split(c.key, ' '), string_split(a.key, ' ')) AS has_words,
               jaro_winkler_similarity(c.key, a.key) AS similarity
        FROM called c, asked a
    ), near AS (
        SELECT title_key, bool_or(has_words) AS has_words, max(similarity) AS similarity
        FROM compared GROUP BY title_key ORDER BY has_words DESC, similarity DESC, title_key LIMIT 50
    )
    SELECT t.name, t.year
    FROM near JOIN raw.titles t USING (title_key) LEFT JOIN counted USING (title_key)
    WHERE has_words OR similarity >= 0.5
    ORDER BY has_words DESC, round(similarity, CASE WHEN has_words THEN 1 ELSE 2 END) DESC,
             coalesce(interactions, 0) DESC, similarity DESC, title_key
    LIMIT 3
"""
_INTERACTIONS = """
    wanted AS (SELECT unnest($keys) AS title_key)
    SELECT title_key, interactions FROM counted JOIN wanted USING (title_key)
"""


@dataclass(frozen=True)
class _Title:
    """A title that the text may mean; tier says by which name, None where only by its id."""

    key: int
    name: str
    year: int | None
    id: str
    tier: int | None

    @property
    def label(self) -> str:
        return label_of(self.name, self.year)


class TitleLookup:
    """Looks titles up by what people call them, on a connection to a warehouse."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def matches(self, texts: Sequence[str]) -> dict[str, Match]:
        """What each text may mean, without those that mean nothing."""
        rows = self.query(_CANDIDATES, {"texts": list(texts), "spellings": [_spelling(text) for text in texts]})
        return {text: (with_year, titles) for text, with_year, titles in rows}

    def query(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a query that goes on after its first WITH, and may read DERIVED."""
        derived = ", ".join(f"{name} AS ({relation})" for name, relation in DERIVED.items())
        return self.con.execute(f"WITH {derived}, {sql}", values).fetchall()

    def key(self, asked: str, option: str) -> int:
        """The title_key of one title, as `title_keys` finds it."""
        # JSON, and an argument in another encoding, may hold halves of characters, which no title has.
        asked = asked.encode("utf-8", "replace").decode("utf-8")
        text = _text(asked)
        if not text.removeprefix(_BY_ID).strip():
            raise UsageError(f"{option} is empty; give a title, such as {option} 'Heat (1995)'")
        if text.startswith(_BY_ID):
            return self.key_of_id(asked.strip().removeprefix(_BY_ID).strip())
        found = self.matches([text]).get(text)
        if found is None:
            near = self.query(_NEAREST, {"texts": [text], "spellings": [_spelling(text)]})
            some = bool(near) or first(self.con, "SELECT 1 FROM raw.titles LIMIT 1") is not None
            raise UnknownNameError("title", text, hint=_offer([label_of(*title) for title in near], some=some))
        with_year, titles = found[0], [_Title(**title) for title in found[1]]
        by_id = next((title for title in titles if title.id == text), None)
        best = min(title.tier or _OTHER for title in titles)
        named = [title for title in titles if title.tier == best]
        if by_id and best != _WRITTEN:
            return by_id.key
        if by_id and by_id not in named:
            raise self._id_and_name(text, by_id, named)
        return self._only(text, named, with_year=with_year)

    def key_of_id(self, given: str) -> int:
        """The title_key of the title of an id. Raises UnknownNameError where there is none."""
        return _key_of_id(self.con, "title", given)

    def named(self, name: str) -> int | None:
        """The title_key of the title of that name, as `title_named` finds it."""
        text = _text(name)
        with_year, found = self.matches([text]).get(text, (False, []))
        titles = [title for title in (_Title(**fields) for fields in found) if title.tier is not None]
        if not titles:
            return None
        best = min(title.tier or _OTHER for title in titles)
        return self._only(text, [title for title in titles if title.tier == best], with_year=with_year)

    def _only(self, text: str, titles: list[_Title], *, with_year: bool) -> int:
        """The key of the only title, or of the only one with interactions."""
        if len(titles) == 1:
            return titles[0].key
        interactions = self._interactions(titles)
        if len(interactions) == 1:
            return next(iter(interactions))
        titles = sorted(titles, key=lambda title: -interactions.get(title.key, 0))
        told_by_year = not with_year and len({title.year for title in titles}) > 1
        raise UsageError(
            f"{len(titles)} titles are called {text!r}: {_listed(titles)}; "
            f"{'add the year, or ' if told_by_year else ''}give the id, as {_BY_ID}{titles[0].id}"
        )

    def _id_and_name(self, text: str, by_id: _Title, named: list[_Title]) -> UsageError:
        """What is said where a text is the id of one title and the name of others."""
        interactions = self._interactions(named)
        named = sorted(named, key=lambda title: -interactions.get(title.key, 0))
        say = named[0].label if named[0].label != text else f"{_BY_ID}{named[0].id}"
        if [title.label for title in named].count(say) > 1 or named[0].year is None:
            say = f"{_BY_ID}{named[0].id}"
        return UsageError(
            f"{text!r} is the id of {by_id.label} and the name of {_listed(named)}; say {_BY_ID + text!r} or {say!r}"
        )

    def _interactions(self, titles: list[_Title]) -> dict[int, int]:
        """Ratings, watches and purchases of each title that has any, by its key."""
        return dict(self.query(_INTERACTIONS, {"keys": [title.key for title in titles]}))


def viewer_keys(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[int]:
    """The viewer_key of each viewer id.

    Raises:
        UnknownNameError: no viewer of that id.
    """
    return [_key_of_id(con, "viewer", viewer) for viewer in ids]


def title_keys(con: duckdb.DuckDBPyConnection, names: Sequence[str], option: str = "--like") -> list[int]:
    """The title_key of each title: "Heat (1995)", "Heat", "id:6", or "6" where no title is called so.

    A name as it is written, but for case, goes before one that differs in accents, punctuation or its article, and
    that before another name in the parentheses of a title: "Amelie (Le Fabuleux destin d'Amélie Poulain)". Of several
    titles of one name, the only one that anybody rated, watched or bought is taken.

    Raises:
        UnknownNameError: no title of that name or id.
        UsageError: the text is blank; several titles have that name; it is the name of one and the id of another.
    """
    lookup = TitleLookup(con)
    return [lookup.key(name, option) for name in names]


def title_named(con: duckdb.DuckDBPyConnection, name: str) -> int | None:
    """The title_key of the title of that name, found as by `title_keys`; None where there is none. Ids are no names.

    Raises:
        UsageError: several titles have that name.
    """
    return TitleLookup(con).named(name)


def title_asked(con: duckdb.DuckDBPyConnection, asked: str) -> int | None:
    """The title_key of a title that a user names for a document: by name, as `title_named`, or as "id:6".

    Raises:
        UsageError: the text is blank, or several titles have that name.
        UnknownNameError: no title has that id.
    """
    text = asked.strip()
    if not text.removeprefix(_BY_ID).strip():
        raise UsageError("--title is empty; give a title, such as --title 'Heat (1995)'")
    if text.startswith(_BY_ID):
        return _key_of_id(con, "title", text.removeprefix(_BY_ID).strip())
    return title_named(con, text)


def _text(asked: str) -> str:
    return unicodedata.normalize("NFC", asked.strip())


def _spelling(text: str) -> str:
    return _TRAILING_ARTICLE.sub(lambda article: article[0].title(), text.translate(_APOSTROPHES))


def _key_of_id(con: duckdb.DuckDBPyConnection, kind: str, given: str) -> int:
    """The key of the viewer or title of an id."""
    row = first(con, f"SELECT {kind}_key FROM raw.{kind}s WHERE {kind}_id = ?", [given])
    if row:
        return int(row[0])
    near = con.execute(
        f"SELECT {kind}_id FROM raw.{kind}s ORDER BY levenshtein({kind}_id, $v), length({kind}_id), {kind}_id LIMIT 3",
        {"v": given},
    ).fetchall()
    raise UnknownNameError("viewer" if kind == "viewer" else "title of id", given, hint=_offer([n[0] for n in near]))


def label_of(name: str, year: int | None) -> str:
    """A title as people write it: "Heat (1995)"; without a year the name alone."""
    return name if year is None else f"{name} ({year})"


def _listed(titles: list[_Title]) -> str:
    """The first few titles with their ids, and how many more there are."""
    shown = ", ".join(f"{title.label} (id {title.id})" for title in titles[:_LISTED])
    return shown if len(titles) <= _LISTED else f"{shown} and {len(titles) - _LISTED} more"


def _offer(names: Sequence[str], *, some: bool = False) -> str:
    if names:
        return f"the nearest are {', '.join(repr(name) for name in names)}"
    return "nothing has a name like it" if some else "the warehouse has none yet; load some first"
