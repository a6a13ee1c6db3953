"""Witten-Bell models: by hand, as distributions, and several in one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.generate.witten_bell import WittenBell

A, B, END = 0, 1, 2


def of(*sequences: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Sequences as one array, and where each begins."""
    lengths = np.array([len(one) for one in sequences])
    return np.concatenate(sequences).astype(np.int64), np.cumsum(lengths) - lengths


def state_after(model: WittenBell, tokens: list[int], root: int = 0) -> np.ndarray:
    state = model.start(np.array([root]))
    for token in tokens:
        state = model.advance(state, np.array([token]))
    return state


@pytest.fixture
def by_hand() -> WittenBell:
    """Two sequences, "a b" and "a a", each with its end."""
    return WittenBell.fit(*of([A, B, END], [A, A, END]), size=3, order=2)


def test_probabilities_are_those_worked_by_hand(by_hand):
    # One token: c(a) = 3, c(b) = 1, c(end) = 2, T = 3, so P(a) = (3 + 3 · 1/3) / (6 + 3) = 4/9; then 2/9 and 3/9
    # After a: c(a a) = c(a b) = c(a end) = 1, T = 3, so P(a | a) = (1 + 3 · 4/9) / 6 = 7/18, 5/18 and 6/18.
    np.testing.assert_allclose(by_hand.next_distribution(state_after(by_hand, [A])), [[7 / 18, 5 / 18, 6 / 18]])
    # Before the first token, only a was seen: T = 1, so P(a | start) = (2 + 1 · 4/9) / 3 = 22/27, then 2/27 and 3/27.
    np.testing.assert_allclose(by_hand.next_distribution(state_after(by_hand, [])), [[22 / 27, 2 / 27, 3 / 27]])


def test_a_history_that_was_not_seen_gives_way_to_the_shorter_one(by_hand):
    np.testing.assert_allclose(by_hand.next_distribution(state_after(by_hand, [END])), [[4 / 9, 2 / 9, 3 / 9]])


def test_a_sequence_costs_the_sum_of_its_tokens(by_hand):
    found = by_hand.log_probabilities(*of([A, B, END]))
    # After b, only the end was seen: (1 + 1 · 3/9) / 2 = 2/3.
    np.testing.assert_allclose(np.exp(found), [22 / 27, 5 / 18, 2 / 3])


sequences = st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=1, max_size=8)


@settings(max_examples=50)
@given(sequences, st.integers(1, 5), st.lists(st.integers(0, 4), max_size=6))
def test_probabilities_sum_to_one_after_any_history(seen, order, history):
    model = WittenBell.fit(*of(*[[*one, 5] for one in seen]), size=6, order=order)
    found = model.next_distribution(state_after(model, history))
    assert found.min() > 0
    np.testing.assert_allclose(found.sum(axis=1), 1)


@settings(max_examples=25)
@given(sequences, st.integers(1, 5), st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=1, max_size=4))
def test_log_probabilities_are_those_of_the_distributions_one_after_another(seen, order, others):
    model = WittenBell.fit(*of(*[[*one, 5] for one in seen]), size=6, order=order)
    tokens, starts = of(*[[*one, 5] for one in others])
    stepped = [
        np.log(model.next_distribution(state_after(model, whole[:place]))[0, whole[place]])
        for whole in ([*one, 5] for one in others)
        for place in range(len(whole))
    ]
    np.testing.assert_allclose(model.log_probabilities(tokens, starts), stepped)


@settings(max_examples=25)
@given(sequences, sequences, st.integers(1, 4))
def test_models_held_together_are_those_fitted_apart(first, second, order):
    first, second = ([[*one, 5] for one in some] for some in (first, second))
    roots = np.repeat([0, 1], [len(first), len(second)])
    together = WittenBell.fit(*of(*first, *second), size=6, order=order, of_root=roots, roots=2)
    tokens, starts = of(*first)
    for root, own in enumerate((first, second)):
        apart = WittenBell.fit(*of(*own), size=6, order=order)
        found = together.log_probabilities(tokens, starts, np.full(len(starts), root))
        np.testing.assert_allclose(found, apart.log_probabilities(tokens, starts))
