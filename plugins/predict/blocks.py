"""Series cut into blocks of like length that a recursion over time works through in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit import Float64, IntArray

# A recursion keeps some ten arrays of series × parameters: with this many entries each they fit in a cache of 1 MB.
_ENTRIES = 6144


@dataclass(frozen=True)
class Block:
    """k series, the longest first, in units of their largest values.

    Attributes:
        rows: (k,) their places in the panel.
        values: (k, length) float64, NaN before a series begins; at most 1 in magnitude.
        lengths: (k,) how many values each has.
        scales: (k,) powers of 2 that the values were divided by.
    """

    rows: IntArray
    values: Float64
    lengths: IntArray
    scales: Float64

    def restored(self, forecasts: Float64) -> Float64:
        """Forecasts, (k, …), in the units of the data; the largest number there is where they would overflow."""
        scales = self.scales.reshape(-1, *[1] * (forecasts.ndim - 1))
        with np.errstate(over="ignore"):
            return np.clip(forecasts * scales, -np.finfo(np.float64).max, np.finfo(np.float64).max)


def blocks(values: Float64, parameters: int, rows: IntArray | None = None) -> Iterator[Block]:
    """Blocks of all (or some) rows that have a value, for a recursion that tries so many `parameters` at once."""
    lengths = np.count_nonzero(~np.isnan(values), axis=1)
    chosen = np.flatnonzero(lengths) if rows is None else rows
    order = chosen[np.argsort(-lengths[chosen], kind="stable")]
    width = max(16, _ENTRIES // parameters)
    for start in range(0, order.size, width):
        part = order[start : start + width]
        longest = int(lengths[part[0]])
        own = values[part, values.shape[1] - longest :]
        scales = powers_of_two(own)
        yield Block(part, own / scales[:, None], lengths[part], scales)


def by_age(values: Float64, lengths: IntArray) -> Float64:
    """(length, k) values by time since a series began, 0 after its end: recursions start together so."""
    longest = values.shape[1]
    if lengths.size and lengths[-1] == longest:
        return np.ascontiguousarray(values.T)
    ages = np.arange(longest)[:, None]
    places = np.minimum(ages + (longest - lengths), longest - 1)
    return np.where(ages < lengths, values[np.arange(lengths.size), places], 0)


def stops(lengths: IntArray, backs: Sequence[int]) -> dict[int, list[tuple[int, slice]]]:
    """Where a recursion over a block must stop to look: by number of values seen, places of `backs` and columns.

    Lengths fall, so that series that stop together stand side by side.
    """
    wanted: dict[int, list[tuple[int, slice]]] = {}
    distinct, starts = np.unique(-lengths, return_index=True)
    ends = np.append(starts[1:], lengths.size)
    for length, start, end in zip((-distinct).tolist(), starts.tolist(), ends.tolist(), strict=True):
        for place, back in enumerate(backs):
            if length > back:
                wanted.setdefault(length - back, []).append((place, slice(start, end)))
    return wanted


def powers_of_two(values: Float64) -> Float64:
    """(n,) the largest magnitude of each series as a power of 2, by which division is exact."""
    largest = np.where(np.isnan(values), 0, np.abs(values)).max(axis=1, initial=0)
    _, exponents = np.frexp(largest)
    powers: Float64 = np.ldexp(1.0, np.clip(exponents, -1021, 1023))
    return powers
