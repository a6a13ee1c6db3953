"""Naive2, against hand-worked values and against what the M4 competition published."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

import toolkit.naive2
from tests.plugins.predict.m4 import Competition
from toolkit.naive2 import naive2
from toolkit.series_metrics import mase, owa, seasonal_scale, smape

NAN = float("nan")


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.naive2)
    assert result.attempted == 1
    assert not result.failed


def test_the_season_goes_on_from_where_the_values_end() -> None:
    # trend 2 throughout; indices ½, 1 and 3/2, and the last value is at the second of them
    values = np.array([[1.0, 2, 3] * 4 + [1, 2]])
    np.testing.assert_allclose(naive2(values, 4, 3), [[3, 1, 2, 3]])


def test_without_a_season_it_is_the_last_value() -> None:
    values = np.array([[3.0, 8, 5, 4], [NAN, NAN, NAN, 7]])
    for season in (1, 2, 12):
        assert naive2(values, 2, season).tolist() == [[4, 4], [7, 7]]


def test_values_of_0_forbid_the_decomposition() -> None:
    assert naive2(np.array([[0.0, 2] * 10]), 3, 2).tolist() == [[2, 2, 2]]


def test_a_series_without_values_has_no_forecast() -> None:
    assert np.isnan(naive2(np.full((2, 3), NAN), 2, 2)).all()
    assert np.isnan(naive2(np.empty((2, 0)), 2, 2)).all()


def test_padding_in_front_changes_nothing() -> None:
    random = np.random.default_rng(1)
    values = random.gamma(50, size=(3, 40)) * (2 + np.sin(np.arange(40) * 2 * np.pi / 5))
    padded = np.concatenate([np.full((3, 7), NAN), values], axis=1)
    np.testing.assert_allclose(naive2(padded, 8, 5), naive2(values, 8, 5), rtol=1e-12)
    assert np.ptp(naive2(values, 8, 5), axis=1).min() > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "series", "published"), [("Hourly", 414, (18.383, 2.395)), ("Weekly", 359, (9.161, 2.777))]
)
def test_it_comes_to_the_published_figures(
    real_data: Path, name: str, series: int, published: tuple[float, float]
) -> None:
    competition = Competition.of(real_data, name)
    known, actual, season = competition.panel.values, competition.actual, competition.season
    forecast = naive2(known, actual.shape[1], season)
    errors = smape(actual, forecast), mase(actual, forecast, seasonal_scale(known, season))
    assert known.shape[0] == actual.shape[0] == series
    assert tuple(round(float(error.mean()), 3) for error in errors) == published
    assert owa(*errors, *errors).mean() == pytest.approx(1)
