"""The most liked titles, the same for everybody: what any personal model has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from toolkit.errors import ModelError
from toolkit.model import setting
from toolkit.recommender import Recommender

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, Interactions

_SECONDS_A_DAY = 86_400


class Popular(Recommender):
    """Titles that most viewers liked: the baseline.

    The score of a title is the number of viewers who liked it, or who saw it with ``count="seen"``. With a
    half-life h (`halve_after`), a viewer counts 2 ** -(age / h), the age being the days from the interaction to
    the latest of all; an interaction without a time counts as old as the oldest.

    Source: the baseline of P. Cremonesi, Y. Koren and R. Turrin, "Performance of Recommender Algorithms on Top-N
    Recommendation Tasks", RecSys 2010 (TopPop).
    """

    name: ClassVar[str] = "popular"
    personal: ClassVar[bool] = False

    count: Literal["liked", "seen"] = setting("liked", "Count the viewers who liked a title, or all who saw it")
    halve_after: float | None = setting(
        None, "Days after which an interaction counts half; all alike if not given", gt=0
    )

    _scores: FloatArray

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Count viewers by title. Raises ModelError where a half-life is asked for and no time is known."""
        values = interactions.values
        if self.count == "seen":
            weights = np.ones(values.nnz)
        else:
            weights = (values.data >= interactions.threshold).astype(np.float64)
        if self.halve_after is not None:
            weights *= 0.5 ** (_ages(interactions.times) / self.halve_after)
        counts = np.bincount(values.indices, weights=weights, minlength=values.shape[1])
        self._scores = counts.astype(np.float32)

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: one row, shown once a viewer (a read-only view)."""
        return np.broadcast_to(self._scores, history.shape)


def _ages(times: np.ndarray | None) -> FloatArray:
    """(nnz,) days from each interaction to the latest."""
    known = np.zeros(0, dtype=bool) if times is None else times != np.iinfo(np.int64).min
    if times is None or not known.any():
        raise ModelError("popular cannot use --halve-after: no interaction has a time; leave it out")
    oldest, latest = times[known].min(), times[known].max()
    ages: FloatArray = (latest - np.where(known, times, oldest)) / _SECONDS_A_DAY
    return ages
