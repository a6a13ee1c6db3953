"""Music for several voices: what it is learnt from, and how it is written and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray

LOWEST, KEYS = 21, 88  # MIDI number of a piano's lowest key, and how many keys it has
SILENT = -1


@dataclass(frozen=True)
class Pieces:
    """Pieces as chords on a grid of time.

    Attributes:
        chords: (n,) arrays (n_steps, n_voices) int16 of MIDI pitches from 21 to 108, the highest first, no pitch twice
            in a step, silent voices (-1) last. All pieces have the same number of voices.
        held: (n,) arrays (n_steps, n_voices) bool: the pitch goes on from the step before, and is not struck anew.
        steps_per_beat: steps of the grid in a quarter note.
        tempos: (n,) quarter notes a minute; NaN where it is not known.
        fixed: (n,) part of the data that the file puts a piece into: "train", "valid", "test", or "".
        names: (n,) what the pieces are called.
    """

    chords: tuple[NDArray[np.int16], ...]
    held: tuple[NDArray[np.bool_], ...]
    steps_per_beat: int
    tempos: tuple[float, ...]
    fixed: tuple[str, ...]
    names: Sequence[str]

    def __len__(self) -> int:
        """How many."""
        return len(self.chords)

    def select(self, places: IntArray) -> Pieces:
        """The pieces at some places."""
        chosen = np.asarray(places).tolist()
        return Pieces(
            tuple(self.chords[p] for p in chosen), tuple(self.held[p] for p in chosen), self.steps_per_beat,
            tuple(self.tempos[p] for p in chosen), tuple(self.fixed[p] for p in chosen),
            tuple(self.names[p] for p in chosen),
        )  # fmt: skip


@dataclass(frozen=True)
class MusicWishes:
    """What is wanted of pieces.

    Attributes:
        bars: how long, in bars of four quarter notes.
        between: two pieces in one `Pieces`, to interpolate between them from the first to the second; None otherwise.
        vary: a piece in a `Pieces`, to make variations of; None otherwise.
        temperature: by which log-probabilities are divided.
        tempo: quarter notes a minute, in the files.
        instruments: General MIDI numbers, counted from 0, of the voices from the highest on; the last goes on.
    """

    bars: int = 16
    between: Pieces | None = None
    vary: Pieces | None = None
    temperature: float = 1.0
    tempo: float = 100.0
    instruments: tuple[int, ...] = (0,)
