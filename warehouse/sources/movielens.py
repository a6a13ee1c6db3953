"""MovieLens in all its layouts: CSV (latest, 20M, 25M, 32M), ``::`` (1M, 10M), tabs and bars (100K); folder or .zip.

Source: https://grouplens.org/datasets/movielens/ and the README of each data set.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.archives import unpack
from warehouse.sources.delimited import Layout, Reading, read
from warehouse.sources.naming import name_of, year_of
from warehouse.sources.staging import Stage, Staging
from warehouse.sources.text import Content, File, read_text
from warehouse.sources.times import from_epoch, problem

# A layout is known by its file of ratings.
LAYOUTS = {
    "ratings.csv": ("movies.csv", "tags.csv", "links.csv"),
    "ratings.dat": ("movies.dat", "tags.dat", "users.dat"),
    "u.data": ("u.item", "u.user", "u.genre"),
}
FILES = tuple(LAYOUTS) + tuple(name for others in LAYOUTS.values() for name in others)
OCCUPATIONS_1M = (
    "other", "academic/educator", "artist", "clerical/admin", "college/grad student", "customer service",
    "doctor/health care", "executive/managerial", "farmer", "homemaker", "K-12 student", "lawyer", "programmer",
    "retired", "sales/marketing", "scientist", "self-employed", "technician/engineer", "tradesman/craftsman",
    "unemployed", "writer",
)  # fmt: skip
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
RATINGS = {"viewer": "INTEGER", "title": "INTEGER", "rating": "FLOAT", "timestamp": "BIGINT"}
TAGS = {"viewer": "INTEGER", "title": "INTEGER", "tag": "VARCHAR", "timestamp": "BIGINT"}
MOVIES = {"title": "INTEGER", "name": "VARCHAR", "genres": "VARCHAR"}


def gather(path: Path, folder: Path, encoding: str | None) -> Content:
    """Read and hash the files of the one layout that lies in a folder or a .zip.

    Raises:
        SourceError: nothing there, no MovieLens in it, or a torn archive.
    """
    if path.is_dir():
        found = {p.name.lower(): p for p in sorted(path.iterdir()) if p.name.lower() in FILES and p.is_file()}
        if not any(name in found for name in LAYOUTS):
            inner = [p for p in path.iterdir() if p.is_dir() and any((p / name).is_file() for name in LAYOUTS)]
            if len(inner) == 1:
                return gather(inner[0], folder, encoding)
    elif not path.exists():
        raise SourceError(f"there is no folder or archive {path}; give the folder or the .zip of MovieLens")
    elif path.suffix.lower() == ".zip":
        found = unpack(path, FILES, folder)
    else:
        raise SourceError(f"{path} is neither a folder nor a .zip; a single file of ratings loads with: load ratings")
    layout = next((name for name in LAYOUTS if name in found), None)
    if layout is None:
        raise SourceError(f"{path} holds no {', '.join(LAYOUTS)}; give the folder or the .zip of MovieLens")
    content = Content(path)
    for name in (layout, *LAYOUTS[layout]):
        if name in found:
            file, digest, size = read_text(found[name], name, folder, encoding)
            content.add(name, file, digest, size)
    return content


def stage(staging: Staging) -> None:
    """Stage titles, genres, viewers, ratings and tags of the layout that was found."""
    files = staging.content.files
    if "ratings.csv" in files:
        _csv_titles(staging, files)
        style = Layout({})
    elif "ratings.dat" in files:
        style = Layout({}, delimiter="::", quote="", header=False)
        if "movies.dat" in files:
            _titles(staging, files["movies.dat"], read(staging, "movies", files["movies.dat"], _as(style, MOVIES), "*"))
        if "users.dat" in files:
            _viewers_1m(staging, files["users.dat"], style)
    else:
        style = Layout({}, delimiter="\t", quote="", header=False)
        bars = Layout({}, delimiter="|", quote="", header=False)
        if "u.item" in files:
            _titles_100k(staging, files["u.item"], bars)
        if "u.user" in files:
            _viewers_100k(staging, files["u.user"], bars)
    ratings = next(files[name] for name in LAYOUTS if name in files)
    reading = read(staging, "ratings_file", ratings, _as(style, RATINGS), "*")
    _timed(staging, "ratings", ratings, reading, "rating", "rated_at")
    for name in ("tags.csv", "tags.dat"):
        if name in files:
            reading = read(staging, "tags_file", files[name], _as(style, TAGS), "*")
            _timed(staging, "tags", files[name], reading, "nullif(trim(tag), '') AS tag", "tagged_at")


def _as(style: Layout, columns: dict[str, str]) -> Layout:
    return Layout(columns, style.delimiter, style.quote, style.header)


def _timed(staging: Staging, table: str, file: File, reading: Reading, column: str, time: str) -> None:
    epoch = from_epoch("timestamp", 1)
    view = staging.view(
        table,
        f"SELECT {reading.ordinal} AS ordinal, viewer AS viewer_id, title AS title_id, {column}, {epoch} AS {time}, "
        f"{problem('timestamp', epoch, 'timestamp')} AS problem FROM {reading.relation}",
    )
    staging.add(Stage(table, view, file.name, reading.locate))


def _csv_titles(staging: Staging, files: dict[str, File]) -> None:
    if "movies.csv" not in files:
        return
    linked = ""
    if "links.csv" in files:
        columns = {"title": "INTEGER", "imdb": "VARCHAR", "tmdb": "VARCHAR"}
        read(staging, "links", files["links.csv"], Layout(columns), "*", counted=False)
        linked = "stage_links"
    _titles(staging, files["movies.csv"], read(staging, "movies", files["movies.csv"], Layout(MOVIES), "*"), linked)


def _titles(staging: Staging, file: File, reading: Reading, linked: str = "") -> None:
    ids = ", CASE WHEN l.imdb <> '' THEN 'tt' || lpad(l.imdb, 7, '0') END AS imdb_id, nullif(l.tmdb, '') AS tmdb_id"
    join = (
        f"LEFT JOIN (SELECT title, any_value(imdb) AS imdb, any_value(tmdb) AS tmdb FROM {linked} GROUP BY title) l "
        "USING (title)"
    )
    view = staging.view(
        "titles",
        f"SELECT {reading.ordinal} AS ordinal, title AS title_id, {name_of('name')} AS name, {year_of('name')} AS year"
        f"{ids if linked else ''} FROM {reading.relation} m {join if linked else ''}",
    )
    staging.add(Stage("titles", view, file.name, reading.locate))
    genres = staging.view(
        "genres",
        f"SELECT * FROM (SELECT {reading.ordinal} AS ordinal, title AS title_id, "
        "trim(unnest(string_split(genres, '|'))) AS genre "
        f"FROM {reading.relation}) WHERE genre NOT IN ('', '(no genres listed)')",
    )
    staging.add(Stage("genres", genres, file.name, counted=False))


def _viewers_1m(staging: Staging, file: File, style: Layout) -> None:
    columns = {
        "viewer": "INTEGER",
        "gender": "VARCHAR",
        "age": "SMALLINT",
        "occupation": "SMALLINT",
        "postcode": "VARCHAR",
    }
    reading = read(staging, "users", file, _as(style, columns), "*")
    published = "[" + ", ".join("'" + name + "'" for name in OCCUPATIONS_1M) + "]"
    view = staging.view(
        "viewers",
        f"SELECT {reading.ordinal} AS ordinal, viewer AS viewer_id, gender, age, coalesce("
        f"CASE WHEN occupation >= 0 THEN list_extract({published}, occupation + 1) END, CAST(occupation AS VARCHAR)) "
        f"AS occupation, postcode FROM {reading.relation}",
    )
    staging.add(Stage("viewers", view, file.name, reading.locate))


def _viewers_100k(staging: Staging, file: File, bars: Layout) -> None:
    columns = {
        "viewer": "INTEGER",
        "age": "SMALLINT",
        "gender": "VARCHAR",
        "occupation": "VARCHAR",
        "postcode": "VARCHAR",
    }
    reading = read(staging, "users", file, _as(bars, columns), "*")
    view = staging.view(
        "viewers",
        f"SELECT {reading.ordinal} AS ordinal, viewer AS viewer_id, age, gender, occupation, postcode "
        f"FROM {reading.relation}",
    )
    staging.add(Stage("viewers", view, file.name, reading.locate))


def _titles_100k(staging: Staging, file: File, bars: Layout) -> None:
    flags = [f"g{number}" for number in range(len(GENRES_100K))]
    columns = {"title": "INTEGER", "name": "VARCHAR", "released": "VARCHAR", "video": "VARCHAR", "url": "VARCHAR"}
    reading = read(staging, "movies", file, _as(bars, columns | dict.fromkeys(flags, "VARCHAR")), "*")
    view = staging.view(
        "titles",
        f"SELECT {reading.ordinal} AS ordinal, title AS title_id, {name_of('name')} AS name, "
        f"coalesce({year_of('name')}, TRY_CAST(right(released, 4) AS SMALLINT)) AS year FROM {reading.relation}",
    )
    staging.add(Stage("titles", view, file.name, reading.locate))
    marked = ", ".join(
        f"CASE WHEN {identifier(flag)} = '1' THEN '{genre.replace(chr(39), chr(39) * 2)}' END"
        for flag, genre in zip(flags[1:], GENRES_100K[1:], strict=True)
    )
    genres = staging.view(
        "genres",
        f"SELECT * FROM (SELECT {reading.ordinal} AS ordinal, title AS title_id, unnest([{marked}]) AS genre "
        f"FROM {reading.relation}) "
        "WHERE genre IS NOT NULL",
    )
    staging.add(Stage("genres", genres, file.name, counted=False))
