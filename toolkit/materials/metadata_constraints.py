"""What holds within a row of metadata: which numbers need others, and which values a mean of ratings can have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

RATINGS, MEAN, SPREAD = "ratings", "mean_rating", "rating_spread"
# Ratings that a title must have for each of these to be known; with as many it always is.
NEEDS = {MEAN: 1, SPREAD: 2}
# Steps that scales of ratings have: stars, half stars, tenths, ...
_STEPS = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.01)
# Means and spreads are rounded to as many digits, so that how they were added up shows no more.
DIGITS = 6
# So many ratings are few: what spreads they can have is listed, as long as the list is not longer than this.
_FEW, _LONGEST = 8, 2_000_000


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
    one are at an end of the scale (Bhatia & Davis 2000). Few ratings do not have all between these: two of an even sum
    lie 0, 2, 4, ... steps apart. So all that up to 8 ratings can have are listed, and the nearest is exact; of a scale
    with a hundred steps up to 3. Of more ratings squares are taken to go by twos from the least, which is exact but for
    large spreads, or means near an end of the scale, where some between have no ratings.

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
    span, total = high - low, total - low * n
    asked = spread**2 * (n - 1) + total**2 / n
    attained = _deviation(_by_twos(asked, n, total, span), n, total)
    for few, listed in _listed(int(span)).items():
        rows = np.flatnonzero(n == few)
        width = few * span**2 + 1
        at = np.searchsorted(listed, total[rows] * width + np.minimum(asked[rows], width - 1))
        # The least that is not below what is asked for, and the most that is; either may be of another sum.
        near = listed[np.clip([at, at - 1], 0, len(listed) - 1)]
        found = _deviation(near % width, n[rows], total[rows])
        apart = np.where(near // width == total[rows], np.abs(found - spread[rows]), np.inf)
        attained[rows] = found[apart.argmin(axis=0), np.arange(len(rows))]
    return attained


def _by_twos(asked: Float64, n: Float64, total: Float64, span: float) -> Float64:
    """The nearest sums of squares that differ by twos from the least, of n ratings from 0 to `span`."""
    each, rest = np.floor(total / n), total - n * np.floor(total / n)
    least = (n - rest) * each**2 + rest * (each + 1) ** 2
    # All at an end but one, which takes what is left.
    at_high = np.floor(total / max(span, 1.0))
    most = at_high * span**2 + (total - at_high * span) ** 2
    squares: Float64 = least + 2 * np.rint((np.clip(asked, least, np.maximum(most, least)) - least) / 2)
    return squares


def _deviation(squares: Float64, n: Float64, total: Float64) -> Float64:
    """Sample standard deviations of n ratings by the sums of their squares and of themselves."""
    deviation: Float64 = np.sqrt(np.maximum(squares - total**2 / n, 0) / np.maximum(n - 1, 1))
    return deviation


@lru_cache(maxsize=4)
def _listed(span: int) -> dict[int, IntArray]:
    """For each few ratings from 0 to `span`, as far as there are not too many: all pairs of sum and sum of squares.

    A pair of n ratings is one number, sum * (n * span² + 1) + squares; they ascend.
    """
    one = np.arange(span + 1)
    totals, squares, listed = one, one**2, {}
    for n in range(2, _FEW + 1):
        if len(totals) * len(one) > _LONGEST:
            break
        width = n * span**2 + 1
        listed[n] = np.unique((totals[:, None] + one) * width + squares[:, None] + one**2)
        totals, squares = np.divmod(listed[n], width)
    return listed
