"""The recurrent language model: its loss, and that sampling is what the network says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.generate.character_network import Sampler, build, sequence_loss
from plugins.generate.sequence_buckets import bucketed
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule

SIZE, END = 5, 4
CONFIG = {
    "size": SIZE, "conditions": 2, "per_step": False, "embedding": 4, "units": 6, "layers": 2, "dropout": 0.3,
}  # fmt: skip
CONDITIONS = np.array([[1.0, 0.5], [0.0, 1.0]], dtype=np.float32)

# Networks are trained for all of them.
pytestmark = pytest.mark.slow


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
    drawn = sampler.draw(sampler.start(n), 2, seed=7, conditions=np.repeat(CONDITIONS[:1], n, axis=0))
    first = np.bincount(drawn[:, 0], minlength=SIZE)
    np.testing.assert_allclose(first / n, chances(network, [], CONDITIONS[0]), atol=0.03)
    often = int(first.argmax())
    second = np.bincount(drawn[drawn[:, 0] == often, 1], minlength=SIZE)
    np.testing.assert_allclose(second / first[often], chances(network, [often], CONDITIONS[0]), atol=0.05)


def test_a_temperature_towards_0_gives_the_likeliest_token_each_time(network, sampler):
    drawn = sampler.draw(sampler.start(2), 6, 3, conditions=CONDITIONS, temperature=1e-6)
    for tokens, given in zip(drawn.tolist(), CONDITIONS, strict=True):
        assert [int(chances(network, tokens[:step], given).argmax()) for step in range(6)] == tokens


def test_nothing_but_the_end_comes_after_the_end(sampler):
    drawn = sampler.draw(sampler.start(200), 8, 0, end=END, conditions=np.repeat(CONDITIONS, 100, axis=0))
    ended = np.maximum.accumulate(drawn == END, axis=1)
    assert (drawn[ended] == END).all()
    assert 0 < ended[:, -2].sum() < 200


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


def test_there_may_be_no_conditions():
    alone = built(build, CONFIG | {"conditions": 0, "layers": 1}, seed=0)
    assert Sampler(alone).sequences(3, 4, END, 0).shape == (3, 4)
