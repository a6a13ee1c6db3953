"""A break of what plugin authors build on is always meant: it changes a file that is read in review."""

from __future__ import annotations

import difflib
import typing

import pytest

import toolkit.testing
from tests.toolkit.public_surface import RECORDED, described, surface
from toolkit.model import Model, setting


def test_the_public_surface_is_the_recorded_one() -> None:
    recorded = RECORDED.read_text(encoding="utf-8").splitlines()
    changes = [line for line in difflib.ndiff(recorded, surface()) if line[0] in "+-"]
    assert not changes, "the public surface changed; if that is meant, run: python -m tests.toolkit.public_surface"


def test_public_names_are_sorted_each_once_and_can_be_imported() -> None:
    assert toolkit.__all__ == sorted(set(toolkit.__all__))
    assert dir(toolkit) == toolkit.__all__
    for name in toolkit.__all__:
        assert getattr(toolkit, name) is not None


def test_names_that_authors_subclass_or_import_elsewhere_are_among_them() -> None:
    lines = surface()
    assert "testing.RecommenderContract.audience() -> SmallAudience" in lines
    assert any(line.startswith("LiveRecommender.open(") for line in lines)
    page = (RECORDED.parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in (*toolkit.__all__, *toolkit.testing.__all__):
        assert f"\n### {name}\n" in page


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("def fit(self, data, seed): ...", "Kind.fit(data, seed)"),
        ("def fit(self, data, *, seed=0): ...", "Kind.fit(data, *, seed = 0)"),
        ("@property\n    def fit(self) -> int: ...", "property Kind.fit() -> int"),
        ("@classmethod\n    def fit(cls, data): ...", "Kind.fit(data)"),
        ("_fit: int", None),
    ],
)
def test_a_change_of_a_method_changes_its_line(change: str, line: str | None) -> None:
    made: dict[str, typing.Any] = {"__name__": "toolkit.made_up"}
    exec(f"class Kind:\n    {change}", made)
    assert [text for text in described("Kind", made["Kind"]) if "fit" in text] == ([line] if line else [])


def test_a_change_of_a_class_attribute_changes_its_line() -> None:
    class Kind(Model):
        unit: typing.ClassVar[str] = "days"

        half_life: float = setting(1.0, "Days")

    Kind.__module__ = "toolkit.made_up"
    assert any(line.startswith("Kind.unit: ") and line.endswith("= 'days'") for line in described("Kind", Kind))
