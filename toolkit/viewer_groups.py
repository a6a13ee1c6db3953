"""Groups of viewers, such as women and men, and how well each of them is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.intervals import bootstrap_means, percentile_interval
from toolkit.metrics import ACCURACY

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray

Float64 = NDArray[np.float64]
By = Literal["gender", "age", "occupation"]

TABLE = "raw.viewers"
SMALLEST = 20
# Not "other" and "unknown", which are occupations and genders in files.
SMALLER, UNKNOWN = "smaller groups", "not known"
# The age groups of MovieLens 1M, whose file gives the lower bounds as ages.
AGES = {
    "under 18": 0, "18 to 24": 18, "25 to 34": 25, "35 to 44": 35, "45 to 49": 45, "50 to 55": 50, "56 and over": 56,
}  # fmt: skip


@dataclass(frozen=True)
class Grouping:
    """Viewers by something that is known of them.

    Attributes:
        name: gender, age or occupation.
        labels: names of the groups in order, "smaller groups" and "not known" last.
        group: (n_viewers,) place of each viewer's group in `labels`, -1 for who is in none.
        small: groups of fewer than 20 viewers, which are in "smaller groups"; or in none, where all of these are fewer
            too.
        left_out: how many viewers are in none.
    """

    name: str
    labels: tuple[str, ...]
    group: IntArray
    small: tuple[str, ...]
    left_out: int


def read_viewers(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """viewer_key, gender, age and occupation of all viewers."""
    viewers: pl.DataFrame = con.sql(f"SELECT viewer_key, gender, age, occupation FROM {TABLE}").pl()
    return viewers


def grouped(table: pl.DataFrame, by: By, viewers: IntArray) -> Grouping:
    """The viewers of the keys `viewers`, (n_viewers,), in groups of at least 20.

    Raises:
        ModelError: it is known of none of them, or all groups are too small.
    """
    import polars as pl

    known = table.select(pl.col("viewer_key").cast(pl.Int64), label=_labels(by))
    keys = pl.DataFrame({"viewer_key": viewers.astype(np.int64)})
    label = keys.join(known, on="viewer_key", how="left", maintain_order="left")["label"]
    if label.null_count() == label.len():
        raise ModelError(f"nobody who is judged has a known {by}; leave out --by {by}, or load viewers who have one")
    counts = dict(label.fill_null(UNKNOWN).value_counts().iter_rows())
    small = tuple(sorted(name for name, count in counts.items() if count < SMALLEST))
    merged = label.fill_null(UNKNOWN).replace(list(small), [SMALLER] * len(small))
    sizes = dict(merged.value_counts().iter_rows())
    labels = tuple(sorted((name for name, size in sizes.items() if size >= SMALLEST), key=_place))
    if not labels:
        raise ModelError(f"no {by} has {SMALLEST} viewers to judge; leave out --by {by}, or load more viewers")
    group = merged.replace_strict(list(labels), range(len(labels)), default=-1, return_dtype=pl.Int64).to_numpy()
    return Grouping(by, labels, group, small, int((group < 0).sum()))


def group_rows(by_viewer: Mapping[str, Float64], grouping: Grouping, seed: int) -> list[dict[str, Any]]:
    """Means of each group with their 95 % bootstrap intervals, and, of accuracy, the gap between two groups.

    The gap is the highest mean of a group less the lowest, as the metric NAME_gap without a group; "smaller
    groups" and "not known" are no groups in this. Its interval is that of the difference of these two, whose viewers
    are drawn each by themselves.

    Args:
        by_viewer: (n_viewers,) by the name of the metric.
        grouping: of the same viewers.
        seed: of the bootstrap.
    """
    table = np.column_stack(list(by_viewer.values()))
    members = [table[grouping.group == place] for place in range(len(grouping.labels))]
    drawn = np.stack([bootstrap_means(part, seed + place) for place, part in enumerate(members)])
    means = np.stack([part.mean(axis=0) for part in members])
    rows: list[dict[str, Any]] = []
    for place, label in enumerate(grouping.labels):
        found = np.vstack([means[place], percentile_interval(drawn[place])]).T.tolist()
        shared = {"grouping": grouping.name, "viewer_group": label, "viewers": members[place].shape[0]}
        rows += [
            {"metric": name, "value": mean, "low": low, "high": high, **shared}
            for name, (mean, low, high) in zip(by_viewer, found, strict=True)
        ]
    named = [place for place, label in enumerate(grouping.labels) if label not in (SMALLER, UNKNOWN)]
    for column, name in enumerate(by_viewer):
        if name in ACCURACY and len(named) > 1:
            best = max(named, key=lambda place: means[place, column])
            worst = min(named, key=lambda place: means[place, column])
            low, high = percentile_interval(drawn[best, :, column] - drawn[worst, :, column]).tolist()
            viewers = sum(members[place].shape[0] for place in {best, worst})
            gap = float(means[best, column] - means[worst, column])
            shared = {"grouping": grouping.name, "viewer_group": None, "viewers": viewers}
            rows.append({"metric": f"{name}_gap", "value": gap, "low": low, "high": high, **shared})
    return rows


def as_group_table(metrics: pl.DataFrame, metric: str, k: int) -> pl.DataFrame:
    """One row a model and group for people, and one for the gap between the best and the worst served group."""
    import polars as pl

    of_metric = pl.col("grouping").is_not_null() & pl.col("metric").is_in([metric, f"{metric}_gap"])
    return metrics.filter(of_metric, k=k).select(
        "model",
        pl.col("grouping").alias("by"),
        pl.col("viewer_group").fill_null("best less worst").alias("group"),
        "viewers",
        pl.col("value").alias(f"{metric}@{k}"),
        pl.format("{} to {}", pl.col("low").round(4), pl.col("high").round(4)).alias("95 % interval"),
    )


def described(grouping: Grouping) -> str:
    """What became of small groups, in words; nothing where there are none."""
    if not grouping.small:
        return ""
    where = f"are {SMALLER!r}" if not grouping.left_out else f"are left out, {grouping.left_out} viewers in all"
    return f"by {grouping.name}: groups of fewer than {SMALLEST} viewers {where}: {', '.join(grouping.small)}"


def _labels(by: By) -> pl.Expr:
    """The name of a viewer's group; null where it is not known."""
    import polars as pl

    if by != "age":
        return pl.col(by)
    # added up one by one, as the sum of a row would take null for 0
    place = sum(((pl.col("age") >= bound).cast(pl.Int32) for bound in list(AGES.values())[1:]), pl.lit(0))
    return place.replace_strict(range(len(AGES)), list(AGES), default=None, return_dtype=pl.String)


def _place(label: str) -> tuple[bool, bool, int, str]:
    """Sorts ages by age, all else by name, "smaller groups" and "not known" last."""
    return label == UNKNOWN, label == SMALLER, AGES.get(label, 0), label
