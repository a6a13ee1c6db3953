"""The interaction matrix: liked entries, scaling, and parts of it."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.sparse import csr_array

from toolkit.interactions import Interactions, scale_top

NAN = np.nan  # stands for "no entry" in the tables below


def interactions(table: list[list[float]], threshold: float = 4.0) -> Interactions:
    """Interactions out of a dense table; times are 0, 1, 2 … in the order of the entries."""
    dense = np.array(table, dtype=np.float32)
    rows, columns = np.nonzero(~np.isnan(dense))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=dense.shape[0]))])
    values = csr_array((dense[rows, columns], columns, indptr), shape=dense.shape)
    viewers, titles = np.arange(10, 10 + dense.shape[0]), np.arange(100, 100 + dense.shape[1])
    return Interactions(values, viewers, titles, threshold, times=np.arange(rows.size))


@pytest.fixture
def ratings() -> Interactions:
    return interactions([[5, NAN, 0], [NAN, 4, NAN], [NAN, NAN, NAN], [1, 2, 4.5]])


def test_liked_holds_ones_where_the_value_reaches_the_threshold(ratings: Interactions) -> None:
    liked = ratings.liked
    np.testing.assert_array_equal(liked.toarray(), [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]])
    assert liked.dtype == np.float32
    assert liked.nnz == 3
    assert liked.has_sorted_indices
    assert ratings.liked is liked


def test_liked_of_weights_is_every_entry() -> None:
    np.testing.assert_array_equal(interactions([[0.5, NAN], [NAN, 2]], threshold=0).liked.toarray(), np.eye(2))


def test_scaled_is_min_max_with_a_floor() -> None:
    scaled = interactions([[0.5, 5], [2.5, NAN]]).scaled()
    np.testing.assert_allclose(scaled.toarray(), [[0.1, 1.0], [0.5, 0]], rtol=1e-6)
    assert scaled.dtype == np.float32
    assert scaled.data.max() <= 1


def test_scaled_keeps_a_zero_rating_as_an_entry(ratings: Interactions) -> None:
    assert ratings.scaled().nnz == ratings.values.nnz
    assert ratings.scaled().data.min() == pytest.approx(0.1)


@pytest.mark.parametrize("table", [[[3, 3], [NAN, 3]], [[NAN, NAN]]])
def test_scaled_of_equal_values_is_ones(table: list[list[float]]) -> None:
    assert (interactions(table).scaled().data == 1).all()


def test_rows_default_to_the_rows_of_the_matrix(ratings: Interactions) -> None:
    assert ratings.rows is not None
    assert ratings.rows.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("rows", [[3, 0], [0, 1, 2], [2], [3, 3, 1], []])
def test_select_keeps_rows_and_times_aligned(ratings: Interactions, rows: list[int]) -> None:
    part = ratings.select(np.array(rows, dtype=np.int64))
    assert part.rows is not None
    assert part.times is not None
    assert part.rows.tolist() == rows
    assert part.viewers.tolist() == [10 + row for row in rows]
    np.testing.assert_array_equal(part.values.toarray(), ratings.values.toarray()[rows])
    times = csr_array((np.arange(6) + 1, ratings.values.indices, ratings.values.indptr), shape=ratings.shape)
    np.testing.assert_array_equal(part.times + 1, times.toarray()[rows][part.entry_rows, part.values.indices])


def test_select_of_a_selection_still_points_at_the_fit(ratings: Interactions) -> None:
    part = ratings.select([3, 1]).select([1])
    assert part.rows is not None
    assert part.rows.tolist() == [1]


def test_select_does_not_reuse_what_was_cached(ratings: Interactions) -> None:
    assert ratings.liked.nnz == 3
    assert ratings.select([3]).liked.toarray().tolist() == [[0, 0, 1]]


def test_of_titles_describes_a_stranger(ratings: Interactions) -> None:
    stranger = ratings.of_titles([2, 0, 2])
    assert stranger.values.toarray().tolist() == [[5, 0, 5]]
    assert stranger.liked.toarray().tolist() == [[1, 0, 1]]
    assert stranger.viewers.tolist() == [-1]
    assert stranger.rows is not None
    assert stranger.rows.tolist() == [-1]
    assert stranger.times is None
    assert stranger.titles is ratings.titles
    assert ratings.of_titles([1], 4.5).values.toarray().tolist() == [[0, 4.5, 0]]


def test_what_a_stranger_likes_is_liked_whatever_the_data() -> None:
    assert interactions([[3, 2]], threshold=4).of_titles([0]).liked.nnz == 1
    assert interactions([[NAN, NAN]]).of_titles([0]).liked.nnz == 1
    weights = replace(interactions([[1, 2, 9]], threshold=0), signal="watches")
    assert weights.of_titles([0]).values.data.tolist() == [2]


def test_narrow_keeps_some_entries(ratings: Interactions) -> None:
    part = ratings.narrow(np.array([False, True, True, False, False, True]))
    assert part.times is not None
    assert part.times.tolist() == [1, 2, 5]
    np.testing.assert_array_equal(part.values.toarray(), [[0, 0, 0], [0, 4, 0], [0, 0, 0], [0, 0, 4.5]])
    assert part.values.nnz == 3


def test_a_model_cannot_change_what_the_next_one_learns_from() -> None:
    data = Interactions(csr_array(np.array([[1.0, 5.0]], dtype=np.float32)), np.arange(1), np.arange(2), threshold=4)
    for matrix in (data.values, data.liked):
        with pytest.raises(ValueError, match="read-only"):
            matrix.data *= 2


STARS = [1.0, 2.0, 3.0, 4.0, 5.0] * 40
HARSH = [1.0] * 500 + [2.0] * 400 + [4.0] * 90 + [7.0, 8.0, 8.0, 9.0, 10.0]


@pytest.mark.parametrize(
    ("ratings", "top"),
    [
        (STARS, 5),
        ([*STARS, 50], 5),
        ([*STARS, 50, 60], 5),
        ([*STARS, 50, 50, 50], 50),  # no longer rare: 3 of 203
        ([*STARS[:99], 50], 5),  # 1 of 100
        ([*STARS[:98], 50], 50),  # who could tell
        ([5.0, 50.0], 50),
        ([*STARS, 10], 5),
        ([*STARS * 50, 6], 6),  # rare, and not far above
        ([0.0] * 17_870 + [1.0] * 130, 1),
        ([0.0] * 99_999 + [1.0], 1),
        ([0.0, 1.0] * 100 + [50.0], 1),
        ([0.0, 1.0] * 100 + [2.0], 2),  # of 0 to 2, with few who love anything
        ([3.0] * 995 + [5.0] * 5, 5),
        ([1.0] * 995 + [5.0] * 5, 5),
        ([3.0] * 900 + [4.0] * 99 + [5.0], 5),
        ([3.0, 3.5] * 500 + [5.0], 5),
        (HARSH, 10),
        ([*HARSH, 100], 10),
        ([*range(0, 70, 10)] * 100 + [80, 90, 100], 100),
        ([*range(101)] * 3 + [1000], 100),
        ([-10.0, -3.0, 2.5, 9.75] * 50 + [99.0], 9.75),
        ([-2.0, 0.0] * 500 + [30.0], 30),  # 0 would make all liked
        ([0.0], 0),
    ],
)
def test_the_top_of_the_scale_is_no_stray_rating(ratings: list[float], top: float) -> None:
    assert scale_top(np.array(ratings, dtype=np.float32)) == top


SCALES = ([0, 1], [1, 2, 3, 4, 5], [0.5 * n for n in range(1, 11)], [*range(1, 11)], [*range(0, 101, 5)])


@given(st.data(), st.sampled_from(SCALES), st.integers(0, 2**32 - 1))
def test_one_outlier_changes_nobody_s_likes(data: st.DataObject, scale: list[float], seed: int) -> None:
    often = data.draw(st.lists(st.integers(1, 20), min_size=len(scale), max_size=len(scale)))
    clean = np.random.default_rng(seed).permutation(np.repeat(np.float32(scale), np.multiply(often, 100)))
    outlier = np.float32(data.draw(st.floats(2.1 * scale[-1], 1e6)))  # across more than the scale, from 0
    assert scale_top(clean) == scale[-1]
    assert scale_top(np.append(clean, outlier)) == scale[-1]


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 50.0]), min_size=1, max_size=400))
def test_the_top_is_a_rating_and_0_only_where_none_is_above(ratings: list[float]) -> None:
    top = scale_top(np.array(ratings, dtype=np.float32))
    assert top in ratings
    assert top > 0 or max(ratings) == 0
    assert 100 * sum(rating > top for rating in ratings) <= len(ratings)


@given(st.integers(1, 99), st.integers(0, 200), st.integers(0, 200))
def test_what_is_within_twice_the_top_is_no_stray_one(top: int, low: int, rare: int) -> None:
    ratings = np.float32([*[top] * 200, *[top / 2] * low, *[1.9 * top] * rare])
    assert scale_top(ratings) == np.float32(1.9 * top if rare else top)
