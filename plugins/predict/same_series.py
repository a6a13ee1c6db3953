"""Same series: the next title is the next one of the series that a viewer watched last."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.popular_titles import Repeats, title_shares
from plugins.predict.series_names import next_in_series
from toolkit.classifier import Classifier
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

_HALF_LIFE = 28.0
# Titles watched last, the last one and the one before it; those further back are taken together.
_LAGS = 3


class SameSeries(Classifier):
    """The next title is the next of the series watched last, or else what most watch lately.

    Names tell of series: Rocky II follows Rocky, and S01E02 follows S01E01. Of the titles that a viewer watched last,
    the latest one counts that has a next one which is not among them. It is followed as often as others followed
    theirs: h of n times, after the last title, after the one before it, and after earlier ones, each drawn towards all
    of them by `strength` examples. The other titles share what is left as the audience watches them.
    """

    name: ClassVar[str] = "same-series"
    tasks: ClassVar[tuple[str, ...]] = ("next-title",)

    strength: float = setting(20.0, "Examples of all that are added to how often a series is followed", gt=0)

    _following: IntArray
    _shares: FloatArray
    _repeats: Repeats
    _followed: FloatArray

    def fit(self, examples: Examples, seed: int) -> None:
        """Count who followed their series. Raises ModelError where there are no examples."""
        self._shares = title_shares(examples, _HALF_LIFE)
        self._repeats = Repeats(examples, self._shares)
        self._following = next_in_series(examples.task.names or examples.task.classes)
        awaited, lag = self._awaited(examples.recent)
        has, labels = awaited >= 0, examples.labels
        n = np.bincount(lag[has], minlength=_LAGS)
        hits = np.bincount(lag[has], (awaited == labels)[has], minlength=_LAGS)
        # Where no series has been seen, an even share of all titles is no claim.
        mean = (hits.sum() + 1 / self._shares.size) / (n.sum() + 1)
        self._followed = (hits + self.strength * mean) / (n + self.strength)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_titles)."""
        found = self._repeats.adjust(np.tile(self._shares, (examples.viewers.size, 1)), examples.recent)
        awaited, lag = self._awaited(examples.recent)
        rows = np.flatnonzero(awaited >= 0)
        titles, followed = awaited[rows], self._followed[lag[rows]]
        found[rows, titles] = 0
        found[rows] *= ((1 - followed) / found[rows].sum(axis=1))[:, None]
        found[rows, titles] = followed
        return found

    def _awaited(self, recent: IntArray) -> tuple[IntArray, IntArray]:
        """(n,) the title that comes next in the series of each viewer, -1 for none; and how far back that series is."""
        awaited, lag = np.full(len(recent), -1, dtype=np.int64), np.zeros(len(recent), dtype=np.int64)
        for back in range(recent.shape[1]):
            title = recent[:, -1 - back]
            following = np.where(title >= 0, self._following[title], -1)
            unseen = (following >= 0) & ~(recent == following[:, None]).any(axis=1)
            new = unseen & (awaited < 0)
            awaited[new], lag[new] = following[new], min(back, _LAGS - 1)
        return awaited, lag
