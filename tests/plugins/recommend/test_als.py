"""als: scores worked out by hand and by alternating exact solutions in float64, fold-in, explanations, failures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import als
from plugins.recommend.als import Als
from toolkit.errors import ModelError
from toolkit.interactions import Interactions


def interactions(dense, rows=None):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0, rows=rows)


def fitted(dense, seed=0, **settings):
    model = Als(**settings)
    model.fit(interactions(dense), {}, seed)
    return model


def turn(liked, other, unobserved, regularisation, exponent):
    """The docstring's equations of each row, solved one by one in float64; `other` is held still."""
    total = np.count_nonzero(liked.any(axis=0))
    own = np.zeros((liked.shape[0], other.shape[1]))
    for row, likes in enumerate(liked):
        penalty = regularisation * (likes.sum() + unobserved * total) ** exponent
        left = other[likes].T @ other[likes] + unobserved * other.T @ other + penalty * np.eye(other.shape[1])
        own[row] = np.linalg.solve(left, other[likes].sum(axis=0))
    return own


def loss(liked, titles, unobserved, regularisation, exponent):
    """The docstring's sum for given titles, viewers being at their best."""
    viewers = turn(liked, titles, unobserved, regularisation, exponent)
    scores = viewers @ titles.T
    by_viewer, by_title = liked.sum(axis=1), liked.sum(axis=0)
    penalties = [
        ((counts + unobserved * np.count_nonzero(others)) ** exponent * (vectors**2).sum(axis=1)).sum()
        for counts, others, vectors in ((by_viewer, by_title, viewers), (by_title, by_viewer, titles))
    ]
    return ((1 - scores[liked]) ** 2).sum() + unobserved * (scores**2).sum() + regularisation * sum(penalties)


@pytest.fixture
def ratings():
    """40 viewers, 25 titles; viewer 3 has seen nothing, viewer 4 liked nothing, nobody liked title 6."""
    random = np.random.default_rng(5)
    dense = np.where(random.random((40, 25)) < np.linspace(0.1, 0.8, 25), random.integers(1, 6, (40, 25)), 0)
    dense[3] = 0
    dense[4] = np.minimum(dense[4], 3)
    dense[:, 6] = np.minimum(dense[:, 6], 3)
    return dense


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (2, 9)])
def test_where_everybody_likes_everything_by_hand(shape):
    # All vectors come to be one w: w·(|w|²·(1 + α) + λ·(1 + α)) = w, so that w·w = 1 / (1 + α) - λ = 0.8 - 0.1.
    model = fitted(np.full(shape, 5), factors=1, unobserved=0.25, regularisation=0.1, iterations=100)
    np.testing.assert_allclose(model.score(interactions(np.full(shape, 5))), np.full(shape, 0.7), rtol=1e-4)


def test_a_regularisation_above_what_there_is_to_gain_leaves_nothing():
    # 1 / (1 + α) - λ is below 0.
    model = fitted(np.full((4, 3), 5), factors=2, unobserved=0.25, regularisation=0.9, iterations=100)
    assert np.abs(model.score(interactions(np.full((4, 3), 5)))).max() < 1e-3


@pytest.mark.parametrize("settings", [(0.1, 0.02, 1.0), (0.5, 0.1, 0.5), (0.02, 1.0, 0.0), (1.0, 0.01, 1.5)])
def test_with_as_many_steps_as_factors_every_turn_is_solved_exactly(ratings, settings):
    liked = ratings >= 4
    random = np.random.default_rng(7).standard_normal((25, 4), dtype=np.float32)
    titles = random.astype(np.float64) * 0.3 / 2 * liked.any(axis=0)[:, None]
    for _ in range(5):
        titles = turn(liked.T, turn(liked, titles, *settings), *settings)
    named = dict(zip(("unobserved", "regularisation", "exponent"), settings, strict=True))
    model = fitted(ratings, seed=7, factors=4, steps=4, iterations=5, deviation=0.3, **named)
    np.testing.assert_allclose(model._titles[:-1], titles, rtol=1e-3, atol=1e-4)
    expected = turn(liked, titles, *settings) @ titles.T
    scores = model.score(interactions(ratings))
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)
    assert scores.dtype == np.float32


def test_the_loss_falls_with_every_turn(ratings):
    settings = {"unobserved": 0.1, "regularisation": 0.02, "exponent": 1.0}
    losses = [
        loss(
            ratings >= 4, fitted(ratings, factors=4, steps=4, iterations=n, **settings)._titles[:-1], *settings.values()
        )
        for n in range(1, 9)
    ]
    assert (np.diff(losses) < 1e-3).all()
    assert losses[-1] < 0.95 * losses[0]


@pytest.mark.parametrize("steps", [1, 2, 40])
def test_other_numbers_of_steps_come_to_the_same_loss(ratings, steps):
    settings = {"unobserved": 0.1, "regularisation": 0.02, "exponent": 1.0}
    exact, other = (
        loss(
            ratings >= 4,
            fitted(ratings, factors=8, steps=n, iterations=40, **settings)._titles[:-1],
            *settings.values(),
        )
        for n in (8, steps)
    )
    assert other == pytest.approx(exact, rel=0.02)


def test_a_step_heads_for_the_solution_and_two_get_nearer(ratings):
    liked = ratings >= 4
    model = Als(factors=8)
    titles = np.zeros((26, 8), dtype=np.float32)
    titles[:-1] = np.random.default_rng(1).standard_normal((25, 8)) * 0.3
    expected = turn(liked, titles[:-1].astype(np.float64), model.unobserved, model.regularisation, 1.0)
    matrix = interactions(ratings).liked
    equations = model._equations(titles, liked.sum(axis=0), np.diff(matrix.indptr))
    distances = []
    for steps in (0, 1, 2, 4, 8):
        viewers = np.zeros((41, 8), dtype=np.float32)
        als._descend(viewers, equations, list(als._blocks(matrix, 8)), steps)
        distances.append(np.linalg.norm(viewers[:-1] - expected))
    assert (np.diff(distances) < 0).all()
    assert distances[2] < 0.5 * distances[0]
    assert distances[-1] < 1e-4 * distances[0]


def test_liked_titles_score_higher_than_the_others(ratings):
    liked = ratings >= 4
    scores = fitted(ratings).score(interactions(ratings))
    assert scores[liked].mean() > scores[~liked].mean() + 0.3


def test_somebody_new_scores_as_a_viewer_with_the_same_history(ratings):
    model = fitted(ratings)
    new = interactions(ratings[6:8], rows=np.array([-1, -1]))
    np.testing.assert_allclose(model.score(new), model.score(interactions(ratings))[6:8], rtol=1e-4, atol=1e-5)


def test_a_title_that_is_folded_in_gets_the_exact_solution_and_the_others_keep_theirs(ratings):
    first = np.delete(ratings, 8, axis=1)[:38]
    model = Als(factors=4)
    keys = np.delete(np.arange(25), 8)
    model.fit(Interactions(csr_array(first.astype(np.float32)), np.arange(38), keys, threshold=4.0), {}, 0)
    known = model._titles[:-1].astype(np.float64)
    model.fold_in(interactions(ratings))
    np.testing.assert_array_equal(model._titles[keys], known.astype(np.float32))
    liked, old = ratings >= 4, np.zeros((25, 4))
    old[keys] = known
    # The title's viewers are those that the other titles tell; all their likes count in the penalty.
    settings, total = (0.1, 0.02, 1.0), np.count_nonzero(liked[:, keys].any(axis=0))
    viewers = np.zeros((40, 4))
    for row, likes in enumerate(liked):
        penalty = 0.02 * (likes.sum() + 0.1 * total)
        left = old[likes].T @ old[likes] + 0.1 * old.T @ old + penalty * np.eye(4)
        viewers[row] = np.linalg.solve(left, old[likes].sum(axis=0))
    viewers[~liked.any(axis=1)] = 0
    expected = turn(liked.T, viewers, *settings)[8]
    np.testing.assert_allclose(model._titles[8], expected, rtol=1e-3, atol=1e-4)
    scores = turn(liked, model._titles[:-1].astype(np.float64), *settings) @ model._titles[:-1].T
    np.testing.assert_allclose(model.score(interactions(ratings)), scores, rtol=1e-3, atol=1e-3)
    assert not model._titles[6].any()


def test_what_was_seen_but_not_liked_has_no_say(ratings):
    model = fitted(ratings)
    np.testing.assert_array_equal(
        model.score(interactions(ratings)), model.score(interactions(np.where(ratings >= 4, 5, 0)))
    )


def test_nothing_is_said_of_who_likes_nothing_nor_of_what_nobody_likes(ratings):
    scores = fitted(ratings).score(interactions(ratings))
    assert not scores[3:5].any()
    assert not scores[:, 6].any()
    assert np.delete(np.delete(scores, [3, 4], axis=0), 6, axis=1).all()
    assert fitted(ratings).score(interactions(np.zeros((0, 25)))).shape == (0, 25)


def test_viewers_and_titles_without_likes_change_nothing_for_the_others(ratings):
    wider = np.pad(ratings, ((0, 5), (0, 2)))
    scores = fitted(wider).score(interactions(wider))
    np.testing.assert_allclose(scores[:40, :25], fitted(ratings).score(interactions(ratings)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("numbers", [1, 300])
def test_blocks_change_nothing(monkeypatch, ratings, numbers):
    whole = fitted(ratings).score(interactions(ratings))
    monkeypatch.setattr(als, "_BLOCK_NUMBERS", numbers)
    np.testing.assert_allclose(fitted(ratings).score(interactions(ratings)), whole, rtol=1e-3, atol=1e-4)


def test_blocks_hold_every_entry_once_and_keep_to_their_size(monkeypatch, ratings):
    monkeypatch.setattr(als, "_BLOCK_NUMBERS", 4 * 60)
    matrix = interactions(ratings).liked
    blocks = list(als._blocks(matrix, 4))
    assert len(blocks) > 2
    assert all(block.columns.size <= 60 for block in blocks)
    found = np.zeros((40, 26), dtype=int)
    for block in blocks:
        np.add.at(found, (block.rows[:, None], block.columns), 1)
        np.testing.assert_array_equal((block.columns < 25).sum(axis=1), block.lengths)
    np.testing.assert_array_equal(found[:, :25], ratings >= 4)


def test_contributions_sum_to_the_score_over_liked_titles(ratings):
    model, data = fitted(ratings, factors=6), interactions(ratings)
    rows, columns = np.repeat(np.arange(40), 25), np.tile(np.arange(25), 40)
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-3, atol=1e-5)
    assert not (parts.toarray() * (ratings[rows] < 4)).any()


def test_a_contribution_by_hand():
    # k = 1, α = 1, λ = 1 / 8 and two titles, so that A = h0² + h1² + (h0² + h1²) + (2 + 2) / 8.
    model = fitted([[5, 5], [5, 0]], factors=1, unobserved=1.0, regularisation=0.125)
    first, second = model._titles[:-1, 0].astype(np.float64)
    left = 2 * (first**2 + second**2) + 0.5
    parts = model.contributions(interactions([[5, 5]], rows=np.array([-1])), np.array([0]), np.array([1]))
    np.testing.assert_allclose(parts.toarray(), [[second * first / left, second * second / left]], rtol=1e-5)


def test_no_pairs_no_contributions(ratings):
    nothing = np.array([], dtype=np.int64)
    assert fitted(ratings).contributions(interactions(ratings), nothing, nothing).shape == (0, 25)


def test_the_seed_decides(ratings):
    data = interactions(ratings)
    first = fitted(ratings, seed=1).score(data)
    np.testing.assert_array_equal(fitted(ratings, seed=1).score(data), first)
    assert (fitted(ratings, seed=2).score(data) != first).any()


def test_nothing_liked():
    with pytest.raises(ModelError, match="none of 4 interactions reaches the threshold 4"):
        fitted(np.full((2, 2), 3))


def test_a_regularisation_that_is_too_small_is_named(ratings):
    with pytest.raises(ModelError, match="regularisation 1e-30; set a larger one"):
        fitted(ratings, regularisation=1e-30)
