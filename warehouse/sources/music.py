"""Pieces of music to learn from: MIDI files, and chords on a grid of quarter notes as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from warehouse.errors import SourceError
from warehouse.sources.chords import read_chords
from warehouse.sources.folders import gather_files
from warehouse.sources.midi import MIDI, check_mido, midi_notes, read_midi
from warehouse.sources.staging import Stage, Staging

if TYPE_CHECKING:
    import polars as pl

    from warehouse.sources.text import Content

__all__ = ["read_midi"]

ENDINGS = (*MIDI, ".json")


class Piece(NamedTuple):
    """A piece that was read: its id, the part of the data that it is put into, its notes and its tempo."""

    piece_id: str
    part: str | None
    notes: pl.DataFrame
    tempo: float | None


def gather(paths: Sequence[Path], folder: Path, encoding: str | None) -> Content:
    """Find the files and hash them.

    Raises:
        SourceError: mido is not installed, and there are MIDI files.
    """
    del encoding  # MIDI has none, and JSON is UTF-8
    content = gather_files(paths, folder, ENDINGS, "music")
    if any(file.path.suffix.lower() in MIDI for file in content.files.values()):
        check_mido()
    return content


def stage(staging: Staging) -> None:
    """Stage the pieces of all files, and their notes."""
    import polars as pl

    unread = dict(staging.content.unread)
    rows: list[tuple[int, str, str | None, float, float | None, str]] = []
    notes: list[pl.DataFrame] = []
    for name, file in staging.content.files.items():
        try:
            for piece in _pieces(name, file.path, unread):
                ordinal = len(rows)
                beats = float((piece.notes["start_beat"] + piece.notes["beats"]).to_numpy().max())
                rows.append((ordinal, piece.piece_id, piece.part, beats, piece.tempo, _hash(piece.notes)))
                notes.append(piece.notes.with_columns(pl.lit(ordinal, pl.Int64).alias("ordinal")))
        except SourceError as error:
            unread[name] = str(error)
    staging.refuse(unread)
    schema = {"ordinal": pl.Int64, "piece_id": pl.String, "part": pl.String, "beats": pl.Float64, "tempo": pl.Float64,
              "sha256": pl.String}  # fmt: skip
    relation = staging.frame("pieces", pl.DataFrame(rows, schema=schema, orient="row"))
    if notes:
        staging.frame("notes", pl.concat(notes))
        staging.add(Stage("pieces", relation, ""))


def _pieces(name: str, path: Path, unread: dict[str, str]) -> Iterator[Piece]:
    """The pieces of a file; those of a JSON file that are wrong are put among the unread."""
    if path.suffix.lower() in MIDI:
        yield Piece(name, None, *midi_notes(path))
        return
    for part, number, notes in read_chords(path):
        piece_id = " ".join([name, *([part] if part else []), str(number)])
        if isinstance(notes, str):
            unread[piece_id] = notes
        else:
            yield Piece(piece_id, part, notes, None)


def _hash(notes: pl.DataFrame) -> str:
    """SHA-256 of what is played when and by which voice; how hard and on what does not make it another piece."""
    columns = notes.select("voice", "pitch", "start_beat", "beats")
    digest = hashlib.sha256()
    for column in columns:
        digest.update(column.to_numpy().tobytes())
    return digest.hexdigest()
