"""Pieces as JSON: lists of chords, one a quarter note, as the JSB chorales are passed on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import SourceError
from warehouse.sources.midi import MOST_BEATS, MOST_NOTES

if TYPE_CHECKING:
    import polars as pl

MOST_BYTES = 64 << 20
PARTS = ("train", "valid", "test")
_SHAPE = '{"train": [[[74, 70, 65, 58], ...], ...], "valid": ..., "test": ...}'


def read_chords(path: Path) -> Iterator[tuple[str | None, int, pl.DataFrame | str]]:
    """The pieces of a file: a list of pieces, or one for each of the parts train, valid and test.

    A piece is a list of chords, one a quarter note; a chord is a list of MIDI pitches, in which -1 or null is a rest.
    Where all chords of a piece are as long as each other, and one holds a rest or a pitch twice, a place in the chord
    is a voice. Otherwise voices are the pitches of a chord from the highest on.

    Args:
        path: the file.

    Yields:
        Part of the data (None of a plain list), number of the piece in it from 1, and its notes as `read_midi` gives
        them, velocity and program null; or what is wrong with this piece.

    Raises:
        SourceError: not JSON, of another shape, or too large. The message does not name the file.
    """
    for part, pieces in _parts(_parsed(path)).items():
        for number, piece in enumerate(pieces, 1):
            try:
                yield part, number, _notes(piece)
            except SourceError as error:
                yield part, number, str(error)


def _parsed(path: Path) -> Any:
    if path.stat().st_size > MOST_BYTES:
        raise SourceError(f"is larger than {MOST_BYTES >> 20} MiB; divide it")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"is no JSON ({' '.join(str(error).split())[:100]})") from error


def _parts(content: Any) -> dict[str | None, list[Any]]:
    parts = content if isinstance(content, dict) else {None: content}
    unknown = [name for name in parts if name is not None and name not in PARTS]
    if unknown or not all(isinstance(pieces, list) for pieces in parts.values()):
        raise SourceError(f"is JSON of another shape than {_SHAPE}, or than one list of pieces")
    if not any(parts.values()):
        raise SourceError("holds no pieces")
    return parts


def _notes(piece: Any) -> pl.DataFrame:
    import polars as pl

    if not isinstance(piece, list) or not all(isinstance(chord, list) for chord in piece):
        raise SourceError("a piece is no list of chords, each a list of pitches")
    if len(piece) > MOST_BEATS or sum(map(len, piece)) > MOST_NOTES:
        raise SourceError(f"a piece is longer than {MOST_BEATS:,.0f} chords or {MOST_NOTES:,} pitches")
    chords: list[list[int | None]] = [[_pitch(pitch) for pitch in chord] for chord in piece]
    by_voice = any(None in chord or len(set(chord)) < len(chord) for chord in chords)
    if not by_voice or len({len(chord) for chord in chords}) > 1:
        chords = [[*sorted({p for p in chord if p is not None}, reverse=True)] for chord in chords]
    found = [
        (voice, pitch, float(step), 1.0)
        for step, chord in enumerate(chords)
        for voice, pitch in enumerate(chord, 1)
        if pitch is not None
    ]
    if not found:
        raise SourceError("a piece without notes")
    schema = {"voice": pl.Int32, "pitch": pl.Int16, "start_beat": pl.Float64, "beats": pl.Float64}
    return (
        pl.DataFrame(found, schema=schema, orient="row")
        .sort("voice", "start_beat", "pitch")
        .with_columns(pl.lit(None, pl.Int16).alias("velocity"), pl.lit(None, pl.Int16).alias("program"))
    )


def _pitch(value: Any) -> int | None:
    """A pitch; None of a rest."""
    if value is None or value == -1:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 127:
        raise SourceError("a pitch is no whole number from 0 to 127, nor -1 or null for a rest")
    return value
