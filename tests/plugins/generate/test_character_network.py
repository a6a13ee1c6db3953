"""The recurrent language model: its loss, and that sampling is what the network says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.generate.character_network import Sampler, States, build, sequence_loss
from plugins.generate.sequence_buckets import bucketed
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

SIZE, END = 5, 4
CONFIG = {
    "size": SIZE, "conditions": 2, "per_step": False, "embedding": 4, "units": 6, "layers": 2, "dropout": 0.3,
}  # fmt: skip
CONDITIONS = np.array([[1.0, 0.5], [0.0, 1.0]], dtype=np.float32)


@pytest.fixture(scope="module")
def network() -> Any:
    model = built(build, CONFIG, seed=1)
    # Weights are drawn small; larger ones tell the steps apart.
    for variable in model.trainable_variables:
        variable.assign(3 * np.asarray(variable.value) + 0.1)
    return model


@pytest.fixture(scope="module")
def sampler(network: Any) -> Sampler:
    return Sampler(network)


def chances(network: Any, before: list[int], conditions: np.ndarray) -> np.ndarray:
    """(size,) what the network says of the token after some, by itself."""
    read = np.array([[0, *[token + 1 for token in before]]])
    logits = np.asarray(network([read, conditions[None]]))[0, -1].astype(np.float64)
    return np.exp(logits) / np.exp(logits).sum()


def test_the_loss_is_that_of_the_steps_one_after_another_without_what_is_filled_up(network):
    found = bucketed(np.array([1, 0, END, 2, END]), np.array([0, 3]), [3], CONDITIONS)
    learner = NetworkLearner(network, sequence_loss, found.buckets, [], Schedule(batch=4), 0)
    expected = [
        -sum(np.log(chances(network, tokens[:step], given)[token]) for step, token in enumerate(tokens))
        for tokens, given in zip(([1, 0, END], [2, END]), CONDITIONS, strict=True)
    ]
    np.testing.assert_allclose(found.in_order(learner.losses(found.buckets)), expected, rtol=1e-4)


def test_tokens_come_as_often_as_the_network_says(network, sampler):
    n = 4000
    _, states = sampler.draw(sampler.start(1), 2, 0, conditions=CONDITIONS[:1], prompt=np.array([[3, 1]]))
    many = States(np.repeat(states.hidden, n, axis=1), np.repeat(states.last, n))
    drawn, _ = sampler.draw(many, 1, seed=7, conditions=np.repeat(CONDITIONS[:1], n, axis=0))
    expected = chances(network, [3, 1], CONDITIONS[0])
    np.testing.assert_allclose(np.bincount(drawn[:, 0], minlength=SIZE) / n, expected, atol=0.03)


def test_a_temperature_towards_0_gives_the_likeliest_token_each_time(network, sampler):
    drawn, _ = sampler.draw(sampler.start(2), 6, 3, conditions=CONDITIONS, temperature=1e-6)
    for tokens, given in zip(drawn.tolist(), CONDITIONS, strict=True):
        assert [int(chances(network, tokens[:step], given).argmax()) for step in range(6)] == tokens


def test_a_sequence_can_be_gone_on_with_where_it_was_left(sampler):
    likeliest = {"conditions": CONDITIONS, "temperature": 1e-6}
    whole, _ = sampler.draw(sampler.start(2), 6, 0, **likeliest)
    first, states = sampler.draw(sampler.start(2), 3, 0, **likeliest)
    second, _ = sampler.draw(states, 3, 0, **likeliest)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)


def test_a_sequence_stands_still_once_it_has_ended_and_goes_on_from_there(sampler):
    likeliest = {"conditions": CONDITIONS[:1], "temperature": 1e-6}
    prompt = np.array([[2, END, -1, -1]])
    tokens, states = sampler.draw(sampler.start(1), 4, 0, end=END, prompt=prompt, **likeliest)
    assert tokens.tolist() == [[2, END, END, END]]
    after, _ = sampler.draw(states, 4, 0, **likeliest)
    _, at_the_end = sampler.draw(sampler.start(1), 2, 0, prompt=prompt[:, :2], **likeliest)
    np.testing.assert_array_equal(after, sampler.draw(at_the_end, 4, 0, **likeliest)[0])


def test_what_is_not_allowed_is_not_drawn(sampler):
    allowed = np.array([False, True, False, True, False])
    drawn = sampler.sequences(200, 5, END, 0, conditions=np.repeat(CONDITIONS, 100, axis=0), allowed=allowed)
    assert set(np.unique(drawn)) == {1, 3}


def test_any_number_is_drawn_and_the_same_with_the_same_seed(sampler):
    given = np.repeat(CONDITIONS, 65, axis=0)
    drawn = sampler.sequences(130, 5, END, 4, conditions=given)
    assert drawn.shape == (130, 5)
    np.testing.assert_array_equal(sampler.sequences(130, 5, END, 4, conditions=given), drawn)
    assert not np.array_equal(sampler.sequences(130, 5, END, 5, conditions=given), drawn)
    assert sampler.sequences(0, 5, END, 4).shape == (0, 5)


def test_conditions_may_differ_from_step_to_step_or_be_none():
    per_step = built(build, CONFIG | {"per_step": True, "layers": 1}, seed=0)
    tokens, starts = np.array([1, 0, END, 2, END]), np.array([0, 3])
    given = np.arange(10, dtype=np.float32).reshape(5, 2)
    found = bucketed(tokens, starts, [3], given)
    learner = NetworkLearner(per_step, sequence_loss, found.buckets, [], Schedule(batch=2), 0)
    other = bucketed(tokens, starts, [3], given + np.eye(5, 2, dtype=np.float32))
    # Only the first sequence's first steps have other conditions.
    differ = learner.losses(found.buckets) != learner.losses(other.buckets)
    assert differ.tolist() == [True, False]
    alone = built(build, CONFIG | {"conditions": 0, "layers": 1}, seed=0)
    assert Sampler(alone).sequences(3, 4, END, 0).shape == (3, 4)
