"""What is told of a run of recommend."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolkit.test_interactions import NAN, interactions
from toolkit.interactions import canonical_csr
from toolkit.recommended import drowned

# Four titles; the first viewer has seen two of them, the second none, the third all.
HISTORY = interactions([[5, 4, NAN, NAN], [NAN, NAN, NAN, NAN], [1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("lengths", "top", "allowed", "short"),
    [
        ([2, 4, 0], 4, None, 0),  # as long as what is left
        ([1, 3, 0], 4, None, 2),
        ([1, 3, 0], 1, None, 0),
        ([0, 0, 0], 4, None, 0),  # they got none
        ([1, 2, 0], 4, [True, False, False, True], 0),
        ([1, 1, 0], 4, [True, False, False, True], 1),
        ([0, 1, 0], 4, [True, False, False, False], 0),
    ],
)
def test_a_list_is_short_where_more_titles_were_left(
    lengths: list[int], top: int, allowed: list[bool] | None, short: int
) -> None:
    passes = None if allowed is None else np.array(allowed)
    assert drowned(HISTORY, np.array(lengths), top, passes, None) == short


def test_what_was_seen_elsewhere_is_not_left() -> None:
    columns = np.array([0, 1, 2, 0, 0, 1, 2, 3])
    seen = canonical_csr(np.ones(8, dtype=np.float32), columns, np.array([0, 3, 4, 8]), (3, 4))
    assert drowned(HISTORY, np.array([1, 3, 0]), 9, None, seen) == 0
    assert drowned(HISTORY, np.array([1, 3, 0]), 9, None, None) == 2
