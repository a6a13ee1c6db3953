"""Accuracy of ranked lists, against hand-worked values and scikit-learn."""

from __future__ import annotations

import doctest
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import toolkit.metrics
from toolkit.errors import UsageError
from toolkit.metrics import ACCURACY, Judgement, judge, ndcg


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(toolkit.metrics)
    assert result.attempted >= 7
    assert not result.failed


def test_judge_finds_titles_at_their_places() -> None:
    test = csr_array(np.array([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]]))
    judgement = judge(np.array([[2, 0, 1], [0, 1, 2], [3, -1, -1]]), test)
    assert judgement.hits.tolist() == [[True, False, True], [False] * 3, [True, False, False]]
    assert judgement.relevant.tolist() == [2, 0, 2]


def test_judge_takes_padding_for_no_title_of_the_row_before() -> None:
    # -1 of the second row would be the last title of the first, were rows and columns merely added up
    judgement = judge(np.array([[0], [-1]]), csr_array(np.array([[0, 1], [1, 0]])))
    assert not judgement.hits.any()


def test_judge_with_an_empty_test() -> None:
    assert not judge(np.array([[0, 1]]), csr_array((1, 2))).hits.any()


@pytest.mark.parametrize(
    ("metric", "k", "expected"),
    [
        # hits at 1, 3, 4 of 5 places, 5 titles to find; at 2 of 2 to find; none of 1
        (
            "ndcg",
            5,
            [(1 + 1 / 2 + 1 / log2(5)) / sum(1 / log2(i) for i in range(2, 7)), (1 / log2(3)) / (1 + 1 / log2(3)), 0],
        ),
        ("ndcg", 2, [1 / (1 + 1 / log2(3)), (1 / log2(3)) / (1 + 1 / log2(3)), 0]),
        ("recall", 5, [3 / 5, 1 / 2, 0]),
        ("recall", 2, [1 / 5, 1 / 2, 0]),
        ("capped_recall", 5, [3 / 5, 1 / 2, 0]),
        ("capped_recall", 2, [1 / 2, 1 / 2, 0]),
        ("capped_recall", 1, [1, 0, 0]),
        ("precision", 5, [3 / 5, 1 / 5, 0]),
        ("precision", 2, [1 / 2, 1 / 2, 0]),
        ("mrr", 5, [1, 1 / 2, 0]),
        ("mrr", 1, [1, 0, 0]),
        ("map", 5, [(1 + 2 / 3 + 3 / 4) / 5, (1 / 2) / 2, 0]),
        ("map", 3, [(1 + 2 / 3) / 3, (1 / 2) / 2, 0]),
        ("hit_rate", 5, [1, 1, 0]),
        ("hit_rate", 1, [1, 0, 0]),
    ],
)
def test_hand_worked(metric: str, k: int, expected: list[float]) -> None:
    hits = np.array([[1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=np.bool_)
    np.testing.assert_allclose(ACCURACY[metric](Judgement(hits, np.array([5, 2, 1])), k), expected, rtol=1e-12)


def test_ndcg_is_that_of_scikit_learn() -> None:
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(5)
    truth = (random.random((40, 30)) < 0.2).astype(np.float64)
    truth[:, 0] = 1
    scores = random.normal(size=truth.shape)
    columns = np.argsort(-scores, axis=1)
    for k in (1, 5, 30):
        ours = ndcg(judge(columns, csr_array(truth)), k)
        theirs = [sklearn_metrics.ndcg_score(truth[[row]], scores[[row]], k=k) for row in range(40)]
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hits = random.random((draw(st.integers(1, 6)), draw(st.integers(1, 8)))) < draw(st.floats(0, 1))
    return Judgement(hits, hits.sum(axis=1) + random.integers(0, 4, size=hits.shape[0]))


@given(judgements(), st.data())
def test_every_metric_lies_between_0_and_1(judgement: Judgement, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, judgement.hits.shape[1]))
    for metric in ACCURACY.values():
        values = metric(judgement, k)
        assert values.shape == (judgement.hits.shape[0],)
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
        assert (values[~judgement.hits[:, :k].any(axis=1)] == 0).all()


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.integers(1, 8))
def test_a_perfect_ranking_gets_1(relevant: list[int], k: int) -> None:
    titles = np.array(relevant)
    judgement = Judgement(np.arange(8) < titles[:, None], titles)
    for name in ("ndcg", "map", "mrr", "hit_rate"):
        np.testing.assert_allclose(ACCURACY[name](judgement, k), 1)
    np.testing.assert_allclose(ACCURACY["recall"](judgement, k), np.minimum(k, titles) / titles)


@given(judgements())
def test_recall_and_hit_rate_never_fall_with_k(judgement: Judgement) -> None:
    for name in ("recall", "hit_rate", "mrr"):
        steps = np.stack([ACCURACY[name](judgement, k) for k in range(1, judgement.hits.shape[1] + 1)])
        assert (np.diff(steps, axis=0) >= 0).all()


@pytest.mark.parametrize("k", [0, 4])
def test_places_that_were_not_ranked_cannot_be_judged(k: int) -> None:
    with pytest.raises(UsageError, match="rank more titles"):
        ndcg(Judgement(np.zeros((1, 3), dtype=np.bool_), np.array([1])), k)
