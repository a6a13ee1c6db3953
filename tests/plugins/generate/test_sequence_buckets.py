"""Buckets: every sequence is in one, whole, and little is filled up."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.generate.sequence_buckets import bucket_lengths, bucketed

lengths = st.lists(st.integers(1, 12), min_size=1, max_size=20).map(np.array)


def steps(own: np.ndarray, limits: list[int]) -> int:
    """Steps of all sequences once they are filled up."""
    return int(np.array(limits)[np.searchsorted(limits, own)].sum())


def test_lengths_are_those_that_fill_up_least():
    # Buckets of 1, 6 and 9: 3 · 1 + 3 · 6 + 9 = 30 steps; of 1, 5 and 9 it would be 3 + 10 + 2 · 9 = 31.
    assert bucket_lengths(np.array([1, 1, 1, 5, 5, 6, 9]), 3) == [1, 6, 9]


@settings(max_examples=40)
@given(lengths, st.integers(1, 4))
def test_no_other_lengths_fill_up_less(own, most):
    found = bucket_lengths(own, most)
    values = np.unique(own).tolist()
    several = min(most, len(values))
    others = [[*some, values[-1]] for some in combinations(values[:-1], several - 1)]
    assert len(found) <= most
    assert steps(own, found) == min(steps(own, limits) for limits in others)


@settings(max_examples=40)
@given(lengths, st.integers(1, 3))
def test_sequences_come_back_whole_and_in_their_order(own, most):
    starts = np.cumsum(own) - own
    tokens = np.arange(own.sum())
    given_ = np.arange(len(own))[:, None]
    found = bucketed(tokens, starts, bucket_lengths(own, most), given_.astype(np.float32), 0.5)
    firsts = np.concatenate([bucket["tokens"][:, 0] for bucket in found.buckets])
    counts = np.concatenate([(bucket["tokens"] >= 0).sum(axis=1) for bucket in found.buckets])
    np.testing.assert_array_equal(found.in_order(firsts), starts)
    np.testing.assert_array_equal(found.in_order(counts), own)
    for bucket in found.buckets:
        assert set(bucket["shown"].tolist()) == {0.5}
        np.testing.assert_array_equal(starts[bucket["conditions"][:, 0].astype(int)], bucket["tokens"][:, 0])


def test_a_longer_sequence_than_any_before_has_a_bucket_of_its_own():
    found = bucketed(np.array([0, 1, 2, 3]), np.array([0, 1]), [2])
    assert [bucket["tokens"].shape for bucket in found.buckets] == [(1, 2), (1, 3)]
