"""A good forecaster keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import Forecast, Forecaster, ModelError, setting
from toolkit.testing import ForecasterContract


class Level(Forecaster):
    """The mean of all series, learnt, and each one's own last value."""

    name = "level"
    trained = True
    kept = True
    share: float = setting(0.5, "How much the mean of all counts", ge=0, le=1)
    _mean: float
    _noise: float

    def fit(self, panel, horizon, seed):
        if not panel.lengths.any():
            raise ModelError("level has nothing to learn from; load series")
        self._mean = float(np.nanmean(panel.values))
        self._noise = float(np.random.default_rng(seed).random())

    def forecast(self, panel, horizon):
        last = self.share * (self._mean + self._noise) + (1 - self.share) * panel.values[:, -1:]
        return Forecast(np.repeat(last, horizon, axis=1))


class Reading(Level):
    """Declares tables that nobody gives it."""

    name = "reading"
    reads = ("raw.titles",)


class Short(Level):
    """A step too few."""

    name = "short"

    def forecast(self, panel, horizon):
        return super().forecast(panel, horizon - 1)


class Bare(Level):
    """Numbers without a Forecast."""

    name = "bare"

    def forecast(self, panel, horizon):
        return super().forecast(panel, horizon).mean


class Rough(Level):
    """Numbers of half the size."""

    name = "rough"

    def forecast(self, panel, horizon):
        return Forecast(super().forecast(panel, horizon).mean.astype(np.float32))


class Crooked(Level):
    """A quantile of another shape."""

    name = "crooked"

    def forecast(self, panel, horizon):
        return Forecast(super().forecast(panel, horizon).mean, quantiles={0.5: np.zeros(horizon)})


class Lost(Level):
    """Nothing but NaN."""

    name = "lost"

    def forecast(self, panel, horizon):
        return Forecast(np.full((len(panel.ids), horizon), np.nan))


class Strange(Level):
    """Speaks of a series that there is not."""

    name = "strange"

    def forecast(self, panel, horizon):
        return Forecast(super().forecast(panel, horizon).mean, methods={len(panel.ids): "none"})


class Random(Level):
    """Does not heed the seed."""

    name = "random"

    def fit(self, panel, horizon, seed):
        super().fit(panel, horizon, np.random.default_rng().integers(2**31))


class Ageing(Level):
    """Changes when it is asked."""

    name = "ageing"

    def forecast(self, panel, horizon):
        made = super().forecast(panel, horizon)
        self._mean += panel.values.shape[1] == 84
        return made

    def backtest(self, panel, horizon, backs):
        return Forecaster.backtest(self, panel, horizon, backs)


class Hasty(Level):
    """Needs two values."""

    name = "hasty"

    def forecast(self, panel, horizon):
        panel.values[:, -2]
        return super().forecast(panel, horizon)


class Forgetful(Level):
    """Keeps what it learns where it is not saved."""

    name = "forgetful"

    def fit(self, panel, horizon, seed):
        super().fit(panel, horizon, seed)
        object.__setattr__(self, "_kept", 5.0)

    def forecast(self, panel, horizon):
        return Forecast(super().forecast(panel, horizon).mean + self.__dict__.get("_kept", 0.0))


class Filling(Level):
    """Fills what is missing in the panel that it is given."""

    name = "filling"

    def fit(self, panel, horizon, seed):
        super().fit(panel, horizon, seed)
        panel.values[np.isnan(panel.values)] = 0


class Talking(Level):
    """Prints."""

    name = "talking"

    def fit(self, panel, horizon, seed):
        print("epoch 1")
        super().fit(panel, horizon, seed)


class Hindsight(Level):
    """Looks ahead in its backtest."""

    name = "hindsight"

    def backtest(self, panel, horizon, backs):
        return super().backtest(panel, horizon, backs) + 1


class Unable(Level):
    """Fails in its backtest."""

    name = "unable"

    def backtest(self, panel, horizon, backs):
        raise ZeroDivisionError("no ends")


BROKEN = [
    (Reading, "test_it_reads_only_what_it_declares", "a Forecaster is given no tables; remove it"),
    (Short, "test_it_returns_what_it_promises", r"the mean has the shape \(4, 6\)"),
    (Bare, "test_it_returns_what_it_promises", r"return Forecast\(mean\)"),
    (Rough, "test_it_returns_what_it_promises", "the mean is of float32; return np.float64"),
    (Crooked, "test_it_returns_what_it_promises", r"quantile 0.5 has the shape \(7,\)"),
    (Lost, "test_it_returns_what_it_promises", "not one number is forecast"),
    (Strange, "test_it_returns_what_it_promises", r"methods speaks of series \[4\]"),
    (Random, "test_the_same_seed_gives_the_same", "differ in mean"),
    (Ageing, "test_asking_does_not_change_it", "answers differently in mean"),
    (Hasty, "test_it_survives_empty_and_tiny_input", "with a series of one value: it raised IndexError"),
    (Forgetful, "test_it_comes_back_as_it_was_saved", "answers differently in mean"),
    (Filling, "test_it_does_not_change_its_input", "changes values"),
    (Talking, "test_it_prints_nothing", "epoch 1"),
    (Hindsight, "test_its_backtest_is_what_it_forecast_then", "other numbers than forecast"),
    (Unable, "test_its_backtest_is_what_it_forecast_then", "ZeroDivisionError: no ends"),
]


def test_a_good_forecaster_keeps_its_contract(tmp_path: Path) -> None:
    assert failing(contract_of(ForecasterContract, Level, settings={"share": 0.125}), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "check", "says"), BROKEN, ids=[model.__name__ for model, _, _ in BROKEN])
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type, check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(ForecasterContract, model), check, says, tmp_path)
