"""An audience whose truth is known: the same seed and sizes give the same rows, on any number of cores.

The story, exactly. D = 24 directions, two sides for each of 12 genres; numbers in capitals are module constants.

Titles (`draw_catalogue`). A title has 1-3 genres and a composition: 80 % on the sides of its genres (the split
between the two sides of a genre is Beta(½, ½)), 15 % on directions of its own, 5 % even. Appeal is Zipf-Mandelbrot:
exp(appeal) ∝ (rank + 10)^-1.2, summing to 1. Factors are the composition divided by its exp(appeal)-weighted mean.
Titles of the back catalogue have an exponential age, mean 12 years; new ones come on the window's Fridays. Plot
phrases and people are drawn from directions of the composition (the first sentence's within the title's genres), so
both tell more than the genre labels.

Viewers (`draw_audience`). Taste is OPENNESS of the general taste (the genres' shares), the rest Dirichlet with weights
CONCENTRATION · general taste · a log-normal tilt of the age group. Rates are log-normal with mean WATCHES_PER_DAY:
exp(RATE_SPREAD · z) for a normal z. 70 % were members before the window, the others join evenly in it; each leaves
for good at the constant hazard of HAZARD_PER_DAY · exp(-0.4 z). FADING_SHARE of the viewers fade before they leave:
activity falls in a straight line to 0 over the last FADE_DAYS; the others stop at once.

Watches. Sessions of a viewer are a Poisson process while a member, of intensity

    watches_per_day / MEAN_SESSION · week[weekday] · year[day] · clock[hour] · staying(t),

so P(a session in an interval) = 1 - exp(-watches_per_day · exposure / MEAN_SESSION), with `exposure` in closed form.
A session has 1-5 watches (SESSION_SIZES), one after another with breaks of 1-15 minutes; a watch that would begin
after the viewer left or the window ended does not happen. The first watch of a session takes a direction from the
viewer's taste; each further one keeps it with probability SAME_MOOD, else draws anew. The title is then drawn within
the direction. So, in week w (from Friday, the week in which the session began), a viewer u picks a title t with

    P(t | u, w) = Σ_c taste_uc · factors_tc · exp(appeal_t) · fresh_tw / Z_cw,

where fresh is 0 before the release and 1 + 3 · exp(-weeks since the release / 4) from then on, and Z_cw makes the
titles of each direction sum to 1. As the Z of a week are close to each other, affinity = taste · factors is how many
times more often u picks t than the audience at large. Who has seen the title before draws direction and title
again, up to REDRAWS times, then watches it again.

Minutes. With a = ln(affinity), a watch is finished with probability 1 / (1 + exp(-(1 + 0.8 a))), to 90-100 % of
the runtime; else it breaks off at a Beta(1.2, 1.8) share of it. At least a minute, to a tenth.

Ratings. The first watch of a title is rated with the viewer's own probability (mean ¼), right after it:
3.3 + 0.5 · clip(a, -2, 2) + quality + the viewer's leaning + 0.6 · N(0, 1), rounded to half stars in 0.5-5. One in
twenty ratings comes with a tag, of the title's directions (80 %) or an opinion.

Reviews. REVIEW_SHARE of the ratings are put into words within half an hour: one to four judgements (an opener; in
60 % of the reviews a sentence of two; in 50 % a closer), in 35 % also a fact about genre and runtime. Each judgement
is praise with probability 1 / (1 + exp(-2 (stars - 3))), else blame: three stars are mixed, the ends of the scale
clear. The score is the rating. Of the phrases, in `toolkit.simulated_reviews`, more than a quarter turn on a negation
or use words that alone mean the opposite.

Tickets. Visits to the cinema are a Poisson process like the sessions, with the rate visits_per_day and the cinema's
own week and clock; the film is drawn as above among those released in the last RUN_WEEKS weeks, with fresh =
exp(-weeks since release / 1.2). Weeks with nothing on sell nothing. 1-4 tickets (TICKETS) at the cinema's price,
1.5 more from Friday to Sunday, at the viewer's home cinema four times in five.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import CinekitError, UsageError
from toolkit.shards import submit
from toolkit.simulated_audience import draw_audience, viewer_tables
from toolkit.simulated_catalogue import draw_catalogue, title_tables
from toolkit.simulated_events import build_world, shard_events

if TYPE_CHECKING:
    import polars as pl

WATCHES_PER_SHARD, MOST_VIEWERS = 1_000_000, 16_384
START = date(2025, 1, 1)
END = date(2200, 1, 1)  # from here on the warehouse takes no times


def check_sizes(
    *, viewers: int, titles: int, days: int, seed: int, start: date = START, watches: int | None = None
) -> None:  # fmt: skip
    """Raise UsageError for sizes below 1, a negative seed, and days that go past the last year that can be loaded."""
    for name, value in (("viewers", viewers), ("titles", titles), ("days", days), ("watches", watches)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1, not {value}; give a larger number")
    if seed < 0:
        raise UsageError(f"seed must be at least 0, not {seed}; give another number")
    most = (END - start).days
    if days > most:
        raise UsageError(
            f"{days} days from {start} go past 2199, the last year that can be loaded; give {most} at most"
        )


def simulate(
    folder: Path,
    *,
    viewers: int,
    titles: int,
    days: int,
    seed: int,
    start: date = START,
    watches: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Simulate an audience and write its tables as Parquet files into `folder`; returns the rows of each table.

    A table is `folder/NAME.parquet`, watches are `folder/watches/NNNNN.parquet`. With `watches` the activity is
    scaled so that about as many are expected (rewatching and cuts move it by little). `advance` is called with the
    number of viewers that have just been finished. Raises UsageError for sizes below 1, days that go past
    2199, and a folder that is not empty.
    """
    check_sizes(viewers=viewers, titles=titles, days=days, seed=seed, start=start, watches=watches)
    existed = folder.exists()
    if existed and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; name a new one for the simulation")
    try:
        (folder / "watches").mkdir(parents=True)
        return _write(folder, viewers, titles, days, seed, start, watches, advance)
    except BaseException as error:
        _clear(folder, existed)
        if isinstance(error, OSError):
            reason = error.strerror or str(error).partition("\n")[0]
            raise CinekitError(
                f"cannot write the simulation to {folder}: {reason}; make room or name another"
            ) from error
        raise


def _clear(folder: Path, existed: bool) -> None:
    """Take away what was written, so that nothing half-written stays."""
    shutil.rmtree(folder, ignore_errors=True)
    if existed:
        folder.mkdir(exist_ok=True)


def _write(
    folder: Path,
    viewers: int,
    titles: int,
    days: int,
    seed: int,
    start: date,
    watches: int | None,
    advance: Callable[[int], None] | None,
) -> dict[str, int]:
    import polars as pl

    catalogue = draw_catalogue(titles, seed=seed, start=start, days=days)
    audience = draw_audience(viewers, seed=seed, start=start, days=days, watches=watches)
    rows: dict[str, int] = {}
    for name, table in {**title_tables(catalogue, seed), **viewer_tables(audience, seed, start, days)}.items():
        table.write_parquet(folder / f"{name}.parquet")
        rows[name] = table.height
    world = build_world(catalogue, audience, seed=seed, start=start, days=days)
    each = max(float(audience.watches_per_day.mean()) * days, 1e-9)
    size = int(np.clip(WATCHES_PER_SHARD / each, 1, MOST_VIEWERS))
    begins = range(0, viewers, size)

    def finish(shard: int) -> tuple[int, dict[str, pl.DataFrame]]:
        tables = shard_events(world, np.arange(begins[shard], min(begins[shard] + size, viewers)), shard)
        watched = tables.pop("watches")
        watched.write_parquet(folder / "watches" / f"{shard:05d}.parquet")
        return watched.height, tables

    rows["watches"] = 0
    kept: list[dict[str, pl.DataFrame]] = []
    for begin, (height, tables) in zip(begins, submit(finish, range(len(begins))), strict=True):
        rows["watches"] += height
        kept.append(tables)
        if advance is not None:
            advance(min(size, viewers - begin))
    for name in kept[0]:
        table = pl.concat([tables[name] for tables in kept])
        table.write_parquet(folder / f"{name}.parquet")
        rows[name] = table.height
    return rows
