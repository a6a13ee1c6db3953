"""Small panels of series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.frequency import DAY, Frequency
from toolkit.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


def panel_of(
    values: Sequence[Sequence[float]],
    ids: Sequence[str] | None = None,
    frequency: Frequency = DAY,
    floors: ArrayLike | None = None,
) -> Panel:
    """A panel of rows of any lengths, the shorter ones NaN in front, all ending on 31 March 2026."""
    n, length = len(values), max((len(row) for row in values), default=0)
    padded = np.full((n, length), np.nan)
    for place, row in enumerate(values):
        padded[place, length - len(row) :] = row
    return Panel(
        ids=ids or [f"s{place}" for place in range(n)],
        values=padded,
        ends=np.full(n, np.datetime64("2026-03-31", "us")),
        frequency=frequency,
        floors=np.full(n, -np.inf) if floors is None else np.asarray(floors, dtype=np.float64),
        released=np.full(n, np.datetime64("NaT", "us")),
    )


def made_series(n: int = 4, days: int = 84, seed: int = 0) -> Panel:
    """Daily sales of some cinemas: a week that repeats, a slow trend and noise; the last one opened late."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    week = 1 + 0.5 * np.sin(2 * np.pi * day / 7)
    sizes = rng.uniform(50, 200, size=(n, 1))
    drawn = sizes * week * (1 + 0.002 * day) + rng.normal(0, 5, size=(n, days))
    rows: list[list[float]] = np.round(np.maximum(drawn, 0)).tolist()
    rows[-1] = rows[-1][days // 2 :]
    return panel_of(rows, floors=np.zeros(n))
