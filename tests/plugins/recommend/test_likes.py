"""What there is to learn from, or the reason why nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from plugins.recommend.likes import likes_to_learn_from
from toolkit.errors import ModelError
from toolkit.interactions import Interactions


def test_likes_are_handed_over():
    data = Interactions(csr_array(np.array([[5, 3], [0, 4]], dtype=np.float32)), np.arange(2), np.arange(2), 4.0)
    assert likes_to_learn_from("any", data).toarray().tolist() == [[1, 0], [0, 1]]


def test_nothing_liked_names_the_model_and_the_threshold():
    data = Interactions(csr_array(np.full((2, 2), 3, dtype=np.float32)), np.arange(2), np.arange(2), 3.5)
    with pytest.raises(ModelError, match=r"any has nothing to learn from: none of 4 .* threshold 3\.5; set a lower"):
        likes_to_learn_from("any", data)
