"""The simulator: reproducible rows, and a story that is visible in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from toolkit import simulated_reviews, simulator
from toolkit.errors import UsageError
from toolkit.simulated_audience import (
    CLOCKS,
    MEAN_SESSION,
    WATCHING_WEEK,
    Rhythm,
    draw_audience,
    exposure,
    staying,
)
from toolkit.simulated_catalogue import RowSampler, draw_catalogue, first_friday_offset
from toolkit.simulated_events import RUN_WEEKS
from toolkit.simulated_reviews import REVIEW_SHARE
from toolkit.simulated_words import GENRES
from toolkit.simulator import simulate

START = date(2025, 1, 1)
SIZES = {"viewers": 400, "titles": 300, "days": 180, "seed": 11}
COLUMNS = {
    "titles": ["title_id", "name", "year", "runtime_minutes", "plot"],
    "genres": ["title_id", "genre"],
    "credits": ["title_id", "person", "role", "billing"],
    "viewers": ["viewer_id", "gender", "age", "occupation", "postcode"],
    "watches": ["viewer_id", "title_id", "minutes", "watched_at"],
    "ratings": ["viewer_id", "title_id", "rating", "rated_at"],
    "purchases": ["viewer_id", "title_id", "tickets", "amount", "cinema", "purchased_at"],
    "tags": ["viewer_id", "title_id", "tag", "tagged_at"],
    "reviews": ["review_id", "viewer_id", "title_id", "review", "score", "reviewed_at"],
    "simulated_viewers": ["viewer_id", "taste", "watches_per_day", "joined_at", "left_at"],
    "simulated_titles": ["title_id", "factors", "appeal"],
}
Tables = dict[str, pl.DataFrame]


def read(folder: Path) -> Tables:
    shards = {"watches": "watches/*.parquet"}
    return {name: pl.read_parquet(folder / shards.get(name, f"{name}.parquet")) for name in COLUMNS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulation") / "out"
    simulate(path, **SIZES)
    return path


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return read(folder)


@pytest.fixture(scope="module")
def watches(tables: Tables) -> pl.DataFrame:
    return (
        tables["watches"]
        .join(tables["simulated_viewers"], on="viewer_id")
        .join(tables["simulated_titles"], on="title_id")
        .join(tables["titles"].select("title_id", "runtime_minutes"), on="title_id")
    )


def affinities(tables: Tables) -> np.ndarray:
    taste = np.array(tables["simulated_viewers"]["taste"].to_list())
    factors = np.array(tables["simulated_titles"]["factors"].to_list())
    return taste @ factors.T


def numbers(ids: pl.Series) -> np.ndarray:
    return ids.str.slice(1).cast(pl.Int64).to_numpy()


def test_tables_have_the_promised_columns_and_rows(folder: Path, tables: Tables, tmp_path: Path) -> None:
    counts = simulate(tmp_path / "again", **SIZES)
    assert counts == {name: tables[name].height for name in counts}
    assert set(counts) == set(COLUMNS)
    for name, columns in COLUMNS.items():
        assert tables[name].columns == columns
    assert 25_000 < counts["watches"] < 45_000


def test_same_seed_gives_the_same_rows_whatever_the_number_of_workers(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "submit", map)
    simulate(tmp_path / "one", **SIZES)
    for name, table in read(tmp_path / "one").items():
        assert table.equals(tables[name], null_equal=True), name


def test_several_shards_cover_every_viewer_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "WATCHES_PER_SHARD", 2_000)
    finished: list[int] = []
    counts = simulate(tmp_path / "out", viewers=100, titles=50, days=120, seed=1, advance=finished.append)
    assert sum(finished) == 100
    assert len(list((tmp_path / "out" / "watches").iterdir())) == len(finished) > 2
    watches = read(tmp_path / "out")["watches"]
    assert watches.height == counts["watches"]
    assert watches["viewer_id"].is_sorted()


def test_another_seed_gives_other_rows(tables: Tables, tmp_path: Path) -> None:
    simulate(tmp_path / "other", **{**SIZES, "seed": 12})
    other = read(tmp_path / "other")
    assert not any(other[name].equals(tables[name]) for name in COLUMNS)


def test_watches_scales_the_activity_to_the_expected_total(tmp_path: Path) -> None:
    counts = simulate(tmp_path / "out", viewers=300, titles=200, days=90, seed=3, watches=30_000)
    assert counts["watches"] == pytest.approx(30_000, rel=0.03)


def test_ids_names_and_people_are_unique_where_they_should_be(tables: Tables) -> None:
    assert tables["titles"]["title_id"][0] == "t000000"
    assert tables["viewers"]["viewer_id"][399] == "v000399"
    assert tables["titles"]["title_id"].is_unique().all()
    assert tables["titles"]["name"].is_unique().all()
    assert tables["genres"].is_unique().all()
    assert tables["credits"].select("title_id", "person", "role").is_unique().all()
    assert tables["ratings"].select("viewer_id", "title_id").is_unique().all()
    per_title = tables["genres"].group_by("title_id").len()["len"]
    assert (per_title.min(), per_title.max()) == (1, 3)


def test_names_stay_unique_when_words_run_out(tmp_path: Path) -> None:
    simulate(tmp_path / "out", viewers=1, titles=60_000, days=1, seed=0)
    titles = pl.read_parquet(tmp_path / "out" / "titles.parquet")
    assert titles["name"].n_unique() == 60_000
    assert titles["name"].str.ends_with(" II").any()


def test_plots_and_casts_tell_the_genre(tables: Tables) -> None:
    phrases = pl.DataFrame(
        [(genre.name, words) for genre in GENRES for side in genre.sides for words in side.settings],
        schema=["genre", "setting"],
        orient="row",
    )
    plots = tables["titles"].select("title_id", pl.col("plot").str.extract("^In ([^,]+),").alias("setting"))
    told = plots.join(phrases, on="setting")
    assert told.height == 300
    assert told.join(tables["genres"], on=["title_id", "genre"]).height == 300

    cast = tables["credits"].join(tables["genres"], on="title_id")
    shares = cast.group_by("person", "genre").len().with_columns(total=pl.col("len").sum().over("person"))
    busy = shares.filter(pl.col("total") >= 10).group_by("person").agg((pl.col("len") / pl.col("total")).max())
    general = tables["genres"].group_by("genre").len()["len"].max() / tables["genres"].height
    assert busy["len"].mean() > 1.4 * general


def test_nobody_watches_before_joining_or_after_leaving(watches: pl.DataFrame) -> None:
    end = START + timedelta(days=180)
    assert (watches["watched_at"] >= watches["joined_at"]).all()
    assert (watches["watched_at"] < watches["left_at"].fill_null(end)).all()
    assert watches["watched_at"].min() >= pl.Series([START]).cast(pl.Datetime)[0]
    assert watches["left_at"].null_count() < watches.height


def test_titles_are_seen_only_from_their_release_on(tables: Tables) -> None:
    catalogue = draw_catalogue(300, seed=11, start=START, days=180)
    friday = START - timedelta(days=first_friday_offset(START))
    assert friday.weekday() == 4
    released = pl.Series([friday + timedelta(weeks=int(week)) for week in catalogue.released]).cast(pl.Datetime)
    assert (catalogue.released > 0).sum() == round(300 * 0.4 * 180 / 365)
    assert tables["titles"]["year"].to_list() == released.dt.year().to_list()
    for name, time in (("watches", "watched_at"), ("purchases", "purchased_at")):
        since = tables[name][time] - released.gather(numbers(tables[name]["title_id"]))
        assert since.min() >= timedelta(0)
        if name == "purchases":
            assert since.max() < timedelta(weeks=RUN_WEEKS)
            weeks = since.dt.total_days() // 7
            assert (weeks == 0).sum() > 1.5 * (weeks == 2).sum()


def test_new_titles_are_watched_most_when_they_are_new(tables: Tables) -> None:
    catalogue = draw_catalogue(300, seed=11, start=START, days=180)
    title = numbers(tables["watches"]["title_id"])
    days = (tables["watches"]["watched_at"] - pl.Series([START]).cast(pl.Datetime)[0]).dt.total_days().to_numpy()
    age = (days + first_friday_offset(START)) // 7 - catalogue.released[title]
    early = (catalogue.released[title] > 0) & (catalogue.released[title] < 10)
    assert (early & (age < 4)).sum() > 1.5 * (early & (age >= 8) & (age < 12)).sum()


def test_minutes_lie_within_the_runtime_and_grow_with_affinity(tables: Tables, watches: pl.DataFrame) -> None:
    share = tables["watches"]["minutes"] / tables["watches"].join(tables["titles"], on="title_id")["runtime_minutes"]
    assert watches["minutes"].min() > 0
    assert (watches["minutes"] <= watches["runtime_minutes"]).all()
    affinity = affinities(tables)[numbers(tables["watches"]["viewer_id"]), numbers(tables["watches"]["title_id"])]
    assert np.corrcoef(np.log(affinity), share.to_numpy())[0, 1] > 0.15


def test_the_weekend_has_its_documented_share(watches: pl.DataFrame) -> None:
    share = (watches["watched_at"].dt.weekday() >= 6).mean()
    assert share == pytest.approx(sum(WATCHING_WEEK[5:]) / 7, abs=0.02)


def test_winter_has_more_watches_than_summer() -> None:
    days = Rhythm(CLOCKS, WATCHING_WEEK, START, 365).days
    assert days[:28].mean() == pytest.approx(1.2, abs=0.02)
    assert days[182:210].mean() == pytest.approx(0.8, abs=0.02)


def test_sessions_follow_one_another(tables: Tables) -> None:
    gaps = (
        tables["watches"]
        .sort("viewer_id", "watched_at")
        .with_columns(
            free=pl.col("watched_at").shift(-1).over("viewer_id")
            - pl.col("watched_at")
            - pl.duration(seconds=(pl.col("minutes") * 60).ceil().cast(pl.Int64))
        )
    )
    within = gaps.filter(pl.col("free").is_between(timedelta(0), timedelta(minutes=15))).height
    assert within / gaps.height == pytest.approx(1 - 1 / MEAN_SESSION, abs=0.05)


def test_affinity_predicts_what_is_watched(tables: Tables) -> None:
    affinity = affinities(tables)
    viewer, title = numbers(tables["watches"]["viewer_id"]), numbers(tables["watches"]["title_id"])
    watched = affinity[viewer, title]
    other = affinity[viewer, np.random.default_rng(0).permutation(title)]  # as popular, of no regard to taste
    auc = (watched > other).mean() + 0.5 * (watched == other).mean()
    assert watched.mean() > 1.4 * other.mean()
    assert auc > 0.6


def test_ratings_are_half_stars_that_follow_affinity(tables: Tables) -> None:
    ratings = tables["ratings"]
    assert set((ratings["rating"] * 2).to_list()) <= set(range(1, 11))
    affinity = affinities(tables)[numbers(ratings["viewer_id"]), numbers(ratings["title_id"])]
    assert np.corrcoef(np.log(affinity), ratings["rating"])[0, 1] > 0.3
    assert 3.0 < ratings["rating"].mean() < 3.8


def test_reviews_belong_to_ratings_and_follow_them_in_time(tables: Tables) -> None:
    reviews = tables["reviews"]
    joined = reviews.join(tables["ratings"], on=["viewer_id", "title_id"])
    assert joined.height == reviews.height
    assert joined["score"].equals(joined["rating"], check_names=False)
    assert reviews.height / tables["ratings"].height == pytest.approx(REVIEW_SHARE, abs=0.02)
    assert reviews["review_id"].is_unique().all()
    since = joined["reviewed_at"] - joined["rated_at"]
    assert since.min() >= timedelta(minutes=1)
    assert since.max() <= timedelta(minutes=30)


def test_reviews_take_no_random_numbers_from_other_tables(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated_reviews, "REVIEW_SHARE", 0.5)
    simulate(tmp_path / "more", **SIZES)
    more = read(tmp_path / "more")
    assert more["reviews"].height > 2 * tables["reviews"].height
    assert all(more[name].equals(tables[name], null_equal=True) for name in COLUMNS if name != "reviews")


def test_popularity_has_a_long_tail(tmp_path: Path) -> None:
    simulate(tmp_path / "out", viewers=300, titles=2_000, days=180, seed=5)
    counts = read(tmp_path / "out")["watches"]["title_id"].value_counts()["count"].sort(descending=True)
    assert counts[:400].sum() > 0.55 * counts.sum()


def test_most_watches_are_of_titles_not_seen_before(tables: Tables) -> None:
    distinct = tables["watches"].select("viewer_id", "title_id").n_unique()
    assert distinct > 0.8 * tables["watches"].height


def test_purchases_are_of_one_to_four_tickets_at_a_price(tables: Tables) -> None:
    purchases = tables["purchases"]
    price = purchases["amount"] / purchases["tickets"]
    assert set(purchases["tickets"].unique()) == {1, 2, 3, 4}
    assert price.min() >= 9.0
    assert price.max() <= 14.5
    assert (purchases["purchased_at"].dt.weekday() >= 5).mean() > 0.5


def test_exposure_is_the_integral_of_intensity_and_staying() -> None:
    audience = draw_audience(200, seed=4, start=START, days=120)
    rhythm = Rhythm(CLOCKS, WATCHING_WEEK, START, 120)
    begin, end = 30 * 86_400.0, 110 * 86_400.0
    hours = np.arange(begin, end, 600.0) + 300.0
    total = np.zeros(200)
    everyone = np.arange(200)
    for time in hours:
        member = (audience.joined <= time) & (time < audience.left)
        moment = np.full(200, time)
        rate = rhythm.cumulative(audience.clock, moment + 300) - rhythm.cumulative(audience.clock, moment - 300)
        total += member * rate * staying(audience, everyone, moment)
    np.testing.assert_allclose(exposure(audience, rhythm, begin, end), total, atol=0.02)


def test_the_truth_gives_the_probability_of_being_active(tables: Tables) -> None:
    audience = draw_audience(400, seed=11, start=START, days=180)
    rhythm = Rhythm(CLOCKS, WATCHING_WEEK, START, 180)
    day = (tables["watches"]["watched_at"].dt.date() - START).dt.total_days().to_numpy()
    viewer = numbers(tables["watches"]["viewer_id"])
    rates = audience.watches_per_day / MEAN_SESSION
    said, seen = 0.0, 0
    for week in range(2, 25):
        span = exposure(audience, rhythm, week * 7 * 86_400.0, (week + 1) * 7 * 86_400.0)
        said += float((1 - np.exp(-rates * span)).sum())
        seen += len(np.unique(viewer[(day >= 7 * week) & (day < 7 * week + 7)]))
    assert seen == pytest.approx(said, rel=0.02)


def test_activity_falls_before_those_who_fade_leave() -> None:
    audience = draw_audience(50, seed=2, start=START, days=100)
    audience = replace(audience, left=np.full(50, 90 * 86_400.0), fades=np.arange(50) % 2 == 0)
    share = staying(audience, np.array([0, 0, 0, 1]), np.array([0.0, 67.5, 90.0, 89.9]) * 86_400)
    np.testing.assert_allclose(share, [1.0, 0.5, 0.0, 1.0])


def test_row_sampler_draws_in_proportion_and_never_a_zero() -> None:
    rng = np.random.default_rng(0)
    sampler = RowSampler(np.array([[0.0, 1.0, 3.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 5.0]]))
    drawn = sampler.draw(np.repeat(np.arange(3), 40_000), rng).reshape(3, -1)
    assert np.bincount(drawn[0], minlength=4)[[0, 3]].sum() == 0
    assert (drawn[0] == 2).mean() == pytest.approx(0.75, abs=0.01)
    assert (drawn[1] == 0).all()
    assert (drawn[2] == 3).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("viewers", "titles", "days"), [(1, 1, 1), (1, 1, 40), (3, 1, 400), (1, 50, 2), (50, 2, 8)])
def test_tiny_sizes_work(tmp_path: Path, viewers: int, titles: int, days: int, seed: int) -> None:
    counts = simulate(tmp_path / "out", viewers=viewers, titles=titles, days=days, seed=seed, start=date(2024, 2, 29))
    assert counts["titles"] == titles
    assert counts["viewers"] == viewers
    assert read(tmp_path / "out")["watches"].columns == COLUMNS["watches"]


@pytest.mark.parametrize("wrong", [{"viewers": 0}, {"titles": 0}, {"days": -1}, {"watches": 0}, {"seed": -1}])
def test_impossible_sizes_are_refused_in_one_line(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=f"^{next(iter(wrong))} must be at least") as caught:
        simulate(tmp_path / "out", **{**SIZES, **wrong})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_days_that_go_past_the_last_year_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^100000 days from 2025-01-01 go past 2199, .*; give 63917 at most$"):
        simulate(tmp_path / "out", viewers=1, titles=1, days=100_000, seed=1)
    assert not (tmp_path / "out").exists()
    counts = simulate(tmp_path / "out", viewers=1, titles=9, days=7, seed=1, start=date(2199, 12, 25))
    assert counts["titles"] == 9
    assert read(tmp_path / "out")["titles"]["year"].max() <= 2199


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="not an empty folder"):
        simulate(tmp_path, **SIZES)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_a_failure_leaves_nothing_half_written(tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "out", **SIZES, advance=stop)
    assert not (tmp_path / "out").exists()
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path, **SIZES, advance=stop)
    assert list(tmp_path.iterdir()) == []
