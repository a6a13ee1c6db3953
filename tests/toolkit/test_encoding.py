"""Columns of text as numbers: what each is taken for, by evidence, and what is left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.encoding import Encoding, fit_encoding
from toolkit.interactions import FloatArray


def table(**columns: list[str | None]) -> dict[str, pl.Series]:
    return {name: pl.Series(name, values, dtype=pl.String) for name, values in columns.items()}


def fitted(columns: dict[str, pl.Series]) -> tuple[Encoding, FloatArray]:
    """The encoding of all rows, and what they become."""
    rows = np.arange(len(next(iter(columns.values()))))
    encoding = fit_encoding(columns, rows)
    return encoding, encoding.apply(columns, rows)


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", "2.5", " 3 ", "-4e2"], [1, 2.5, 3, -400]),
        (["$1,234.50", "€ 7", "12", "3 %"], [1234.5, 7, 12, 3]),
        (["1,5", "2,25", "3", "0,1"], [1.5, 2.25, 3, 0.1]),
        (["2026-01-02", "1970-01-03", "1970-01-01 12:00:00", "1969-12-31"], [20455, 2, 0, -1]),
    ],
)
def test_numbers_and_days_are_numbers(texts: list[str], numbers: list[float]) -> None:
    encoding, found = fitted(table(tenure=texts))
    assert encoding.names == ("tenure",)
    np.testing.assert_allclose(found[:, 0], numbers)


def test_what_is_missing_or_no_number_among_numbers_is_not_known() -> None:
    texts = [*map(str, range(40)), "n/a", " ", None, "?", "many", "NaN", "inf"]
    _, found = fitted(table(total=[*texts[:40], *texts[40:]]))
    assert np.isnan(found[40:]).all()
    assert not np.isnan(found[:40]).any()


def test_a_category_has_a_feature_for_each_value_that_is_frequent() -> None:
    texts = ["month"] * 10 + ["year"] * 8 + ["day"] * 2 + [None] * 5
    encoding, found = fitted(table(contract=list(texts)))
    assert encoding.names == ("contract = month", "contract = year", "contract = any other", "contract missing")
    assert found.sum(axis=0).tolist() == [10, 8, 2, 5]
    assert (found.sum(axis=1) == 1).all()


def test_of_two_values_one_is_a_feature() -> None:
    encoding, found = fitted(table(partner=["Yes", "No"] * 6))
    assert encoding.names == ("partner = Yes",)
    assert found[:, 0].tolist() == [1, 0] * 6


def test_at_most_twenty_values_have_features() -> None:
    texts = [f"city {number % 50}" for number in range(1000)] + ["city 0"] * 10
    encoding, found = fitted(table(city=list(texts)))
    assert len(encoding.names) == 21
    assert encoding.names[-1] == "city = any other"
    assert (found.sum(axis=1) == 1).all()


def test_what_is_learnt_comes_from_the_rows_to_learn_from() -> None:
    columns = table(plan=["a"] * 10 + ["b"] * 10 + ["new", None])
    encoding = fit_encoding(columns, np.arange(20))
    assert encoding.names == ("plan = b",)
    np.testing.assert_array_equal(encoding.apply(columns, np.array([20, 21, 10]))[:, 0], [0, np.nan, 1])


def test_columns_that_say_nothing_are_left_out_with_the_reason() -> None:
    n = 60
    random = np.random.default_rng(0)
    encoding, _ = fitted(
        table(
            customer_no=[str(1000 + number) for number in range(n)],
            accountId=[str(number) for number in random.permutation(10**6)[:n]],
            email=[f"somebody{number}@example.org" for number in range(n)],
            country=["NL"] * n,
            version=["1"] * n,
            note=[None] * n,
            charge=[f"{charge:.2f}" for charge in random.uniform(10, 99, n)],
            visits=[str(number) for number in random.permutation(10**6)[:n]],
            paid=["yes", "no"] * (n // 2),
        )
    )
    assert encoding.dropped == {
        "customer_no": "is an id", "accountId": "is an id", "email": "is different in nearly every row",
        "country": "has one value", "version": "has one value", "note": "is empty",
    }  # fmt: skip
    assert encoding.names == ("charge", "visits", "paid = yes")


def test_no_columns_make_no_features() -> None:
    encoding, found = fitted(table(country=["NL"] * 30))
    assert encoding.names == ()
    assert found.shape == (30, 0)


@pytest.mark.slow
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=4), st.integers(-99, 99).map(str)), min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=1, max_size=40),
)
def test_whatever_stands_there_features_are_finite_or_missing(
    learnt: list[str | None], other: list[str | None]
) -> None:
    columns = table(anything=[*learnt, *other])
    encoding = fit_encoding(columns, np.arange(len(learnt)))
    found = encoding.apply(columns, np.arange(len(learnt) + len(other)))
    assert found.dtype == np.float32
    assert found.shape == (len(learnt) + len(other), len(encoding.names))
    assert not np.isinf(found).any()
    assert len(encoding.columns) + len(encoding.dropped) == 1
