"""Paired tests of models, against exhaustive enumeration and published examples."""

from __future__ import annotations

import doctest
from itertools import combinations, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit.model_differences
from toolkit.errors import ModelError
from toolkit.model_differences import differences, holm, randomisation_p, verdicts

Judged = dict[str, dict[tuple[str, int], np.ndarray]]


def test_examples_in_docstrings() -> None:
    assert not doctest.testmod(toolkit.model_differences).failed


def by_enumeration(difference: np.ndarray) -> float:
    """The share of all ways of giving signs whose sum is at least as far from 0."""
    signs = np.array(list(product([1, -1], repeat=difference.size)))
    return float((np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean())


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_few_viewers_are_enumerated(seed: int, viewers: int) -> None:
    random = np.random.default_rng(seed)
    tables = random.integers(0, 4, (3, viewers, 2)) / 3  # few values, so that there are ties
    found = randomisation_p(list(tables), seed=0)
    assert found.shape == (3, 2)
    for place, (a, b) in enumerate(combinations(range(3), 2)):
        expected = [by_enumeration(tables[a, :, column] - tables[b, :, column]) for column in range(2)]
        assert found[place].tolist() == pytest.approx(expected)


def test_hand_worked() -> None:
    # of the eight signs of 1, 2 and 3, only + + + and - - - are 6 away from 0
    assert randomisation_p([[[1], [2], [3]], [[0], [0], [0]]], seed=0).tolist() == [[2 / 8]]
    assert randomisation_p([[[1], [2]], [[1], [2]]], seed=0).tolist() == [[1]]


def test_random_signs_come_near_to_all_of_them() -> None:
    random = np.random.default_rng(5)
    difference = random.normal(0.35, 1, (13, 1))
    exact = randomisation_p([difference, np.zeros((13, 1))], seed=0)
    drawn = randomisation_p([difference, np.zeros((13, 1))], seed=0, draws=8000)  # fewer than 2 ** 13
    assert 0.01 < exact.item() < 0.9
    assert drawn.item() == pytest.approx(exact.item(), abs=0.02)
    assert drawn.item() != exact.item()


def test_blocks_of_viewers_say_what_viewers_say(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    difference, nothing = random.normal(0.05, 1, (3000, 1)), np.zeros((3000, 1))
    one_each = randomisation_p([difference, nothing], seed=0, draws=4000)
    blocks = randomisation_p([difference, nothing], seed=0, draws=4000, blocks=300)
    assert 0.0005 < one_each.item() < 0.2
    assert blocks.item() == pytest.approx(one_each.item(), abs=0.02)
    monkeypatch.setattr(toolkit.model_differences, "_CHUNK_CELLS", 1)
    np.testing.assert_allclose(randomisation_p([difference, nothing], seed=0, draws=50, blocks=20), [[0.1]], atol=0.15)


def test_models_that_are_alike_are_told_apart_no_more_often_than_the_level() -> None:
    random = np.random.default_rng(2)
    first, second = random.random((2, 90, 400))  # 400 measures, each of which is an experiment
    p = randomisation_p([first, second], seed=0, draws=999, blocks=30)[0]
    # the standard deviation of the share is .011
    assert abs((p <= 0.05).mean() - 0.05) < 0.035
    assert abs((p <= 0.5).mean() - 0.5) < 0.08


def test_intervals_of_differences_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(3)
    truth, viewers = 0.1, 80
    base = random.random((viewers, 300))
    ahead = base + random.normal(truth, 0.3, base.shape)
    judged: Judged = {
        name: {(str(column), 10): values for column, values in enumerate(table.T)}
        for name, table in (("a", ahead), ("b", base))
    }
    found = differences(judged, "random", seed=0)
    covered = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    assert isinstance(covered, float)
    assert 0.89 < covered < 0.985


def test_holm_hand_worked() -> None:
    # .01 · 4, .02 · 3, then .03 · 2 and .04, which are no smaller than the one before
    assert holm([0.04, 0.01, 0.03, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([[0.5, 0.001], [0.6, 0.9]]).tolist() == [pytest.approx([1, 0.002]), pytest.approx([1, 0.9])]
    assert holm([0.3]).tolist() == [0.3]


def test_every_pair_and_measure_is_a_row() -> None:
    random = np.random.default_rng(0)
    a, b, c = random.random((3, 40))
    judged: Judged = {name: {("ndcg", 5): v, ("recall", 5): v / 2} for name, v in (("a", a), ("b", b), ("c", c + 1))}
    found = differences(judged, "last", seed=4)
    assert found.select("model", "other_model").unique(maintain_order=True).rows() == [
        ("a", "b"), ("a", "c"), ("b", "c"),
    ]  # fmt: skip
    assert found.height == 6
    row = found.filter(model="a", other_model="c", metric="recall").row(0, named=True)
    assert row["difference"] == pytest.approx((a - c - 1).mean() / 2)
    assert row["low"] < row["difference"] < row["high"] < 0
    assert (row["split"], row["k"], row["viewers"]) == ("last", 5, 40)
    assert (row["p"], row["p_holm"]) == (pytest.approx(1 / 10_001), pytest.approx(3 / 10_001))
    assert found.equals(differences(judged, "last", seed=4))
    assert differences({"a": judged["a"]}, "last", seed=4).is_empty()


def compared(*rows: tuple[str, str, float, float]) -> pl.DataFrame:
    """Differences in nDCG with their corrected p."""
    schema = ["model", "other_model", "difference", "p_holm"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(metric=pl.lit("ndcg"), k=pl.lit(10))


def test_verdicts_in_words() -> None:
    found = compared(
        ("popular", "knn", -0.10, 0.0003),
        ("popular", "als", -0.14, 0.0003),
        ("popular", "ease", -0.15, 0.0003),
        ("knn", "als", -0.04, 0.062),
        ("knn", "ease", -0.05, 0.0021),
        ("als", "ease", -0.01, 0.41),
    )
    assert verdicts(found, "ndcg", 10) == [
        "ndcg@10: ease is better than knn, popular (p ≤ .0021); ease cannot be told apart from als (p = .41)",
        "of the others, these cannot be told apart: als and knn (p = .062)",
    ]
    assert verdicts(found, "ndcg", 5) == []
    assert verdicts(compared(("a", "b", 0.1, 0.0001)), "ndcg", 10) == ["ndcg@10: a is better than b (p < .001)"]
    assert verdicts(compared(("a", "b", 0, 1.0)), "ndcg", 10) == ["ndcg@10: a cannot be told apart from b (p = 1)"]


def test_nobody_differs_in_nothing() -> None:
    with pytest.raises(ModelError, match="no viewers"):
        randomisation_p([np.empty((0, 1)), np.empty((0, 1))], seed=0)
