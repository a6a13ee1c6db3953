"""Rows of metadata, to learn from: old silent films without ratings, new ones with some."""

from __future__ import annotations

import numpy as np

from toolkit.materials.metadata import Rows

NAMES = ("year", "cast_size", "ratings", "mean_rating", "rating_spread")
GENRES = ("Drama", "Silent", "Horror", "Western")


def made_rows(n: int = 300, seed: int = 0) -> Rows:
    """Rows drawn at random, in which numbers and genres hang together."""
    rng = np.random.default_rng(seed)
    old = rng.random(n) < 0.5
    ratings = np.where(old, 0, rng.integers(0, 8, size=n))
    scores = [rng.integers(1, 11, size=count) / 2 for count in ratings]
    mean = [round(float(some.mean()), 6) if some.size else np.nan for some in scores]
    spread = [round(float(some.std(ddof=1)), 6) if some.size > 1 else np.nan for some in scores]
    year = np.where(old, rng.integers(1910, 1925, size=n), rng.integers(1980, 2010, size=n))
    cast = np.where(rng.random(n) < 0.1, np.nan, rng.integers(1, 9, size=n))
    labels = np.stack([rng.random(n) < 0.6, old, ~old & (rng.random(n) < 0.5), rng.random(n) < 0.1], axis=1)
    return rows_of(np.stack([year, cast, ratings, np.array(mean), np.array(spread)], axis=1), labels)


def rows_of(numbers: object, labels: object = None, names: tuple[str, ...] = NAMES) -> Rows:
    """Rows of numbers and marks that are written down."""
    given = np.array(numbers, dtype=np.float64)
    n = len(given)
    marked = np.zeros((n, 0), dtype=np.bool_) if labels is None else np.array(labels, dtype=np.bool_)
    whole = np.array([name in ("year", "cast_size", "ratings") for name in names], dtype=np.bool_)
    films = tuple(f"film {place}" for place in range(n))
    return Rows(given, names, whole, marked, GENRES[: marked.shape[1]], films)
