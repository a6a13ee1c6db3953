"""What a model that learns from liked titles starts with: that there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from toolkit.interactions import IntArray, Interactions


def likes_to_learn_from(name: str, interactions: Interactions) -> csr_array:
    """(n_viewers, n_titles) CSR of ones where a viewer liked a title. Raises ModelError where nobody likes anything."""
    if not interactions.liked.nnz:
        raise ModelError(
            f"{name} has nothing to learn from: none of {interactions.values.nnz:,} interactions reaches the "
            f"threshold {interactions.threshold:g}; set a lower --min-rating"
        )
    return interactions.liked


def like_times(interactions: Interactions) -> IntArray:
    """(n,) times of the liked titles, in the order of the matrix; all the same where none is known."""
    if interactions.times is None:
        return np.zeros(interactions.liked.nnz, dtype=np.int64)
    times: IntArray = interactions.times[interactions.values.data >= interactions.threshold]
    return times
