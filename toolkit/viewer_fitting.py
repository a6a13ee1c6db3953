"""A classifier of viewers made ready for one task: fitted, calibrated, and asked in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.calibration import Calibrator, fit_calibration
from toolkit.classifier import Classifier
from toolkit.errors import PluginError, UnknownNameError, UsageError
from toolkit.forecaster import Forecaster
from toolkit.isolation import blamed
from toolkit.settings import build
from toolkit.tasks import NEXT_TITLE

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.host import Host
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.viewer_examples import Fitting

# The model of a task where the one that was asked for cannot do it.
STANDS_IN = {NEXT_TITLE: "markov"}
VIEWERS = "viewer-"
MOST_CELLS = 1 << 24
MOST_ROWS = 32_768
ROUNDING = 1e-3


@dataclass(frozen=True)
class Ready:
    """A fitted model with its calibration, None where there is none."""

    model: Classifier
    calibrator: Calibrator | None

    def probabilities(self, examples: Examples) -> Float64:
        """(n, n_classes) calibrated; rows sum to 1."""
        found = raw_probabilities(self.model, examples)
        return found if self.calibrator is None else np.asarray(self.calibrator.apply(found), dtype=np.float64)


def classifier_named(host: Host, name: str) -> str:
    """The name of the classifier that is meant: "lstm", which forecasts series, means "viewer-lstm" here.

    Raises:
        UnknownNameError: no model of that name.
        UsageError: it forecasts series, and has no sister of that name for viewers.
    """
    kind = host.model("predict", name)
    if issubclass(kind, Classifier):
        return name
    if issubclass(kind, Forecaster):
        try:
            if issubclass(host.model("predict", VIEWERS + name), Classifier):
                return VIEWERS + name
        except UnknownNameError:
            pass
    raise UsageError(f"{name} forecasts series; for viewers take a classifier, such as logistic")


def classifier(host: Host, name: str, settings: Mapping[str, Any]) -> Classifier:
    """Make a classifier of its settings; its name may be that of its sister for series."""
    model = build(host.model("predict", classifier_named(host, name)), settings)
    if not isinstance(model, Classifier):
        raise UsageError(f"{name} is no classifier of viewers; take one, such as logistic")
    return model


def can_do(model: Classifier, task: str) -> bool:
    """Whether a model does a task: those that it names, or all but the next title."""
    return task in model.tasks if model.tasks else task != NEXT_TITLE


def fitted(model: Classifier, fitting: Fitting, seed: int) -> Ready:
    """Fit a new model of the same settings on all examples, and calibrate it.

    Calibration is learnt on the latest examples, as models say of them that were fitted on other viewers: the model
    that is used has seen the latest examples itself, and would call them too surely. Raises ModelError where there is
    too little to learn from.
    """
    ready = Ready(_fresh(model, fitting.all, seed), None)
    if fitting.folds is None:
        return ready
    examples, folds = fitting.all, fitting.folds
    found = np.full((fitting.latest.size, len(fitting.classes.task.classes)), np.nan)
    for fold in np.unique(folds[fitting.latest]):
        asked = np.flatnonzero(folds[fitting.latest] == fold)
        others = np.flatnonzero(folds != fold)
        if not others.size:
            return ready
        early = _fresh(model, examples.select(others), seed)
        found[asked] = _in_blocks(early, examples.select(fitting.latest[asked]))
    labels = examples.labels
    return ready if labels is None else Ready(ready.model, fit_calibration(found, labels[fitting.latest]))


def blocks(n: int, n_classes: int) -> Iterator[IntArray]:
    """Rows in blocks, so that their probabilities fit in memory."""
    size = int(np.clip(MOST_CELLS // max(n_classes, 1), 1, MOST_ROWS))
    for begin in range(0, n, size):
        yield np.arange(begin, min(begin + size, n))


def raw_probabilities(model: Classifier, examples: Examples) -> Float64:
    """(n, n_classes) of a model, before calibration.

    Raises:
        PluginError: what the model gave are no probabilities.
    """
    shape = (examples.viewers.size, len(examples.task.classes))
    if not examples.viewers.size:  # what most libraries refuse to be asked
        return np.zeros(shape)
    with blamed(model):
        found = np.asarray(model.probabilities(examples), dtype=np.float64)
    if found.shape != shape:
        raise PluginError(f"model {model.name} gave probabilities of shape {found.shape}, not {shape}")
    sums = found.sum(axis=1)
    if not np.isfinite(found).all() or (found < 0).any() or (np.abs(sums - 1) > ROUNDING).any():
        raise PluginError(f"model {model.name} gave what are no probabilities for {examples.task.name}")
    exact: Float64 = found / sums[:, None]
    return exact


def _in_blocks(model: Classifier, examples: Examples) -> Float64:
    n, n_classes = examples.viewers.size, len(examples.task.classes)
    return np.concatenate([raw_probabilities(model, examples.select(rows)) for rows in blocks(n, n_classes)])


def _fresh(model: Classifier, examples: Examples, seed: int) -> Classifier:
    """A new model of the same settings, fitted."""
    made = type(model)(**model.model_dump())
    with blamed(made):
        made.fit(examples, seed)
    return made
