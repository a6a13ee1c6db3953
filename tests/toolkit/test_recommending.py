"""Runs of recommend: training taken up again where it was stopped, or begun anew, and fits that are used again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.toolkit.test_generating import Counting
from toolkit.composite import CompositeRecommender
from toolkit.recommended import Recommended
from toolkit.recommender import TrainedRecommender
from toolkit.recommending import RecommendRequest, recommend
from toolkit.training import Schedule
from warehouse import Warehouse


class Learning(TrainedRecommender):
    """Scores by keys, after a training that does nothing but count its epochs."""

    name: ClassVar[str] = "learning"
    stop: ClassVar[int | None] = None
    began: ClassVar[list[int]] = []

    _epochs: float

    def train(self, interactions: Any, tables: Any, training: Any) -> None:
        learner = Counting(self.stop)
        self.began.append(training.run(learner, Schedule(epochs=6)).resumed)
        self._epochs = float(learner.count[0])

    def score(self, history: Any) -> Any:
        return np.full(history.shape, self._epochs, dtype=np.float32)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Learning, "began", [])
    return SimpleNamespace(
        model=lambda verb, name: Learning,
        plugin_of=lambda verb, name: SimpleNamespace(distribution="tests", version="1"),
    )


@pytest.fixture
def ratings(warehouse: Warehouse) -> Warehouse:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name) SELECT i, 't' || i, 'T' || i FROM range(4) t(i)"
        )
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) SELECT i, 'v' || i FROM range(3) t(i)")
        con.execute("INSERT INTO raw.ratings (viewer_key, title_key, rating) SELECT i, i, 5 FROM range(3) t(i)")
    return warehouse


def run(warehouse: Warehouse, host: Any, **asked: Any) -> Recommended:
    return recommend(warehouse, host, "learning", {}, RecommendRequest(**asked))


def stopped(warehouse: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is interrupted after four of six epochs."""
    monkeypatch.setattr(Learning, "stop", 4)
    with pytest.raises(KeyboardInterrupt):
        run(warehouse, host)
    monkeypatch.setattr(Learning, "stop", None)


def test_training_that_was_interrupted_goes_on_where_it_was(
    ratings: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(ratings, host, monkeypatch)
    assert ratings.query("SELECT status FROM meta.runs").rows() == [("failed",)]
    assert ratings.query("SELECT count(*) FROM results.recommendations").item() == 0
    done = run(ratings, host)
    assert (Learning.began, done.resumed, done.reused) == ([4], 4, False)
    assert set(ratings.query("SELECT score FROM results.recommendations")["score"]) == {6.0}
    assert not (ratings.artifacts.folder / "checkpoints").exists()
    again = run(ratings, host)
    assert (Learning.began, again.resumed, again.reused) == ([4], 0, True)


@pytest.mark.parametrize("asked", [{"refit": True}, {"seed": 1}, {"min_rating": 3.0}])
def test_it_begins_anew_where_something_else_is_asked_for(
    ratings: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    stopped(ratings, host, monkeypatch)
    assert run(ratings, host, **asked).resumed == 0
    assert Learning.began == [0]


def test_a_fit_outside_a_warehouse_keeps_nothing_but_what_was_learnt(ratings: Warehouse, host: Any) -> None:
    model = Learning()
    model.fit(None, {}, 0)
    assert (model._epochs, Learning.began) == (6.0, [0])
    assert not (ratings.artifacts.folder / "checkpoints").exists()


class Passing(CompositeRecommender):
    """Says what another model says."""

    name: ClassVar[str] = "passing"

    def part_names(self) -> tuple[str, ...]:
        return ("learning",)

    def fit(self, interactions: Any, tables: Any, seed: int) -> None:
        self._parts["learning"].fit(interactions, tables, seed)

    def score(self, history: Any) -> Any:
        return self._parts["learning"].score(history)


def test_a_fit_with_a_part_of_another_version_is_not_used_again(ratings: Warehouse, host: Any) -> None:
    versions = {"passing": "1", "learning": "1"}
    mixed = SimpleNamespace(
        model=lambda verb, name: {"passing": Passing, "learning": Learning}[name],
        plugin_of=lambda verb, name: SimpleNamespace(distribution="tests", version=versions[name]),
    )
    reused = []
    for version in ("1", "1", "2", "2"):
        versions["learning"] = version
        reused.append(recommend(ratings, mixed, "passing", {}, RecommendRequest()).reused)
    assert reused == [False, True, False, True]
    recorded = ratings.query("SELECT settings->>'$.part_plugins.learning' FROM meta.runs ORDER BY run").to_series()
    assert recorded.to_list() == ["tests 1", "tests 1", "tests 2", "tests 2"]
