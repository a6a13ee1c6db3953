"""popular: counts of viewers, all or liked, and with a half-life."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend.popular import Popular
from toolkit.errors import ModelError
from toolkit.interactions import Interactions

DAY = 86_400


def audience(times=None):
    values = csr_array(np.array([[5, 3, 0], [4, 2, 1], [0, 3, 5]], dtype=np.float32))
    return Interactions(values, np.arange(3), np.arange(3), threshold=4.0, times=times)


def scores(data, **settings):
    model = Popular(**settings)
    model.fit(data, {}, 0)
    return model.score(data)


def test_counts_viewers_who_liked_a_title():
    assert scores(audience()).tolist() == [[2, 0, 1]] * 3
    assert scores(audience()).dtype == np.float32
    assert not Popular.personal


def test_counts_all_who_saw_it():
    assert scores(audience(), count="seen").tolist() == [[2, 3, 2]] * 3


def test_half_life_counts_older_interactions_less():
    unknown = np.iinfo(np.int64).min
    # Stored by viewer: titles 0, 1 | 0, 1, 2 | 1, 2; the oldest known is 20 days before the latest.
    times = np.array([30, 30, 20, 10, unknown, 30, 30]) * np.array([DAY] * 4 + [1] + [DAY] * 2)
    expected = [1 + 0.5, 1 + 0.25 + 1, 0.25 + 1]
    np.testing.assert_allclose(scores(audience(times), count="seen", halve_after=10)[0], expected)


@pytest.mark.parametrize("times", [None, np.full(7, np.iinfo(np.int64).min)])
def test_half_life_wants_times(times):
    with pytest.raises(ModelError, match="no interaction has a time"):
        scores(audience(times), halve_after=10)
