"""Plain tables of watches, ratings, reviews, titles and others, with columns known by their usual names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from warehouse.sources.columns import resolve_noted
from warehouse.sources.naming import name_of, year_of
from warehouse.sources.staging import RowLocator, Stage, Staging
from warehouse.sources.tables import gather, open_table
from warehouse.sources.times import from_compact_date, from_epoch, from_text, problem, units_per_second

if TYPE_CHECKING:
    from warehouse.sources.table import Table

__all__ = ["gather", "stage", "stage_table"]

TIME_COLUMN = {"watches": "watched_at", "ratings": "rated_at", "tags": "tagged_at", "purchases": "purchased_at",
               "reviews": "reviewed_at"}  # fmt: skip
# Field of a plain table: (column of the warehouse, type), where it is read as one value.
NUMBERS = {"minutes": ("minutes", "FLOAT"), "seconds": ("minutes", "FLOAT"), "rating": ("rating", "FLOAT"),
           "tickets": ("tickets", "INTEGER"), "amount": ("amount", "DOUBLE"), "age": ("age", "SMALLINT")}  # fmt: skip
TEXTS = {"tag": "tag", "cinema": "cinema", "gender": "gender", "occupation": "occupation", "postcode": "postcode",
         "plot": "plot", "imdb": "imdb_id", "tmdb": "tmdb_id", "review": "review"}  # fmt: skip
# Scores of reviews that are words.
WORDS = {"positive": 1, "pos": 1, "good": 1, "fresh": 1, "negative": -1, "neg": -1, "bad": -1, "rotten": -1,
         "neutral": 0, "neu": 0, "mixed": 0}  # fmt: skip
PEOPLE = {"cast": "cast", "directors": "director", "writers": "writer"}


def stage(staging: Staging) -> None:
    """Stage one file.

    Raises:
        SourceError: it cannot be read, or columns are missing or ambiguous.
    """
    table = open_table(staging)
    stage_table(staging, staging.source, table, resolve_noted(staging, list(table.types), table.file))


def stage_table(staging: Staging, kind: str, table: Table, columns: Mapping[str, str]) -> None:
    """Stage a table of a kind, such as ratings; `columns` says which column holds what, by field."""
    select: dict[str, str] = {}
    problems = [] if table.problem == "NULL" else [table.problem]
    if "viewer" in columns:
        select["viewer_id"] = table.id(staging, columns["viewer"])
    if kind == "titles":
        _title_columns(staging, table, columns, select, problems)
    elif "title" in columns or "name" in columns:
        select["title_id"] = table.id(staging, columns["title" if "title" in columns else "name"])
        staging.named_by_id = "title" not in columns
    for name, (target, type_) in NUMBERS.items():
        if name in columns:
            number, why = table.number(staging, columns[name], type_, name)
            select[target] = f"CAST({number} / 60 AS FLOAT)" if name == "seconds" else number
            problems += [why] if why else []
    select |= {target: table.text(columns[name]) for name, target in TEXTS.items() if name in columns}
    if kind == "reviews":
        _review_columns(staging, table, columns, select, problems)
    view = dict.fromkeys(select, "")
    if "time" in columns:
        _time_column(staging, table, columns["time"], TIME_COLUMN[kind], select, problems, view)
    if problems:
        select["problem"] = f"coalesce({', '.join(problems)})" if len(problems) > 1 else problems[0]
        view["problem"] = ""
    selected = ", ".join(f"{sql} AS {c}" for c, sql in select.items())
    relation, ordinal, locate = table.read(staging, f"plain_{kind}", selected)
    _add(staging, kind, table, relation, ordinal, locate, view)


def _add(
    staging: Staging,
    kind: str,
    table: Table,
    relation: str,
    ordinal: str,
    locate: RowLocator | None,
    view: dict[str, str],
) -> None:
    lists = {c: c.removeprefix("list_") for c in view if c.startswith("list_")}
    shown = [c for c in view if c not in lists and not c.startswith("time_")]
    columns = ", ".join(shown)
    if "time_number" in view:
        ticks = _ticks(staging, relation)
        if ticks > 1:
            staging.notes.append(f"times are epochs of 1/{ticks} s")
        read = from_epoch("time_number", ticks)
        bounded = problem("time_number", read, "time")
        shown = [c for c in shown if c != "problem"]
        shown.append(f"{f'coalesce(problem, {bounded})' if 'problem' in view else bounded} AS problem")
        columns = ", ".join([*shown, f"{read} AS {TIME_COLUMN[kind]}"])
    name = staging.view(kind, f"SELECT {ordinal} AS ordinal, {columns} FROM {relation}")
    staging.add(Stage(kind, name, table.file, locate))
    for column, role in lists.items():
        _add_list(staging, table.file, relation, ordinal, column, role)


def _ticks(staging: Staging, relation: str) -> int:
    """Ticks per second of the epochs in a table: by their median, so that a stray value does not decide."""
    sizes = f"(SELECT abs(CAST(time_number AS DOUBLE)) AS size FROM {relation}) WHERE isfinite(size)"
    if units_per_second(staging.count(f"SELECT max(size) FROM {sizes}")) == 1:
        return 1
    return units_per_second(staging.count(f"SELECT quantile_disc(size, 0.5) FROM {sizes}"))


def _add_list(staging: Staging, file: str, relation: str, ordinal: str, column: str, role: str) -> None:
    # A JSON array, or names between bars, or else between commas.
    entries = (
        f"CASE WHEN {column} LIKE '[%]' THEN TRY_CAST({column} AS VARCHAR[]) "
        f"WHEN contains({column}, '|') THEN string_split({column}, '|') ELSE string_split({column}, ',') END"
    )
    genre = role == "genres"
    split = (
        f"SELECT ordinal, title_id, trim(entry) AS entry, place FROM (SELECT {ordinal} AS ordinal, title_id, "
        f"unnest({entries}) AS entry, generate_subscripts({entries}, 1) AS place FROM {relation} WHERE problem IS NULL)"
    )
    columns = "entry AS genre" if genre else f"entry AS person, '{role}' AS role, CAST(place AS INTEGER) AS billing"
    empty = "entry <> '' AND entry <> '(no genres listed)'"
    name = staging.view(f"titles_{role}", f"SELECT ordinal, title_id, {columns} FROM ({split}) WHERE {empty}")
    staging.add(Stage("genres" if genre else "credits", name, file, counted=False))


def _title_columns(
    staging: Staging, table: Table, columns: Mapping[str, str], select: dict[str, str], problems: list[str]
) -> None:  # fmt: skip
    written = table.text(columns["name" if "name" in columns else "title"])
    select["title_id"] = table.id(staging, columns["title"]) if "title" in columns else written
    select["name"] = name_of(written)
    select["year"] = year_of(written)
    if "year" in columns:
        given = table.text(columns["year"])
        number = f"TRY_CAST(nullif(regexp_extract({given}, '\\d{{4}}'), '') AS SMALLINT)"
        select["year"] = f"coalesce({number}, {select['year']})"
        problems.append(f"CASE WHEN {given} IS NOT NULL AND {number} IS NULL THEN 'year is not a year' END")
        if "title" not in columns:
            # The name and the year together are the id, as people write them: there are several films called Heat.
            dated = f"{year_of(written)} IS NOT NULL OR {number} IS NULL"
            select["title_id"] = f"CASE WHEN {dated} THEN {written} ELSE {written} || ' (' || {number} || ')' END"
    staging.named_by_id = "title" not in columns
    if "runtime" in columns:
        given = table.text(columns["runtime"])
        pattern = "^(-?\\d+(\\.\\d+|,\\d{1,2})?)\\s*(m|min|mins|minutes)?\\.?$"
        number = f"replace(regexp_extract({given}, '{pattern}', 1), ',', '.')"
        select["runtime_minutes"] = f"TRY_CAST(nullif({number}, '') AS DOUBLE)"
    if not problems:
        problems.append("NULL::VARCHAR")
    select |= {f"list_{'genres' if n == 'genres' else PEOPLE[n]}": table.text(columns[n])
               for n in ("genres", *PEOPLE) if n in columns}  # fmt: skip


def _review_columns(
    staging: Staging, table: Table, columns: Mapping[str, str], select: dict[str, str], problems: list[str]
) -> None:  # fmt: skip
    # The same words by the same viewer on the same title are the same review, in every load.
    parts = [f"coalesce({select[c]}, '')" for c in ("review", "viewer_id", "title_id") if c in select]
    made = f"left(sha256({' || chr(31) || '.join(parts)}), 20)"
    select["review_id"] = f"coalesce({table.id(staging, columns['id'])}, {made})" if "id" in columns else made
    if "score" in columns:
        given = table.text(columns["score"])
        words = " ".join(f"WHEN '{word}' THEN {value}" for word, value in WORDS.items())
        number = f"replace({given}, ',', '.')" if table.decimal_comma(staging, columns["score"]) else given
        select["score"] = f"CASE lower({given}) {words} ELSE TRY_CAST({number} AS DOUBLE) END"
        reason = "score is neither a number nor positive, negative or neutral"
        problems.append(f"CASE WHEN {given} IS NOT NULL AND {select['score']} IS NULL THEN '{reason}' END")


def _time_column(
    staging: Staging,
    table: Table,
    column: str,
    target: str,
    select: dict[str, str],
    problems: list[str],
    view: dict[str, str],
) -> None:
    kind = table.types[column].upper()
    if kind.startswith(("TIMESTAMP", "DATE")):
        zoned = "TIME ZONE" in kind
        raw = table.raw(column)
        select[target] = f"({raw} AT TIME ZONE 'UTC')" if zoned else f"CAST({raw} AS TIMESTAMP)"
        view[target] = ""
        return
    given = table.text(column)
    sample = table.sample(staging, column)
    numeric, compact, some = staging.con.execute(
        f"SELECT count(TRY_CAST(v AS DOUBLE)), count(CASE WHEN regexp_matches(v, '^(1[89]|2[01])\\d{{6}}$') THEN "
        f"{from_compact_date('v')} END), count(v) FROM {sample}"
    ).fetchall()[0]
    if 2 * compact > some:
        select[target] = from_compact_date(given)
    elif 2 * numeric > some:
        fractions = f"SELECT count(TRY_CAST(v AS DOUBLE)) FROM {sample} WHERE regexp_matches(v, '[.eE]')"
        whole = not staging.count(fractions)
        select["time_number"], why = table.number(staging, column, "BIGINT" if whole else "DOUBLE", "time")
        problems += [why] if why else []
        view["time_number"] = ""
        return
    else:
        select[target] = from_text(given)
    problems.append(problem(given, select[target], "time", text=True))
    view[target] = ""
