"""A small set of examples about viewers: what a classifier is tried on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from toolkit.tasks import CUSTOMER_CHURN, WATCH_TIME, horizon_of
from toolkit.testing.histories import drawn_history

if TYPE_CHECKING:
    from toolkit.examples import Examples

CUSTOMERS, DAYS, SEED = 60, 40, 3


@cache
def small_examples(task: str = "active-week") -> Examples:
    """Examples with labels, made by the toolkit as real ones are, out of an invented history or plain table.

    Every call gives the same; its arrays are shared.

    Raises:
        UsageError: there is no such task.
    """
    if task == CUSTOMER_CHURN:
        return _customers()
    if task == WATCH_TIME:
        return _watch_times()
    from toolkit.viewer_examples import ExampleMaker, fitting_examples

    return fitting_examples(ExampleMaker(drawn_history(SEED, days=75, leaving=3)), task, horizon_of(task), SEED).all


def _customers() -> Examples:
    """Customers with a tariff and minutes, who leave the more often the less they watch."""
    import polars as pl

    from toolkit.encoding import fit_encoding
    from toolkit.plain_examples import Customers

    rng = np.random.default_rng(SEED)
    minutes = rng.integers(0, 500, CUSTOMERS)
    labels = (rng.random(CUSTOMERS) < np.where(minutes < 200, 0.8, 0.2)).astype(np.int64)
    columns = {
        "minutes": pl.Series(minutes.astype(str).tolist()),
        "tariff": pl.Series(rng.choice(["basic", "plus"], CUSTOMERS).tolist()),
    }
    customers, rows = Customers(np.arange(CUSTOMERS), labels, columns), np.arange(CUSTOMERS)
    return customers.examples(rows, fit_encoding(columns, rows))


def _watch_times() -> Examples:
    """Minutes of six viewers by day; each watches about as long as on the day before."""
    from toolkit.watch_time_examples import WatchTimes, watch_time_fitting

    viewers, rng = 6, np.random.default_rng(SEED)
    minutes = np.maximum(rng.normal(60, 40, (viewers, DAYS + 1)).cumsum(axis=1) % 240 - 20, 0)
    days = np.tile(np.datetime64("2026-01-01", "D") + np.arange(DAYS), viewers)
    table = WatchTimes(np.repeat(np.arange(viewers), DAYS), days, days, minutes[:, :-1].ravel(), minutes[:, 1:].ravel())
    return watch_time_fitting(table, table.labelled, SEED).all
