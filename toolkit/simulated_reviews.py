"""The reviews of a simulation: some ratings come with a few sentences whose words follow the stars.

`toolkit.simulator` tells the whole story. All phrases are invented for the simulator. Many of them turn on a negation
("not a moment too long"), or say the one with words of the other ("a great idea, wasted"): a lexicon that weighs
single words gets these wrong, a model that is trained on the reviews need not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.simulated_words import GENRES

if TYPE_CHECKING:
    import polars as pl

    from toolkit.simulated_catalogue import Catalogue, Floats, Integers

REVIEW_SHARE = 0.15
MIXED_STARS, STEEPNESS = 3.0, 2.0
VERDICT_SHARE = 0.5
SHARES = {"paired": 0.6, "told": 0.35, "closed": 0.5}  # of the reviews that go on in these ways
SHORTEST, LONGEST = 60, 1800  # seconds from the rating to the review


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split("|"))


ASPECTS = _phrases(
    "the acting | the script | the photography | the music | the ending | the opening | the dialogue | the lead | "
    "the editing | the last act | the direction | the set design"
)
# What is said of an aspect: blame, then praise; as many of each.
SAID = (
    _phrases(
        "is a mess | is wooden | falls apart halfway | is boring | is not half as clever as it thinks | "
        "is stupid and predictable | made me look at my watch | is weak | is annoying | is a terrible idea | "
        "is hardly worth the trouble | is dull | is dreadful | is neither fresh nor funny | is bland and stale | "
        "is simply bad"
    ),
    _phrases(
        "is superb | is a joy | holds to the end | never puts a foot wrong | is not dull for a second | "
        "is fresh and funny | is warm and precise | stays with you | is excellent | is great fun | "
        "is better than it needs to be | is perfect | is delightful | is beautiful | is clever and moving | "
        "has none of the usual tired tricks"
    ),
)
VERDICTS = (
    _phrases(
        "Two hours that I will not get back. | A sad, ugly bore. | I wanted to love it and could not. | Avoid. | "
        "A great idea, wasted. | Not even this fine cast can save it. | I have seldom been so bored. | "
        "It is never as funny as the poster. | A horrible evening. | Painfully slow and pointless. | "
        "I left early, feeling worse. | Awful from start to finish. | It could not have mattered less to me. | "
        "Bad in every way. | I hated it. | A failure."
    ),
    _phrases(
        "What a lovely surprise. | Not a moment too long. | I did not want it to end. | Easily the best of the year. | "
        "I loved it. | Nothing about it is boring. | I laughed, I cried, I rang my mother. | Go and see it. | "
        "Hard to fault. | I never cry at films, and did. | A good film for a happy evening. | Pure pleasure. | "
        "Wonderful from start to finish. | It could hardly have been better. | Impressive and exciting. | "
        "A charming thing, and wise."
    ),
)
FACTS = ("{} of {} minutes.", "It is sold as {} and runs {} minutes.", "The programme says {}, {} minutes.")


def draw_reviews(
    ratings: pl.DataFrame, titles: Integers, catalogue: Catalogue, rng: np.random.Generator
) -> pl.DataFrame:
    """The table reviews: REVIEW_SHARE of the (n,) ratings, which are of these (n,) titles, put into words.

    A viewer rates a title once, so the two ids together are the review's.
    """
    import polars as pl

    chosen = np.flatnonzero(rng.random(len(titles)) < REVIEW_SHARE)
    rated = ratings[chosen]
    delay = rng.integers(SHORTEST, LONGEST, len(chosen))
    parts = _parts(rated["rating"].to_numpy(), rng) | _facts(titles[chosen], catalogue, rng)
    return rated.with_columns(review=_composed(parts), delay=pl.Series(delay)).select(
        pl.format("{}-{}", "viewer_id", "title_id").alias("review_id"),
        "viewer_id",
        "title_id",
        "review",
        pl.col("rating").alias("score"),
        (pl.col("rated_at") + pl.duration(seconds="delay")).alias("reviewed_at"),
    )


def _clauses() -> pl.Series:
    """Every aspect with everything that is said of it: by blame and praise, then aspect, then what is said."""
    import polars as pl

    return pl.Series([f"{aspect} {said}" for side in SAID for aspect in ASPECTS for said in side])


def _parts(stars: Floats, rng: np.random.Generator) -> dict[str, pl.Series]:
    """The judgements of (n,) reviews: an opener, two clauses for one sentence, a closer.

    Each is praise with probability 1 / (1 + exp(-STEEPNESS · (stars - MIXED_STARS))), whatever the others are.
    """
    import polars as pl

    size, aspects, said, verdicts = len(stars), len(ASPECTS), len(SAID[0]), len(VERDICTS[0])
    praises = 1 / (1 + np.exp(-STEEPNESS * (stars.astype(np.float64) - MIXED_STARS)))
    good = (rng.random((4, size)) < praises).astype(np.int64)
    # Of three aspects, and of two verdicts, no two are the same.
    aspect = rng.integers(0, aspects, size) + np.array([[0], [1], [2]]) * rng.integers(1, aspects // 2, size)
    place = (good[:3] * aspects + aspect % aspects) * said + rng.integers(0, said, (3, size))
    first = rng.integers(0, verdicts, size)
    last = (first + rng.integers(1, verdicts, size)) % verdicts
    clauses, sentences = _clauses(), pl.Series([text for side in VERDICTS for text in side])
    capitals = pl.select(clauses.str.slice(0, 1).str.to_uppercase() + clauses.str.slice(1)).to_series()
    openers = pl.concat([capitals + ".", sentences])
    opener = np.where(rng.random(size) < VERDICT_SHARE, len(clauses) + good[0] * verdicts + first, place[0])
    return {
        "opener": openers.gather(opener),
        "left": capitals.gather(place[1]),
        "link": pl.Series([", but ", " and "]).gather((good[1] == good[2]).astype(np.int64)),
        "right": clauses.gather(place[2]),
        "closer": sentences.gather(good[3] * verdicts + last),
        **{name: pl.Series(rng.random(size) < share) for name, share in SHARES.items()},
    }


def _facts(titles: Integers, catalogue: Catalogue, rng: np.random.Generator) -> dict[str, pl.Series]:
    """What a neutral sentence about (n,) titles is made of."""
    import polars as pl

    names = pl.Series([genre.name for genre in GENRES])
    return {
        "genre": names.gather(catalogue.genres[titles, 0]),
        "minutes": pl.Series(catalogue.runtime[titles], dtype=pl.Int64),
        "form": pl.Series(rng.integers(0, len(FACTS), len(titles))),
    }


def _composed(parts: dict[str, pl.Series]) -> pl.Series:
    """(n,) reviews out of their parts."""
    import polars as pl

    facts = [pl.when(form=number).then(pl.format(text, "genre", "minutes")) for number, text in enumerate(FACTS)]
    sentences = (
        pl.col("opener"),
        pl.when("paired").then(pl.concat_str("left", "link", "right", pl.lit("."))),
        pl.when("told").then(pl.coalesce(facts)),
        pl.when("closed").then("closer"),
    )
    return pl.DataFrame(parts).select(pl.concat_str(sentences, separator=" ", ignore_nulls=True)).to_series()
