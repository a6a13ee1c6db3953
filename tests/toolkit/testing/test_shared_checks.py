"""Checks that all contracts share: a whole model of each kind passes, and one with a fault fails in one line."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import field_validator

from tests.toolkit.testing.failing import contract_of
from tests.toolkit.testing.test_analyzer_contract import Lines
from tests.toolkit.testing.test_classifier_contract import Shares
from tests.toolkit.testing.test_forecaster_contract import Level
from tests.toolkit.testing.test_generator_contract import Lasts
from tests.toolkit.testing.test_recommender_contract import Liked
from toolkit import setting
from toolkit.model import Model
from toolkit.testing import (
    AnalyzerContract,
    ClassifierContract,
    ForecasterContract,
    GeneratorContract,
    ModelContract,
    RecommenderContract,
)

pytestmark = pytest.mark.slow

# A whole model of each kind, and one of its settings with another value than the default.
KINDS: dict[type[ModelContract], tuple[type[Model], str, Any]] = {
    AnalyzerContract: (Lines, "least", 2),
    ClassifierContract: (Shares, "added", 0.5),
    ForecasterContract: (Level, "share", 0.125),
    GeneratorContract: (Lasts, "joint", " of "),
    RecommenderContract: (Liked, "weight", 0.25),
}


def undocumented(model: type[Model], name: str) -> type[Model]:
    del name
    return type("Undocumented", (model,), {"__module__": __name__, "__doc__": None})


def helpless(model: type[Model], name: str) -> type[Model]:
    del name
    return changed(model, more=(int, setting(1, "")))


def hiding(model: type[Model], name: str) -> type[Model]:
    del name
    return changed(model, seed=(int, setting(1, "Hides --seed")))


def misplaced(model: type[Model], name: str) -> type[Model]:
    del name
    return changed(model, name="block")


def doubling(model: type[Model], name: str) -> type[Model]:
    return changed(model, doubled=field_validator(name)(classmethod(lambda cls, value: 2 * value)))


def unrecorded(model: type[Model], name: str) -> type[Model]:
    return changed(model, settings=lambda self: {name: timedelta(1)})


def truthful(model: type[Model], name: str) -> type[Model]:
    del name
    return changed(model, reads=("raw.simulated_titles",))


def changed(model: type[Model], **members: Any) -> type[Model]:
    """A subclass with other members; those that are a type and a value are settings."""
    fields = {name: member for name, member in members.items() if isinstance(member, tuple) and name != "reads"}
    types = {name: kind for name, (kind, _) in fields.items()}
    values = members | {name: value for name, (_, value) in fields.items()}
    return type("Changed", (model,), {"__module__": __name__, "__doc__": "Broken.", "__annotations__": types, **values})


BROKEN = [
    (undocumented, "test_it_is_documented", "has no docstring"),
    (helpless, "test_it_is_documented", "the setting more has no help"),
    (hiding, "test_settings_come_through_the_command_line", "the setting 'seed' is already an option"),
    (misplaced, "test_settings_come_through_the_config_file", "block"),
    (doubling, "test_settings_come_through_the_record_of_runs", "when it was recorded by a run"),
    (unrecorded, "test_settings_come_through_the_record_of_runs", "not JSON serializable"),
    (truthful, "test_it_reads_only_what_it_declares", "remove it|leave it alone"),
]
each_kind = pytest.mark.parametrize("contract", KINDS, ids=[contract.__name__ for contract in KINDS])


def checked(contract: type[ModelContract], check: str, folder: Path) -> None:
    call = getattr(contract(), check)
    call(*([folder] if "tmp_path" in inspect.signature(call).parameters else []))


@each_kind
@pytest.mark.parametrize("check", dict.fromkeys(check for _, check, _ in BROKEN))
def test_a_whole_model_passes(contract: type[ModelContract], check: str, tmp_path: Path) -> None:
    model, name, value = KINDS[contract]
    checked(contract_of(contract, model, settings={name: value}), check, tmp_path)


@each_kind
@pytest.mark.parametrize(("fault", "check", "says"), BROKEN, ids=[fault.__name__ for fault, _, _ in BROKEN])
def test_one_with_a_fault_fails(
    contract: type[ModelContract], fault: Any, check: str, says: str, tmp_path: Path
) -> None:
    model, name, value = KINDS[contract]
    broken = contract_of(contract, fault(model, name), settings={name: value})
    with pytest.raises(pytest.fail.Exception, match=says) as failure:
        checked(broken, check, tmp_path)
    assert "\n" not in str(failure.value)


@each_kind
def test_a_heavy_module_with_the_hook_fails(
    contract: type[ModelContract], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heavy_hook.py").write_text("import polars\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    heavy = contract_of(contract, KINDS[contract][0], entry_point="heavy_hook")
    with pytest.raises(pytest.fail.Exception, match="heavy_hook imports polars"):
        checked(heavy, "test_it_is_cheap_to_import", tmp_path)
