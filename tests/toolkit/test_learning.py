"""The loop of training: early stopping, the budget, and going on where it was stopped."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit.learning
from toolkit.errors import ArtifactError, ModelError
from toolkit.learning import History, Report, Training, unreported
from toolkit.progress import Bar
from toolkit.training import Schedule
from warehouse.checkpoints import Checkpoints


class Clock:
    """Time that passes where a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Walk:
    """A learner that goes a random step an epoch; each takes so many seconds. What is held out is given."""

    def __init__(self, held_out: list[float] | None = None, clock: Clock | None = None, seconds: float = 0) -> None:
        self.place, self.held_out, self.used = np.zeros(2), held_out, np.empty(0)
        self.clock, self.seconds, self.done = clock, seconds, 0
        self.stop_at: int | None = None

    def epoch(self, number: int) -> float:
        if self.clock is not None:
            self.clock.now += self.seconds
        # In the midst of an epoch, when much has changed already.
        self.place = self.place * 0.9 + np.random.default_rng(number).normal(size=2)
        if number == self.stop_at:
            raise KeyboardInterrupt
        self.done = number
        return float(np.abs(self.place).sum())

    def judged(self) -> float | None:
        return None if self.held_out is None else self.held_out[self.done - 1]

    def state(self) -> Mapping[str, Any]:
        return {"place": self.place}

    def restore(self, state: Mapping[str, Any]) -> None:
        if state["place"].shape != self.place.shape:
            raise ModelError("it has another shape")
        self.place = state["place"]

    def weights(self) -> Mapping[str, Any]:
        return {"place": self.place}

    def use(self, weights: Mapping[str, Any]) -> None:
        self.used = weights["place"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(toolkit.learning, "time", clock)
    return clock


def test_the_last_epoch_is_used_where_nothing_is_held_out() -> None:
    walk, training = Walk(), Training()
    history = training.run(walk, Schedule(epochs=4, patience=1))
    assert (history.epochs, history.best, history.finished, history.resumed) == (4, 4, True, 0)
    assert history.judged == []
    assert walk.used.tolist() == walk.place.tolist()
    assert training.histories == {"network": history}


def test_the_best_epoch_is_used_and_patience_is_counted_from_it() -> None:
    walk, short = Walk([3, 2, 2, 4, 5, 1]), Walk()
    history = Training().run(walk, Schedule(epochs=6, patience=3))
    Training().run(short, Schedule(epochs=2))
    assert (history.epochs, history.best, history.finished) == (5, 2, True)  # the first of equals; 1 is never seen
    assert walk.used.tolist() == short.place.tolist()


@pytest.mark.parametrize(("seconds", "epochs"), [(60, 2), (50, 2), (45, 2), (40, 3), (1000, 1)])
def test_no_epoch_is_begun_that_would_end_beyond_the_budget(clock: Clock, seconds: float, epochs: int) -> None:
    training = Training(minutes=2)
    history = training.run(Walk(clock=clock, seconds=seconds), Schedule(epochs=9))
    assert (history.epochs, history.finished) == (epochs, False)
    assert not training.finished


class Shown(Bar):
    """What a bar was told, in words and numbers."""

    def __init__(self) -> None:
        self.told: list[str | float] = []
        super().__init__(describe=self.told.append, at=self.told.append)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    shown = Shown()
    monkeypatch.setattr(toolkit.learning, "bar", lambda what, total: nullcontext(shown))
    return shown


class Telling(Walk):
    """A learner that says when a half and when three quarters of an epoch are done."""

    report: Report = staticmethod(unreported)

    def epoch(self, number: int) -> float:
        for share in (0.5, 0.75):
            self.report(share)
        return super().epoch(number)


def test_a_learner_that_reports_moves_the_bar_within_epochs_and_is_compiling_until_then(shown: Shown) -> None:
    learner, silent = Telling(), Walk()
    history = Training(what="training gru").run(learner, Schedule(epochs=2))
    said = [f"training gru, loss {loss:.4g}" for loss in history.losses]
    assert shown.told == [
        0, "training gru, compiling", "training gru", 0.5, 0.75, said[0], 1, 1.5, 1.75, said[1], 2,
    ]  # fmt: skip
    shown.told.clear()
    learner.report(0.5)  # training is over
    assert not shown.told
    assert Training(what="training gru").run(silent, Schedule(epochs=2)).losses == history.losses
    assert shown.told == [0, said[0], 1, said[1], 2]


def test_the_bar_of_a_training_that_is_taken_up_goes_on(shown: Shown, tmp_path: Path) -> None:
    for epochs in (1, 2):
        shown.told.clear()
        Training(checkpoints=Checkpoints(tmp_path)).run(Telling(), Schedule(epochs=epochs))
    assert [at for at in shown.told if not isinstance(at, str)] == [1, 1.5, 1.75, 2]


def test_all_trainings_share_the_budget_and_each_has_an_epoch(clock: Clock) -> None:
    training = Training(minutes=1)
    for name in ("first", "second"):
        training.run(Walk(clock=clock, seconds=20), Schedule(epochs=9), name)
    assert [history.epochs for history in training.histories.values()] == [3, 1]
    assert training.epochs == 4
    assert Training().epochs is None


@pytest.mark.parametrize("held_out", [None, [9.0, 1, 2, 3, 4, 5, 6, 7]])
@given(stops=st.lists(st.integers(1, 8), max_size=4))
def test_training_that_is_stopped_and_taken_up_ends_as_if_it_had_not_been(
    tmp_path_factory: pytest.TempPathFactory, held_out: list[float] | None, stops: list[int]
) -> None:
    checkpoints, schedule = Checkpoints(tmp_path_factory.mktemp("kept")), Schedule(epochs=8, patience=9)
    whole = Walk(held_out)
    expected = Training().run(whole, schedule)
    done = 0
    for stop in stops:
        walk = Walk(held_out)
        walk.stop_at = stop
        if stop > done:
            with pytest.raises(KeyboardInterrupt):
                Training(checkpoints=checkpoints).run(walk, schedule)
        done = max(done, stop - 1)
    walk, training = Walk(held_out), Training(checkpoints=checkpoints)
    history = training.run(walk, schedule)
    assert (history.losses, history.judged, history.best) == (expected.losses, expected.judged, expected.best)
    assert history.resumed == training.resumed == done
    assert walk.used.tolist() == whole.used.tolist()
    assert Training(checkpoints=checkpoints).run(Walk(held_out), schedule).resumed == 8


def test_a_spent_budget_is_gone_on_from_by_the_next_run(clock: Clock, tmp_path: Path) -> None:
    whole = Training().run(Walk(), Schedule(epochs=4))
    for resumed in (0, 1, 2, 3):
        training = Training(minutes=0.01, checkpoints=Checkpoints(tmp_path))
        history = training.run(Walk(clock=clock, seconds=10), Schedule(epochs=4))
        assert (history.resumed, history.epochs) == (resumed, resumed + 1)
    assert history.finished
    assert history.losses == whole.losses


def saves(tmp_path: Path, clock: Clock, writing: float, seconds: float, epochs: int) -> int:
    """How often a checkpoint is written by epochs of some seconds, where to write one takes some."""
    written = []

    class Slow(Checkpoints):
        def save(self, name: str, arrays: Mapping[str, Any], plain: Mapping[str, Any]) -> None:
            clock.now += writing
            written.append(plain["best"])
            super().save(name, arrays, plain)

    Training(checkpoints=Slow(tmp_path)).run(Walk(clock=clock, seconds=seconds), Schedule(epochs=epochs))
    assert written[-1] == epochs
    return len(written)


def test_each_epoch_has_a_checkpoint_unless_it_would_cost_more_than_a_twentieth(tmp_path: Path, clock: Clock) -> None:
    assert saves(tmp_path / "usual", clock, writing=0.05, seconds=2, epochs=20) == 20
    assert saves(tmp_path / "short", clock, writing=0.001, seconds=0.1, epochs=100) == pytest.approx(10, abs=1)
    assert saves(tmp_path / "large", clock, writing=1, seconds=5, epochs=40) == pytest.approx(10, abs=1)


def test_a_loss_that_is_no_number_is_said_and_the_epoch_before_is_kept(tmp_path: Path) -> None:
    class Lost(Walk):
        def epoch(self, number: int) -> float:
            return super().epoch(number) if number < 3 else float("nan")

    with pytest.raises(ModelError, match="training gru: the loss is no number after epoch 3; lower --learning-rate"):
        Training(what="training gru", checkpoints=Checkpoints(tmp_path)).run(Lost(), Schedule(epochs=5))
    with pytest.raises(ModelError, match="after epoch 2;"):
        Training().run(Walk([1, float("inf")]), Schedule(epochs=5))
    assert Training(checkpoints=Checkpoints(tmp_path)).run(Walk(), Schedule(epochs=5)).resumed == 2


def test_a_checkpoint_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    checkpoints, schedule = Checkpoints(tmp_path), Schedule(epochs=2)
    plain = {"losses": [1.0], "judged": [], "best": 1}
    for arrays, other in (
        ({"state/place": np.zeros(3)}, plain),
        ({"best/place": np.zeros(2)}, plain),
        ({"state/place": np.zeros(2)}, plain | {"unheard": 1}),
    ):
        checkpoints.save("network", arrays, other)
        with pytest.raises(ArtifactError, match=r"cannot be taken up: .*; remove the folder") as refused:
            Training(checkpoints=checkpoints).run(Walk(), schedule)
        assert "\n" not in str(refused.value)
    assert History(**plain).epochs == 1


def test_a_pipe_sees_that_training_begins_that_it_was_stopped_and_that_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, schedule = Checkpoints(tmp_path / "kept"), Schedule(epochs=4)
    for stop_at, lines in (
        (1, ["training it, which may take long; up to 4 epochs"]),
        (
            3,
            [
                "training it, which may take long; up to 4 epochs",
                "training it was stopped; the same command goes on after epoch 2",
            ],
        ),
        (None, ["training it, going on after epoch 2 of up to 4 epochs"]),
    ):
        walk = Walk()
        walk.stop_at = stop_at
        with nullcontext() if stop_at is None else pytest.raises(KeyboardInterrupt):
            Training(what="training it", checkpoints=kept).run(walk, schedule)
        assert capsys.readouterr().err.splitlines() == lines
    Training(what="training it").run(Walk(), schedule)
    assert capsys.readouterr().err == ""
