"""Examples out of a plain table of customers, with whether they left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolkit.encoding import Encoding, fit_encoding
from toolkit.errors import ModelError
from toolkit.examples import Examples, Task
from toolkit.tasks import CUSTOMER_CHURN, Classes
from toolkit.viewer_examples import Fitting

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray

CUSTOMERS = ("raw.customers", "raw.customer_attributes")
FOLDS = 5
CALIBRATION_FOLDS = 3
UNKNOWN = -1


@dataclass(frozen=True)
class Customers:
    """A plain table of customers.

    Attributes:
        viewers: (n,) keys, ascending.
        labels: (n,) 1 for those who left, 0 for those who stayed, -1 where that is not known.
        columns: (n,) texts of each column, by name; null where nothing stands.
    """

    viewers: IntArray
    labels: IntArray
    columns: dict[str, pl.Series]

    @property
    def labelled(self) -> IntArray:
        """Rows of whom it is known whether they left."""
        return np.flatnonzero(self.labels >= 0)

    @property
    def unlabelled(self) -> IntArray:
        """Rows of whom it is not."""
        return np.flatnonzero(self.labels < 0)

    def examples(self, rows: IntArray, encoding: Encoding) -> Examples:
        """Examples without times of some rows; labels where they are known of all."""
        labels = self.labels[rows]
        nothing = np.zeros((rows.size, 0), dtype=np.float32)
        return Examples(
            task=customer_classes().task,
            viewers=self.viewers[rows],
            origins=np.full(rows.size, np.datetime64("NaT", "D")),
            features=encoding.apply(self.columns, rows),
            feature_names=encoding.names,
            sequences=nothing[:, :, None],
            channels=(),
            steps=np.zeros(rows.size, dtype=np.int64),
            recent=nothing.astype(np.int32),
            labels=None if (labels < 0).any() else labels,
        )


def customer_classes() -> Classes:
    """No and yes; there is no horizon, since the table does not say when."""
    return Classes(Task(CUSTOMER_CHURN, ("no", "yes"), 0), low=(None, None), high=(None, None))


def read_customers(con: duckdb.DuckDBPyConnection) -> Customers:
    """The customers of the warehouse.

    Raises:
        ModelError: there are none, or it is known of none whether they left.
    """
    import polars as pl

    customers = con.sql("SELECT viewer_key, churned FROM raw.customers ORDER BY viewer_key").pl()
    if customers.is_empty():
        raise ModelError(f"{CUSTOMER_CHURN}: there are no customers; load some with cinekit load customers FILE")
    if customers["churned"].null_count() == len(customers):
        raise ModelError(
            f"{CUSTOMER_CHURN}: it is known of none of {len(customers):,} customers whether they left; load some of "
            "whom it is"
        )
    attributes = con.sql(
        "SELECT attribute, viewer_key, content FROM raw.customer_attributes SEMI JOIN raw.customers USING (viewer_key) "
        "ORDER BY attribute, viewer_key"
    ).pl()
    keys = customers.select("viewer_key")
    columns = {
        str(part["attribute"][0]): keys.join(part, on="viewer_key", how="left", maintain_order="left")["content"]
        for part in attributes.partition_by("attribute", maintain_order=True)
    }
    labels = customers["churned"].cast(pl.Int64).fill_null(UNKNOWN)
    return Customers(customers["viewer_key"].to_numpy().astype(np.int64), labels.to_numpy().copy(), columns)


def customer_fitting(customers: Customers, rows: IntArray, seed: int) -> tuple[Fitting, Encoding]:
    """What is learnt from some labelled rows, and how their columns are read, which is learnt from the same rows.

    A plain table has no times and so no latest part: probabilities are calibrated on all rows, in parts drawn at random
    with about the same share of those who left, by models that were fitted on the other parts.

    Raises:
        ModelError: fewer than three left or stayed, or not one column says anything.
    """
    encoding = fit_encoding(customers.columns, rows)
    if not encoding.columns:
        reasons = ", ".join(f"{name} {why}" for name, why in encoding.dropped.items()) or "there is none"
        raise ModelError(f"{CUSTOMER_CHURN}: no column says anything about customers ({reasons}); load others")
    folds = np.empty(rows.size, dtype=np.int64)
    for fold, (_, held_out) in enumerate(stratified_folds(customers.labels[rows], CALIBRATION_FOLDS, seed)):
        folds[held_out] = fold
    return Fitting(
        customer_classes(), all=customers.examples(rows, encoding), latest=np.arange(rows.size), folds=folds
    ), encoding


def customers_held_out(customers: Customers, seed: int, folds: int = FOLDS) -> Iterator[tuple[Fitting, Examples]]:
    """What is learnt from the labelled customers outside each fold, and those in it, with labels.

    Together the folds give every labelled customer a probability by a model that was not fitted on that customer. They
    are drawn at random, with about the same share of those who left in each, since a plain table has no times.

    Raises:
        ModelError: fewer left, or stayed, than there are folds.
    """
    labelled = customers.labelled
    for train, test in stratified_folds(customers.labels[labelled], folds, seed):
        fitting, encoding = customer_fitting(customers, labelled[train], seed)
        yield fitting, customers.examples(labelled[test], encoding)


def customers_to_predict(customers: Customers, seed: int) -> tuple[Fitting, Examples]:
    """What is learnt from all labelled customers, and those of whom it is not known whether they left."""
    fitting, encoding = customer_fitting(customers, customers.labelled, seed)
    return fitting, customers.examples(customers.unlabelled, encoding)


def stratified_folds(labels: IntArray, folds: int, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Training and test rows of each fold, drawn at random, with about the same share of each class in all.

    Raises:
        ModelError: fewer rows of a class than folds.
    """
    from sklearn.model_selection import StratifiedKFold

    yes, no = int((labels == 1).sum()), int((labels == 0).sum())
    if min(yes, no) < folds:
        raise ModelError(
            f"{CUSTOMER_CHURN}: {yes:,} who left and {no:,} who stayed do not fill {folds} folds; load more customers"
        )
    yield from StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
