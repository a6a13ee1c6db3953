"""Settings as options: what is printed to be pasted gives the same settings again."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from toolkit import options
from toolkit.errors import PluginError, UsageError
from toolkit.model import Model, setting
from toolkit.offers import check_model
from toolkit.verbs import VERBS, verb_command


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


class Partners(Model):
    """Settings that are of others."""

    verb: ClassVar[str] = "predict"
    name: ClassVar[str] = "partners"

    noise: float | None = setting(None, "A number, or none")
    genre: tuple[str, ...] = setting((), "Any number of words")
    deep: bool = setting(False, "No unless asked for")
    seed: float = setting(1.0, "Of --noise", of="noise")
    share: float = setting(1.0, "Of --genre", of="genre")
    layers: float = setting(1.0, "Of --deep", of="deep")


@pytest.mark.parametrize(
    ("values", "beside"),
    [
        ({"seed": 2.0, "noise": 0.0}, {}),
        ({"seed": 2.0}, {"noise": 0}),
        ({"share": 2.0, "genre": ["Crime"]}, {}),
        ({"share": 2.0}, {"genre": ["Crime"]}),
        ({"layers": 2.0}, {"deep": True}),
        ({}, {"seed": 2.0}),
    ],
)
def test_an_option_beside_its_partner_is_taken(values: dict[str, Any], beside: dict[str, Any]) -> None:
    found = options.given(values, Partners, beside)
    assert found == {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


@pytest.mark.parametrize(
    ("values", "beside", "partner"),
    [
        ({"seed": 2.0, "noise": None}, {}, "noise"),
        ({"seed": 2.0, "noise": None}, {"noise": None}, "noise"),
        ({"share": 2.0, "genre": []}, {}, "genre"),
        ({"share": 2.0}, {"genre": []}, "genre"),
        ({"layers": 2.0, "deep": False}, {"deep": True}, "deep"),
    ],
)
def test_an_option_without_its_partner_is_refused(values: dict[str, Any], beside: dict[str, Any], partner: str) -> None:
    with pytest.raises(UsageError, match=f"does nothing without --{partner}; give that too, or leave it out"):
        options.given(values, Partners, beside)


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"recommend"}))  # which asks a warehouse first
def test_every_verb_refuses_an_option_without_its_partner(verb: str) -> None:
    session: Any = SimpleNamespace(
        host=SimpleNamespace(model=lambda verb, name: Partners), settings=lambda verb, name: {"genre": ["Crime"]}
    )
    with pytest.raises(UsageError, match="--seed does nothing without --noise"):
        verb_command(verb).call(session, "partners", {"seed": 2.0, "share": 2.0}, None, None)


@pytest.mark.parametrize("of", ["typo", "seed"])
def test_a_setting_of_none_is_the_plugin_s_fault(of: str) -> None:
    class Wrong(Partners):
        seed: float = setting(1.0, "Of --noise", of=of)

    with pytest.raises(PluginError, match=f"model 'x': its setting seed is of '{of}'; name another of its settings"):
        check_model("model 'x'", Wrong, "predict", "partners")
