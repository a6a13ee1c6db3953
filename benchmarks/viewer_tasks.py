"""What `forecast.py` measures of viewers: simulated ones, whose truth is known, and customers of a plain table."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import phase

from plugins.predict import cinekit_models
from toolkit.class_metrics import auc, brier, calibration_error
from toolkit.history import read_history
from toolkit.plain_examples import customers_held_out, read_customers
from toolkit.simulating import simulate_into
from toolkit.tasks import horizon_of
from toolkit.viewer_attainable import attainable_probabilities
from toolkit.viewer_examples import ExampleMaker
from toolkit.viewer_fitting import fitted
from toolkit.viewer_sources import examples_of
from toolkit.viewer_truth import TASKS as TRUE_TASKS
from toolkit.viewer_truth import true_probabilities, truth_of
from warehouse import Warehouse
from warehouse.loads import load

if TYPE_CHECKING:
    from toolkit.classifier import Classifier

CUSTOMERS = Path(__file__).resolve().parents[2] / "shared" / "data" / "churn" / "Telco-Customer-Churn.csv"
VIEWERS, TITLES, DAYS, SEED = 2000, 500, 365, 21
CLASSIFIERS = ("recency", "logistic", "viewer-gradient-boosting")


def classifier(name: str) -> Classifier:
    """A built-in classifier with its own settings."""
    target = {entry.name: entry.target for entry in cinekit_models()}[name]
    module, _, attribute = target.partition(":")
    model: Classifier = getattr(import_module(module), attribute)()
    return model


def simulated_viewers(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: Brier score and calibration of each model on each task, beside those of the truth."""
    del arguments
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder) / "viewers.duckdb")
        simulate_into(warehouse, VIEWERS, TITLES, DAYS, SEED)
        with warehouse.reading() as con:
            history = read_history(con)
    truth, maker, found = truth_of(VIEWERS, DAYS, SEED), ExampleMaker(history), {}
    for task in TRUE_TASKS:
        horizon = horizon_of(task)
        fitting, held_out = examples_of(history, maker, task, horizon, SEED)
        rows, origins, labels = np.searchsorted(history.viewers, held_out.viewers), held_out.origins, held_out.labels
        made = {}
        with phase(f"{task}, truth"):
            for name, tell in (("the truth", true_probabilities), ("what can be known", attainable_probabilities)):
                yes = tell(truth, history, task, rows, origins, horizon)
                made[name] = np.column_stack([1 - yes, yes])
        for name in CLASSIFIERS:
            with phase(f"{task}, {name}"):
                made[name] = fitted(classifier(name), fitting, SEED).probabilities(held_out)
        found[task] = {
            "examples": labels.size, "yes": float((labels == 1).mean()), "horizon": horizon,
            "models": {name: _judged(probabilities, labels) for name, probabilities in made.items()},
        }  # fmt: skip
    return found


def customers(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: one model on customers of a plain table, each judged by a fit that did not see that customer."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder) / "customers.duckdb")
        load(warehouse, "customers", CUSTOMERS)
        with warehouse.reading() as con:
            read = read_customers(con)
    model, parts = classifier(arguments["model"]), []
    with phase("folds"):
        for fitting, held_out in customers_held_out(read, SEED):
            parts.append((fitted(model, fitting, SEED).probabilities(held_out), held_out.labels))
    probabilities, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"examples": labels.size, **_judged(probabilities, labels)}


def _judged(probabilities: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {
        "Brier": float(brier(probabilities, labels).mean()),
        "ECE": calibration_error(probabilities, labels),
        "AUC": auc(probabilities, labels),
    }


TASKS = {"simulated_viewers": simulated_viewers, "customers": customers}
