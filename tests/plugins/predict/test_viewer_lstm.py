"""A recurrent network on what viewers did last: probabilities against those that the data were drawn from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from plugins.predict.viewer_lstm import ViewerLstm
from toolkit.errors import ModelError
from toolkit.examples import Examples, Task
from toolkit.saving import restore, save

NAN = np.nan
STEPS = 8
FIVE = Task("watch-time", ("0 to 20", "20 to 30", "30 to 45", "45 to 60", "60 or more"), 1, ordered=True)
EDGES = np.array([20.0, 30.0, 45.0, 60.0])

# Networks are trained for all of them.
pytestmark = pytest.mark.slow


def examples_of(task: Task, labels: np.ndarray, days: int = 0, **parts: np.ndarray) -> Examples:
    """Examples with parts where they are given; the origins go over as many days."""
    n = len(labels)
    sequences = parts.get("sequences", np.zeros((n, STEPS, 1)))
    features = parts.get("features", np.zeros((n, 0)))
    origins = (
        np.datetime64("2026-05-01", "D") + np.arange(n) * days // n if days else np.full(n, np.datetime64("NaT", "D"))
    )
    return Examples(
        task=task,
        viewers=np.arange(n),
        origins=origins,
        features=features.astype(np.float32),
        feature_names=tuple(f"f{place}" for place in range(features.shape[1])),
        sequences=sequences.astype(np.float32),
        channels=tuple(f"c{place}" for place in range(sequences.shape[2])),
        steps=parts.get("steps", np.full(n, sequences.shape[1])),
        recent=parts.get("recent", np.zeros((n, 0))).astype(np.int32),
        labels=labels,
    )


def watch_times(n: int, seed: int = 0) -> tuple[Examples, np.ndarray]:
    """Minutes a day of which the next is 0.7 of the last and 12, with a deviation of 10; and the true probabilities."""
    rng = np.random.default_rng(seed)
    minutes = np.empty((n, STEPS + 1))
    minutes[:, 0] = rng.normal(40, 14, n)
    for day in range(1, STEPS + 1):
        minutes[:, day] = 0.7 * minutes[:, day - 1] + 12 + rng.normal(0, 10, n)
    below = norm.cdf((EDGES - (0.7 * minutes[:, -2:-1] + 12)) / 10)
    truth = np.diff(below, axis=1, prepend=0, append=1)
    labels = np.searchsorted(EDGES, minutes[:, -1])
    return examples_of(FIVE, labels, sequences=np.maximum(minutes[:, :-1, None], 0)), truth


def brier(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(axis=1).mean())


@pytest.fixture(scope="session")
def fitted() -> ViewerLstm:
    model = ViewerLstm(units=16, epochs=15, learning_rate=0.01)
    model.fit(watch_times(3000)[0], seed=1)
    return model


def test_five_classes_of_the_next_day_are_nearly_as_probable_as_in_truth(fitted: ViewerLstm) -> None:
    examples, truth = watch_times(4000, seed=5)
    made = fitted.probabilities(examples)
    assert made.shape == (4000, 5)
    np.testing.assert_allclose(made.sum(axis=1), 1)
    shares = np.bincount(examples.labels, minlength=5) / 4000
    # of the way from the shares of the classes to the truth, nine tenths
    gained = brier(np.tile(shares, (4000, 1)), examples.labels) - brier(made, examples.labels)
    possible = brier(np.tile(shares, (4000, 1)), examples.labels) - brier(truth, examples.labels)
    assert gained > 0.9 * possible
    np.testing.assert_allclose(made.mean(axis=0), shares, atol=0.04)


def test_labels_are_not_looked_at(fitted: ViewerLstm) -> None:
    examples, _ = watch_times(20, seed=6)
    np.testing.assert_array_equal(fitted.probabilities(replace(examples, labels=None)), fitted.probabilities(examples))


def test_what_stands_before_the_first_step_is_not_read(fitted: ViewerLstm) -> None:
    examples, _ = watch_times(9, seed=7)
    short = replace(examples, steps=np.arange(9) % (STEPS + 1))
    other = short.sequences.copy()
    other[np.arange(STEPS) < STEPS - short.steps[:, None]] = 1e6
    np.testing.assert_array_equal(fitted.probabilities(replace(short, sequences=other)), fitted.probabilities(short))


def test_no_examples_have_no_probabilities(fitted: ViewerLstm) -> None:
    assert fitted.probabilities(watch_times(1)[0].select(np.arange(0))).shape == (0, 5)


def test_a_saved_network_says_the_same(fitted: ViewerLstm, tmp_path: Path) -> None:
    examples, _ = watch_times(20, seed=8)
    save(fitted, tmp_path)
    back = ViewerLstm(units=16, epochs=15, learning_rate=0.01)
    restore(back, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(back.probabilities(examples), fitted.probabilities(examples))


def test_the_seed_decides_the_probabilities() -> None:
    examples, _ = watch_times(200)
    first, same, other = (ViewerLstm(units=16, epochs=1) for _ in range(3))
    for model, seed in ((first, 1), (same, 1), (other, 2)):
        model.fit(examples, seed)
    made = first.probabilities(examples)
    np.testing.assert_array_equal(made, same.probabilities(examples))
    assert not np.array_equal(made, other.probabilities(examples))


def test_a_viewer_is_not_held_out_from_itself() -> None:
    # each of 30 viewers has a number of its own and an answer that nothing tells: to remember them helps nobody
    rng = np.random.default_rng(9)
    viewers = np.arange(900) % 30
    features = rng.normal(size=(30, 4))[viewers]
    labels = rng.permutation(np.arange(30) % 5)[viewers]
    examples = replace(examples_of(FIVE, labels, days=30, features=features), viewers=viewers)
    model = ViewerLstm(units=16, epochs=15, learning_rate=0.01)
    model.fit(examples, seed=1)
    strangers = examples_of(FIVE, labels, days=30, features=rng.normal(size=(900, 4)))
    assert model.probabilities(strangers).max() < 0.6


def test_what_the_network_cannot_do_is_said() -> None:
    model = ViewerLstm()
    yes = Task("churn", ("no", "yes"), 28)
    with pytest.raises(ModelError, match="customer-churn has no steps"):
        model.fit(examples_of(replace(yes, name="customer-churn"), np.array([0, 1]), sequences=np.zeros((2, 0, 0))), 1)
    with pytest.raises(ModelError, match="at least 2 examples with labels, and has 1"):
        model.fit(examples_of(yes, np.array([1, -1, -1])), 1)
    titles = Task("next-title", tuple(str(place) for place in range(5001)), 28)
    with pytest.raises(ModelError, match=r"at most 5,000 titles apart, and there are 5,001; take markov or popularity"):
        model.fit(examples_of(titles, np.array([0, 1]), recent=np.zeros((2, STEPS))), 1)


def test_features_are_read_and_unknown_ones_too() -> None:
    rng = np.random.default_rng(3)
    n = 3000
    features = np.stack([rng.normal(size=n), np.where(rng.random(n) < 0.3, NAN, 5), np.full(n, NAN)], axis=1)
    logit = 2 * features[:, 0] + np.where(np.isnan(features[:, 1]), 1.5, -1.5)
    truth = 1 / (1 + np.exp(-logit))
    labels = (rng.random(n) < truth).astype(np.int64)
    examples = examples_of(Task("churn", ("no", "yes"), 1), labels, days=60, features=features)
    model = ViewerLstm(units=16, learning_rate=0.01)
    model.fit(examples, seed=1)
    made = model.probabilities(examples)
    assert np.isfinite(made).all()
    # the share of those who said yes is .3 off
    assert np.abs(made[:, 1] - truth).mean() < 0.07


def test_a_rare_class_is_as_probable_as_it_is_rare() -> None:
    rng = np.random.default_rng(4)
    labels = (rng.random(4000) < 0.05).astype(np.int64)
    examples = examples_of(
        Task("churn", ("no", "yes"), 1), labels, days=60, sequences=rng.normal(size=(4000, STEPS, 2))
    )
    model = ViewerLstm(units=8)
    model.fit(examples, seed=1)
    assert model.probabilities(examples)[:, 1].mean() == pytest.approx(labels.mean(), abs=0.02)


def test_the_title_that_follows_another_is_learnt() -> None:
    rng = np.random.default_rng(5)
    titles, n = 7, 2000
    recent = (rng.integers(titles, size=(n, 1)) + np.arange(STEPS)) % titles
    # some have watched but three, and each watches the next of the circle, one in ten anything
    begun = rng.choice([3, STEPS], n)
    recent[np.arange(STEPS) < STEPS - begun[:, None]] = -1
    labels = np.where(rng.random(n) < 0.1, rng.integers(titles, size=n), (recent[:, -1] + 1) % titles)
    task = Task("next-title", tuple("abcdefg"), 28)
    examples = examples_of(task, labels, days=90, recent=recent, steps=np.zeros(n, dtype=np.int64))
    model = ViewerLstm(units=16, learning_rate=0.01)
    model.fit(examples.select(np.arange(1500)), seed=1)
    made = model.probabilities(examples.select(np.arange(1500, n)))
    following = made[np.arange(500), (recent[1500:, -1] + 1) % titles]
    assert following.min() > 0.8
    assert following.mean() == pytest.approx(0.9 + 0.1 / titles, abs=0.05)
