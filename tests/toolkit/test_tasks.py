"""Tasks: answers worked out by hand, classes from training answers alone, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toolkit.errors import ModelError, UsageError
from toolkit.history import Events
from toolkit.tasks import HORIZONS, check_task, classes_of, eligible, horizon_of, minute_ranges, outcomes
from toolkit.testing.histories import history_of

WATCHES = [
    (0, 0, 90, "2025-01-01 23:30"), (0, 1, 20, "2025-01-02 01:10"), (0, 2, 40, "2025-01-02 19:00"),
    (1, 3, 30, "2025-01-05 06:00"),
]  # fmt: skip
HISTORY = history_of(
    WATCHES, first="2025-01-01", last="2025-02-10", purchases=[(1, 0, 2, "2025-01-09 10:00")]
)  # fmt: skip


def answers(name: str, day: str, horizon: int | None = None) -> list[float]:
    rows = np.arange(3)
    origins = np.full(3, np.datetime64(day, "D"))
    return outcomes(name, HISTORY, rows, origins, horizon or HORIZONS[name]).tolist()


def test_answers_lie_in_the_days_after_the_origin() -> None:
    assert answers("active-tomorrow", "2025-01-01") == [1, 0, 0]
    assert answers("active-week", "2025-01-01") == [1, 1, 0]
    assert answers("active-tomorrow", "2025-01-02") == [0, 0, 0]
    assert answers("minutes-tomorrow", "2025-01-01") == [60, 0, 0]  # those of the night before began before
    assert answers("churn", "2025-01-02") == [1, 0, 1]
    assert answers("purchase", "2025-01-02") == [0, 1, 0]
    assert answers("purchase", "2025-01-02", 6) == [0, 0, 0]
    assert answers("purchase", "2025-01-02", 7) == [0, 1, 0]


def test_the_next_session_is_not_one_that_goes_on() -> None:
    # The watch at 01:10 follows the one that ended at 01:00: the next session is that of the evening.
    assert np.isnan(answers("next-daypart", "2025-01-01")[2])
    assert answers("next-daypart", "2025-01-01")[:2] == [3, 1]
    assert answers("next-title", "2025-01-01")[:2] == [1, 3]


def test_origins_whose_days_are_not_all_known_have_no_answer() -> None:
    assert not np.isnan(answers("active-week", "2025-02-03")).any()
    assert np.isnan(answers("active-week", "2025-02-04")).all()


def test_churn_is_asked_of_those_active_lately_and_other_tasks_of_those_seen() -> None:
    rows = np.arange(3)
    late = np.full(3, np.datetime64("2025-02-01", "D"))
    assert eligible("churn", HISTORY, rows, late).tolist() == [False, True, False]
    assert eligible("active-week", HISTORY, rows, late).tolist() == [True, True, False]
    assert eligible("active-week", HISTORY, rows, np.full(3, np.datetime64("2025-01-03"))).tolist() == [
        True, False, False
    ]  # fmt: skip


def test_minutes_are_cut_at_quartiles_of_the_positive_ones_where_zeros_are_common() -> None:
    classes = minute_ranges("minutes-tomorrow", 1, np.array([0.0] * 10 + [10, 20, 30, 40, 50]))
    assert classes.task.classes == ("0", "under 20", "20 to 30", "30 to 40", "40 or more")
    assert classes.labels(np.array([0, 0.5, 19.9, 20, 35, 1000, np.nan])).tolist() == [0, 1, 1, 2, 3, 4, -1]
    assert classes.task.ordered
    assert classes.low[1:] == classes.high[:-1]
    assert (classes.low[0], classes.high[-1]) == (0, None)


def test_minutes_are_cut_at_fifths_where_zeros_are_rare() -> None:
    classes = minute_ranges("minutes-tomorrow", 1, np.arange(1.0, 102.0))
    assert classes.edges == (21, 41, 61, 81)
    assert classes.task.classes[0] == "under 21"


def test_equal_edges_are_merged() -> None:
    classes = minute_ranges("minutes-tomorrow", 1, np.array([0.0] * 5 + [30.0] * 5))
    assert classes.task.classes == ("0", "under 30", "30 or more")


def test_titles_are_classes_where_somebody_has_watched_them() -> None:
    known = HISTORY.until(np.datetime64("2025-01-02"))
    classes = classes_of("next-title", 28, known, np.array([1.0]))
    assert classes.task.classes == ("t0", "t1", "t2")
    assert classes.task.names == ("Title 0", "Title 1", "Title 2")
    assert classes.labels(np.array([2, 3, np.nan])).tolist() == [2, -1, -1]


def test_what_a_history_does_not_hold_is_said() -> None:
    none = Events(np.zeros(4, dtype=np.int64), *[np.zeros(0, dtype=np.int64)] * 3)
    for name, history in {
        "purchase": replace(HISTORY, purchases=none),
        "minutes-tomorrow": replace(HISTORY, minutes=False),
        "next-daypart": replace(HISTORY, timed=False),
    }.items():
        check_task(name, HISTORY)
        with pytest.raises(ModelError, match=f"^{name}: "):
            check_task(name, history)
    with pytest.raises(ModelError, match="nobody watched"):
        minute_ranges("minutes-tomorrow", 1, np.zeros(3))
    with pytest.raises(ModelError, match="no viewer has an answer"):
        classes_of("churn", 28, HISTORY, np.array([np.nan]))


def test_horizons_are_the_tasks_own_but_for_churn_and_purchase() -> None:
    assert (horizon_of("churn"), horizon_of("churn", 14), horizon_of("active-week", 14)) == (28, 14, 7)
    with pytest.raises(UsageError, match="there is no task sleep"):
        horizon_of("sleep")
    with pytest.raises(UsageError, match="at least a day"):
        horizon_of("churn", 0)
