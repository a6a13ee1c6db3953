"""Examples of viewers: cut by time with an embargo, alike for the same seed, and never beyond what is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import ModelError, UsageError
from toolkit.history import midnight_after
from toolkit.tasks import HORIZONS
from toolkit.testing.histories import drawn_history
from toolkit.viewer_examples import (
    MOST_ORIGINS,
    ExampleMaker,
    check_split,
    cut_for_test,
    fitting_examples,
    held_out_examples,
    spaced,
)
from toolkit.viewer_sources import examples_of

HISTORY = drawn_history(3, viewers=30, days=100, watches=2000)


@pytest.mark.parametrize("name", HORIZONS)
def test_everything_is_learnt_a_horizon_before_it_is_tested(name: str) -> None:
    horizon = HORIZONS[name]
    fitting, held_out = examples_of(HISTORY, ExampleMaker(HISTORY), name, horizon, 0)
    cut = cut_for_test(HISTORY, horizon)
    days = np.timedelta64(horizon, "D")
    assert fitting.all.origins.max() + days <= cut <= held_out.origins.min()
    assert held_out.origins.max() + days <= HISTORY.last_day
    assert (fitting.all.labels >= 0).all()
    for examples in (fitting.all, held_out):
        assert len({examples.viewers.size, examples.features.shape[0], len(examples.steps), len(examples.labels)}) == 1
        assert examples.features.shape[1] == len(examples.feature_names)
        assert examples.features.dtype == examples.sequences.dtype == np.float32


@pytest.mark.parametrize("name", ["active-week", "minutes-tomorrow", "next-title"])
def test_training_is_the_same_whatever_comes_after_the_cut(name: str) -> None:
    horizon = HORIZONS[name]
    fitting, _ = examples_of(HISTORY, ExampleMaker(HISTORY), name, horizon, 0)
    known = HISTORY.until(cut_for_test(HISTORY, horizon))
    again = fitting_examples(ExampleMaker(known), name, horizon, 0)
    assert fitting.classes.task == again.classes.task
    np.testing.assert_array_equal(fitting.all.features, again.all.features)
    np.testing.assert_array_equal(fitting.all.labels, again.all.labels)


def test_calibration_is_on_the_latest_origins_and_by_other_viewers() -> None:
    fitting = fitting_examples(ExampleMaker(HISTORY), "active-tomorrow", 1, 0)
    latest = fitting.all.origins[fitting.latest]
    assert latest.min() > np.setdiff1d(fitting.all.origins, latest).max()
    assert latest.max() == fitting.all.origins.max() == HISTORY.last_day - np.timedelta64(1, "D")
    for viewer in np.unique(fitting.all.viewers):
        assert np.unique(fitting.folds[fitting.all.viewers == viewer]).size == 1
    assert np.unique(fitting.folds).size == 3


def test_titles_that_were_not_known_count_as_missed() -> None:
    cut = np.datetime64("2025-02-20")
    early = HISTORY.activity.times < midnight_after(np.array([cut]))
    titles = np.where(early & (HISTORY.activity.titles == 4), 0, HISTORY.activity.titles)  # the last comes out later
    history = replace(HISTORY, activity=replace(HISTORY.activity, titles=titles))
    fitting = fitting_examples(ExampleMaker(history.until(cut)), "next-title", 28, 0)
    assert fitting.folds is None
    assert fitting.all.recent.shape == (fitting.all.viewers.size, 32)
    assert fitting.classes.task.classes == ("t0", "t1", "t2", "t3")
    held_out = held_out_examples(ExampleMaker(history), fitting.classes, cut, 0)
    assert 0.1 < (held_out.labels == -1).mean() < 0.4
    assert held_out.recent.min() == -1


def test_viewers_are_drawn_where_there_are_too_many() -> None:
    maker = ExampleMaker(HISTORY)
    origins = spaced(np.datetime64("2025-02-01"), np.datetime64("2025-03-01"), 20)
    rows, days = maker.pairs("active-week", origins, 1, most=200)
    assert 100 < rows.size < 300
    assert np.unique(days).size == origins.size
    again = maker.pairs("active-week", origins, 1, most=200)
    np.testing.assert_array_equal(rows, again[0])
    assert not np.array_equal(rows, maker.pairs("active-week", origins, 2, most=200)[0])


@given(days=st.integers(1, 900), most=st.integers(1, 40))
def test_origins_end_with_the_last_day_and_are_on_all_weekdays_in_turn(days: int, most: int) -> None:
    first = np.datetime64("2024-01-01", "D")
    last = first + (days - 1)
    found = spaced(first, last, most)
    assert 1 <= found.size <= most
    assert (found[-1], found[0] >= first) == (last, True)
    if found.size >= 7:
        assert np.unique((found.astype(np.int64)) % 7).size == 7


def test_a_short_history_is_said() -> None:
    short = drawn_history(1, days=20)
    with pytest.raises(
        ModelError, match=r"churn: a horizon of 28 days needs at least 43 days of history, and there are 20"
    ):
        fitting_examples(ExampleMaker(short), "churn", 28, 0)
    with pytest.raises(ModelError, match="shorter than its horizon"):
        examples_of(short, ExampleMaker(short), "churn", 28, 0)


def test_a_random_split_is_refused() -> None:
    check_split("cutoff")
    for split in ("random", "viewers"):
        with pytest.raises(UsageError, match=f"cannot be split {split}: a viewer's later days"):
            check_split(split)
        with pytest.raises(UsageError):
            cut_for_test(HISTORY, 7, split)
    assert MOST_ORIGINS % 7 == 0
