"""content: similarities worked out by hand, titles that nobody has seen, explanations, failures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from plugins.recommend import content
from plugins.recommend.content import Content
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

KEYS = np.array([2, 3, 5, 7, 11])


def tables(genres=(), people=(), tags=(), plots=()):
    text = {"title_key": pl.Int32, "text": pl.String}
    frame = lambda rows, name: pl.DataFrame(list(rows), schema=text, orient="row").rename({"text": name})  # noqa: E731
    return {
        "raw.titles": frame(plots, "plot"),
        "raw.genres": frame(genres, "genre"),
        "raw.credits": frame(people, "person").with_columns(role=pl.lit("cast")),
        "raw.tags": frame(tags, "tag").with_columns(viewer_key=pl.lit(1)),
    }


def history(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), KEYS, threshold=4.0, rows=rows)


def fitted(data, **settings):
    model = Content(**settings)
    model.fit(history(np.zeros((1, 5))), data, 0)
    return model


FILMS = tables(
    genres=[(2, "Crime"), (3, "Crime"), (3, "Drama"), (5, "Drama"), (7, "western"), (99, "Crime")],
    people=[(2, "Al Pacino"), (5, "al pacino "), (7, "John Wayne")],
    tags=[(3, "heist"), (5, "Heist"), (5, "heist")],
    plots=[(2, "The robbers and the detective"), (3, None), (7, "A detective, the robbers"), (11, "")],
)


def test_one_field_by_hand():
    # Crime and Drama are in two titles each, so title 3 is (1, 1) / √2; western is in one title and links nothing.
    model = fitted(FILMS, genres=1, cast=0, tags=0, plot=0)
    scores = model.score(history([[5, 0, 0, 0, 0], [5, 0, 5, 0, 0]]))
    half = 1 / np.sqrt(2)
    np.testing.assert_allclose(scores, [[1, half, 0, 0, 0], [1, 2 * half, 1, 0, 0]], rtol=1e-6)


def test_fields_are_weighed_and_terms_compared_without_case():
    scores = fitted(FILMS, genres=1, cast=1, tags=1, plot=1).score(history([[5, 0, 0, 0, 0], [0, 0, 5, 0, 0]]))
    half = 1 / np.sqrt(2)
    # Title 2 has genre, cast and plot: with itself 3/4; with 5 the actor, 1/4; with 7 both words of the plot, 1/4.
    np.testing.assert_allclose(scores[0], [3 / 4, half / 4, 1 / 4, 1 / 4, 0], rtol=1e-6)
    np.testing.assert_allclose(scores[1], [1 / 4, (half + 1) / 4, 3 / 4, 0, 0], rtol=1e-6)


def test_rarer_terms_count_more():
    data = tables(genres=[(2, "Noir"), (2, "Drama"), (3, "Noir"), (5, "Drama"), (7, "Drama"), (11, "Drama")])
    scores = fitted(data).score(history([[5, 0, 0, 0, 0]]))[0]
    noir, drama = 1 + np.log(6 / 3), 1 + np.log(6 / 5)
    expected = np.array([np.hypot(noir, drama), noir, drama, drama, drama]) / np.hypot(noir, drama) * 0.2 / 3.2
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_titles_that_nobody_has_seen_are_ranked_and_those_without_terms_score_nothing():
    assert Content.catalogue == "all"
    scores = fitted(FILMS).score(history([[0, 5, 0, 0, 0]]))[0]
    assert scores[0] > 0
    assert scores[2] > 0
    assert scores[4] == 0


def test_centred_profiles_count_what_was_rated_low_against():
    model = fitted(FILMS, genres=1, cast=0, tags=0, plot=0, profile="centred")
    # Mean 3: title 2 (crime) +2, title 5 (drama) -2, which meet in title 3.
    np.testing.assert_allclose(model.score(history([[5, 0, 1, 0, 0]])), [[2, 0, -2, 0, 0]], atol=1e-6)


@pytest.mark.parametrize("profile", ["liked", "centred"])
def test_contributions_sum_to_the_score(profile, monkeypatch):
    monkeypatch.setattr(content, "_BLOCK_ENTRIES", 3)
    monkeypatch.setattr(content, "_PROFILE_ENTRIES", 3)
    data = history(np.array([[5, 4, 1, 0, 2], [0, 0, 0, 0, 0], [5, 5, 4, 3, 4]]))
    model = fitted(FILMS, profile=profile)
    rows, columns = np.repeat(np.arange(3), 5), np.tile(np.arange(5), 3)
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-5, atol=1e-6)
    assert not (parts.toarray() * (data.values.toarray()[rows] == 0)).any()


def test_an_empty_history_scores_nothing():
    assert not fitted(FILMS).score(history(np.zeros((1, 5)), rows=np.array([-1]))).any()


@pytest.mark.parametrize("data", [tables(), tables(genres=[(2, "Crime"), (3, "Drama")])])
def test_nothing_to_go_by(data):
    with pytest.raises(ModelError, match="no two titles share"):
        fitted(data)


def test_all_weights_zero():
    with pytest.raises(ModelError, match="no two titles share"):
        fitted(FILMS, genres=0, cast=0, tags=0, plot=0)
