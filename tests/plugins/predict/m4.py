"""The series of the M4 competition, for tests of how accurate the models are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from toolkit.frequency import HOUR, WEEK
from toolkit.naive2 import naive2
from toolkit.panel import Panel
from toolkit.series_metrics import mase, seasonal_scale, smape
from toolkit.testing.made_series import panel_of

# The competition scales errors of weekly series by steps of one week.
_SEASONS = {"Hourly": 24, "Weekly": 1}


@dataclass(frozen=True)
class Competition:
    """One of its sets: a panel, and what came after it."""

    panel: Panel
    actual: np.ndarray
    season: int

    @classmethod
    def of(cls, real_data: Path, name: str) -> Competition:
        folder = real_data / "timeseries" / "m4"
        known, actual = (_series(folder / f"{name}-{part}.csv") for part in ("train", "test"))
        frequency = HOUR if name == "Hourly" else WEEK
        return cls(panel_of(known, frequency=frequency), np.array(actual), _SEASONS[name])

    @property
    def horizon(self) -> int:
        return int(self.actual.shape[1])

    def accuracy(self, mean: np.ndarray) -> tuple[float, float]:
        """sMAPE and MASE."""
        scale = seasonal_scale(self.panel.values, self.season)
        return float(smape(self.actual, mean).mean()), float(mase(self.actual, mean, scale).mean())

    def owa(self, mean: np.ndarray) -> float:
        """Of the means, as the competition has it."""
        plain = self.accuracy(naive2(self.panel.values, self.horizon, self.season))
        return sum(mine / theirs for mine, theirs in zip(self.accuracy(mean), plain, strict=True)) / 2


def _series(file: Path) -> list[list[float]]:
    with file.open(newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return [[float(value) for value in row[1:] if value] for row in rows]
