"""Markov: what followed a step, hand-counted, on titles and on channels."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.predict.markov import Markov
from tests.plugins.predict.made_examples import MINUTES, YES, are_probabilities, made, titles
from toolkit.class_metrics import accuracy
from toolkit.errors import ModelError
from toolkit.examples import Examples, Task

NAMES = ("a", "b", "c", "d")


def walks(n: int, seed: int) -> Examples:
    """What comes true is the last step of the second channel, nine times of ten."""
    random = np.random.default_rng(seed)
    sequences = random.normal(size=(n, 3, 2))
    last = np.digitize(sequences[:, -1, 1], [-0.5, 0.5])
    labels = np.where(random.random(n) < 0.9, last, random.integers(3, size=n))
    return made(
        MINUTES,
        {},
        labels,
        origins=np.sort(random.integers(0, 50, n)),
        sequences=sequences,
        channels=("noise", "signal"),
    )


def test_the_last_step_that_tells_most_is_the_state() -> None:
    model = Markov()
    model.fit(walks(5000, 0), 0)
    late = walks(2000, 1)
    assert late.labels is not None
    assert accuracy(model.probabilities(late), late.labels).mean() > 0.9
    assert are_probabilities(model, late)


def test_two_steps_are_looked_at_where_both_tell() -> None:
    random = np.random.default_rng(0)
    sequences = np.sign(random.normal(size=(6000, 2, 1)))
    # either step is of no use without the other
    labels = (sequences[:, 0, 0] * sequences[:, 1, 0] > 0).astype(int)
    labels = np.where(random.random(6000) < 0.05, sequences[:, 1, 0] > 0, labels).astype(int)
    examples = made(
        YES, {}, labels, origins=np.sort(random.integers(0, 50, 6000)), sequences=sequences, channels=("x",)
    )
    model = Markov()
    model.fit(examples, 0)
    assert accuracy(model.probabilities(examples), labels).mean() > 0.95


def test_viewers_without_a_step_are_a_state_of_their_own() -> None:
    random = np.random.default_rng(0)
    sequences = random.normal(size=(2000, 2, 1))
    steps = np.where(np.arange(2000) % 4 == 0, 0, 2)
    sequences[steps == 0] = 0
    labels = np.where(steps == 0, 0, random.random(2000) < 0.8).astype(int)
    examples = made(YES, {}, labels, origins=np.arange(2000) // 40, sequences=sequences, channels=("x",), steps=steps)
    model = Markov()
    model.fit(examples, 0)
    found = model.probabilities(examples)[:, 1]
    assert found[steps == 0].max() < 0.1
    assert found[steps > 0].min() > 0.5


def test_a_title_is_followed_by_what_followed_it() -> None:
    # b follows a, wherever; nothing follows d
    recent, labels = [[2, 0]] * 40 + [[0, 2]] * 40, [1] * 40 + [3] * 40
    examples = titles(recent, labels, NAMES, list(range(40, 80)) * 2)
    model = Markov()
    model.fit(examples, 0)
    asked = titles([[-1, 0], [-1, 2], [-1, 3], [-1, -1]], [0] * 4, NAMES)
    after_a, after_c, after_d, nobody = model.probabilities(asked)
    # a was followed by b of 40 viewers and by c of 40
    assert after_a.argsort()[-2:].tolist() in ([1, 2], [2, 1])
    # c by d of 40, and by a of 40
    assert after_c[3] > after_c[1]
    assert after_d[3] < nobody[3]  # just watched, and nobody watched a title again
    assert are_probabilities(model, asked)


def test_a_pair_of_titles_counts_once_a_viewer() -> None:
    recent = np.array([[0, 1]] * 5 + [[-1, 0]])
    task = Task("next-title", NAMES, 28)
    viewers = np.array([1, 1, 1, 1, 1, 2])
    examples = made(
        task, {}, np.array([2, 2, 2, 2, 2, 3]), viewers=viewers, origins=np.arange(6), recent=recent
    )  # fmt: skip
    model = Markov()
    model.fit(examples, 0)
    # of two viewers one watched b after a, and one d: neither is likelier by the five origins of the first
    after = model.probabilities(made(task, {}, None, recent=np.array([[-1, 0]])))[0]
    shares = model.probabilities(made(task, {}, None, recent=np.array([[-1, -1]])))[0]
    assert after[1] / shares[1] > after[2] / shares[2]


def test_without_steps_it_refuses() -> None:
    with pytest.raises(ModelError, match="finds no steps"):
        Markov().fit(made(YES, {"age": np.zeros(4)}, np.array([0, 1, 0, 1])), 0)
    with pytest.raises(ModelError, match="is known to learn from"):
        Markov().fit(titles([[0, 1]], [-1], NAMES), 0)
