"""What is tried next: Optuna's part, without a warehouse."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.model import Model, setting
from toolkit.proposals import Proposals
from toolkit.search import Between, OneOf, searched


class Hill(Model):
    """Highest at scale 30, count 7, kind b."""

    scale: float = setting(1.0, "Scale", search=Between(0.1, 1000, log=True))
    count: int = setting(1, "Count", search=Between(1, 20))
    kind: str | None = setting(None, "Kind", search=OneOf(None, "a", "b"))


def height(scale: float, count: int, kind: str | None) -> float:
    return -abs(scale - 30) / 30 - abs(count - 7) / 7 - (kind != "b")


def proposals(seed: int = 0) -> Proposals:
    return Proposals(searched(Hill), Hill.model_fields, seed)


def climb(asked: Proposals, steps: int) -> list[dict[str, Any]]:
    met = []
    for _ in range(steps):
        number, values = asked.propose()
        asked.answer(number, height(**values))
        met.append(values)
    return met


def test_a_hill_is_climbed_within_its_bounds() -> None:
    met = climb(proposals(), 60)
    assert all(space.holds(values[name]) for values in met for name, space in searched(Hill).items())
    assert all(type(values["count"]) is int for values in met)
    best = max(met, key=lambda values: height(**values))
    assert best["kind"] == "b"
    assert best["scale"] == pytest.approx(30, rel=0.5)
    assert abs(best["count"] - 7) <= 2


def test_the_same_seed_proposes_the_same() -> None:
    assert climb(proposals(3), 15) == climb(proposals(3), 15)
    assert climb(proposals(3), 5) != climb(proposals(4), 5)


def test_what_is_told_is_learnt_from() -> None:
    asked = proposals(1)
    for values in climb(proposals(0), 60):
        asked.learn(values, height(**values))
    # The first proposals are drawn at random where nothing was told.
    told = [height(**values) for values in climb(asked, 5)]
    alone = [height(**values) for values in climb(proposals(1), 5)]
    assert sum(told) > sum(alone)


def test_what_lies_outside_or_failed_teaches_nothing_and_harms_nothing() -> None:
    asked = proposals(2)
    asked.learn({"scale": 5000.0, "count": 1, "kind": None}, 1.0)
    asked.learn({"scale": 5.0, "count": 1, "kind": None}, None)
    assert climb(asked, 3) == climb(proposals(2), 3)
    number, _ = asked.propose()
    asked.answer(number, None)
