"""Films of an encyclopaedia (title, year, cast, genres, extract), joined to titles by name and year."""

from __future__ import annotations

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.columns import canonical
from warehouse.sources.naming import match_key
from warehouse.sources.staging import Stage, Staging
from warehouse.sources.tables import gather, open_table

__all__ = ["gather", "stage"]

COLUMNS = {"name": ("title", "name"), "year": ("year",), "cast": ("cast",), "genres": ("genres",),
           "article": ("article", "href"), "plot": ("extract", "plot")}  # fmt: skip


def stage(staging: Staging) -> None:
    """Stage films: under the id of the title that they match, else under their article's name.

    A film and a title match when they have the same article, or else the same name (without case, accents,
    punctuation, parentheses and leading article) and the same year, or else a year beside it, where that leaves one
    film only. A title that several films fit is left alone.

    Raises:
        SourceError: no films with title and year in it.
    """
    table = open_table(staging)
    by_name = {canonical(column): column for column in table.types}
    columns = {n: next((by_name[c] for c in usual if c in by_name), None) for n, usual in COLUMNS.items()}
    if columns["name"] is None or columns["year"] is None:
        raise SourceError(f"{table.file} has no columns title and year; it has {', '.join(table.types)}")
    text = {n: table.text(column) if column else "CAST(NULL AS VARCHAR)" for n, column in columns.items()}
    year = f"TRY_CAST({text['year']} AS SMALLINT)"
    select = ", ".join(
        [f"{text['name']} AS name, {year} AS year, {text['plot']} AS plot, {text['article']} AS article"]
        + [f"TRY_CAST({text[n]} AS VARCHAR[]) AS {identifier(n)}" for n in ("cast", "genres")]
        + [(f"CASE WHEN {text['name']} IS NULL THEN 'no title' WHEN {text['year']} IS NOT NULL AND {year} IS NULL "
           f"THEN 'year is not a year' ELSE {table.problem} END AS problem")]
        + [f"{match_key(text['name'])} AS match_key"]
    )  # fmt: skip
    _, ordinal, locate = table.read(staging, "films_file", select)
    rows = staging.view(
        "films_rows", f"SELECT *{'' if ordinal == 'ordinal' else f', {ordinal} AS ordinal'} FROM stage_films_file"
    )
    # Rows of one article, name and year are one film, which goes by the first of them.
    same = "min(ordinal) OVER (PARTITION BY article, match_key, year)"
    staging.table("films_all", f"SELECT *, CASE WHEN article IS NULL THEN ordinal ELSE {same} END AS film FROM {rows}")
    staging.view("films_read", "SELECT * FROM stage_films_all WHERE ordinal = film")
    _match(staging)
    _identify(staging)
    for counted in (True, False):  # a film that several titles turn out to be is one row of the file still
        view = staging.view(
            f"titles_{counted}",
            "SELECT ordinal, title_id, name, year, plot, article, problem FROM stage_films "
            f"QUALIFY (row_number() OVER (PARTITION BY ordinal ORDER BY title_id) = 1) = {counted}",
        )
        staging.add(Stage("titles", view, table.file, locate, counted=counted, fills=True))
    genres = staging.view(
        "genres", "SELECT ordinal, title_id, unnest(genres) AS genre FROM stage_films WHERE problem IS NULL"
    )
    staging.add(Stage("genres", genres, table.file, counted=False))
    people = staging.view(
        "credits",
        "SELECT ordinal, title_id, unnest(\"cast\") AS person, 'cast' AS role, "
        'CAST(generate_subscripts("cast", 1) AS INTEGER) AS billing FROM stage_films WHERE problem IS NULL',
    )
    staging.add(Stage("credits", people, table.file, counted=False))
    matched = staging.count("SELECT count(DISTINCT title_id) FROM stage_matched")
    staging.notes.append(
        f"{matched} titles matched of {staging.count('SELECT count(*) FROM raw.titles')} that were there"
    )


def _match(staging: Staging) -> None:
    """Make stage_matched (ordinal, title_id): the films of titles that are there."""
    staging.table("known", f"SELECT title_id, article, year, {match_key('name')} AS match_key FROM raw.titles")
    # Each step takes the titles that the steps before left, and only where one film fits.
    staging.table(
        "matched",
        "SELECT f.ordinal, k.title_id FROM stage_known k JOIN stage_films_read f USING (article) "
        "WHERE f.problem IS NULL QUALIFY count(*) OVER (PARTITION BY k.title_id) = 1 "
        "AND count(*) OVER (PARTITION BY f.ordinal) = 1",
    )
    for years in ("f.year = k.year", "f.year IN (k.year - 1, k.year + 1)"):
        staging.con.execute(
            f"""
            INSERT INTO stage_matched
            SELECT f.ordinal, k.title_id
            FROM stage_known k JOIN stage_films_read f ON f.match_key = k.match_key AND {years}
            WHERE f.problem IS NULL AND k.title_id NOT IN (SELECT title_id FROM stage_matched)
                AND f.ordinal NOT IN (SELECT ordinal FROM stage_matched)
            QUALIFY count(*) OVER (PARTITION BY k.title_id) = 1
            """
        )


def _identify(staging: Staging) -> None:
    """Make stage_films: the films with the title_id that they get; a row for each title where several are one film."""
    staging.table(
        "films",
        """
        WITH new AS (
            SELECT *, coalesce(article, name || coalesce(' (' || year || ')', '')) AS id FROM stage_films_read
            WHERE ordinal NOT IN (SELECT ordinal FROM stage_matched)
        ), free AS (
            SELECT * EXCLUDE id,
                CASE WHEN id IN (SELECT title_id FROM stage_known) THEN id || ' (film)' ELSE id END AS id FROM new
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY id ORDER BY ordinal) AS nth FROM free
        )
        SELECT f.*, m.title_id FROM stage_films_all f JOIN stage_matched m ON m.ordinal = f.film
        UNION ALL BY NAME
        SELECT f.*, CASE WHEN n.nth > 1 THEN n.id || ' #' || n.nth ELSE n.id END AS title_id
        FROM stage_films_all f JOIN numbered n ON n.ordinal = f.film
        """,
    )
