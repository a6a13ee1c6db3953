"""What viewers did up to a date and what they did next: what a Classifier learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray


@dataclass(frozen=True)
class Task:
    """A question about what a viewer does next.

    Attributes:
        name: such as "active-tomorrow" or "churn".
        classes: the answers; where they are ordered, the least first. Of "next-title", the ids of titles.
        horizon: days after the origin within which the answer is found.
        ordered: whether the classes have an order.
        names: of "next-title", the names of the titles.
    """

    name: str
    classes: tuple[str, ...]
    horizon: int
    ordered: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """n pairs of a viewer and an origin: what was known at the origin, and the class that came true after it.

    Attributes:
        task: what is asked.
        viewers: (n,) keys of the viewers.
        origins: (n,) datetime64[D], the last day that is known; NaT where the source has no times.
        features: (n, n_features) float32; NaN where something is not known.
        feature_names: (n_features,).
        sequences: (n, steps, n_channels) float32, the viewer's last steps (sessions, or days of a plain file), the
            latest last; 0 before the first.
        channels: (n_channels,) what they are.
        steps: (n,) how many of the steps are real.
        recent: (n, steps) int32, the titles watched last, the latest last, as places in the classes of "next-title";
            -1 before the first, and of titles that are no class. (n, 0) for other tasks.
        labels: (n,) place of the class that came true; None where it is not known yet.
    """

    task: Task
    viewers: IntArray
    origins: NDArray[np.datetime64]
    features: FloatArray
    feature_names: tuple[str, ...]
    sequences: FloatArray
    channels: tuple[str, ...]
    steps: IntArray
    recent: IntArray
    labels: IntArray | None

    def select(self, rows: IntArray) -> Examples:
        """The examples at `rows`, (n,) places in any order; `task` and names stay."""
        return replace(
            self,
            viewers=self.viewers[rows],
            origins=self.origins[rows],
            features=self.features[rows],
            sequences=self.sequences[rows],
            steps=self.steps[rows],
            recent=self.recent[rows],
            labels=None if self.labels is None else self.labels[rows],
        )
