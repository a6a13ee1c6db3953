"""A model as a table: which weights are kept and in what order, what is refused, and that SQL recommends with it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from toolkit.errors import ModelError, PluginError
from toolkit.recommender import Recommender
from toolkit.title_neighbours import title_neighbours


class Weighted(Recommender):
    """Scores by weights that are given."""

    name: ClassVar[str] = "weighted"
    _weights: csr_array

    def fit(self, interactions, tables, seed):
        """Nothing to learn."""

    def score(self, history):
        return (history.liked @ self._weights).toarray()

    def title_weights(self, count):
        return self._weights


def weighted(dense):
    model = Weighted()
    model._weights = csr_array(np.asarray(dense, dtype=np.float32))
    return model


def test_the_weights_farthest_from_0_of_each_title_are_ranked_by_hand():
    # Column j has what others add to title j; keys are 10, 20, 30.
    model = weighted([[0, 1, 0.5], [-3, 0, 0.5], [2, 0, 0]])
    rows = title_neighbours(model, np.array([10, 20, 30]), 2).rows()
    assert rows == [(10, 1, 20, -3.0), (10, 2, 30, 2.0), (20, 1, 10, 1.0), (30, 1, 10, 0.5), (30, 2, 20, 0.5)]
    first = title_neighbours(model, np.array([10, 20, 30]), 1)
    assert first.rows() == [row for row in rows if row[1] == 1]


@given(arrays(np.float32, (5, 5), elements=st.integers(-3, 3)), st.integers(1, 6))
def test_none_that_is_left_out_is_farther_from_0(dense, count):
    table = title_neighbours(weighted(dense), np.arange(5), count)
    for title in range(5):
        rows = table.filter(title_key=title)
        sizes = np.abs(rows["weight"].to_numpy())
        assert rows["rank"].to_list() == list(range(1, rows.height + 1))
        assert sizes.tolist() == sorted(np.abs(dense[:, title]), reverse=True)[:count][: rows.height]
        assert rows.height == min(count, np.count_nonzero(dense[:, title]))
        np.testing.assert_array_equal(dense[rows["neighbour_key"].to_numpy(), title], rows["weight"])


def test_a_model_without_weights_between_titles_says_so():
    class Plain(Weighted):
        """No weights."""

        title_weights = Recommender.title_weights

    with pytest.raises(ModelError, match="weighted is no sum of weights between titles; leave out --title-neighbours"):
        title_neighbours(Plain(), np.arange(3), 2)


def test_weights_of_another_shape_are_the_plugins_fault():
    with pytest.raises(PluginError, match=r"weighted returned weights of shape \(2, 2\) for 3 titles"):
        title_neighbours(weighted(np.eye(2)), np.arange(3), 2)
