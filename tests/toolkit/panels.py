"""Forecasters written as a stranger would, for the tests of what the toolkit does with them."""

from types import SimpleNamespace

import numpy as np
from pydantic import PrivateAttr

from toolkit import Forecast, Forecaster, ModelError


class Last(Forecaster):
    """The last value."""

    name = "last"

    def forecast(self, panel, horizon):
        return Forecast(np.repeat(panel.values[:, -1:], horizon, axis=1))


class Mean(Forecaster):
    """The mean of everything, learnt from all series at once; needs three values of each."""

    name = "mean"
    trained = True
    kept = True
    _mean: float = 0.0
    _fits: list[int] = PrivateAttr(default_factory=list)

    def fit(self, panel, horizon, seed):
        if not len(panel.ids):
            raise ModelError("mean has nothing to learn from")
        self._mean = float(np.nanmean(panel.values))
        self._fits = [*self._fits, panel.values.shape[1]]

    def forecast(self, panel, horizon):
        mean = np.full((len(panel.ids), horizon), self._mean)
        mean[panel.lengths < 3] = np.nan
        return Forecast(mean)


class Cautious(Forecaster):
    """Its own quantiles, which cross."""

    name = "cautious"

    def forecast(self, panel, horizon):
        mean = np.repeat(panel.values[:, -1:], horizon, axis=1)
        return Forecast(mean, quantiles={0.1: mean + 1, 0.5: mean, 0.9: mean - 1, 0.025: mean - 2, 0.975: mean + 2})


class Wide(Forecaster):
    """One step too many."""

    name = "wide"

    def forecast(self, panel, horizon):
        return Forecast(np.zeros((len(panel.ids), horizon + 1)))


MODELS = {model.name: model for model in (Last, Mean, Cautious, Wide)}


class Strangers:
    """A host that knows these models alone."""

    def model(self, verb, name):
        return MODELS[name]

    def plugin_of(self, verb, name):
        return SimpleNamespace(distribution="strangers", version="1")
