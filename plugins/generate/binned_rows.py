"""Rows of metadata as codes, and back: each number in a bin, so that any column is drawn from a softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.materials.metadata import Rows
from toolkit.materials.metadata_constraints import MEAN, attainable, known, rating_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

    # scores(column, codes) -> (n, size of the column) log-probabilities up to a constant, given the codes so far.
    Scores = Callable[[int, IntArray], FloatArray]

# Rows that there must be for a learner.
_LEAST = 2
_NEVER = -1e9


class BinnedRows:
    """The numbers of rows as codes; labels stay as they are.

    A number's bins hold about as many rows each, and a value that many rows have is a bin by itself. Its last code is
    "not known". Within a bin a value is drawn as often as rows have it, so that each column alone is as it was.

    Args:
        plain: what `learn` returned: plain values, to be saved with a model.
    """

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self.number_names = tuple(plain["number_names"])
        self.label_names = tuple(plain["label_names"])
        self.whole = np.array(plain["whole"], dtype=np.bool_)
        self.step, self.ends = float(plain["step"]), tuple(plain["ends"])
        self._misses = list(plain["misses"])
        self._values = [np.array(values, dtype=np.float64) for values in plain["values"]]
        self._bins = [np.array(bins, dtype=np.int64) for bins in plain["bins"]]
        self._shares = [_shares(bins, counts) for bins, counts in zip(self._bins, plain["counts"], strict=True)]

    @staticmethod
    def learn(corpus: Rows, bins: int) -> dict[str, Any]:
        """Bins of a corpus. Raises ModelError where there is not one column, or too few rows."""
        if len(corpus) < _LEAST or not (corpus.numbers.shape[1] + corpus.labels.shape[1]):
            raise ModelError(
                f"{len(corpus)} rows with something known are too few to learn from; load titles with "
                "cinekit load movielens FOLDER, or another source of them"
            )
        values, counts = [], []
        for column in corpus.numbers.T:
            value, count = np.unique(column[~np.isnan(column)], return_counts=True)
            values.append(value.tolist())
            counts.append(count.tolist())
        names = corpus.number_names
        mean = values[names.index(MEAN)] if MEAN in names else []
        return {
            "number_names": list(names), "label_names": list(corpus.label_names),
            "whole": corpus.whole.tolist(), "step": rating_step(corpus.numbers, names),
            "ends": [mean[0], mean[-1]] if mean else [0.0, 0.0], "values": values, "counts": counts,
            "misses": np.isnan(corpus.numbers).any(axis=0).tolist(),
            "bins": [_bins(np.array(count), bins).tolist() for count in counts],
        }  # fmt: skip

    @property
    def sizes(self) -> list[int]:
        """Codes of each column."""
        return [int(bins[-1]) + 2 if bins.size else 1 for bins in self._bins]

    def codes(self, rows: Rows) -> IntArray:
        """(n, n_columns) the code of each number. A value that was not learnt counts as the nearest."""
        codes = np.empty((len(rows), len(self.sizes)), dtype=np.int64)
        for place, (bins, size) in enumerate(zip(self._bins, self.sizes, strict=True)):
            column = rows.numbers[:, place]
            missing = np.isnan(column)
            codes[missing, place] = size - 1
            codes[~missing, place] = bins[self._at(place, column[~missing])] if bins.size else size - 1
        return codes

    def within(self, rows: Rows) -> Float64:
        """(n,) nats that values take beyond their bins: -ln of their shares of them."""
        nats = np.zeros(len(rows))
        for place, shares in enumerate(self._shares):
            column = rows.numbers[:, place]
            there = np.flatnonzero(~np.isnan(column))
            if shares.size:
                nats[there] -= np.log(shares[self._at(place, column[there])])
        return nats

    def open(self, rows: Rows) -> BoolArray:
        """(n, n_columns) where a code is not decided by the number of ratings."""
        free = np.ones((len(rows), len(self.sizes)), dtype=np.bool_)
        for place, name in enumerate(self.number_names):
            required = known(name, rows.numbers, self.number_names)
            if required is not None:
                free[:, place] = required
        return free

    def closed(self) -> FloatArray:
        """(sum of sizes or 1,) float32 to add to scores of columns: never "not known", where ratings decide that."""
        closed = np.zeros(max(sum(self.sizes), 1), dtype=np.float32)
        nothing = np.zeros((0, len(self.number_names)))
        for end, size, name in zip(np.cumsum(self.sizes).tolist(), self.sizes, self.number_names, strict=True):
            if size > 1 and known(name, nothing, self.number_names) is not None:
                closed[end - 1] = _NEVER
        return closed

    def split(self, joined: NDArray[Any]) -> list[NDArray[Any]]:
        """Arrays of each column out of one whose last axis has all of them."""
        return np.split(joined, np.cumsum(self.sizes), axis=-1)[:-1]

    def one_hot(self, codes: IntArray) -> FloatArray:
        """(n, sum of sizes) float32, column after column; of a code of -1 all zeros. One zero where no column is."""
        parts = [codes[:, [place]] == np.arange(size) for place, size in enumerate(self.sizes)]
        return self.wide(np.concatenate(parts, axis=1) if parts else np.empty((len(codes), 0)))

    @property
    def width(self) -> int:
        """Labels, and 1 where there are none."""
        return max(len(self.label_names), 1)

    @staticmethod
    def wide(array: NDArray[Any]) -> FloatArray:
        """A float32 array with a column at least, as networks want it: one of zeros where there is none."""
        return array.astype(np.float32) if array.shape[1] else np.zeros((len(array), 1), dtype=np.float32)

    def batch(self, rows: Rows) -> dict[str, NDArray[Any]]:
        """What a network is given of rows: `columns` as one-hot vectors, `labels`, and where columns are `open`."""
        open_ = self.wide(self.open(rows))
        return {"columns": self.one_hot(self.codes(rows)), "labels": self.wide(rows.labels), "open": open_}

    def drawn_labels(self, scores: FloatArray, rng: np.random.Generator, temperature: float) -> BoolArray:
        """(n, n_labels) labels by their log-odds."""
        odds = scores[:, : len(self.label_names)].astype(np.float64) / temperature
        chosen: BoolArray = rng.random(odds.shape) < 1 / (1 + np.exp(-odds))
        return chosen

    def drawn(self, scores: Scores, labels: BoolArray, rng: np.random.Generator, temperature: float) -> Rows:
        """Rows with labels, column after column by scores, within what the number of ratings allows."""
        n, sizes = len(labels), self.sizes
        codes = np.full((n, len(sizes)), -1, dtype=np.int64)
        numbers = np.full((n, len(self.number_names)), np.nan)
        for place, size in enumerate(sizes):
            score = np.array(scores(place, codes), dtype=np.float64) / temperature
            required = known(self.number_names[place], numbers, self.number_names)
            if required is None and size > 1 and not self._misses[place]:
                score[:, -1] = -np.inf
            if required is not None and size > 1:
                score[required, -1] = -np.inf
                score[~required, :-1] = -np.inf
                score[~required, -1] = 0
            codes[:, place] = (score + rng.gumbel(size=score.shape)).argmax(axis=1)
            numbers[:, place] = self._within_bins(place, codes[:, place], rng)
        numbers = attainable(numbers, self.number_names, self.step, *self.ends)
        names = tuple(f"sample {number}" for number in range(1, n + 1))
        own = np.asarray(labels, dtype=np.bool_)
        return Rows(numbers, self.number_names, self.whole, own, self.label_names, names)

    def _at(self, place: int, values: Float64) -> IntArray:
        """Places of the nearest learnt values."""
        learnt = self._values[place]
        middles = (learnt[1:] + learnt[:-1]) / 2
        at: IntArray = np.searchsorted(middles, values)
        return at

    def _within_bins(self, place: int, codes: IntArray, rng: np.random.Generator) -> Float64:
        """A value of the bin of each code; NaN of "not known"."""
        values, bins, shares = self._values[place], self._bins[place], self._shares[place]
        drawn = np.full(len(codes), np.nan)
        at = rng.random(len(codes))
        there = np.flatnonzero(codes < self.sizes[place] - 1)
        if values.size:
            # Shares add up to 1 within each bin, so that the whole part of their sum is the bin.
            ends = np.cumsum(shares)
            last = np.searchsorted(bins, codes[there], side="right") - 1
            first = np.searchsorted(bins, codes[there], side="left")
            drawn[there] = values[np.clip(np.searchsorted(ends, codes[there] + at[there], side="right"), first, last)]
        return drawn


def _shares(bins: IntArray, counts: Any) -> Float64:
    """Share of each value's rows of those in its bin."""
    count = np.array(counts, dtype=np.float64)
    return count / np.bincount(bins, count)[bins] if bins.size else count


def _bins(counts: IntArray, bins: int) -> IntArray:
    """(n_values,) bin of each of the sorted values, counted from 0 and never falling."""
    if not counts.size:
        return np.empty(0, dtype=np.int64)
    heavy = counts > counts.sum() / bins
    size = max(counts[~heavy].sum() / max(bins - heavy.sum(), 1), 1)
    heavy |= counts >= size / 2
    light = np.cumsum(np.where(heavy, 0, counts))
    # The bin that the middle of a value's rows falls into, were all rows spread over bins evenly.
    part = np.floor((light - counts / 2) / size)
    begins = heavy[1:] | heavy[:-1] | (part[1:] != part[:-1])
    return np.concatenate([[0], np.cumsum(begins)])
