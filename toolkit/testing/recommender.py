"""The contract of recommenders."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from toolkit.composite import CompositeRecommender, catalogue_of, put_parts, tables_of
from toolkit.errors import ModelError
from toolkit.recommender import Recommender
from toolkit.testing.checks import an_array, fail, must
from toolkit.testing.contract import SavedContract
from toolkit.testing.declared import DeclaredTables
from toolkit.testing.installed_plugins import installed_host, own_frames
from toolkit.testing.small_audience import SmallAudience, small_audience, tiny_audiences, tiny_histories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from toolkit.model import Model

# The truth of simulated audiences, which is for tests to compare with.
_TRUTH = "raw.simulated_"
_PAIRS = 3


class RecommenderContract(SavedContract):
    """What holds of a recommender: subclass it, name the `model`, and run pytest.

        from toolkit.testing import RecommenderContract
        from cinekit_together.model import Together

        class TestTogether(RecommenderContract):
            model = Together

    .. versionadded:: 0.1
    """

    kind: ClassVar[type[Model]] = Recommender

    def audience(self) -> SmallAudience:
        """What it is tried on, tables of its plugin without rows; override it for other interactions, or for rows."""
        model = self.built()
        audience = small_audience(catalogue_of(model))
        return replace(audience, tables={**audience.tables, **own_frames(self.name, tables_of(model))})

    def given(self, folder: Path) -> SmallAudience:
        """A copy of the audience."""
        del folder
        return copy.deepcopy(self.audience())

    def built(self) -> Recommender:
        """A model with its parts, if it is made of others."""
        model = cast("Recommender", super().built())
        if isinstance(model, CompositeRecommender):
            put_parts(installed_host(), model, {})
        return model

    def fit(self, model: Recommender, given: SmallAudience, seed: int) -> None:
        """Fit it on the interactions and the tables."""
        model.fit(given.interactions, given.tables, seed)

    def answers(self, model: Recommender, given: SmallAudience, seed: int) -> Any:
        """Scores of all viewers and titles."""
        del seed
        return model.score(given.interactions)

    def check_promise(self, model: Recommender, given: SmallAudience) -> None:
        """Scores are one float32 for each viewer and title, and reasons and weights have their shapes."""
        data = given.interactions
        scores = an_array(model.score(data), f"{self.name}: what score returned")
        must(
            scores.shape == data.shape,
            f"{self.name}: score returned the shape {scores.shape} for {data.shape[0]} viewers and {data.shape[1]} "
            f"titles; return {data.shape}",
        )
        must(scores.dtype == np.float32, f"{self.name}: score returned {scores.dtype}; return np.float32")
        must(
            bool((np.isfinite(scores) & (scores != 0)).any()),
            f"{self.name}: every score is 0, NaN or infinite, so nothing is recommended; score what it has learnt",
        )
        rows = columns = np.arange(min(_PAIRS, *data.shape))
        self._check_matrix("contributions", partial(model.contributions, data, rows, columns), len(rows), data.shape[1])
        self._check_matrix("title_weights", partial(model.title_weights, _PAIRS), data.shape[1], data.shape[1])

    def _check_matrix(self, method: str, ask: Callable[[], Any], n: int, titles: int) -> None:
        """A sparse array of a shape, of what a recommender may say or refuse with a ModelError."""
        try:
            found = ask()
        except ModelError:
            return
        shape = getattr(found, "shape", None)
        must(
            shape == (n, titles) and hasattr(found, "tocsr"),
            f"{self.name}: {method} returned {type(found).__name__} of shape {shape}; return a csr_array of shape "
            f"{(n, titles)}",
        )

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Audiences of nobody, of one viewer, of nothing that is liked; viewers of whom nothing is known."""
        for what, audience in tiny_audiences(self.audience()):
            yield what, partial(self._fit_and_score, copy.deepcopy(audience))
        given = self.given(folder)
        model = self.fitted(given)
        for what, history in tiny_histories(given.interactions):
            yield what, partial(model.score, copy.deepcopy(history))

    def _fit_and_score(self, audience: SmallAudience) -> None:
        self.fitted(audience).score(audience.interactions)

    def test_it_reads_only_what_it_declares(self, tmp_path: Path) -> None:
        """`reads` names every table that `fit` asks for, and no truth."""
        given, model = self.given(tmp_path), self.built()
        reads = tables_of(model)
        told = [name for name in reads if name.startswith(_TRUTH)]
        must(not told, f"{self.name} reads {', '.join(told)}, the truth that tests compare with; leave it alone")
        missing = [name for name in reads if name not in given.tables]
        must(
            not missing,
            f"{self.name} reads {', '.join(missing)}, which the small audience does not have; correct the name, or "
            "override audience() with a frame of it",
        )
        tables = DeclaredTables(given.tables, reads)
        try:
            model.fit(given.interactions, tables, self.seed)
        except Exception:
            if not tables.undeclared:
                raise
        if tables.undeclared:
            fail(
                f"{self.name} asks for {', '.join(dict.fromkeys(tables.undeclared))}, which it does not declare; "
                "add it to reads"
            )
