"""The best that anybody could say about simulated viewers from what they did: for tests and benchmarks.

Whoever knows the laws of the simulator, but of each viewer only the clock, the day of joining and all that was
watched and bought up to a day, can do no better than Bayes' rule. With rate λ(z), hazard h(z), visits at a rate of
Gamma(a, b), day of leaving L and fading f, the posterior is

    p(z, L, f | history) ∝ φ(z) p(f) h e^{-h (L - s)} λ^n e^{-λ E(L, f)} (b + V(L, f))^{-(a + m)} Π staying(tᵢ; L, f)

over n sessions and m visits at times tᵢ, none of them after L, where E and V are the exposures to sessions and visits
up to the day. The Brier score of its predictions is the lowest that a model can be expected to reach.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UsageError
from toolkit.history import DAY, midnight_after
from toolkit.simulated_audience import (
    CINEMA_VISITS_PER_DAY,
    FADE_DAYS,
    FADING_SHARE,
    MEAN_SESSION,
    RATE_SPREAD,
    WATCHES_PER_DAY,
    exposure,
)
from toolkit.viewer_truth import TASKS, Truth, goes_on, hazards, simulated_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.history import Events, History
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

RATES = np.linspace(-3.6, 3.6, 61)  # z
VISITS_SHAPE = 0.8
VISITS_SCALE = VISITS_SHAPE / CINEMA_VISITS_PER_DAY
# Days between possible times of leaving, which are tried from so many days before the origin on.
STEPS = ((240, 5), (60, 1))
BLOCK = 64


def attainable_probabilities(
    truth: Truth, history: History, name: str, rows: IntArray, origins: NDArray[np.datetime64], horizon: int
) -> Float64:  # fmt: skip
    """(n,) probability of "yes" by the posterior; arguments and errors as of `true_probabilities`."""
    if name not in TASKS:
        raise UsageError(f"{name} has no truth in closed form; there is one of {', '.join(TASKS)}")
    found = np.empty(rows.size)
    for origin in np.unique(origins):
        here = np.flatnonzero(origins == origin)
        found[here] = _none_after(truth, history.until(origin), name, rows[here], horizon)
    return found if name == "churn" else 1 - found


def _none_after(truth: Truth, history: History, name: str, rows: IntArray, horizon: int) -> Float64:
    """(n,) probability of no session, or visit, in the days after the end of the history."""
    now = float(midnight_after(np.array([history.last_day]))[0] - truth.begin)
    last_node = now + (FADE_DAYS + horizon) * DAY
    nodes, widths = _nodes(now, last_node)
    sessions, visits = history.activity.narrow(simulated_starts(history)), history.purchases
    seen = np.maximum(_last(history.activity), _last(visits)) - truth.begin
    total = np.zeros(rows.size)
    none = np.zeros(rows.size)
    carries_on = goes_on(history, truth, rows, np.full(rows.size, now + truth.begin).astype(np.int64))
    tables = [_tables(truth, (sessions, visits), nodes, now, horizon, fades=fades) for fades in (False, True)]
    counts = np.diff(sessions.offsets), np.diff(visits.offsets)
    for begin in range(0, rows.size, BLOCK):
        block = slice(begin, begin + BLOCK)
        row = rows[block]
        log_weight, log_none = _posterior(truth, tables, counts, seen, (nodes, widths, last_node), row, name)
        top = log_weight.max(axis=(1, 2, 3), keepdims=True)
        weight = np.exp(log_weight - top)
        total[block] = weight.sum(axis=(1, 2, 3))
        missing = weight * np.exp(log_none)
        if name != "purchase":
            # Who has left does not go on with the session.
            still = 1 - carries_on[block][:, None, None, None] * (nodes > now)
            missing = missing * still
        none[block] = missing.sum(axis=(1, 2, 3))
    return none / total


def _nodes(now: float, last_node: float) -> tuple[Float64, Float64]:
    """(n_nodes,) seconds at which somebody may leave, the last for all later ones, and the days each stands for."""
    bounds = [now - ago * DAY for ago, _ in STEPS] + [last_node]
    nodes, widths = [], []
    for begin, end, (_, days) in zip(bounds[:-1], bounds[1:], STEPS, strict=True):
        middle = np.arange(begin + days * DAY / 2, end, days * DAY)
        nodes.append(middle)
        widths.append(np.full(middle.size, float(days)))
    found, width = np.concatenate([*nodes, [last_node + 1e9]]), np.concatenate([*widths, [1.0]])
    return found[found > 0], width[found > 0]


def _tables(
    truth: Truth, kinds: tuple[Events, Events], nodes: Float64, now: float, horizon: int, *, fades: bool
) -> tuple[Float64, ...]:  # fmt: skip
    """(n_viewers, n_nodes) each: exposure to sessions until now and after, to visits the same, ln Π staying."""
    n_viewers = truth.audience.age.size
    made = np.zeros((5, n_viewers, nodes.size))
    audience = replace(truth.audience, fades=np.full(n_viewers, fades))
    cinema = replace(audience, clock=np.zeros_like(audience.clock))
    end = now + horizon * DAY
    for place, node in enumerate(nodes):
        left = np.full(n_viewers, node)
        for number, (people, rhythm) in enumerate(((audience, truth.watching), (cinema, truth.visiting))):
            leaving = replace(people, left=left)
            made[2 * number, :, place] = exposure(leaving, rhythm, 0.0, now)
            made[2 * number + 1, :, place] = exposure(leaving, rhythm, now, end)
        if fades:
            for events in kinds:
                remaining = (node - (events.times - truth.begin)) / (FADE_DAYS * DAY)
                thinned = np.flatnonzero(remaining < 1)
                logs = np.log(np.maximum(remaining[thinned], 1e-9))
                made[4, :, place] += np.bincount(events.viewers[thinned], logs, minlength=n_viewers)
    return tuple(made)


def _posterior(
    truth: Truth,
    tables: list[tuple[Float64, ...]],
    counts: tuple[IntArray, IntArray],
    seen: Float64,
    leaving: tuple[Float64, Float64, float],
    row: IntArray,
    name: str,
) -> tuple[Float64, Float64]:
    """(n, 2, n_rates, n_nodes) twice: ln of the posterior, up to a constant, and ln of no session or visit."""
    nodes, widths, last_node = leaving
    watches = WATCHES_PER_DAY * np.exp(RATE_SPREAD * RATES - RATE_SPREAD**2 / 2)
    rate, hazard = (watches / MEAN_SESSION)[:, None], hazards(watches)[:, None]
    joined = np.maximum(truth.audience.joined[row], 0.0)[:, None, None]
    stayed = (nodes - joined) / DAY
    prior = np.log(hazard) - hazard * stayed + np.log(widths)
    prior[..., -1] = (-hazard * (last_node - joined) / DAY)[..., 0]
    prior = np.where(nodes > np.maximum(seen[row][:, None, None], joined), prior, -1e9) - RATES[:, None] ** 2 / 2
    n, m = (count[row][:, None, None] for count in counts)
    weights, nones = [], []
    for share, table in zip((1 - FADING_SHARE, FADING_SHARE), tables, strict=True):
        past, future, visited, visiting, staying = (part[row][:, None, :] for part in table)
        shape, scale = VISITS_SHAPE + m, VISITS_SCALE + visited
        weights.append(np.log(share) + prior + n * np.log(rate) - rate * past - shape * np.log(scale) + staying)
        if name == "purchase":
            none = shape * (np.log(scale) - np.log(scale + visiting)) + np.zeros_like(rate)
        else:
            none = -rate * future
        nones.append(none)
    return np.stack(weights, axis=1), np.stack(nones, axis=1)


def _last(events: Events) -> Float64:
    """(n_viewers,) time of each viewer's last event; -inf where there is none."""
    last = np.full(events.offsets.size - 1, -np.inf)
    some = np.diff(events.offsets) > 0
    last[some] = events.times[events.offsets[1:][some] - 1]
    return last
