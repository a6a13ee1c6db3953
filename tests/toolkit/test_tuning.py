"""Tuning: a best setting that is known is found, nothing of the test is met, and trials outlive their run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import count
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from pydantic import PrivateAttr

from toolkit.composite import CompositeRecommender
from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.evaluating import EvaluateRequest, evaluate_recommenders
from toolkit.interactions import Interactions
from toolkit.matrix import interactions_on
from toolkit.model import setting
from toolkit.recommender import Recommender
from toolkit.search import Between, OneOf
from toolkit.splits import split
from toolkit.tuned import tuned
from toolkit.tuning import Tuned, TuneRequest, tune, validation
from warehouse import Warehouse
from warehouse.forgetting import forget

pytestmark = pytest.mark.slow

GROUPS, TITLES, VIEWERS, LIKED = 4, 40, 40, 9
SPLITS = ["random", "last", "time", "viewers"]


class Aimed(Recommender):
    """Ranks the titles of a viewer's own group first, the surer the nearer `aim` is to 3; only if it looks up."""

    name: ClassVar[str] = "aimed"
    reads: ClassVar[tuple[str, ...]] = ("raw.tags",)
    fits: ClassVar[list[tuple[Interactions, pl.DataFrame, float]]] = []
    interrupted_at: ClassVar[int | None] = None

    aim: float = setting(-5.0, "Best at 3", ge=-10, le=10, search=Between(-10, 10))
    look: str = setting("down", "Best up", search=OneOf("down", "up"))
    plain: int = setting(1, "Not searched; even ones fail")

    _groups: NDArray[Any] = PrivateAttr()
    _noise: NDArray[Any] = PrivateAttr()

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        if len(self.fits) == self.interrupted_at:
            raise KeyboardInterrupt
        self.fits.append((interactions, tables["raw.tags"], self.aim))
        if self.plain % 2 == 0 or abs(self.aim + 8) < 2:
            raise ModelError("aims at nothing;\n take another")
        self._groups = np.eye(GROUPS, dtype=np.float32)[interactions.titles % GROUPS]
        self._noise = np.random.default_rng(seed).random(interactions.shape[1], dtype=np.float32)

    def score(self, history: Interactions) -> NDArray[Any]:
        own = (history.liked @ self._groups) @ self._groups.T
        sure = max(0.0, 1 - abs(self.aim - 3) / 10) * (self.look == "up")
        return np.asarray(1 + sure * own / LIKED + (1 - sure) * self._noise, dtype=np.float32)


class Two(Aimed):
    """Has two settings to choose from in all."""

    name: ClassVar[str] = "aimed"
    aim: float = setting(-5.0, "Best at 3", search=OneOf(-5.0, 3.0))
    look: str = setting("up", "Best up")


def host_of(model: type[Recommender]) -> Any:
    plugin = SimpleNamespace(distribution="toy", version="1")
    return SimpleNamespace(
        model=lambda verb, name: model,
        models=lambda verb: [SimpleNamespace(name="aimed")],
        plugin_of=lambda verb, name: plugin,
    )


@pytest.fixture
def grouped(warehouse: Warehouse) -> Warehouse:
    """Viewers who each like nine of the ten titles of their group, and tag them all."""
    with warehouse.writing() as con:
        con.execute(f"INSERT INTO raw.viewers (viewer_key, viewer_id) SELECT range, range FROM range({VIEWERS})")
        con.execute(f"INSERT INTO raw.titles (title_key, title_id, name) SELECT range, range, 't' FROM range({TITLES})")
        con.execute(
            "INSERT INTO raw.ratings (viewer_key, title_key, rating, rated_at) "
            f"SELECT v, t, 5, TIMESTAMP '2026-01-01' + to_hours((v * 7 + t * 11 % 97)::INTEGER) "
            f"FROM range({VIEWERS}) a(v), range({TITLES}) b(t) "
            f"WHERE v % {GROUPS} = t % {GROUPS} AND t // {GROUPS} <> v // {GROUPS}"
        )
        con.execute(
            "INSERT INTO raw.tags (viewer_key, title_key, tag) SELECT viewer_key, title_key, 'x' FROM raw.ratings"
        )
    Aimed.fits.clear()
    return warehouse


@pytest.fixture
def interrupted_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda fits: monkeypatch.setattr(Aimed, "interrupted_at", fits)


def tune_toy(warehouse: Warehouse, model: type[Aimed] = Aimed, start: Any = None, **asked: Any) -> Tuned:
    return tune(warehouse, host_of(model), "aimed", start or {}, TuneRequest(**{"k": 3, "trials": 4} | asked))


def tried(warehouse: Warehouse, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return warehouse.query(f"SELECT {columns} FROM trials WHERE {where} ORDER BY run, trial").rows()


def test_the_best_setting_is_found_and_is_never_worse_than_the_first(grouped: Warehouse) -> None:
    # Its own group goes first from some 4 around 3 on, and only if it looks up.
    done = tune_toy(grouped, trials=12)
    assert done.best.settings["look"] == "up"
    assert abs(done.best.settings["aim"] - 3) < 5
    assert done.first is not None
    assert done.best.value > done.first + 0.2
    rows = tried(grouped, "trial, value, best, settings->>'look', (settings->>'aim')::DOUBLE")
    assert rows[0] == (1, done.first, False, "down", -5.0)
    assert [value for _, value, best, *_ in rows if best] == [done.best.value]
    assert max(value for _, value, *_ in rows if value is not None) == done.best.value


def test_the_run_says_what_it_read_and_wrote_and_was_asked(grouped: Warehouse) -> None:
    done = tune_toy(grouped, trials=2, name="mine")
    assert grouped.query("SELECT verb, model, plugin, status FROM runs").rows() == [("tune", "aimed", "toy", "done")]
    assert grouped.query("SELECT table_name, row_count FROM meta.run_writes").rows() == [("models.trials", 2)]
    reads = grouped.query("SELECT table_name, row_count FROM meta.run_reads ORDER BY ALL").rows()
    assert reads == [("raw.ratings", 360), ("raw.tags", 360)]
    assert tried(grouped, "trial, name, split, seed, run") == [(n, "mine", "random", 0, done.run) for n in (1, 2)]
    assert grouped.repeated_keys() == []


def test_the_value_is_that_of_an_evaluation_on_the_same_parts(grouped: Warehouse) -> None:
    # Without a test part set aside, validation is the split that an evaluation with the next seed makes; at its best
    # the model has no use for a seed.
    start = {"look": "up", "aim": 3.0}
    done = tune_toy(grouped, trials=1, hold_out=False, share=0.3, start=start)
    asked = EvaluateRequest(k=(3,), seed=1, share=0.3)
    judged = evaluate_recommenders(grouped, host_of(Aimed), ["aimed"], {"aimed": start}, asked)
    assert (done.viewers, done.held_out) == (judged.viewers, judged.held_out)
    assert judged.metrics.filter(metric="ndcg")["value"].to_list() == [done.first]


def data_of(warehouse: Warehouse) -> Interactions:
    with warehouse.reading() as con:
        return interactions_on(con)


def pairs(interactions: Interactions) -> set[tuple[int, int]]:
    rows = interactions.viewers[interactions.entry_rows]
    return set(zip(rows.tolist(), interactions.titles[interactions.values.indices].tolist(), strict=True))


@pytest.mark.parametrize("how", SPLITS)
def test_nothing_of_what_evaluate_tests_by_is_met(grouped: Warehouse, how: str) -> None:
    data = data_of(grouped)
    outer = split(how, data, share=0.2, seed=5)
    aside = pairs(data) - pairs(outer.train)
    assert aside
    tune_toy(grouped, trials=2, split=how, seed=5)
    inner = validation(data, TuneRequest(split=how, seed=5))
    rows, columns = inner.test.nonzero()
    judged = set(zip(inner.history.viewers[rows].tolist(), inner.history.titles[columns].tolist(), strict=True))
    assert judged
    assert judged.isdisjoint(aside)
    assert pairs(inner.history).isdisjoint(aside | judged)
    for interactions, tags, _ in Aimed.fits:
        assert pairs(interactions) == pairs(inner.train)
        assert pairs(interactions).isdisjoint(aside | judged)
        assert set(tags.select("viewer_key", "title_key").rows()).isdisjoint(aside | judged)


def test_without_hold_out_all_data_are_used(grouped: Warehouse) -> None:
    data = data_of(grouped)
    parts = validation(data, TuneRequest(hold_out=False))
    assert parts.train.values.nnz + parts.test.nnz == data.values.nnz


def test_the_same_seed_tries_the_same(grouped: Warehouse) -> None:
    runs = [tune_toy(grouped, trials=5, anew=True) for _ in range(2)]
    settings = [tried(grouped, "trial, settings, value", f"run = '{done.run}'") for done in runs]
    assert settings[0] == settings[1]
    assert runs[0].study != runs[1].study


def test_the_same_command_goes_on_with_the_study(grouped: Warehouse) -> None:
    first = tune_toy(grouped, trials=3)
    second = tune_toy(grouped, trials=4, name="other", minutes=5)
    assert (second.study, second.earlier, second.trials) == (first.run, 3, 4)
    assert second.first == first.first
    assert [trial for (trial,) in tried(grouped, "trial")] == list(range(1, 8))
    assert len({settings for (settings,) in tried(grouped, "settings")}) == 7
    assert len(Aimed.fits) == 7
    third = tune_toy(grouped, trials=1, anew=True)
    assert (third.study, third.earlier) == (third.run, 0)
    assert tune_toy(grouped, trials=1).study == third.run


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"k": 2}, {"split": "last"}, {"share": 0.3}, {"hold_out": False}, {"start": {"plain": 3}}],
    ids=lambda other: next(iter(other)),
)
def test_on_another_basis_a_new_study_begins(grouped: Warehouse, other: Any) -> None:
    tune_toy(grouped, trials=1)
    assert tune_toy(grouped, trials=1, **other).earlier == 0


def test_after_a_load_a_new_study_begins(grouped: Warehouse) -> None:
    tune_toy(grouped, trials=1)
    with grouped.writing() as con:
        con.execute("INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (0, 1, 5)")
    assert tune_toy(grouped, trials=1).earlier == 0


def test_an_interrupted_run_keeps_its_trials_and_the_next_goes_on(grouped: Warehouse, interrupted_at: Any) -> None:
    interrupted_at(3)
    with pytest.raises(KeyboardInterrupt):
        tune_toy(grouped, trials=9)
    assert grouped.query("SELECT status, error FROM runs").rows() == [("failed", "interrupted")]
    assert tried(grouped, "trial, run_status") == [(n, "failed") for n in (1, 2, 3)]
    assert grouped.query("SELECT table_name, row_count FROM meta.run_writes").rows() == [("models.trials", 3)]
    assert grouped.query("FROM meta.run_reads").height == 2
    (best,) = tried(grouped, "value", "best")[0]
    assert tuned(grouped, "recommend", "aimed", "latest").value == best
    interrupted_at(None)
    done = tune_toy(grouped, trials=2)
    assert (done.earlier, done.trials) == (3, 2)
    assert grouped.repeated_keys() == []


def test_a_trial_that_fails_is_kept_with_its_reason_and_the_others_go_on(grouped: Warehouse) -> None:
    done = tune_toy(grouped, trials=3, start={"aim": -8.0})
    assert (done.first, done.best.value is not None) == (None, True)
    assert done.failed >= 1
    assert tried(grouped, "value, error, best", "trial = 1") == [(None, "aims at nothing; take another", False)]


def test_where_all_trials_fail_so_does_the_run_with_the_reason(grouped: Warehouse) -> None:
    for _ in range(2):
        with pytest.raises(ModelError, match="not one trial could be judged; the first: aims at nothing"):
            tune_toy(grouped, trials=2, start={"plain": 2})
    assert tried(grouped, "state, run_status") == [("failed", "failed")] * 4
    with pytest.raises(UnknownNameError, match="no tuning of aimed 'latest'"):
        tuned(grouped, "recommend", "aimed", "latest")


def test_settings_are_not_fitted_twice(grouped: Warehouse) -> None:
    done = tune_toy(grouped, Two, trials=6)
    assert done.trials == 6
    assert len(Aimed.fits) == 2
    assert len(tried(grouped, "trial", "cpu_seconds = 0")) == 4
    assert done.best.settings["aim"] == 3


def test_settings_to_begin_with_may_lie_outside_of_what_is_searched(grouped: Warehouse) -> None:
    done = tune_toy(grouped, Two, trials=3, start={"aim": 2.5})
    assert tried(grouped, "(settings->>'aim')::DOUBLE", "trial = 1") == [(2.5,)]
    assert done.best.value >= done.first


def test_no_trial_begins_after_the_minutes_are_over(grouped: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count(0, 20)  # at the start, and before each trial but the first
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)), process_time=lambda: 0.0)
    monkeypatch.setattr("toolkit.tuning.time", clock)
    assert tune_toy(grouped, trials=50, minutes=1).trials == 4


def test_the_best_is_taken_by_name_by_run_and_as_of_then(grouped: Warehouse) -> None:
    first = tune_toy(grouped, trials=1, name="rough")
    second = tune_toy(grouped, trials=8, name="fine")
    assert second.best.value > first.best.value
    for which in ("rough", first.run):
        found = tuned(grouped, "recommend", "aimed", which)
        assert (found.settings, found.value, found.trial) == (first.best.settings, first.best.value, 1)
    for which in ("fine", second.run, "latest"):
        assert tuned(grouped, "recommend", "aimed", which).settings == second.best.settings
    with pytest.raises(UnknownNameError, match=r"no tuning of aimed 'fin'; did you mean 'fine'\?"):
        tuned(grouped, "recommend", "aimed", "fin")
    with pytest.raises(UnknownNameError):
        tuned(grouped, "recommend", "another", "latest")


def test_what_tuning_may_have_met_of_a_test_is_said(grouped: Warehouse) -> None:
    tune_toy(grouped, trials=1)
    found = tuned(grouped, "recommend", "aimed", "latest")
    same = EvaluateRequest().model_dump()
    assert found.met(same) == ""
    assert found.met(same | {"seed": 2}) == "it was tuned with --seed 0"
    assert found.met(same | {"split": "last"}) == "it was tuned with --split random"
    with grouped.writing() as con:
        con.execute("INSERT INTO meta.load_tables (load, table_name) VALUES (1, 'raw.ratings')")
    assert tuned(grouped, "recommend", "aimed", "latest").met(same) == "the data have changed since it was tuned"
    tune_toy(grouped, trials=1, anew=True)
    assert tuned(grouped, "recommend", "aimed", "latest").met(same) == ""
    forget(grouped, ["7"])
    assert tuned(grouped, "recommend", "aimed", "latest").met(same) == "the data have changed since it was tuned"
    tune_toy(grouped, trials=1, hold_out=False)
    assert tuned(grouped, "recommend", "aimed", "latest").met(same) == "it was tuned with --no-hold-out"
    tune_toy(grouped, trials=1, split="last")
    last = tuned(grouped, "recommend", "aimed", "latest")
    assert last.met(same | {"split": "last", "seed": 2, "share": 0.5}) == ""


def test_without_optuna_it_says_what_to_install_and_no_run_is_begun(
    grouped: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModelError, match=r"pip install 'cinekit\[tune\]'"):
        tune_toy(grouped)
    assert grouped.query("FROM runs").height == 0


def test_what_cannot_be_tuned_or_named_so_is_refused(grouped: Warehouse) -> None:
    with pytest.raises(UsageError, match="--name latest"):
        tune_toy(grouped, name="latest")

    class Fixed(Aimed):
        """Has nothing to search."""

        aim: float = setting(0.0, "Fixed")
        look: str = setting("up", "Fixed")

    with pytest.raises(UsageError, match="nothing to tune; take a model of another plugin"):
        tune_toy(grouped, Fixed)

    class Mixed(CompositeRecommender, Aimed):
        """Is made of another model, and has settings of its own to search."""

        def part_names(self) -> tuple[str, ...]:
            return ("aimed",)

    with pytest.raises(UsageError, match=r"made of other models; tune these, .* cinekit tune recommend aimed"):
        tune_toy(grouped, Mixed)
    assert grouped.query("FROM runs").height == 0
