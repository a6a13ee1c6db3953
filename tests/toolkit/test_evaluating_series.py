import numpy as np
import pytest

from tests.toolkit.panels import Last, Strangers
from tests.toolkit.test_forecasting import load
from toolkit.errors import ModelError, UsageError
from toolkit.evaluating_series import as_table, evaluate_forecasters, judge_panel, windows_of
from toolkit.series_requests import EvaluateSeriesRequest
from toolkit.testing.made_series import panel_of

HOST = Strangers()
SERIES = ("series",)


def weeks(n, noise=0.0, seed=0):
    """A week's pattern of n days, with noise."""
    return 50 + 10 * np.sin(np.arange(n) * 2 * np.pi / 7) + noise * np.random.default_rng(seed).normal(size=n)


def test_windows_lie_a_horizon_apart_and_know_what_came():
    part = windows_of(panel_of([np.arange(30.0)]), EvaluateSeriesRequest(horizon=3, windows=2))
    assert [window.back for window in part.windows] == [3, 6]
    np.testing.assert_array_equal(part.windows[0].actual, [[27, 28, 29]])
    np.testing.assert_array_equal(part.windows[1].actual, [[24, 25, 26]])
    assert part.windows[1].known.values[0, -1] == 23


def test_errors_are_those_worked_by_hand():
    # The last value of a straight line misses by 1, 2 and 3; values a week apart differ by 7.
    part = windows_of(panel_of([np.arange(50.0)]), EvaluateSeriesRequest(horizon=3, windows=2))
    found = judge_panel(Last(), part, (80.0,), seed=0)
    assert found["mase"][0] == pytest.approx(2 / 7)
    assert found["rmsse"][0] == pytest.approx(np.sqrt(14 / 3))


def test_what_came_after_an_origin_changes_nothing_that_was_made_there():
    values = weeks(120, noise=3)
    spoilt = values.copy()
    spoilt[-7:] += 1000
    request = EvaluateSeriesRequest(horizon=7, windows=1)
    found = [judge_panel(Last(), windows_of(panel_of([v]), request), (80.0,), seed=0) for v in (values, spoilt)]
    # Forecast and interval are the same: what lies outside by 1000 costs 2 / .2 times as much.
    apart = found[1]["msis_80"][0] - found[0]["msis_80"][0]
    scale = np.abs(values[7:-7] - values[:-14]).mean()
    assert apart == pytest.approx(10 * 1000 / scale, rel=0.02)


def test_nobody_is_judged_by_a_gap_nor_from_within_one():
    panel = panel_of([np.arange(30.0)])
    gaps = np.zeros((1, 30), dtype=bool)
    gaps[0, [25, 29]] = True
    part = windows_of(panel, EvaluateSeriesRequest(horizon=2, windows=3), gaps)
    # What came at 28, 29; 26, 27, after an end at 25; and 24, 25.
    found = [window.actual[0].tolist() for window in part.windows]
    np.testing.assert_array_equal(found, [[28, np.nan], [np.nan, np.nan], [24, np.nan]])


def test_intervals_of_a_known_noise_hold_what_they_promise():
    rows = [50 + np.random.default_rng(seed).normal(size=200) for seed in range(150)]
    part = windows_of(panel_of(rows), EvaluateSeriesRequest(horizon=5, windows=4))
    found = judge_panel(Last(), part, (80.0, 95.0), seed=0)
    assert found["coverage_80"].mean() == pytest.approx(0.8, abs=0.03)
    assert found["coverage_95"].mean() == pytest.approx(0.95, abs=0.02)


def test_models_are_compared_with_naive2_and_stored(warehouse):
    load(warehouse, a=weeks(100, 1, 1), b=weeks(90, 1, 2), tiny=[1.0, 2.0])
    done = evaluate_forecasters(
        warehouse, HOST, ["last", "mean"], {}, EvaluateSeriesRequest(horizon=7, windows=2), SERIES
    )
    assert (done.series, done.short, done.windows) == (2, 1, 4)
    table = as_table(done.metrics)
    assert table["model"].to_list()[0] == "naive2"
    assert table.filter(model="naive2")["owa"].item() == pytest.approx(1)
    stored = warehouse.query("SELECT DISTINCT model, split, k, task, series FROM metrics ORDER BY model")
    assert stored.rows() == [(m, "windows", 2, "series", 2) for m in ("last", "mean", "naive2")]
    assert warehouse.repeated_keys() == []


def test_a_model_that_fails_does_not_stop_the_others(warehouse):
    load(warehouse, a=weeks(100))
    done = evaluate_forecasters(warehouse, HOST, ["wide", "last"], {}, EvaluateSeriesRequest(horizon=7), SERIES)
    assert set(done.failed) == {"wide"}
    assert set(done.metrics["model"]) == {"naive2", "last"}


def test_what_cannot_be_judged_is_one_line(warehouse):
    load(warehouse, a=[1.0, 2.0, 3.0])
    with pytest.raises(ModelError, match="too short"):
        evaluate_forecasters(warehouse, HOST, ["last"], {}, EvaluateSeriesRequest(horizon=7), SERIES)
    with pytest.raises(UsageError, match="once"):
        evaluate_forecasters(warehouse, HOST, ["last", "last"], {}, EvaluateSeriesRequest(horizon=1), SERIES)
    with pytest.raises(UsageError, match="once"):
        evaluate_forecasters(warehouse, HOST, [], {}, EvaluateSeriesRequest(horizon=1), SERIES)
