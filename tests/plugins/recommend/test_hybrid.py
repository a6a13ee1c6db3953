"""hybrid: the docstring's formula, titles without a history, explanations, failures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import psutil
import pytest
from scipy.sparse import csr_array

from plugins.recommend.content import Content
from plugins.recommend.ease import Ease
from plugins.recommend.hybrid import Hybrid
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

GENRES = ("Comedy", "Crime", "Drama", "Horror", "Noir", "Western")


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def described(genres):
    """Tables where a title has these genres and nothing else."""
    pairs = [(title, genre) for title, found in enumerate(genres) for genre in found]
    text = {"title_key": pl.Int32, "text": pl.String}
    empty = pl.DataFrame(schema=text)
    return {
        "raw.titles": empty.rename({"text": "plot"}),
        "raw.genres": pl.DataFrame(pairs, schema=text, orient="row").rename({"text": "genre"}),
        "raw.credits": empty.rename({"text": "person"}).with_columns(role=pl.lit("cast")),
        "raw.tags": empty.rename({"text": "tag"}).with_columns(viewer_key=pl.lit(1)),
    }


def fitted(data, tables, **settings):
    model = Hybrid(**settings)
    model.fit(data, tables, 0)
    return model


def regression(gram, regularisation, share):
    """B(G, λ) of the docstring, in float64."""
    inverse = np.linalg.inv(gram + np.diag(regularisation + share * np.diag(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def audience(viewers, titles):
    """Ratings of which half are liked; the last title but one has a genre and no rating, the last one nothing."""
    random = np.random.default_rng(5)
    dense = np.where(random.random((viewers, titles)) < 0.3, random.integers(2, 6, (viewers, titles)), 0)
    dense[:, -2:] = 0
    genres = [sorted(random.choice(GENRES, 1 + title % 3, replace=False)) for title in range(titles)]
    return dense, described([*genres[:-2], ["Crime", "Noir"], []])


@pytest.mark.parametrize("shape", [(40, 15), (15, 90)])
@pytest.mark.parametrize("chosen", [(0.4, 3.0, 10.0, 0.5, 0.5), (0.1, 0.5, 1.0, 0.0, 0.0)])
def test_equals_the_formula_in_float64(shape, chosen):
    dense, tables = audience(*shape)
    side, side_regularisation, regularisation, share, activity = chosen
    model = fitted(
        interactions(dense), tables, side=side, side_regularisation=side_regularisation,
        regularisation=regularisation, diagonal_share=share, activity=activity,
    )  # fmt: skip
    content = Content()
    content.fit(interactions(dense), tables, 0)
    liked, vectors = (dense >= 4).astype(np.float64), content._vectors.toarray().astype(np.float64)
    known = np.flatnonzero(liked.any(axis=0))
    unseen = np.setdiff1d(np.arange(shape[1]), known)
    assert unseen.size >= 2
    by_likes = (liked.T * np.maximum(liked.sum(axis=1), 1) ** -activity) @ liked
    alike = vectors @ vectors.T
    expected = np.zeros(alike.shape)
    inner = np.ix_(known, known)
    expected[inner] = (1 - side) * regression(by_likes[inner], regularisation, share)
    expected[inner] += side * regression(alike[inner], side_regularisation, share)
    penalty = np.diag(side_regularisation + share * np.diag(alike[inner]))
    expected[np.ix_(known, unseen)] = side * np.linalg.solve(alike[inner] + penalty, alike[np.ix_(known, unseen)])
    scores = model.score(interactions(dense))
    np.testing.assert_allclose(scores, liked @ expected, rtol=1e-4, atol=1e-6)
    assert scores.dtype == np.float32
    found = model.title_weights(shape[1]).toarray()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(40, 15), (15, 90)])
def test_a_title_without_a_history_is_scored_by_what_describes_it(shape):
    dense, tables = audience(*shape)
    assert Hybrid.catalogue == "all"
    model = fitted(interactions(dense), tables)
    noir = {row[0] for row in tables["raw.genres"].filter(genre="Noir").iter_rows()} - {shape[1] - 2}
    other = set(range(shape[1] - 2)) - {
        row[0] for row in tables["raw.genres"].iter_rows() if row[1] in ("Crime", "Noir")
    }
    new = np.zeros((2, shape[1]))
    new[0, min(noir)], new[1, min(other)] = 5, 5
    scores = model.score(interactions(new, rows=np.array([-1, -1])))
    assert scores[0, -2] > 0
    assert scores[0, -2] > scores[1, -2]
    # Nothing at all is known of the last one.
    assert not scores[:, -1].any()
    ease = Ease()
    ease.fit(interactions(dense), {}, 0)
    assert not ease.score(interactions(new))[:, -2:].any()


@pytest.mark.parametrize("shape", [(40, 15), (15, 90)])
def test_contributions_sum_to_the_score_over_liked_titles(shape):
    dense, tables = audience(*shape)
    data = interactions(dense)
    model = fitted(data, tables)
    rows, columns = np.repeat(np.arange(shape[0]), shape[1]), np.tile(np.arange(shape[1]), shape[0])
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-6)
    assert not (parts.toarray() * (data.liked.toarray()[rows] == 0)).any()


def test_a_little_side_information_is_nearly_ease():
    dense, tables = audience(40, 15)
    ease = Ease()
    ease.fit(interactions(dense), {}, 0)
    scores = fitted(interactions(dense), tables, side=1e-6).score(interactions(dense))
    np.testing.assert_allclose(scores, ease.score(interactions(dense)), atol=1e-4)


def test_nothing_liked_and_nothing_to_go_by():
    dense, tables = audience(10, 8)
    with pytest.raises(ModelError, match="hybrid has nothing to learn from"):
        fitted(interactions(np.minimum(dense, 3)), tables)
    with pytest.raises(ModelError, match="hybrid has nothing to go by: no two titles share"):
        fitted(interactions(dense), described([["Crime"], ["Drama"]]))


def test_too_little_memory_is_said_before_it_is_used(monkeypatch):
    dense, tables = audience(40, 15)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
    with pytest.raises(ModelError, match=r"13 titles squared and .* take ease, als or item-knn, which need less"):
        fitted(interactions(dense), tables)
