"""Small pieces of music, to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.music import Pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray


def piece(*chords: tuple[int, ...], voices: int = 3) -> NDArray[np.int16]:
    """Chords of pitches from the highest down, filled up with silence."""
    return np.array([(*chord, *(-1,) * (voices - len(chord))) for chord in chords], dtype=np.int16)


def pieces_of(*chords: NDArray[np.int16], held: bool = False, steps_per_beat: int = 1) -> Pieces:
    """Pieces by the names "piece 1" and so on; with `held`, what is the same in the same voice goes on."""
    goes_on = [np.zeros(one.shape, dtype=np.bool_) for one in chords]
    if held:
        for flags, one in zip(goes_on, chords, strict=True):
            flags[1:] = (one[1:] == one[:-1]) & (one[1:] >= 0)
    n = len(chords)
    names = tuple(f"piece {number}" for number in range(1, n + 1))
    return Pieces(tuple(chords), tuple(goes_on), steps_per_beat, chords[0].shape[1], (np.nan,) * n, ("",) * n, names)


def cadences(n: int, seed: int = 0, bars: int = 2, *, held: bool = False) -> Pieces:
    """Pieces of three voices that go through the same four triads, each in a key of its own, now and then varied."""
    rng, made = np.random.default_rng(seed), []
    triads = [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]
    for _ in range(n):
        key = 55 + int(rng.integers(12))
        chords = [tuple(key + note for note in reversed(triads[step % 4])) for step in range(4 * bars)]
        chords[int(rng.integers(len(chords)))] = (key + 12, key + 9, key + 5)
        made.append(piece(*chords))
    return pieces_of(*made, held=held)
