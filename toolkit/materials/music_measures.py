"""How much music is like other music, and how much of it is from a piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.music import KEYS, LOWEST, SILENT
from toolkit.materials.shingles import shares, shingles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

    Chords = Sequence[NDArray[np.int16]]

# Quarter notes of a run of chords by which copies are found.
_RUN_BEATS = 4
# A major scale; the natural minor of the same notes is among its turns.
_SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # of splitmix64, which spreads bits


def nearest_pieces(samples: Chords, pieces: Chords, steps_per_beat: int) -> tuple[IntArray, Float64]:
    """(n,) the piece that most runs of each sample are in, in whatever key, and the share of them that are not.

    A run is four quarter notes of chords and how they go on. The distance is 1 minus the containment of A. Broder, "On
    the resemblance and containment of documents", 1997: 0 where the sample is a stretch of the piece, in whatever key;
    1 where not one run is.
    """
    size = _RUN_BEATS * steps_per_beat
    sampled, known = ([shingles(moves(chords), size) for chords in some] for some in (samples, pieces))
    shared = shares(sampled, known)
    # Of pieces that share nothing, the one with the most of the same moves is nearer.
    alike = shares([moves(chords) for chords in samples], [moves(chords) for chords in pieces])
    place = np.argmax(shared + 1e-6 * alike, axis=1)
    return place, 1 - shared[np.arange(len(samples)), place]


def moves(chords: NDArray[np.int16]) -> NDArray[np.uint64]:
    """(max(n_steps - 1, 1),) a number for each step from a chord to the next, the same in every key.

    It is made of the intervals within both chords, and of the interval from one to the other.
    """
    shape = _number(_intervals(chords))
    if len(chords) < 2:
        return shape
    top = _tops(chords)
    made: NDArray[np.uint64] = _number(np.diff(top)[:, None]) ^ (shape[:-1] * _MIX) ^ (shape[1:] << np.uint64(1))
    return made


def pitch_classes(pieces: Chords) -> Float64:
    """(12,) share of each pitch class in all that sounds, C first; of silence all are 0."""
    counts = sum((_classes(chords) for chords in pieces), np.zeros(12))
    total = counts.sum()
    found: Float64 = counts / total if total else counts
    return found


def overlap(first: Float64, second: Float64) -> float:
    """Overlap of two histograms of shares: the sum of the smaller ones, 1 where they are the same.

    L.-C. Yang and A. Lerch, "On the evaluation of generative models in music", Neural Computing and Applications 2020,
    compare features of music by overlapping areas.
    """
    return float(np.minimum(first, second).sum())


def in_scale(pieces: Chords) -> float:
    """Mean over pieces of the share of what sounds that is in one major scale (or its natural minor), the best of 12.

    As "scale consistency" of O. Mogren, "C-RNN-GAN", 2016. 0 of silence.
    """
    member = np.zeros((12, 12))
    for key in range(12):
        member[key, (_SCALE + key) % 12] = 1
    counts = [_classes(chords) for chords in pieces]
    found = [float((member @ one).max() / one.sum()) for one in counts if one.sum()]
    return float(np.mean(found)) if found else 0.0


def empty_beats(pieces: Chords, steps_per_beat: int) -> float:
    """Share of beats in which nothing sounds, of all pieces together; a part of one at the end counts as one.

    "Empty bars" of H.-W. Dong et al., "MuseGAN", AAAI 2018, for quarter notes.
    """
    silent = beats = 0
    for chords in pieces:
        starts = np.arange(0, len(chords), steps_per_beat)
        heard = np.add.reduceat((chords != SILENT).sum(axis=1), starts) if len(chords) else np.empty(0)
        silent, beats = silent + int((heard == 0).sum()), beats + len(heard)
    return silent / beats if beats else 1.0


def polyphony(pieces: Chords) -> float:
    """Mean number of pitches at a step, of those steps where any sounds; 0 of silence."""
    counts = np.concatenate([np.empty(0), *((chords != SILENT).sum(axis=1) for chords in pieces)])
    return float(counts[counts > 0].mean()) if (counts > 0).any() else 0.0


def _classes(chords: NDArray[np.int16]) -> Float64:
    """(12,) how many steps of each pitch class sound."""
    return np.bincount(chords[chords != SILENT] % 12, minlength=12).astype(np.float64)


def _tops(chords: NDArray[np.int16]) -> NDArray[np.int64]:
    """(n_steps,) highest pitch; where nothing sounds that of before, at the beginning the first that sounds."""
    heard = chords[:, 0] != SILENT
    if not heard.any():
        return np.zeros(len(chords), dtype=np.int64)
    last = np.maximum.accumulate(np.where(heard, np.arange(len(chords)), np.argmax(heard)))
    top: NDArray[np.int64] = chords[last, 0].astype(np.int64)
    return top


def _intervals(chords: NDArray[np.int16]) -> NDArray[np.int64]:
    """(n_steps, n_voices) semitones below the highest pitch, counted from 1; 0 of silent voices."""
    return np.where(chords != SILENT, chords[:, :1].astype(np.int64) - chords + 1, 0)


def _number(rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(n,) a number for each row of small whole numbers; equal rows have equal ones, others nearly never."""
    made = np.full(len(rows), KEYS + LOWEST, dtype=np.uint64)
    for column in rows.T:
        made = (made ^ (made >> np.uint64(31))) * _MIX + column.astype(np.uint64)
    return made * _MIX
