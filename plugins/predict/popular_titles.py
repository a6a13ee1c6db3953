"""What the audience watches next, the latest origins counting most: what models of the next title fall back on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plugins.predict.frequencies import shrunk
from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray


def title_shares(examples: Examples, half_life: float) -> FloatArray:
    """(n_titles,) share of each title in what was watched next; an origin `half_life` days ago counts half.

    One example is spread over all titles, so that none has a share of 0.

    Raises:
        ModelError: there are no examples.
    """
    labels = examples.labels
    if labels is None or not np.any(labels >= 0):
        raise ModelError(f"nobody's {examples.task.name} is known to learn from; load a longer history")
    n_titles = len(examples.task.classes)
    known = labels >= 0
    days = examples.origins[known].astype("datetime64[D]").astype(np.float64)
    weights = np.exp2((days - days.max()) / half_life)
    counts = np.bincount(labels[known], weights, minlength=n_titles).astype(np.float64)
    return shrunk(counts, np.full(n_titles, 1 / n_titles), 1)


class Repeats:
    """How often the next title is one of those that a viewer watched last."""

    def __init__(self, examples: Examples, shares: FloatArray) -> None:
        """Learn how much likelier, or less likely, watched titles are than their share in the audience.

        The factor is how many of them were watched next over how many would be by their shares, to both of which one
        is added, so that a few examples do not say much.
        """
        labels = examples.labels if examples.labels is not None else np.zeros(0, dtype=np.int64)
        rows, titles = _watched(examples.recent)
        again = labels[rows] == titles
        expected = float(shares[titles].sum())
        self.factor = (int(again.sum()) + 1) / (expected + 1)

    def adjust(self, probabilities: FloatArray, recent: IntArray) -> FloatArray:
        """(n, n_titles) with the watched titles of each row weighed by the factor; rows sum to 1."""
        rows, titles = _watched(recent)
        probabilities[rows, titles] *= self.factor
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return probabilities


def _watched(recent: IntArray) -> tuple[IntArray, IntArray]:
    """Rows and titles of the different titles in each row of (n, steps), -1 being none."""
    ordered = np.sort(recent, axis=1)
    first = ordered >= 0
    first[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    rows, steps = np.nonzero(first)
    return rows, ordered[rows, steps]
