"""What happens in a simulation: sessions, watches, ratings, tags, reviews and cinema tickets of one shard of viewers.

`toolkit.simulator` tells the whole story. Each shard has its own random numbers, from [seed, 4, shard], and its
reviews theirs, from [seed, 5, shard], so it does not matter which worker draws it, or when. Times are seconds from the
start of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from toolkit.simulated_audience import (
    CINEMA_CLOCK,
    CINEMA_WEEK,
    CLOCKS,
    MEAN_SESSION,
    SESSION_SIZES,
    WATCHING_WEEK,
    Audience,
    Rhythm,
    moments,
    staying,
)
from toolkit.simulated_catalogue import (
    DAY,
    Catalogue,
    Floats,
    Integers,
    RowSampler,
    first_friday_offset,
    identifiers,
    weeks_of,
)
from toolkit.simulated_reviews import draw_reviews
from toolkit.simulated_words import CINEMAS, GENRES, OPINIONS

if TYPE_CHECKING:
    import polars as pl

SAME_MOOD = 0.5
REDRAWS = 8
RUN_WEEKS = 8
TICKETS = np.array([0.25, 0.50, 0.15, 0.10])
PRICES = 9.0 + 0.5 * (np.arange(len(CINEMAS)) % 9)
TABLE_BYTES = 768 * 2**20


def streaming(weeks: Integers) -> Floats:
    """The fresh term of watches by weeks since the release."""
    return np.where(weeks >= 0, 1 + 3 * np.exp(-np.maximum(weeks, 0) / 4.0), 0.0)


def on_screen(weeks: Integers) -> Floats:
    """The fresh term of cinema tickets by weeks since the release."""
    return np.where((weeks >= 0) & (weeks < RUN_WEEKS), np.exp(-np.maximum(weeks, 0) / 1.2), 0.0)


class Choice:
    """Draws titles within directions, week by week; `fresh` gives a title's weight by weeks since its release."""

    def __init__(self, catalogue: Catalogue, fresh: Callable[[Integers], Floats], weeks: int) -> None:
        self._catalogue, self._fresh, self._weeks = catalogue, fresh, weeks
        fitting = TABLE_BYTES // (8 * catalogue.factors.size)
        self._table = lru_cache(maxsize=max(2, min(weeks, fitting)))(self._build)

    def _build(self, week: int) -> RowSampler | None:
        """Titles by direction in that week; None where there is nothing to choose from."""
        weights = np.exp(self._catalogue.appeal) * self._fresh(week - self._catalogue.released)
        return RowSampler(self._catalogue.factors.T * weights) if weights.any() else None

    def draw(self, week: Integers, direction: Integers, rng: np.random.Generator) -> Integers:
        """(n,) titles, -1 in a week with nothing to choose from."""
        title = np.full(len(week), -1, dtype=np.int64)
        order = np.argsort(week.astype(np.int16), kind="stable")
        bounds = np.searchsorted(week[order], np.arange(self._weeks + 1))
        for number in range(self._weeks):
            rows = order[bounds[number] : bounds[number + 1]]
            table = self._table(number) if rows.size else None
            if table is not None:
                title[rows] = table.draw(direction[rows], rng)
        return title


@dataclass(frozen=True)
class World:
    """Everything that is the same for all shards."""

    catalogue: Catalogue
    audience: Audience
    start: date
    days: int
    seed: int
    viewer_ids: pl.Series
    title_ids: pl.Series
    watching: Rhythm
    visiting: Rhythm
    streamed: Choice
    shown: Choice

    def week(self, seconds: Integers) -> Integers:
        """Weeks from Friday to Thursday, 0 the one of the start."""
        return (seconds // DAY + first_friday_offset(self.start)) // 7

    def log_affinity(self, viewer: Integers, title: Integers) -> Floats:
        """(n,) ln(taste · factors), in blocks so that memory stays small."""
        found = np.empty(len(viewer))
        for begin in range(0, len(viewer), 32_768):
            rows = slice(begin, begin + 32_768)
            taste, factors = self.audience.taste[viewer[rows]], self.catalogue.factors[title[rows]]
            np.einsum("ij,ij->i", taste, factors, out=found[rows])
        return np.log(found)


def build_world(catalogue: Catalogue, audience: Audience, *, seed: int, start: date, days: int) -> World:
    """Rhythms, choices and ids for a catalogue and an audience."""
    weeks = weeks_of(start, days)
    return World(
        catalogue=catalogue,
        audience=audience,
        start=start,
        days=days,
        seed=seed,
        viewer_ids=identifiers("v", len(audience.age)),
        title_ids=identifiers("t", len(catalogue.appeal)),
        watching=Rhythm(CLOCKS, WATCHING_WEEK, start, days),
        visiting=Rhythm(CINEMA_CLOCK, CINEMA_WEEK, start, days),
        streamed=Choice(catalogue, streaming, weeks),
        shown=Choice(catalogue, on_screen, weeks),
    )


def shard_events(world: World, viewers: Integers, shard: int) -> dict[str, pl.DataFrame]:
    """The tables watches, ratings, tags, reviews and purchases of these consecutive viewers."""
    import polars as pl

    rng = np.random.default_rng([world.seed, 4, shard])
    taste = RowSampler(world.audience.taste[viewers])
    viewer, title, began, minutes, affinity = _watches(world, viewers, taste, rng)
    tables = {
        "watches": pl.DataFrame(
            {
                "viewer_id": world.viewer_ids.gather(viewer),
                "title_id": world.title_ids.gather(title),
                "minutes": pl.Series(minutes, dtype=pl.Float32),
                "watched_at": moments(began, world.start),
            }
        )
    }
    ended = began + np.ceil(60 * minutes).astype(np.int64)
    tables |= _opinions(world, viewer, title, ended, affinity, rng, np.random.default_rng([world.seed, 5, shard]))
    tables["purchases"] = _purchases(world, viewers, taste, rng)
    return tables


def _poisson_times(
    world: World, viewers: Integers, rhythm: Rhythm, clock: Integers, rate: Floats, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Events of inhomogeneous Poisson processes while viewers are members, by viewer and time: (viewer, second).

    Counts first, then times by the inverse of the cumulative intensity, then thinning for those who fade.
    """
    audience = world.audience
    since = np.clip(audience.joined[viewers], 0, rhythm.span)
    until = np.clip(audience.left[viewers], since, rhythm.span)
    low, high = rhythm.cumulative(clock, since), rhythm.cumulative(clock, until)
    count = rng.poisson(rate * (high - low))
    rows = np.repeat(np.arange(len(viewers)), count)
    total = low[rows] + rng.random(len(rows)) * (high - low)[rows]
    time = np.clip(np.floor(rhythm.inverse(clock[rows], total)), since[rows], until[rows] - 1).astype(np.int64)
    stays = rng.random(len(rows)) < staying(audience, viewers[rows], time.astype(np.float64))
    packed = np.sort(rows[stays] * rhythm.span + time[stays])
    return viewers[packed // rhythm.span] if packed.size else packed, packed % rhythm.span


def _sessions(begins: Integers, size: int) -> tuple[Integers, Integers]:
    """For the first row of each session and the number of rows: (session of each row, place within it from 0)."""
    session = np.zeros(size, dtype=np.int64)
    session[begins[1:]] = 1
    np.cumsum(session, out=session)
    return session, np.arange(size) - begins[session] if size else session


def _watches(
    world: World, viewers: Integers, taste: RowSampler, rng: np.random.Generator
) -> tuple[Integers, Integers, Integers, Floats, Floats]:
    """Watches by viewer and session: (viewer, title, second, minutes, ln affinity)."""
    audience = world.audience
    rate = audience.watches_per_day[viewers] / MEAN_SESSION
    who, when = _poisson_times(world, viewers, world.watching, audience.clock[viewers], rate, rng)
    length = 1 + np.searchsorted(np.cumsum(SESSION_SIZES)[:-1], rng.random(len(who)))
    begins = np.cumsum(length) - length
    session, place = _sessions(begins, int(length.sum()))
    viewer = who[session]
    row = viewer - viewers[0]
    direction = taste.draw(row, rng)
    redrawn = (place == 0) | (rng.random(len(place)) >= SAME_MOOD)
    source = np.maximum.accumulate(np.where(redrawn, np.arange(len(place)), 0))
    title = _unseen(world, row, world.week(when)[session], direction[source], taste, rng)
    affinity = world.log_affinity(viewer, title)
    minutes = _minutes(world.catalogue.runtime[title], affinity, rng)
    taken = np.ceil(60 * minutes).astype(np.int64) + rng.integers(60, 900, len(place))
    ended = np.cumsum(taken)
    began = when[session] + (ended - taken) - (ended - taken)[begins][session]
    happens = began < np.minimum(audience.left[viewer], world.days * DAY)
    return viewer[happens], title[happens], began[happens], minutes[happens], affinity[happens]


def _repeats(world: World, viewer: Integers, title: Integers) -> Integers:
    """Places of the watches whose viewer has the same title at an earlier place."""
    size = len(viewer)
    packed = np.sort(((viewer - viewer[:1]) * len(world.catalogue.appeal) + title) * size + np.arange(size))
    pair = packed // max(size, 1)
    places: Integers = packed[1:][pair[1:] == pair[:-1]] % max(size, 1)
    return places


def _unseen(
    world: World, row: Integers, week: Integers, direction: Integers, taste: RowSampler, rng: np.random.Generator
) -> Integers:
    """Titles for watches in the order of time; for one seen before, direction and title are drawn again."""
    title = world.streamed.draw(week, direction, rng)
    for _ in range(REDRAWS):
        again = _repeats(world, row, title)
        if not len(again):
            break
        direction = taste.draw(row[again], rng)
        title[again] = world.streamed.draw(week[again], direction, rng)
    return title


def _minutes(runtime: Floats, affinity: Floats, rng: np.random.Generator) -> Floats:
    """Minutes watched: to the end or nearly so, the likelier the greater the affinity, or broken off on the way."""
    finished = rng.random(len(runtime)) < 1 / (1 + np.exp(-(1 + 0.8 * affinity)))
    share = np.where(finished, rng.uniform(0.9, 1.0, len(runtime)), rng.beta(1.2, 1.8, len(runtime)))
    minutes: Floats = np.clip(np.round(share * runtime, 1), 1.0, runtime)
    return minutes


def _opinions(
    world: World,
    viewer: Integers,
    title: Integers,
    ended: Integers,
    affinity: Floats,
    rng: np.random.Generator,
    writing: np.random.Generator,
) -> dict[str, pl.DataFrame]:
    """The tables ratings, tags and reviews: the first watch of a title by a viewer may get one of each."""
    import polars as pl

    first = np.ones(len(viewer), dtype=bool)
    first[_repeats(world, viewer, title)] = False
    rated = first & (rng.random(len(viewer)) < world.audience.rating_share[viewer])
    viewer, title, ended, affinity = viewer[rated], title[rated], ended[rated], affinity[rated]
    noise = 0.6 * rng.standard_normal(len(viewer))
    rating = 3.3 + 0.5 * np.clip(affinity, -2, 2) + noise
    rating += world.catalogue.quality[title] + world.audience.harshness[viewer]
    frame = pl.DataFrame(
        {
            "viewer_id": world.viewer_ids.gather(viewer),
            "title_id": world.title_ids.gather(title),
            "rating": pl.Series(np.clip(np.round(2 * rating) / 2, 0.5, 5.0), dtype=pl.Float32),
            "rated_at": moments(ended, world.start),
        }
    )
    tagged = np.flatnonzero(rng.random(len(viewer)) < 0.05)
    words = [tag for genre in GENRES for side in genre.sides for tag in side.tags]
    each = len(GENRES[0].sides[0].tags)
    distinct, place = np.unique(title[tagged], return_inverse=True)
    direction = RowSampler(world.catalogue.shares[distinct]).draw(place, rng)
    own = direction * each + rng.integers(0, each, len(tagged))
    general = len(words) + rng.integers(0, len(OPINIONS), len(tagged))
    tag = np.where(rng.random(len(tagged)) < 0.8, own, general)
    tags = frame.select("viewer_id", "title_id")[tagged].with_columns(
        tag=pl.Series([*words, *OPINIONS]).gather(tag), tagged_at=moments(ended[tagged] + 30, world.start)
    )
    return {"ratings": frame, "tags": tags, "reviews": draw_reviews(frame, title, world.catalogue, writing)}


def _purchases(world: World, viewers: Integers, taste: RowSampler, rng: np.random.Generator) -> pl.DataFrame:
    """The table purchases: visits to the cinema, for films of the last RUN_WEEKS weeks."""
    import polars as pl

    rate = world.audience.visits_per_day[viewers]
    viewer, when = _poisson_times(world, viewers, world.visiting, np.zeros_like(viewers), rate, rng)
    title = world.shown.draw(world.week(when), taste.draw(viewer - viewers[0], rng), rng)
    viewer, when, title = viewer[title >= 0], when[title >= 0], title[title >= 0]
    home = rng.integers(0, len(CINEMAS), len(viewers))[viewer - viewers[0]]
    cinema = np.where(rng.random(len(home)) < 0.8, home, rng.integers(0, len(CINEMAS), len(home)))
    tickets = 1 + np.searchsorted(np.cumsum(TICKETS)[:-1], rng.random(len(home)))
    weekday = (when // DAY + world.start.weekday()) % 7
    return pl.DataFrame(
        {
            "viewer_id": world.viewer_ids.gather(viewer),
            "title_id": world.title_ids.gather(title),
            "tickets": pl.Series(tickets, dtype=pl.Int32),
            "amount": tickets * (PRICES[cinema] + 1.5 * (weekday >= 4)),
            "cinema": pl.Series(CINEMAS).gather(cinema),
            "purchased_at": moments(when, world.start),
        }
    )
