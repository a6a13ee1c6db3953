"""The contract of classifiers of viewers."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from toolkit.classifier import Classifier
from toolkit.errors import CinekitError
from toolkit.testing.checks import an_array, fail, must
from toolkit.testing.contract import ModelContract
from toolkit.testing.small_examples import small_examples
from toolkit.viewer_fitting import raw_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from toolkit.examples import Examples
    from toolkit.model import Model

_TASK = "active-week"


class ClassifierContract(ModelContract):
    """What holds of a classifier: subclass it, name the `model`, and run pytest.

        class TestBaseRate(ClassifierContract):
            model = BaseRate

    .. versionadded:: 0.1

    Class attributes:
        task: what it is asked; the first of its `tasks`, or active-week, unless given.
    """

    kind: ClassVar[type[Model]] = Classifier
    task: ClassVar[str] = ""

    def examples(self) -> Examples:
        """What it is tried on: examples with labels; override it for others."""
        tasks = cast("type[Classifier]", self.found()).tasks
        try:
            return small_examples(self.task or next(iter(tasks), _TASK))
        except CinekitError as error:
            fail(f"{self.name}: {error}")

    def given(self, folder: Path) -> Examples:
        """A copy of the examples."""
        del folder
        return copy.deepcopy(self.examples())

    def fit(self, model: Classifier, given: Examples, seed: int) -> None:
        """Fit it on the examples."""
        model.fit(given, seed)

    def answers(self, model: Classifier, given: Examples, seed: int) -> Any:
        """Probabilities of all examples."""
        del seed
        return model.probabilities(given)

    def check_promise(self, model: Classifier, given: Examples) -> None:
        """(n, n_classes) probabilities from 0 to 1, whose rows sum to 1, without a look at labels."""
        found, shape = (
            an_array(model.probabilities(given), f"{self.name}: probabilities"),
            (given.viewers.size, len(given.task.classes)),
        )
        must(
            found.shape == shape,
            f"{self.name}: probabilities has the shape {found.shape} for {shape[0]} examples and {shape[1]} classes; "
            f"return {shape}",
        )
        must(found.dtype.kind == "f", f"{self.name}: probabilities is of {found.dtype}; return floats")
        try:
            raw_probabilities(model, given)
        except CinekitError as error:
            fail(f"{error}: return finite numbers of 0 or more, whose rows sum to 1")

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """No example, one, and examples of which all have the same answer."""
        given = self.given(folder)
        nobody = np.zeros(0, dtype=np.int64)
        labels = given.labels if given.labels is not None else nobody
        cases = {"no example": nobody, "one example": np.zeros(1, dtype=np.int64)}
        if labels.size:
            cases["examples of one class"] = np.flatnonzero(labels == labels[0])
        for what, rows in cases.items():
            yield f"fitted on {what}", partial(self._fit_and_ask, given.select(rows))

    def _fit_and_ask(self, examples: Examples) -> None:
        self.fitted(examples).probabilities(examples)
