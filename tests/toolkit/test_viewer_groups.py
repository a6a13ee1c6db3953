"""Groups of viewers: who is in which, and how far apart they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from toolkit.errors import ModelError
from toolkit.viewer_groups import By, Grouping, as_group_table, described, group_rows, grouped


def people(**columns: list[Any]) -> pl.DataFrame:
    """Viewers with the keys 1, 2, 3 …"""
    count = len(next(iter(columns.values())))
    empty: dict[str, list[Any]] = {"gender": [None] * count, "age": [None] * count, "occupation": [None] * count}
    types = {"viewer_key": pl.Int32, "gender": pl.String, "age": pl.Int16, "occupation": pl.String}
    return pl.DataFrame({"viewer_key": range(1, count + 1), **empty, **columns}, schema=types)


def members(found: Grouping, table: pl.DataFrame, by: By) -> dict[str, list[Any]]:
    return {
        label: table[by].filter(pl.Series(found.group == place)).to_list() for place, label in enumerate(found.labels)
    }


def test_small_groups_are_one_and_come_last() -> None:
    occupations = ["nurse"] * 20 + ["artist"] * 25 + ["clerk"] * 19 + ["cook"] * 1 + [None] * 21
    table = people(occupation=occupations)
    found = grouped(table, "occupation", np.arange(1, 87))
    assert found.labels == ("artist", "nurse", "smaller groups", "not known")
    assert (found.small, found.left_out) == (("clerk", "cook"), 0)
    kept = members(found, table, "occupation")
    assert kept["smaller groups"] == ["clerk"] * 19 + ["cook"]
    assert kept["not known"] == [None] * 21
    assert described(found) == "by occupation: groups of fewer than 20 viewers are 'smaller groups': clerk, cook"


def test_an_occupation_that_is_called_other_is_a_group_like_any() -> None:
    occupations = ["other"] * 22 + ["nurse"] * 20 + ["artist"] * 19 + ["clerk"] * 18
    found = grouped(people(occupation=occupations), "occupation", np.arange(1, 80))
    assert found.labels == ("nurse", "other", "smaller groups")
    assert np.bincount(found.group).tolist() == [20, 22, 37]
    gap = next(row for row in group_rows({"ndcg": found.group == 1}, found, seed=0) if row["metric"] == "ndcg_gap")
    assert gap["value"] == 1


def test_what_is_too_small_even_together_is_left_out() -> None:
    found = grouped(people(gender=["F"] * 20 + ["M"] * 12 + [None] * 7), "gender", np.arange(1, 40))
    assert found.labels == ("F",)
    assert found.group.tolist() == [0] * 20 + [-1] * 19
    said = "by gender: groups of fewer than 20 viewers are left out, 19 viewers in all: M, not known"
    assert described(found) == said


def test_ages_and_lower_bounds_of_age_groups_are_the_same_groups() -> None:
    ages = [1, 17, 18, 24, 25, 34, 35, 44, 45, 49, 50, 55, 56, 90] * 20
    table = people(age=ages)
    found = grouped(table, "age", np.arange(1, len(ages) + 1))
    kept = {label: sorted(set(found)) for label, found in members(found, table, "age").items()}
    assert kept == {
        "under 18": [1, 17], "18 to 24": [18, 24], "25 to 34": [25, 34], "35 to 44": [35, 44], "45 to 49": [45, 49],
        "50 to 55": [50, 55], "56 and over": [56, 90],
    }  # fmt: skip
    assert list(kept) == list(found.labels)
    assert described(found) == ""


def test_groups_are_those_of_the_viewers_asked_for_in_their_order() -> None:
    table = people(gender=["F", "M"] * 40)
    found = grouped(table, "gender", np.arange(80, 0, -1))
    assert found.group.tolist() == [1, 0] * 40
    assert grouped(table, "gender", np.arange(1, 80, 2)).labels == ("F",)


def test_nothing_known_or_nobody_enough_is_said() -> None:
    with pytest.raises(ModelError, match=r"^nobody who is judged has a known gender; leave out --by gender"):
        grouped(people(age=[20] * 30), "gender", np.arange(1, 31))
    with pytest.raises(ModelError, match=r"^no gender has 20 viewers to judge"):
        grouped(people(gender=["F"] * 9 + ["M"] * 9), "gender", np.arange(1, 19))


def test_means_and_the_gap_hand_worked() -> None:
    labels = ("18 to 24", "25 to 34", "56 and over", "smaller groups")
    grouping = Grouping("age", labels, np.repeat([0, 1, 2, 3, -1], 4), (), 4)
    ndcg = np.repeat([0.5, 0.25, 0.75, 0.0, 9.0], 4)
    rows = group_rows({"ndcg": ndcg, "novelty": ndcg}, grouping, seed=0)
    found = {(row["metric"], row["viewer_group"]): row for row in rows}
    assert {key: row["value"] for key, row in found.items() if key[0] == "ndcg"} == {
        ("ndcg", "18 to 24"): 0.5, ("ndcg", "25 to 34"): 0.25, ("ndcg", "56 and over"): 0.75,
        ("ndcg", "smaller groups"): 0.0,
    }  # fmt: skip
    # these are no group to be served better or worse
    gap = found["ndcg_gap", None]
    assert (gap["value"], gap["low"], gap["high"], gap["viewers"]) == (0.5, 0.5, 0.5, 8)
    assert ("novelty_gap", None) not in found
    assert all(row["grouping"] == "age" for row in rows)


def test_the_interval_of_a_gap_is_that_of_two_independent_means() -> None:
    random = np.random.default_rng(0)
    ndcg = np.concatenate([random.normal(0.3, 0.2, 400), random.normal(0.5, 0.2, 100)])
    rows = group_rows({"ndcg": ndcg}, Grouping("gender", ("F", "M"), np.repeat([0, 1], [400, 100]), (), 0), seed=0)
    gap = next(row for row in rows if row["metric"] == "ndcg_gap")
    error = np.sqrt(ndcg[:400].var() / 400 + ndcg[400:].var() / 100)
    assert gap["value"] == pytest.approx(ndcg[400:].mean() - ndcg[:400].mean())
    assert gap["high"] - gap["low"] == pytest.approx(2 * 1.96 * error, rel=0.12)


def test_one_group_has_no_gap() -> None:
    rows = group_rows({"ndcg": np.ones(3)}, Grouping("gender", ("F", "not known"), np.array([0, 0, 1]), (), 0), seed=0)
    assert [row["metric"] for row in rows] == ["ndcg", "ndcg"]


def test_groups_as_people_see_them() -> None:
    grouping = Grouping("gender", ("F", "M"), np.array([0, 0, 1, 1]), (), 0)
    rows = [
        {"model": "a", "k": 10, **row}
        for row in group_rows({"ndcg": np.array([0.5, 0.5, 0.25, 0.25])}, grouping, seed=0)
    ]
    shown = as_group_table(pl.DataFrame(rows), "ndcg", 10)
    assert shown.rows() == [
        ("a", "gender", "F", 2, 0.5, "0.5 to 0.5"),
        ("a", "gender", "M", 2, 0.25, "0.25 to 0.25"),
        ("a", "gender", "best less worst", 4, 0.25, "0.25 to 0.25"),
    ]
