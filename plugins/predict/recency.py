"""Recency: how probable something is for viewers with about the same rate of late."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.frequencies import binned, counted, overall, quantile_edges, shrunk
from plugins.predict.holding_out import earlier_and_later
from toolkit.class_metrics import log_loss
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

# How the names of a viewer's own rates begin, by task.
RATES = {"purchase": ("purchase",), "minutes-tomorrow": ("rate_", "minutes_")}
OTHERS = ("rate_",)
# Sessions of the audience that a viewer's own parts of the day are drawn towards, to choose from.
_STRENGTHS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class Recency(Classifier):
    """Probabilities by the viewer's own rate, the latest days counting most.

    Of all the rates that are known of viewers, such as sessions a day with several half-lives, one is taken. Its values
    are cut into bins of as many examples each, and a class is as probable as it was in the bin:

        p(class | bin) = (n(class, bin) + strength · p(class)) / (n(bin) + strength)

    The rate is the one with the least log loss on the latest fifth of the examples, by a fit on the earlier ones.

    Where shares of each class among the viewer's own past are known, as of the parts of the day, a probability is the
    share in the viewer's m sessions, drawn towards the audience's: (m · share + α · p(class)) / (m + α), with the α of
    least log loss.
    """

    name: ClassVar[str] = "recency"

    bins: int = setting(20, "Bins that a rate is cut into", ge=2, le=1000)
    strength: float = setting(20.0, "Examples of the whole audience that are added to each bin", gt=0)

    _column: int | None
    _edges: FloatArray
    _table: FloatArray
    _audience: FloatArray
    _alpha: float

    def fit(self, examples: Examples, seed: int) -> None:
        """Choose a rate, and count. Raises ModelError where no rates of viewers are known, or there are no examples."""
        labels = examples.labels
        if labels is None or not labels.size:
            raise ModelError("recency has no examples to learn from; load a longer history")
        self._audience = overall(labels, len(examples.task.classes))
        early, late = earlier_and_later(examples, seed)
        if _shares(examples):
            losses = [self._share_loss(examples, labels, early, late, alpha) for alpha in _STRENGTHS]
            self._column, self._alpha = None, _STRENGTHS[int(np.argmin(losses))]
            return
        starts = RATES.get(examples.task.name, OTHERS)
        columns = [place for place, name in enumerate(examples.feature_names) if name.startswith(starts)]
        if not columns:
            raise ModelError(
                f"recency knows no rates of viewers for {examples.task.name}, which has no times; take logistic"
            )
        self._column = columns[0]
        if early.size and late.size:
            losses = [self._loss(examples.features[:, column], labels, early, late) for column in columns]
            self._column = columns[int(np.argmin(losses))]
        self._edges, self._table = self._count(examples.features[:, self._column], labels)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes)."""
        if self._column is None:
            return _own(examples, self._audience, self._alpha)
        return self._table[binned(examples.features[:, self._column], self._edges)]

    def _count(self, values: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray]:
        """Edges of bins, and (n_bins, n_classes) what came true in each."""
        n_classes = self._audience.size
        edges = quantile_edges(values, self.bins)
        counts = counted(binned(values, edges), labels, edges.size + 2, n_classes)
        return edges, shrunk(counts, overall(labels, n_classes), self.strength)

    def _loss(self, values: FloatArray, labels: IntArray, early: IntArray, late: IntArray) -> float:
        edges, table = self._count(values[early], labels[early])
        return float(log_loss(table[binned(values[late], edges)], labels[late]).mean())

    def _share_loss(
        self, examples: Examples, labels: IntArray, early: IntArray, late: IntArray, alpha: float
    ) -> float:  # fmt: skip
        if not early.size or not late.size:
            return 0.0
        audience = overall(labels[early], self._audience.size)
        return float(log_loss(_own(examples.select(late), audience, alpha), labels[late]).mean())


def _shares(examples: Examples) -> bool:
    """Whether the share of each class in a viewer's past is known."""
    return {"sessions", *(f"share_{name}" for name in examples.task.classes)} <= set(examples.feature_names)


def _own(examples: Examples, audience: FloatArray, alpha: float) -> FloatArray:
    """(n, n_classes) a viewer's own shares, drawn towards the audience's."""
    names = list(examples.feature_names)
    shares = examples.features[:, [names.index(f"share_{name}") for name in examples.task.classes]].astype(np.float64)
    sessions = np.exp(examples.features[:, [names.index("sessions")]].astype(np.float64))
    sessions = np.where(np.isnan(shares).any(axis=1, keepdims=True) | np.isnan(sessions), 0, sessions)
    own = (sessions * np.nan_to_num(shares) + alpha * audience) / (sessions + alpha)
    normalised: FloatArray = own / own.sum(axis=1, keepdims=True)
    return normalised
