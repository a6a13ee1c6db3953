"""The bootstrap over viewers."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

import toolkit.intervals
from toolkit.errors import ModelError
from toolkit.intervals import bootstrap_interval, bootstrap_intervals, paired_difference


def test_examples_in_docstrings() -> None:
    assert not doctest.testmod(toolkit.intervals).failed


def test_the_interval_is_that_of_the_central_limit() -> None:
    values = np.random.default_rng(1).normal(3, 2, size=2000)
    mean, low, high = bootstrap_interval(values, seed=2, draws=8000)
    error = values.std() / np.sqrt(values.size)
    assert mean == pytest.approx(values.mean())
    assert low == pytest.approx(mean - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.1 * error)


def test_two_viewers_hand_worked() -> None:
    # the mean of two draws from {0, 1} is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4
    assert bootstrap_interval([0, 1], seed=0) == (0.5, 0.0, 1.0)
    assert bootstrap_interval([0, 1], seed=0, level=0.4) == (0.5, 0.5, 0.5)


def test_measures_share_their_draws_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).random((300, 3))
    together = bootstrap_intervals(values, seed=4)
    np.testing.assert_allclose(together[:, 1], bootstrap_interval(values[:, 1], seed=4))
    monkeypatch.setattr(toolkit.intervals, "_BLOCK_CELLS", 1200)
    np.testing.assert_allclose(bootstrap_intervals(values, seed=4), together)
    assert (bootstrap_intervals(values, seed=5) != together)[1:].any()


def test_a_difference_of_the_same_viewers_is_surer_than_its_parts() -> None:
    random = np.random.default_rng(3)
    base = random.random(500)
    mean, low, high = paired_difference(base + 0.01, base + random.normal(0, 0.01, 500), seed=0)
    assert 0 < low < mean < high < 0.02


def test_nobody_has_no_mean() -> None:
    with pytest.raises(ModelError, match="no viewers"):
        bootstrap_interval([], seed=0)
