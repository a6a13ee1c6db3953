"""The true probabilities of a simulated audience, for tests and benchmarks: no model may read them.

Two truths of a viewer at the end of a day.

`true_probabilities` knows the state of the simulator (`toolkit.simulator`) then: rate, clock, whether somebody is
still a member, whether activity can fade and has begun to, and whether a session is under way. It does not know when
somebody will leave, but for the hazard; where the fading has begun, it has fixed the day of leaving, which is then
known. Nobody who only sees what viewers did can know as much: the best that anybody can do about it is
`attainable_probabilities` of `toolkit.viewer_attainable`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UsageError
from toolkit.history import DAY, History, midnight_after
from toolkit.simulated_audience import (
    CINEMA_CLOCK,
    CINEMA_WEEK,
    CLOCKS,
    FADE_DAYS,
    HAZARD_PER_DAY,
    MEAN_SESSION,
    RATE_SPREAD,
    SESSION_SIZES,
    WATCHES_PER_DAY,
    WATCHING_WEEK,
    Audience,
    Rhythm,
    draw_audience,
    exposure,
)
from toolkit.simulator import START

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

TASKS = ("active-tomorrow", "active-week", "churn", "purchase")
BREAK = (60.0, 900.0)  # seconds between two watches of a session
NODES = 8  # of the quadrature over the day of leaving, a week each


@dataclass(frozen=True)
class Truth:
    """A simulated audience with its rhythms.

    Attributes:
        audience: the latent values of the viewers, by row of the history.
        watching, visiting: when people watch and go to the cinema.
        start: first day of the window.
    """

    audience: Audience
    watching: Rhythm
    visiting: Rhythm
    start: date

    @property
    def begin(self) -> int:
        """Seconds since 1970 at the start of the window."""
        return int(np.datetime64(self.start, "s").astype(np.int64))


def truth_of(viewers: int, days: int, seed: int, start: date = START) -> Truth:
    """The truth behind `simulate` with the same arguments."""
    return Truth(
        audience=draw_audience(viewers, seed=seed, start=start, days=days),
        watching=Rhythm(CLOCKS, WATCHING_WEEK, start, days),
        visiting=Rhythm(CINEMA_CLOCK, CINEMA_WEEK, start, days),
        start=start,
    )


def true_probabilities(
    truth: Truth, history: History, name: str, rows: IntArray, origins: NDArray[np.datetime64], horizon: int
) -> Float64:  # fmt: skip
    """(n,) probability of "yes" for viewers of a history, by row, on the `horizon` days after each origin.

    P = 1 - (1 - c) E exp(-S): c that the session under way goes on; S the expected number of sessions, or visits, of
    the rest of the membership, in closed form (`exposure`); E over the day of leaving. That is known where activity
    has begun to fade, and otherwise exponential from the origin on (from 45 days later where it can fade), which
    is summed by Gauss-Legendre quadrature. Churn is the complement. That no film runs in a week is left out of
    account: the simulator's catalogue must be large enough.

    Raises:
        UsageError: the simulator has no truth of that task, or viewers are not those of the simulation.
    """
    if name not in TASKS:
        raise UsageError(f"{name} has no truth in closed form; there is one of {', '.join(TASKS)}")
    if history.viewers.size != truth.audience.age.size:
        raise UsageError(f"the history has {history.viewers.size} viewers and the simulation {truth.audience.age.size}")
    found = np.empty(rows.size)
    ends = midnight_after(origins)
    for end in np.unique(ends):
        here = np.flatnonzero(ends == end)
        found[here] = _none_at(truth, name, float(end - truth.begin), horizon)[rows[here]]
    if name != "purchase":
        found *= 1 - goes_on(history, truth, rows, ends)
    return found if name == "churn" else 1 - found


def _none_at(truth: Truth, name: str, now: float, horizon: int) -> Float64:
    """(n_viewers,) probability of no session, or visit, that begins in the days after `now`."""
    audience = truth.audience
    rate, rhythm = audience.watches_per_day / MEAN_SESSION, truth.watching
    if name == "purchase":
        rate, rhythm = audience.visits_per_day, truth.visiting
        audience = replace(audience, clock=np.zeros_like(audience.clock))
    end = now + horizon * DAY

    def none(left: Float64) -> Float64:
        return np.exp(-rate * exposure(replace(audience, left=left), rhythm, now, end))

    # From here on the day of leaving is exponential.
    since = np.where(audience.fades, now + FADE_DAYS * DAY, now)
    fixed = audience.left <= since
    hazard = hazards(audience.watches_per_day)
    total = np.exp(-hazard * horizon) * none(since + horizon * DAY)
    for low in range(0, horizon, 7):
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        length = min(7, horizon - low)
        for node, weight in zip(low + length * (nodes + 1) / 2, weights * length / 2, strict=True):
            total += weight * hazard * np.exp(-hazard * node) * none(since + node * DAY)
    return np.where(fixed, none(audience.left), total)


def hazards(watches_per_day: Float64) -> Float64:
    """(n,) hazard of leaving a day, which falls with the rate."""
    z = (np.log(watches_per_day / WATCHES_PER_DAY) + RATE_SPREAD**2 / 2) / RATE_SPREAD
    hazard: Float64 = HAZARD_PER_DAY * np.exp(-0.4 * z)
    return hazard


def simulated_starts(history: History) -> NDArray[np.bool_]:
    """(n,) whether a watch begins a session of the simulator: the break before it is none of those within a session.

    It is told from what was watched, so two sessions of which one happens to follow the other so closely count as one.
    """
    activity = history.activity
    gaps = activity.times[1:] - (activity.times + activity.amounts)[:-1]
    starts = np.ones(activity.times.size, dtype=np.bool_)
    # Seconds are rounded up where a watch ends.
    starts[1:] = (gaps < BREAK[0] - 1) | (gaps > BREAK[1] + 1)
    starts[activity.offsets[:-1][np.diff(activity.offsets) > 0]] = True
    return starts


def goes_on(history: History, truth: Truth, rows: IntArray, ends: IntArray) -> Float64:
    """(n,) probability that the last session before each origin goes on after it.

    A session of k watches goes on with P(size > k) / P(size >= k). What did not begin in the g seconds between its
    last watch and the origin, when breaks are even between 1 and 15 minutes, is that much less probable.
    """
    activity, starts = history.activity, simulated_starts(history)
    sessions = activity.narrow(starts)
    known, place = activity.before(rows, ends), sessions.before(rows, ends)
    if not activity.times.size:
        return np.zeros(rows.size)
    last = np.maximum(known - 1, 0)
    begins = np.flatnonzero(starts)
    size = np.clip(known - begins[np.maximum(place - 1, 0)], 1, SESSION_SIZES.size)
    at_least = np.append(np.cumsum(SESSION_SIZES[::-1])[::-1], 0.0)
    more = at_least[size] / at_least[size - 1]
    gap = ends - activity.times[last] - activity.amounts[last]
    begun = np.clip((gap - BREAK[0]) / (BREAK[1] - BREAK[0]), 0.0, 1.0)
    goes_on = more * (1 - begun) / (1 - more * begun)
    member = truth.audience.left[rows] > ends - truth.begin
    return np.where(member & (known > activity.offsets[rows]), goes_on, 0.0)
