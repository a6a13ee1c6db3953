"""Learning in epochs: one loop with progress, early stopping, a budget of minutes, and checkpoints to go on from."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from toolkit.errors import ArtifactError, ModelError
from toolkit.progress import bar, tell_pipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.progress import Bar
    from toolkit.training import Schedule
    from warehouse.checkpoints import Checkpoints

    Arrays = Mapping[str, NDArray[Any]]

# Checkpoints are at least as many seconds apart, and as many times as long as the last one took to write: shorter
# epochs share one, and they cost a twentieth of training at most.
_APART, _TIMES = 1.0, 20

# Is told which share of an epoch is done, from 0 to 1.
Report = Callable[[float], None]


def unreported(share: float) -> None:
    """What a learner reports to where nobody wants to know."""
    del share


class Learner(Protocol):
    """What learns: it goes through its examples once an epoch, and can be put down and taken up again.

    `toolkit.network_learner.NetworkLearner` learns a Keras network by a loss of your own, and
    `toolkit.adversarial_learner.AdversarialLearner` two that learn against each other. Write another one for what is
    no Keras network, such as factors of a matrix.

    It may also have an attribute `report`, at first `unreported`. `Training.run` sets it, and what is called during an
    epoch, `self.report(share)` with the share of it that is done, moves the bar: without, it moves once an epoch.
    """

    def epoch(self, number: int) -> float:
        """Learn from all examples once; the mean loss.

        `number` is counted from 1. Random draws must depend on a seed and on it alone, not on the epochs before: then
        training that was stopped and taken up again ends as if it had not been.
        """

    def judged(self) -> float | None:
        """Loss on the examples that are held out, by which the best epoch is chosen; None where none are."""

    def state(self) -> Arrays:
        """All that is needed to go on, by name: weights, moments of the optimiser.

        Later epochs must not write into the arrays.
        """

    def restore(self, state: Arrays) -> None:
        """Go on from a state. Raises ModelError where it is of something else, such as a network of another shape."""

    def weights(self) -> Arrays:
        """What has been learnt, by name, without what only training needs. Later epochs must not write into it."""

    def use(self, weights: Arrays) -> None:
        """Put weights, as `weights` gave them, into what is kept, such as the network that is saved."""


@dataclass
class History:
    """How training went.

    Attributes:
        losses: (n_epochs,) mean loss while learning.
        judged: (n_epochs,) loss on held-out examples; empty where none are.
        best: the epoch whose weights are used, counted from 1.
        finished: whether it came to its end; False where the budget ended it.
        resumed: epochs that an earlier run had done.
    """

    losses: list[float] = field(default_factory=list)
    judged: list[float] = field(default_factory=list)
    best: int = 0
    finished: bool = False
    resumed: int = 0

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.losses)


class Training:
    """What a model that learns in epochs is trained with: it gives `run` a learner, and has its weights afterwards.

        def fit(self, corpus, held_out, training):
            self._network = built(build, {"units": self.units}, training.seed)
            schedule = Schedule(epochs=self.epochs, learning_rate=self.learning_rate)
            learner = NetworkLearner(self._network, loss, examples, others, schedule, training.seed)
            training.run(learner, schedule)

    Attributes:
        seed: of first weights, order and noise.
        histories: how each training went, by its name.

    Args:
        seed: as above.
        what: what the progress bar says; in a pipe, and where checkpoints are kept, a line when training begins.
        minutes: budget of all trainings together, counted from now; None for no limit. No epoch is begun that would
            end beyond it if it took as long as the last one; but each training has one epoch at least.
        checkpoints: where to keep how far each training is; None for nowhere.
    """

    def __init__(
        self,
        seed: int = 0,
        what: str = "training",
        minutes: float | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.seed, self.histories = seed, dict[str, History]()
        self._what, self._checkpoints = what, checkpoints
        self._until = np.inf if minutes is None else time.monotonic() + 60 * minutes

    @property
    def finished(self) -> bool:
        """Whether all trainings came to their end."""
        return all(history.finished for history in self.histories.values())

    @property
    def epochs(self) -> int | None:
        """Epochs done by all trainings; None where there was none."""
        return sum(history.epochs for history in self.histories.values()) if self.histories else None

    @property
    def resumed(self) -> int:
        """Epochs of them that an earlier run had done."""
        return sum(history.resumed for history in self.histories.values())

    def run(self, learner: Learner, schedule: Schedule, name: str = "network") -> History:
        """Train until the epochs are done, `patience` epochs brought nothing, or the budget is spent.

        Afterwards the learner's network has the weights of the best epoch; of the last one where nothing is held out.
        A run of the same data, settings and seed that was stopped, by a kill, Ctrl-C or its budget, goes on where it
        was: after its last epoch, or a second or so before where epochs are shorter and it was killed.

        Args:
            learner: what learns.
            schedule: epochs and patience; `minutes` is ignored, as the budget is of all trainings together.
            name: a word for each training of one model; checkpoints are kept by it.

        Raises:
            ModelError: the loss is no number any more.
            ArtifactError: the checkpoint cannot be written, or is not one of this network.
        """
        keeper = _Keeper(self._checkpoints, name)
        history, best = keeper.taken_up(learner)
        if self._checkpoints is not None and not _over(history, schedule):
            how = f"going on after epoch {history.epochs} of" if history.epochs else "which may take long;"
            tell_pipe(f"{self._what}, {how} up to {schedule.epochs} epochs")
        try:
            with bar(self._what, schedule.epochs) as steps:
                steps.at(history.epochs)
                self._listen(learner, history, steps)
                while not _over(history, schedule):
                    began = time.monotonic()
                    best = self._epoch(learner, history) or best
                    keeper.keep(learner, history, best)
                    took = time.monotonic() - began
                    self._show(steps, history, schedule, took)
                    if time.monotonic() + took > self._until:
                        break
        except KeyboardInterrupt:
            keeper.close()
            if self._checkpoints is not None and history.epochs:
                after = f"{self._what} was stopped; the same command goes on after epoch {history.epochs}"
                print(after, file=sys.stderr)
            raise
        finally:
            keeper.close()
            if hasattr(learner, "report"):
                learner.report = unreported
        history.finished = _over(history, schedule)
        learner.use(best or learner.weights())
        self.histories[name] = history
        return history

    def _epoch(self, learner: Learner, history: History) -> Arrays | None:
        """One epoch more; the weights where they are the best so far by what is held out, else None."""
        number = history.epochs + 1
        loss, judged = float(learner.epoch(number)), learner.judged()
        if not np.isfinite(loss) or not (judged is None or np.isfinite(judged)):
            raise ModelError(f"{self._what}: the loss is no number after epoch {number}; lower --learning-rate")
        history.losses.append(loss)
        if judged is None:
            history.best = number
            return None
        better = not history.judged or judged < min(history.judged)
        history.judged.append(float(judged))
        if not better:
            return None
        history.best = number
        return dict(learner.weights())

    def _listen(self, learner: Learner, history: History, steps: Bar) -> None:
        """Have a learner that reports move the bar within epochs; until it first does, it is compiling."""
        if not hasattr(learner, "report"):
            return
        compiling = True

        def report(share: float) -> None:
            nonlocal compiling
            if compiling:
                steps.describe(self._what)
                compiling = False
            steps.at(history.epochs + share)

        steps.describe(f"{self._what}, compiling")
        learner.report = report

    def _show(self, steps: Bar, history: History, schedule: Schedule, took: float) -> None:
        said = f"{self._what}, loss {history.losses[-1]:.4g}"
        if history.judged:
            said += f", held out {history.judged[-1]:.4g}, best {min(history.judged):.4g}"
        steps.describe(said)
        if np.isfinite(self._until):
            left = max(self._until - time.monotonic(), 0) / max(took, 1e-9)
            steps.expect(min(schedule.epochs, history.epochs + int(left)))
        steps.at(history.epochs)


class _Keeper:
    """Keeps how far a training is: the last epoch is at hand, and is written when it is time to, and at the end."""

    def __init__(self, checkpoints: Checkpoints | None, name: str) -> None:
        self._checkpoints, self._name = checkpoints, name
        self._pending: tuple[dict[str, NDArray[Any]], dict[str, Any]] | None = None
        self._due = time.monotonic() + _APART

    def taken_up(self, learner: Learner) -> tuple[History, Arrays | None]:
        """How an earlier run went, whose state the learner goes on from, and its best weights."""
        kept = None if self._checkpoints is None else self._checkpoints.load(self._name)
        if self._checkpoints is None or kept is None:
            return History(), None
        arrays, plain = kept
        try:
            history = History(**plain)
            learner.restore(_part(arrays, "state/"))
        except (TypeError, KeyError, ModelError) as error:
            raise ArtifactError(
                f"the checkpoint {self._name} in {self._checkpoints.folder} cannot be taken up: {error}; remove the "
                "folder, and training begins anew"
            ) from error
        history.resumed = history.epochs
        return history, _part(arrays, "best/") or None

    def keep(self, learner: Learner, history: History, best: Arrays | None) -> None:
        """Have an epoch at hand, and write it where the last checkpoint is old enough."""
        if self._checkpoints is None:
            return
        arrays = {f"state/{key}": array for key, array in learner.state().items()}
        arrays |= {f"best/{key}": array for key, array in (best or {}).items()}
        plain = {"losses": list(history.losses), "judged": list(history.judged), "best": history.best}
        self._pending = arrays, plain
        if time.monotonic() >= self._due:
            self.close()

    def close(self) -> None:
        """Write what is at hand and not yet written."""
        if self._checkpoints is None or self._pending is None:
            return
        began = time.monotonic()
        self._checkpoints.save(self._name, *self._pending)
        self._pending = None
        ended = time.monotonic()
        self._due = ended + max(_APART, _TIMES * (ended - began))


def _part(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _over(history: History, schedule: Schedule) -> bool:
    since = history.epochs - history.best
    return history.epochs >= schedule.epochs or (history.epochs > 0 and since >= schedule.patience)
