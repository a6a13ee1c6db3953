"""Stretches in which one picture turns into another at an even pace: what dissolves and fades have in common.

Between the pictures f_s and f_e of a dissolve of L frames stands f_t = (1 - a) f_s + a f_e with a = (t - s) / L, and
before and after it a stays 0 and 1. Of any stretch, a and what is left over follow from distances alone:

    a_t = (|f_t - f_s|² + |f_e - f_s|² - |f_t - f_e|²) / (2 |f_e - f_s|²)
    r_t = |f_t - f_s|² / |f_e - f_s|² - a_t²

so that stretches of all lengths are compared without looking at a pixel again. What moves leaves much over (r). A pan
goes on before and after at the same pace, while inside a dissolve pictures change faster than on its calmer side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

LENGTHS = (6, 8, 10, 13, 16, 20, 25, 32, 40)
CANDIDATE = -0.2  # score that a ramp has at least, to be looked at
UNEVEN = 0.2  # how far a may be from an even pace, as a root mean square
PACE = 1.3  # how many times as fast pictures change inside as on the calmer side, at least
DISTANCE = 0.05  # between first and last picture, at least


@dataclass(frozen=True)
class Ramp:
    """A stretch in which one picture turns into another.

    Attributes:
        first, last: its frames.
        score: the higher, the more it looks like a dissolve: ¼ ln(how many times as far the pictures are from each
            other as what moves around) - unevenness inside - unevenness outside - what is left over.
        distance: of its first and last picture.
    """

    first: int
    last: int
    score: float
    distance: float

    def confidence(self, threshold: float) -> float:
        """From 0.5 at the threshold to 1."""
        return float(0.5 + min(0.5, max(0.0, self.score - threshold)))


def margin_of(lengths: tuple[int, ...] = LENGTHS) -> int:
    """Frames that a ramp and what is looked at around it take."""
    return max(length + 2 * _around(length) for length in lengths)


def find_ramps(squares: Float32, lengths: tuple[int, ...] = LENGTHS) -> list[Ramp]:
    """Every ramp of a score of at least `CANDIDATE`, overlapping ones too.

    Args:
        squares: (n, lags + 1) squared distances of each frame to those after it.
        lengths: lengths that are tried, in frames.
    """
    return [ramp for length in lengths for ramp in _of_length(squares, length, CANDIDATE)]


def best_of(ramps: list[Ramp]) -> list[Ramp]:
    """The best ramps that do not overlap, the best first."""
    kept: list[Ramp] = []
    for ramp in sorted(ramps, key=lambda ramp: (-ramp.score, ramp.first)):
        if all(ramp.last <= other.first + 2 or ramp.first >= other.last - 2 for other in kept):
            kept.append(ramp)
    return kept


def _around(length: int) -> int:
    """Frames before and after a ramp that are looked at."""
    return max(3, length // 2)


def _of_length(squares: Float32, length: int, least: float) -> list[Ramp]:
    count, lags = squares.shape
    around = _around(length)
    if length + 2 * around >= lags or count <= length + 2 * around:
        return []
    first = np.arange(around, count - length - around)
    last = first + length
    whole = squares[first, length]
    first, last, whole = (part[whole > DISTANCE**2] for part in (first, last, whole))
    if not first.size:
        return []
    offsets = np.arange(-around, length + around + 1)
    places = first[:, None] + offsets
    to_first = squares[np.minimum(places, first[:, None]), np.abs(offsets)]
    to_last = squares[np.minimum(places, last[:, None]), np.abs(offsets - length)]
    share = (to_first + whole[:, None] - to_last) / (2 * whole[:, None])
    left_over = np.maximum(to_first / whole[:, None] - share**2, 0)
    inside = (offsets > 0) & (offsets < length)
    error = (share - np.clip(offsets / length, 0, 1)) ** 2
    uneven, outside = np.sqrt(error[:, inside].mean(axis=1)), np.sqrt(error[:, ~inside].mean(axis=1))
    # Motion: how far pictures of one side are from each other, a third of the length apart.
    third = max(3, length // 3)
    moving = np.sqrt(np.maximum(squares[first - third, third], squares[last, third]))
    apart = np.sqrt(np.minimum.reduce([whole, squares[first - third, length + third], squares[first, length + third]]))
    score = (
        0.25 * np.log(np.maximum(apart / (moving + 0.02), 0.1))
        - uneven - outside - left_over[:, inside].mean(axis=1)
    )  # fmt: skip
    chosen = np.flatnonzero((score > least) & (uneven < UNEVEN))
    within = first[chosen, None] + np.arange(length - third + 1)
    calmer = np.minimum(squares[first - third, third], squares[last, third])[chosen]
    chosen = chosen[squares[within, third].mean(axis=1) > PACE**2 * calmer]
    return [
        Ramp(int(first[place]), int(last[place]), float(score[place]), float(np.sqrt(whole[place]))) for place in chosen
    ]
