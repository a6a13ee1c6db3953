"""Music: notes out of MIDI files and lists of chords, worked by hand, and what is refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import mido
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import Warehouse
from warehouse.errors import SourceError, UsageError
from warehouse.loads import LoadReport, load
from warehouse.sources.chords import read_chords
from warehouse.sources.music import read_midi

pytestmark = pytest.mark.slow

Event = tuple[int, str, dict[str, int]]


def on(time: int, note: int, *, channel: int = 0, velocity: int = 64) -> mido.Message:
    return mido.Message("note_on", note=note, velocity=velocity, channel=channel, time=time)


def off(time: int, note: int, *, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=note, channel=channel, time=time)


def midi(path: Path, *tracks: list[Any], ticks: int = 480, kind: int = 1) -> Path:
    file = mido.MidiFile(ticks_per_beat=ticks, type=kind)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    file.save(path)
    return path


def one_note(path: Path, note: int = 60) -> Path:
    return midi(path, [on(0, note), off(480, note)])


def notes(path: Path) -> list[tuple[Any, ...]]:
    return read_midi(path)[0].rows()


def counts(report: LoadReport) -> tuple[int, int, int]:
    return report.taken, report.refused, report.folded


def refused(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.query("SELECT file, reason FROM meta.refused_rows WHERE line IS NULL").rows())


def test_notes_are_in_quarter_notes_with_voice_velocity_and_instrument(tmp_path: Path) -> None:
    path = midi(
        tmp_path / "a.mid",
        [mido.MetaMessage("set_tempo", tempo=600_000), mido.MetaMessage("set_tempo", tempo=300_000, time=960)],
        [
            mido.Message("program_change", program=40, channel=2),
            on(0, 67, channel=2, velocity=100),
            on(0, 60, channel=2, velocity=80),
            off(240, 60, channel=2),
            on(240, 67, channel=2, velocity=0),  # ends the note
            mido.Message("program_change", program=41, channel=2),
            on(480, 72, channel=2),
            off(120, 72, channel=2),
        ],
        [on(480, 48), off(960, 48)],
    )
    frame, tempo = read_midi(path)
    assert tempo == 100.0
    assert frame.rows() == [
        (1, 60, 0.0, 0.5, 80, 40),
        (1, 67, 0.0, 1.0, 100, 40),
        (1, 72, 2.0, 0.25, 64, 41),
        (2, 48, 1.0, 2.0, 64, None),
    ]
    assert dict(frame.schema) == {
        "voice": pl.Int32, "pitch": pl.Int16, "start_beat": pl.Float64, "beats": pl.Float64, "velocity": pl.Int16,
        "program": pl.Int16,
    }  # fmt: skip


def test_voices_are_tracks_and_channels_in_their_order(tmp_path: Path) -> None:
    both = [on(0, 50, channel=3), on(0, 70, channel=1), off(480, 50, channel=3), off(0, 70, channel=1)]
    path = midi(tmp_path / "a.mid", both, [], [on(0, 40), off(480, 40)])
    assert [(voice, pitch) for voice, pitch, *_ in notes(path)] == [(1, 70), (2, 50), (3, 40)]


def test_an_instrument_chosen_in_another_track_counts_from_then_on(tmp_path: Path) -> None:
    path = midi(
        tmp_path / "a.mid", [on(0, 60), off(480, 60), on(0, 62), off(480, 62)],
        [mido.Message("program_change", program=7, time=480)],
    )  # fmt: skip
    assert [row[-1] for row in notes(path)] == [None, 7]


def test_a_note_struck_again_ends_in_the_order_of_striking_and_an_open_one_with_its_track(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", [on(0, 60), on(240, 60), off(240, 60), off(480, 60), on(0, 64), off(480, 99)])
    assert [(pitch, start, beats) for _, pitch, start, beats, *_ in notes(path)] == [
        (60, 0.0, 1.0), (60, 0.5, 1.5), (64, 2.0, 1.0)]  # fmt: skip


def test_notes_without_length_are_left_out_and_of_equal_ones_the_longest_stands(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", [on(0, 60), off(0, 60), on(0, 62), on(0, 62), off(240, 62), off(240, 62)])
    assert [row[1:4] for row in notes(path)] == [(62, 0.0, 1.0)]


def test_percussion_is_left_out_and_alone_is_refused(tmp_path: Path) -> None:
    drums = [on(0, 35, channel=9), off(480, 35, channel=9)]
    assert len(notes(midi(tmp_path / "both.mid", [*drums, on(0, 60), off(480, 60)]))) == 1
    with pytest.raises(SourceError, match=r"^drums\.mid holds only percussion, which has no pitches$"):
        read_midi(midi(tmp_path / "drums.mid", drums))


def test_a_tempo_that_is_not_said_is_none(tmp_path: Path) -> None:
    assert read_midi(one_note(tmp_path / "a.mid"))[1] is None


def saved(*tracks: list[Any], **options: int) -> bytes:
    stream = io.BytesIO()
    file = mido.MidiFile(**options)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    file.save(file=stream)
    return stream.getvalue()


SOUND = saved([on(0, 60), off(480, 60)])
HEADER = b"MThd\0\0\0\6\0\1\0\1\1\xe0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"RIFF" + SOUND, "is no MIDI file: it does not begin with MThd"),
        (SOUND[:-5], "is cut short; export or copy it again"),
        (HEADER, "is cut short"),
        (HEADER + b"MTrk\0\0\0\3\0\x40\x40", "is a broken MIDI file .running status without last_status"),
        (HEADER + b"XXXX\0\0\0\0", "is a broken MIDI file .no MTrk header"),
        (HEADER + b"MTrk\0\0\0\4\0\xff\x2f\0", "holds no notes"),
        (b"MThd\0\0\0\6\0\2\0\0\1\xe0", "is a MIDI file of type 2, not one piece"),
        (b"MThd\0\0\0\6\0\1\0\0\0\0", "counts time in SMPTE frames or not at all"),
        (b"MThd\0\0\0\6\0\1\0\0\xe7\x28", "counts time in SMPTE frames or not at all"),
        (saved([on(0, 60), off(480 * 100_001, 60)]), "is longer than 100,000 quarter notes"),
    ],
)
def test_what_is_no_sound_piece_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(SourceError, match=rf"^a\.mid {reason}"):
        read_midi(tmp_path / "a.mid")


def test_data_bytes_above_127_are_clipped(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(HEADER + b"MTrk\0\0\0\x0d\0\x90\x3c\xff\x83\x60\x80\x3c\0\0\xff\x2f\0")
    assert notes(tmp_path / "a.mid") == [(1, 60, 0.0, 1.0, 127, None)]


def test_files_and_notes_have_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = midi(tmp_path / "a.mid", [on(0, 60), off(1, 60), on(0, 61), off(1, 61)])
    monkeypatch.setattr("warehouse.sources.midi.MOST_NOTES", 1)
    with pytest.raises(SourceError, match="holds more than 1 notes"):
        read_midi(path)
    monkeypatch.setattr("warehouse.sources.midi.MOST_BYTES", 10)
    with pytest.raises(SourceError, match="is larger than 0 MiB"):
        read_midi(path)


def test_midi_files_land_as_pieces_and_notes_under_dense_keys(warehouse: Warehouse, tmp_path: Path) -> None:
    one_note(tmp_path / "b.mid")
    midi(tmp_path / "a.midi", [mido.MetaMessage("set_tempo", tempo=500_000), on(0, 60), on(0, 64), off(480, 60),
                               off(240, 64)])  # fmt: skip
    (tmp_path / "torn.mid").write_bytes(SOUND[:-5])
    report = load(warehouse, "music", tmp_path)
    assert counts(report) == (2, 1, 0)
    assert report.tables == {"raw.pieces": 2, "raw.notes": 3}
    assert refused(warehouse) == {"torn.mid": "is cut short; export or copy it again"}
    pieces = warehouse.query("SELECT piece_key, piece_id, part, beats, tempo, load FROM raw.pieces ORDER BY ALL")
    assert pieces.rows() == [(1, "a.midi", None, 1.5, 120.0, 1), (2, "b.mid", None, 1.0, None, 1)]
    found = warehouse.query("SELECT piece_key, voice, pitch, start_beat, beats FROM raw.notes ORDER BY ALL").rows()
    assert found == [(1, 1, 60, 0.0, 1.0), (1, 1, 64, 0.0, 1.5), (2, 1, 60, 0.0, 1.0)]


def test_the_same_notes_are_one_piece_in_this_load_and_the_next(warehouse: Warehouse, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    one_note(first / "a.mid")
    midi(first / "b.mid", [on(0, 60, velocity=5), off(960, 60)], ticks=960)
    assert counts(load(warehouse, "music", first)) == (1, 0, 1)
    second = [one_note(tmp_path / "c.mid"), one_note(tmp_path / "d.mid", 61)]
    assert counts(load(warehouse, "music", second)) == (1, 0, 1)
    assert warehouse.query("SELECT piece_key, piece_id FROM raw.pieces ORDER BY 1").rows() == [
        (1, "a.mid"),
        (2, "d.mid"),
    ]
    assert warehouse.query("SELECT piece_key, pitch FROM raw.notes ORDER BY 1").rows() == [(1, 60), (2, 61)]
    assert warehouse.repeated_keys() == []


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_chords_are_quarter_notes_and_parts_are_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    pieces = {"train": [[[60, 72], [], [64]]], "valid": [[[60]]], "test": [[[62]], [[63]]]}
    report = load(warehouse, "music", written(tmp_path / "c.json", pieces))
    assert counts(report) == (4, 0, 0)
    found = warehouse.query("SELECT piece_id, part, beats, tempo FROM raw.pieces ORDER BY piece_key").rows()
    assert found == [
        ("c.json train 1", "train", 3.0, None),
        ("c.json valid 1", "valid", 1.0, None),
        ("c.json test 1", "test", 1.0, None),
        ("c.json test 2", "test", 1.0, None),
    ]
    first = warehouse.query(
        "SELECT voice, pitch, start_beat, beats, velocity, program FROM raw.notes WHERE piece_key = 1 ORDER BY ALL"
    )
    assert first.rows() == [(1, 64, 2.0, 1.0, None, None), (1, 72, 0.0, 1.0, None, None), (2, 60, 0.0, 1.0, None, None)]


def test_a_plain_list_of_pieces_has_no_parts(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "music", written(tmp_path / "c.json", [[[60]], [[61]]]))
    found = warehouse.query("SELECT piece_id, part FROM raw.pieces ORDER BY piece_key").rows()
    assert found == [("c.json 1", None), ("c.json 2", None)]


@pytest.mark.parametrize(
    ("piece", "voices"),
    [
        ([[60, 64], [67, 62]], [(1, 64), (1, 67), (2, 60), (2, 62)]),  # no rests: the highest first
        ([[60, -1], [None, 62]], [(1, 60), (2, 62)]),  # rests keep the places of voices
        ([[60, 60], [59, 62]], [(1, 59), (1, 60), (2, 60), (2, 62)]),  # a unison shows voices, which may cross
        ([[60, 60], [62]], [(1, 60), (1, 62)]),  # of several lengths: no places, each pitch once
    ],
)
def test_voices_of_chords(tmp_path: Path, piece: Any, voices: list[tuple[int, int]]) -> None:
    [(_, _, frame)] = read_chords(written(tmp_path / "c.json", [piece]))
    assert isinstance(frame, pl.DataFrame)
    assert sorted(frame.select("voice", "pitch").rows()) == voices


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is no JSON"),
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('"C major"', "is JSON of another shape"),
        ({"train": 3}, "is JSON of another shape"),
        ({"train": [], "rest": []}, "is JSON of another shape"),
        ([], "holds no pieces"),
        ({}, "holds no pieces"),
        ({"train": []}, "holds no pieces"),
    ],
)
def test_json_of_another_shape_is_refused(warehouse: Warehouse, tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(SourceError, match=rf"^c\.json {reason}.*; nothing was loaded$"):
        load(warehouse, "music", written(tmp_path / "c.json", content))


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (60, "a piece is no list of chords"),
        ([60, 64], "a piece is no list of chords"),
        ([["C4"]], "a pitch is no whole number"),
        ([[60.5]], "a pitch is no whole number"),
        ([[True]], "a pitch is no whole number"),
        ([[128]], "a pitch is no whole number"),
        ([[-2]], "a pitch is no whole number"),
        ([[], [-1, None]], "a piece without notes"),
        ([], "a piece without notes"),
    ],
)
def test_a_wrong_piece_is_refused_and_the_others_taken(
    warehouse: Warehouse, tmp_path: Path, piece: Any, reason: str
) -> None:
    assert counts(load(warehouse, "music", written(tmp_path / "c.json", {"test": [[[60]], piece]}))) == (1, 1, 0)
    assert list(refused(warehouse)) == ["c.json test 2"]
    assert refused(warehouse)["c.json test 2"].startswith(reason)


def test_without_mido_midi_files_say_what_to_install_and_chords_are_taken(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    midi_file, chords = one_note(tmp_path / "a.mid"), written(tmp_path / "c.json", [[[60]]])
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(SourceError, match=r"pip install 'cinekit\[generate\]'$"):
        load(warehouse, "music", [chords, midi_file])
    assert warehouse.query("SELECT count(*) FROM meta.loads").item() == 0
    assert counts(load(warehouse, "music", chords)) == (1, 0, 0)


def test_music_has_no_encoding_and_no_columns(warehouse: Warehouse, tmp_path: Path) -> None:
    path = one_note(tmp_path / "a.mid")
    with pytest.raises(UsageError, match="music take no --encoding"):
        load(warehouse, "music", path, encoding="cp1252")
    with pytest.raises(UsageError, match="music take no column mapping"):
        load(warehouse, "music", path, mapping={"viewer": "x"})


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=120).map(lambda tail: HEADER + b"MTrk\0\0\0\x20" + tail)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_any_bytes_are_a_piece_or_refused(tmp_path: Path, content: bytes) -> None:
    for name, read in (("a.mid", read_midi), ("a.json", lambda path: list(read_chords(path)))):
        (tmp_path / name).write_bytes(content)
        try:
            read(tmp_path / name)
        except SourceError as error:
            assert "\n" not in str(error)  # noqa: PT017


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_a_wrong_byte_leaves_a_piece_or_a_reason(tmp_path: Path, place: int, byte: int) -> None:
    (tmp_path / "a.mid").write_bytes(SOUND[:place] + bytes([byte]) + SOUND[place + 1 :])
    try:
        found, _ = read_midi(tmp_path / "a.mid")
    except SourceError as error:
        assert str(error).startswith("a.mid ")  # noqa: PT017
    else:
        assert found["beats"].min() > 0  # type: ignore[operator]


def test_the_real_chorales_are_all_taken_with_their_parts(warehouse: Warehouse, real_data: Path) -> None:
    report = load(warehouse, "music", real_data / "music" / "jsb-chorales-quarter.json")
    assert counts(report) == (382, 0, 0)
    found = warehouse.query("SELECT part, count(*) FROM raw.pieces GROUP BY part ORDER BY part").rows()
    assert found == [("test", 77), ("train", 229), ("valid", 76)]
