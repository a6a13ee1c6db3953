"""Interpolated Witten-Bell models: what follows the last tokens of a sequence, for many sequences at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


@dataclass(frozen=True)
class WittenBell:
    """An n-gram model, as a trie of what was seen.

    With h' for a history h without its earliest token, c for counts and T(h) for the number of different tokens that
    were seen after h,

        P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))

    down to 1 / size of all tokens alike; P(w | h) = P(w | h') where h was not seen. Before a sequence begins, there is
    a token of its own, which is never predicted.

    One model can hold many: each sequence belongs to a root, and what was seen in others counts nothing for it.

    Witten & Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37, 1991, method C;
    interpolated as in Chen & Goodman, "An empirical study of smoothing techniques for language modeling", 1999.

    Attributes:
        size: how many tokens there are, from 0 to size - 1; one of them ends a sequence.
        roots: how many models are held.
        keys: (n_nodes,) int64, the n-grams of one token, then those of two, …; each length in ascending order. A key
            is the place of its history among the n-grams one shorter, times size + 1, plus its last token.
        counts: (n_nodes,) int64, how often each was seen.
        ends: (order,) how many of the nodes have at most 1, 2, … tokens.
    """

    size: int
    roots: int
    keys: IntArray
    counts: IntArray
    ends: IntArray

    @classmethod
    def fit(
        cls,
        tokens: IntArray,
        starts: IntArray,
        size: int,
        order: int,
        of_root: IntArray | None = None,
        roots: int = 1,
    ) -> WittenBell:
        """Count the n-grams of up to `order` tokens.

        Args:
            tokens: (n_tokens,) the sequences, one after another, each with the token that ends it.
            starts: (n_sequences,) where each begins; none is empty.
            size: how many tokens there are.
            order: tokens of the longest n-gram, the predicted one included.
            of_root: (n_sequences,) root of each sequence; all belong to root 0 where there is none.
            roots: how many roots there are.
        """
        base, n = size + 1, len(tokens)
        of_root = np.zeros(len(starts), dtype=np.int64) if of_root is None else of_root
        before = np.arange(roots)  # the node of a sequence that has not begun, of each root
        nodes = np.repeat(of_root, _lengths(starts, n))
        keys, counts = [], []
        for _ in range(order):
            history = _moved(nodes, starts, before[of_root])
            level, places = np.unique(
                np.concatenate([history * base + tokens, before * base + size]), return_inverse=True
            )
            nodes, before = places[:n], places[n:]
            keys.append(level)
            counts.append(np.bincount(nodes, minlength=len(level)))
        ends = np.cumsum([len(level) for level in keys])
        return cls(size, roots, np.concatenate(keys), np.concatenate(counts).astype(np.int64), ends)

    @property
    def order(self) -> int:
        """Tokens of the longest n-gram."""
        return len(self.ends)

    def start(self, of_root: IntArray) -> IntArray:
        """(n, order) states of n sequences that have not begun, of some roots.

        A state is the place of the last 0, 1, … tokens among the n-grams of as many; -1 where they were not seen.
        """
        state = np.empty((len(of_root), self.order), dtype=np.int64)
        state[:, 0] = of_root
        for length, level in enumerate(self._levels[:-1], 1):
            state[:, length] = level.find(state[:, length - 1] * (self.size + 1) + self.size)
        return state

    def advance(self, state: IntArray, tokens: IntArray) -> IntArray:
        """(n, order) states after (n,) tokens."""
        moved = state.copy()
        for length, level in enumerate(self._levels[:-1], 1):
            moved[:, length] = level.find(state[:, length - 1] * (self.size + 1) + tokens)
        return moved

    def next_distribution(self, state: IntArray) -> Float64:
        """(n, size) probability of each token to come next."""
        made = np.full((len(state), self.size + 1), 1 / self.size)
        for history, level in zip(state.T, self._levels, strict=True):
            rows = np.flatnonzero(level.totals[history] * (history >= 0))
            seen = history[rows]
            made[rows] *= level.types[seen, None]
            first, several = level.first[seen], level.first[seen + 1] - level.first[seen]
            places = np.repeat(first - np.cumsum(several) + several, several) + np.arange(several.sum())
            made[np.repeat(rows, several), level.keys[places] % (self.size + 1)] += level.counts[places]
            made[rows] /= (level.totals + level.types)[seen, None]
        return made[:, :-1]

    def log_probabilities(self, tokens: IntArray, starts: IntArray, of_root: IntArray | None = None) -> Float64:
        """(n_tokens,) natural logarithm of the probability of each token, after those before it in its sequence."""
        of_root = np.zeros(len(starts), dtype=np.int64) if of_root is None else of_root
        nodes = np.repeat(of_root, _lengths(starts, len(tokens)))
        before = self.start(of_root)
        made = np.full(len(tokens), 1 / self.size)
        for place, level in enumerate(self._levels):
            history = _moved(nodes, starts, before[:, place])
            nodes = level.find(history * (self.size + 1) + tokens)
            rows = np.flatnonzero(level.totals[history] * (history >= 0))
            seen, found = history[rows], nodes[rows]
            counts = np.where(found >= 0, level.counts[found], 0)
            made[rows] = (counts + level.types[seen] * made[rows]) / (level.totals + level.types)[seen]
        logarithms: Float64 = np.log(made)
        return logarithms

    @cached_property
    def _levels(self) -> list[_Level]:
        parts = zip(np.split(self.keys, self.ends[:-1]), np.split(self.counts, self.ends[:-1]), strict=True)
        levels, histories = [], self.roots
        for keys, counts in parts:
            levels.append(_level(keys, counts, histories, self.size + 1))
            histories = len(keys)
        return levels


@dataclass(frozen=True)
class _Level:
    """The n-grams of one length.

    Attributes:
        keys, counts: (n,) as in `WittenBell`.
        totals: (n_histories,) how often anything was seen after each history.
        types: (n_histories,) how many different tokens were.
        first: (n_histories + 1,) where the n-grams of each history begin.
    """

    keys: IntArray
    counts: IntArray
    totals: IntArray
    types: IntArray
    first: IntArray

    def find(self, keys: IntArray) -> IntArray:
        """Places of some keys; -1 of those that are not there."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, -1)


def _level(keys: IntArray, counts: IntArray, histories: int, base: int) -> _Level:
    history = keys // base
    return _Level(
        keys,
        counts,
        np.bincount(history, counts, minlength=histories).astype(np.int64),
        np.bincount(history[counts > 0], minlength=histories),
        np.searchsorted(keys, np.arange(histories + 1) * base),
    )


def _lengths(starts: IntArray, n: int) -> IntArray:
    return np.diff(np.append(starts, n))


def _moved(nodes: IntArray, starts: IntArray, before: IntArray) -> IntArray:
    """(n_tokens,) the node before each token; at the beginning of a sequence, `before` of that sequence."""
    moved = np.empty_like(nodes)
    moved[1:] = nodes[:-1]
    moved[starts] = before
    return moved
