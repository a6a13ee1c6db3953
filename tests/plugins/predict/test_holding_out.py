"""Holding out: nothing that is judged was known when the rest was, and everything is drawn by the seed."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.holding_out import drawn, earlier_and_later
from tests.plugins.predict.made_examples import YES, made
from toolkit.errors import ModelError
from toolkit.examples import Examples


def of_days(days: list[int]) -> Examples:
    return made(YES, {"rate_7": np.zeros(len(days))}, np.arange(len(days)) % 2, origins=np.array(days))


def test_answers_of_the_earlier_part_are_known_when_the_later_begins() -> None:
    examples = of_days(list(range(100)))
    early, late = earlier_and_later(examples, 0)
    first = examples.origins[late].min().astype(int)
    assert late.size in (20, 21)
    assert examples.origins[early].max().astype(int) + 7 == first


def test_without_times_viewers_are_drawn_and_stay_together() -> None:
    viewers = np.repeat(np.arange(50), 4)
    examples = made(YES, {"rate_7": np.zeros(200)}, np.zeros(200, int), viewers=viewers)
    early, late = earlier_and_later(examples, 3)
    assert late.size == 40
    assert not set(viewers[early]) & set(viewers[late])
    assert np.array_equal(earlier_and_later(examples, 3)[1], late)
    assert not np.array_equal(earlier_and_later(examples, 4)[1], late)


def test_one_origin_is_drawn_by_viewer_too() -> None:
    early, late = earlier_and_later(of_days([5] * 30), 0)
    assert (early.size, late.size) == (24, 6)


def test_of_too_many_examples_some_are_drawn_in_their_order() -> None:
    examples = made(YES, {"rate_7": np.arange(1000.0)}, np.arange(1000) % 2)
    some, labels = drawn(examples, 100, 0, "logistic")
    assert some.features.shape == (100, 1)
    assert (np.diff(some.features[:, 0]) > 0).all()
    assert np.array_equal(labels, some.features[:, 0].astype(int) % 2)
    assert drawn(examples, 1000, 0, "logistic")[0] is examples


def test_one_answer_alone_is_nothing_to_learn_from() -> None:
    with pytest.raises(ModelError, match="two answers to learn active-week from"):
        drawn(made(YES, {"rate_7": np.zeros(5)}, np.ones(5, int)), 10, 0, "logistic")
