"""Small histories of viewers, written out, and a simulated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.history import Events, History

if TYPE_CHECKING:
    from collections.abc import Sequence

Watch = tuple[int, int, float, str]  # viewer from 0, title from 0, minutes, time
NONE: Sequence[Watch] = ()


def events(rows: Sequence[Watch], viewers: int, scale: int = 60) -> Events:
    """Events of rows in any order; amounts are what stands third, times the scale."""
    ordered = sorted(rows, key=lambda row: (row[0], row[3], row[1]))
    who = np.array([row[0] for row in ordered], dtype=np.int64)
    times = np.array([row[3] for row in ordered], dtype="datetime64[s]").astype(np.int64)
    return Events(
        offsets=np.searchsorted(who, np.arange(viewers + 1)).astype(np.int64),
        times=times,
        titles=np.array([row[1] for row in ordered], dtype=np.int32),
        amounts=np.array([round(scale * row[2]) for row in ordered], dtype=np.int64),
    )


def history_of(
    watches: Sequence[Watch],
    *,
    first: str,
    last: str,
    viewers: int = 3,
    titles: int = 5,
    ratings: Sequence[Watch] = NONE,
    purchases: Sequence[Watch] = NONE,
) -> History:
    """A history of watches; titles are called t0, t1 …, and the genre of a title is odd or even."""
    return History(
        viewers=np.arange(10, 10 + viewers),
        ages=np.array([30.0, np.nan, 50.0, *[40.0] * viewers], dtype=np.float32)[:viewers],
        titles=np.arange(titles),
        title_ids=tuple(f"t{n}" for n in range(titles)),
        title_names=tuple(f"Title {n}" for n in range(titles)),
        genres=(np.arange(titles) % 2).astype(np.int32),
        activity=events(watches, viewers),
        signal="watches",
        ratings=events(ratings, viewers, 100),
        purchases=events(purchases, viewers, 1),
        first_day=np.datetime64(first, "D"),
        last_day=np.datetime64(last, "D"),
        timed=True,
        minutes=True,
    )


def drawn_history(seed: int, *, viewers: int = 12, days: int = 60, watches: int = 400, leaving: int = 0) -> History:
    """Watches, ratings and purchases at random times, some of them across midnight.

    The first `leaving` viewers do nothing in the second half.
    """
    random = np.random.default_rng(seed)
    start = np.datetime64("2025-01-01", "s")

    def rows(n: int, amounts: np.ndarray) -> list[Watch]:
        seconds = random.integers(0, days * 86_400, n)
        who, what = random.integers(0, viewers, n), random.integers(0, 5, n)
        times = start + np.where(who < leaving, seconds // 2, seconds).astype("timedelta64[s]")
        return list(zip(who.tolist(), what.tolist(), amounts.tolist(), times.astype(str).tolist(), strict=True))

    return history_of(
        rows(watches, random.integers(1, 150, watches)),
        first="2025-01-01",
        last=str(np.datetime64("2025-01-01", "D") + days - 1),
        viewers=viewers,
        ratings=rows(60, random.integers(1, 6, 60)),
        purchases=rows(40, random.integers(1, 4, 40)),
    )
