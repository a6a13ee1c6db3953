"""Rows of metadata out of columns that know nothing of each other: the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.binned_rows import BinnedRows
from toolkit.generator import MetadataGenerator

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.metrics import Float64

_BINS = 64
# Rows that are added to each code, so that what was never seen is not impossible.
_ADDED = 0.5


class MetadataIndependent(MetadataGenerator):
    """Metadata: each column by itself, the baseline.

    Each number and genre is drawn as often as titles have it, whatever the others are, but for what must
    hold: a title without ratings has no mean of them, and one with fewer than two no spread. What a model knows of how
    columns hang together is what it is better by.

    Numbers are counted in up to 64 bins with as many rows each, and half a row is added to each code (Krichevsky &
    Trofimov 1981); within a bin a value is drawn as often as titles have it. The likelihood of a row is exact.
    """

    name: ClassVar[str] = "metadata-independent"

    _bins: dict[str, Any]
    _logs: Float64
    _labels: Float64

    def fit(self, corpus: Rows, held_out: Rows, training: Training) -> None:
        """Count. Raises ModelError where there is too little to learn from."""
        self._bins = BinnedRows.learn(corpus, _BINS)
        rows = BinnedRows(self._bins)
        codes, free = rows.codes(corpus), rows.open(corpus)
        columns = zip(codes.T, free.T, rows.sizes, strict=True)
        counts = [np.bincount(column[there], minlength=size) + _ADDED for column, there, size in columns]
        scores = np.log(np.concatenate(counts) if counts else np.ones(1)) + rows.closed()
        parts = [part - np.logaddexp.reduce(part) for part in rows.split(scores)]
        self._logs = np.concatenate(parts or [scores])
        self._labels = (corpus.labels.sum(axis=0) + _ADDED) / (len(corpus) + 2 * _ADDED)

    def sample(self, n: int, wishes: MetadataWishes, seed: int) -> Rows:
        """Rows, column by column; genres that are wanted are there, others as often as ever."""
        rng, rows = np.random.default_rng(seed), BinnedRows(self._bins)
        odds = np.log(self._labels) - np.log1p(-self._labels)
        labels = rng.random((n, len(odds))) < 1 / (1 + np.exp(-odds / wishes.temperature))
        if wishes.labels is not None:
            labels |= wishes.labels
        parts = rows.split(self._logs)
        return rows.drawn(lambda place, _: np.tile(parts[place], (n, 1)), labels, rng, wishes.temperature)

    def losses(self, corpus: Rows) -> Float64:
        """(n,) exact."""
        rows = BinnedRows(self._bins)
        given = rows.one_hot(rows.codes(corpus)) * np.repeat(rows.wide(rows.open(corpus)), rows.sizes or [1], axis=1)
        likely = given @ self._logs + np.where(corpus.labels, np.log(self._labels), np.log1p(-self._labels)).sum(axis=1)
        losses: Float64 = rows.within(corpus) - likely
        return losses
