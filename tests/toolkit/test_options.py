"""Settings as options: what is printed to be pasted gives the same settings again."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from pydantic import BaseModel

from toolkit import options
from toolkit.model import setting


class Wishes(BaseModel):
    """One of each kind."""

    not_: str = setting("plain", "A word")
    half_life: float | None = setting(None, "A number, or none")
    scaled: bool = setting(True, "Yes unless refused")
    deep: bool = setting(False, "No unless asked for")


@pytest.mark.parametrize(
    ("values", "typed"),
    [
        ({"not_": "two words", "half_life": 0.25}, "--not 'two words' --half-life 0.25"),
        ({"not_": "plain", "half_life": None}, "--not plain"),
        ({"scaled": True, "deep": True}, "--scaled --deep"),
        ({"scaled": False, "deep": False}, "--no-scaled"),
        ({"half_life": None}, ""),
    ],
)
def test_options_as_they_are_typed_give_the_same_settings(values: dict[str, Any], typed: str) -> None:
    assert options.typed(Wishes, values) == typed
    given: dict[str, Any] = {}
    command = options.command(given.update, "wish", "Wishes.", options.parameters(Wishes))
    command.main(shlex.split(typed), standalone_mode=False)
    assert Wishes(**options.given(given, Wishes)) == Wishes(**values)
