"""The files of a Letterboxd export as frames. Values stay text: cinekit reads, checks and refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import polars as pl  # noqa: TID253 this module is imported when an export is loaded

from toolkit import Source, SourceError

FILM = ("Date", "Name", "Year", "Letterboxd URI")
VIEWING = (*FILM, "Rating", "Rewatch", "Tags", "Watched Date")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "diary.csv": VIEWING,
    "ratings.csv": (*FILM, "Rating"),
    "reviews.csv": (*VIEWING, "Review"),
    "watched.csv": FILM,
    "watchlist.csv": FILM,
}
# Of an entry of the diary the URI is the entry's own, so that films are known by name and year.
TITLE = pl.when(pl.col("Year").is_null()).then("Name").otherwise(pl.format("{} ({})", "Name", "Year"))


class Export(Source):
    """The export of a Letterboxd account (Settings, Data, Export your data)."""

    name: ClassVar[str] = "letterboxd"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    writes: ClassVar[tuple[str, ...]] = (
        "titles", "ratings", "watches", "tags", "reviews", "plugin_letterboxd.diary", "plugin_letterboxd.watchlist",
    )  # fmt: skip

    def load(self, path: Path) -> Mapping[str, pl.DataFrame]:
        """Rows by table; the viewer is the account's user name, or else the folder's."""
        files = {name: _read(path / name, columns) for name, columns in COLUMNS.items()}
        if path.is_file() or all(file.is_empty() for file in files.values()):
            raise SourceError(f"{path} is no Letterboxd export; give the .zip, or the folder with diary.csv in it")
        viewer = pl.lit(_user_name(path)).alias("viewer")
        diary, ratings, reviews = files["diary.csv"], files["ratings.csv"], files["reviews.csv"]
        films = pl.concat([file.select("Name", "Year") for file in files.values()]).unique(maintain_order=True)
        # Films that were only ticked off have no day.
        ticked = files["watched.csv"].join(diary, on=["Name", "Year"], how="anti", nulls_equal=True)
        tagged = diary.with_columns(pl.col("Tags").str.split(",")).explode("Tags").drop_nulls("Tags")
        name, day, rating = TITLE.alias("name"), pl.col("Watched Date").alias("time"), pl.col("Rating")
        unknown = pl.lit(None, pl.String).alias("time")
        return {
            "titles": films.select(pl.col("Name").alias("name"), pl.col("Year").alias("year")),
            "ratings": ratings.select(viewer, name, rating.alias("rating"), pl.col("Date").alias("time")),
            "watches": pl.concat([diary.select(viewer, name, day), ticked.select(viewer, name, unknown)]),
            "tags": tagged.select(viewer, name, pl.col("Tags").str.strip_chars().alias("tag"), day),
            "reviews": reviews.select(
                viewer, name, pl.col("Review").alias("review"), rating.alias("score"), pl.col("Date").alias("time")
            ),
            "plugin_letterboxd.diary": diary.select(
                viewer,
                TITLE.alias("title"),
                pl.col("Date").alias("logged_on"),
                pl.col("Watched Date").alias("watched_on"),
                rating.alias("rating"),
                (pl.col("Rewatch") == "Yes").fill_null(value=False).alias("rewatch"),
                pl.col("Letterboxd URI").alias("uri"),
            ),
            "plugin_letterboxd.watchlist": files["watchlist.csv"].select(
                viewer, TITLE.alias("title"), pl.col("Date").alias("added_on"), pl.col("Letterboxd URI").alias("uri")
            ),
        }


def _read(file: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """The columns of a file, as text; no rows where it is missing."""
    if not file.is_file():
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    try:
        return pl.read_csv(file, infer_schema=False, columns=list(columns))
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{file.name} cannot be read as Letterboxd writes it: {reason}; export again") from error


def _user_name(path: Path) -> str:
    profile = _read(path / "profile.csv", ("Username",))["Username"].drop_nulls()
    return path.name if profile.is_empty() else str(profile[0])
