"""What holds within a row of metadata: which numbers need others, and which values a mean of ratings can have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

RATINGS, MEAN, SPREAD = "ratings", "mean_rating", "rating_spread"
# Ratings that a title must have for each of these to be known; with as many it always is.
NEEDS = {MEAN: 1, SPREAD: 2}
# Steps that scales of ratings have: stars, half stars, tenths, ...
_STEPS = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.01)
# Means and spreads are rounded to as many digits, so that how they were added up shows no more.
DIGITS = 6


def known(column: str, numbers: Float64, names: Sequence[str]) -> BoolArray | None:
    """(n,) whether rows must have a value in a column, by their ratings; None where nothing says so."""
    if column not in NEEDS or RATINGS not in names:
        return None
    enough: BoolArray = numbers[:, list(names).index(RATINGS)] >= NEEDS[column]
    return enough


def rating_step(numbers: Float64, names: Sequence[str]) -> float:
    """Step of the scale of ratings, as titles with one rating show it; 0 where they show none.

    >>> rating_step(np.array([[1, 3.5], [1, 4], [7, 3.123]]), ("ratings", "mean_rating"))
    0.5
    """
    if RATINGS not in names or MEAN not in names:
        return 0.0
    count, mean = (numbers[:, list(names).index(name)] for name in (RATINGS, MEAN))
    single = mean[count == 1]
    if not single.size:
        return 0.0
    return next((step for step in _STEPS if np.allclose(single / step, np.rint(single / step), atol=1e-4)), 0.0)


def attainable(
    numbers: Float64, names: Sequence[str], step: float, lowest: float, highest: float
) -> Float64:  # fmt: skip
    """The rows with each mean and spread moved to the nearest that as many ratings of the scale can have.

    In steps of the scale each rating is a whole number, so that their sum is one too, and their sum of squares is a
    whole number as odd or even as the sum. By that, n ratings have the mean sum / n and the sample variance
    (squares - sum² / n) / (n - 1). Squares are least where ratings differ by a step at most, and most where all but
    one are at an end of the scale (Bhatia & Davis 2000).

    Args:
        numbers: (n, n_numbers); other columns stay as they are.
        names: (n_numbers,) the columns.
        step: of the scale; 0 leaves all as it is.
        lowest: least rating of the scale.
        highest: most.
    """
    places = [list(names).index(name) for name in (RATINGS, MEAN) if name in names]
    if not step or len(places) < 2:
        return numbers
    moved = numbers.copy()
    count, mean = numbers[:, places[0]], numbers[:, places[1]]
    rated = count >= 1
    n = np.where(rated, count, 1)
    low, high = np.rint(lowest / step), np.rint(highest / step)
    total = np.clip(np.rint(np.where(rated, mean, lowest) / step * n), low * n, high * n)
    moved[:, places[1]] = np.where(rated, np.round(total / n * step, DIGITS), np.nan)
    if SPREAD in names:
        place = list(names).index(SPREAD)
        several = count >= 2
        spread = np.where(several, numbers[:, place], 0) / step
        moved[:, place] = np.where(several, np.round(_spread(spread, n, total, low, high) * step, DIGITS), np.nan)
    return moved


def _spread(spread: Float64, n: Float64, total: Float64, low: float, high: float) -> Float64:
    """The attainable sample standard deviation that is nearest, in steps."""
    each, rest = np.floor(total / n), total - n * np.floor(total / n)
    least = (n - rest) * each**2 + rest * (each + 1) ** 2
    # All at an end but one, which takes what is left.
    span = max(high - low, 1.0)
    at_high = np.floor((total - low * n) / span)
    left = (total - low * n) - at_high * span
    most = at_high * high**2 + np.where(at_high < n, (low + left) ** 2 + np.maximum(n - at_high - 1, 0) * low**2, 0)
    squares = spread**2 * (n - 1) + total**2 / n
    # Sums of squares go by twos from the least.
    squares = least + 2 * np.rint((np.clip(squares, least, np.maximum(most, least)) - least) / 2)
    attained: Float64 = np.sqrt(np.maximum(squares - total**2 / n, 0) / np.maximum(n - 1, 1))
    return attained
