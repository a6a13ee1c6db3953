"""Which extra brings a package, and what is said of one that is missing."""

from __future__ import annotations

import pytest

from toolkit.errors import ModelError
from toolkit.extras import how_to_install, require


@pytest.mark.parametrize(
    ("module", "verb", "command"),
    [
        ("rapidfuzz", "generate", "pip install 'cinekit[generate]'"),
        ("PIL.Image", "generate", "pip install 'cinekit[generate]'"),
        ("defusedxml", "generate", "pip install 'cinekit[analyze]'"),
        ("optuna", "", "pip install 'cinekit[tune]'"),
        ("av", "analyze", "pip install 'cinekit[video]'"),
        ("somebodys_package", "recommend", "pip install somebodys-package"),
    ],
)
def test_the_extra_of_the_verb_or_else_the_smallest(module: str, verb: str, command: str) -> None:
    assert how_to_install(module, verb) == command


def test_a_missing_package_is_named_with_its_extra_before_work_begins() -> None:
    require(("json",), "titles", "generate")
    with pytest.raises(ModelError, match="titles need the package no_such_package, which is not installed; pip"):
        require(("json", "no_such_package"), "titles", "generate")
