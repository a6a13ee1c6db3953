"""Which column of a plain table holds what: by the names that such columns usually have, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from warehouse.errors import SourceError

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
}  # fmt: skip
# What must be there; of names joined by | one is enough.
REQUIRED: dict[str, tuple[str, ...]] = {
    "watches": ("viewer", "title|name"), "ratings": ("viewer", "title|name", "rating"),
    "tags": ("title|name", "tag"), "purchases": ("viewer", "title|name"),
    "titles": ("title|name",), "viewers": ("viewer",), "reviews": ("review",),
}  # fmt: skip


def canonical(column: str) -> str:
    """A column's name without case, punctuation and the borders of words."""
    return re.sub(r"[\W_]+", "", column).casefold()


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
        spellings = [canonical(u) for u in usual]
        candidates = [c for c in columns if c not in taken and canonical(c) in spellings]
        if name == "title" and len(candidates) > 1:
            # A catalogue's own id goes before those of others that stand beside it.
            own = [c for c in candidates if canonical(c) not in ("imdbid", "tconst", "seriesid", "episodeid")]
            candidates = own or candidates
        if len(candidates) > 1:
            raise SourceError(
                f"{file}: {name} could be column {' or '.join(map(repr, candidates))}; "
                f"say which with --map {name}=COLUMN"
            )
        if candidates:
            found[name] = candidates[0]
            taken.add(candidates[0])
    for needed in REQUIRED[source]:
        if not any(choice in found for choice in needed.split("|")):
            name = needed.split("|", maxsplit=1)[0]
            raise SourceError(
                f"{file} has no column for the {name}; it has {', '.join(columns) or 'none'}; "
                f"say which it is with --map {name}=COLUMN"
            )
    if "minutes" in found and "seconds" in found:
        raise SourceError(
            f"{file}: minutes could be column {found['minutes']!r} or {found['seconds']!r}; "
            "say which with --map minutes=COLUMN or --map seconds=COLUMN"
        )
    return found


def _mapped(source: str, columns: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[str, str]:
    fields = FIELDS[source]
    aliases = {"runtime_minutes": "runtime", "title_id": "title", "viewer_id": "viewer", "review_id": "id",
               "text": "review", "label": "score"}  # fmt: skip
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
    if "seconds" in found and "minutes" in fields:
        fields_taken = {"minutes"}
    elif "minutes" in found and "seconds" in fields:
        fields_taken = {"seconds"}
    else:
        fields_taken = set()
    return {name: column for name, column in found.items() if name not in fields_taken}
