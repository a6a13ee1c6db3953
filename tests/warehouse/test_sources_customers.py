"""Customers of a plain table: labels, attributes, and customers whose label is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load

CUSTOMERS = "SELECT viewer_id, churned FROM raw.customers JOIN raw.viewers USING (viewer_key) ORDER BY viewer_id"
ATTRIBUTES = (
    "SELECT viewer_id, attribute, content FROM raw.customer_attributes JOIN raw.viewers USING (viewer_key) ORDER BY ALL"
)


def written(folder: Path, text: str, name: str = "customers.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_and_attributes_are_taken(warehouse: Warehouse, tmp_path: Path) -> None:
    text = 'customerID,Contract,Charges,Churn\nann,monthly,29.5,No\nbob, ,"",Yes\ncarl,yearly,7,\n'
    report = load(warehouse, "customers", written(tmp_path, text))
    assert (report.taken, report.refused, report.folded) == (3, 0, 0)
    assert warehouse.query(CUSTOMERS).rows() == [("ann", False), ("bob", True), ("carl", None)]
    assert warehouse.query(ATTRIBUTES).rows() == [
        ("ann", "Charges", "29.5"), ("ann", "Contract", "monthly"), ("carl", "Charges", "7"),
        ("carl", "Contract", "yearly"),
    ]  # fmt: skip
    assert report.notes == (
        "columns: viewer = customerID, churn = Churn", "1 left, 1 stayed; of 1 it is not known",
    )  # fmt: skip
    assert report.tables == {"raw.viewers": 3, "raw.customers": 3, "raw.customer_attributes": 4}


@pytest.mark.parametrize("column", ["churn", "Exited", "has_left", "Attrition_Flag"])
def test_the_label_has_its_usual_names(warehouse: Warehouse, tmp_path: Path, column: str) -> None:
    load(warehouse, "customers", written(tmp_path, f"user_id,{column}\na,1\nb,0\n"))
    assert warehouse.query(CUSTOMERS).rows() == [("a", True), ("b", False)]


def test_labels_are_words_or_numbers(warehouse: Warehouse, tmp_path: Path) -> None:
    left = ["Yes", "TRUE", "1", "1.0", "y", "Churned", "exited", "Attrited Customer", "left"]
    stayed = ["no", "False", "0", "0.0", "N", "Stayed", "active", "Existing Customer", "Retained"]
    lines = [f"{place:02},{label}\n" for place, label in enumerate(left + stayed)]
    load(warehouse, "customers", written(tmp_path, "user_id,churn\n" + "".join(lines)))
    assert warehouse.query(CUSTOMERS)["churned"].to_list() == [True] * len(left) + [False] * len(stayed)


def test_other_labels_and_rows_without_a_customer_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    report = load(warehouse, "customers", written(tmp_path, "user_id,age,churn\na,1,yes\nb,2,perhaps\n,3,no\nd,4,2\n"))
    assert (report.taken, report.refused) == (1, 3)
    assert warehouse.query("SELECT line, reason FROM meta.refused_rows ORDER BY line").rows() == [
        (3, "churn is neither yes nor no (nor true, false, 1, 0 or the like)"),
        (4, "no viewer id"),
        (5, "churn is neither yes nor no (nor true, false, 1, 0 or the like)"),
    ]
    assert warehouse.query(ATTRIBUTES).rows() == [("a", "age", "1")]
    assert warehouse.query("SELECT count(*) FROM raw.viewers").rows() == [(1,)]


def test_a_column_of_another_name_is_mapped(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "user_id,gone,churn_value\na,yes,0\n")
    report = load(warehouse, "customers", path, mapping={"churn": "gone"})
    assert warehouse.query(CUSTOMERS).rows() == [("a", True)]
    # The other label is no attribute: it would give the answer away.
    assert warehouse.query(ATTRIBUTES).rows() == []
    assert "left out, as they too say who left: churn_value" in report.notes


def test_customers_without_labels_keep_those_that_were_known(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "customers", written(tmp_path, "user_id,tenure,churn\na,1,yes\nb,2,no\n"))
    report = load(warehouse, "customers", written(tmp_path, "user_id,tenure\na,9\nb,2\nc,3\n"))
    assert warehouse.query(CUSTOMERS).rows() == [("a", True), ("b", False), ("c", None)]
    assert warehouse.query(ATTRIBUTES).rows() == [("a", "tenure", "9"), ("b", "tenure", "2"), ("c", "tenure", "3")]
    assert any(note.startswith("no column says who left; say which it is with --map churn=") for note in report.notes)
    load(warehouse, "customers", written(tmp_path, "user_id,churn\na,no\n"))
    assert warehouse.query(CUSTOMERS).rows() == [("a", False), ("b", False), ("c", None)]
    assert warehouse.repeated_keys() == []


def test_of_a_customer_that_is_there_twice_the_later_row_stands(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "user_id,plan,device,churn\na,basic,tv,yes\nb,basic,tv,no\na,gold,,no\n")
    report = load(warehouse, "customers", path)
    assert (report.taken, report.folded) == (2, 1)
    assert warehouse.query(CUSTOMERS).rows() == [("a", False), ("b", False)]
    # what the later row leaves blank, the earlier one says
    assert warehouse.query(ATTRIBUTES).rows() == [
        ("a", "device", "tv"), ("a", "plan", "gold"), ("b", "device", "tv"), ("b", "plan", "basic"),
    ]  # fmt: skip
    assert "0 left, 2 stayed" in report.notes
    assert load(warehouse, "customers", path).already_loaded


def test_a_table_without_customers_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="no column for the viewer; it has plan, churn; say which it is with --map viewer"
    ):
        load(warehouse, "customers", written(tmp_path, "plan,churn\na,no\n"))


def test_the_telco_customers_are_all_taken(warehouse: Warehouse, real_data: Path) -> None:
    path = real_data / "churn" / "Telco-Customer-Churn.csv"
    report = load(warehouse, "customers", path)
    assert (report.taken, report.refused, report.folded) == (7043, 0, 0)
    assert "1,869 left, 5,174 stayed" in report.notes
    # 19 attributes, but for the blank charges of 11 customers who have just come
    assert report.tables["raw.customer_attributes"] == 7043 * 19 - 11
    assert load(warehouse, "customers", path).already_loaded
