"""Popularity: shares of what was watched next, the latest counting most."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.popularity import Popularity
from tests.plugins.predict.made_examples import are_probabilities, titles
from toolkit.errors import ModelError

NAMES = ("a", "b", "c", "d")


def test_an_origin_a_half_life_ago_counts_half() -> None:
    examples = titles([[-1], [-1], [-1], [-1]], [0, 0, 1, -1], NAMES, [72, 100, 100, 100])
    model = Popularity(half_life=28)
    model.fit(examples, 0)
    # 1.5, 1, 0 and 0, and a quarter of an example for each
    np.testing.assert_allclose(model.probabilities(examples)[0], np.array([1.75, 1.25, 0.25, 0.25]) / 3.5)
    assert are_probabilities(model, examples)


def test_what_was_just_watched_is_less_likely_where_nobody_watches_again() -> None:
    examples = titles([[-1, 0]] * 30 + [[-1, 1]] * 30, [1] * 30 + [0] * 30, NAMES)
    model = Popularity()
    model.fit(examples, 0)
    fresh, watched = model.probabilities(titles([[-1, -1], [0, 0]], [0, 0], NAMES))
    assert watched[0] < fresh[0] / 10
    assert watched[1] > fresh[1]
    # watched twice in a row counts once
    np.testing.assert_allclose(watched, model.probabilities(titles([[-1, 0]], [0], NAMES))[0])


def test_what_is_watched_again_and_again_is_likelier() -> None:
    examples = titles([[place] for place in (0, 1, 2, 3) * 20], [0, 1, 2, 3] * 20, NAMES)
    model = Popularity()
    model.fit(examples, 0)
    assert model.probabilities(titles([[2]], [0], NAMES))[0].argmax() == 2


def test_without_examples_it_refuses() -> None:
    with pytest.raises(ModelError, match="load a longer history"):
        Popularity().fit(titles([[0]], [-1], NAMES), 0)
