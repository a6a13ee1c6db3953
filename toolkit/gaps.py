"""Gaps in series, filled before anything is fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray


def fill_gaps(values: Float64, season: int) -> BoolArray:
    """Fill what is missing between the values of series, in place.

    A gap of up to a season is bridged by a straight line between its neighbours. In a longer one the season before it
    is repeated, where there is a whole one; elsewhere, and where there is no season, the line is taken as well.

    Args:
        values: (n, length) float64, NaN before a series begins and in its gaps; the last column has no gaps.
        season: main season in steps, 1 where there is none.

    Returns:
        (n, length) which values were filled in.
    """
    unknown = np.isnan(values)
    begins = np.argmin(unknown, axis=1)
    length = values.shape[1]
    places = np.arange(length, dtype=np.int32)
    gaps: BoolArray = unknown & (places >= begins[:, None])
    rows = np.flatnonzero(gaps.any(axis=1))
    if not rows.size:
        return gaps
    known = ~unknown[rows]
    before = np.maximum.accumulate(np.where(known, places, np.int32(-1)), axis=1)
    after = np.minimum.accumulate(np.where(known, places, np.int32(length))[:, ::-1], axis=1)[:, ::-1]
    row, at = np.nonzero(gaps[rows])
    left, right = before[row, at], after[row, at]
    part = values[rows]
    share = (at - left) / (right - left)
    part[row, at] = part[row, left] * (1 - share) + part[row, right] * share
    if season > 1:
        long = right - left - 1 > season
        row, at, left = row[long], at[long], left[long]
        same = at - season * -(-(at - left) // season)  # the same phase of the season that ends with the gap's left
        in_long_gap = np.zeros(part.shape, dtype=np.bool_)
        in_long_gap[row, at] = True
        usable = same >= begins[rows][row]
        usable[usable] = ~in_long_gap[row[usable], same[usable]]
        part[row[usable], at[usable]] = part[row[usable], same[usable]]
    values[rows] = part
    return gaps
