"""Simulated reviews: their words follow the stars, through negations and facts."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from toolkit.simulated_audience import moments
from toolkit.simulated_catalogue import Catalogue, draw_catalogue, identifiers
from toolkit.simulated_reviews import ASPECTS, FACTS, REVIEW_SHARE, SAID, VERDICTS, draw_reviews
from toolkit.simulated_words import GENRES

SENTENCES = [
    {*VERDICTS[side], *(f"{a[0].upper()}{a[1:]} {s}." for a in ASPECTS for s in SAID[side])} for side in (0, 1)
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return draw_catalogue(50, seed=1, start=date(2025, 1, 1), days=90)


def reviewed(catalogue: Catalogue, stars: float, size: int, seed: int = 0) -> pl.DataFrame:
    titles = np.arange(size) % 50
    ratings = pl.DataFrame(
        {
            "viewer_id": identifiers("v", size),
            "title_id": identifiers("t", 50).gather(titles),
            "rating": pl.Series(np.full(size, stars), dtype=pl.Float32),
            "rated_at": moments(np.zeros(size), date(2025, 3, 1)),
        }
    )
    return draw_reviews(ratings, titles, catalogue, np.random.default_rng(seed))


def praised(reviews: pl.DataFrame) -> float:
    """The share of praise in what opens the reviews."""
    opens = [sum(text.startswith(tuple(side)) for text in reviews["review"]) for side in SENTENCES]
    assert sum(opens) == reviews.height
    return opens[1] / reviews.height


def test_praise_and_blame_come_in_equal_number_and_differ() -> None:
    for blame, praise in (SAID, VERDICTS):
        assert len(blame) == len(praise) == len({*blame, *praise}) / 2
    assert all(text[0].isupper() and text[-1] == "." for side in VERDICTS for text in side)
    assert all(form.count("{}") == 2 for form in FACTS)


@pytest.mark.parametrize(("stars", "share"), [(1.0, 0.018), (2.5, 0.269), (3.0, 0.5), (4.0, 0.881), (5.0, 0.982)])
def test_the_share_of_praise_is_the_logistic_curve_of_the_stars(
    catalogue: Catalogue, stars: float, share: float
) -> None:
    assert praised(reviewed(catalogue, stars, 8_000)) == pytest.approx(share, abs=0.04)


def test_a_but_stands_where_a_sentence_judges_both_ways_and_only_there(catalogue: Catalogue) -> None:
    sides = [{f"{aspect} {said}" for aspect in ASPECTS for said in SAID[side]} for side in (0, 1)]
    checked = 0
    for text in reviewed(catalogue, 3.0, 4_000)["review"]:
        left, but, right = text.partition(", but ")
        if but:
            first = left.rpartition(". ")[2].lower()
            second = right.partition(".")[0]
            assert [first in side for side in sides] != [second in side for side in sides]
            assert first.split()[1] != second.split()[1]
            checked += 1
    assert checked > 100


def test_facts_name_the_genre_and_runtime_of_the_title(catalogue: Catalogue) -> None:
    reviews = reviewed(catalogue, 4.0, 4_000)
    told = reviews.filter(pl.col("review").str.contains("minutes"))
    assert told.height / reviews.height == pytest.approx(0.35, abs=0.06)
    for number, text in told.select(pl.col("title_id").str.slice(1).cast(pl.Int64), "review").iter_rows():
        assert GENRES[catalogue.genres[number, 0]].name in text
        assert f" {catalogue.runtime[number]:.0f} minutes" in text


def test_every_review_is_whole_sentences(catalogue: Catalogue) -> None:
    reviews = reviewed(catalogue, 3.5, 4_000)["review"]
    assert reviews.null_count() == 0
    assert reviews.str.contains(r"^[A-Z].*\.$").all()
    assert not reviews.str.contains(r"  |\.\.|\{|null").any()
    assert reviews.n_unique() > 0.8 * len(reviews)


def test_the_same_random_numbers_give_the_same_reviews(catalogue: Catalogue) -> None:
    first, again, other = (reviewed(catalogue, 3.0, 500, seed) for seed in (5, 5, 6))
    assert first.equals(again)
    assert not first.equals(other)
    assert first.height == pytest.approx(500 * REVIEW_SHARE, abs=35)


def test_no_ratings_give_no_reviews(catalogue: Catalogue) -> None:
    none = reviewed(catalogue, 3.0, 0)
    assert none.height == 0
    assert none.schema["review"] == pl.String


def test_single_words_tell_the_side_fairly_and_trained_weights_clearly_better(catalogue: Catalogue) -> None:
    textblob = pytest.importorskip("textblob")
    text = pytest.importorskip("sklearn.feature_extraction.text")
    linear = pytest.importorskip("sklearn.linear_model")
    frames = [reviewed(catalogue, stars, 2_600, seed) for seed, stars in enumerate((1.5, 2.0, 2.5, 3.5, 4.0, 4.5))]
    texts = pl.concat(frames)["review"].to_list()
    positive = (pl.concat(frames)["score"] > 3).to_numpy()
    train = np.random.default_rng(0).random(len(texts)) < 0.7
    features = text.TfidfVectorizer(min_df=2).fit_transform(texts)
    model = linear.LogisticRegression().fit(features[train], positive[train])
    trained = float((model.predict(features[~train]) == positive[~train]).mean())
    polarity = np.array(
        [textblob.TextBlob(t).sentiment.polarity for t, kept in zip(texts, train, strict=True) if not kept]
    )
    lexicon = float(((polarity > 0) == positive[~train]).mean())
    assert 0.7 < lexicon < 0.85
    assert trained > lexicon + 0.06
