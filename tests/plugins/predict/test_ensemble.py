"""The ensemble's weights, by hand, and its accuracy on the series of the M4 competition."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from plugins.predict.ensemble import Ensemble
from plugins.predict.seasonal_naive import SeasonalNaive
from plugins.predict.theta import Theta
from tests.plugins.predict.m4 import Competition
from toolkit.errors import UsageError
from toolkit.frequency import HOUR
from toolkit.testing.made_series import panel_of


def test_weights_by_hand() -> None:
    # 2 steps held out of 1 2 1 2 3 2: seasonal naive of 2 says 1 2, naive says 2 2; mean squared errors 4/2 and 1/2,
    # weights 1/4 and 4. Then 3 2 and 2 2 are combined.
    model = Ensemble(pool=("naive",), season=2, origins=1)
    made = model.forecast(panel_of([[1, 2, 1, 2, 3, 2]]), 2)
    np.testing.assert_allclose(made.mean, [[(0.25 * 3 + 4 * 2) / 4.25, 2]])
    assert made.methods == {}


def test_errors_of_several_origins_are_averaged() -> None:
    # the last three values, 7 7 8: naive has erred by -2, 0 and 1, seasonal naive of 2 by -2, -2 and 1;
    # mean squares 5/3 and 9/3
    model = Ensemble(pool=("naive",), season=2, origins=3)
    made = model.forecast(panel_of([[9, 9, 9, 9, 9, 7, 7, 8]]), 1)
    naive, seasonal = (3 / 5) ** 2, (3 / 9) ** 2
    np.testing.assert_allclose(made.mean, [[(naive * 8 + seasonal * 7) / (naive + seasonal)]])


def test_a_method_that_has_never_erred_takes_all() -> None:
    shape = [5.0, 1.0, 2.0, 9.0, 4.0, 3.0, 7.0]
    made = Ensemble().forecast(panel_of([shape * 8]), 10).mean
    np.testing.assert_allclose(made[0], (shape * 2)[:10], rtol=1e-9)


def test_the_pool_has_seasonal_naive_at_each_season_of_the_frequency() -> None:
    times = np.arange(168 * 4)
    by_hour = np.random.default_rng(0).normal(size=168)[times % 168]
    panel = panel_of([by_hour], frequency=HOUR)
    ahead = SeasonalNaive(season=168).forecast(panel, 48).mean
    np.testing.assert_allclose(Ensemble(pool=("naive",)).forecast(panel, 48).mean, ahead)
    assert np.abs(Ensemble(pool=("naive",), season=24).forecast(panel, 48).mean - ahead).max() > 0.5


def test_a_pool_of_seasonal_naive_alone_is_seasonal_naive() -> None:
    panel = panel_of([np.random.default_rng(4).normal(size=50), [1, 2, 3]])
    made = Ensemble(pool=("seasonal-naive",), season=7).forecast(panel, 9).mean
    np.testing.assert_allclose(made, SeasonalNaive(season=7).forecast(panel, 9).mean)


def test_short_series_are_held_out_in_shorter_pieces_or_not_at_all() -> None:
    rng = np.random.default_rng(6)
    panel = panel_of([rng.normal(size=length) for length in (84, 83, 41, 5, 4, 3)])
    made = Ensemble().forecast(panel, 28)
    assert made.methods == {
        1: "weights from hold-outs of 14 steps, as the series is short for 28 steps ahead",
        2: "weights from hold-outs of 7 steps, as the series is short for 28 steps ahead",
        3: "weights from hold-outs of 1 step, as the series is short for 28 steps ahead",
        4: "equal weights, as the series is short for 28 steps ahead",
        5: "naive, as there are 3 values",
    }


def test_weights_are_equal_where_nothing_can_be_held_out() -> None:
    values = [1.0, 3.0, 2.0, 6.0]
    panel = panel_of([values])
    made = Ensemble(pool=("naive", "theta"), season=2).forecast(panel, 2).mean[0]
    pool = SeasonalNaive(season=2), SeasonalNaive(season=1), Theta(season=2)
    parts = [model.forecast(panel, 2).mean[0] for model in pool]
    np.testing.assert_allclose(made, np.mean(parts, axis=0))


def test_an_unknown_method_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no method 'arima' to combine; choose from naive, seasonal-naive, theta"):
        Ensemble(pool=("theta", "arima")).forecast(panel_of([[1, 2, 3]]), 2)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bar"), [("Hourly", 0.5), ("Weekly", 0.75)])
def test_the_overall_weighted_average_on_m4(real_data: Path, name: str, bar: float) -> None:
    m4 = Competition.of(real_data, name)
    assert m4.owa(Ensemble().forecast(m4.panel, m4.horizon).mean) <= bar


@pytest.mark.slow
def test_no_method_of_the_pool_is_as_good_as_all_of_them(real_data: Path) -> None:
    m4 = Competition.of(real_data, "Weekly")
    models = [Ensemble(), *Ensemble()._members(m4.panel)]
    together, *alone = [m4.owa(model.forecast(m4.panel, m4.horizon).mean) for model in models]
    assert together < min(alone)


def test_forecasts_of_the_whole_pool_are_never_held_for_all_series() -> None:
    model = Ensemble(pool=("naive",), origins=20)
    values = 100 + np.random.default_rng(0).normal(size=(16_000, 60))
    peaks = []
    for n in (4_000, 16_000):
        panel = panel_of(values[:n])
        tracemalloc.start()
        model.forecast(panel, 14)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 3 methods at 21 origins would be 63 forecasts a series
    assert peaks[1] - peaks[0] < 12_000 * 8 * (60 + 14 * 15)
