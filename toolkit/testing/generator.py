"""The contract of generators."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from toolkit.generator import Generator
from toolkit.learning import Training
from toolkit.materials import material_of
from toolkit.testing.checks import fail, must
from toolkit.testing.contract import SavedContract
from toolkit.testing.samples import fault_of
from toolkit.testing.small_corpora import SmallCorpus, small_corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from toolkit.model import Model


_SEEDS = 5


class GeneratorContract(SavedContract):
    """What holds of a generator of any of the five kinds: subclass it, name the `model`, and run pytest.

        class TestHalves(GeneratorContract):
            model = Halves

    .. versionadded:: 0.1

    Class attributes:
        count: items that are drawn.
    """

    kind: ClassVar[type[Model]] = Generator
    count: ClassVar[int] = 3

    def corpus(self) -> SmallCorpus:
        """What it is tried on; override it for a model that needs more."""
        return small_corpus(self.makes)

    @property
    def makes(self) -> str:
        """What it makes."""
        return cast("type[Generator]", self.found()).makes

    def given(self, folder: Path) -> SmallCorpus:
        """A copy of the corpus."""
        del folder
        return copy.deepcopy(self.corpus())

    def fit(self, model: Generator, given: SmallCorpus, seed: int) -> None:
        """Fit it on the corpus."""
        model.fit(given.train, given.held_out, Training(seed, f"training {model.name}"))

    def answers(self, model: Generator, given: SmallCorpus, seed: int) -> Any:
        """Samples, and how likely the items that were held out are."""
        return self._drawn(model, given, self.count, seed), model.losses(given.held_out)

    def check_promise(self, model: Generator, given: SmallCorpus) -> None:
        """As many samples as were asked for, of its kind; a loss in nats for each item, or None."""
        fault = fault_of(self.makes, self._drawn(model, given, self.count, self.seed), self.count, given.train)
        must(not fault, f"{self.name}: sample returned {fault}")
        losses = model.losses(given.held_out)
        if losses is not None:
            found, n = np.asarray(losses), len(given.held_out)
            must(
                found.shape == (n,) and found.dtype.kind == "f" and not np.isnan(found).any(),
                f"{self.name}: losses returned {found.dtype} of shape {found.shape}, or NaN; return nats for "
                f"each of the {n} items, or None",
            )

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Corpora of no item and of one, and none held out."""
        del folder
        given = self.corpus()
        nothing, one = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
        cases = {
            "fitted on no item": SmallCorpus(given.train.select(nothing), given.held_out.select(nothing)),
            "fitted on one item": SmallCorpus(given.train.select(one), given.held_out.select(nothing)),
            "fitted with nothing held out": replace(given, held_out=given.held_out.select(nothing)),
        }
        for what, corpus in cases.items():
            yield what, partial(self._fit_and_draw, copy.deepcopy(corpus))

    def _fit_and_draw(self, corpus: SmallCorpus) -> None:
        self._drawn(self.fitted(corpus), corpus, 1, self.seed)

    def _drawn(self, model: Generator, given: SmallCorpus, n: int, seed: int) -> Any:
        """Samples of which nothing in particular is wanted."""
        return model.sample(n, material_of(self.makes).wishes_to_judge(given.train, 1.0), seed)

    def test_another_seed_draws_others(self, tmp_path: Path) -> None:
        """Samples depend on the seed, or copies could never be replaced."""
        given = self.given(tmp_path)
        model, kind = self.fitted(given), material_of(self.makes)
        first = list(kind.keys(self._drawn(model, given, self.count, 0)))
        for seed in range(1, _SEEDS):
            if list(kind.keys(self._drawn(model, given, self.count, seed))) != first:
                return
        fail(f"{self.name}: {_SEEDS} seeds draw the same {self.count} items; draw from np.random.default_rng(seed)")
