"""Examples out of a table of customers: honest folds, encodings of training rows, and the bar on real customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.predict.logistic import Logistic
from plugins.predict.viewer_gradient_boosting import ViewerGradientBoosting
from toolkit.class_metrics import auc, calibration_error
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.host import Host
from toolkit.plain_examples import (
    Customers,
    customer_fitting,
    customers_held_out,
    customers_to_predict,
    read_customers,
    stratified_folds,
)
from toolkit.predicting_viewers import predict_viewers
from toolkit.viewer_fitting import fitted
from toolkit.viewer_requests import ChurnRequest
from warehouse import Warehouse
from warehouse.loads import load

HEADER = "customer,churn,plan,minutes,city\n"


def customers(warehouse: Warehouse, folder: Path, lines: list[str]) -> Customers:
    """The customers of a file, by the plain door."""
    file = folder / "customers.csv"
    file.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    load(warehouse, "customers", file)
    with warehouse.reading() as con:
        return read_customers(con)


def lines_of(n: int, unknown: int = 0) -> list[str]:
    """Customers of whom those of the basic plan leave more often, the last ones without a label."""
    random = np.random.default_rng(0)
    basic = random.random(n) < 0.5
    left = random.random(n) < np.where(basic, 0.6, 0.1)
    return [
        f"c{row},{'' if row >= n - unknown else ('yes' if left[row] else 'no')},{'basic' if basic[row] else 'full'},"
        f"{random.integers(1000)},"
        for row in range(n)
    ]


def test_a_table_becomes_examples_without_times(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, ["a,yes,basic,12,", "b,no,full,,Delft", "c,,full,7,Delft"])
    assert found.labels.tolist() == [1, 0, -1]
    assert found.labelled.tolist() == [0, 1]
    assert found.unlabelled.tolist() == [2]
    assert {name: column.to_list() for name, column in found.columns.items()} == {
        "city": [None, "Delft", "Delft"], "minutes": ["12", None, "7"], "plan": ["basic", "full", "full"],
    }  # fmt: skip


def test_every_labelled_customer_is_held_out_once(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, lines_of(120, unknown=20))
    parts = list(customers_held_out(found, seed=0))
    held_out = np.concatenate([examples.viewers for _, examples in parts])
    assert sorted(held_out) == found.viewers[:100].tolist()
    for fitting, examples in parts:
        assert not set(fitting.all.viewers) & set(examples.viewers)
        assert fitting.all.labels is not None
        assert examples.labels is not None
        assert examples.labels.mean() == pytest.approx(fitting.all.labels.mean(), abs=0.06)
        assert fitting.all.feature_names == examples.feature_names == ("minutes", "plan = full")
        assert np.isnat(examples.origins).all()


def test_all_labelled_customers_are_learnt_from_for_the_others(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, lines_of(120, unknown=20))
    fitting, examples = customers_to_predict(found, seed=0)
    assert fitting.all.viewers.size == 100
    assert examples.viewers.tolist() == found.viewers[100:].tolist()
    assert examples.labels is None
    yes = fitted(Logistic(), fitting, 0).probabilities(examples)[:, 1]
    basic = examples.features[:, 1] == 0
    assert yes[basic].min() > yes[~basic].max()


def test_the_same_seed_gives_the_same_folds() -> None:
    labels = np.arange(60) % 3 // 2
    one, same, other = (np.concatenate([test for _, test in stratified_folds(labels, 4, seed)]) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_what_is_held_out_does_not_tell_how_columns_are_read(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, [f"c{row},{'yes' if row % 3 else 'no'},{row % 2},," for row in range(60)])
    found.columns["plan"][59] = "something else"
    _, encoding = customer_fitting(found, np.arange(59), 0)
    assert encoding.names == ("plan",)
    assert np.isnan(encoding.apply(found.columns, np.array([59]))).all()


def test_what_cannot_be_learnt_from_is_said(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.reading() as con, pytest.raises(ModelError, match="there are no customers"):
        read_customers(con)
    with pytest.raises(ModelError, match="none of 2 customers whether they left"):
        customers(warehouse, tmp_path, ["a,,basic,1,", "b,,full,2,"])


def test_too_few_who_left_are_said(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, [f"c{row},{'yes' if row < 3 else 'no'},basic,{row}," for row in range(30)])
    with pytest.raises(ModelError, match="3 who left and 27 who stayed do not fill 5 folds"):
        next(customers_held_out(found, 0))


def test_columns_that_say_nothing_are_named(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, [f"c{row},{'yes' if row % 2 else 'no'},basic,{row}," for row in range(30)])
    with pytest.raises(ModelError, match="minutes is an id, plan has one value"):
        customer_fitting(found, found.labelled, 0)


def test_where_all_labels_are_known_every_customer_is_asked_of_a_model_fitted_on_others(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    lines = [HEADER.replace("city", "place"), *(f"{line}Delft\n" for line in lines_of(100))]
    file.write_text("".join(lines), encoding="utf-8")
    load(warehouse, "customers", file)
    with warehouse.reading() as con:
        found = read_customers(con)
    done = predict_viewers(warehouse, Host(), "logistic", {}, ChurnRequest())
    assert done.parts == {"customer-churn": 5}
    assert done.left_out == {"place": "has one value"}
    rows = warehouse.query("SELECT * FROM results.probabilities WHERE class = 'yes' ORDER BY viewer_key")
    assert rows["viewer_key"].to_list() == found.viewers.tolist()
    assert rows["as_of"].null_count() == rows["horizon"].null_count() == 100
    by_fold = {}
    for fitting, examples in customers_held_out(found, seed=0):
        given = fitted(Logistic(), fitting, 0).probabilities(examples)[:, 1]
        by_fold |= dict(zip(examples.viewers.tolist(), given.tolist(), strict=True))
    assert rows["probability"].to_list() == pytest.approx([by_fold[key] for key in found.viewers.tolist()])


def test_where_some_are_not_known_these_alone_are_asked(warehouse: Warehouse, tmp_path: Path) -> None:
    found = customers(warehouse, tmp_path, lines_of(100, unknown=7))
    done = predict_viewers(warehouse, Host(), "logistic", {}, ChurnRequest())
    assert (done.parts, done.viewers) == ({"customer-churn": 1}, {"customer-churn": 7})
    rows = warehouse.query("SELECT DISTINCT viewer_key FROM results.probabilities ORDER BY viewer_key")
    assert rows["viewer_key"].to_list() == found.viewers[93:].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("model", [Logistic(), ViewerGradientBoosting()], ids=["logistic", "gradient-boosting"])
def test_real_customers_reach_the_bar(warehouse: Warehouse, real_data: Path, model: Classifier) -> None:
    load(warehouse, "customers", real_data / "churn" / "Telco-Customer-Churn.csv")
    with warehouse.reading() as con:
        found = read_customers(con)
    assert (found.viewers.size, int((found.labels == 1).sum())) == (7043, 1869)
    probabilities, labels = [], []
    for fitting, examples in customers_held_out(found, seed=0):
        assert examples.labels is not None
        probabilities.append(fitted(model, fitting, 0).probabilities(examples))
        labels.append(examples.labels)
    given, true = np.concatenate(probabilities), np.concatenate(labels)
    area = auc(given, true)
    assert area is not None
    assert area >= 0.84
    assert calibration_error(given, true) <= 0.03
