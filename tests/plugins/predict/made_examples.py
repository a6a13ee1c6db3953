"""Examples of viewers that tests write down or draw."""

from __future__ import annotations

import numpy as np

from toolkit.classifier import Classifier
from toolkit.examples import Examples, Task
from toolkit.interactions import FloatArray, IntArray

YES = Task("active-week", ("no", "yes"), 7)
MINUTES = Task("minutes-tomorrow", ("0", "under 30", "30 or more"), 1, ordered=True)


def made(
    task: Task,
    features: dict[str, FloatArray],
    labels: IntArray | None = None,
    *,
    viewers: IntArray | None = None,
    origins: IntArray | None = None,
    sequences: FloatArray | None = None,
    channels: tuple[str, ...] = (),
    steps: IntArray | None = None,
    recent: IntArray | None = None,
) -> Examples:
    """Examples out of features by name; origins are numbers of days, none being no times."""
    given = next(part for part in (*features.values(), labels, recent, sequences) if part is not None)
    n = len(given)
    sequences = np.zeros((n, 0, 0), np.float32) if sequences is None else sequences.astype(np.float32)
    nothing = np.full(n, np.datetime64("NaT", "D"))
    columns = [np.asarray(column, np.float32) for column in features.values()]
    return Examples(
        task=task,
        viewers=np.arange(n) if viewers is None else viewers,
        origins=nothing if origins is None else origins.astype("datetime64[D]"),
        features=np.column_stack(columns) if columns else np.zeros((n, 0), np.float32),
        feature_names=tuple(features),
        sequences=sequences,
        channels=channels,
        steps=np.full(n, sequences.shape[1]) if steps is None else steps,
        recent=np.zeros((n, 0), np.int32) if recent is None else recent.astype(np.int32),
        labels=labels,
    )


def titles(
    recent: list[list[int]], labels: list[int], names: tuple[str, ...], origins: list[int] | None = None
) -> Examples:
    """Examples of the next title."""
    task = Task("next-title", tuple(f"t{place}" for place in range(len(names))), 28, names=names)
    days = np.full(len(labels), 100) if origins is None else np.array(origins)
    return made(task, {}, np.array(labels), origins=days, recent=np.array(recent))


def rates(n: int, seed: int = 0, task: Task = YES) -> tuple[Examples, FloatArray]:
    """Viewers whose true probability of each class follows from a rate, over 60 days, and that probability, (n, K)."""
    random = np.random.default_rng(seed)
    rate = random.normal(-1, 1.5, n)
    cuts = np.linspace(-1, 1, len(task.classes) - 1) if len(task.classes) > 2 else np.zeros(1)
    above = 1 / (1 + np.exp(-(rate[:, None] - cuts)))
    truth = -np.diff(np.column_stack([np.ones(n), above, np.zeros(n)]), axis=1)
    labels = (random.random(n)[:, None] > np.cumsum(truth, axis=1)[:, :-1]).sum(axis=1)
    features = {
        "rate_7": rate + random.normal(0, 2, n),
        "rate_28": rate,
        "age": np.where(random.random(n) < 0.3, np.nan, random.normal(40, 10, n)),
        "constant": np.ones(n),
        "unknown": np.full(n, np.nan),
    }
    return made(task, features, labels, origins=np.sort(random.integers(0, 60, n))), truth


def are_probabilities(model: Classifier, examples: Examples) -> bool:
    """Whether what a fitted model gives are probabilities, the same every time."""
    found = model.probabilities(examples)
    return bool(
        found.shape == (examples.viewers.size, len(examples.task.classes))
        and (found > 0).all()
        and np.allclose(found.sum(axis=1), 1, atol=1e-6)
        and np.array_equal(found, model.probabilities(examples))
    )
