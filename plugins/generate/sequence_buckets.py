"""Sequences of different lengths in buckets of one length each, so that few shapes are compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64


@dataclass(frozen=True)
class Bucketed:
    """Sequences in buckets of one length each.

    Attributes:
        buckets: of each bucket "tokens", (n, length) int32, -1 after the end; and, where there are conditions,
            "conditions" and "shown", (n,) the chance that they are not hidden while learning.
        rows: (n_sequences,) which sequences these are, bucket after bucket.
    """

    buckets: list[dict[str, NDArray[Any]]]
    rows: IntArray

    def in_order(self, values: NDArray[Any]) -> Float64:
        """Values of sequences, bucket after bucket, in the order that the sequences were given in."""
        ordered = np.empty(len(self.rows))
        ordered[self.rows] = values
        return ordered


def bucketed(
    tokens: IntArray,
    starts: IntArray,
    lengths: Sequence[int],
    conditions: FloatArray | None = None,
    shown: float = 1.0,
) -> Bucketed:
    """Sequences, each in the bucket of the least length that it fits in.

    Args:
        tokens: (n_tokens,) the sequences, one after another, each with the token that ends it.
        starts: (n_sequences,) where each begins.
        lengths: lengths of the buckets, ascending, as `bucket_lengths` finds them; a bucket is added where a sequence
            is longer.
        conditions: (n_sequences, n_conditions) what each is conditional on.
        shown: chance that the conditions of a sequence are not hidden while learning.
    """
    own = np.diff(np.append(starts, len(tokens)))
    limits = np.unique([*lengths, max(lengths[-1], int(own.max(initial=0)))])
    which = np.searchsorted(limits, own)
    parts, rows = [], []
    for place, length in enumerate(limits.tolist()):
        chosen = np.flatnonzero(which == place)
        if not chosen.size:
            continue
        steps = np.arange(length)
        real = steps < own[chosen, None]
        places = np.where(real, starts[chosen, None] + steps, 0)
        part: dict[str, NDArray[Any]] = {"tokens": np.where(real, tokens[places], -1).astype(np.int32)}
        if conditions is not None:
            part["conditions"] = conditions[chosen].astype(np.float32)
            part["shown"] = np.full(len(chosen), shown, dtype=np.float32)
        parts.append(part)
        rows.append(chosen)
    return Bucketed(parts, np.concatenate(rows) if rows else np.empty(0, dtype=np.int64))


def filled(rows: NDArray[Any], size: int) -> NDArray[Any]:
    """Rows filled up with the last one, so that there is one shape."""
    return np.concatenate([rows, np.repeat(rows[-1:], size - len(rows), axis=0)])


def bucket_lengths(lengths: IntArray, most: int) -> list[int]:
    """At most as many lengths, ascending, so that sequences of (n,) lengths are filled up as little as can be.

    Found by dynamic programming over the different lengths.
    """
    values, counts = np.unique(lengths, return_counts=True)
    seen = np.concatenate([[0], np.cumsum(counts)])
    # Of a bucket that holds the values from i to j: how many steps it has.
    cost = np.where(np.tri(len(values), dtype=bool).T, (seen[1:] - seen[:-1, None]) * values, np.inf)
    best, cuts = cost[0], []
    for _ in range(min(most, len(values)) - 1):
        total = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        cuts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    ends = [len(values) - 1]
    for cut in reversed(cuts):
        ends.append(int(cut[ends[-1]]) - 1)
    return [int(values[end]) for end in reversed(ends)]
