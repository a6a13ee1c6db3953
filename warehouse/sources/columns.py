"""Which column of a plain table holds what: by the names that such columns usually have, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.sources.staging import Staging

VIEWERS = (
    "viewer", "viewer_id", "user", "user_id", "uid", "username", "audience", "audience_id", "audience_member",
    "audience_member_id", "customer", "customer_id", "cust", "cust_id", "member", "member_id", "account", "account_id",
    "profile", "profile_id", "subscriber", "subscriber_id", "person_id", "household", "household_id", "device_id",
    "client", "client_id", "patron", "patron_id", "reviewer", "reviewer_id",
)  # fmt: skip
TITLE_IDS = (
    "title_id", "movie_id", "item_id", "film_id", "show_id", "content_id", "asset_id", "programme_id", "program_id",
    "video_id", "media_id", "product_id", "series_id", "episode_id", "tconst", "imdb_id", "movieid", "mid", "iid",
)  # fmt: skip
TITLE_NAMES = (
    "title", "movie", "item", "film", "show", "content", "asset", "programme", "program", "video", "name",
    "title_name", "movie_title", "movie_name", "film_title", "film_name", "show_title", "show_name", "primary_title",
    "content_name", "content_title", "programme_title", "program_title", "item_name",
)  # fmt: skip
MINUTES = (
    "minutes", "minutes_watched", "watched_minutes", "watch_minutes", "watch_time", "watchtime", "watch_time_minutes",
    "watch_duration", "watch_duration_minutes", "duration", "duration_minutes", "duration_min", "time_watched",
    "viewing_time", "viewing_minutes", "view_time", "view_duration", "runtime_watched", "mins", "min", "length_watched",
    "playtime", "play_time", "play_duration", "watched", "time_spent",
)  # fmt: skip
SECONDS = (
    "seconds", "seconds_watched", "watched_seconds", "watch_seconds", "watch_time_seconds", "watch_time_sec",
    "watch_duration_seconds", "duration_seconds", "duration_sec", "duration_s", "watch_time_s", "viewing_seconds",
    "view_seconds", "time_watched_seconds", "viewing_time_seconds", "secs", "playtime_seconds", "play_seconds",
)  # fmt: skip
TIMES = (
    "timestamp", "time", "date", "datetime", "ts", "when", "at", "watched_at", "watched_on", "watch_date",
    "watch_timestamp", "rated_at", "rated_on", "rating_date", "rating_timestamp", "rating_time", "tagged_at",
    "viewed_at", "view_date", "viewing_date", "date_watched", "started_at", "start_time", "start", "event_time",
    "event_timestamp", "event_date", "created_at", "purchased_at", "purchase_date", "purchase_time", "order_date",
    "sold_at", "sale_date", "unix_time", "unix_timestamp", "unixtime", "played_at", "review_date",
)  # fmt: skip
PERIODS = ("day", "week", "month", "quarter", "year", "period", "hour", "week_ending", "week_of",
           "air_date", "airdate", "aired", "aired_on", "first_aired", "episode_date", "broadcast_date")  # fmt: skip
VALUES = (
    "y", "value", "observation", "sales", "tickets", "ticket_sales", "tickets_sold", "units", "units_sold", "quantity",
    "qty", "gross", "revenue", "box_office", "amount", "total", "viewers", "us_viewers", "uk_viewers",
    "viewers_millions", "viewers_in_millions", "us_viewers_millions", "us_views_millions", "views", "watches",
    "admissions", "attendance", "audience", "demand", "count", "target",
)  # fmt: skip

# What each kind of plain table can hold, with the usual names of its columns, the likeliest first.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "watches": {"viewer": VIEWERS, "title": TITLE_IDS, "name": TITLE_NAMES, "minutes": MINUTES, "seconds": SECONDS,
                "time": TIMES},
    "ratings": {"viewer": VIEWERS, "title": TITLE_IDS, "name": TITLE_NAMES, "time": TIMES,
                "rating": ("rating", "ratings", "score", "stars", "star_rating", "user_rating", "rate", "value",
                           "overall", "your_rating", "viewer_rating", "movie_rating", "note", "points", "grade")},
    "tags": {"viewer": VIEWERS, "title": TITLE_IDS, "name": TITLE_NAMES, "time": TIMES,
             "tag": ("tag", "tags", "keyword", "keywords", "label", "word")},
    "purchases": {"viewer": VIEWERS, "title": TITLE_IDS, "name": TITLE_NAMES, "time": TIMES,
                  "tickets": ("tickets", "ticket_count", "quantity", "qty", "seats", "count", "number_of_tickets"),
                  "amount": ("amount", "price", "total", "paid", "revenue", "cost", "amount_paid", "total_price"),
                  "cinema": ("cinema", "cinema_id", "cinema_name", "theatre", "theater", "venue", "location", "site")},
    "titles": {"title": ("id", *TITLE_IDS), "name": TITLE_NAMES,
               "year": ("year", "release_year", "start_year", "released", "production_year", "release_date"),
               "runtime": ("runtime", "runtime_minutes", "length", "length_minutes", "duration", "duration_minutes",
                           "minutes", "running_time"),
               "genres": ("genres", "genre", "listed_in", "category", "categories"),
               "cast": ("cast", "actors", "starring", "stars", "performers"),
               "directors": ("director", "directors", "directed_by"),
               "writers": ("writer", "writers", "written_by", "screenplay"),
               "plot": ("plot", "overview", "description", "summary", "synopsis", "extract", "storyline"),
               "imdb": ("imdb_id", "imdb", "tconst"), "tmdb": ("tmdb_id", "tmdb")},
    # Texts go before names: content may be either.
    "reviews": {"id": ("id", "review_id", "comment_id", "post_id"), "viewer": VIEWERS,
                "review": ("review", "text", "review_text", "review_body", "snippet", "phrase", "sentence", "content",
                           "comment", "comments", "body", "review_content", "full_text", "quote"),
                "score": ("score", "rating", "sentiment", "label", "stars", "polarity", "star_rating", "user_rating",
                          "review_score", "overall", "ground_truth", "target"),
                "title": TITLE_IDS, "name": TITLE_NAMES, "time": TIMES},
    "viewers": {"viewer": ("id", *VIEWERS), "gender": ("gender", "sex"), "age": ("age", "age_group", "age_years"),
                "occupation": ("occupation", "job", "profession"),
                "postcode": ("postcode", "zip", "zip_code", "postal_code", "zipcode")},
    "series": {"id": ("unique_id", "series_id", "series", "series_name", "id", *TITLE_IDS, *TITLE_NAMES,
                      "sku", "product", "store", "store_id", "shop", "shop_id", "cinema", "cinema_id", "cinema_name",
                      "theatre", "theater", "venue", "channel", "genre", "region", "country", "city", "group", "key"),
               "time": ("ds", *TIMES, *PERIODS),
               "value": (*VALUES, *MINUTES)},
    "customers": {"viewer": ("id", *VIEWERS),
                  "churn": ("churn", "churned", "is_churn", "is_churned", "has_churned", "churn_flag", "churn_label",
                            "churn_value", "churn_status", "left", "has_left", "exited", "is_exited", "exit",
                            "cancelled", "canceled", "is_cancelled", "is_canceled", "attrition", "attrition_flag",
                            "attrited", "unsubscribed", "lapsed")},
    "watch-times": {"viewer": ("id", *VIEWERS),
                    "next": ("next_watch_time", "next_day_watch_time", "next_minutes", "next_watch_minutes",
                             "next_day_minutes", "next_watch_duration", "watch_time_next", "watch_time_next_day",
                             "watch_time_tomorrow", "next_watch_time_minutes", "next_viewing_time"),
                    "next_seconds": ("next_seconds", "next_watch_time_seconds", "next_watch_seconds",
                                     "next_day_watch_time_seconds", "next_day_seconds", "watch_time_next_seconds"),
                    "minutes": MINUTES, "seconds": SECONDS, "time": (*TIMES, "ds", "day")},
}  # fmt: skip
# Where several columns could be a field, these go before the others: what the field's tools call it, and a catalogue's
# own id or a time itself before what stands beside it. They are tried one group after another.
PREFERRED: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "series": {"id": (("unique_id",), ("series_id", "series", "series_name")), "time": (("ds",), TIMES),
               "value": (("y",), VALUES)},
    "customers": {"viewer": (VIEWERS,)},
    "watch-times": {"viewer": (VIEWERS,)},
}  # fmt: skip
# Fields that are the same in another unit.
UNITS = (("minutes", "seconds"), ("next", "next_seconds"))
# What must be there; of names joined by | one is enough.
REQUIRED: dict[str, tuple[str, ...]] = {
    "watches": ("viewer", "title|name"), "ratings": ("viewer", "title|name", "rating"),
    "tags": ("title|name", "tag"), "purchases": ("viewer", "title|name"),
    "titles": ("title|name",), "viewers": ("viewer",), "reviews": ("review",),
    "series": ("time", "value"), "customers": ("viewer",),
    "watch-times": ("minutes|seconds", "next|next_seconds"),
}  # fmt: skip

# Other names that a user may give to fields.
FIELD_ALIASES: dict[str, dict[str, str]] = {
    "series": {"unique_id": "id", "series_id": "id", "series": "id", "ds": "time", "y": "value"},
    "customers": {"churned": "churn", "label": "churn", "customer": "viewer"},
    "watch-times": {"watch_time": "minutes", "next_watch_time": "next", "day": "time", "date": "time"},
}


def canonical(column: str) -> str:
    """A column's name without case, punctuation and the borders of words."""
    return re.sub(r"[\W_]+", "", column).casefold()


SHOWN = 20


def resolve_noted(staging: Staging, columns: Sequence[str], file: str, *, all_used: bool = False) -> dict[str, str]:
    """`resolve`, with notes of what was taken for what, and of what is not used.

    Raises:
        SourceError: as `resolve`.
    """
    found = resolve(staging.source, columns, staging.mapping, file)
    staging.notes.append("columns: " + ", ".join(f"{name} = {column}" for name, column in found.items()))
    unused = [column or "one without a name" for column in columns if column not in found.values()]
    if unused and not all_used:
        more = f" and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
        staging.notes.append(f"not used: {', '.join(unused[:SHOWN])}{more}")
    return found


def resolve(source: str, columns: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[str, str]:
    """Find the column of each field.

    Args:
        source: kind of table, a key of `FIELDS`.
        columns: the file's columns.
        file: its name, for messages.
        mapping: fields whose column the user named; these are not looked for.

    Returns:
        Field: column, for the fields that are there.

    Raises:
        SourceError: a required column is missing, a field could be two columns, or the mapping names what is not there.
    """
    found = _mapped(source, columns, mapping, file)
    taken = set(found.values())
    for name, usual in FIELDS[source].items():
        if name in found or (name == "name" and found.get("title") and source != "titles"):
            continue
        candidates = called([c for c in columns if c not in taken], usual)
        if name == "title":
            # A catalogue's own id goes before those of others that stand beside it.
            own = [c for c in candidates if canonical(c) not in ("imdbid", "tconst", "seriesid", "episodeid")]
            candidates = own or candidates
        for group in PREFERRED.get(source, {}).get(name, ()):
            candidates = called(candidates, group) or candidates
        if len(candidates) > 1:
            raise SourceError(
                f"{file}: {name} could be column {' or '.join(map(repr, candidates))}; "
                f"say which with --map {name}=COLUMN"
            )
        if candidates:
            found[name] = candidates[0]
            taken.add(candidates[0])
    _check(source, columns, found, file)
    return found


def _check(source: str, columns: Sequence[str], found: Mapping[str, str], file: str) -> None:
    """See to it that what must be there is there, and in one unit.

    Raises:
        SourceError: it is not.
    """
    for needed in REQUIRED[source]:
        if not any(choice in found for choice in needed.split("|")):
            name = needed.split("|", maxsplit=1)[0]
            raise SourceError(
                f"{file} has no column for the {name}; it has {', '.join(columns) or 'none'}; "
                f"say which it is with --map {name}=COLUMN"
            )
    for minutes, seconds in UNITS:
        if minutes in found and seconds in found:
            raise SourceError(
                f"{file}: {minutes} could be column {found[minutes]!r} or {found[seconds]!r}; "
                f"say which with --map {minutes}=COLUMN or --map {seconds}=COLUMN"
            )


def called(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The columns that have one of the names."""
    spellings = {canonical(name) for name in names}
    return [column for column in columns if canonical(column) in spellings]


def _mapped(source: str, columns: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[str, str]:
    fields = FIELDS[source]
    aliases = {"runtime_minutes": "runtime", "title_id": "title", "viewer_id": "viewer", "review_id": "id",
               "text": "review", "label": "score", **FIELD_ALIASES.get(source, {})}  # fmt: skip
    found: dict[str, str] = {}
    for given, column in mapping.items():
        name = given if given in fields else aliases.get(given, given)
        if name not in fields:
            raise SourceError(f"--map {given}={column}: {source} have no {given!r}; they have {', '.join(fields)}")
        same = [c for c in columns if c == column] or [c for c in columns if canonical(c) == canonical(column)]
        if len(same) != 1:
            raise SourceError(f"--map {given}={column}: {file} has no such column; it has {', '.join(columns)}")
        found[name] = same[0]
    # The user's own choice between the two units settles it.
    for minutes, seconds in UNITS:
        if seconds in found and minutes in fields:
            found.pop(minutes, None)
        elif minutes in found and seconds in fields:
            found.pop(seconds, None)
    return found
