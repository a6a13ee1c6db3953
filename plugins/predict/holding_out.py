"""Which examples a model is fitted on: so many at most, and the latest held out to choose between settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import IntArray

SHARE = 0.2


def earlier_and_later(examples: Examples, seed: int, share: float = SHARE) -> tuple[IntArray, IntArray]:
    """Rows to fit on, and the latest rows, about `share` of them, to judge on.

    The answers of all of the first were known at the first origin of the latter. Where origins do not allow that, as of
    examples without times, the rows are drawn at random, a viewer's being all in one part or the other.
    """
    origins = examples.origins
    if origins.size and not np.isnat(origins).any():
        cut = np.quantile(origins.astype(np.int64), 1 - share, method="closest_observation")
        later = origins.astype(np.int64) >= cut
        earlier = origins.astype(np.int64) + examples.task.horizon <= cut
        if earlier.sum() >= later.sum():
            return np.flatnonzero(earlier), np.flatnonzero(later)
    viewers, place = np.unique(examples.viewers, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(viewers.size) < round(share * viewers.size)
    return np.flatnonzero(~drawn[place]), np.flatnonzero(drawn[place])


def drawn(examples: Examples, most: int, seed: int, name: str) -> tuple[Examples, IntArray]:
    """At most so many examples, drawn by the seed and in their order, and their labels, (n,).

    Raises:
        ModelError: fewer than two classes came true.
    """
    if examples.labels is not None and examples.labels.size > most:
        rows = np.random.default_rng(seed).choice(examples.labels.size, most, replace=False)
        examples = examples.select(np.sort(rows))
    labels = np.zeros(0, dtype=np.int64) if examples.labels is None else examples.labels
    if np.unique(labels).size < 2:
        raise ModelError(
            f"{name} needs examples of two answers to learn {examples.task.name} from, and has {labels.size:,} "
            "of one; load more data"
        )
    return examples, labels
