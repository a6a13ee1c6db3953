"""Popularity: the next title is what most of the audience watch lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.popular_titles import Repeats, title_shares
from toolkit.classifier import Classifier
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray


class Popularity(Classifier):
    """The next title is what most watch lately, whoever the viewer is.

    A title is as probable as its share in what viewers watched next, origins `half_life` days ago counting half. What a
    viewer has just watched is weighed by how much less, or more, often such titles were watched again.
    """

    name: ClassVar[str] = "popularity"
    tasks: ClassVar[tuple[str, ...]] = ("next-title",)

    half_life: float = setting(28.0, "Days after which what was watched counts half", gt=0)

    _shares: FloatArray
    _repeats: Repeats

    def fit(self, examples: Examples, seed: int) -> None:
        """Count. Raises ModelError where there are no examples."""
        self._shares = title_shares(examples, self.half_life)
        self._repeats = Repeats(examples, self._shares)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_titles)."""
        return self._repeats.adjust(np.tile(self._shares, (examples.viewers.size, 1)), examples.recent)
