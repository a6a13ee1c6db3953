"""The truth of simulated viewers, and how near models come to what can be known of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toolkit.class_metrics import calibration_error
from toolkit.errors import UsageError
from toolkit.history import History, read_history
from toolkit.host import Host
from toolkit.simulated_audience import FADE_DAYS, MEAN_SESSION, exposure
from toolkit.simulating import simulate_into
from toolkit.tasks import HORIZONS, eligible, outcomes
from toolkit.testing.histories import history_of
from toolkit.viewer_attainable import attainable_probabilities
from toolkit.viewer_examples import ExampleMaker
from toolkit.viewer_fitting import classifier, fitted
from toolkit.viewer_sources import examples_of
from toolkit.viewer_truth import TASKS, Truth, hazards, true_probabilities, truth_of
from warehouse import Warehouse

SIZES = {"viewers": 400, "days": 150, "seed": 9}
Simulated = tuple[History, Truth]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    warehouse = Warehouse.open(tmp_path_factory.mktemp("truth") / "viewers.duckdb")
    simulate_into(warehouse, SIZES["viewers"], 400, SIZES["days"], SIZES["seed"])
    with warehouse.reading() as con:
        return read_history(con), truth_of(**SIZES)


def pairs(history: History, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Everybody whom a task is asked of at five origins."""
    horizon = HORIZONS[name]
    days = history.last_day - np.timedelta64(horizon, "D") - 9 * np.arange(5)
    rows = np.tile(np.arange(history.viewers.size), 5)
    origins = np.repeat(days, history.viewers.size)
    kept = eligible(name, history, rows, origins)
    return rows[kept], origins[kept]


@pytest.mark.parametrize("name", TASKS)
def test_the_truth_comes_true_as_often_as_it_says(simulated: Simulated, name: str) -> None:
    history, truth = simulated
    rows, origins = pairs(history, name)
    told = true_probabilities(truth, history, name, rows, origins, HORIZONS[name])
    came = outcomes(name, history, rows, origins, HORIZONS[name])
    assert (told >= 0).all()
    assert (told <= 1).all()
    variance = told * (1 - told)
    for origin in np.unique(origins):
        here = origins == origin
        assert abs((came - told)[here].sum()) < 3.5 * np.sqrt(variance[here].sum())
        # What is expected of a calibrated probability is what it costs.
        more = ((told - came) ** 2 - variance)[here].sum()
        assert abs(more) < 3.5 * np.sqrt((variance * (1 - 2 * told) ** 2)[here].sum())
    assert calibration_error(np.column_stack([1 - told, told]), came.astype(np.int64)) < 0.04


def of_one(truth: Truth, *, left_after: float, fades: bool, day: str) -> float:
    """True probability of one viewer, the same for all, who leaves so many days after the end of the day."""
    now = (np.datetime64(day, "D") + 1 - np.datetime64(truth.start, "D")) / np.timedelta64(1, "s")
    n = truth.audience.age.size
    audience = replace(
        truth.audience,
        left=np.full(n, now + 86_400 * left_after),
        fades=np.full(n, fades),
        joined=np.full(n, -1.0),
        watches_per_day=np.full(n, 0.5),
        clock=np.ones(n, dtype=np.int64),
    )
    history = history_of([(0, 0, 5, "2025-01-02 12:00")], first="2025-01-01", last="2025-05-30", viewers=n)
    origin = np.array([day], dtype="datetime64[D]")
    return float(
        true_probabilities(replace(truth, audience=audience), history, "active-week", np.zeros(1, np.int64), origin, 7)[
            0
        ]
    )


def test_the_truth_knows_who_has_left_and_a_fading_that_has_begun() -> None:
    truth = truth_of(5, 150, 1)
    assert of_one(truth, left_after=-1, fades=False, day="2025-03-01") == 0
    fading = [of_one(truth, left_after=days, fades=True, day="2025-03-01") for days in (2, 10, 40)]
    assert 0 < fading[0] < fading[1] < fading[2]


def test_the_truth_does_not_know_when_somebody_will_leave() -> None:
    truth = truth_of(5, 150, 1)
    for fades, after in ((False, 0.5), (True, FADE_DAYS + 1)):
        told = {of_one(truth, left_after=after + more, fades=fades, day="2025-03-01") for more in (0, 3, 300)}
        assert len(told) == 1


def test_the_sum_over_the_day_of_leaving_agrees_with_draws() -> None:
    truth = truth_of(5, 150, 1)
    told = of_one(truth, left_after=1, fades=False, day="2025-03-01")
    now, random = 60 * 86_400.0, np.random.default_rng(0)
    hazard = float(hazards(np.array([0.5]))[0])
    n = 20_000
    audience = replace(
        truth_of(n, 150, 1).audience,
        left=now + 86_400 * random.exponential(1 / hazard, n),
        fades=np.zeros(n, dtype=bool),
        joined=np.full(n, -1.0),
        clock=np.ones(n, dtype=np.int64),
    )
    none = np.exp(-0.5 / MEAN_SESSION * exposure(audience, truth.watching, now, now + 7 * 86_400))
    assert told == pytest.approx(1 - none.mean(), abs=0.002)


def test_a_session_under_way_goes_on_with_its_own_probability() -> None:
    truth = truth_of(1, 150, 1)
    n = 1
    audience = replace(
        truth.audience, left=np.full(n, 1e9), fades=np.zeros(n, dtype=bool), watches_per_day=np.full(n, 1e-3)
    )
    quiet = replace(truth, audience=audience)
    origin = np.array(["2025-03-01"], dtype="datetime64[D]")

    def told(minutes: float) -> float:
        history = history_of([(0, 0, minutes, "2025-03-01 23:00")], first="2025-01-01", last="2025-05-30", viewers=1)
        return float(true_probabilities(quiet, history, "active-tomorrow", np.zeros(1, np.int64), origin, 1)[0])

    assert told(90) == pytest.approx(0.45, abs=2e-3)  # 1 - .55, and it began before midnight
    assert told(45) == pytest.approx(0, abs=2e-3)  # a break lasts a quarter of an hour at most
    half = (8 * 60 - 60) / 840  # of the breaks are over eight minutes after its end
    assert told(52) == pytest.approx(0.45 * (1 - half) / (1 - 0.45 * half), abs=2e-3)


def test_other_tasks_and_viewers_are_refused(simulated: Simulated) -> None:
    history, truth = simulated
    rows, origins = pairs(history, "churn")
    for tell in (true_probabilities, attainable_probabilities):
        with pytest.raises(UsageError, match="has no truth"):
            tell(truth, history, "next-title", rows, origins, 28)
    with pytest.raises(UsageError, match="the simulation 5"):
        true_probabilities(truth_of(5, 150, 1), history, "churn", rows, origins, 28)


@pytest.mark.slow
def test_what_can_be_known_is_calibrated_and_not_better_than_the_truth(simulated: Simulated) -> None:
    history, truth = simulated
    for name in ("active-week", "purchase"):
        rows, origins = pairs(history, name)
        origins = np.full(rows.size, origins.min())
        kept = eligible(name, history, rows, origins)
        rows, origins = rows[kept], origins[kept]
        came = outcomes(name, history, rows, origins, HORIZONS[name])
        told = attainable_probabilities(truth, history, name, rows, origins, HORIZONS[name])
        true = true_probabilities(truth, history, name, rows, origins, HORIZONS[name])
        assert told.mean() == pytest.approx(came.mean(), abs=0.04)
        assert ((told - true) ** 2).mean() < 0.05
        # What is expected of the truth costs less than anything else.
        assert (true * (1 - true)).mean() <= ((told - true) ** 2 + true * (1 - true)).mean()


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    warehouse = Warehouse.open(tmp_path_factory.mktemp("bars") / "viewers.duckdb")
    simulate_into(warehouse, 1500, 300, 180, 7)
    with warehouse.reading() as con:
        return read_history(con), truth_of(1500, 180, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_models_come_within_a_twentieth_of_what_can_be_known(larger: Simulated, name: str) -> None:
    history, truth = larger
    fitting, held_out = examples_of(history, ExampleMaker(history), name, HORIZONS[name], 0)
    ready = fitted(classifier(Host(), "logistic", {}), fitting, 0)
    assert calibration_error(ready.probabilities(held_out), held_out.labels) < 0.03
    # What can be known takes long to work out: at three of the origins.
    some = held_out.select(np.flatnonzero(np.isin(held_out.origins, np.unique(held_out.origins)[::6])))
    rows = np.searchsorted(history.viewers, some.viewers)
    known = attainable_probabilities(truth, history, name, rows, some.origins, HORIZONS[name])
    brier, best = (((told - some.labels) ** 2).mean() for told in (ready.probabilities(some)[:, 1], known))
    assert brier < 1.05 * best
