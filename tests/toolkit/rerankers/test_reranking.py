"""Re-ranked lists: each against a choice made title by title, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from toolkit.errors import ModelError
from toolkit.fairness_metrics import in_long_tail
from toolkit.interactions import Interactions
from toolkit.rerankers import calibrated, mmr
from toolkit.rerankers.reranker import unit_scores
from toolkit.reranking import RERANKERS, rerank
from toolkit.topn import Ranking

Gain = Callable[[int, list[int]], float]


def interactions(table: NDArray[Any]) -> Interactions:
    values = csr_array(table.astype(np.float32))
    return Interactions(values, np.arange(table.shape[0]), np.arange(table.shape[1]))


def genre_table(has: NDArray[np.bool_]) -> dict[str, pl.DataFrame]:
    title, genre = np.nonzero(has)
    return {"raw.genres": pl.DataFrame({"title_key": title, "genre": [f"g{g:02}" for g in genre]})}


def candidates(scores: NDArray[Any], lengths: NDArray[Any]) -> Ranking:
    """All titles of each viewer by score, cut at the viewer's length."""
    order = np.argsort(-scores, axis=1, kind="stable")
    row, place = np.nonzero(np.arange(scores.shape[1]) < lengths[:, None])
    column = order[row, place]
    return Ranking(
        row.astype(np.int32),
        column.astype(np.int32),
        (place + 1).astype(np.int32),
        scores[row, column].astype(np.float32),
    )


def reranked(
    name: str, ranking: Ranking, history: Interactions, train: Interactions, tables: dict[str, pl.DataFrame], **how: Any
) -> Ranking:
    """The lists of the re-ranker of that name, made of these data."""
    return rerank(RERANKERS[name](train, tables), ranking, history, **how)


def one_by_one(ranking: Ranking, viewer: int, strength: float, n: int, gain: Gain) -> list[int]:
    """The greedy choice for one viewer as the paper writes it."""
    mine = ranking.row == viewer
    left, scores = ranking.column[mine].tolist(), ranking.score[mine].astype(float)
    spread = np.ptp(scores) if scores.size else 0
    unit = dict(zip(left, (scores - scores.min()) / spread if spread else np.ones(scores.size), strict=True))
    chosen: list[int] = []
    while left and len(chosen) < n:
        values = [(1 - strength) * unit[title] + strength * gain(title, chosen) for title in left]
        chosen.append(left.pop(int(np.argmax(values))))
    return chosen


def miscalibration(liked: list[int], chosen: list[int], has: NDArray[np.bool_]) -> float:
    def spread(titles: list[int]) -> NDArray[Any]:
        with_genre = [has[t] / has[t].sum() for t in titles if has[t].any()]
        return np.mean(with_genre, axis=0) if with_genre else np.zeros(has.shape[1])

    p, q = spread(liked), spread(chosen)
    return float(sum(a * np.log(a / (0.99 * b + 0.01 * a)) for a, b in zip(p, q, strict=True) if a > 0))


def cosine(a: NDArray[Any], b: NDArray[Any]) -> float:
    length = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / length) if length else 0.0


def gain_of(name: str, history: NDArray[Any], train: NDArray[Any], has: NDArray[np.bool_], viewer: int) -> Gain:
    liked = np.flatnonzero(history[viewer]).tolist()
    tail = in_long_tail((train > 0).sum(axis=0))

    def part_wanted(title: int, chosen: list[int]) -> float:
        same = [tail[c] == tail[title] for c in chosen]
        likes = [tail[t] == tail[title] for t in liked]
        return float(np.mean(likes)) * (1 - float(np.mean(same)) if same else 1) if likes else 0

    gains: dict[str, Gain] = {
        "calibrated": lambda title, chosen: -miscalibration(liked, [*chosen, title], has),
        "mmr": lambda title, chosen: -max([cosine(train[:, title], train[:, c]) for c in chosen], default=0),
        "debiased": part_wanted,
    }
    return gains[name]


@pytest.mark.parametrize("name", list(RERANKERS))
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), strength=st.sampled_from([0.0, 0.2, 0.5, 0.9]), small=st.booleans())
def test_is_the_same_as_choosing_title_by_title(name: str, seed: int, strength: float, small: bool) -> None:
    random = np.random.default_rng(seed)
    n_viewers, n_titles = 5, 12
    train, history = random.random((2, 9, n_titles)) < 0.4
    history = history[:n_viewers]
    has = random.random((n_titles, 4)) < random.choice([0.2, 0.6])
    has[0, 0] = True
    scores = random.normal(size=(n_viewers, n_titles)) * 10.0 ** random.integers(-3, 4, size=(n_viewers, 1))
    ranking = candidates(scores, np.array([12, 7, 2, 0, 12]))
    with pytest.MonkeyPatch.context() as patch:
        if small:  # blocks of one
            patch.setattr(calibrated, "_BLOCK_CELLS", 1)
            patch.setattr(mmr, "_BLOCK_BYTES", 1)
        known, fitted = interactions(history), interactions(train)
        found = reranked(name, ranking, known, fitted, genre_table(has), n=4, strength=strength)
    for viewer in range(n_viewers):
        mine = found.row == viewer
        gain = gain_of(name, history, train.astype(float), has, viewer)
        assert found.column[mine].tolist() == one_by_one(ranking, viewer, strength, 4, gain)
        assert found.rank[mine].tolist() == list(range(1, mine.sum() + 1))
    np.testing.assert_array_equal(found.score, scores[found.row, found.column].astype(np.float32))
    assert (found.row.dtype, found.column.dtype, found.rank.dtype) == (np.int32, np.int32, np.int32)


@pytest.mark.parametrize("name", list(RERANKERS))
def test_without_strength_it_is_the_models_order_also_among_ties(name: str) -> None:
    random = np.random.default_rng(1)
    scores = random.integers(0, 3, size=(6, 20)).astype(float)
    scores[5] = 2
    ranking = candidates(scores, np.full(6, 20))
    known = interactions(random.random((6, 20)) < 0.5)
    found = reranked(name, ranking, known, known, genre_table(random.random((20, 3)) < 0.5), n=8, strength=0)
    np.testing.assert_array_equal(found.columns(6, 8), ranking.columns(6, 8))


@pytest.mark.parametrize("name", list(RERANKERS))
def test_nobody_gets_nothing(name: str) -> None:
    known = interactions(np.ones((2, 3)))
    nothing = candidates(np.zeros((2, 3)), np.zeros(2))
    tables = genre_table(np.ones((3, 1), dtype=bool))
    assert reranked(name, nothing, known, known, tables, n=4, strength=1).row.size == 0


@pytest.mark.parametrize("name", list(RERANKERS))
def test_one_that_was_used_before_is_as_good_as_new(name: str) -> None:
    random = np.random.default_rng(2)
    known, tables = interactions(random.random((6, 20)) < 0.5), genre_table(random.random((20, 3)) < 0.5)
    used = RERANKERS[name](known, tables)
    rerank(used, candidates(random.random((6, 20)), np.full(6, 20)), known, n=8, strength=0.9)
    ranking, others = candidates(random.random((2, 20)), np.full(2, 20)), known.select([3, 1])
    found = rerank(used, ranking, others, n=8, strength=0.9)
    anew = reranked(name, ranking, others, known, tables, n=8, strength=0.9)
    np.testing.assert_array_equal(found.column, anew.column)


def test_calibrated_by_hand() -> None:
    # liked: three dramas and a comedy. The model would show dramas 4, 5, 6 and then comedy 7.
    has = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.bool_)
    known = interactions(np.array([[1, 1, 1, 1, 0, 0, 0, 0]]))
    scores = np.array([[-9, -9, -9, -9, 8, 7, 6, 0]])
    ranking = candidates(scores, np.array([4]))
    found = reranked("calibrated", ranking, known, known, genre_table(has), n=4, strength=0.8)
    # After one drama: another leaves 0.2 · 7/8 - 0.8 · KL(.75 .25 ‖ ~1 0), the comedy -0.8 · KL(.75 .25 ‖ ~.5 .5).
    assert found.column.tolist() == [4, 7, 5, 6]
    assert found.score.tolist() == [8, 0, 7, 6]


def test_mmr_by_hand() -> None:
    # Titles 0 and 1 are liked by the same viewers, 2 by another: after 0, 1 is worth 0.5 · 0.8 - 0.5, and 2 0.5 · 0.4.
    train = interactions(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]]))
    known = interactions(np.zeros((1, 4)))
    ranking = candidates(np.array([[10, 8, 4, 0]]), np.array([4]))
    assert reranked("mmr", ranking, known, train, {}, n=4, strength=0.5).column.tolist() == [0, 2, 3, 1]
    assert reranked("mmr", ranking, known, train, {}, n=4, strength=0.2).column.tolist() == [0, 1, 2, 3]


def test_debiased_gives_the_tail_to_who_likes_the_tail() -> None:
    # Title 0 has a third of the 9 interactions; the first viewer likes it, the second one 1 and 2.
    train = interactions(np.array([[1, 1, 1, 1, 0], [1, 0, 1, 0, 1], [1, 0, 0, 0, 1]]))
    known = interactions(np.array([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0]]))
    ranking = candidates(np.array([[5.0, 0, 0, 4, 3], [5.0, 0, 0, 4, 3]]), np.array([3, 3]))
    found = reranked("debiased", ranking, known, train, {}, n=2, strength=0.7)
    assert found.columns(2, 2).tolist() == [[0, 3], [3, 0]]


def test_scores_are_scaled_for_each_viewer() -> None:
    scores = np.array([[-2.0, -4, -6], [7, 7, 7], [1e30, 1, -np.inf], [-np.inf] * 3])
    filled = np.isfinite(scores)
    expected = [[1, 0.5, 0], [1, 1, 1], [1, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(unit_scores(scores, filled), expected)


def test_calibrated_says_that_it_needs_genres() -> None:
    known = interactions(np.ones((1, 2)))
    none = genre_table(np.zeros((2, 1), dtype=bool))
    with pytest.raises(ModelError, match="needs genres"):
        reranked("calibrated", candidates(np.ones((1, 2)), np.array([2])), known, known, none, n=1, strength=0.5)
