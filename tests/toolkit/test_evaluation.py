"""Evaluation: models are fitted on training data only, and measured by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from pydantic import PrivateAttr
from scipy.sparse import csr_array

from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.evaluation import METRICS, evaluate
from toolkit.interactions import Interactions
from toolkit.recommender import Recommender
from toolkit.reranking import RerankRequest
from toolkit.splits import Split, split
from toolkit.viewer_groups import Grouping


class Counted(Recommender):
    """Ranks by the number of training viewers."""

    name = "counted"
    personal = False
    _counts: NDArray[Any] = PrivateAttr()

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        self._counts = 1 + np.bincount(interactions.values.indices, minlength=interactions.shape[1])

    def score(self, history: Interactions) -> NDArray[Any]:
        return np.tile(self._counts.astype(np.float32), (history.shape[0], 1))


class Oracle(Counted):
    """Knows the number of the title that comes next."""

    name = "oracle"
    personal = True

    def score(self, history: Interactions) -> NDArray[Any]:
        wanted = (history.viewers % history.shape[1])[:, None]
        return (1 + (np.arange(history.shape[1]) == wanted)).astype(np.float32)


class Unfit(Counted):
    """Cannot be fitted."""

    name = "unfit"

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        raise ModelError("there are too few titles; load more")


@pytest.fixture
def by_hand() -> Split:
    """Four viewers; the last two are evaluated, and have title 2 and titles 0 and 3 to find."""
    train = csr_array(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32))
    interactions = Interactions(train, np.arange(4), np.arange(4))
    test = csr_array(np.array([[0, 0, 1, 0], [1, 0, 0, 1]], dtype=np.float32))
    return Split("random", interactions, interactions.select([2, 3]), test)


def value(frame: pl.DataFrame, metric: str, k: int) -> float:
    return float(frame.filter((pl.col("metric") == metric) & (pl.col("k") == k))["value"].item())


def test_hand_worked(by_hand: Split) -> None:
    # counts 3 3 1 0: the lists are 1 2 3 and 0 2 3; hits at place 2, and at places 1 and 3 of two to find
    frame = evaluate({"counted": Counted()}, by_hand, {}, ks=(3, 1))
    discounts = 1 / np.log2([2, 3, 4])
    assert value(frame, "ndcg", 3) == pytest.approx(
        (discounts[1] + (discounts[0] + discounts[2]) / (discounts[0] + discounts[1])) / 2
    )
    assert value(frame, "recall", 3) == 1
    assert value(frame, "recall", 1) == pytest.approx((0 + 1 / 2) / 2)
    assert value(frame, "capped_recall", 1) == pytest.approx((0 + 1) / 2)
    assert value(frame, "popularity", 1) == pytest.approx(3 / 4)
    # 3 of 7 are the short head
    assert value(frame, "long_tail", 3) == pytest.approx((1 + 2 / 3) / 2)
    assert value(frame, "precision", 3) == pytest.approx((1 / 3 + 2 / 3) / 2)
    assert value(frame, "mrr", 3) == pytest.approx((1 / 2 + 1) / 2)
    assert value(frame, "map", 3) == pytest.approx((1 / 2 + (1 + 2 / 3) / 2) / 2)
    assert value(frame, "hit_rate", 1) == 0.5
    assert value(frame, "coverage", 3) == 1
    assert value(frame, "coverage", 1) == 0.5
    assert value(frame, "novelty", 1) == pytest.approx(np.log2(4 / 3))
    # viewers of 1: 0 1 3; of 2: 1; of 0: 0 1 2; of 3: nobody
    assert value(frame, "diversity", 3) == pytest.approx((3 - 1 / np.sqrt(3)) / 3)
    # exposures 1 1 2 2: (-3 - 1 + 2 + 6) / (4 · 6)
    assert value(frame, "gini", 3) == pytest.approx(4 / 24)


def test_the_frame_has_the_columns_of_the_results(by_hand: Split) -> None:
    done: list[int] = []
    frame = evaluate({"a": Counted(), "b": Counted()}, by_hand, {}, ks=(2, 1), progress=done.append)
    assert frame.columns == [
        "model", "split", "metric", "task", "grouping", "viewer_group", "k", "value", "low", "high", "viewers", "texts",
        "series", "examples",
    ]  # fmt: skip
    assert frame.height == 2 * 2 * len(METRICS)
    assert frame["metric"].unique().sort().to_list() == sorted(METRICS)
    assert frame["value"].null_count() == 0
    whole = frame.filter(pl.col("metric").is_in(["coverage", "gini"]))
    assert whole["low"].null_count() == whole["high"].null_count() == whole.height
    rest = frame.filter(~pl.col("metric").is_in(["coverage", "gini"]))
    assert rest.filter((pl.col("low") > pl.col("value")) | (pl.col("value") > pl.col("high"))).is_empty()
    assert rest["low"].null_count() == 0
    assert frame["viewers"].unique().to_list() == [2]
    assert frame.filter(pl.col("model") == "a").drop("model").equals(frame.filter(pl.col("model") == "b").drop("model"))
    assert done == [1, 1]


@pytest.mark.parametrize("name", ["random", "last", "time", "viewers"])
def test_a_better_model_is_measured_as_better(name: str) -> None:
    random = np.random.default_rng(0)
    table = random.random((60, 20)) < 0.4
    table[np.arange(60), np.arange(60) % 20] = True
    table[np.arange(60), (np.arange(60) + 1) % 20] = True
    values = csr_array(table.astype(np.float32))
    times = random.integers(1, 1000, size=values.nnz)
    rows = np.repeat(np.arange(60), np.diff(values.indptr))
    times[values.indices == rows % 20] = 2000 + np.arange(60)  # the latest is the one that the oracle knows
    data = Interactions(values, np.arange(60), np.arange(20), times=times)
    made = split(name, data, seed=1)
    frame = evaluate({"counted": Counted(), "oracle": Oracle()}, made, {}, ks=(1,))
    ndcg = dict(frame.filter(pl.col("metric") == "ndcg").select("model", "value").iter_rows())
    assert ndcg["oracle"] > ndcg["counted"]
    if name == "last":
        assert ndcg["oracle"] == 1


def test_a_failing_model_raises_unless_its_error_is_wanted(by_hand: Split) -> None:
    with pytest.raises(ModelError, match=r"^there are too few titles; load more$"):
        evaluate({"mine": Unfit()}, by_hand, {})
    failed: dict[str, CinekitError] = {}
    frame = evaluate({"mine": Unfit(), "other": Counted()}, by_hand, {}, failed=failed)
    assert frame["model"].unique().to_list() == ["other"]
    assert {name: str(error) for name, error in failed.items()} == {"mine": "there are too few titles; load more"}


def test_a_reranker_that_fails_leaves_the_model_and_other_rerankers_judged(by_hand: Split) -> None:
    failed: dict[str, CinekitError] = {}
    tables = {"raw.genres": pl.DataFrame(schema={"title_key": pl.Int32, "genre": pl.String})}
    models, rerankers = {"counted": Counted(), "unfit": Unfit()}, ("calibrated", "mmr")
    frame = evaluate(models, by_hand, tables, failed=failed, rerankers=rerankers)
    assert frame["model"].unique(maintain_order=True).to_list() == ["counted", "counted+mmr"]
    assert list(failed) == ["counted+calibrated", "unfit"]
    assert "needs genres" in str(failed["counted+calibrated"])
    with pytest.raises(ModelError, match="needs genres"):
        evaluate({"counted": Counted()}, by_hand, tables, rerankers=rerankers)


@pytest.mark.parametrize("ks", [(), (0, 3), (100_000,)])
def test_lists_have_a_length(by_hand: Split, ks: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="name lengths from 1 to 10,000"):
        evaluate({"a": Counted()}, by_hand, {}, ks=ks)


def test_reranked_lists_are_judged_beside_the_models_own(by_hand: Split) -> None:
    tables = {"raw.genres": pl.DataFrame({"title_key": [0, 1, 2, 3], "genre": ["a", "a", "b", "b"]})}
    alone = evaluate({"counted": Counted()}, by_hand, {}, ks=(3, 1))
    frame = evaluate(
        {"counted": Counted()}, by_hand, tables, ks=(3, 1), rerankers=("mmr", "calibrated"),
        rerank_request=RerankRequest(rerank_strength=1),
    )  # fmt: skip
    assert frame["model"].unique(maintain_order=True).to_list() == ["counted", "counted+mmr", "counted+calibrated"]
    assert frame.filter(pl.col("model") == "counted").equals(alone)
    # Viewer 2 likes title 0, viewer 3 title 1; the lists 1 2 3 and 0 2 3 begin with the other of the genre a.
    assert value(frame.filter(pl.col("model") == "counted+calibrated"), "mrr", 1) == 0.5
    mmr, own = (value(frame.filter(pl.col("model") == name), "diversity", 3) for name in ("counted+mmr", "counted"))
    assert mmr >= own


def test_groups_are_judged_by_themselves_and_genres_where_they_are_known(by_hand: Split) -> None:
    grouping = Grouping("gender", ("F", "M"), np.array([0, 1]), (), 0)
    genres = np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]])
    judged: dict[str, dict[tuple[str, int], NDArray[Any]]] = {}
    frame = evaluate({"a": Counted()}, by_hand, {}, ks=(3,), genres=genres, groupings=[grouping], judged=judged)
    whole, parts = frame.filter(pl.col("grouping").is_null()), frame.filter(grouping="gender")
    assert whole["metric"].sort().to_list() == sorted([*METRICS, "miscalibration"])
    ndcg = judged["a"]["ndcg", 3]
    assert ndcg.mean() == pytest.approx(value(whole, "ndcg", 3))
    of_group = dict(parts.filter(metric="ndcg").select("viewer_group", "value").iter_rows())
    assert of_group == {"F": pytest.approx(ndcg[0]), "M": pytest.approx(ndcg[1])}
    assert value(parts, "ndcg_gap", 3) == pytest.approx(abs(ndcg[0] - ndcg[1]))
    # A list of three of four titles, each shown once: x = (0, 1, 1, 1), Gini (-1 + 1 + 3) / (4·3).
    together = parts.filter(pl.col("metric").is_in(["coverage", "gini"])).sort("viewer_group", "metric")
    rows = [(label, name, pytest.approx(of)) for label in "FM" for name, of in (("coverage", 0.75), ("gini", 0.25))]
    assert list(together.select("viewer_group", "metric", "value").iter_rows()) == rows
    # of title 0, in genre 0, the list is 1 2 3: q = (1/3, 2/3); of title 1 it is 0 2 3: (2/3, 1/3) against (0, 1)
    mixed = 0.99 / 3 + 0.01
    assert value(whole, "miscalibration", 3) == pytest.approx(-np.log(mixed))
