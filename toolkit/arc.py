"""The emotional arc of a story, and the sentiment of its scenes, characters and whole, out of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.sentiment import BoolArray


def arc(
    share: ArrayLike,
    sentiment: ArrayLike,
    words: ArrayLike,
    seconds: ArrayLike | None = None,
    points: int = 100,
    terms: int = 5,
) -> pl.DataFrame:
    """Sentiment over a story, at the middles of `points` equal parts of it, raw and smoothed.

    Smoothed is the low-pass of Jockers' syuzhet: the lines, joined by straight lines and read at even distances, are
    taken apart by the discrete cosine transform (type II, orthonormal), and only the first `terms` terms are put
    together again. With fewer scored lines than terms there are as many terms as lines. It may leave -1 to 1 a little.

    Source: M. Jockers, "Revealing Sentiment and Plot Arcs with the Syuzhet Package", 2015; of such arcs in fiction:
    Reagan et al., "The emotional arcs of stories are dominated by six basic shapes", EPJ Data Science 2016.

    Args:
        share: (n,) how far through the story each line is, from 0 to 1; in any order.
        sentiment: (n,) from -1 to 1; NaN where a line was not scored.
        words: (n,) words of each line; none count as one.
        seconds: (n,) from the beginning; NaN where not known.
        points: how many parts, at least 1.
        terms: how many terms of the transform are kept, at least 1.

    Returns:
        One row a part: point (Int32, from 1), share, seconds (null without times), raw (mean of the part's lines,
        weighted by words; null where none was scored), smoothed (null where no line of the story was scored).

    Raises:
        ModelError: lengths differ, a share is outside 0 to 1, or there are no points or terms.
    """
    import polars as pl

    where, values = np.asarray(share, dtype=np.float64), np.asarray(sentiment, dtype=np.float64)
    weights = np.maximum(np.asarray(words, dtype=np.float64), 1)
    times = None if seconds is None else np.asarray(seconds, dtype=np.float64)
    if len({each.shape for each in (where, values, weights, *([] if times is None else [times]))}) > 1:
        raise ModelError("an arc needs as many shares, sentiments, words and seconds as there are lines")
    if not ((where >= 0) & (where <= 1)).all() or points < 1 or terms < 1:
        raise ModelError("an arc needs shares from 0 to 1, and at least one point and term")
    middles = (np.arange(points) + 0.5) / points
    scored = np.isfinite(values)
    raw = _means(np.minimum((where * points).astype(np.int64), points - 1), values, weights, scored, points)
    smoothed = _smooth(where[scored], values[scored], weights[scored], middles, terms)
    columns = {
        "point": np.arange(1, points + 1, dtype=np.int32),
        "share": middles,
        "seconds": np.full(points, np.nan) if times is None else _seconds(where, times, middles),
        "raw": raw,
        "smoothed": smoothed,
    }
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def levels(lines: pl.DataFrame) -> pl.DataFrame:
    """Sentiment of lines, scenes, characters and the document; above the line means weighted by words.

    Args:
        lines: place, scene, character, words, sentiment (null where not scored), in the order of the story. Where
            several characters speak together, their names are parted by line breaks, and the line counts for each.

    Returns:
        level, place, scene, character, words, sentiment, as in results.sentiment: first the lines (of several
        characters, "A & B"), then scenes and characters as they first appear, then the document. `words` are those of
        scored lines, at least 1 each.
    """
    import polars as pl

    scored = pl.col("sentiment").is_not_null() & pl.col("sentiment").is_not_nan()
    each = lines.select(
        level=pl.lit("line"),
        place=pl.col("place").cast(pl.Int32),
        scene=pl.col("scene").cast(pl.Int32),
        character=pl.col("character").cast(pl.String),
        words=pl.when(scored).then(pl.max_horizontal(pl.col("words"), 1)).otherwise(0).cast(pl.Int32),
        sentiment=pl.when(scored).then("sentiment").cast(pl.Float64),
    )
    mean = (pl.col("words") * pl.col("sentiment")).sum() / pl.col("words").sum()
    whole = [pl.col("words").sum().cast(pl.Int32), mean.fill_nan(None).alias("sentiment")]

    def of(column: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.drop_nulls(column).group_by(column, maintain_order=True).agg(whole)

    counted = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    scenes = of("scene", each).with_columns(level=pl.lit("scene"), place="scene", character=pl.lit(None, pl.String))
    people = of("character", each.with_columns(pl.col("character").str.split("\n")).explode("character"))
    people = people.with_columns(level=pl.lit("character"), place=counted, scene=pl.lit(None, pl.Int32))
    document = each.select(whole).select(
        pl.lit("document").alias("level"),
        pl.lit(1, pl.Int32).alias("place"),
        pl.lit(None, pl.Int32).alias("scene"),
        pl.lit(None, pl.String).alias("character"),
        "words",
        "sentiment",
    )
    said = each.with_columns(pl.col("character").str.replace_all("\n", " & ", literal=True))
    parts = [said, scenes, people, document if lines.height else document.clear()]
    return pl.concat([part.select(each.columns) for part in parts])


def _means(
    part: IntArray, values: FloatArray, weights: FloatArray, scored: BoolArray, points: int
) -> FloatArray:  # fmt: skip
    """Weighted mean of each part, (points,); NaN where it has no line."""
    total = np.bincount(part[scored], weights[scored] * values[scored], minlength=points)
    weight = np.bincount(part[scored], weights[scored], minlength=points)
    means: FloatArray = np.divide(total, weight, out=np.full(points, np.nan), where=weight > 0)
    return means


def _smooth(
    where: FloatArray, values: FloatArray, weights: FloatArray, middles: FloatArray, terms: int
) -> FloatArray:  # fmt: skip
    """The first terms of the transform, read at `middles`; NaN where there are no lines."""
    from scipy.fft import dct

    if not where.size:
        return np.full(middles.size, np.nan)
    # Lines at one place, as of people who speak at once, are one.
    places, line = np.unique(where, return_inverse=True)
    merged = np.bincount(line, weights * values) / np.bincount(line, weights)
    size = max(middles.size, places.size)
    kept = min(terms, places.size, size)
    even = np.interp((np.arange(size) + 0.5) / size, places, merged)
    coefficients = dct(even, type=2, norm="ortho")[:kept]
    # The transform's waves at any place, and not only at those that it was made of.
    waves = np.cos(np.pi * np.outer(middles, np.arange(kept))) * np.sqrt(2 / size)
    waves[:, 0] = np.sqrt(1 / size)
    smoothed: FloatArray = waves @ coefficients
    return smoothed


def _seconds(where: FloatArray, times: FloatArray, middles: FloatArray) -> FloatArray:
    """Seconds at `middles`, between the lines whose times are known; NaN where none is."""
    known = np.isfinite(times)
    if not known.any():
        return np.full(middles.size, np.nan)
    order = np.argsort(where[known], kind="stable")
    return np.interp(middles, where[known][order], times[known][order])
