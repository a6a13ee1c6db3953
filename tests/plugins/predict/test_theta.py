"""Theta methods, against hand-worked values, statsforecast and the published figures of the M4 competition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.predict import theta as module
from plugins.predict.adjusting import AdjustedForecaster
from plugins.predict.theta import DynamicTheta, Theta
from tests.plugins.predict.m4 import Competition
from toolkit.testing.made_series import panel_of


def wandering(length: int = 60) -> np.ndarray:
    rng = np.random.default_rng(length)
    return 50 + np.cumsum(rng.normal(0.4, 1, length))


def test_theta_by_hand() -> None:
    # slope 1, so half of it is the drift; α=.99 errs least: expected 1, 1.5, 2.495, 3.49495, then 4.4949495
    made = Theta().forecast(panel_of([[1, 2, 3, 4]]), 3).mean
    np.testing.assert_allclose(made, [[4.4949495, 4.9949495, 5.4949495]])


def test_theta_is_the_mean_of_its_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEVELS", np.array([0.3]))
    values = wandering()
    times = np.arange(1, values.size + 1)
    slope, intercept = np.polyfit(times, values, 1)
    line = intercept + slope * times
    doubled = 2 * values - line
    level = doubled[0]
    for value in doubled:
        level += 0.3 * (value - level)
    ahead = intercept + slope * (values.size + np.arange(1, 6))
    np.testing.assert_allclose(Theta(season=1).forecast(panel_of([values]), 5).mean[0], (ahead + level) / 2)


@pytest.mark.parametrize(("model", "kind"), [(Theta(season=1), "STM"), (DynamicTheta(season=1, theta=2), "DSTM")])
@pytest.mark.parametrize("length", [4, 11, 60])
def test_theta_is_statsforecasts_with_the_same_parameters(model: AdjustedForecaster, kind: str, length: int) -> None:
    theirs = pytest.importorskip("statsforecast.theta")
    values = wandering(length)
    slope, intercept = np.polyfit(np.arange(1, length + 1), values, 1)
    start = values[0] - (intercept + slope) / 2 if kind == "STM" else values[0] / 2
    fits = [theirs.thetamodel(values, 1, kind, start, alpha, 2.0, 3) for alpha in module._LEVELS]
    best = min(fits, key=lambda fit: float((fit["residuals"] ** 2).sum()))
    expected = theirs.forecast_theta(best, 8)["mean"]
    np.testing.assert_allclose(model.forecast(panel_of([values]), 8).mean[0], expected, rtol=1e-8)


def test_the_best_theta_follows_a_trend_or_leaves_it() -> None:
    steep = np.arange(1, 41.0) ** 1.2
    known = [panel_of([steep[:length]]) for length in range(5, 40)]

    def squared_error(theta: float | None) -> float:
        made = [DynamicTheta(season=1, theta=theta).forecast(panel, 1).mean[0, 0] for panel in known]
        return float(((np.array(made) - steep[5:]) ** 2).sum())

    assert squared_error(None) < min(squared_error(1), squared_error(2))
    flat = np.where(np.arange(40) % 2, 1.0, -1.0)
    free, bent = (DynamicTheta(season=1, theta=theta).forecast(panel_of([flat]), 5).mean for theta in (None, 1.0))
    np.testing.assert_allclose(free, bent, atol=0.1)


def test_theta_of_one_is_simple_exponential_smoothing() -> None:
    values = wandering(30)
    made = DynamicTheta(season=1, theta=1).forecast(panel_of([values]), 4).mean[0]
    levels = []
    for alpha in module._LEVELS:
        level, squares = values[0], 0.0
        for value in values:
            squares += (value - level) ** 2
            level += alpha * (value - level)
        levels.append((squares, level))
    np.testing.assert_allclose(made, np.full(4, min(levels)[1]))


@pytest.mark.parametrize("model", [Theta(), DynamicTheta()])
def test_a_season_comes_back_in_the_forecast(model: AdjustedForecaster) -> None:
    shape = np.array([1.2, 0.8, 1.0, 1.5, 0.5, 0.9, 1.1])
    values = 100 * shape[np.arange(70) % 7]
    made = model.forecast(panel_of([values, values - 100]), 10)
    expected = 100 * shape[np.arange(70, 80) % 7]
    np.testing.assert_allclose(made.mean, [expected, expected - 100], atol=1e-9)
    assert made.methods == {1: "additive season, as there are values of 0 or less"}


def test_series_with_fewer_than_four_values_get_the_last_one() -> None:
    made = Theta().forecast(panel_of([[5], [1, 9], [1, 2, 3], [1, 2, 3, 4]]), 2)
    assert made.mean[:3].tolist() == [[5, 5], [9, 9], [3, 3]]
    assert made.methods == {
        0: "naive, as there is 1 value",
        1: "naive, as there are 2 values",
        2: "naive, as there are 3 values",
    }


def test_only_the_latest_values_count() -> None:
    values = wandering(60)
    other = np.concatenate([values[:20] * 7, values[20:]])
    model = Theta(season=1, latest=40)
    assert (model.forecast(panel_of([values]), 5).mean == model.forecast(panel_of([other]), 5).mean).all()


# Figures of the competition's results, Theta among its benchmarks; it searches α freely, and tests weekly series with
# a season of 1.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "season", "smape", "mase"), [("Hourly", 24, 18.138, 2.455), ("Weekly", 1, 9.093, 2.637)]
)
def test_theta_has_the_published_accuracy_on_m4(
    real_data: Path, name: str, season: int, smape: float, mase: float
) -> None:
    m4 = Competition.of(real_data, name)
    found = m4.accuracy(Theta(season=season, latest=None).forecast(m4.panel, m4.horizon).mean)
    assert found == pytest.approx((smape, mase), rel=0.003)
