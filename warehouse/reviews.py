"""Reviews of other words, viewers or titles under one id: files that number from 1 must not replace each other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse import keys

if TYPE_CHECKING:
    from warehouse.sources.staging import Staging

# Hex digits of SHA-256 in an id of one's own: a column that holds one id for a million reviews makes no two the same.
_DIGITS = 16


def tell_apart(staging: Staging, relation: str, columns: dict[str, str]) -> str:
    """The sound reviews, with an id of their own for those whose id belongs to another review.

    An id belongs to the review that is in the warehouse, else to the first of the load. Another review has other words,
    or another viewer or title where both are given. Its id is made of its own and of these three, and so is the same
    in every load.

    Args:
        staging: the load; takes a note of how many there are.
        relation: staged reviews, none impossible, after keys were given.
        columns: its columns, by name with type.

    Returns:
        The relation to merge.
    """
    if not {"review_id", "review"} <= set(columns):
        return relation
    select, joins = ["s.ordinal", "s.review_id", "s.review"], []
    for kind in ("viewer", "title"):
        if f"{kind}_id" in columns:
            joins.append(keys.join(staging.con, kind, columns, optional=True))
            select.append(f"{kind}_keys.key AS {kind}_key")
        else:
            select.append(f"NULL::INTEGER AS {kind}_key")
    keyed = staging.table("reviews_keyed", f"SELECT {', '.join(select)} FROM {relation} s {' '.join(joins)}")
    owners = staging.table(
        "reviews_owners",
        f"""
        SELECT review_id, coalesce(r.review, f.review) AS review,
            CASE WHEN r.review IS NULL THEN f.viewer_key ELSE r.viewer_key END AS viewer_key,
            CASE WHEN r.review IS NULL THEN f.title_key ELSE r.title_key END AS title_key
        FROM (FROM {keyed} QUALIFY row_number() OVER (PARTITION BY review_id ORDER BY ordinal) = 1) f
        LEFT JOIN raw.reviews r USING (review_id)
        """,
    )
    made = "concat(s.review, chr(31), coalesce(v.viewer_id, ''), chr(31), coalesce(t.title_id, ''))"
    others = staging.table(
        "reviews_others",
        f"""
        SELECT s.ordinal, s.review_id || ':' || left(sha256({made}), {_DIGITS}) AS own_id
        FROM {keyed} s JOIN {owners} o USING (review_id)
        LEFT JOIN raw.viewers v ON v.viewer_key = s.viewer_key LEFT JOIN raw.titles t ON t.title_key = s.title_key
        WHERE s.review <> o.review OR s.viewer_key <> o.viewer_key OR s.title_key <> o.title_key
        """,
    )
    count = staging.count(f"SELECT count(*) FROM {others}")
    if not count:
        return relation
    staging.notes.append(
        f"{count:,} {'review has' if count == 1 else 'reviews have'} the id of another review, and "
        f"{'gets one of its' if count == 1 else 'get ones of their'} own"
    )
    return staging.view(
        "reviews_told_apart",
        "SELECT s.* EXCLUDE (review_id), coalesce(o.own_id, s.review_id) AS review_id "
        f"FROM {relation} s LEFT JOIN {others} o USING (ordinal)",
    )
