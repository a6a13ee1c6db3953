"""Pieces out of notes: chords on a grid of time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import UnknownNameError, UsageError
from toolkit.materials.music import KEYS, LOWEST, SILENT, Pieces
from warehouse.sources.music import read_midi

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

# Grids, in steps of a quarter note, from the coarsest; the first that this share of notes fits on is taken, else the
# last. A time fits that is within a hundredth of a quarter note of a step.
_GRIDS, _FITTING, _NEAR = (1, 2, 4), 0.98, 0.01
# Of more pitches at once the lowest is kept, and the highest of the others.
MOST_VOICES = 8


def read(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All pieces that are loaded, in the order of their keys, and their notes."""
    pieces = con.sql(
        "SELECT piece_key, piece_id, coalesce(part, '') AS part, tempo FROM raw.pieces ORDER BY piece_key"
    ).pl()
    notes = con.sql(
        "SELECT piece_key, pitch, start_beat, beats FROM raw.notes ORDER BY piece_key, start_beat, pitch, beats"
    ).pl()
    return pieces, notes


def loaded_pieces(pieces: pl.DataFrame, notes: pl.DataFrame) -> Pieces:
    """Pieces on one grid, out of what `read` gave."""
    if pieces.is_empty():
        return Pieces((), (), 1, 1, (), (), ())
    places = np.searchsorted(pieces["piece_key"].to_numpy(), notes["piece_key"].to_numpy())
    tempos = pieces["tempo"].fill_null(float("nan")).to_list()
    return pieces_of_notes(notes, places, tempos, pieces["part"].to_list(), pieces["piece_id"].to_list())


def pieces_of_notes(
    notes: pl.DataFrame,
    places: IntArray,
    tempos: Sequence[float],
    fixed: Sequence[str],
    names: Sequence[str],
    like: Pieces | None = None,
) -> Pieces:
    """Pieces on a grid of time.

    Args:
        notes: pitch, start_beat and beats of each, times in quarter notes.
        places: (n_notes,) which piece each is of.
        tempos: of each piece, as `Pieces` has them.
        fixed: likewise.
        names: likewise.
        like: pieces whose grid and number of voices are taken, and where none holds any pitch, none is held; None for
            what these notes need.
    """
    n, pitches = len(names), _within(notes["pitch"].to_numpy().astype(np.int64))
    starts = notes["start_beat"].to_numpy().astype(np.float64)
    ends = starts + notes["beats"].to_numpy().astype(np.float64)
    grid = _grid(starts, ends) if like is None else like.steps_per_beat
    first = np.rint(starts * grid).astype(np.int64)
    lengths = np.maximum(np.rint(ends * grid).astype(np.int64) - first, 1)
    piece, step, pitch, held = _sounding(places, first, lengths, pitches)
    rank, size = _ranks(piece, step)
    most = MOST_VOICES if like is None else like.voices
    voices = min(int(size.max(initial=1)), most) if like is None else most
    # Pitches come from the highest down; the lowest of a chord that is too large takes the place of the last voice.
    kept = (rank < voices - 1) | (rank == size - 1)
    piece, step, pitch, held = piece[kept], step[kept], pitch[kept], held[kept]
    held = held & (like is None or any(chords.any() for chords in like.held))
    voice = np.minimum(rank[kept], voices - 1)
    total = np.zeros(n, dtype=np.int64)
    np.maximum.at(total, piece, step + 1)
    offset = np.concatenate([[0], np.cumsum(total)])
    chords = np.full((offset[-1], voices), SILENT, dtype=np.int16)
    going_on = np.zeros((offset[-1], voices), dtype=np.bool_)
    chords[offset[piece] + step, voice] = pitch
    going_on[offset[piece] + step, voice] = held
    cuts = offset[1:-1]
    return Pieces(
        tuple(np.split(chords, cuts)), tuple(np.split(going_on, cuts)), grid, voices, tuple(tempos), tuple(fixed),
        tuple(names),
    )  # fmt: skip


def piece_named(name: str, corpus: Pieces) -> Pieces:
    """One piece, on the grid of the others: a MIDI file, or one that is loaded, by its name.

    Raises:
        UnknownNameError: neither a file nor loaded.
        UsageError: a file that is no MIDI file.
        SourceError: the file is broken, or holds no notes.
    """
    path = Path(name).expanduser()
    if path.is_file():
        if path.suffix.lower() not in (".mid", ".midi"):
            raise UsageError(f"{name} is no MIDI file; give one whose name ends in .mid, or the name of a loaded piece")
        notes, tempo = read_midi(path)
        places = np.zeros(len(notes), dtype=np.int64)
        return pieces_of_notes(notes, places, [np.nan if tempo is None else tempo], [""], [path.name], corpus)
    if name not in corpus.names:
        raise UnknownNameError(
            "piece", name, corpus.names,
            "give a MIDI file, or a loaded piece: cinekit sql 'SELECT piece_id FROM loaded_pieces'",
        )  # fmt: skip
    return corpus.select(np.array([list(corpus.names).index(name)]))


def _grid(starts: Float64, ends: Float64) -> int:
    times = np.concatenate([starts, ends])
    for grid in _GRIDS:
        if (np.abs(times * grid - np.rint(times * grid)) <= _NEAR * grid).mean() >= _FITTING:
            return grid
    return _GRIDS[-1]


def _within(pitches: IntArray) -> IntArray:
    """Pitches moved by octaves onto the keys of a piano."""
    low, high = LOWEST, LOWEST + KEYS - 1
    raised = np.where(pitches < low, pitches + 12 * -(-(low - pitches) // 12), pitches)
    lowered: IntArray = np.where(raised > high, raised - 12 * -(-(raised - high) // 12), raised)
    return lowered


def _sounding(
    places: IntArray, first: IntArray, lengths: IntArray, pitches: IntArray
) -> tuple[IntArray, IntArray, IntArray, NDArray[np.bool_]]:
    """Piece, step, pitch, and whether it goes on, of all that sounds: by piece and step, the highest first."""
    note = np.repeat(np.arange(len(first)), lengths)
    since = np.arange(len(note)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    piece, step, pitch = places[note], first[note] + since, pitches[note]
    # Of one pitch twice in a step, the one that is struck comes first and stays.
    order = np.lexsort((since > 0, -pitch, step, piece))
    piece, step, pitch, held = piece[order], step[order], pitch[order], since[order] > 0
    same = (np.diff(piece) == 0) & (np.diff(step) == 0) & (np.diff(pitch) == 0)
    one = np.concatenate([np.ones(min(len(piece), 1), dtype=np.bool_), ~same])
    return piece[one], step[one], pitch[one], held[one]


def _ranks(piece: IntArray, step: IntArray) -> tuple[IntArray, IntArray]:
    """Place of each pitch in its chord from the highest down, and how many the chord has."""
    begins = np.flatnonzero(np.concatenate([[True], (np.diff(piece) != 0) | (np.diff(step) != 0)]))[: len(piece)]
    counts = np.diff(np.append(begins, len(piece)))
    return np.arange(len(piece)) - np.repeat(begins, counts), np.repeat(counts, counts)
