"""Copies, repeats and empty samples are drawn again; what is kept says how near it is to what was learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from toolkit.errors import ModelError, PluginError
from toolkit.generator import Generator
from toolkit.sampling import draw, threshold


class Repeater(Generator):
    """Gives the words of a list, one after another, from where the seed says."""

    name: ClassVar[str] = "repeater"
    makes: ClassVar[str] = "words"

    _words: list[str]
    _place: int

    def fit(self, corpus: Any, held_out: Any, training: Any) -> None:
        self._words, self._place = list(corpus), 0

    def sample(self, n: int, wishes: Any, seed: int) -> Sequence[str]:
        first, self._place = self._place, self._place + n
        return [self._words[place % len(self._words)] for place in range(first, first + n)]


class Words:
    """Words whose distance is the share of their letters that differ."""

    makes, distinct = "words", True

    def __init__(self, *, guided: bool = False) -> None:
        self._guided = guided

    def guided(self, wishes: Any) -> bool:
        return self._guided

    def count(self, items: Sequence[str]) -> int:
        return len(items)

    def keys(self, items: Sequence[str]) -> Sequence[str]:
        return items

    def pick(self, items: Sequence[str], places: Any) -> Sequence[str]:
        return [items[place] for place in places]

    def join(self, several: Sequence[Sequence[str]]) -> Sequence[str]:
        return [item for items in several for item in items]

    def nearest(self, items: Sequence[str], corpus: Sequence[str]) -> tuple[Any, Any]:
        apart = np.array(
            [[sum(a != b for a, b in zip(x, y, strict=True)) / len(y) for y in corpus] for x in items]
        ).reshape(len(items), len(corpus))
        return apart.argmin(axis=1), apart.min(axis=1)


def drawn(words: Sequence[str], n: int, *, guided: bool = False, keep: bool = False) -> Any:
    model = Repeater()
    model.fit(words, None, None)
    material = Words(guided=guided)
    return draw(model, material, ["abcd", "wxyz"], None, n, 0, threshold(material, None, 0.3), keep_copies=keep)


def test_copies_repeats_and_empty_samples_are_drawn_again_and_counted() -> None:
    # abcd is there to the letter, abcx differs in a quarter of its letters, abxx in a half.
    found = drawn(["abcd", "abcx", "", "abxx", "abxx", "wwww", "zzzz"], 3)
    assert found.items == ["abxx", "wwww", "zzzz"]
    assert found.nearest.tolist() == [0, 1, 1]
    assert found.distances.tolist() == [0.5, 0.75, 0.75]
    assert found.verbatim >= 1
    assert found.near_copies >= 1
    assert found.drawn == len(found.items) + found.verbatim + found.near_copies + found.repeated


def test_copies_are_kept_where_that_is_asked() -> None:
    found = drawn(["abcd", "abcx", "abxx"], 3, keep=True)
    assert found.items == ["abcd", "abcx", "abxx"]
    assert found.distances.tolist() == [0, 0.25, 0.5]
    assert (found.verbatim, found.near_copies) == (1, 1)


def test_near_copies_of_what_was_given_are_wanted_and_the_same_is_not() -> None:
    found = drawn(["abcd", "abcx", "abxx"], 3, guided=True)
    assert found.items == ["abcx", "abxx"]
    assert found.drawn == 3


def test_a_model_without_new_ideas_gives_what_it_has() -> None:
    found = drawn(["abxx", "wwww"], 5)
    assert found.items == ["abxx", "wwww"]
    assert found.repeated == found.drawn - 2


def test_a_model_that_only_copies_says_so() -> None:
    with pytest.raises(ModelError, match=r"drew 306 samples, .* 1 verbatim copies, 1 near copies, 304 repeated"):
        drawn(["abcd", "abcx"], 2)


def test_a_fault_while_sampling_names_the_model() -> None:
    model = Repeater()
    model._words, model._place = [], 0
    with pytest.raises(PluginError, match="repeater"):
        draw(model, Words(), ["abcd"], SimpleNamespace(), 1, 0, 0.1, keep_copies=False)
