"""sasrec: a cycle is learnt, the future is masked, parts of histories, order of time, seeds, saving, failures."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend import sasrec
from plugins.recommend.sasrec import SasRec
from toolkit.errors import ModelError
from toolkit.interactions import UNKNOWN_TIME, Interactions
from toolkit.network_steps import built
from toolkit.saving import restore, save

SMALL = {"length": 6, "units": 16, "epochs": 40, "batch": 8, "learning_rate": 0.01}
CONFIG = {"titles": 9, "length": 5, "units": 8, "heads": 2, "blocks": 2, "dropout": 0.2}
CYCLE = 12


def histories(sequences, titles, rows=None, timed=True):
    """Interactions of viewers who liked titles in the order of `sequences`, one a day."""
    lengths = [len(one) for one in sequences]
    viewer, title = np.repeat(np.arange(len(lengths)), lengths), np.concatenate([*sequences, []]).astype(int)
    days = np.concatenate([*(np.arange(n) for n in lengths), []]).astype(np.int64)
    order = np.lexsort((title, viewer))
    values = csr_array((np.ones(order.size, np.float32), (viewer, title)), shape=(len(lengths), titles))
    values.sort_indices()
    times = 86_400 * days[order] if timed else None
    return Interactions(
        values, np.arange(len(lengths)), np.arange(titles), signal="watches", times=times, rows=rows
    )  # fmt: skip


def cycles(n=60, titles=CYCLE + 1):
    """Viewers who go round 0, 1, … 11, from anywhere, for 4 to 8 titles; nobody likes the last title."""
    random = np.random.default_rng(0)
    starts, lengths = random.integers(CYCLE, size=n), random.integers(4, 9, size=n)
    return histories([(s + np.arange(k)) % CYCLE for s, k in zip(starts, lengths, strict=True)], titles)


def fitted(data, seed=0, **settings):
    model = SasRec(**SMALL | settings)
    model.fit(data, {}, seed)
    return model


@pytest.fixture(scope="module")
def model():
    return fitted(cycles())


@pytest.mark.slow
@pytest.mark.parametrize("negatives", [512, 5])
def test_what_comes_next_in_a_cycle_is_learnt(negatives):
    model = fitted(cycles(), negatives=negatives)
    ends = [[(end - 2) % CYCLE, (end - 1) % CYCLE, end] for end in range(CYCLE)]
    scores = model.score(histories(ends, CYCLE + 1, np.full(CYCLE, -1)))
    np.testing.assert_array_equal(scores.argmax(axis=1), (np.arange(CYCLE) + 1) % CYCLE)


@pytest.mark.slow
def test_the_order_of_time_decides_and_not_that_of_keys(model):
    forward, backward = model.score(histories([[3, 4, 5], [5, 4, 3]], CYCLE + 1, np.array([-1, -1])))
    assert forward.argmax() == 6
    assert (forward != backward).any()


@pytest.mark.slow
def test_what_nobody_liked_and_who_liked_nothing_known_score_0(model):
    scores = model.score(histories([[1, 2], [], [CYCLE]], CYCLE + 1))
    assert scores[0, :CYCLE].all()
    assert scores[0, CYCLE] == 0
    assert not scores[1:].any()


@pytest.mark.slow
def test_titles_without_times_are_read_in_the_order_of_keys(model):
    untimed = model.score(cycles().of_titles([4, 2, 3]))
    np.testing.assert_array_equal(untimed, model.score(histories([[2, 3, 4]], CYCLE + 1)))


@pytest.mark.slow
def test_viewers_are_scored_alike_alone_and_among_many(model, monkeypatch):
    data = cycles()
    together = model.score(data)
    np.testing.assert_allclose(model.score(data.select([7])), together[[7]], rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(sasrec, "_ROWS", 16)
    np.testing.assert_allclose(model.score(data), together, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_a_saved_model_scores_the_same(model, tmp_path):
    save(model, tmp_path)
    back = SasRec(**SMALL)
    restore(back, {file.name: file for file in tmp_path.iterdir()})
    np.testing.assert_array_equal(back.score(cycles()), model.score(cycles()))


@pytest.mark.slow
def test_the_same_seed_learns_the_same():
    scores = fitted(cycles(), 3, epochs=2).score(cycles())
    np.testing.assert_array_equal(fitted(cycles(), 3, epochs=2).score(cycles()), scores)
    assert (fitted(cycles(), 4, epochs=2).score(cycles()) != scores).any()


@pytest.mark.slow
def test_what_comes_later_and_what_is_no_title_changes_no_state():
    network = built(sasrec.build, CONFIG, 0, sasrec.EXTRA)

    def states(*read):
        return np.asarray(network([np.array([read], np.int32), np.ones(1, np.int32)])[0])[0]

    full = states(1, 2, 3, 4, 5)
    later = states(1, 2, 3, 9, 8)
    np.testing.assert_allclose(later[:3], full[:3], rtol=1e-5, atol=1e-6)
    assert (abs(later[3:] - full[3:]).max(axis=1) > 1e-3).all()
    # What stands for no title has a vector too, which a title after it must not see.
    padded = states(0, 0, 3, 4, 5)
    vectors = network.get_layer("titles").embeddings
    changed = np.array(vectors.value)
    changed[0] += 5
    vectors.assign(changed)
    np.testing.assert_allclose(states(0, 0, 3, 4, 5)[2:], padded[2:], rtol=1e-5, atol=1e-6)
    assert np.isfinite(padded).all()


def loss_of(model, titles, states, vectors, **more):
    """The loss of one part where the network says these states and vectors."""

    def call(given):
        return states, vectors[np.asarray(given[1]) - 1]

    batch = {"titles": np.array([titles], np.int32), "weight": np.array([0.5])} | more
    return float(model._loss(call, batch, importlib.import_module("jax").random.key(0), 0.0)[0])


@pytest.mark.slow
def test_the_loss_by_hand():
    model = SasRec(length=2, units=1)
    model._titles, model._prior = np.arange(3), np.zeros(4, np.float32)
    states, vectors = np.array([[[1.0], [2.0]]], np.float32), np.array([[0.0], [1.0], [-1.0]], np.float32)
    # Title 2 after 1, then 3 after 2: softmax over all three titles.
    first = -np.log(np.exp(1) / (np.exp(0) + np.exp(1) + np.exp(-1)))
    second = -np.log(np.exp(-2) / (np.exp(0) + np.exp(2) + np.exp(-2)))
    assert loss_of(model, [1, 2, 3], states, vectors) == pytest.approx(0.5 * (first + second) / 2, rel=1e-5)
    assert loss_of(model, [0, 2, 3], states, vectors) == pytest.approx(0.5 * second / 2, rel=1e-5)
    last = loss_of(model, [1, 2, 3], states, vectors, last=np.ones(1))
    assert last == pytest.approx(second, rel=1e-5)
    # What is liked e times as often begins with as many times the odds.
    model._prior = np.array([0, 1, 0, 0], np.float32)
    popular = -np.log(np.exp(-2) / (np.exp(0 + 1) + np.exp(2) + np.exp(-2)))
    assert loss_of(model, [0, 2, 3], states, vectors) == pytest.approx(0.5 * popular / 2, rel=1e-5)


@pytest.mark.slow
def test_drawn_negatives_stand_for_all_others():
    # All titles but the right one score alike: what a draw leaves out is how often it meets the right one.
    jax = importlib.import_module("jax")
    vectors = jax.numpy.full((50, 1), 0.5).at[1].set(2)
    batch = {"titles": np.array([[1, 2]], np.int32), "weight": np.ones(1)}
    keys = jax.random.split(jax.random.key(0), 4000)

    def call(given):
        return np.ones((1, 1, 1), np.float32), vectors[given[1] - 1]

    for negatives in (1, 40, 50):
        model = SasRec(length=1, units=1, negatives=negatives)
        model._titles, model._prior = np.arange(50), np.zeros(51, np.float32)
        losses = jax.vmap(lambda key, model=model: model._loss(call, batch, key, 0.0)[0])(keys)
        others = (np.exp(losses) - 1) * np.exp(2)
        assert others.mean() == pytest.approx(49 * np.exp(0.5), rel=0.005)


def test_long_histories_are_learnt_from_in_parts_that_share_a_title():
    numbers = np.arange(1, 11, dtype=np.int32)
    # Three viewers: 1 to 6, 7 alone, 8 to 10.
    parts, viewer = sasrec._parts(numbers, np.array([0, 6, 7]), np.array([6, 7, 10]), 3)
    assert parts.tolist() == [[3, 4, 5, 6], [0, 1, 2, 3], [0, 8, 9, 10]]
    assert viewer.tolist() == [0, 0, 2]


def test_windows_are_filled_up_on_the_left():
    numbers = np.array([4, 5, 6], dtype=np.int32)
    found = sasrec._windows(numbers, np.array([0, 2, 3]), np.array([2, 3, 3]), 2)
    assert found.tolist() == [[4, 5], [0, 6], [0, 0]]
    assert sasrec._windows(numbers[:0], np.array([0]), np.array([0]), 2).tolist() == [[0, 0]]


def test_titles_of_unknown_time_come_first():
    data = histories([[2, 0, 1]], 3)
    data.times.setflags(write=True)
    data.times[1] = UNKNOWN_TIME
    assert sasrec._in_order(data).tolist() == [1, 2, 0]


def test_without_times_another_model_is_named():
    with pytest.raises(ModelError, match="no time of watches is known; load them with times, or take multvae or ease"):
        fitted(histories([[0, 1]], 2, timed=False))


def test_one_title_a_viewer_is_no_history():
    with pytest.raises(ModelError, match="nobody likes two titles; take popular instead"):
        fitted(histories([[0], [1]], 2))


def test_heads_must_divide_units():
    with pytest.raises(ModelError, match="cannot share 16 units among 3 heads"):
        fitted(cycles(), heads=3)


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ModelError, match=r"pip install 'cinekit\[recommend-networks\]'"):
        fitted(cycles())
