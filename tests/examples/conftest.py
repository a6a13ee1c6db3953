"""What tests of the examples share: one clean environment for all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.examples.environment import Environment


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment of its own with cinekit's wheel; `install` puts an example into it."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own, in one that all of them share.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = Path(shared) / "examples"
    folder.mkdir(exist_ok=True)
    made = Environment(folder)
    made.build()
    return made
