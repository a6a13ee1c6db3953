"""Where settings are searched: what is refused where it is declared, and how it is found again."""

from __future__ import annotations

import pytest

from toolkit.errors import PluginError
from toolkit.model import Model, setting
from toolkit.search import Between, OneOf, searched


class Some(Model):
    """Some settings, two of them searched."""

    plain: float = setting(1.0, "Plain", ge=0)
    rate: float = setting(0.1, "Rate", gt=0, search=Between(0.01, 1, log=True))
    kind: str | None = setting(None, "Kind", search=OneOf(None, "a"))


def test_the_searched_settings_are_found_by_class_and_by_model() -> None:
    assert searched(Some) == searched(Some()) == {"rate": Between(0.01, 1, log=True), "kind": OneOf(None, "a")}
    assert Some().settings() == {"plain": 1.0, "rate": 0.1, "kind": None}


def test_what_lies_there() -> None:
    assert Between(0, 2).holds(0)
    assert Between(0, 2).holds(2.0)
    assert not Between(0, 2).holds(2.1)
    assert not Between(0, 2).holds(None)
    assert OneOf(None, "a").holds(None)
    assert not OneOf(None, "a").holds("b")


@pytest.mark.parametrize("ends", [(1, 1), (2, 1)])
def test_a_range_without_room_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(PluginError, match="nowhere to search"):
        Between(*ends)


def test_a_logarithm_of_nothing_and_a_choice_of_one_are_refused() -> None:
    with pytest.raises(PluginError, match="above 0 with log=True"):
        Between(0, 1, log=True)
    with pytest.raises(PluginError, match="name two values"):
        OneOf("a", "a")
