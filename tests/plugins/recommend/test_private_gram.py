"""Private Gram matrices: noise as the published formula asks, what one viewer adds, what outlasts the noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from plugins.recommend import private_gram
from plugins.recommend.ease import Ease
from plugins.recommend.item_knn import ItemKnn
from plugins.recommend.private_gram import bounded_weights, kept_from, noise_scale, normal_noise, without_noise
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

NEARLY_NONE = 1e9  # an ε with which the noise is of the order of 1e-5


@pytest.fixture(autouse=True)
def steady_noise(monkeypatch):
    """Noise that is the same in every run of the tests, as the real one never is."""
    monkeypatch.setattr(private_gram, "normal_noise", np.random.default_rng(0).standard_normal)


def interactions(dense):
    values = csr_array(np.asarray(dense, dtype=np.float32))
    return Interactions(values, np.arange(values.shape[0]), np.arange(values.shape[1]), threshold=4.0)


def tasteful(viewers=400, titles=12):
    """Viewers who like half of the titles of one of two kinds each, and nothing of the other."""
    random = np.random.default_rng(1)
    kind = random.integers(2, size=(viewers, 1)) == np.arange(titles) % 2
    return 5.0 * (kind & (random.random((viewers, titles)) < 0.5))


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("delta", [1e-10, 1e-6, 1e-2])
def test_the_noise_gives_delta_exactly(epsilon, delta):
    sigma = noise_scale(epsilon, delta)

    def normal(x):
        return math.erfc(-x / math.sqrt(2)) / 2

    lost = normal(0.5 / sigma - epsilon * sigma)
    left = normal(-0.5 / sigma - epsilon * sigma)
    assert lost - math.exp(epsilon) * left == pytest.approx(delta, rel=1e-4, abs=1e-14)


def test_the_noise_is_less_than_the_classical_one_asks():
    # √(2·ln(1.25/δ)) / ε is the classical scale, valid for ε < 1: 5.2986 for ε = 1 and δ = 1e-6.
    assert 0.7 * 5.2986 < noise_scale(1.0, 1e-6) < 0.85 * 5.2986
    # With ε = 0 it would be 2·Φ(1/2σ) - 1 = δ: σ = 1 / (2·Φ⁻¹(0.55)) = 3.97895 for δ = 0.1.
    assert noise_scale(1e-9, 0.1) == pytest.approx(3.97895, rel=1e-5)


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    st.sampled_from([0.1, 1.0, 5.0]),
)
def test_a_viewer_who_leaves_changes_the_triangle_by_no_more_than_the_bound(histories, activity, bound):
    liked = np.array([[title in history for title in range(6)] for history in histories], dtype=np.float64)

    def triangle(liked):
        weights = bounded_weights(liked.sum(axis=1).astype(np.int64), activity, bound)
        return np.triu((liked.T * weights) @ liked)

    for gone in range(len(histories)):
        change = triangle(liked) - triangle(np.delete(liked, gone, axis=0))
        assert np.linalg.norm(change) <= bound * (1 + 1e-12)


def test_a_fit_says_what_it_spends():
    assert Ease().findings() == {}
    spent = ItemKnn(epsilon=10.0, bound=2.0).findings()["privacy"]
    assert (spent["epsilon"], spent["delta"], spent["sensitivity"]) == (10.0, 1e-6, 2.0)
    assert spent["noise"] == pytest.approx(2 * 0.541, abs=1e-3)


def test_weights_reach_the_bound_where_it_binds():
    # Three likes fill 6 cells of the triangle: 1/√6 each; one like of weight 1 is at the bound as it is.
    np.testing.assert_allclose(bounded_weights(np.array([1, 3]), 0.5, 1.0), [1, 1 / np.sqrt(6)])
    np.testing.assert_allclose(bounded_weights(np.array([4, 9]), 0.5, 1e9), [1 / 2, 1 / 3])


def test_noise_is_standard_normal_and_never_the_same():
    noise = normal_noise(200_000)
    assert abs(noise.mean()) < 0.015
    assert noise.var() == pytest.approx(1, abs=0.02)
    assert (np.abs(noise) > 1.96).mean() == pytest.approx(0.05, abs=0.004)
    assert not np.array_equal(noise, normal_noise(200_000))


def test_each_cell_of_the_triangle_gets_its_own_noise_once(monkeypatch):
    seen = []

    def keep(matrix, sigma):
        seen.append((matrix.copy(), sigma))
        return matrix

    monkeypatch.setattr(private_gram, "without_noise", keep)
    dense = np.ones((400, 30))
    model = Ease(epsilon=5.0, bound=2.0)
    for _ in range(20):
        model.private_gram(csr_array(dense), 0.5, 5.0)
    exact = 400 * 2 / np.sqrt(30 * 31 / 2)
    noise = np.stack([matrix for matrix, _ in seen]) - exact
    sigma = 2 * noise_scale(5.0, 1e-6)
    assert {scale for _, scale in seen} == {sigma}
    np.testing.assert_array_equal(noise, noise.transpose(0, 2, 1))
    upper = noise[:, *np.triu_indices(30)]
    assert upper.std() == pytest.approx(sigma, rel=0.03)
    assert np.corrcoef(upper, rowvar=False)[np.triu_indices(465, 1)].std() == pytest.approx(1 / np.sqrt(19), rel=0.1)


def test_noise_alone_is_seen_as_such_and_a_strong_signal_outlasts_it():
    random = np.random.default_rng(0)
    noise = random.standard_normal((200, 200))
    noise = np.triu(noise) + np.triu(noise, 1).T
    taste = random.choice([-1.0, 1.0], 200) / np.sqrt(200)
    assert without_noise(0.9 * noise, 1.0) is None
    cleaned = without_noise(noise + 100 * np.outer(taste, taste), 1.0)
    assert np.linalg.eigvalsh(cleaned).min() > -1e-9
    # An eigenvalue θ shows as θ + k/θ = 102, and shrinks to √(102² - 4·200) = 98: the share of its vector is 1 - k/θ².
    apart = cleaned - np.diag(np.diag(cleaned))
    assert taste @ apart @ taste == pytest.approx(98 * 0.98, rel=0.02)
    assert np.linalg.norm(apart - 100 * np.outer(taste, taste)) < 0.2 * np.linalg.norm(noise)


@pytest.mark.parametrize("bound", [1.0, 1e3])
def test_with_nearly_no_noise_ease_has_its_own_weights_under_the_same_bounds(bound):
    dense = tasteful()
    model = Ease(epsilon=NEARLY_NONE, bound=bound)
    model.fit(interactions(dense), {}, 0)
    liked = dense[dense.any(axis=1)] > 0
    counts = liked.sum(axis=1)
    gram = (liked.T * np.minimum(counts**-0.5, bound / np.sqrt(counts * (counts + 1) / 2))) @ liked
    inverse = np.linalg.inv(gram + np.diag(10 + 0.5 * np.diag(gram)))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(model._weights_on(np.arange(12)), expected, atol=2e-3)


def test_with_nearly_no_noise_and_no_bound_models_rank_as_without():
    data = interactions(tasteful())
    for kind in (Ease, ItemKnn):
        plain, private = kind(), kind(epsilon=NEARLY_NONE, bound=1e3)
        plain.fit(data, {}, 0)
        private.fit(data, {}, 0)
        np.testing.assert_allclose(private.score(data), plain.score(data), rtol=0.02, atol=0.01)


@pytest.mark.parametrize("kind", [Ease, ItemKnn])
def test_with_noise_taste_is_still_found_and_explained(kind):
    data = interactions(tasteful(viewers=3000))
    model = kind(epsilon=5.0)
    model.fit(data, {}, 0)
    scores = model.score(interactions([[5] + [0] * 11]))[0]
    assert scores[2::2].min() > max(scores[1::2].max(), 0)
    rows, columns = np.array([0, 1, 2]), np.array([3, 4, 5])
    parts = model.contributions(data, rows, columns)
    np.testing.assert_allclose(parts.sum(axis=1), model.score(data)[rows, columns], rtol=1e-4, atol=1e-6)


def popular_few(viewers=100, titles=2000, popular=40):
    """Viewers who like most of a few titles, and nothing of many others."""
    dense = np.zeros((viewers, titles))
    dense[:, :popular] = 5 * (np.random.default_rng(0).random((viewers, popular)) < 0.8)
    return dense


@pytest.mark.parametrize(("kind", "shape"), [(Ease, (41, 41)), (ItemKnn, (2000, 2000))])
def test_what_is_saved_holds_no_viewer(kind, shape):
    # 100 viewers, 2,000 titles: without privacy ease would keep the viewers' own rows.
    model = kind(epsilon=50.0)
    model.fit(interactions(popular_few()), {}, 0)
    shapes = {value.shape for value in model.__pydantic_private__.values() if getattr(value, "ndim", 0) > 1}
    assert shapes == {shape}


@pytest.mark.parametrize("kind", [Ease, ItemKnn])
def test_titles_that_nobody_likes_are_not_lifted_by_noise_however_many_there_are(kind):
    data = interactions(popular_few(viewers=600, titles=4_000, popular=20))
    model = kind(epsilon=5.0)
    model.fit(data, {}, 0)
    scores = model.score(data.select(np.arange(50)))
    assert np.unique(np.nonzero(scores)[1]).tolist() == list(range(20))
    weights = model.title_weights(3).tocoo()
    assert max(weights.col[weights.data != 0]) < 20


def test_noise_alone_lifts_a_title_in_one_fit_of_a_hundred():
    # Φ⁻¹(0.99) = 2.326 for one title; Φ⁻¹(√0.99) = 2.575 for two.
    assert [kept_from(1), kept_from(2)] == pytest.approx([2.326, 2.575], abs=1e-3)
    random = np.random.default_rng(0)
    lifted = [random.standard_normal(1000).max() > kept_from(1000) for _ in range(4000)]
    assert np.mean(lifted) == pytest.approx(0.01, abs=0.005)


@pytest.mark.parametrize("kind", [Ease, ItemKnn])
def test_noise_alone_is_not_learnt_from_however_many_titles_there_are(kind):
    with pytest.raises(ModelError, match=r"learns nothing with epsilon 0\.1"):
        kind(epsilon=0.1).fit(interactions(popular_few(viewers=20, titles=20_000)), {}, 0)


def test_two_fits_differ_though_the_seed_is_the_same(monkeypatch):
    monkeypatch.setattr(private_gram, "normal_noise", normal_noise)
    data = interactions(tasteful())
    first, second = Ease(epsilon=5.0), Ease(epsilon=5.0)
    first.fit(data, {}, 7)
    second.fit(data, {}, 7)
    assert not np.array_equal(first._weights, second._weights)


def test_titles_without_a_viewer_stay_in_the_catalogue_only_with_privacy():
    assert [Ease().catalogue, Ease(epsilon=1.0).catalogue] == ["interacted", "all"]


@pytest.mark.parametrize("kind", [Ease, ItemKnn])
def test_too_few_viewers_for_an_epsilon_are_told_so(kind):
    with pytest.raises(ModelError, match=r"learns nothing with epsilon 0\.01"):
        kind(epsilon=0.01).fit(interactions(tasteful(viewers=20)), {}, 0)


def test_a_delta_that_gives_a_viewer_away_is_refused():
    with pytest.raises(ModelError, match=r"delta 0\.01 protects nobody"):
        Ease(epsilon=1.0, delta=0.01).fit(interactions(tasteful()), {}, 0)
