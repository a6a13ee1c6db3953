"""The kind of model behind forecasts of series: fit on many series, forecast them all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.errors import PluginError
from toolkit.model import Model

if TYPE_CHECKING:
    from toolkit.metrics import Float64
    from toolkit.panel import Panel


@dataclass(frozen=True)
class Forecast:
    """What is expected of n series.

    Attributes:
        mean: (n, horizon) float64; NaN in the rows of series that are too short for the model.
        methods: by place of the series, what was done where it is not what the model does otherwise, such as
            "additive, as there are values of 0 or less".
        quantiles: by probability, (n, horizon) each, of a model that has its own; the toolkit makes them otherwise.
    """

    mean: Float64
    methods: Mapping[int, str] = field(default_factory=dict)
    quantiles: Mapping[float, Float64] | None = None


class Forecaster(Model):
    """Forecasts many series at once. An author writes `forecast`; `fit` where one model is learnt from all of them.

    Class attributes:
        trained: whether `fit` learns something. Then it is fitted before it is asked for a forecast.
        kept: whether what was fitted is saved, and used again while the data are the same: private attributes as a
            Recommender has them.
    """

    verb: ClassVar[str] = "predict"
    trained: ClassVar[bool] = False
    kept: ClassVar[bool] = False

    def fit(self, panel: Panel, horizon: int, seed: int) -> None:
        """Learn from all n series what is needed to forecast `horizon` steps; the seed is for whatever is random.

        Raises ModelError where there is too little to learn from.
        """

    @abstractmethod
    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Forecast every series for the `horizon` steps after its end, (n, horizon), from the values in `panel` alone.

        It may be called for other series, and for earlier ends, than those of the fit, and must not change the model.
        A series that is too short is NaN. Raises ModelError where none can be forecast.
        """

    def backtest(self, panel: Panel, horizon: int, backs: Sequence[int]) -> Float64:
        """(n, len(backs), horizon) forecasts made `back` steps before the end, each from what was known by then.

        NaN where a series was too short. Override it where all ends together cost less than one after another; the
        numbers must be those that `forecast` gives for ``panel.until(back)``.
        """
        made = np.full((len(panel.ids), len(backs), horizon), np.nan)
        for place, back in enumerate(backs):
            known = panel.until(back)
            rows = np.flatnonzero(known.lengths)
            if rows.size:
                made[rows, place] = mean_of(self, self.forecast(known.select(rows), horizon), rows.size, horizon)
        return made


def mean_of(model: Forecaster, made: Forecast, n: int, horizon: int) -> Float64:
    """The (n, horizon) means that a model returned. Raises PluginError where they have another shape."""
    if np.shape(made.mean) != (n, horizon):
        raise PluginError(f"model {model.name} returned forecasts of shape {np.shape(made.mean)}, not {(n, horizon)}")
    return np.array(made.mean, dtype=np.float64)
