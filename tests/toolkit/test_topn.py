"""The best n: exact, deterministic, whatever the scores look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from toolkit.errors import PluginError, UsageError
from toolkit.interactions import Interactions
from toolkit.recommender import Recommender
from toolkit.topn import knows_nobody, rank_all, top_n


def sorted_whole(scores: NDArray[Any], n: int, seen: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same by sorting whole rows."""
    scores = np.where(seen | np.isnan(scores), -np.inf, scores.astype(np.float32)).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best = np.take_along_axis(scores, order, axis=1)
    missing = ((0, 0), (0, n - order.shape[1]))
    columns = np.pad(np.where(best == -np.inf, -1, order), missing, constant_values=-1)
    return columns, np.pad(best, missing, constant_values=-np.inf)


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 40),
    titles=st.sampled_from([1, 2, 7, 100, 255, 256, 300, 700, 2100]),
    n=st.sampled_from([1, 3, 10, 64, 99, 400]),
    levels=st.sampled_from([1, 2, 5, 1000, 0]),
    share_seen=st.sampled_from([0.0, 0.1, 0.9, 1.0]),
    holes=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_is_the_same_as_sorting_whole_rows(
    seed: int, rows: int, titles: int, n: int, levels: int, share_seen: float, holes: float
) -> None:
    random = np.random.default_rng(seed)
    scores = random.normal(size=(rows, titles)).astype(np.float32)
    if levels:  # many ties
        scores = random.integers(levels, size=scores.shape).astype(np.float32)
    scores[random.random(scores.shape) < holes / 2] = np.nan
    scores[random.random(scores.shape) < holes / 2] = -np.inf
    scores[random.random(scores.shape) < holes / 50] = np.inf
    seen = random.random(scores.shape) < share_seen
    before = scores.copy()
    columns, best = top_n(scores, n, csr_array(seen))
    expected_columns, expected_best = sorted_whole(scores, n, seen)
    np.testing.assert_array_equal(columns, expected_columns)
    np.testing.assert_array_equal(best, expected_best)
    np.testing.assert_array_equal(scores, before)
    assert columns.dtype == np.int32
    assert best.dtype == np.float32


def test_hand_worked() -> None:
    scores = np.array([[0.1, 0.9, 0.9, np.nan], [1, 2, 3, -np.inf]])
    seen = csr_array(np.array([[0, 0, 0, 0], [0, 0, 1, 0]]))
    columns, best = top_n(scores, 3, seen)
    assert columns.tolist() == [[1, 2, 0], [1, 0, -1]]
    np.testing.assert_array_equal(best, np.array([[0.9, 0.9, 0.1], [2, 1, -np.inf]], dtype=np.float32))


def test_an_explicit_zero_is_seen() -> None:
    seen = csr_array((np.array([0.0]), np.array([1]), np.array([0, 1])), shape=(1, 2))
    assert top_n(np.array([[1.0, 2.0]]), 2, seen)[0].tolist() == [[0, -1]]


def test_scores_on_one_group_of_columns_are_still_exact() -> None:
    # every 256th column is high: the maxima of groups say nothing, and far more than n reach the bound
    scores = np.zeros((300, 8192), dtype=np.float32)
    scores[:, ::256] = np.arange(32, 0, -1)
    columns, _ = top_n(scores, 20)
    assert (columns == np.arange(20) * 256).all()


def test_an_unwriteable_broadcast_row_is_taken() -> None:
    columns, _ = top_n(np.broadcast_to(np.arange(5.0), (3, 5)), 2)
    assert columns.tolist() == [[4, 3]] * 3


@pytest.mark.parametrize(("n", "shape"), [(0, (2, 3)), (1, (2, 4)), (1, (1, 3))])
def test_refuses_what_does_not_fit(n: int, shape: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        top_n(np.zeros((2, 3)), n, csr_array(shape))


class Echo(Recommender):
    """Scores each viewer by column number plus the viewer's own row in the fit."""

    name = "echo"

    def fit(self, interactions: Interactions, tables: Mapping[str, Any], seed: int) -> None: ...

    def score(self, history: Interactions) -> NDArray[Any]:
        assert history.rows is not None
        return np.arange(history.shape[1], dtype=np.float32) * np.where(history.rows % 2, 1, -1)[:, None]


class Same(Echo):
    """Scores everybody alike."""

    name = "same"
    personal = False

    def score(self, history: Interactions) -> NDArray[Any]:
        return np.tile(np.arange(history.shape[1], dtype=np.float32), (history.shape[0], 1))


class Narrow(Echo):
    """Forgets a title."""

    name = "narrow"

    def score(self, history: Interactions) -> NDArray[Any]:
        return np.zeros((history.shape[0], history.shape[1] - 1), dtype=np.float32)


@pytest.fixture
def history() -> Interactions:
    values = csr_array(np.array([[1, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0]], dtype=np.float32))
    return Interactions(values, np.arange(4), np.arange(4))


@pytest.mark.parametrize("block_bytes", [1, 40, 1 << 20])
def test_rank_all_is_the_same_in_blocks_of_any_size(history: Interactions, block_bytes: int) -> None:
    done: list[int] = []
    ranking = rank_all(Echo(), history, 2, block_bytes, done.append)
    assert ranking.columns(4, 2).tolist() == [[1, 2], [2, 1], [3, -1], [3, 2]]
    assert ranking.row.tolist() == [0, 0, 1, 1, 2, 3, 3]
    assert ranking.rank.tolist() == [1, 2, 1, 2, 1, 1, 2]
    assert ranking.score.tolist() == [-1, -2, 2, 1, -3, 3, 2]
    assert (ranking.row.dtype, ranking.rank.dtype, ranking.score.dtype) == (np.int32, np.int32, np.float32)
    assert sum(done) == 4


def test_rank_all_asks_an_impersonal_model_once(history: Interactions) -> None:
    assert rank_all(Same(), history, 2).columns(4, 2).tolist() == [[3, 2], [2, 1], [3, -1], [3, 2]]


def test_columns_of_a_shorter_list(history: Interactions) -> None:
    assert rank_all(Same(), history, 3).columns(4, 1).tolist() == [[3], [2], [3], [3]]


def test_rank_all_of_nobody(history: Interactions) -> None:
    assert rank_all(Same(), history.select([]), 3).row.size == 0


def test_rank_all_refuses_scores_of_another_shape(history: Interactions) -> None:
    with pytest.raises(PluginError, match=r"narrow returned scores of shape \(4, 3\)"):
        rank_all(Narrow(), history, 2)


@pytest.mark.parametrize(
    ("made", "what"),
    [(np.ndarray.tolist, "list"), (csr_array, "csr_array"), (lambda scores: scores.astype(np.int64), "int64")],
)
def test_rank_all_refuses_scores_that_are_no_array_of_floats(history: Interactions, made: Any, what: str) -> None:
    class Odd(Echo):
        """Returns something else."""

        name = "odd"

        def score(self, history: Interactions) -> Any:
            return made(super().score(history))

    with pytest.raises(PluginError, match=rf"odd returned scores that are {what}; score has to return an array of "):
        rank_all(Odd(), history, 2)


@pytest.mark.parametrize(("score", "nobody"), [(0.0, True), (np.nan, True), (-np.inf, True), (-1.0, False)])
def test_a_model_that_scores_nothing_knows_nobody(history: Interactions, score: float, nobody: bool) -> None:
    class Flat(Echo):
        """Says the same of all."""

        name = "flat"

        def score(self, history: Interactions) -> NDArray[Any]:
            return np.full(history.shape, score, dtype=np.float32)

    assert knows_nobody(Flat(), history) is nobody


def test_a_score_of_zero_is_no_recommendation_and_ranks_stay_without_gaps() -> None:
    class Knows(Recommender):
        """Knows little."""

        name: ClassVar[str] = "knows"

        def fit(self, interactions: Interactions, tables: object, seed: int) -> None: ...

        def score(self, history: Interactions) -> NDArray[Any]:
            return np.array([[0.0, 2.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0]], dtype=np.float32)

    nobody = csr_array((2, 4), dtype=np.float32)
    ranking = rank_all(Knows(), Interactions(nobody, np.arange(2), np.arange(4)), 4)
    assert ranking.row.tolist() == [0, 0]
    assert ranking.column.tolist() == [1, 3]
    assert ranking.rank.tolist() == [1, 2]


@pytest.mark.parametrize("model", [Echo(), Same()])
def test_rank_all_fills_lists_with_allowed_titles_alone(model: Recommender, history: Interactions) -> None:
    allowed = np.array([True, False, True, False])
    lists = rank_all(model, history, 2, allowed=allowed).columns(4, 2).tolist()
    assert lists == [[2, -1], [2, -1], [-1, -1], [2, -1]]  # title 0 has a score of 0


@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_rank_all_leaves_out_all_that_was_seen(history: Interactions, block_bytes: int) -> None:
    seen = csr_array(np.array([[1, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=np.float32))
    assert rank_all(Same(), history, 2, block_bytes, seen=seen).columns(4, 2).tolist() == [
        [3, 2], [1, -1], [-1, -1], [3, 2],
    ]  # fmt: skip
