"""What came of a run of `recommend`: its size, what it learnt from, whose lists are short, and the lists with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.interactions import scale_top

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from toolkit.interactions import IntArray, Interactions
    from warehouse import Warehouse

_FEW_LIKERS = 0.1  # share of viewers


@dataclass(frozen=True)
class Recommended:
    """What a run of `recommend` did.

    Attributes:
        run: its id.
        viewers: how many viewers got a list.
        empty: how many got none: the model knows nothing of what they like, or they have seen all that it knows.
        rows: how many recommendations were written.
        weights: how many weights between titles were written.
        signal: what was learnt from, with its size, in words.
        hardly_liked: that hardly any viewer likes a title, in words; empty where that is not so.
        reused: whether a saved model was brought back instead of fitted.
        seconds: wall seconds for reading, fitting, ranking, writing.
        resumed: epochs of training that an earlier run, which was stopped, had done.
        unknown: liked titles that the model has never seen, which could not be used.
        silent: whether it was everybody, and the model's scores were all 0 or NaN.
        drowned: of a private model, how many got a list that is shorter than was asked for, and than the filters leave.
        folded: whether what was loaded since was folded into the model that was brought back.
        findings: what the model's fit came to that no setting says.
    """

    run: str
    viewers: int
    empty: int
    rows: int
    weights: int
    signal: str
    hardly_liked: str
    reused: bool
    seconds: float
    resumed: int = 0
    unknown: tuple[str, ...] = ()
    silent: bool = False
    drowned: int = 0
    folded: bool = False
    findings: Mapping[str, Any] = field(default_factory=dict)


def described(data: Interactions) -> str:
    """What was learnt from, in words, such as "100,836 ratings of 610 viewers and 9,724 titles, liked from 4"."""
    what = "ratings" if data.signal == "ratings" else f"viewer-title pairs from {data.signal}"
    size = f"{data.values.nnz:,} {what} of {data.shape[0]:,} viewers and {data.shape[1]:,} titles"
    if data.signal != "ratings":
        return size
    top = scale_top(data.values.data)
    beyond = np.count_nonzero(data.values.data > top)
    stray = f" ({beyond:,} of the ratings {'is' if beyond == 1 else 'are'} above {top:g}, the top of the scale)"
    return f"{size}, liked from {data.threshold:g}{stray if beyond else ''}"


def hardly_liked(data: Interactions) -> str:
    """That hardly any viewer likes a title, and what to do about it, in words; nothing where that is not so."""
    likers = np.count_nonzero(np.diff(data.liked.indptr))
    if data.signal != "ratings" or likers >= _FEW_LIKERS * data.shape[0]:
        return ""
    who = f"only {likers:,}" if likers else "none"
    like = "likes a title" if likers < 2 else "like a title"
    return f"{who} of {data.shape[0]:,} viewers {like}, rated {data.threshold:g} or more; set a lower --min-rating"


def whys(name: str, findings: Mapping[str, Any]) -> list[str]:
    """Lines on why the fit of a model, and of those that it is made of, came to what it did: "why" of its findings."""
    said = [f"{name}: {found['why']}" for found in findings.values() if isinstance(found, dict) and "why" in found]
    for part, found in findings.get("parts", {}).items():
        said += whys(part, found)
    return said


def drowned(
    history: Interactions, lengths: IntArray, top: int, allowed: NDArray[np.bool_] | None, seen: csr_array | None
) -> int:
    """How many viewers got a list, but a shorter one than titles were left for it: noise hides the others.

    Args:
        history: (n_viewers, n_titles) whom lists are for; what is stored was not recommended.
        lengths: (n_viewers,) of their lists.
        top: titles asked for.
        allowed: (n_titles,) True for titles that may be recommended; None for all.
        seen: (n_viewers, n_titles) all that they have seen, where that is more than their history.
    """
    hidden = history.values if seen is None else seen
    counts = np.ones(history.shape[1]) if allowed is None else allowed.astype(np.float64)
    passed = np.append(0, np.cumsum(counts[hidden.indices]))
    left = counts.sum() - np.diff(passed[hidden.indptr])
    return int(((lengths > 0) & (lengths < np.minimum(top, left))).sum())


def recommended(warehouse: Warehouse, run: str, *, explain: bool = False, viewers: int | None = None) -> pl.DataFrame:
    """A run's recommendations with names, as people read them; of the first `viewers` viewers only where given.

    Columns: viewer (NULL for somebody described with --like), rank, title, year, score, title_id, and because where
    reasons are wanted: the largest three as text.
    """
    reasons = """
        LEFT JOIN (
            SELECT x.title_key, x.viewer_key,
                   string_agg(b.name || ' ' || round(100 * share)::INTEGER || ' %', ', ' ORDER BY reason) AS because
            FROM results.recommendation_reasons x JOIN raw.titles b ON b.title_key = because_title_key
            WHERE run = $run AND reason <= 3 GROUP BY ALL
        ) w ON w.title_key = r.title_key AND w.viewer_key IS NOT DISTINCT FROM r.viewer_key
    """
    sql = f"""
        SELECT v.viewer_id AS viewer, r.rank, t.name AS title, t.year, r.score, t.title_id
               {", w.because" if explain else ""}
        FROM results.recommendations r
        JOIN raw.titles t USING (title_key) LEFT JOIN raw.viewers v USING (viewer_key)
        {reasons if explain else ""}
        WHERE r.run = $run AND ($viewers IS NULL OR r.viewer_key IS NULL OR r.viewer_key IN (
            SELECT DISTINCT viewer_key FROM results.recommendations WHERE run = $run ORDER BY viewer_key LIMIT $viewers
        ))
        ORDER BY r.viewer_key, r.rank
    """
    return warehouse.query(sql, {"run": run, "viewers": viewers})
