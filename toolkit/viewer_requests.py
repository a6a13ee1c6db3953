"""What can be asked about viewers: which tasks, as of which day, and how far ahead."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from toolkit.model import setting
from toolkit.series_requests import checked_day
from toolkit.tasks import ALL_TASKS, HABITS, WATCH_TIME

LONGEST = 365


class AskedRequest(BaseModel, ABC):
    """What is asked of a classifier, beside its own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = setting(0, "Random seed", ge=0)

    @property
    @abstractmethod
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that are asked."""

    @property
    def day(self) -> str | None:
        """The last day that may be known; None where it is the last complete one."""
        return None

    @property
    def days(self) -> int | None:
        """Days within which churn or a purchase is looked for; None where the task has its own."""
        return None


class WatchTimeRequest(AskedRequest):
    """How much viewers of a plain table watch on the next day."""

    model: str = setting("logistic", "Classifier; 'cinekit models' lists them")

    @property
    def tasks(self) -> tuple[str, ...]:
        """Watch time."""
        return (WATCH_TIME,)


class ViewersRequest(AskedRequest):
    """The same as of a day."""

    as_of: str | None = setting(
        None, "Use only what was known by the end of this day, such as 2026-10-01; unless given, the last complete day"
    )

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, text: str | None) -> str | None:
        return checked_day(text)

    @property
    def day(self) -> str | None:
        """The day that was given."""
        return self.as_of


class HabitsRequest(ViewersRequest):
    """What viewers do next: active tomorrow, active within 7 days, minutes, part of the day, title."""

    model: str = setting("logistic", "Classifier; 'cinekit models' lists them")
    task: tuple[str, ...] = setting((), f"Only this one of {', '.join(HABITS)}; may be repeated")

    @field_validator("task")
    @classmethod
    def _are_habits(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        return checked_tasks(tasks, HABITS, "habit")

    @property
    def tasks(self) -> tuple[str, ...]:
        """Those that were named, or all five."""
        return self.task or HABITS


class Ahead(BaseModel):
    """How far ahead churn and purchases are looked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    within: str = setting("28d", "Days ahead, such as 28d, or weeks, such as 4w")

    @field_validator("within", mode="before")
    @classmethod
    def _is_a_time(cls, text: object) -> str:
        days_of(str(text))
        return str(text)

    @property
    def days(self) -> int:
        """Days ahead."""
        return days_of(self.within)


class WithinRequest(Ahead, ViewersRequest):
    """The same where the user says how far ahead."""


class ChurnRequest(WithinRequest):
    """Who of those active in the last 28 days will not come back within the days ahead."""

    model: str = setting("logistic", "Classifier; 'cinekit models' lists them")
    of: Literal["auto", "viewers", "customers"] = setting(
        "auto", "Viewers of the watch history, or customers of a plain table; auto takes customers where there are some"
    )

    @property
    def tasks(self) -> tuple[str, ...]:
        """Churn."""
        return ("churn",)


class PurchaseRequest(WithinRequest):
    """Who will buy a ticket within the days ahead."""

    model: str = setting("logistic", "Classifier; 'cinekit models' lists them")

    @property
    def tasks(self) -> tuple[str, ...]:
        """Purchase."""
        return ("purchase",)


class TasksRequest(WithinRequest):
    """The same where the model is the command and tasks are named by an option."""

    task: tuple[str, ...] = setting((), f"One of {', '.join(ALL_TASKS)}; may be repeated; the habits unless given")

    @field_validator("task")
    @classmethod
    def _are_tasks(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        return checked_tasks(tasks, ALL_TASKS, "task")

    @property
    def tasks(self) -> tuple[str, ...]:
        """Those that were named, or the habits."""
        return self.task or HABITS


class EvaluateViewersRequest(Ahead):
    """How classifiers are compared."""

    of: Literal["auto", "viewers", "customers", "watch-times"] = setting(
        "auto", "Whom the tasks are about: viewers of a history, customers or minutes of a plain table; auto takes all"
    )
    task: tuple[str, ...] = setting((), f"Only this one of {', '.join(ALL_TASKS)}; may be repeated")
    split: str = setting("cutoff", "How test data are held out; viewers are cut by time, never at random")
    seed: int = setting(0, "Random seed", ge=0)


def checked_tasks(tasks: tuple[str, ...], among: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The tasks, each once. Raises ValueError where one is none of those among which they are to be."""
    for name in tasks:
        if name not in among:
            raise ValueError(f"{name!r} is no {kind}; say {', '.join(among)}")
    return tuple(dict.fromkeys(tasks))


def days_of(text: str) -> int:
    """Days of a time such as "28d", "28" or "4w".

    Raises:
        ValueError: it is no such time, less than a day or more than a year.

    >>> days_of("4w")
    28
    """
    found = re.fullmatch(r"\s*(\d{1,4})\s*(d|days?|w|weeks?)?\s*", text.lower())
    days = int(found[1]) * (7 if (found[2] or "d").startswith("w") else 1) if found else 0
    if not 1 <= days <= LONGEST:
        raise ValueError(f"{text!r} is no time from 1 to {LONGEST} days; say it as 28d or 4w")
    return days
