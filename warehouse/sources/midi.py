"""Notes of standard MIDI files, on a scale of quarter notes."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import SourceError

if TYPE_CHECKING:
    import polars as pl

MIDI = (".mid", ".midi")
PERCUSSION = 9  # the tenth channel of General MIDI, counted from 0
MOST_BYTES = 4 << 20
MOST_NOTES = 200_000
MOST_BEATS = 100_000.0  # fourteen hours at 120 quarter notes a minute
_DECIMALS = 6  # of a quarter note; a tick is at least 1/32767 of one


def read_midi(path: Path) -> tuple[pl.DataFrame, float | None]:
    """The notes of a MIDI file of type 0 or 1, and its first tempo.

    A track and channel with notes is a voice; voices are counted from 1 in the order of tracks, then channels. The
    tenth channel, percussion, is left out. A note ends with the first note-off of its pitch, or with its track; one
    without length is left out, and of several of one voice, pitch and time the longest stands. Pedals and later
    changes of tempo are not heeded.

    Args:
        path: the file.

    Returns:
        Notes (voice Int32, pitch Int16, start_beat Float64, beats Float64, velocity Int16, program Int16), times in
        quarter notes, ordered by voice, time and pitch, as in raw.notes; and quarter notes a minute at the beginning,
        None where the file does not say.

    Raises:
        SourceError: mido is not installed; the file is no MIDI file, broken, cut short, too large, in SMPTE time or of
            several sequences (type 2); it holds no notes, or only percussion.
    """
    check_mido()
    try:
        return midi_notes(path)
    except SourceError as error:
        raise SourceError(f"{path.name} {error}") from error


def check_mido() -> None:
    """See to it that MIDI files can be read.

    Raises:
        SourceError: mido is not installed.
    """
    try:
        import mido  # noqa: F401
    except ImportError as error:
        raise SourceError("MIDI files need mido, which is not installed: pip install 'cinekit[generate]'") from error


def midi_notes(path: Path) -> tuple[pl.DataFrame, float | None]:
    """As `read_midi`, but that messages leave out the file's name, and mido must be there."""
    tracks, ticks_per_beat = _parsed(path)
    found: list[tuple[int, int, int, int, int, int | None]] = []
    voices = percussion = 0
    tempos: list[tuple[int, int]] = []
    programs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    sounding = [_read_track(track, tempos, programs) for track in tracks]
    for changes in programs.values():
        changes.sort(key=lambda change: change[0])
    for channels in sounding:
        for channel in sorted(channels):
            if channel == PERCUSSION:
                percussion += len(channels[channel])
                continue
            voices += 1
            found += [(voices, *note, _program(programs[channel], note[1])) for note in channels[channel]]
    if not found:
        raise SourceError("holds only percussion, which has no pitches" if percussion else "holds no notes")
    if len(found) > MOST_NOTES:
        raise SourceError(f"holds more than {MOST_NOTES:,} notes; is it a piece of music?")
    tempo = min(tempos, key=lambda change: change[0])[1] if tempos else 0
    return _frame(found, ticks_per_beat), 60e6 / tempo if tempo else None


def _parsed(path: Path) -> tuple[list[Any], int]:
    """Tracks of the file, and its ticks in a quarter note."""
    import mido

    if path.stat().st_size > MOST_BYTES:
        raise SourceError(f"is larger than {MOST_BYTES >> 20} MiB; is it a piece of music?")
    content = path.read_bytes()
    if not content:
        raise SourceError("is empty")
    if not content.startswith(b"MThd"):
        raise SourceError("is no MIDI file: it does not begin with MThd")
    try:
        midi = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except EOFError as error:
        raise SourceError("is cut short; export or copy it again") from error
    except Exception as error:  # mido checks little, and fails in many ways on what is broken
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise SourceError(f"is a broken MIDI file ({reason}); export or copy it again") from error
    if midi.type not in (0, 1):
        raise SourceError(f"is a MIDI file of type {midi.type}, not one piece; export it as type 1")
    if midi.ticks_per_beat <= 0:
        raise SourceError("counts time in SMPTE frames or not at all; export it with ticks in a quarter note")
    return midi.tracks, midi.ticks_per_beat


def _read_track(
    track: Any, tempos: list[tuple[int, int]], programs: dict[int, list[tuple[int, int]]]
) -> dict[int, list[tuple[int, int, int, int]]]:  # fmt: skip
    """Notes (pitch, start, end, velocity) of a track by channel, in ticks; tempos and programs are collected."""
    notes: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    open_notes: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    now = 0
    for message in track:
        now += message.time
        kind = message.type
        if kind == "note_on" and message.velocity:
            open_notes[message.channel, message.note].append((now, message.velocity))
        elif kind in ("note_on", "note_off"):
            waiting = open_notes[message.channel, message.note]
            if waiting:
                start, velocity = waiting.popleft()
                notes[message.channel].append((message.note, start, now, velocity))
        elif kind == "program_change":
            programs[message.channel].append((now, message.program))
        elif kind == "set_tempo":
            tempos.append((now, message.tempo))
    for (channel, pitch), waiting in open_notes.items():
        notes[channel] += [(pitch, start, now, velocity) for start, velocity in waiting]
    kept = {channel: [note for note in played if note[2] > note[1]] for channel, played in notes.items()}
    return {channel: played for channel, played in kept.items() if played}


def _program(changes: list[tuple[int, int]], tick: int) -> int | None:
    """The instrument of a channel at a time; None where none was chosen yet."""
    place = bisect_right(changes, tick, key=lambda change: change[0])
    return changes[place - 1][1] if place else None


def _frame(found: list[tuple[int, int, int, int, int, int | None]], ticks_per_beat: int) -> pl.DataFrame:
    import polars as pl

    if max(note[3] for note in found) > MOST_BEATS * ticks_per_beat:
        raise SourceError(f"is longer than {MOST_BEATS:,.0f} quarter notes; is it a piece of music?")
    schema = {"voice": pl.Int32, "pitch": pl.Int16, "start": pl.Int64, "end": pl.Int64, "velocity": pl.Int16,
              "program": pl.Int16}  # fmt: skip
    return (
        pl.DataFrame(found, schema=schema, orient="row")
        .sort("voice", "start", "pitch", "end", descending=[False, False, False, True], maintain_order=True)
        .unique(["voice", "start", "pitch"], keep="first", maintain_order=True)
        .select(
            "voice", "pitch", (pl.col("start") / ticks_per_beat).round(_DECIMALS).alias("start_beat"),
            ((pl.col("end") - pl.col("start")) / ticks_per_beat).round(_DECIMALS).alias("beats"), "velocity", "program",
        )
    )  # fmt: skip
