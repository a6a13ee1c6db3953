"""Runs the checks of a contract one by one, and tells which fail."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from toolkit.testing import SourceContract
from toolkit.testing.contract import ModelContract

Contract = type[ModelContract] | type[SourceContract]


def failing(contract: Contract, folder: Path) -> dict[str, str]:
    """What each check that fails says, by its name."""
    found = {}
    for name in (name for name in dir(contract) if name.startswith("test_")):
        check = getattr(contract(), name)
        own = folder / name
        own.mkdir()
        try:
            check(*([own] if "tmp_path" in inspect.signature(check).parameters else []))
        except pytest.skip.Exception:
            continue
        except pytest.fail.Exception as error:
            found[name] = str(error)
    return found


def contract_of(kind: type[ModelContract], model: object, **said: object) -> type[ModelContract]:
    """A contract as an author writes it."""
    return type("TestIt", (kind,), {"model": model, **said})


def fails_alone(contract: Contract, check: str, says: str, folder: Path) -> bool:
    """Whether of all checks this one fails, and says in one line what matches."""
    found = failing(contract, folder)
    assert list(found) == [check], found
    assert "\n" not in found[check]
    assert re.search(says, found[check]), found[check]
    return True
