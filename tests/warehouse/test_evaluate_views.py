"""What users see of evaluations: groups apart from totals, and the latest comparison of two models."""

from __future__ import annotations

import pytest

from warehouse import Warehouse


@pytest.fixture
def evaluated(warehouse: Warehouse) -> Warehouse:
    """A warehouse with three evaluations, of which the last failed."""
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO meta.runs (run, verb, model, status, ended_at) VALUES "
            "('r1', 'evaluate', 'recommend', 'done', '2026-02-02 01:00'), "
            "('r2', 'evaluate', 'recommend', 'done', '2026-02-02 02:00'), "
            "('r3', 'evaluate', 'recommend', 'failed', '2026-02-02 03:00')"
        )
    return warehouse


def test_groups_are_apart_from_totals_and_the_latest_is_shown(evaluated: Warehouse) -> None:
    rows = [
        ("r1", "ndcg", None, None, 0.1),
        ("r1", "ndcg", "gender", "F", 0.2),
        ("r1", "ndcg", "gender", "X", 0.25),
        ("r1", "ndcg", "age", "under 18", 0.3),
        ("r2", "ndcg", None, None, 0.4),
        ("r2", "ndcg", "gender", "F", 0.5),
        ("r2", "ndcg_gap", "gender", None, 0.6),
        ("r3", "ndcg", "gender", "F", 0.7),
    ]
    columns = "run, metric, grouping, viewer_group, value, model, split, k"
    with evaluated.writing() as con:
        con.executemany(f"INSERT INTO results.metrics ({columns}) VALUES (?, ?, ?, ?, ?, 'ease', 'random', 10)", rows)
    assert evaluated.query("SELECT metric, value, run FROM metrics").rows() == [("ndcg", 0.4, "r2")]
    found = evaluated.query("SELECT grouping, viewer_group, metric, value FROM group_metrics ORDER BY value")
    assert found.rows() == [
        ("age", "under 18", "ndcg", 0.3),
        ("gender", "F", "ndcg", 0.5),
        ("gender", None, "ndcg_gap", 0.6),
    ]


def test_two_models_are_one_pair_in_either_order(evaluated: Warehouse) -> None:
    rows = [
        ("r1", "ease", "als", 0.1),
        ("r1", "ease", "popular", 0.2),
        ("r2", "als", "ease", -0.3),
        ("r3", "als", "ease", 9),
    ]
    columns = "run, model, other_model, difference, split, metric, k"
    with evaluated.writing() as con:
        con.executemany(
            f"INSERT INTO results.metric_differences ({columns}) VALUES (?, ?, ?, ?, 'random', 'ndcg', 10)", rows
        )
    found = evaluated.query("SELECT model, other_model, difference FROM metric_differences ORDER BY difference")
    assert found.rows() == [("als", "ease", -0.3), ("ease", "popular", 0.2)]
