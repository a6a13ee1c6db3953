"""What can be asked about series: which ones, how far ahead, and with which intervals."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from toolkit.event_series import Grouping
from toolkit.model import setting

# Steps ahead where nobody says how many: some seasons, and what M4 takes for hours, weeks, months, quarters and years.
HORIZONS = {"hour": 48, "day": 28, "week": 13, "month": 18, "quarter": 8, "year": 6}
OTHER_HORIZON = 24
LONGEST, MOST_LEVEL = 2_000, 99.9


def checked_day(text: str | None) -> str | None:
    """The text, if it is a day such as 2026-10-01 or None. Raises ValueError where it is not."""
    if text is not None:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is no day; say it as 2026-10-01") from error
    return text


class SeriesRequest(BaseModel):
    """Which series."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    by: Grouping | None = setting(
        None, "Add tickets or watches up by title, by cinema (tickets) or by genre; in total unless given"
    )
    id: tuple[str, ...] = setting((), "Only this series; may be repeated")
    as_of: str | None = setting(None, "Use only what was known by the end of this day, such as 2026-10-01")
    frequency: str | None = setting(
        None, "Step of the series: hour, day, week, month, quarter, year; found unless given"
    )

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, text: str | None) -> str | None:
        return checked_day(text)


class HorizonRequest(SeriesRequest):
    """How far ahead they are forecast, and with which intervals."""

    horizon: int | None = setting(
        None,
        "Steps ahead; unless given, 48 hours, 28 days, 13 weeks, 18 months, 8 quarters or 6 years",
        ge=1,
        le=LONGEST,
    )
    level: tuple[float, ...] = setting(
        (80.0, 95.0), "Share of outcomes that an interval is to hold, in %; may be repeated"
    )
    seed: int = setting(0, "Random seed", ge=0)

    @field_validator("level")
    @classmethod
    def _are_shares(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        for level in levels:
            if not 0 < level <= MOST_LEVEL:
                raise ValueError(f"{level:g} is no share of outcomes; it lies between 0 and {MOST_LEVEL:g}")
        return tuple(sorted(set(levels)))


class ForecastRequest(HorizonRequest):
    """What is asked of a forecaster, beside the model's own settings."""

    refit: bool = setting(False, "Fit again even where a model fitted on the same data is saved")


class NamedForecastRequest(ForecastRequest):
    """The same where the model is named by an option."""

    model: str = setting("ensemble", "Forecaster; 'cinekit models' lists them")


class SourcedForecastRequest(ForecastRequest):
    """The same where the series are named by an option."""

    of: Literal["auto", "series", "tickets", "watches"] = setting(
        "auto", "Series to forecast; auto takes loaded ones, else tickets, else watches"
    )


class EvaluateSeriesRequest(HorizonRequest):
    """How forecasters are compared."""

    windows: int = setting(4, "Origins that forecasts are made from, one horizon apart", ge=1, le=100)
    step: int | None = setting(None, "Steps between origins; a horizon unless given", ge=1, le=LONGEST)


def probabilities_of(levels: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles at the ends of intervals, with the median, in order.

    >>> probabilities_of((80.0,))
    (0.1, 0.5, 0.9)
    """
    ends = {round(0.5 + side * level / 200, 6) for level in levels for side in (-1, 1)}
    return tuple(sorted(ends | {0.5}))


def horizon_of(request: HorizonRequest, frequency: str) -> int:
    """Steps ahead for series of a frequency."""
    return request.horizon or HORIZONS.get(frequency, OTHER_HORIZON)
