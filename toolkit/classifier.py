"""The kind of model behind predictions about viewers: features as of a date in, probabilities out."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from toolkit.model import Model

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray


class Classifier(Model):
    """Says how probable each answer to a question about a viewer is. An author writes `fit` and `probabilities`.

    The toolkit chooses origins so that nothing leaks, calibrates what comes out on the latest part of the training
    data, and measures it. Examples must not be weighted by class: probabilities would be wrong.

    Class attributes:
        tasks: names of the tasks that it can do; every one but "next-title" where it names none.
    """

    verb: ClassVar[str] = "predict"
    tasks: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def fit(self, examples: Examples, seed: int) -> None:
        """Learn from n examples with labels; the seed is for whatever is random.

        What is learnt goes into private attributes, as a Recommender has it. Raises ModelError where there is too
        little to learn from.
        """

    @abstractmethod
    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes) of each class of the task, from 0 to 1, rows summing to 1; labels are not looked at.

        It must not change the model. Raises ModelError where the examples are not what it was fitted on.
        """
