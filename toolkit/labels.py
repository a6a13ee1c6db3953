"""Which reviews are positive and which negative, by the scores that people gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from toolkit.sentiment import BoolArray

NEUTRAL = 0.1


def labels_of(scores: ArrayLike, neutral: float = NEUTRAL) -> tuple[BoolArray, BoolArray]:
    """Split reviews at the middle of the scale that their scores are on.

    The middle is 0 if any score is negative; ½ if all are 0 or 1; else half-way between the lowest and the highest
    that occur, which is 3 of 1 to 5. Scores near the middle say neither: those within `neutral` times half the scale
    are left out, and so is the middle itself. Half the scale is the largest distance of a score from the middle.

    Args:
        scores: (n,) numbers; NaN where there is none, which is left out.
        neutral: share of half the scale that is left out on either side of the middle, from 0 to below 1.

    Returns:
        (n,) whether each is positive, and (n,) whether it is kept; what is not kept is not positive.

    Raises:
        ModelError: no scores, all alike, or all in the neutral band; or `neutral` is out of bounds.

    >>> positive, kept = labels_of([1, 2, 3, 4, 5])
    >>> positive.tolist(), kept.tolist()
    ([False, False, False, True, True], [True, True, False, True, True])
    """
    if not 0 <= neutral < 1:
        raise ModelError(f"a neutral share of {neutral:g} leaves nothing to learn from; take one from 0 to below 1")
    values = np.asarray(scores, dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        raise ModelError("none of the reviews has a score; load some with --label COLUMN")
    low, high = float(values[known].min()), float(values[known].max())
    if low < 0:
        middle = 0.0
    elif np.isin(values[known], (0, 1)).all():
        middle = 0.5
    else:
        middle = (low + high) / 2
    half = max(high - middle, middle - low)
    if not half:
        raise ModelError(f"all {int(known.sum()):,} reviews have the score {low:g}; there is nothing to tell apart")
    distance = np.where(known, np.abs(values - middle), 0)
    # Scores of a scale in tenths are not exact: what is on the border is within it.
    kept = distance > neutral * half * (1 + 1e-9)
    return kept & (values > middle), kept
