"""Classifiers of viewers, judged on what came after what they learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from toolkit.errors import ModelError, UsageError
from toolkit.evaluating_viewers import BASE_RATE, as_table, evaluate_viewers, over_viewers
from toolkit.host import Host
from toolkit.intervals import bootstrap_intervals
from toolkit.simulating import simulate_into
from toolkit.viewer_requests import EvaluateViewersRequest
from warehouse import Warehouse

REQUEST = EvaluateViewersRequest(task=("active-tomorrow", "minutes-tomorrow", "next-title"))


@pytest.fixture(scope="module")
def host() -> Host:
    return Host()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse.open(tmp_path_factory.mktemp("viewers") / "viewers.duckdb")
    simulate_into(warehouse, 80, 40, 100, 3)
    return warehouse


def test_models_are_judged_beside_the_base_rate(simulated: Warehouse, host: Host) -> None:
    done = evaluate_viewers(simulated, host, ["recency", "markov"], {}, REQUEST)
    assert not done.failed
    assert not done.skipped
    rows = simulated.query("SELECT * FROM results.metrics WHERE run = $run", {"run": done.run})
    assert rows["split"].unique().to_list() == ["cutoff"]
    assert set(rows.filter(task="active-tomorrow")["metric"]) == {"accuracy", "log_loss", "brier", "auc", "ece", "lift"}
    assert set(rows.filter(task="minutes-tomorrow")["metric"]) >= {"rps", "kappa"}
    assert set(rows.filter(task="next-title")["metric"]) == {"hit@10", "mrr"}
    brier = rows.filter(task="active-tomorrow", metric="brier")
    assert (brier["low"] <= brier["value"]).all()
    assert (brier["value"] <= brier["high"]).all()
    assert brier.filter(model="recency")["value"].item() < brier.filter(model=BASE_RATE)["value"].item()
    assert rows.filter(task="active-tomorrow")["examples"].unique().to_list() == [done.examples["active-tomorrow"]]
    table = as_table(done.metrics)
    assert table["task"].unique(maintain_order=True).to_list() == list(REQUEST.task)
    assert table.filter(task="active-tomorrow")["brier"].is_sorted()
    assert set(table.filter(task="next-title")["model"]) == {BASE_RATE, "markov"}  # recency does not do it


def test_the_same_seed_gives_the_same_metrics(simulated: Warehouse, host: Host) -> None:
    request = EvaluateViewersRequest(task=("active-week",), seed=5)
    first, again = (evaluate_viewers(simulated, host, ["recency"], {}, request) for _ in range(2))
    assert first.metrics.equals(again.metrics)


def test_a_random_split_is_refused_and_says_why(simulated: Warehouse, host: Host) -> None:
    with pytest.raises(UsageError, match="later days would tell of the earlier ones"):
        evaluate_viewers(simulated, host, ["recency"], {}, EvaluateViewersRequest(split="random"))


def test_wrong_names_are_refused(simulated: Warehouse, host: Host) -> None:
    for names in ([], ["recency", "recency"]):
        with pytest.raises(UsageError, match="name each model once"):
            evaluate_viewers(simulated, host, names, {}, REQUEST)
    with pytest.raises(UsageError, match="theta forecasts series"):
        evaluate_viewers(simulated, host, ["theta"], {}, REQUEST)
    with pytest.raises(ModelError, match="popularity can do none of churn"):
        evaluate_viewers(simulated, host, ["popularity"], {}, EvaluateViewersRequest(task=("churn",)))


def test_nothing_to_judge_by_is_said(warehouse: Warehouse, host: Host) -> None:
    with pytest.raises(ModelError, match="nothing that viewers did has a time"):
        evaluate_viewers(warehouse, host, ["recency"], {}, REQUEST)


def test_intervals_are_those_of_means_where_every_viewer_has_one_example() -> None:
    values = np.random.default_rng(0).random((50, 2))
    np.testing.assert_allclose(over_viewers(values, np.arange(50), 3), bootstrap_intervals(values, 3))


def test_means_are_over_examples_and_intervals_widen_with_examples_that_are_alike() -> None:
    values = np.random.default_rng(0).random((40, 1))
    once = over_viewers(values, np.arange(40), 1)
    thrice = over_viewers(np.repeat(values, 3, axis=0), np.repeat(np.arange(40), 3), 1)
    np.testing.assert_allclose(once, thrice)
    uneven = over_viewers(np.array([[1.0], [1.0], [1.0], [0.0]]), np.array([0, 0, 0, 1]), 1)
    assert uneven[0, 0] == pytest.approx(0.75)


@pytest.mark.slow
def test_customers_of_a_plain_table_are_judged_in_folds(warehouse: Warehouse, host: Host, real_data: Path) -> None:
    from warehouse.loads import load

    load(warehouse, "customers", real_data / "churn" / "Telco-Customer-Churn.csv")
    done = evaluate_viewers(warehouse, host, ["logistic"], {}, EvaluateViewersRequest())
    found = {row["metric"]: row for row in done.metrics.filter(model="logistic").to_dicts()}
    assert (found["auc"]["split"], found["auc"]["k"], found["auc"]["task"]) == ("folds", 5, "customer-churn")
    assert found["auc"]["value"] >= 0.84
    assert found["ece"]["value"] <= 0.03
