"""The contract of models of sentiment."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from toolkit.errors import ModelError
from toolkit.sentiment import SentimentModel
from toolkit.simulated_reviews import VERDICTS
from toolkit.testing.checks import an_array, must
from toolkit.testing.contract import SavedContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from toolkit.model import Model
    from toolkit.sentiment import BoolArray

_KINDS = ("review", "script", "subtitles")


class SentimentContract(SavedContract):
    """What holds of a model of sentiment: subclass it, name the `model`, and run pytest.

        class TestSmiles(SentimentContract):
            model = Smiles
            positive = ("What a joy :)", "I loved it :)")
            negative = ("A bore :(", "I left early :(")

    .. versionadded:: 0.1

    Class attributes:
        positive: texts that are; short English reviews unless given.
        negative: texts that are the contrary.
    """

    kind: ClassVar[type[Model]] = SentimentModel
    positive: ClassVar[Sequence[str]] = VERDICTS[1]
    negative: ClassVar[Sequence[str]] = VERDICTS[0]

    def given(self, folder: Path) -> tuple[list[str], BoolArray]:
        """The texts, and whether each is positive."""
        del folder
        return [*self.positive, *self.negative], np.repeat([True, False], [len(self.positive), len(self.negative)])

    def fit(self, model: SentimentModel, given: tuple[list[str], BoolArray], seed: int) -> None:
        """Fit it on the texts; one that needs no training may refuse with a ModelError."""
        try:
            model.fit(*given, seed)
        except ModelError:
            if model.trained:
                raise

    def answers(self, model: SentimentModel, given: tuple[list[str], BoolArray], seed: int) -> Any:
        """Probabilities of all texts, by kind of text."""
        del seed
        return {kind: model.score(given[0], kind) for kind in _KINDS}

    def check_promise(self, model: SentimentModel, given: tuple[list[str], BoolArray]) -> None:
        """(n,) floats from 0 to 1, or NaN where nothing is known, which is not so of all texts."""
        for kind, scores in self.answers(model, given, self.seed).items():
            found, shape = an_array(scores, f"{self.name}: what score returned"), (len(given[0]),)
            must(
                found.shape == shape and found.dtype.kind == "f",
                f"{self.name}: score returned {found.dtype} of shape {found.shape} for {shape[0]} texts of the kind "
                f"{kind}; return floats of shape {shape}",
            )
            known = found[~np.isnan(found)]
            must(known.size > 0, f"{self.name}: every score is NaN; give texts that it reads: positive and negative")
            must(
                bool(((known >= 0) & (known <= 1)).all()),
                f"{self.name}: scores go from {known.min():.3g} to {known.max():.3g}; return probabilities from 0 to 1",
            )

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Fitted on no text, one, and texts of one kind; asked for no text, an empty one, and marks alone."""
        texts, positive = self.given(folder)
        cases = {"no text": slice(0), "one text": slice(1), "positive texts alone": slice(len(self.positive))}
        for what, rows in cases.items():
            yield f"fitted on {what}", partial(self._fit_and_score, texts[rows], positive[rows])
        model = self.fitted((texts, positive))
        for what, asked in {"no text": [], "an empty text": [""], "marks alone": ["?!"]}.items():
            yield f"asked for {what}", partial(self.answers, model, (copy.copy(asked), positive), self.seed)

    def _fit_and_score(self, texts: list[str], positive: BoolArray) -> None:
        model = self.built()
        model.fit(texts, positive, self.seed)
        self.answers(model, (texts, positive), self.seed)
