"""Reading the interaction matrix out of a warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import log
from pathlib import Path

import duckdb
import numpy as np
import pytest

from toolkit.errors import ModelError, UsageError
from toolkit.interactions import UNKNOWN_TIME
from toolkit.matrix import read_interactions

SCHEMA = Path(__file__).parents[2] / "warehouse" / "schema" / "0001_house.sql"


class Lender:
    """Lends one connection, as the warehouse does."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(SCHEMA.read_text(encoding="utf-8"))

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self.connection

    def fill(self, table: str, rows: str) -> None:
        self.connection.execute(f"INSERT INTO {table} VALUES {rows}")


@pytest.fixture
def warehouse() -> Iterator[Lender]:
    lender = Lender()
    yield lender
    lender.connection.close()


def test_ratings(warehouse: Lender) -> None:
    warehouse.fill(
        "raw.ratings",
        "(7, 30, 5, '1970-01-02', 1), (3, 20, 2.5, NULL, 1), (7, 10, 4, '1970-01-01 00:01:00', 1), (3, 30, 3, NULL, 9)",
    )
    read = read_interactions(warehouse)
    assert read.signal == "ratings"
    assert read.viewers.tolist() == [3, 7]
    assert read.titles.tolist() == [10, 20, 30]
    np.testing.assert_array_equal(read.values.toarray(), [[0, 2.5, 3], [4, 0, 5]])
    assert read.times is not None
    assert read.times.tolist() == [UNKNOWN_TIME, UNKNOWN_TIME, 60, 86400]
    assert read.threshold == 4.0
    assert read.liked.toarray().tolist() == [[0, 0, 0], [1, 0, 1]]
    assert (read.values.dtype, read.values.indices.dtype, read.values.indptr.dtype) == (np.float32, np.int32, np.int32)


def test_ratings_with_a_threshold_of_their_own_and_unknown_times(warehouse: Lender) -> None:
    warehouse.fill(
        "raw.ratings", "(1, 1, 5, NULL, 1), (1, 2, 0, NULL, 1), (1, 3, NULL, NULL, 1), (2, 4, 'nan', NULL, 1)"
    )
    read = read_interactions(warehouse, "ratings", min_rating=0)
    assert read.threshold == 0
    assert read.times is None
    assert read.shape == (1, 2)
    assert read.values.nnz == 2
    assert read.liked.nnz == 2


def test_a_stray_rating_does_not_move_the_threshold(warehouse: Lender) -> None:
    fives = ", ".join(f"({viewer}, {title}, {1 + title % 5}, NULL, 1)" for viewer in range(30) for title in range(5))
    warehouse.fill("raw.ratings", f"{fives}, (99, 1, 50, NULL, 1)")
    read = read_interactions(warehouse)
    assert (read.threshold, read.liked_value, read.values.data.max()) == (4.0, 5.0, 50.0)
    assert read.liked.nnz == 30 * 2 + 1


def test_a_second_rating_of_a_pair_is_not_taken_in_silence(warehouse: Lender) -> None:
    warehouse.fill("raw.ratings", "(4, 6, 5, NULL, 1), (4, 6, 1, NULL, 1)")
    with pytest.raises(ModelError, match="viewer_key 4 and title_key 6 more than once"):
        read_interactions(warehouse)


def test_watches_are_summed_and_missing_minutes_are_the_median(warehouse: Lender) -> None:
    warehouse.fill(
        "raw.watches",
        "(1, 1, 10, '2020-01-01', 1), (1, 1, 30, '2020-01-03', 1), (1, 2, NULL, NULL, 1), (2, 1, 20, '2020-01-02', 1)",
    )
    read = read_interactions(warehouse)
    assert read.signal == "watches"
    assert read.threshold == 0
    expected = [[log(11) + log(31), log(21)], [log(21), 0]]
    np.testing.assert_allclose(read.values.toarray(), expected, rtol=1e-6)
    assert read.times is not None
    assert read.times.tolist() == [1578009600, UNKNOWN_TIME, 1577923200]
    assert read.liked.nnz == 3


def test_watches_without_any_minutes_weigh_as_one_minute_each(warehouse: Lender) -> None:
    warehouse.fill("raw.watches", "(1, 1, NULL, NULL, 1), (1, 1, NULL, NULL, 1)")
    assert read_interactions(warehouse, half_life=3).values.data.tolist() == pytest.approx([2 * log(2)])


def test_watches_decay_back_from_the_latest(warehouse: Lender) -> None:
    warehouse.fill(
        "raw.watches",
        "(1, 1, 9, '2020-01-11', 1), (1, 2, 9, '2020-01-01', 1), (1, 3, 9, NULL, 1), (1, 4, 9, '2020-01-06', 1)",
    )
    weights = read_interactions(warehouse, "watches", half_life=5).values.data
    np.testing.assert_allclose(weights, log(10) * np.array([1, 0.25, 0.25, 0.5]), rtol=1e-6)


def test_a_watch_of_no_minutes_is_still_an_entry(warehouse: Lender) -> None:
    warehouse.fill("raw.watches", "(1, 1, 0, NULL, 1)")
    assert read_interactions(warehouse).values.data.min() > 0


def test_purchases_are_sums_of_tickets(warehouse: Lender) -> None:
    warehouse.fill(
        "raw.purchases",
        "(1, 1, 2, NULL, NULL, '2020-01-01', 1), (1, 1, NULL, NULL, NULL, NULL, 1), (1, 2, 0, NULL, NULL, NULL, 1)",
    )
    read = read_interactions(warehouse)
    assert read.signal == "purchases"
    assert read.values.toarray().tolist() == [[3]]


def test_the_whole_catalogue(warehouse: Lender) -> None:
    warehouse.connection.execute("INSERT INTO raw.titles (title_key) VALUES (1), (2), (3), (4)")
    warehouse.fill("raw.watches", "(5, 3, 1, NULL, 1)")
    assert read_interactions(warehouse).titles.tolist() == [3]
    whole = read_interactions(warehouse, catalogue="all")
    assert whole.titles.tolist() == [1, 2, 3, 4]
    assert whole.values.toarray().nonzero()[1].tolist() == [2]


def test_auto_takes_the_largest_table(warehouse: Lender) -> None:
    warehouse.fill("raw.ratings", "(1, 1, 5, NULL, 1)")
    warehouse.fill("raw.watches", "(1, 1, 5, NULL, 1), (1, 1, 6, NULL, 1)")
    assert read_interactions(warehouse).signal == "watches"
    assert read_interactions(warehouse, "ratings").signal == "ratings"


def test_nothing_to_learn_from(warehouse: Lender) -> None:
    expected = r"raw\.ratings, raw\.watches and raw\.purchases are empty; load ratings or watches first"
    with pytest.raises(ModelError, match=f"nothing to learn from: {expected}"):
        read_interactions(warehouse)
    with pytest.raises(ModelError, match=r"raw\.purchases is empty; load purchases first"):
        read_interactions(warehouse, "purchases")


def test_settings_that_do_not_fit_the_signal(warehouse: Lender) -> None:
    warehouse.fill("raw.ratings", "(1, 1, 5, NULL, 1)")
    warehouse.fill("raw.watches", "(1, 1, 5, NULL, 1)")
    with pytest.raises(UsageError, match="half-life"):
        read_interactions(warehouse, "ratings", half_life=3)
    with pytest.raises(UsageError, match="half-life"):
        read_interactions(warehouse, "watches", half_life=0)
    with pytest.raises(UsageError, match="lowest rating"):
        read_interactions(warehouse, "watches", min_rating=3)
    with pytest.raises(UsageError, match="choose one of auto, ratings, watches, purchases"):
        read_interactions(warehouse, "likes")  # type: ignore[arg-type]
