"""Music as MIDI files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ArtifactError, UnknownNameError
from toolkit.materials.music import SILENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Instruments by a short name, and their General MIDI numbers counted from 0.
INSTRUMENTS = {
    "piano": 0, "electric-piano": 4, "celesta": 8, "music-box": 10, "vibraphone": 11, "marimba": 12, "organ": 19,
    "accordion": 21, "guitar": 24, "bass": 32, "violin": 40, "viola": 41, "cello": 42, "contrabass": 43, "harp": 46,
    "strings": 48, "choir": 52, "trumpet": 56, "trombone": 57, "tuba": 58, "horn": 60, "brass": 61, "saxophone": 65,
    "oboe": 68, "bassoon": 70, "clarinet": 71, "flute": 73, "synthesizer": 81,
}  # fmt: skip
_PROGRAMS, _PERCUSSION, _VELOCITY, _TICKS = 128, 9, 80, 480


def instrument(name: str) -> int:
    """General MIDI number of an instrument, counted from 0, by a short name or as the number itself.

    Raises:
        UnknownNameError: there is none of that name.
    """
    text = name.strip().lower().replace(" ", "-")
    if text.isdecimal() and int(text) < _PROGRAMS:
        return int(text)
    if text not in INSTRUMENTS:
        hint = f"there are {', '.join(INSTRUMENTS)}, and General MIDI numbers from 0 to {_PROGRAMS - 1}"
        raise UnknownNameError("instrument", name, INSTRUMENTS, hint)
    return INSTRUMENTS[text]


def write_midi(
    chords: NDArray[np.int16],
    held: NDArray[np.bool_],
    steps_per_beat: int,
    tempo: float,
    instruments: tuple[int, ...],
    target: Path,
) -> None:
    """Write a piece as a MIDI file of type 1, a track and a channel for each voice.

    Args:
        chords: (n_steps, n_voices) pitches, -1 where a voice is silent.
        held: (n_steps, n_voices) whether a pitch goes on from the step before, in whichever voice that has it.
        steps_per_beat: steps in a quarter note.
        tempo: quarter notes a minute.
        instruments: General MIDI numbers of the voices from the highest on, counted from 0; the last goes on.
        target: the file.

    Raises:
        ArtifactError: the file cannot be written.
    """
    import mido

    midi = mido.MidiFile(type=1, ticks_per_beat=_TICKS)
    first = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))])
    first.append(mido.MetaMessage("time_signature", numerator=4, denominator=4))
    midi.tracks.append(first)
    notes = notes_of(chords, held)
    step = _TICKS // steps_per_beat
    for voice in np.unique(notes[:, 0]).tolist():
        channel = [number for number in range(16) if number != _PERCUSSION][voice % 15]
        program = instruments[min(voice, len(instruments) - 1)]
        track = mido.MidiTrack([mido.Message("program_change", program=program, channel=channel)])
        midi.tracks.append(track)
        own = notes[notes[:, 0] == voice]
        events = [(start, 1, pitch) for _, pitch, start, _ in own.tolist()]
        events += [(end, 0, pitch) for _, pitch, _, end in own.tolist()]
        now = 0
        for time, on, pitch in sorted(events):
            velocity = _VELOCITY if on else 0
            track.append(
                mido.Message("note_on", note=pitch, velocity=velocity, channel=channel, time=step * (time - now))
            )
            now = time
    try:
        midi.save(str(target))
    except OSError as error:
        raise ArtifactError(
            f"cannot write {target}: {error.strerror or error}; make room there, or change its permissions"
        ) from error


def notes_of(chords: NDArray[np.int16], held: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n_notes, 4) voice, pitch, first step, and the step after its last, by their first step and voice.

    A pitch that is held belongs to the note that the step before has, even where its voice is another one there.
    """
    notes: list[list[int]] = []
    sounding: dict[int, int] = {}
    for step, (pitches, goes_on) in enumerate(zip(chords.tolist(), held.tolist(), strict=True)):
        now: dict[int, int] = {}
        for voice, (pitch, on) in enumerate(zip(pitches, goes_on, strict=True)):
            if pitch == SILENT:
                continue
            if on and pitch in sounding:
                now[pitch] = sounding[pitch]
                notes[now[pitch]][3] = step + 1
            else:
                now[pitch] = len(notes)
                notes.append([voice, pitch, step, step + 1])
        sounding = now
    return np.array(notes, dtype=np.int64).reshape(-1, 4)
