"""One shot while it grows: what is added up over its frames, and the few of them that are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plugins.analyze.shot_boundaries import Transition

Kept = TypeVar("Kept")
Float64 = NDArray[np.float64]

MEASURES = ("brightness", "contrast", "saturation", "warmth", "motion")
MOST_SAMPLES, MOST_PICTURES = 24, 12


class Thinned(Generic[Kept]):
    """At most so many of the things that were offered, evenly chosen: where there are more, every second one goes."""

    def __init__(self, most: int) -> None:
        self.items: list[tuple[int, Kept]] = []
        self._most = most
        self._step, self._offered = 1, 0

    def offer(self, frame: int, item: Kept) -> None:
        """Keep it, if it is its turn."""
        if self._offered % self._step == 0:
            self.items.append((frame, item))
            if len(self.items) > self._most:
                self.items = self.items[::2]
                self._step *= 2
        self._offered += 1

    def nearest(self, frame: float) -> tuple[int, Kept] | None:
        """The one that is nearest to a frame."""
        return min(self.items, key=lambda kept: abs(kept[0] - frame), default=None)


@dataclass
class Shot:
    """A shot.

    Attributes:
        first: its first frame.
        starts_at: when that is shown, in seconds.
        opened: the transition into it; None of the first.
        frames: how many it has so far.
        sums: of MEASURES over its frames.
        samples: small frames of it, (h, w, 3) uint8.
        pictures: larger ones, one of which will stand for it.
    """

    first: int
    starts_at: float
    opened: Transition | None = None
    frames: int = 0
    sums: Float64 = field(default_factory=lambda: np.zeros(len(MEASURES)))
    samples: Thinned[NDArray[np.uint8]] = field(default_factory=lambda: Thinned(MOST_SAMPLES))
    pictures: Thinned[NDArray[np.uint8]] = field(default_factory=lambda: Thinned(MOST_PICTURES))

    def add(self, measures: Float64, small: NDArray[np.uint8], picture: NDArray[np.uint8] | None) -> None:
        """Take the next frame: (5,) MEASURES, the small frame, and the larger one where it was kept."""
        number = self.first + self.frames
        self.sums += measures
        self.samples.offer(number, small)
        if picture is not None:
            self.pictures.offer(number, picture)
        self.frames += 1

    @property
    def means(self) -> dict[str, float]:
        """Means of MEASURES; that of motion over the steps between frames, of which there is one less."""
        counts = np.maximum(1, self.frames - np.array([name == "motion" for name in MEASURES]))
        return dict(zip(MEASURES, (self.sums / counts).tolist(), strict=True))
