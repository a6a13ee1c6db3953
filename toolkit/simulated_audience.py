"""The viewers of a simulation: tastes, activity, membership, and the rhythm of weeks, years and days.

`toolkit.simulator` tells the whole story; this module draws the part of it that is about viewers and time.
Times are seconds from the start of the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from toolkit.simulated_catalogue import DAY, DIRECTIONS, Floats, Integers, float_lists, identifiers
from toolkit.simulated_words import GENRES, OCCUPATIONS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

WATCHING_WEEK = (0.80, 0.80, 0.85, 0.90, 1.15, 1.35, 1.15)
CINEMA_WEEK = (0.55, 0.75, 0.65, 0.75, 1.30, 1.75, 1.25)
YEARLY_SWING = 0.2
SESSION_SIZES = np.array([0.55, 0.25, 0.12, 0.05, 0.03])
MEAN_SESSION = float(SESSION_SIZES @ np.arange(1, len(SESSION_SIZES) + 1))
WATCHES_PER_DAY, RATE_SPREAD = 0.6, 0.8
CINEMA_VISITS_PER_DAY = 0.02
OPENNESS, CONCENTRATION = 0.2, 1.5
HAZARD_PER_DAY, FADING_SHARE, FADE_DAYS = 1 / 500, 0.7, 45.0
BEFORE_START_SHARE, EARLIEST_JOIN_DAYS = 0.7, 720.0


def _clock(*peaks: tuple[float, float, float]) -> Floats:
    """(24,) intensity by hour, mean 1: a floor and peaks of (hour, width in hours, weight) around the clock."""
    hours = np.arange(24) + 0.5
    curve = np.full(24, 0.05)
    for centre, width, weight in peaks:
        away = np.abs(hours - centre)
        curve += weight * np.exp(-0.5 * (np.minimum(away, 24 - away) / width) ** 2)
    scaled: Floats = curve / curve.mean()
    return scaled


# Early, evening and night people, and the cinema's clock.
CLOCKS = np.stack(
    [
        _clock((8.5, 1.5, 0.5), (15.0, 2.5, 1.0), (19.5, 1.5, 0.6)),
        _clock((20.5, 1.6, 1.0), (14.0, 2.0, 0.15)),
        _clock((23.5, 2.0, 1.0), (18.0, 2.0, 0.3)),
    ]
)
CLOCK_SHARES = np.array([0.25, 0.5, 0.25])
CINEMA_CLOCK = _clock((19.5, 1.3, 1.0), (15.0, 1.5, 0.4))


class Rhythm:
    """An intensity over the window by hour, for each of several clocks, with mean near 1 a day.

    Intensity at a moment = week[weekday] · (1 + YEARLY_SWING · cos(2π (day of year - 15) / 365.25)) · clock[hour],
    constant within an hour.
    """

    def __init__(self, clocks: Floats, week: tuple[float, ...], start: date, days: int) -> None:
        dates = np.datetime64(start, "D") + np.arange(days)
        weekday = (start.weekday() + np.arange(days)) % 7
        in_year = (dates - dates.astype("datetime64[Y]")).astype(np.float64)
        self.days: Floats = np.array(week)[weekday] * (1 + YEARLY_SWING * np.cos(2 * np.pi * (in_year - 14) / 365.25))
        hourly = (self.days[None, :, None] * np.atleast_2d(clocks)[:, None, :] / 24).reshape(-1, days * 24)
        self.span = days * DAY
        self._stride = self.span + 3600
        cumulative = np.zeros((hourly.shape[0], days * 24 + 1))
        np.cumsum(hourly, axis=1, out=cumulative[:, 1:])
        cumulative += np.concatenate([[0.0], np.cumsum(cumulative[:-1, -1])])[:, None]
        times = np.arange(days * 24 + 1) * 3600.0
        self._times = (times + self._stride * np.arange(hourly.shape[0])[:, None]).ravel()
        self._cumulative = cumulative.ravel()
        step = np.diff(self._times, prepend=self._times[0])
        area = step * (self._cumulative + np.concatenate([[0.0], self._cumulative[:-1]])) / 2
        self._area = np.cumsum(area) / DAY

    def cumulative(self, clock: Integers, time: Floats) -> Floats:
        """(n,) the intensity summed up to each time, in days; only differences within one clock have a meaning."""
        total: Floats = np.interp(clock * self._stride + time, self._times, self._cumulative)
        return total

    def inverse(self, clock: Integers, total: Floats) -> Floats:
        """(n,) the times at which `cumulative` reaches these totals."""
        time: Floats = np.interp(total, self._cumulative, self._times) - clock * self._stride
        return time

    def area(self, clock: Integers, time: Floats) -> Floats:
        """(n,) integral of `cumulative` over days up to each time, the trapezoid rule on hours."""
        total: Floats = np.interp(clock * self._stride + time, self._times, self._area)
        return total


@dataclass(frozen=True)
class Audience:
    """Viewers with their truth, in the order of their ids.

    Attributes:
        taste: (n, DIRECTIONS) rows sum to 1.
        watches_per_day: (n,) expected watches on an average day while a member and not fading.
        visits_per_day: (n,) the same for visits to the cinema.
        joined, left: (n,) seconds from the start; `joined` may be negative, `left` beyond the window.
        fades: (n,) whether activity falls over the FADE_DAYS before leaving.
        clock: (n,) 0 early, 1 evening, 2 night.
        age: (n,) years.
        harshness: (n,) what a viewer adds to every rating of theirs.
        rating_share: (n,) probability of rating a title once it was watched.
    """

    taste: Floats
    watches_per_day: Floats
    visits_per_day: Floats
    joined: Floats
    left: Floats
    fades: NDArray[np.bool_]
    clock: Integers
    age: Integers
    harshness: Floats
    rating_share: Floats


def draw_audience(viewers: int, *, seed: int, start: date, days: int, watches: int | None = None) -> Audience:
    """The audience of `simulate` with the same arguments: every latent value behind the viewers.

    With `watches`, everybody's rate is scaled by one number so that as many are expected in the window.
    """
    rng = np.random.default_rng([seed, 2])
    age = np.clip(np.round(rng.gamma(5.0, 7.6, viewers)), 16, 90).astype(np.int64)
    taste = _tastes(age, rng)
    rate = rng.standard_normal(viewers)
    member = rng.random(viewers) < BEFORE_START_SHARE
    when = rng.random(viewers)
    joined = np.floor(np.where(member, -EARLIEST_JOIN_DAYS, float(days)) * when * DAY)
    stay = rng.standard_exponential(viewers) / (HAZARD_PER_DAY * np.exp(-0.4 * rate))
    audience = Audience(
        taste=taste,
        watches_per_day=WATCHES_PER_DAY * np.exp(RATE_SPREAD * rate - RATE_SPREAD**2 / 2),
        visits_per_day=CINEMA_VISITS_PER_DAY * rng.standard_gamma(0.8, viewers) / 0.8,
        joined=joined,
        left=np.floor(np.maximum(joined, 0.0) + 1 + stay * DAY),
        fades=rng.random(viewers) < FADING_SHARE,
        clock=np.searchsorted(np.cumsum(CLOCK_SHARES)[:-1], rng.random(viewers)).astype(np.int64),
        age=age,
        harshness=0.35 * rng.standard_normal(viewers),
        rating_share=rng.beta(1.2, 3.6, viewers),
    )
    if watches is None:
        return audience
    rhythm = Rhythm(CLOCKS, WATCHING_WEEK, start, days)
    expected = float(audience.watches_per_day @ exposure(audience, rhythm, 0, days * DAY))
    scale = watches / max(expected, 1e-12)
    return Audience(**{**audience.__dict__, "watches_per_day": audience.watches_per_day * scale})


def _tastes(age: Integers, rng: np.random.Generator) -> Floats:
    """(n, DIRECTIONS) OPENNESS of what everybody likes, the rest Dirichlet(CONCENTRATION), tilted by age group."""
    share = np.repeat([genre.share / 2 for genre in GENRES], 2)
    share /= share.sum()
    tilt = np.exp(0.6 * rng.standard_normal((4, DIRECTIONS)))
    group = np.searchsorted([25, 40, 60], age, side="right")
    own = rng.standard_gamma(CONCENTRATION * share * tilt[group]) + 1e-12
    own /= own.sum(axis=1, keepdims=True)
    taste: Floats = OPENNESS * share + (1 - OPENNESS) * own
    return taste


def staying(audience: Audience, rows: Integers, time: Floats) -> Floats:
    """(n,) the share of a viewer's activity that is left at a time: falls straight from 1 to 0 where one fades."""
    remaining = (audience.left[rows] - time) / (FADE_DAYS * DAY)
    share: Floats = np.where(audience.fades[rows], np.clip(remaining, 0.0, 1.0), 1.0)
    return share


def exposure(audience: Audience, rhythm: Rhythm, begin: float, end: float) -> Floats:
    """(n_viewers,) intensity · `staying` integrated, in days, over [begin, end) while a member.

    Times `watches_per_day` it is the expected number of watches; divided by MEAN_SESSION too, the expected number
    S of sessions, so that 1 - exp(-S) is the true probability of a session in that time.
    """
    clock = audience.clock
    since = np.clip(audience.joined, begin, end)
    until = np.clip(audience.left, since, end)
    bend = np.where(audience.fades, audience.left - FADE_DAYS * DAY, until)
    bend = np.clip(bend, since, until)
    full = rhythm.cumulative(clock, bend) - rhythm.cumulative(clock, since)
    # Integration by parts of intensity · (left - t) / FADE_DAYS over [bend, until].
    at_bend = rhythm.cumulative(clock, bend)
    gained = rhythm.cumulative(clock, until) - at_bend
    area = rhythm.area(clock, until) - rhythm.area(clock, bend) - at_bend * (until - bend) / DAY
    fading = (gained * (audience.left - until) / DAY + area) / FADE_DAYS
    return full + np.where(audience.fades, fading, 0.0)


def viewer_tables(audience: Audience, seed: int, start: date, days: int) -> dict[str, pl.DataFrame]:
    """The tables viewers and simulated_viewers; some of what a viewer tells is missing."""
    import polars as pl

    rng = np.random.default_rng([seed, 3])
    viewers = len(audience.age)
    ids = identifiers("v", viewers)

    def told(values: pl.Series, share: float) -> pl.Series:
        return pl.select(pl.when(pl.Series(rng.random(viewers) < share)).then(values)).to_series()

    postcode = pl.Series(rng.integers(10_000, 100_000, viewers)).cast(pl.String)
    left = pl.select(pl.when(pl.Series(audience.left < days * DAY)).then(moments(audience.left, start))).to_series()
    return {
        "viewers": pl.DataFrame(
            {
                "viewer_id": ids,
                "gender": told(pl.Series(["F", "M"]).gather(rng.integers(0, 2, viewers)), 0.95),
                "age": told(pl.Series(audience.age, dtype=pl.Int16), 0.95),
                "occupation": told(pl.Series(OCCUPATIONS).gather(rng.integers(0, len(OCCUPATIONS), viewers)), 0.9),
                "postcode": told(postcode, 0.9),
            }
        ),
        "simulated_viewers": pl.DataFrame(
            {
                "viewer_id": ids,
                "taste": float_lists(audience.taste),
                "watches_per_day": audience.watches_per_day,
                "joined_at": moments(audience.joined, start),
                "left_at": left,
            }
        ),
    }


def moments(seconds: Floats | Integers, start: date) -> pl.Series:
    """Timestamps (microseconds, UTC) out of seconds from the start."""
    import polars as pl

    return pl.Series(np.datetime64(start, "us") + seconds.astype(np.int64) * np.timedelta64(1_000_000, "us"))
