"""What can be asked about viewers."""

from __future__ import annotations

import pytest

from toolkit.errors import SettingsError
from toolkit.settings import build
from toolkit.tasks import HABITS
from toolkit.viewer_requests import (
    ChurnRequest,
    EvaluateViewersRequest,
    HabitsRequest,
    PurchaseRequest,
    WatchTimeRequest,
    days_of,
)


@pytest.mark.parametrize(("text", "days"), [("28d", 28), ("28", 28), ("4w", 28), ("1 day", 1), (" 2 Weeks ", 14)])
def test_times_are_days_or_weeks(text: str, days: int) -> None:
    assert days_of(text) == days


@pytest.mark.parametrize("text", ["", "0d", "28h", "-1", "400d", "d", "1.5d"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--within: "):
        build(ChurnRequest, {"within": text})


def test_requests_name_their_tasks() -> None:
    assert build(HabitsRequest, {}).tasks == HABITS
    assert build(HabitsRequest, {"task": ("active-week", "active-week")}).tasks == ("active-week",)
    assert (build(ChurnRequest, {}).days, build(PurchaseRequest, {"within": 14}).days) == (28, 14)
    assert build(WatchTimeRequest, {}).tasks == ("watch-time",)
    assert build(EvaluateViewersRequest, {}).days == 28
    assert build(HabitsRequest, {"as_of": "2026-10-01"}).day == "2026-10-01"


def test_wrong_tasks_and_days_are_refused() -> None:
    with pytest.raises(SettingsError, match="no habit"):
        build(HabitsRequest, {"task": ("churn",)})
    with pytest.raises(SettingsError, match="is no day"):
        build(PurchaseRequest, {"as_of": "1st of May"})
